//! A plan and an address in; the way from the records of that member to its changes out.
//!
//! The sources are folded once, as for every verb, and then read again for the cells of the member's
//! own records: a million members need not carry what only one is asked about.

use super::{context::MemberContext, read_again::read_again};
use crate::{
    app::{AppError, Moment, PlanFile, ProgressReporter, lists::logins::known_as, verbs::compute::compute},
    diff::{Accepted, MemberDiff, OwnedDiff, Shapes, What},
    model::{Attribute, RecordRef},
    report::{ChangesStory, MemberStory, RecordsStory},
    text::nearest::nearest,
    wanted::{Wanted, origins},
};

/// What the difference says of the member.
#[derive(Debug, Default)]
struct Found {
    diff: Option<OwnedDiff>,
    gains: Vec<u16>,
    loses: Vec<u16>,
    gone: Vec<u16>,
}

/// All that is known of one member, and the nearest address if no source has this one. `email` is normalised.
pub fn explain(
    file: &PlanFile,
    email: &str,
    moment: Moment,
    watch: &dyn ProgressReporter,
) -> Result<(MemberStory, Option<String>), AppError> {
    let mut found = Found::default();
    let new = file.plan.same.get(email).map(ToString::to_string);
    let email = new.as_deref().unwrap_or(email);
    let mut sink = |member: &MemberDiff<'_>, shapes: &Shapes| {
        if member.email == email || (found.diff.is_none() && old_address(member, shapes) == Some(email)) {
            found = Found {
                diff: Some(member.to_owned_diff(shapes)),
                gains: member.gains.to_vec(),
                loses: member.loses.to_vec(),
                gone: member.gone.to_vec(),
            };
        }
    };
    let computed = compute(file, moment, Accepted::default(), None, &mut sink, watch)?;
    // Anyone who is asked for by the address that they are known by on the site gets the story of the new one.
    let renamed = found.diff.as_ref().map(|diff| diff.email.clone());
    let renamed = renamed.filter(|new| new != email);
    if renamed.is_some() && computed.gathered.wanted.find(email).is_some() {
        found = Found::default();
    }
    let email = match &renamed {
        Some(new) if found.diff.is_some() => new.as_str(),
        _ => email,
    };
    let old = found.diff.as_ref().and_then(|diff| {
        let changes = diff.changes(&computed.difference.changes.names).into_iter();
        let mut about = changes.filter(|change| change.attribute == Attribute::Address);
        about.find_map(|change| change.before)
    });
    // A member who is never changed has no line about the address.
    let known_as = |index| known_as(file, &computed, index);
    let old = old.or_else(|| computed.gathered.wanted.find(email).and_then(known_as));
    let wanted = &computed.gathered.wanted;
    let index = wanted.find(email);
    let records = index.map(|index| wanted.records(index)).unwrap_or_default();
    let refs: Vec<RecordRef> = records.iter().map(|(record, _)| *record).collect();
    let traces = read_again(file, &computed, &refs)?;
    let origins = index.map(|index| origins(&file.plan, wanted, index, &traces));
    let context = MemberContext {
        file,
        computed: &computed,
        email,
        old: old.as_deref(),
        index,
        records,
        traces,
        origins: origins.unwrap_or_default(),
    };
    let changes = found
        .diff
        .as_ref()
        .map(|diff| diff.changes(&computed.difference.changes.names));
    let nearest = if index.is_none() {
        nearest_address(wanted, email)
    } else {
        None
    };
    let story = MemberStory {
        email: email.to_owned(),
        records: RecordsStory {
            records: context.record_stories(),
            turned_away: context.rejected(),
        },
        person: context.person(),
        wanted: context.wanted(),
        now: context.now(),
        changes: ChangesStory {
            gone: context.keys(&found.gone),
            gains: context.keys(&found.gains),
            loses: context.keys(&found.loses),
            changes: changes
                .into_iter()
                .flatten()
                .map(|change| context.change(change))
                .collect(),
        },
        findings: context.findings(),
    };
    Ok((story, nearest))
}

/// The wanted member whose address is nearest to one that no source has.
fn nearest_address(wanted: &Wanted, email: &str) -> Option<String> {
    // Only addresses of about the same length with the same domain or the same name come into question.
    let (name, domain) = email.split_once('@')?;
    let alike = |other: &&str| {
        let (other_name, other_domain) = other.split_once('@').unwrap_or_default();
        other.len().abs_diff(email.len()) <= 3 && (other_name == name || other_domain == domain)
    };
    let all = (0..wanted.len()).filter_map(|index| Some(wanted.get(index)?.email));
    nearest(email, all.filter(alike)).map(str::to_owned)
}

/// The address under which a member exists, if the difference says that it is another one.
fn old_address<'m>(member: &MemberDiff<'m>, shapes: &Shapes) -> Option<&'m str> {
    let kinds = shapes.get(member.shape).iter();
    let about = kinds
        .zip(member.values)
        .find(|(kind, _)| kind.what == What::Address);
    about.and_then(|(_, value)| value.before)
}
