//! A computed difference in; how every wanted user logs in, and why, out.

use crate::{
    app::{Computed, PlanFile},
    diff::Logins,
    model::{LoginKind, Reason},
    plan::LoginRule,
    report::{Coded, LoginRow},
    wanted::WantedMember,
};

/// The wanted users, by email address. New ones have the logins of the difference, because these depend
/// on what was read alone.
pub(crate) fn logins<'a>(file: &'a PlanFile, computed: &'a Computed) -> impl Iterator<Item = LoginRow> + 'a {
    let wanted = &computed.gathered.wanted;
    let given = given(file, computed);
    (0..wanted.len()).filter_map(move |index| row(file, computed, &given, index))
}

/// How the member at a place logs in; `None` if no user is wanted.
pub(crate) fn login(file: &PlanFile, computed: &Computed, index: usize) -> Option<LoginRow> {
    row(file, computed, &given(file, computed), index)
}

/// The address under which the member at a place has a user, where it is another one.
pub(crate) fn known_as(file: &PlanFile, computed: &Computed, index: usize) -> Option<String> {
    let row = given(file, computed).elsewhere(index).flatten()?;
    computed.seen.site.email(row).map(str::to_owned)
}

fn given(file: &PlanFile, computed: &Computed) -> Logins {
    Logins::of(
        &file.plan,
        &computed.gathered.wanted,
        computed.seen.as_observations(),
    )
}

fn row(file: &PlanFile, computed: &Computed, given: &Logins, index: usize) -> Option<LoginRow> {
    let member = computed.gathered.wanted.get(index)?;
    let site = &computed.seen.site;
    let user = site
        .find(member.email)
        .filter_map(|row| site.get(row))
        .find(|row| row.user);
    let elsewhere = given.elsewhere(index);
    let user = user.or_else(|| site.get(elsewhere.flatten()?));
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
    if elsewhere.is_some() || !member.resolved.user || !member.resolved.wanted() {
        return None;
    }
    let new = given.of_member(index, &member);
    if new.reason == Reason::AddressIsLogin {
        return None;
    }
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
    let place = record.map(|record| computed.gathered.place(record));
    match (
        member.login_kind,
        source.and_then(|source| source.person.login.as_ref()),
    ) {
        (LoginKind::Column, Some(LoginRule::Column(column))) => {
            format!("the column {} ({})", column.name, place.unwrap_or_default())
        }
        (LoginKind::LocalPart, _) => "the part before the @".to_owned(),
        (LoginKind::Email | LoginKind::Column, _) => "the email address".to_owned(),
    }
}
