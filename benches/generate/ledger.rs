//! Rows with their truth in, in the order in which a plan reads them; the numbers a plan must find out.

use std::collections::BTreeMap;

use crate::{
    rows::{Holding, Row, Truth},
    school::{OFFERINGS, reached},
};

/// What is counted.
#[derive(Default)]
pub(crate) struct Ledger {
    records: u64,
    merged: u64,
    rejected: BTreeMap<&'static str, u64>,
    members: BTreeMap<String, Holding>,
}

impl Ledger {
    /// Adds the rows of a file.
    pub(crate) fn add(&mut self, rows: &[Row]) {
        for row in rows {
            match &row.truth {
                Truth::NoRecord => continue,
                Truth::Rejected(code) => *self.rejected.entry(code).or_default() += 1,
                Truth::Member(holding) => self.fold(holding),
            }
            self.records += 1;
        }
    }

    fn fold(&mut self, record: &Holding) {
        if let Some(member) = self.members.get_mut(&record.email) {
            self.merged += 1;
            member.grants |= record.grants;
            member.revokes |= record.revokes;
            member.tags |= record.tags;
            member.opted_out |= record.opted_out;
        } else {
            self.members.insert(record.email.clone(), record.clone());
        }
    }

    fn count(&self, holds: impl Fn(&Holding) -> bool) -> u64 {
        self.members.values().filter(|member| holds(member)).count() as u64
    }

    /// All members, in order of their addresses.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &Holding)> {
        self.members
            .iter()
            .map(|(email, member)| (email.as_str(), member))
    }

    /// One of them.
    pub(crate) fn member(&self, email: &str) -> Option<&Holding> {
        self.members.get(email)
    }

    /// Members who become users or contacts.
    pub(crate) fn wanted(&self) -> u64 {
        self.count(|member| member.grants != 0 || member.tags != 0)
    }

    /// People with effective access, bundles included.
    pub(crate) fn holders(&self, offering: u8) -> u64 {
        self.count(|member| reached(member.grants) & offering != 0)
    }

    /// The numbers as JSON text.
    pub(crate) fn json(&self) -> serde_json::Value {
        let offerings: serde_json::Map<_, _> = OFFERINGS
            .iter()
            .map(|(key, bit)| {
                let numbers = serde_json::json!({
                    "granted": self.holders(*bit),
                    "granted_directly": self.count(|member| member.grants & bit != 0),
                    "revoked": self.count(|member| member.revokes & !reached(member.grants) & bit != 0),
                    "grant_beats_revoke": self.count(|member| member.revokes & reached(member.grants) & bit != 0),
                });
                ((*key).to_owned(), numbers)
            })
            .collect();
        let users = self.count(|member| member.grants != 0);
        serde_json::json!({
            "records": self.records,
            "members": self.members.len(),
            "merged": self.merged,
            "rejected": self.rejected.values().sum::<u64>(),
            "rejected_by_code": self.rejected,
            "users": users,
            "contacts_only": self.wanted() - users,
            "left_out": self.members.len() as u64 - self.wanted(),
            "left_out_only_revoked":
                self.count(|member| member.grants == 0 && member.tags == 0 && member.revokes != 0),
            "opted_out": self.count(|member| member.opted_out),
            "opted_out_wanted":
                self.count(|member| member.opted_out && (member.grants != 0 || member.tags != 0)),
            "offerings": offerings,
        })
    }
}
