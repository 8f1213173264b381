//! The plan's names of fields in; Drip's own, out, and the other way round.

use std::collections::BTreeMap;

/// Fields that are not custom fields: the plan's name and Drip's.
const STANDARD: [(&str, &str); 6] = [
    ("phone", "phone"),
    ("address", "address1"),
    ("city", "city"),
    ("state", "state"),
    ("zip", "zip"),
    ("country", "country"),
];

/// Where a field is in a subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldPlace<'a> {
    /// A key of the subscriber.
    Standard(&'a str),
    /// A custom field.
    Custom(&'a str),
}

/// The names that a plan gives the fields of Drip.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FieldNames {
    /// Drip's name, by the plan's.
    chosen: BTreeMap<String, String>,
}

impl FieldNames {
    pub(super) fn new(chosen: BTreeMap<String, String>) -> Self {
        Self { chosen }
    }

    /// Where a field of the plan is.
    pub(super) fn place<'a>(&'a self, field: &'a str) -> FieldPlace<'a> {
        if let Some(chosen) = self.chosen.get(field) {
            let standard = STANDARD.iter().find(|(_, own)| own == chosen);
            return standard.map_or(FieldPlace::Custom(chosen), |(_, own)| FieldPlace::Standard(own));
        }
        let standard = STANDARD.iter().find(|(name, _)| *name == field);
        standard.map_or(FieldPlace::Custom(field), |(_, own)| FieldPlace::Standard(own))
    }

    /// The plan's name of a key of a subscriber; `None` if the key is not a field.
    pub(super) fn of_standard(&self, own: &str) -> Option<&str> {
        let (name, _) = STANDARD.iter().find(|(_, standard)| *standard == own)?;
        Some(self.chosen_for(own).unwrap_or(name))
    }

    /// The plan's name of a custom field.
    pub(super) fn of_custom<'a>(&'a self, own: &'a str) -> &'a str {
        self.chosen_for(own).unwrap_or(own)
    }

    fn chosen_for(&self, own: &str) -> Option<&str> {
        let chosen = self.chosen.iter().find(|(_, chosen)| *chosen == own);
        chosen.map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_drips_own_name_where_the_plan_says_so_and_standard_fields_are_no_custom_fields() {
        let names = FieldNames::new(BTreeMap::from([
            ("mentor".to_owned(), "Mentor_Name".to_owned()),
            ("mobile".to_owned(), "phone".to_owned()),
        ]));
        assert_eq!(names.place("mentor"), FieldPlace::Custom("Mentor_Name"));
        assert_eq!(names.place("notes"), FieldPlace::Custom("notes"));
        assert_eq!(names.place("address"), FieldPlace::Standard("address1"));
        assert_eq!(names.place("mobile"), FieldPlace::Standard("phone"));
        assert_eq!(names.of_custom("Mentor_Name"), "mentor");
        assert_eq!(names.of_custom("notes"), "notes");
        assert_eq!(names.of_standard("phone"), Some("mobile"));
        assert_eq!(names.of_standard("address1"), Some("address"));
        assert_eq!(names.of_standard("lead_score"), None);
    }
}
