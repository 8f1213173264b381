//! A change set and its run in; what a full reading of the systems afterwards finds, and some people for a
//! person to look at, out.

use std::{collections::HashMap, path::Path};

use super::{AppError, StateDir, Watch, observe};
use crate::{
    changeset::{ChangeSet, MemberChanges},
    diff::sample_rank,
    journal::{Journal, RunId, Status},
    model::{
        Action, Attribute, MemberState, OfferingKey, OfferingTarget, Seq, SeqSet, Side, SiteTarget, TagName,
        Targets,
    },
    wanted::TagTable,
};

/// Members read from the change set at a time.
const AT_ONCE: Seq = 10_000;

/// How many differing members are named.
const NAMED: usize = 20;

/// How many people a person is asked to look at.
const LOOK_AT: usize = 10;

/// Somebody for a person to look at: always the same people for the same change set.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LookAt {
    /// The member.
    pub email: String,
    /// How they log in.
    pub login: String,
    /// Offerings to which they have effective access now.
    pub offerings: Vec<OfferingKey>,
    /// Where an administrator sees them; `None` on an embedded site.
    pub link: Option<String>,
}

/// What a full reading found.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// Members of the change set that were compared, attribute by attribute.
    pub compared: u64,
    /// Members that are as the change set says.
    pub right: u64,
    /// Members that failed or were held back in the run, and so are not compared.
    pub left_out: u64,
    /// Members that differ.
    pub wrong: u64,
    /// Some of them: address and what differs.
    pub examples: Vec<(String, String)>,
    /// Some who are as wanted, for a person to look at.
    pub look_at: Vec<LookAt>,
}

/// What members can see, by the tags that the site holds.
struct Access<'a> {
    targets: &'a Targets,
    tags: TagTable,
    /// Offerings to which a tag gives access.
    owners: HashMap<&'a TagName, Vec<&'a OfferingTarget>>,
}

impl<'a> Access<'a> {
    fn of(targets: &'a Targets) -> Self {
        let mut owners: HashMap<&TagName, Vec<&OfferingTarget>> = HashMap::new();
        for offering in &targets.offerings {
            for tag in [&offering.tags.base, &offering.tags.instant]
                .into_iter()
                .flatten()
            {
                owners.entry(tag).or_default().push(offering);
            }
        }
        Self {
            targets,
            tags: TagTable::of(targets, []),
            owners,
        }
    }

    fn has(&self, offering: u16, held: &MemberState) -> bool {
        self.tags.has_access(offering, |tag| {
            let name = self.tags.names().get(usize::from(tag));
            name.is_some_and(|name| held.tags.contains(name))
        })
    }

    /// Offerings to which somebody has access.
    fn offerings(&self, held: &MemberState) -> Vec<OfferingKey> {
        (0u16..)
            .zip(&self.targets.offerings)
            .filter(|(index, _)| self.has(*index, held))
            .map(|(_, offering)| offering.key.clone())
            .collect()
    }

    /// An offering whose access tag was given, and to which there is no access all the same.
    fn denied(&self, member: &MemberChanges, held: &MemberState) -> Option<String> {
        let given = |name: &TagName| {
            let mut added = member
                .changes
                .iter()
                .filter(|change| change.action == Action::AddTag);
            added.any(|change| matches!(&change.attribute, Attribute::Tag(tag) if tag == name))
        };
        let added = member
            .changes
            .iter()
            .filter(|change| change.action == Action::AddTag);
        let owners = added.filter_map(|change| match &change.attribute {
            Attribute::Tag(tag) if change.side == Side::Site => self.owners.get(tag),
            _ => None,
        });
        owners.flatten().find_map(|offering| {
            let revoke = offering.tags.revoke.as_ref()?;
            let denies = held.tags.contains(revoke) && !given(revoke);
            denies.then(|| format!("no access to {}: the tag \"{revoke}\" is held", offering.key))
        })
    }
}

/// Where an administrator of the site sees somebody.
fn link(targets: &Targets, email: &str) -> Option<String> {
    let SiteTarget::WordPress { url, .. } = &targets.site else {
        return None;
    };
    let mut escaped = String::new();
    for byte in email.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    Some(format!("{url}/wp-admin/users.php?s={escaped}"))
}

/// Reads the systems of a change set and compares every member that the run carried out.
pub fn verify(
    change_set: &ChangeSet,
    journal: &Journal,
    run: RunId,
    watch: &dyn Watch,
) -> Result<Verified, AppError> {
    let header = change_set.header();
    let seen = observe(&header.targets, Path::new(&header.base), watch)?;
    let mut skipped = SeqSet::new();
    for exception in journal.exceptions(run)? {
        if exception.status != Status::Confirmed {
            skipped.insert(exception.seq);
        }
    }
    let mut verified = Verified::default();
    let access = Access::of(&header.targets);
    let mut picked: Vec<(u64, LookAt)> = Vec::new();
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
            let site = seen.site.state(seen.site.find_from(email, &mut at_site));
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
                .or_else(|| access.denied(&member, &site));
            if let Some(what) = different {
                verified.wrong += 1;
                if verified.examples.len() < NAMED {
                    verified.examples.push((member.email.to_string(), what));
                }
                continue;
            }
            verified.right += 1;
            let rank = sample_rank(email);
            let last = picked.last().map_or(u64::MAX, |(rank, _)| *rank);
            if let Some(login) = &site.login
                && (picked.len() < LOOK_AT || rank < last)
            {
                picked.truncate(LOOK_AT - 1);
                let at = picked.partition_point(|(other, _)| *other <= rank);
                let one = LookAt {
                    email: email.to_owned(),
                    login: login.clone(),
                    offerings: access.offerings(&site),
                    link: link(&header.targets, email),
                };
                picked.insert(at, (rank, one));
            }
        }
        watch.progress(
            "verifying",
            u64::from(to),
            Some(u64::from(header.members)),
            "members",
        );
        from = to;
    }
    verified.look_at = picked.into_iter().map(|(_, one)| one).collect();
    Ok(verified)
}

/// Verifies the last run of a state directory.
pub fn verify_last(state: &StateDir, watch: &dyn Watch) -> Result<(RunId, Verified), AppError> {
    let nothing = || AppError::NoRun {
        folder: state.path().to_owned(),
    };
    let journal = state.journal_to_read()?.ok_or_else(nothing)?;
    let last = journal.runs()?.pop().ok_or_else(nothing)?;
    let change_set = state.kept(&last)?;
    Ok((last.id, verify(&change_set, &journal, last.id, watch)?))
}

fn differs(attribute: &Attribute, state: &MemberState, after: Option<&str>) -> String {
    let there = state.value(attribute);
    format!(
        "{attribute} is {:?}, should be {:?}",
        there.unwrap_or("absent"),
        after.unwrap_or("absent")
    )
}
