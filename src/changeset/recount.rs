//! The rows of a change set in; what its difference says of them, recounted, or what does not add up, out.
//!
//! Whoever makes a change set can also make its checksum. So nothing that is shown or judged is believed because a sum
//! says so: the rows are counted by the same function that counted them when the difference was computed.

use super::{ChangeSetKind, Header};
use crate::{
    diff::{Difference, ListedRow, Recount, Refusal, ShapeId, Value, What},
    model::{Email, Seq},
};

/// A row with the sums that it belongs to.
pub(super) struct Counted {
    pub(super) seq: Option<Seq>,
    pub(super) email: String,
    pub(super) contact: String,
    pub(super) user: bool,
    pub(super) found: bool,
    pub(super) shape: ShapeId,
    pub(super) values: Vec<(Option<String>, Option<String>)>,
    pub(super) gains: Vec<u16>,
    pub(super) loses: Vec<u16>,
}

/// Recounts, and gives why apply refuses.
pub(super) fn recount(
    rows: impl Iterator<Item = Result<Counted, String>>,
    header: &Header,
    stated: &Difference,
) -> Result<Vec<Refusal>, String> {
    let undo = !matches!(header.kind, ChangeSetKind::Plan);
    if stated.setup != header.setup {
        return Err("its header and its difference name different offerings or emails".to_owned());
    }
    let mut recount = Recount::new(&header.targets, stated);
    let mut last: Option<String> = None;
    for row in rows {
        let row = row?;
        if Email::from_normalised(&row.email).is_none() {
            return Err("a member's address is not one".to_owned());
        }
        if last.as_deref().is_some_and(|last| last >= row.email.as_str()) {
            return Err("members are not in order of their addresses".to_owned());
        }
        let kinds = stated.changes.shapes.get(row.shape);
        let mut personal = row.values.iter();
        let mut values = Vec::with_capacity(kinds.len());
        for kind in kinds {
            let (before, after) = if matches!(kind.what, What::Tag(_)) {
                (None, None)
            } else {
                let (before, after) = personal.next().ok_or(UNFIT)?;
                (before.as_deref(), after.as_deref())
            };
            values.push(Value { before, after });
        }
        if kinds.is_empty() || personal.next().is_some() {
            return Err(UNFIT.to_owned());
        }
        let seq = recount.row(ListedRow {
            email: &row.email,
            contact_id: &row.contact,
            found: row.found,
            user: row.user,
            kinds,
            values: &values,
            gains: &row.gains,
            loses: &row.loses,
        })?;
        if seq != row.seq {
            return Err("members are not in their places".to_owned());
        }
        last = Some(row.email);
    }
    let limits = header.limits.filter(|_| !undo);
    recount.finish(stated, limits, &header.accepted(), undo)
}

const UNFIT: &str = "a member's values do not fit its shape";
