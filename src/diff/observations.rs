//! What the systems contain, as the comparison takes it, and where changes go.

use super::{MemberDiff, Shapes};
use crate::model::{Observed, TagRules};

/// What is there.
#[derive(Debug, Clone, Copy)]
pub struct Observations<'a> {
    /// The site.
    pub site: &'a Observed,
    /// The contact system; `None` with managed contacts.
    pub contacts: Option<&'a Observed>,
    /// Whether the owner of the contacts can create a contact as unsubscribed.
    pub creates_opted_out: bool,
    /// Characters that the value of a field may have in the system that keeps fields; `None` if any
    /// text fits.
    pub max_field_chars: Option<u32>,
    /// The site's rules for the names of tags.
    pub site_tag_rules: &'a TagRules,
    /// The contact system's rules for the names of tags; not read with managed contacts.
    pub contact_tag_rules: &'a TagRules,
}

/// Gets every member who appears in the difference, by email address.
pub trait Sink {
    /// One member; `shapes` knows the member's shape.
    fn member(&mut self, member: &MemberDiff<'_>, shapes: &Shapes);
}
