//! A computed difference in; how every wanted user logs in, and why, out.

use super::{Computed, PlanFile};
use crate::{
    diff::Logins,
    model::{LoginKind, Reason},
    plan::LoginRule,
    report::{Coded, LoginRow},
    wanted::WantedMember,
};

/// The wanted users, in order of e-mail. New ones have the logins of the difference, since these depend
/// on what was read alone.
pub(super) fn logins<'a>(file: &'a PlanFile, computed: &'a Computed) -> impl Iterator<Item = LoginRow> + 'a {
    let wanted = &computed.gathered.wanted;
    let given = Logins::of(wanted, &computed.seen.site);
    (0..wanted.len()).filter_map(move |index| row(file, computed, &given, index))
}

/// How the member at a place in the order of e-mail logs in; `None` where no user is wanted.
pub(super) fn login(file: &PlanFile, computed: &Computed, index: usize) -> Option<LoginRow> {
    let given = Logins::of(&computed.gathered.wanted, &computed.seen.site);
    row(file, computed, &given, index)
}

fn row(file: &PlanFile, computed: &Computed, given: &Logins, index: usize) -> Option<LoginRow> {
    let member = computed.gathered.wanted.get(index)?;
    let site = &computed.seen.site;
    let user = site
        .find(member.email)
        .filter_map(|row| site.get(row))
        .find(|row| row.user);
    if let Some(user) = user {
        return Some(LoginRow {
            email: member.email.to_owned(),
            login: user.login.to_owned(),
            there: true,
            rule: String::new(),
            asked: None,
            why: None,
        });
    }
    if !member.resolved.user || !member.resolved.wanted() {
        return None;
    }
    let new = given.of_member(index, &member);
    let changed = new.reason != Reason::NotThereYet;
    let asked = if member.login.is_empty() {
        member.email
    } else {
        member.login
    };
    Some(LoginRow {
        email: member.email.to_owned(),
        login: new.login.to_owned(),
        there: false,
        rule: rule(file, computed, index, &member),
        asked: changed.then(|| asked.to_owned()),
        why: changed.then(|| Coded {
            code: new.reason.code(),
            sentence: new.reason.sentence(),
        }),
    })
}

/// `the column Username (people.csv:12)`.
fn rule(file: &PlanFile, computed: &Computed, index: usize, member: &WantedMember<'_>) -> String {
    let record = computed.gathered.wanted.login_record(index);
    let source = record.and_then(|record| file.plan.sources.get(usize::from(record.source)));
    let place = record.map(|record| computed.gathered.place(file, record));
    match (member.login_kind, source.and_then(|source| source.login.as_ref())) {
        (LoginKind::Column, Some(LoginRule::Column(column))) => {
            format!("the column {} ({})", column.name, place.unwrap_or_default())
        }
        (LoginKind::LocalPart, _) => "what stands before the @".to_owned(),
        (LoginKind::Email | LoginKind::Column, _) => "the e-mail address".to_owned(),
    }
}
