//! Cells of a consent column in; what each says, with counts and the words of the plan that none holds, out.

use hashbrown::HashMap;

use foldhash::fast::FixedState;

use crate::{model::RecordRef, people::is_blank, plan::Consent};

/// More distinct values than these are counted together.
const MAX_VALUES: usize = 10_000;

/// What a cell says of consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentSays {
    /// The person opted out.
    OptedOut,
    /// The person did not.
    OptedIn,
    /// Nothing: it is blank, and the plan does not list which values mean yes.
    Nothing,
    /// Nothing, though the plan lists which values mean yes: unless another record says yes, that is no.
    Blank,
    /// It is neither in the list for yes nor in the one for no: that is no.
    Unclear,
}

/// What a cell says by the words of the plan. A value that is listed counts before a pattern, of two patterns that
/// for no.
pub fn consent_says(consent: &Consent, cell: &str) -> ConsentSays {
    let (out, into) = (consent.opted_out.find(cell), consent.opted_in.find(cell));
    let is_value =
        |words: &crate::plan::Words, at: usize| words.patterns().nth(at).is_some_and(|one| !one.has_star());
    match (out, into) {
        (Some(out), Some(into))
            if is_value(&consent.opted_in, into) && !is_value(&consent.opted_out, out) =>
        {
            ConsentSays::OptedIn
        }
        (Some(_), _) => ConsentSays::OptedOut,
        (None, Some(_)) => ConsentSays::OptedIn,
        (None, None) if is_blank(cell) && consent.opted_in.is_empty() => ConsentSays::Nothing,
        (None, None) if is_blank(cell) => ConsentSays::Blank,
        (None, None) if consent.opted_in.is_empty() => ConsentSays::OptedIn,
        (None, None) => ConsentSays::Unclear,
    }
}

/// A value of a consent column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentValue {
    /// As first written, trimmed.
    pub value: String,
    /// How many records contain it.
    pub count: u64,
    /// What it says.
    pub says: ConsentSays,
    /// The first of these records.
    pub first: RecordRef,
}

/// The consent column of one source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConsentColumn {
    /// Its values, in the order in which they were seen.
    pub values: Vec<ConsentValue>,
    /// Records with other values.
    pub more: u64,
    /// For each of `opted_out`, whether some record contains it.
    pub held_out: Vec<bool>,
    /// For each of `opted_in`, likewise.
    pub held_in: Vec<bool>,
}

/// Reads the cells of one consent column, each distinct one once.
#[derive(Debug)]
pub(crate) struct ConsentCells {
    column: ConsentColumn,
    index: HashMap<Box<str>, usize, FixedState>,
}

impl ConsentCells {
    pub(crate) fn new(consent: Option<&Consent>) -> Self {
        let words =
            |words: Option<&crate::plan::Words>| vec![false; words.map_or(0, crate::plan::Words::len)];
        Self {
            column: ConsentColumn {
                held_out: words(consent.map(|consent| &consent.opted_out)),
                held_in: words(consent.map(|consent| &consent.opted_in)),
                ..ConsentColumn::default()
            },
            index: HashMap::with_hasher(FixedState::default()),
        }
    }

    /// What the cell of a record says.
    pub(crate) fn take(&mut self, consent: &Consent, cell: &str, record: RecordRef) -> ConsentSays {
        let cell = cell.trim();
        if let Some(value) = self
            .index
            .get(cell)
            .and_then(|at| self.column.values.get_mut(*at))
        {
            value.count += 1;
            return value.says;
        }
        for (words, held) in [
            (&consent.opted_out, &mut self.column.held_out),
            (&consent.opted_in, &mut self.column.held_in),
        ] {
            if let Some(held) = words.find(cell).and_then(|at| held.get_mut(at)) {
                *held = true;
            }
        }
        let says = consent_says(consent, cell);
        if self.column.values.len() < MAX_VALUES {
            self.index.insert(cell.into(), self.column.values.len());
            self.column.values.push(ConsentValue {
                value: cell.to_owned(),
                count: 1,
                says,
                first: record,
            });
        } else {
            self.column.more += 1;
        }
        says
    }

    pub(crate) fn finish(self) -> ConsentColumn {
        self.column
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{ColumnUse, Words};
    use proptest::prelude::*;

    fn consent(opted_out: &[&str], opted_in: &[&str]) -> Consent {
        Consent {
            column: ColumnUse {
                name: "Status".to_owned(),
                span: 0..0,
            },
            opted_out: Words::new(opted_out),
            opted_in: Words::new(opted_in),
        }
    }

    #[test]
    fn any_value_can_mean_no_and_a_listed_value_counts_before_a_pattern() {
        let dates = consent(&["*"], &[]);
        assert_eq!(consent_says(&dates, "2026-05-01 10:00:00"), ConsentSays::OptedOut);
        assert_eq!(consent_says(&dates, ""), ConsentSays::Nothing);
        let all_but = consent(&["*"], &["subscribed"]);
        assert_eq!(consent_says(&all_but, "Subscribed"), ConsentSays::OptedIn);
        assert_eq!(consent_says(&all_but, "cleaned"), ConsentSays::OptedOut);
        assert_eq!(consent_says(&all_but, "NULL"), ConsentSays::Blank);
        assert_eq!(
            consent_says(&consent(&["no"], &["yes", ""]), ""),
            ConsentSays::OptedIn
        );
    }

    /// The law: where the plan lists which values mean yes, nothing else is a yes.
    fn is_careful(words: &Consent, cell: &str, says: ConsentSays) -> bool {
        let listed = words
            .opted_in
            .texts()
            .any(|word| word.eq_ignore_ascii_case(cell.trim()));
        says != ConsentSays::OptedIn || words.opted_in.is_empty() || listed
    }

    #[test]
    fn the_law_of_consent_notices_that_an_unknown_word_counts_as_yes() {
        let words = consent(&["no"], &["yes"]);
        assert!(!is_careful(&words, "perhaps", ConsentSays::OptedIn));
        assert!(is_careful(&words, "perhaps", consent_says(&words, "perhaps")));
    }

    proptest! {
        /// The law: nobody whose cell is in neither list counts as opted in where the plan lists who is.
        #[test]
        fn consent_that_cannot_be_determined_is_never_a_yes(cell in "[a-z]{0,3}", unlisted in any::<bool>()) {
            let words = consent(&["no", "un*"], if unlisted { &[] } else { &["yes"] });
            let says = consent_says(&words, &cell);
            prop_assert!(is_careful(&words, &cell, says));
            let no = cell == "no" || cell.starts_with("un");
            let expected = match (no, cell.as_str()) {
                (true, _) => ConsentSays::OptedOut,
                (_, "yes") => ConsentSays::OptedIn,
                (_, "" | "nil" | "nan") if unlisted => ConsentSays::Nothing,
                (_, "" | "nil" | "nan") => ConsentSays::Blank,
                _ if unlisted => ConsentSays::OptedIn,
                _ => ConsentSays::Unclear,
            };
            prop_assert_eq!(says, expected);
        }
    }
}
