//! The cells of a row that say who a member is in; what they say out.
//!
//! This is the only interpretation of these cells: the fold keeps what they say, and `explain` prints it.

use std::borrow::Cow;

use crate::{
    model::{LoginKind, Row},
    people::{is_blank, name},
    plan::{ColumnsInUse, LoginRule},
};

/// The names that a row has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowNames<'r> {
    /// A first name, a last name or both; one of them may be blank.
    Parts(Cow<'r, str>, Cow<'r, str>),
    /// A whole name; blank where the row has none at all.
    Whole(Cow<'r, str>),
}

/// The names that a row adds to a member; one of them may be blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AddedNames<'r> {
    pub(crate) first: Cow<'r, str>,
    pub(crate) last: Cow<'r, str>,
    /// The whole name that they were split from, where they were.
    pub(crate) whole: Option<Cow<'r, str>>,
}

impl<'r> RowNames<'r> {
    /// The names in the cells of a row. The whole name is read only where the row has no parts of a name.
    pub(crate) fn from_row(columns: &ColumnsInUse, row: &Row<'r>) -> Self {
        let cell = |slot: Option<usize>| name::clean_name(slot.map_or("", |slot| row.cell(slot)));
        let (first, last) = (cell(columns.person.first_name), cell(columns.person.last_name));
        if first.is_empty() && last.is_empty() {
            return Self::Whole(cell(columns.person.full_name));
        }
        Self::Parts(first, last)
    }

    /// The same, with texts of its own.
    pub(crate) fn into_owned(self) -> RowNames<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        match self {
            Self::Parts(first, last) => RowNames::Parts(own(first), own(last)),
            Self::Whole(whole) => RowNames::Whole(own(whole)),
        }
    }

    /// What the row adds to a member whose first and last name are known so far. A whole name adds something only
    /// where the member lacks a name, and where it agrees with the half that is known.
    pub(crate) fn added(self, known: (&str, &str)) -> Option<AddedNames<'r>> {
        match self {
            Self::Parts(first, last) => Some(AddedNames {
                first,
                last,
                whole: None,
            }),
            Self::Whole(whole) if whole.is_empty() || !(known.0.is_empty() || known.1.is_empty()) => None,
            Self::Whole(whole) => {
                let (first, last) = name::split(&whole);
                name::completes(known, (&first, &last)).then_some(AddedNames {
                    first: Cow::Owned(first),
                    last: Cow::Owned(last),
                    whole: Some(whole),
                })
            }
        }
    }
}

/// How a row wants its member to log in, and the text of its column. `None` where it does not say it.
pub(crate) fn row_login<'r>(
    rule: &LoginRule,
    columns: &ColumnsInUse,
    row: &Row<'r>,
) -> Option<(LoginKind, Cow<'r, str>)> {
    match rule {
        LoginRule::Email => Some((LoginKind::Email, Cow::Borrowed(""))),
        LoginRule::LocalPart => Some((LoginKind::LocalPart, Cow::Borrowed(""))),
        LoginRule::Column(_) => {
            let text = name::clean(columns.person.login.map_or("", |slot| row.cell(slot)));
            (!text.is_empty()).then_some((LoginKind::Column, text))
        }
    }
}

/// The source's own key of the row's member, where the source has a key and the row a value.
pub(crate) fn row_key<'r>(columns: &ColumnsInUse, row: &Row<'r>) -> Option<&'r str> {
    let key = row.cell(columns.person.key?).trim();
    (!is_blank(key)).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::RowBatch, plan::MemberSlots};

    /// What the cells first name, last name, whole name add to a member.
    fn added(cells: [&str; 3], known: (&str, &str)) -> Option<[String; 3]> {
        let columns = ColumnsInUse {
            person: MemberSlots {
                first_name: Some(0),
                last_name: Some(1),
                full_name: Some(2),
                ..MemberSlots::default()
            },
            ..ColumnsInUse::default()
        };
        let mut batch = RowBatch::new(0, 0, 3);
        for cell in cells {
            batch.cell(cell);
        }
        batch.end_row(2, None);
        let row = batch.rows().next().expect("a row");
        let added = RowNames::from_row(&columns, &row).into_owned().added(known)?;
        let whole = added.whole.unwrap_or_default();
        Some([added.first, added.last, whole].map(Cow::into_owned))
    }

    #[test]
    fn a_whole_name_adds_something_only_where_half_a_name_is_missing_and_the_other_half_agrees() {
        let texts = |parts: [&str; 3]| Some(parts.map(str::to_owned));
        for (cells, known, expected) in [
            (["Ana", "Moll", "Annie M"], ("", ""), texts(["Ana", "Moll", ""])),
            (["", "Moll", "Annie M"], ("Bo", "Ek"), texts(["", "Moll", ""])),
            (
                ["", " ", "Ana Moll"],
                ("", ""),
                texts(["Ana", "Moll", "Ana Moll"]),
            ),
            (
                ["", "", "Ana Moll"],
                ("Ana", ""),
                texts(["Ana", "Moll", "Ana Moll"]),
            ),
            (["", "", "Ana Moll"], ("Bo", ""), None),
            (["", "", "Ana Moll"], ("Ana", "Moll"), None),
            (["", "", " "], ("", ""), None),
        ] {
            assert_eq!(added(cells, known), expected, "{cells:?} {known:?}");
        }
    }
}
