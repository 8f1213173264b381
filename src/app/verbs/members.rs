//! What the systems of a plan hold now, a member a row.

use super::effective_access::offerings_of;
use crate::{
    app::{
        AppError, PlanFile, ProgressReporter, Seen,
        connect::{bind_offerings::use_plan_keys, observe::observe},
    },
    model::{MemberState, OfferingKey, TagName, Targets},
    report::MemberRow,
};

/// Reads the systems of a plan: everybody on the site and in the contact system, in order of e-mail; and why
/// nothing can be written to the site, where that is so: then not everything may be seen either.
pub fn members(
    file: &PlanFile,
    watch: &dyn ProgressReporter,
) -> Result<(Vec<MemberRow>, Option<String>), AppError> {
    let mut seen = observe(&file.plan.targets, &file.folder, watch)?;
    use_plan_keys(&file.plan.targets, &mut seen.site);
    Ok((
        rows(&file.plan.targets, &seen),
        seen.site_capabilities.cannot_write,
    ))
}

fn rows(targets: &Targets, seen: &Seen) -> Vec<MemberRow> {
    let mut emails: Vec<&str> = Vec::new();
    for observed in std::iter::once(&seen.site).chain(&seen.contacts) {
        emails.extend(
            (0..observed.len())
                .filter_map(|row| observed.get(row))
                .map(|row| row.email),
        );
    }
    emails.sort_unstable();
    emails.dedup();
    emails
        .into_iter()
        .map(|email| {
            let places = seen.site.find(email);
            let offerings = offerings_of(targets, &seen.site, places.clone());
            let offerings = offerings.iter().map(OfferingKey::to_string).collect();
            let site = seen.site.state(places);
            let contact = seen
                .contacts
                .as_ref()
                .map(|contacts| contacts.state(contacts.find(email)));
            row(email, offerings, &site, contact.as_ref())
        })
        .collect()
}

fn row(email: &str, offerings: Vec<String>, site: &MemberState, contact: Option<&MemberState>) -> MemberRow {
    let contact = contact.unwrap_or(site);
    MemberRow {
        email: email.to_owned(),
        first_name: site.first_name.clone().or_else(|| contact.first_name.clone()),
        last_name: site.last_name.clone().or_else(|| contact.last_name.clone()),
        user: site.login.is_some(),
        login: site.login.clone(),
        contact_id: contact.contact_ids.first().map(ToString::to_string),
        opted_out: contact.opted_out,
        offerings,
        tags: site.tags.union(&contact.tags).map(TagName::to_string).collect(),
        fields: contact
            .fields
            .iter()
            .map(|(name, value)| (name.to_string(), value.clone()))
            .collect(),
    }
}
