//! Plan text in, validated [`Plan`] out.
//!
//! A [`Plan`] exists only when nothing is wrong with its text, so no layer behind this one handles a bad plan.
//! [`fn@read`] reports everything that is wrong at once, each with its place in the text. It opens no file: what
//! a plan names is handed in, so that a plan can be read in tests, in a fuzzer and in an editor.

mod absence;
mod alike;
mod asks;
mod column_slots;
mod column_use;
mod columns_in_use;
mod dates;
mod event_words;
mod expect;
mod identity;
mod list_cells;
mod pattern;
mod plan_day;
mod policy;
mod profile;
mod profile_rules;
mod read;
mod schema;
mod source;
mod statuses;
mod template;
mod words;

pub use column_use::ColumnUse;
use std::collections::BTreeMap;

use crate::model::{Email, FieldName, OfferingKey, TagChoice, Targets, Zone};

pub use absence::absences;
pub use alike::alike;
pub(crate) use alike::is_plain;
pub use columns_in_use::{ColumnInUse, ColumnsInUse, EventColumnsInUse, MemberSlots};
pub use dates::DateRules;
pub use event_words::EventWords;
pub use expect::{Expect, NumberRange};
pub use identity::PlanItem;
pub use list_cells::{ListCells, list_text};
pub use pattern::Pattern;
pub use plan_day::PlanDay;
pub use policy::{
    ExistingFields, Limits, LoginRule, MembersRule, Policy, UpdateLimit, WhoGetsContact, WhoGetsUser,
};
pub use profile::{Certainty, PersonColumns, Profile, RowShape};
pub use profile_rules::{BillingColumns, CellRules, DeletedPeople, ExportRules};
pub use read::{Known, MAX_PLAN_BYTES, is_profile_file, read, read_profile, text_of};
pub use schema::schema;
pub use source::{
    CellFormats, ColumnMap, Condition, Consent, Correction, Corrections, DayBound, Encoding, Ends, FieldMap,
    Files, Gone, MemberColumns, Otherwise, Release, Rule, RuleEffect, Source, SourceFiles, SourceGives,
    SourcePayments, TagGift, Test,
};
pub use statuses::{StatusSays, Statuses, UntilDay};
pub use template::TagTemplate;
pub use words::Words;

/// A range of bytes in the plan's text.
pub type TextSpan = std::ops::Range<usize>;

/// A validated plan: every reference is resolved to an index, every value is of its type.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What should exist besides members, and where.
    pub targets: Targets,
    /// For each tag of the targets, where the plan names it, and which of several tags of its name it means.
    pub tag_entries: Vec<TagEntry>,
    /// For each offering of the targets, how the plan names it.
    pub offering_items: Vec<PlanItem>,
    /// For each email of the targets, how the plan names it.
    pub email_items: Vec<PlanItem>,
    /// The day on which the plan is computed, where the plan fixes it.
    pub as_of: Option<jiff::civil::Date>,
    /// The zone whose day counts as today, where the plan names one.
    pub zone: Option<Zone>,
    /// Who becomes a user, who a contact.
    pub members: MembersRule,
    /// Where the people come from, in the order in which the text first names them.
    pub sources: Vec<Source>,
    /// What may be changed.
    pub policy: Policy,
    /// The consultant's own numbers.
    pub expect: Expect,
    /// `[same]`: the old address of a person, and the one by which the person is known now.
    pub same: BTreeMap<Email, Email>,
    /// For each offering, the indexes of all offerings that a grant of it reaches: itself and what
    /// it includes, directly or not, sorted.
    pub reaches: Vec<Vec<u16>>,
}

/// A tag of `[tags]`, beside its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagEntry {
    /// Where the plan has it.
    pub span: TextSpan,
    /// Which of several tags of its name in the contact system it is.
    pub choice: TagChoice,
    /// The migration from which it is taken over.
    pub takes_over: Option<String>,
}

impl Plan {
    /// The index of an offering.
    pub fn offering(&self, key: &OfferingKey) -> Option<u16> {
        let at = self
            .targets
            .offerings
            .iter()
            .position(|offering| offering.key == *key)?;
        u16::try_from(at).ok()
    }

    /// The fields that any source maps, each once, in the order of the text.
    pub fn field_names(&self) -> Vec<&FieldName> {
        let mut names: Vec<&FieldName> = Vec::new();
        for field in self.sources.iter().flat_map(|source| &source.fields) {
            if !names.contains(&&field.field) {
                names.push(&field.field);
            }
        }
        names
    }

    /// For each of [`Self::field_names`], what happens to an existing value: its own rule, otherwise that
    /// of the plan.
    pub fn field_policies(&self) -> Vec<ExistingFields> {
        let policy = |name: &FieldName| {
            let fields = self.sources.iter().flat_map(|source| &source.fields);
            let mut own = fields
                .filter(|field| field.field == *name)
                .filter_map(|field| field.existing);
            own.next().unwrap_or(self.policy.existing_fields)
        };
        self.field_names().into_iter().map(policy).collect()
    }

    /// The sources with a key of the person: indexes into [`Self::sources`], in order.
    pub fn keyed_sources(&self) -> impl Iterator<Item = usize> + '_ {
        let keyed = self.sources.iter().enumerate();
        keyed
            .filter(|(_, source)| source.person.key.is_some())
            .map(|(index, _)| index)
    }

    /// The plan's test member.
    pub fn canary(&self) -> Option<&Email> {
        self.targets.canary.as_ref()
    }
}
