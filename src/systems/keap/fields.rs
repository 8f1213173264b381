//! The fields of a Keap account and the plan's names for them in; which place a field has, and the name of a value, out.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::read::{Id, ModelFieldText};

/// Where Keap keeps a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// In the first telephone number.
    Phone,
    /// In this part of the billing address.
    Billing(&'static str),
    /// In the custom field with this ID.
    Custom(Id),
    /// Nowhere yet: a custom field with this label is missing.
    Missing(String),
    /// In one of several custom fields with this label.
    Several(String),
}

/// The plan's names of Keap's own fields, and where they are.
pub(super) const STANDARD: [(&str, Place); 6] = [
    ("phone", Place::Phone),
    ("address", Place::Billing("line1")),
    ("city", Place::Billing("locality")),
    ("state", Place::Billing("region")),
    ("zip", Place::Billing("postal_code")),
    ("country", Place::Billing("country_code")),
];

/// The custom fields of an account, which all exchanges with it share.
#[derive(Debug)]
pub(super) struct FieldBook {
    /// Labels by the plan's names.
    names: BTreeMap<String, String>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    ids: BTreeMap<String, Vec<Id>>,
    labels: BTreeMap<Id, String>,
    creating: bool,
}

impl FieldBook {
    /// Labels by the plan's names, as `[contacts.fields]` has them.
    pub(super) fn new(names: BTreeMap<String, String>) -> Self {
        Self {
            names,
            known: Mutex::default(),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what the account has.
    pub(super) fn learn(&self, fields: &[ModelFieldText]) {
        let mut known = self.known();
        (known.ids, known.labels) = <_>::default();
        for field in fields {
            known.learn(field);
        }
    }

    /// Takes over one field that was created.
    pub(super) fn add(&self, field: &ModelFieldText) {
        self.known().learn(field);
    }

    /// Where a field of the plan is kept.
    pub(super) fn place(&self, name: &str) -> Place {
        let standard = STANDARD.iter().find(|(standard, _)| *standard == name);
        let label = match (self.names.get(name), standard) {
            (None, Some((_, place))) => return place.clone(),
            (label, _) => label.map_or(name, String::as_str),
        };
        match self.known().ids.get(&folded(label)).map(Vec::as_slice) {
            Some([only]) => Place::Custom(only.clone()),
            Some([_, ..]) => Place::Several(label.to_owned()),
            _ => Place::Missing(label.to_owned()),
        }
    }

    /// The plan's name of a custom field: that of `[contacts.fields]`, or else its label.
    pub(super) fn name(&self, id: &Id) -> Option<String> {
        let known = self.known();
        let label = known.labels.get(id)?;
        let named = self
            .names
            .iter()
            .find(|(_, other)| folded(other) == folded(label));
        Some(named.map_or(label, |(name, _)| name).clone())
    }

    /// Whether one of Keap's own fields is known to the plan by its usual name.
    pub(super) fn is_standard(&self, name: &str) -> bool {
        !self.names.contains_key(name)
    }

    /// The right to create fields, which one exchange has at a time.
    pub(super) fn creates(&self) -> Option<CreateRight<'_>> {
        let taken = std::mem::replace(&mut self.known().creating, true);
        // Lazily: a right that is dropped gives itself back.
        (!taken).then(|| CreateRight(self))
    }
}

impl Known {
    fn learn(&mut self, field: &ModelFieldText) {
        let ids = self.ids.entry(folded(&field.label)).or_default();
        if !ids.contains(&field.id) {
            ids.push(field.id.clone());
        }
        self.labels.insert(field.id.clone(), field.label.clone());
    }
}

/// Given back when it is dropped.
#[derive(Debug)]
pub(super) struct CreateRight<'a>(&'a FieldBook);

impl Drop for CreateRight<'_> {
    fn drop(&mut self) {
        self.0.known().creating = false;
    }
}

fn folded(label: &str) -> String {
    label.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(id: &str, label: &str) -> ModelFieldText {
        ModelFieldText {
            id: Id(id.to_owned()),
            label: label.to_owned(),
        }
    }

    #[test]
    fn a_field_is_found_by_its_label_or_by_the_plans_name_for_it() {
        let names = [("mentor", "Mentor name"), ("phone", "Mobile")];
        let names = names.map(|(name, label)| (name.to_owned(), label.to_owned()));
        let book = FieldBook::new(names.into());
        book.learn(&[
            field("7", "mentor NAME"),
            field("8", "Twice"),
            field("9", "twice"),
        ]);
        assert_eq!(book.place("mentor"), Place::Custom(Id("7".to_owned())));
        assert_eq!(book.name(&Id("7".to_owned())).as_deref(), Some("mentor"));
        assert_eq!(book.place("phone"), Place::Missing("Mobile".to_owned()));
        assert_eq!(book.place("zip"), Place::Billing("postal_code"));
        assert_eq!(book.place("Twice"), Place::Several("Twice".to_owned()));
        assert_eq!(book.name(&Id("1".to_owned())), None);
        let right = book.creates();
        assert!(right.is_some() && book.creates().is_none());
        drop(right);
        assert!(book.creates().is_some());
    }
}
