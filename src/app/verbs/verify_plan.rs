//! A plan and its exports as they are now in; whether all members are up to date, and a few of them to
//! look at, out.

use super::{compute::compute, effective_access::offerings_of};
use crate::{
    app::{AppError, Moment, NullSink, PlanFile, ProgressReporter},
    diff::{Accepted, Unapplied, sample_rank},
    model::{OfferingKey, SiteTarget, Targets},
};

/// How many people a person is asked to look at.
const LOOK_AT: usize = 10;

/// What the plan wants compared with what exists, member by member, field by field and in effective access.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ByPlan {
    /// Users and contacts that the plan wants.
    pub members: u64,
    /// Members with changes to apply now.
    pub different: u64,
    /// Members in conflict or blocked.
    pub not_applied: Unapplied,
    /// Some, for a person to look at: always the same for the same people.
    pub look_at: Vec<LookAt>,
}

/// A member to check by hand.
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

/// Compares every member that a plan wants.
pub fn verify_plan(
    file: &PlanFile,
    moment: Moment,
    watch: &dyn ProgressReporter,
) -> Result<ByPlan, AppError> {
    let computed = compute(file, moment, Accepted::default(), None, &mut NullSink, watch)?;
    let wanted = &computed.gathered.wanted;
    let site = &computed.seen.site;
    let targets = &computed.header.targets;
    let mut picked: Vec<(u64, usize)> = Vec::with_capacity(LOOK_AT + 1);
    for index in 0..wanted.len() {
        let Some(member) = wanted.get(index) else { continue };
        let rank = sample_rank(member.email);
        let among = picked.len() < LOOK_AT || picked.last().is_some_and(|(last, _)| rank < *last);
        let has_user = || {
            site.find(member.email)
                .any(|row| site.get(row).is_some_and(|row| row.user))
        };
        if among && member.resolved.user && has_user() {
            let at = picked.partition_point(|(other, _)| *other <= rank);
            picked.insert(at, (rank, index));
            picked.truncate(LOOK_AT);
        }
    }
    let look_at = picked.into_iter().filter_map(|(_, index)| {
        let email = wanted.email(index)?;
        let state = site.state(site.find(email));
        Some(LookAt {
            email: email.to_owned(),
            login: state.login.clone()?,
            offerings: offerings_of(targets, site, site.find(email)),
            link: link(targets, email),
        })
    });
    let accounting = &wanted.accounting;
    Ok(ByPlan {
        members: accounting.users + accounting.contacts_only,
        different: computed.difference.totals.counts.work,
        not_applied: computed.difference.unapplied(),
        look_at: look_at.collect(),
    })
}

/// The admin screen of the site that shows a user.
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
