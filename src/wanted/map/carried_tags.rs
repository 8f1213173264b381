//! Values of lines with `$rest` and `$value` in; tags that the plan does not name, by number, out.

use std::collections::{HashMap, HashSet};

use crate::{
    model::{Finding, FindingCode, Findings, MAX_TAG_CHARS, RecordRef, TagName, Targets},
    plan::Pattern,
    wanted::TagTable,
};

/// How many tags there may be in all: systems number them with 16 bits.
pub const MAX_TAGS: usize = 60_000;

/// Where a carried tag comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CarriedFrom {
    /// Index of the source.
    pub source: usize,
    /// Index of the map in the source; the line is one of its rules.
    pub map: usize,
    /// Index of the line.
    pub rule: usize,
}

/// Why a tag cannot be carried over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CarriedProblem {
    /// It is a tag of this offering's own: it would give or take access.
    OfOffering(u16),
    /// Nothing is left of the name.
    Blank,
    /// The name contains a line break or another control character.
    Control,
    /// The name is longer than [`MAX_TAG_CHARS`].
    Long,
    /// There would be more than [`MAX_TAGS`].
    TooMany,
}

/// Values of one line that cannot become a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedTrouble {
    /// The line.
    pub from: CarriedFrom,
    /// Why.
    pub problem: CarriedProblem,
    /// The first such value, as written.
    pub value: String,
    /// The name that it would have.
    pub name: String,
    /// How many records contain such a value.
    pub count: u64,
    /// Where the first one is.
    pub first: RecordRef,
}

/// A tag that the sources bring.
#[derive(Debug, Clone)]
struct Carried {
    name: TagName,
    first: RecordRef,
}

/// What a folded name stands for.
#[derive(Debug, Clone, Copy)]
enum Owner {
    Offering(u16),
    /// A tag of `[tags]`, or one carried over, by number.
    Tag(u16),
}

/// The tags carried over so far. Their numbers follow those of `[tags]`.
#[derive(Debug)]
pub(crate) struct CarriedTags {
    owners: HashMap<String, Owner>,
    plan_tags: usize,
    room: usize,
    list: Vec<Carried>,
    /// Other spellings of carried tags that were told.
    spellings: HashSet<String>,
    findings: Findings,
    troubles: Vec<CarriedTrouble>,
    trouble_index: HashMap<(CarriedFrom, CarriedProblem, String), u32>,
}

impl CarriedTags {
    pub(crate) fn new(targets: &Targets) -> Self {
        let mut owners = HashMap::new();
        for (offering, target) in (0u16..).zip(&targets.offerings) {
            for name in target.tags.all() {
                owners.insert(Pattern::fold(name.as_str()), Owner::Offering(offering));
            }
        }
        for (tag, (_, name)) in (0u16..).zip(&targets.tags) {
            owners.insert(Pattern::fold(name.as_str()), Owner::Tag(tag));
        }
        let known = TagTable::of(targets, []).names().len();
        Self {
            owners,
            plan_tags: targets.tags.len(),
            room: MAX_TAGS.saturating_sub(known),
            list: Vec::new(),
            spellings: HashSet::new(),
            findings: Findings::default(),
            troubles: Vec::new(),
            trouble_index: HashMap::new(),
        }
    }

    /// The tag of a name, or the number of the trouble with it.
    pub(crate) fn give(
        &mut self,
        name: &str,
        value: &str,
        from: CarriedFrom,
        record: RecordRef,
    ) -> Result<u16, u32> {
        let folded = Pattern::fold(name);
        let problem = match self.owners.get(&folded) {
            Some(Owner::Tag(tag)) => {
                let tag = *tag;
                self.spelling(tag, name, record);
                return Ok(tag);
            }
            Some(Owner::Offering(offering)) => CarriedProblem::OfOffering(*offering),
            None if folded.is_empty() => CarriedProblem::Blank,
            None if name.chars().any(char::is_control) => CarriedProblem::Control,
            None if name.chars().count() > MAX_TAG_CHARS => CarriedProblem::Long,
            None if self.list.len() >= self.room => CarriedProblem::TooMany,
            None => {
                let tag = u16::try_from(self.plan_tags + self.list.len()).unwrap_or(u16::MAX);
                self.list.push(Carried {
                    name: TagName::new(name),
                    first: record,
                });
                self.owners.insert(folded, Owner::Tag(tag));
                return Ok(tag);
            }
        };
        // Of all that are too many or have no name, one is shown.
        let which = match problem {
            CarriedProblem::OfOffering(_) => folded,
            _ => String::new(),
        };
        let next = u32::try_from(self.troubles.len()).unwrap_or(u32::MAX);
        let at = *self.trouble_index.entry((from, problem, which)).or_insert(next);
        if at == next {
            self.troubles.push(CarriedTrouble {
                from,
                problem,
                value: value.to_owned(),
                name: name.to_owned(),
                count: 0,
                first: record,
            });
        }
        Err(at)
    }

    /// Says once of every other spelling that it is taken for the first.
    fn spelling(&mut self, tag: u16, name: &str, record: RecordRef) {
        let at = usize::from(tag).checked_sub(self.plan_tags);
        let Some(known) = at.and_then(|at| self.list.get(at)) else {
            return;
        };
        if known.name.as_str() != name && self.spellings.insert(name.to_owned()) {
            self.findings.push(Finding {
                code: FindingCode::TagSpellings,
                record,
                other: Some(known.first),
                detail: format!("{name} / {}", known.name),
            });
        }
    }

    /// Counts records with a trouble.
    pub(crate) fn count(&mut self, trouble: u32, records: u64) {
        if let Some(trouble) = self.troubles.get_mut(trouble as usize) {
            trouble.count += records;
        }
    }

    /// The names in their order, what was found of them, and what cannot be carried over.
    pub(crate) fn finish(self) -> (Vec<TagName>, Findings, Vec<CarriedTrouble>) {
        let names = self.list.into_iter().map(|carried| carried.name).collect();
        (names, self.findings, self.troubles)
    }
}
