//! What is told of members who were compared in; the same, member by member in their order, out.

use super::{member::Lines, tags::TagChanges};
use crate::diff::{ChangeKind, Value};

/// One member's lines, before it has a number and a shape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListedMember<'a> {
    pub(crate) email: &'a str,
    pub(crate) contact_id: &'a str,
    /// Whether the member is on the site already.
    pub(crate) found: bool,
    /// Whether there is a user now whose contact it is.
    pub(crate) user: bool,
    pub(crate) kinds: &'a [ChangeKind],
    pub(crate) values: &'a [Value<'a>],
    pub(crate) gains: &'a [u16],
    pub(crate) loses: &'a [u16],
    pub(crate) both: &'a [u16],
    pub(crate) gone: &'a [u16],
}

/// Members with something to tell, of one part, in few allocations.
#[derive(Debug, Default)]
pub(crate) struct ListedMembers<'a> {
    members: Vec<Member<'a>>,
    /// The lines of all; those of a member who is not ended yet come last.
    pub(crate) lines: Lines<'a>,
    /// What all gain, lose, hold of both and are gone from.
    offerings: Vec<u16>,
}

#[derive(Debug, Clone, Copy)]
struct Member<'a> {
    email: &'a str,
    contact_id: &'a str,
    found: bool,
    user: bool,
    lines_end: usize,
    gains_end: usize,
    loses_end: usize,
    both_end: usize,
    gone_end: usize,
}

impl<'a> ListedMembers<'a> {
    /// Ends the member whose lines were pushed. Gives whether there were any.
    pub(crate) fn member(
        &mut self,
        email: &'a str,
        contact_id: &'a str,
        (found, user): (bool, bool),
        changes: &TagChanges,
    ) -> bool {
        let lines_end = self.lines.kinds.len();
        let any = self.members.last().map_or(0, |last| last.lines_end) < lines_end;
        if any || !changes.both.is_empty() {
            let mut end = |offerings: &[u16]| {
                self.offerings.extend_from_slice(offerings);
                self.offerings.len()
            };
            let member = Member {
                email,
                contact_id,
                found,
                user,
                lines_end,
                gains_end: end(&changes.gains),
                loses_end: end(&changes.loses),
                both_end: end(&changes.both),
                gone_end: end(&changes.gone),
            };
            self.members.push(member);
        }
        any
    }

    /// Each member, in the order in which they were ended.
    pub(crate) fn each(&self, mut tell: impl FnMut(ListedMember<'_>)) {
        let (mut line, mut offering) = (0, 0);
        for member in &self.members {
            let lines = line..member.lines_end;
            let gains = offering..member.gains_end;
            let loses = member.gains_end..member.loses_end;
            let both = member.loses_end..member.both_end;
            let gone = member.both_end..member.gone_end;
            (line, offering) = (member.lines_end, member.gone_end);
            tell(ListedMember {
                email: member.email,
                contact_id: member.contact_id,
                found: member.found,
                user: member.user,
                kinds: &self.lines.kinds[lines.clone()],
                values: &self.lines.values[lines],
                gains: &self.offerings[gains],
                loses: &self.offerings[loses],
                both: &self.offerings[both],
                gone: &self.offerings[gone],
            });
        }
    }

    /// Empties the list and keeps its memory.
    pub(crate) fn clear(&mut self) {
        self.members.clear();
        self.lines.clear();
        self.offerings.clear();
    }
}
