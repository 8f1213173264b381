//! What the systems of a plan hold now, a member a row.

use crate::{
    app::{
        AppError, PlanFile, ProgressReporter, Seen,
        connect::{
            bind_offerings::{bind, binds},
            observe::observe,
        },
    },
    model::{MemberState, TagName},
    plan::Plan,
    report::MemberRow,
    wanted::TagTable,
};

/// Reads the systems of a plan: everybody on the site and in the contact system, in order of e-mail; and why
/// nothing can be written to the site, where that is so: then not everything may be seen either.
pub fn members(
    file: &PlanFile,
    watch: &dyn ProgressReporter,
) -> Result<(Vec<MemberRow>, Option<String>), AppError> {
    let mut seen = observe(&file.plan.targets, &file.folder, None, watch)?;
    // What is not bound yet gives nobody access: the list is for finding out.
    let bound = if binds(&file.plan) {
        bind(file, &mut seen.site).ok()
    } else {
        None
    };
    let plan = bound.as_ref().map_or(&file.plan, |bound| &bound.plan);
    Ok((rows(plan, &seen), seen.site_capabilities.cannot_write))
}

fn rows(plan: &Plan, seen: &Seen) -> Vec<MemberRow> {
    let tags = TagTable::of(&plan.targets, []);
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
            let site = seen.site.state(seen.site.find(email));
            let contact = seen
                .contacts
                .as_ref()
                .map(|contacts| contacts.state(contacts.find(email)));
            row(plan, &tags, email, &site, contact.as_ref())
        })
        .collect()
}

fn row(
    plan: &Plan,
    tags: &TagTable,
    email: &str,
    site: &MemberState,
    contact: Option<&MemberState>,
) -> MemberRow {
    let offerings = (0u16..)
        .zip(&plan.targets.offerings)
        .filter(|(index, _)| {
            tags.has_access(*index, |tag| {
                tags.names()
                    .get(usize::from(tag))
                    .is_some_and(|name| site.tags.contains(name))
            })
        })
        .map(|(_, offering)| offering.key.to_string())
        .collect();
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
