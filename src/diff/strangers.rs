//! People on the site whom no source names, in order of e-mail, in; counted, or gone from what Rehome gave them, out.

use std::ops::Range;

use super::{
    KeptAccess, Sink,
    compare::{Walk, rows_of},
    member::Lines,
    tags::TagCase,
};
use crate::{
    model::{LoginKind, ObservedMember},
    wanted::{EntitlementId, WantedMember},
};

impl Walk<'_> {
    /// The rows of an address on the site; whoever stands before it is in no source.
    pub(super) fn advance(&mut self, email: &str, at: &mut usize, sink: &mut dyn Sink) -> Range<usize> {
        let site = self.seen.site;
        if self.wanted.stranger().absent.is_empty() {
            return rows_of(site, email, at, |row| self.stranger(row));
        }
        while site.email(*at).is_some_and(|there| there < email) {
            self.strangers(at, sink);
        }
        rows_of(site, email, at, |_| {})
    }

    pub(super) fn rest(&mut self, mut at: usize, sink: &mut dyn Sink) {
        if !self.wanted.stranger().absent.is_empty() {
            while at < self.seen.site.len() {
                self.strangers(&mut at, sink);
            }
        }
        while at < self.seen.site.len() {
            self.stranger(at);
            at += 1;
        }
    }

    /// Somebody on the site whom no source names: counted and left alone.
    fn stranger(&mut self, at: usize) {
        let Some(row) = self.seen.site.get(at) else { return };
        match self.claims.row(at) {
            // Compared with the member whose address it was.
            Some(true) => return,
            Some(false) => {}
            None => self.ledger.counts.unknown += 1,
        }
        let changes = self.stranger_tags(row);
        for offering in &self.tags.get(changes).has {
            let line = &mut self.offerings[usize::from(*offering)];
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
            blocked: true,
        })
    }

    /// The rows of one address that no source names. Who has access that Rehome gave, and that a source
    /// would name, is gone.
    fn strangers(&mut self, at: &mut usize, sink: &mut dyn Sink) {
        let site = self.seen.site;
        let start = *at;
        let email = site.email(start).unwrap_or_default();
        while site.email(*at) == Some(email) {
            *at += 1;
        }
        let rows = start..*at;
        let is_gone = |walk: &mut Self, row| {
            let changes = walk.stranger_tags(row);
            !walk.tags.get(changes).gone.is_empty()
        };
        let known = |row: &usize| self.claims.row(*row).is_none();
        let unclaimed: Vec<usize> = rows.clone().filter(known).collect();
        let gone = unclaimed
            .into_iter()
            .filter_map(|row| site.get(row))
            .any(|row| is_gone(self, row));
        if !gone {
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
            resolved: self.wanted.stranger(),
        };
        let contacts = self.seen.contacts.map_or(0..0, |contacts| contacts.find(email));
        let (mut lines, mut fields) = (Lines::default(), Vec::new());
        self.member(None, &member, rows, contacts, (&mut lines, &mut fields), sink);
    }
}
