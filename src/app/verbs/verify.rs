//! A change set and its run in; what a full reading of the systems afterwards finds, out.

use std::path::Path;

use super::effective_access::Access;
use crate::{
    app::{
        AppError, ProgressReporter, StateDir,
        connect::{bind_offerings::use_plan_keys, observe::observe},
    },
    changeset::{ChangeSet, Header},
    journal::{Journal, RunId, Status},
    model::{Attribute, ContactId, MemberState, Observed, Seq, SeqSet, Side},
};

/// Members read from the change set at a time.
const AT_ONCE: Seq = 10_000;

/// How many differing members are named.
const NAMED: usize = 20;

/// What a full reading found.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// Members of the change set that were compared, attribute by attribute.
    pub compared: u64,
    /// Members that are as the change set says.
    pub right: u64,
    /// Members that failed or were blocked in the run, and so are not compared.
    pub left_out: u64,
    /// Members that differ.
    pub wrong: u64,
    /// Some of them: address and what differs.
    pub examples: Vec<(String, String)>,
    /// Offerings and emails that are not as the change set says, and why.
    pub setup: Vec<(String, String)>,
}

impl Verified {
    /// True if everything that was compared is as the change set says.
    pub fn is_right(&self) -> bool {
        self.wrong == 0 && self.setup.is_empty()
    }
}

/// Reads the systems of a change set and compares every member that the run applied.
pub fn verify(
    change_set: &ChangeSet,
    journal: &Journal,
    run: RunId,
    watch: &dyn ProgressReporter,
) -> Result<Verified, AppError> {
    let header = change_set.header();
    let mut seen = observe(
        &header.targets,
        Path::new(&header.base),
        journal.last_write()?,
        watch,
    )?;
    seen.set_apart(&header.tags);
    use_plan_keys(&header.targets, &mut seen.site);
    let mut skipped = SeqSet::new();
    for exception in journal.exceptions(run)? {
        if exception.status != Status::Confirmed {
            skipped.insert(exception.seq);
        }
    }
    let mut verified = Verified::default();
    let access = Access::new(&header.targets);
    let (mut at_site, mut at_contacts) = (0, 0);
    let mut from = 0;
    while from < header.members {
        let to = from.saturating_add(AT_ONCE).min(header.members);
        for member in change_set.range(from, to)? {
            if member.seq.is_some_and(|seq| skipped.contains(seq)) {
                verified.left_out += 1;
                continue;
            }
            let email = member.email.as_str();
            let rows = seen.site.find_from(email, &mut at_site);
            let site = seen.site.state(rows.clone());
            let contacts = seen
                .contacts
                .as_ref()
                .map(|contacts| contacts.state(contacts.find_from(email, &mut at_contacts)));
            let state = |side| match side {
                Side::Site => &site,
                Side::Contacts => contacts.as_ref().unwrap_or(&site),
            };
            verified.compared += 1;
            let work = member.changes.iter().filter(|change| change.action.is_work());
            let different = work
                .into_iter()
                .find(|change| !state(change.side).has(change))
                .map(|change| differs(&change.attribute, state(change.side), change.after.as_deref()))
                .or_else(|| access.missing(&member, &seen.site, &rows))
                .or_else(|| several_contacts(contacts.as_ref().unwrap_or(&site)));
            if let Some(what) = different {
                verified.wrong += 1;
                if verified.examples.len() < NAMED {
                    verified.examples.push((member.email.to_string(), what));
                }
                continue;
            }
            verified.right += 1;
        }
        watch.progress(
            "verifying",
            u64::from(to),
            Some(u64::from(header.members)),
            "members",
        );
        from = to;
    }
    verified.setup = setup_differs(header, &seen.site);
    Ok(verified)
}

/// Offerings and emails of a change set that are not on the site as it says.
fn setup_differs(header: &Header, site: &Observed) -> Vec<(String, String)> {
    let state = |exists: bool| {
        if exists {
            "is not as the plan says"
        } else {
            "does not exist"
        }
    };
    let offerings = header.setup.offerings.iter().filter_map(|one| {
        let mut targets = header.targets.offerings.iter();
        let target = targets.find(|target| target.key == one.key)?;
        let there = site.offerings.get(&one.key);
        let differs = there.is_none_or(|there| there.name != target.name || there.tags != target.tags);
        differs.then(|| (format!("offering {}", one.key), state(there.is_some()).to_owned()))
    });
    let emails = header.setup.emails.iter().filter_map(|one| {
        let mut targets = header.targets.emails.iter();
        let target = targets.find(|target| target.key == one.key)?;
        let there = site.emails.get(&one.key);
        (there != Some(target)).then(|| (format!("email {}", one.key), state(there.is_some()).to_owned()))
    });
    offerings.chain(emails).collect()
}

/// Verifies the last run of a state directory.
pub fn verify_last(state: &StateDir, watch: &dyn ProgressReporter) -> Result<(RunId, Verified), AppError> {
    let nothing = || state.no_run();
    let journal = state.journal_to_read()?.ok_or_else(nothing)?;
    let last = journal.runs()?.pop().ok_or_else(nothing)?;
    let change_set = state.kept(&last)?;
    Ok((last.id, verify(&change_set, &journal, last.id, watch)?))
}

fn differs(attribute: &Attribute, state: &MemberState, after: Option<&str>) -> String {
    let there = state.value(attribute);
    format!(
        "{attribute} is \"{}\", should be \"{}\"",
        there.unwrap_or("absent"),
        after.unwrap_or("absent")
    )
}

/// What is wrong with an address that several contacts have: which of them has the tags is nobody's guess.
fn several_contacts(state: &MemberState) -> Option<String> {
    let mut ids: Vec<&str> = state.contact_ids.iter().map(ContactId::as_str).collect();
    ids.sort_unstable();
    ids.dedup();
    (ids.len() > 1).then(|| format!("{} contacts have this address: {}", ids.len(), ids.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_two_contacts_differs() {
        let mut state = MemberState {
            contact_ids: vec![ContactId::new("7"), ContactId::new("7")],
            ..MemberState::default()
        };
        assert_eq!(several_contacts(&state), None);
        state.contact_ids.push(ContactId::new("12"));
        assert_eq!(
            several_contacts(&state).as_deref(),
            Some("2 contacts have this address: 12, 7")
        );
    }
}
