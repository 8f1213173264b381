//! A difference in, the text that a person reads and signs out.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use super::{
    change_groups::groups_text,
    cost::cost_text,
    reconciliation::{Explained, reconciliation_text},
    view::DifferenceView,
};
use crate::{
    diff::{Ahead, Difference, Renames, SAMPLES, Setup},
    model::{Action, TagName},
    report::accounting::{billing_text, members_sum_text, records_text},
    text::{amount, counted, counted_as, printable},
};

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What a person signs, and the number of each action.
    Summary,
    /// And the changes, in groups, with samples.
    Shapes,
}

/// The difference as text.
pub fn difference_text(view: &DifferenceView<'_>, detail: Detail) -> String {
    let mut text = head(view);
    text.push_str(&signed(view, Explained::WhereNotTrivial));
    text.push_str(&made_first(view));
    if detail == Detail::Shapes {
        text.push_str(&groups_text(view.difference, true));
    }
    text.push_str(&verdict(view));
    text
}

/// What it speaks of, in a line.
pub(crate) fn head(view: &DifferenceView<'_>) -> String {
    let new = if view.site.exists() {
        ""
    } else {
        ", not created yet"
    };
    let contacts = match view.contacts {
        Some(account) => format!("contacts in {} {}", account.kind, account.place),
        None => "contacts managed by the site".to_owned(),
    };
    let environment = view
        .targets
        .environment
        .as_ref()
        .map_or(String::new(), |name| format!(" (environment {name})"));
    let cannot = view.site_capabilities.and_then(|can| can.cannot_write.as_ref());
    let cannot = cannot.map_or(String::new(), |why| {
        format!("This site cannot be written to at the moment: {why}\n")
    });
    format!(
        "{}{environment}, as of {}: {} site {}{new}; {contacts}\n{cannot}\n",
        view.targets.migration, view.as_of, view.site.kind, view.site.place
    )
}

/// What a person signs.
pub(crate) fn signed(view: &DifferenceView<'_>, explained: Explained) -> String {
    let mut text = "Summary for sign-off\n".to_owned();
    let difference = view.difference;
    text.push_str(&reconciliation_text(&difference.offerings, explained));
    text.push('\n');
    if let Some(accounting) = view.accounting {
        text.push_str(&records_text(&accounting.total()));
        text.push_str(&members_sum_text(accounting));
        text.push_str(&billing_text(accounting));
    }
    on_the_site(&mut text, view);
    ahead(&mut text, difference.ahead);
    who_waits(&mut text, difference);
    text.push('\n');
    text
}

/// What ends and opens after the day of the plan.
fn ahead(text: &mut String, ahead: Ahead) {
    if ahead.expiring > 0 {
        let members = counted(ahead.expiring, "member");
        let _ = writeln!(
            text,
            "  access ends later for {members}; --lists DIR writes expiring.csv"
        );
    }
    if ahead.modules > 0 {
        let modules = counted(ahead.modules, "module");
        let members = counted(ahead.released, "member");
        let _ = writeln!(
            text,
            "  {modules} open later for {members}; each needs a run on or after its day; --lists DIR writes upcoming.csv"
        );
    }
}

fn on_the_site(text: &mut String, view: &DifferenceView<'_>) {
    let counts = view.difference.counts;
    let _ = writeln!(
        text,
        "  {} already on the site; {} to create, {} to update, {} up to date; {} not in any source (left alone)",
        amount(counts.found),
        amount(counts.created),
        amount(counts.changed),
        amount(counts.unchanged),
        amount(counts.unknown)
    );
    if counts.remembered > 0 {
        let _ = writeln!(
            text,
            "  {} of those on the site: only the source's key is stored with them",
            amount(counts.remembered)
        );
    }
    renames(text, view.difference);
    idle_canary(text, view.difference);
    for (count, [one, several], some) in [
        (
            counts.gain,
            ["gains access", "gain access"],
            &view.difference.gainers,
        ),
        (
            counts.lose,
            ["LOSES ACCESS", "LOSE ACCESS"],
            &view.difference.losers,
        ),
        (
            counts.both,
            [
                "has an access tag and its revoke tag at the same time today",
                "have an access tag and its revoke tag at the same time today",
            ],
            &view.difference.holders_of_both,
        ),
    ] {
        if count > 0 {
            let more = if count > some.len() as u64 { ", …" } else { "" };
            let members = counted(count, "member");
            let verb = if count == 1 { one } else { several };
            let _ = writeln!(text, "  {members} {verb}: {}{more}", some.join(", "));
        }
    }
    let automations = if view.targets.contacts.external().is_none() {
        "automations that may start: 0".to_owned()
    } else {
        let tags = view.difference.actions.get(&Action::AddTag).copied();
        format!(
            "automations may start for {}",
            counted(tags.unwrap_or_default(), "member")
        )
    };
    let _ = writeln!(text, "  passwords changed: 0; emails sent: 0; {automations}");
    logins(text, view.difference);
    registered(text, view.difference);
    names_altered(text, view.difference);
    text.push_str(&cost_text(view));
}

/// How new users log in: the parts add up to all of them.
fn logins(text: &mut String, difference: &Difference) {
    let logins = difference.logins;
    let mut parts = vec![
        (logins.email, "the email address"),
        (logins.local_part, "the part before the @"),
        (logins.column, "the value of a column"),
        (
            logins.cleaned,
            "the nearest login that the site accepts (login-cleaned)",
        ),
        (
            logins.taken,
            "a free login, because the requested one is taken (login-taken)",
        ),
    ];
    parts.retain(|(count, _)| *count > 0);
    let all = counted(logins.total(), "new login");
    let how = match parts.as_slice() {
        [] => return,
        [(_, how)] => (*how).to_owned(),
        several => {
            let parts: Vec<String> = several
                .iter()
                .map(|(count, how)| format!("{} {how}", amount(*count)))
                .collect();
            parts.join(", ")
        }
    };
    let _ = writeln!(text, "  {all}: {how}");
}

/// New users who are members since the day that their source says.
fn registered(text: &mut String, difference: &Difference) {
    let kept = difference.registered();
    if kept > 0 {
        let all = counted(difference.logins.total(), "new user");
        let _ = writeln!(
            text,
            "  {} of {all} with the registration date of the old platform",
            amount(kept)
        );
    }
}

/// Names that are written as the site will keep them.
fn names_altered(text: &mut String, difference: &Difference) {
    if difference.names_altered > 0 {
        let members = counted(difference.names_altered, "member");
        let _ = writeln!(
            text,
            "  the names of {members} are written without the markup that the site would remove"
        );
    }
}

/// Who has another address now.
fn renames(text: &mut String, difference: &Difference) {
    let Renames {
        accepted,
        held,
        conflicts,
        unused,
    } = &difference.renames;
    if accepted + held + conflicts > 0 {
        let _ = writeln!(
            text,
            "  new addresses: {} renamed, {} blocked until accepted, {} in conflict",
            amount(*accepted),
            amount(*held),
            amount(*conflicts)
        );
    }
    if !unused.is_empty() {
        let some: Vec<&str> = unused.iter().take(SAMPLES).map(String::as_str).collect();
        let more = if unused.len() > SAMPLES { ", …" } else { "" };
        let _ = writeln!(
            text,
            "  {} of [same] without effect, because no record and no member has the old address: {}{more}",
            counted_as(unused.len() as u64, "entry", "entries"),
            some.join(", ")
        );
    }
}

/// A test member of whom nothing is to be done.
fn idle_canary(text: &mut String, difference: &Difference) {
    let Some(canary) = &difference.idle_canary else {
        return;
    };
    let why = if canary.known {
        "it has no changes"
    } else {
        "no source and no system has the address"
    };
    let _ = writeln!(
        text,
        "  the test member {} of [canary]: {why}; the first member by address goes first",
        canary.email
    );
}

/// Those whom a person must look at, by name.
fn who_waits(text: &mut String, difference: &Difference) {
    for (action, what) in [
        (Action::Conflict, "in conflict: needs manual attention"),
        (
            Action::Hold,
            "blocked: some of their changes cannot be applied now",
        ),
    ] {
        let all = difference.actions.get(&action).copied().unwrap_or_default();
        if all == 0 {
            continue;
        }
        let _ = writeln!(text, "  {} {what}", counted(all, "member"));
        let named = difference.waiting.iter().filter(|one| one.action == action);
        let mut shown = 0;
        for one in named {
            let (why, code) = (one.reason.sentence(), one.reason.code());
            let old = one.old.as_ref().map_or(String::new(), |old| format!("{old} -> "));
            let _ = writeln!(text, "    {old}{}: {why} ({code})", one.email);
            shown += 1;
        }
        if all > shown {
            let _ = writeln!(text, "    … and {} more: see --full", amount(all - shown));
        }
    }
}

/// What is made before any member; an offering's own tags stand beside it.
pub(crate) fn made_first(view: &DifferenceView<'_>) -> String {
    let setup = &view.difference.setup;
    if setup.is_empty() {
        return String::new();
    }
    let mut text = "Created first\n".to_owned();
    let quoted = |tag: &TagName| format!("\"{}\"", printable(tag.as_str()));
    let mut beside: BTreeSet<&TagName> = BTreeSet::new();
    for key in &setup.offerings {
        let target = view.targets.offerings.iter().find(|one| one.key == *key);
        let tags: Vec<&TagName> = target
            .into_iter()
            .flat_map(|target| target.tags.all())
            .filter(|tag| setup.site_tags.contains(tag))
            .collect();
        let names: Vec<String> = tags.iter().map(|tag| quoted(tag)).collect();
        let with = if names.is_empty() { "" } else { " with the tags " };
        let _ = writeln!(text, "  + offering {key}{with}{}", names.join(", "));
        beside.extend(tags);
    }
    let carried: BTreeMap<&TagName, u64> = view
        .difference
        .carried
        .iter()
        .map(|carried| (&carried.tag, carried.members))
        .collect();
    let own = |tag: &&TagName| !beside.contains(tag) && !carried.contains_key(tag);
    for tag in setup.site_tags.iter().filter(own) {
        let _ = writeln!(text, "  + tag {}", quoted(tag));
    }
    text.push_str(&carried_over(setup, &carried));
    if !setup.contact_tags.is_empty() && setup.contact_tags == setup.site_tags {
        let count = counted(setup.contact_tags.len() as u64, "tag");
        let _ = writeln!(text, "  + the same {count} in the contact system");
    } else {
        for tag in setup.contact_tags.iter().filter(|tag| !carried.contains_key(tag)) {
            let _ = writeln!(text, "  + tag {} in the contact system", quoted(tag));
        }
    }
    for email in &setup.emails {
        let _ = writeln!(text, "  + email {email} (created, not sent)");
    }
    text.push('\n');
    text
}

/// More tags that are carried over than these are counted, not named; `--format json` names all.
const CARRIED_NAMED: usize = 20;

/// New tags that take their names from values, those of most members first.
fn carried_over(setup: &Setup, carried: &BTreeMap<&TagName, u64>) -> String {
    let new: BTreeSet<&TagName> = setup.site_tags.iter().chain(&setup.contact_tags).collect();
    let mut new: Vec<(&TagName, u64)> = new
        .into_iter()
        .filter_map(|tag| Some((tag, *carried.get(tag)?)))
        .collect();
    if new.is_empty() {
        return String::new();
    }
    new.sort_by_key(|(_, members)| std::cmp::Reverse(*members));
    let mut text = format!(
        "  + {} carried over from values\n",
        counted(new.len() as u64, "new tag")
    );
    for (tag, members) in new.iter().take(CARRIED_NAMED) {
        let name = printable(tag.as_str());
        let _ = writeln!(text, "      \"{name}\" for {}", counted(*members, "member"));
    }
    if let Some(more) = new.len().checked_sub(CARRIED_NAMED).filter(|more| *more > 0) {
        let _ = writeln!(
            text,
            "      … and {} more: see --format json",
            amount(more as u64)
        );
    }
    text
}

/// What apply does with it.
pub(crate) fn verdict(view: &DifferenceView<'_>) -> String {
    let mut text = String::new();
    let difference = view.difference;
    let actions: Vec<String> = Action::ALL
        .into_iter()
        .filter_map(|action| Some((action, difference.actions.get(&action)?)))
        .map(|(action, count)| format!("{} {}", amount(*count), action.word()))
        .collect();
    let made = difference.setup.len() as u64;
    if difference.is_empty() {
        let listed = difference.counts.listed;
        let left = if listed == 0 {
            String::new()
        } else {
            format!(" ({} listed and left alone)", counted(listed, "member"))
        };
        let _ = writeln!(text, "Nothing to do{left}.");
    } else {
        let members = if actions.is_empty() {
            "no members".to_owned()
        } else {
            actions.join(", ")
        };
        let made = if made == 0 {
            String::new()
        } else {
            format!("{} to create first; ", counted(made, "item"))
        };
        let _ = writeln!(text, "Members by action: {made}{members}.");
    }
    if !view.accepted.is_empty() {
        let _ = writeln!(text, "Accepted for this run: {}", view.accepted);
    }
    for refusal in &difference.refusals {
        let _ = writeln!(text, "REFUSED: {refusal}\n  {}", refusal.remedy());
    }
    text
}
