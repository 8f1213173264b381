//! People on the site whom no source names, in order of e-mail, in; counted, or gone from what Rehome gave them, out.

use std::ops::Range;

use super::{compare_members::MemberComparison, listed_member::ListedMembers, rows::rows_of, tags::TagCase};
use crate::{
    diff::KeptAccess,
    model::{LoginKind, ObservedMember},
    wanted::{EntitlementId, WantedMember},
};

impl<'a> MemberComparison<'a> {
    /// The rows of an address on the site; whoever stands before it is in no source.
    pub(crate) fn advance(
        &mut self,
        email: &str,
        at: &mut usize,
        told: &mut ListedMembers<'a>,
    ) -> Range<usize> {
        let site = self.ground.seen.site;
        if self.nobody_is_touched() {
            return rows_of(site, email, at, |row| self.stranger(row));
        }
        while site.email(*at).is_some_and(|there| there < email) {
            self.strangers(at, told);
        }
        rows_of(site, email, at, |_| {})
    }

    /// The last rows of a part, after its last member.
    pub(crate) fn rest(&mut self, rows: Range<usize>, told: &mut ListedMembers<'a>) {
        let mut at = rows.start;
        if !self.nobody_is_touched() {
            while at < rows.end {
                self.strangers(&mut at, told);
            }
        }
        (at..rows.end).for_each(|row| self.stranger(row));
    }

    /// Whether nothing changes for anybody whom no source names.
    fn nobody_is_touched(&self) -> bool {
        self.ground.wanted.stranger().absent.is_empty() && !self.ground.offerings.move_access()
    }

    /// Somebody on the site whom no source names: counted and left alone.
    fn stranger(&mut self, at: usize) {
        let Some(row) = self.ground.seen.site.get(at) else {
            return;
        };
        match self.ground.claims.row(at) {
            // Compared with the member whose address it was.
            Some(true) => return,
            Some(false) => {}
            None => self.sums.unknown += 1,
        }
        let changes = self.stranger_tags(row);
        for offering in &self.tags.get(changes).has {
            let line = &mut self.sums.offerings[usize::from(*offering)];
            line.today += 1;
            line.add_other(KeptAccess::InNoSource);
        }
    }

    fn stranger_tags(&mut self, row: ObservedMember<'_>) -> usize {
        self.tags.find(TagCase {
            entitlement: EntitlementId::default(),
            site_set: row.set,
            contact_set: None,
            on_site: true,
            user: (row.user, row.user),
            blocked: true,
        })
    }

    /// The rows of one address that no source names. Who has access that Rehome gave, and that a source
    /// would name, is gone; for others only the offerings change.
    fn strangers(&mut self, at: &mut usize, told: &mut ListedMembers<'a>) {
        let site = self.ground.seen.site;
        let start = *at;
        let email = site.email(start).unwrap_or_default();
        while site.email(*at) == Some(email) {
            *at += 1;
        }
        let rows = start..*at;
        let is_touched = |walk: &mut Self, row| {
            let changes = walk.stranger_tags(row);
            let changes = walk.tags.get(changes);
            [&changes.gone, &changes.gains, &changes.loses]
                .into_iter()
                .any(|some| !some.is_empty())
        };
        let known = |row: &usize| self.ground.claims.row(*row).is_none();
        let unclaimed: Vec<usize> = rows.clone().filter(known).collect();
        let touched = unclaimed
            .into_iter()
            .filter_map(|row| site.get(row))
            .any(|row| is_touched(self, row));
        if !touched {
            rows.for_each(|row| self.stranger(row));
            return;
        }
        let member = WantedMember {
            email,
            first_name: "",
            last_name: "",
            login: "",
            login_kind: LoginKind::Email,
            opted_out: false,
            entitlement: EntitlementId::default(),
            resolved: self.ground.wanted.stranger(),
        };
        let contacts = self
            .ground
            .seen
            .contacts
            .map_or(0..0, |contacts| contacts.find(email));
        self.member(None, &member, rows, contacts, told);
    }
}
