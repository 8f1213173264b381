//! What the records of a member say of names, fields and registration in; which record each kept value comes from,
//! and the values that do not count, out.

use crate::{
    model::{Attribute, RecordRef},
    people::name,
    plan::Plan,
    wanted::{RowTrace, Wanted},
};

/// A value that the fold kept of a member, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// A name, a field, or since when the member is registered.
    pub what: Attribute,
    /// The value.
    pub value: String,
    /// The record that it comes from.
    pub record: RecordRef,
    /// It was split from the record's whole name.
    pub split: bool,
    /// What other records say instead, which does not count.
    pub others: Vec<(String, RecordRef)>,
}

/// What one record says.
struct Said {
    what: Attribute,
    value: String,
    record: RecordRef,
    split: bool,
}

/// Where the kept values of the member at a place in the order of email come from. `rows` are all records of the
/// member, in source order.
pub fn origins(plan: &Plan, wanted: &Wanted, index: usize, rows: &[RowTrace<'_>]) -> Vec<Origin> {
    let said = said(plan, rows);
    let mut attributes: Vec<&Attribute> = Vec::new();
    for one in &said {
        if !attributes.contains(&&one.what) {
            attributes.push(&one.what);
        }
    }
    let origin = |what: &Attribute| {
        let (value, record) = kept(plan, wanted, index, what)?;
        let of_attribute = || said.iter().filter(|one| one.what == *what);
        let is_origin = |one: &&Said| one.value == value && record.is_none_or(|record| record == one.record);
        let first = of_attribute().find(is_origin)?;
        let others = of_attribute().filter(|one| one.value != value);
        Some(Origin {
            what: what.clone(),
            value: first.value.clone(),
            record: first.record,
            split: first.split,
            others: others.map(|one| (one.value.clone(), one.record)).collect(),
        })
    };
    attributes.into_iter().filter_map(origin).collect()
}

/// What the records say, in their order; of a record names first, then fields.
fn said(plan: &Plan, rows: &[RowTrace<'_>]) -> Vec<Said> {
    let fields = plan.field_names();
    let mut all: Vec<Said> = Vec::new();
    let mut known = (String::new(), String::new());
    for row in rows {
        let mut say = |what: Attribute, value: &str, split: bool| {
            if !value.is_empty() {
                all.push(Said {
                    what,
                    value: value.to_owned(),
                    record: row.record,
                    split,
                });
            }
        };
        if let Some(names) = row.names.clone().added((&known.0, &known.1)) {
            let split = names.whole.is_some();
            let added = (&*names.first, &*names.last);
            let completes =
                known.0.is_empty() == known.1.is_empty() || name::completes((&known.0, &known.1), added);
            for (what, value, known) in [
                (Attribute::FirstName, added.0, &mut known.0),
                (Attribute::LastName, added.1, &mut known.1),
            ] {
                // A half that belongs to another name adds nothing to a half that is known.
                if known.is_empty() && !completes {
                    continue;
                }
                say(what, value, split);
                if known.is_empty() {
                    value.clone_into(known);
                }
            }
        }
        for (field, value) in &row.fields {
            if let Some(name) = fields.get(*field) {
                say(Attribute::Field((*name).clone()), value, false);
            }
        }
        if let Some(moment) = &row.registered {
            say(Attribute::Registered, moment, false);
        }
    }
    all
}

/// What the fold kept of an attribute, and the record that it comes from where the fold knows it.
fn kept<'w>(
    plan: &Plan,
    wanted: &'w Wanted,
    index: usize,
    what: &Attribute,
) -> Option<(&'w str, Option<RecordRef>)> {
    Some(match what {
        Attribute::FirstName => (wanted.get(index)?.first_name, None),
        Attribute::LastName => (wanted.get(index)?.last_name, None),
        Attribute::Registered => {
            let (moment, record) = wanted.registered(index)?;
            (moment, Some(record))
        }
        Attribute::Field(name) => {
            let field = plan.field_names().iter().position(|field| *field == name)?;
            (wanted.field(index, field), None)
        }
        _ => return None,
    })
}
