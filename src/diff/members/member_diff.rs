//! The kinds and values of one member's changes in; what the difference says of the member, borrowed or kept, out.

use crate::{
    diff::{ChangeKind, Names, ShapeId, Shapes},
    model::Change,
};

/// A value before and after; `None` means absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value<'a> {
    /// As it is.
    pub before: Option<&'a str>,
    /// As it shall be.
    pub after: Option<&'a str>,
}

/// What the difference says of one member.
#[derive(Debug, Clone, Copy)]
pub struct MemberDiff<'a> {
    /// The member.
    pub email: &'a str,
    /// Place among the members with something to carry out.
    pub seq: Option<u32>,
    /// The contact's ID, where the contact is there; else blank.
    pub contact_id: &'a str,
    /// Whether the member is on the site already.
    pub found: bool,
    /// Whether there is a user now whose contact it is.
    pub user: bool,
    /// The list of kinds.
    pub shape: ShapeId,
    /// A value for each kind of the shape, in its order.
    pub values: &'a [Value<'a>],
    /// Offerings of which effective access is gained.
    pub gains: &'a [u16],
    /// Offerings of which effective access is lost.
    pub loses: &'a [u16],
    /// Offerings of which an access tag and the revoke tag are held at once now.
    pub both: &'a [u16],
    /// Offerings with access of which some is Rehome's, granted by no source any more.
    pub gone: &'a [u16],
}

/// What the difference says of one member, kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedDiff {
    /// The member.
    pub email: String,
    /// The contact's ID, where the contact is there; else blank.
    pub contact_id: String,
    lines: Vec<(ChangeKind, Option<String>, Option<String>)>,
}

impl MemberDiff<'_> {
    /// The same, kept.
    pub fn to_owned_diff(&self, shapes: &Shapes) -> OwnedDiff {
        let text = |value: Option<&str>| value.map(str::to_owned);
        let lines = shapes.get(self.shape).iter().zip(self.values);
        OwnedDiff {
            email: self.email.to_owned(),
            contact_id: self.contact_id.to_owned(),
            lines: lines
                .map(|(kind, value)| (*kind, text(value.before), text(value.after)))
                .collect(),
        }
    }
}

impl OwnedDiff {
    /// As changes, with names for the indexes.
    pub fn changes(&self, names: &Names) -> Vec<Change> {
        self.lines
            .iter()
            .map(|(kind, before, after)| Change {
                side: kind.side,
                action: kind.action,
                attribute: names.attribute_on(kind.side, kind.what),
                reason: kind.reason,
                before: before.clone(),
                after: after.clone(),
            })
            .collect()
    }
}
