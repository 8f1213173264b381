//! What the difference says of people who are gone from the sources, member by member, in; the rows of
//! `gone.csv` out.

use crate::{
    diff::{MemberDiff, Shapes, What},
    model::{Action, Reason},
    wanted::TagTable,
};

/// A member who is missing from an offering, and what happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoneRow {
    /// The member.
    pub email: String,
    /// The offering, by index.
    pub offering: u16,
    /// `revoked`, `reported`, `kept` or `held`.
    pub happens: &'static str,
    /// Why.
    pub reason: Reason,
}

/// The rows of one member: one for each offering from which the member is gone.
pub fn gone_rows(member: &MemberDiff<'_>, shapes: &Shapes, tags: &TagTable) -> Vec<GoneRow> {
    let kinds = shapes.get(member.shape);
    let row = |offering: &u16| {
        let of_offering = |tag: u16| {
            tags.revoke(*offering) == Some(tag) || tags.access(*offering).any(|access| access == tag)
        };
        let said = kinds
            .iter()
            .find(|kind| matches!(kind.what, What::Tag(tag) if of_offering(tag)));
        let waits = kinds.iter().find(|kind| {
            matches!(kind.action, Action::Hold | Action::Conflict) && !matches!(kind.what, What::Tag(_))
        });
        let (happens, reason) = if member.loses.contains(offering) {
            ("revoked", Reason::Gone)
        } else {
            match (said, waits) {
                (Some(kind), _) if kind.reason == Reason::GoneReported => ("reported", kind.reason),
                (Some(kind), _) if kind.action == Action::Hold => ("blocked", kind.reason),
                (Some(kind), _) => ("kept", kind.reason),
                (None, waits) => ("blocked", waits.map_or(Reason::GoneUnsure, |kind| kind.reason)),
            }
        };
        GoneRow {
            email: member.email.to_owned(),
            offering: *offering,
            happens,
            reason,
        }
    };
    member.gone.iter().map(row).collect()
}
