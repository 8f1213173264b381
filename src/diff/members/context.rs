//! A plan, what it wants and what exists in; everything that is computed before the first comparison, out.

use super::contact_ids::ContactIds;
use crate::{
    diff::{
        Accepted, Logins, Observations, renames::AddressClaims, site_names::KeptNames,
        site_offerings::SiteOfferings,
    },
    model::{Observed, OptedOut, Reason},
    plan::{ExistingFields, Plan},
    wanted::Wanted,
};

/// What every member is compared by. Nothing of it changes while members are.
pub(crate) struct CompareContext<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) wanted: &'a Wanted,
    pub(crate) seen: Observations<'a>,
    /// By which tags each offering of the site gives access, before and after.
    pub(crate) offerings: SiteOfferings,
    pub(crate) logins: Logins,
    pub(crate) kept: KeptNames,
    /// Who exists under another address.
    pub(crate) claims: AddressClaims<'a>,
    /// For each field of the plan, its number in the system that keeps fields.
    pub(crate) field_numbers: Vec<Option<u16>>,
    /// For each field of the plan, what happens to an existing value.
    pub(crate) field_policies: Vec<ExistingFields>,
    /// For each source with a key of the person, its number on the site.
    pub(crate) key_numbers: Vec<Option<usize>>,
    pub(crate) contact_ids: ContactIds,
    /// Why a member who opted out and is not a contact yet is not created, if so.
    pub(crate) opted_out_rule: Option<Reason>,
}

impl<'a> CompareContext<'a> {
    pub(crate) fn of(plan: &'a Plan, wanted: &'a Wanted, seen: Observations<'a>, accepted: Accepted) -> Self {
        let claims = AddressClaims::of(plan, wanted, seen, accepted);
        let key = |source: usize| seen.site.key_number(plan.sources.get(source)?.site_key());
        Self {
            plan,
            wanted,
            seen,
            offerings: SiteOfferings::new(&plan.targets, &wanted.tags, seen.site, seen.site_tag_rules),
            logins: Logins::with(wanted, seen.site, &claims),
            kept: KeptNames::of(wanted, seen.site.name_rules),
            claims,
            field_numbers: field_numbers(plan, seen.contacts.unwrap_or(seen.site)),
            field_policies: plan.field_policies(),
            key_numbers: plan.keyed_sources().map(key).collect(),
            contact_ids: ContactIds::default(),
            opted_out_rule: opted_out_rule(plan, seen.creates_opted_out),
        }
    }
}

/// For each field of the plan, its number in the system that keeps fields.
fn field_numbers(plan: &Plan, observed: &Observed) -> Vec<Option<u16>> {
    plan.field_names()
        .into_iter()
        .map(|name| {
            (0u16..)
                .zip(&observed.fields)
                .find(|(_, there)| *there == name)
                .map(|(number, _)| number)
        })
        .collect()
}

/// Why members who opted out and are not contacts yet are not created; `None` if they are.
fn opted_out_rule(plan: &Plan, creates_opted_out: bool) -> Option<Reason> {
    match (plan.targets.contacts.external()?.opted_out, creates_opted_out) {
        (Some(OptedOut::Skip), _) => Some(Reason::OptedOutSkipped),
        (_, false) => Some(Reason::OptedOutUndecided),
        (_, true) => None,
    }
}
