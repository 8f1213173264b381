//! Every case that can appear in a row of the contacts export, each with its label.

mod cells;
mod emails;
mod names;

use crate::{
    contact::Contact,
    rows::{Label, Row},
};

/// Rows that belong together, in the order in which they must appear in the file.
pub(crate) type Group = Vec<Row>;

/// A name and an address.
type Who = (&'static str, &'static str, &'static str);

struct Cases {
    key: u64,
    groups: Vec<Group>,
}

/// All of them.
pub(crate) fn all(first_key: u64) -> Vec<Group> {
    let mut cases = Cases {
        key: first_key,
        groups: Vec::new(),
    };
    cases.emails();
    cases.names();
    cases.cells();
    cases.products();
    cases.people();
    cases.groups
}

fn label(case: &'static str, expect: &'static str, detail: &'static str) -> Label {
    Label { case, expect, detail }
}

impl Cases {
    /// A contact who owns Photography 101, so that a user comes of it.
    fn contact(&mut self, (first, last, email): (&str, &str, &str)) -> Contact {
        self.key += 7;
        let mut contact = Contact::new(first, last, email, self.key);
        contact.products = vec!["Photography 101"];
        contact
    }

    /// One row with that label; `change` makes the case.
    fn changed(&mut self, found: Label, who: Who, change: impl FnOnce(&mut Contact)) {
        let mut contact = self.contact(who);
        contact.rejected = found.expect.strip_prefix("rejected:");
        contact.labels.push(found);
        change(&mut contact);
        self.groups.push(vec![contact.row()]);
    }

    /// Two rows with that address; `change` makes the second differ.
    fn twice(&mut self, first: Label, second: &'static str, who: Who, change: impl FnOnce(&mut Contact)) {
        let mut one = self.contact(who);
        let mut other = one.clone();
        change(&mut other);
        other.labels.push(label(first.case, "merged", second));
        one.labels.push(first);
        self.groups.push(vec![one.row(), other.row()]);
    }

    fn people(&mut self) {
        self.twice(
            label(
                "two-names",
                "finding:name-conflict",
                "the first of two names counts",
            ),
            "another name of the same address",
            ("Maria", "Kaltenbach", "maria.kaltenbach@example.com"),
            |second| {
                (second.name, second.first, second.last) = (
                    "Marie Kaltenbach-Roth".into(),
                    "Marie".into(),
                    "Kaltenbach-Roth".into(),
                );
            },
        );
        self.twice(
            label("consent-conflict", "finding:consent-conflict", "opted_out=true"),
            "the record that opted out",
            ("Zuri", "Njoroge", "zuri.njoroge@example.org"),
            |second| second.marketing = "no",
        );
        let mut first = self.contact(("Saga", "Petit", "saga.petit@example.com"));
        let mut second = self.contact(("Saga", "Petit", "saga.petit@example.com"));
        first
            .labels
            .push(label("one-email-two-keys", "member", "the first key"));
        second.labels.push(label(
            "one-email-two-keys",
            "finding:address-of-two-keys",
            "merged, and its key is another",
        ));
        self.groups.push(vec![first.row(), second.row()]);

        let mut first = self.contact(("Jonas", "Ahlgren", "jonas.ahlgren@example.com"));
        first.phone = "+46 31 555 0101".into();
        let mut second = first.clone();
        second.phone = "+46 31 555 0102".into();
        first.labels.push(label(
            "two-phones",
            "finding:field-conflict",
            "the first of two numbers counts",
        ));
        second.labels.push(label(
            "two-phones",
            "merged",
            "another number of the same address",
        ));
        self.groups.push(vec![first.row(), second.row()]);

        let mut first = self.contact(("Emeka", "Lindholm", "emeka.lindholm@example.com"));
        let mut second = self.contact(("Emeka", "Lindholm", "emeka@lindholm.example"));
        second.key.clone_from(&first.key);
        first.labels.push(label(
            "one-key-two-emails",
            "finding:key-of-two-addresses",
            "one person, two addresses",
        ));
        second
            .labels
            .push(label("one-key-two-emails", "member", "never merged"));
        self.groups.push(vec![first.row(), second.row()]);

        let mut blank = self.contact(("", "", "late.name@example.com"));
        blank.name.clear();
        let mut named = blank.clone();
        (named.name, named.first, named.last) = ("Late Namely".into(), "Late".into(), "Namely".into());
        blank
            .labels
            .push(label("blank-then-name", "member", "first=Late|last=Namely"));
        named.labels.push(label(
            "blank-then-name",
            "merged",
            "the first name that is not blank counts",
        ));
        self.groups.push(vec![blank.row(), named.row()]);
    }
}
