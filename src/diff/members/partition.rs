//! Wanted members and what exists in; parts by email address, compared on two threads and reported on this one, out.

use std::ops::Range;

use crate::{diff::Observations, model::Observed, wanted::Wanted};

/// Members of a part: enough that handing it over costs almost nothing, and few enough that the memory
/// them takes a megabyte or two.
pub(crate) const MEMBERS: usize = 4_096;

/// Wanted members that follow each other, and the rows of their addresses and of the addresses between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Partition {
    pub(crate) members: Range<usize>,
    pub(crate) site: Range<usize>,
    pub(crate) contacts: Range<usize>,
}

/// All parts, by email address, of so many members (at least one): every wanted member and every row is in one
/// of them.
pub(crate) fn parts(wanted: &Wanted, seen: Observations<'_>, members: usize) -> Vec<Partition> {
    let members = members.max(1);
    let mut parts = Vec::with_capacity(wanted.len() / members + 1);
    let (mut member, mut site, mut contact) = (0_usize, 0, 0);
    loop {
        let end = member.saturating_add(members);
        // The rows up to the first member of the next part; of the last part, all that are left.
        let next = wanted.email(end);
        let rows = |observed: &Observed| next.map_or(observed.len(), |email| observed.find(email).start);
        let part = Partition {
            members: member..end.min(wanted.len()),
            site: site..rows(seen.site),
            contacts: contact..seen.contacts.map_or(0, rows),
        };
        (member, site, contact) = (part.members.end, part.site.end, part.contacts.end);
        parts.push(part);
        if next.is_none() {
            return parts;
        }
    }
}
