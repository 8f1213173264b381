//! A difference and what is known around it: what every form of the report reads.

use crate::{
    diff::{Accepted, Difference},
    model::{Account, Capabilities, Targets},
    wanted::Accounting,
};

/// What the text speaks of besides the difference itself.
#[derive(Debug, Clone)]
pub struct DifferenceView<'a> {
    /// What should exist besides members, and where.
    pub targets: &'a Targets,
    /// The site.
    pub site: &'a Account,
    /// The contact system; `None` with managed contacts.
    pub contacts: Option<&'a Account>,
    /// What the site can do, where that is known.
    pub site_capabilities: Option<&'a Capabilities>,
    /// What the contact system can do, where that is known.
    pub contact_capabilities: Option<&'a Capabilities>,
    /// The day it was computed for.
    pub as_of: jiff::civil::Date,
    /// Where the people come from; `None` when the change set is read without its sources.
    pub accounting: Option<&'a Accounting>,
    /// What is accepted of it.
    pub accepted: Accepted,
    /// The difference.
    pub difference: &'a Difference,
}
