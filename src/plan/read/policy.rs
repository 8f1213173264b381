//! `[members]` and `[policy]`: who becomes what, and what may be changed.

use super::table_reader::{TableReader, bad_value, choice, flag, number, texts};
use super::tree::{Entry, Value};
use super::vocabulary::{EXISTING_FIELDS, MEMBERS_CONTACTS, MEMBERS_USERS};
use super::{logins, table_keys};
use crate::{
    diagnostics::Diagnostics,
    plan::{Limits, MembersRule, Policy, UpdateLimit},
    text::nearest::show,
};

pub(super) fn members(root: &TableReader<'_>, out: &mut Diagnostics) -> MembersRule {
    let mut rule = MembersRule::default();
    let Some(entry) = root.optional("members") else {
        return rule;
    };
    let Some(reader) = TableReader::open_entry(entry, table_keys::MEMBERS, "[members]", out) else {
        return rule;
    };
    if let Some(users) = reader
        .optional("users")
        .and_then(|entry| choice(entry, MEMBERS_USERS, out))
    {
        rule.users = users;
    }
    if let Some(contacts) = reader
        .optional("contacts")
        .and_then(|entry| choice(entry, MEMBERS_CONTACTS, out))
    {
        rule.contacts = contacts;
    }
    if let Some(login) = reader
        .optional("login")
        .and_then(|entry| logins::of_everybody(entry, out))
    {
        rule.login = login;
    }
    rule
}

pub(super) fn policy(root: &TableReader<'_>, out: &mut Diagnostics) -> Policy {
    let mut policy = Policy::default();
    let Some(entry) = root.optional("policy") else {
        return policy;
    };
    let Some(reader) = TableReader::open_entry(entry, table_keys::POLICY, "[policy]", out) else {
        return policy;
    };
    if let Some(existing) = reader
        .optional("existing_fields")
        .and_then(|entry| choice(entry, EXISTING_FIELDS, out))
    {
        policy.existing_fields = existing;
    }
    if let Some(remove) = reader.optional("remove_tags").and_then(|entry| flag(entry, out)) {
        policy.remove_tags = remove;
    }
    if let Some(entry) = reader.optional("accept") {
        accept(entry, &mut policy, out);
    }
    if let Some(entry) = reader.optional("limits") {
        policy.limits = limits(entry, out);
    }
    policy
}

/// `accept = "renames"`, or a list of such words.
fn accept(entry: &Entry, policy: &mut Policy, out: &mut Diagnostics) {
    for (word, span) in texts(entry, out) {
        match word {
            "renames" => policy.accept_renames = true,
            other => bad_value(
                span,
                format!("`accept` cannot be {}", show(other)),
                "It takes \"renames\": a known key with a new address is the same member",
                out,
            ),
        }
    }
}

fn limits(entry: &Entry, out: &mut Diagnostics) -> Limits {
    let mut limits = Limits::default();
    let Some(reader) = TableReader::open_entry(entry, table_keys::LIMITS, "[policy.limits]", out) else {
        return limits;
    };
    if let Some(updates) = reader.optional("updates").and_then(|entry| updates(entry, out)) {
        limits.updates = updates;
    }
    if let Some(lost) = reader
        .optional("lost_access")
        .and_then(|entry| number(entry, 0, u64::from(u32::MAX), out))
    {
        limits.lost_access = lost;
    }
    limits
}

/// `"30%"`, or a number of members.
fn updates(entry: &Entry, out: &mut Diagnostics) -> Option<UpdateLimit> {
    let Value::Text(text) = &entry.node.value else {
        return number(entry, 0, u64::from(u32::MAX), out).map(UpdateLimit::Count);
    };
    let percent = text
        .trim()
        .strip_suffix('%')
        .and_then(|digits| digits.trim().parse::<u8>().ok())
        .filter(|percent| *percent <= 100);
    if percent.is_none() {
        bad_value(
            entry.node.span.clone(),
            "`updates` must be a share or a number of members",
            "Write a whole percentage from \"0%\" to \"100%\" in quotes, or a number without quotes",
            out,
        );
    }
    percent.map(UpdateLimit::Percent)
}
