//! A difference in, the text that a person reads and signs out.

use std::fmt::Write;

use super::{
    change_groups::groups_text,
    cost::cost_text,
    reconciliation::{Explained, other_offerings_text, reconciliation_text},
    setup::setup_text,
    view::DifferenceView,
};
use crate::{
    diff::{Ahead, Difference, Renames, SAMPLES, Unapplied},
    model::Action,
    report::accounting::{billing_text, members_sum_text, records_text},
    text::{amount, counted, counted_as},
};

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What a person signs, and the number of each action.
    Summary,
    /// And the changes by kind and the largest groups: a screen or two, at any size.
    Brief,
    /// And the changes, in groups, with samples.
    Shapes,
}

/// All of the difference as text: the summary, and the groups unless only the summary is shown.
pub(super) fn whole_text(view: &DifferenceView<'_>, detail: Detail) -> String {
    let mut text = head(view);
    text.push_str(&signed(view, Explained::WhereNotTrivial));
    text.push_str(&setup_text(view));
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
    signed_with(
        view,
        &reconciliation_text(&view.difference.offerings, explained),
        usize::MAX,
    )
}

/// What a person signs, below this table; at most so many of those who need attention are named for each action.
pub(super) fn signed_with(view: &DifferenceView<'_>, table: &str, named: usize) -> String {
    let mut text = "Summary for sign-off\n".to_owned();
    let difference = view.difference;
    text.push_str(table);
    text.push_str(&other_offerings_text(&difference.other_offerings));
    text.push('\n');
    if let Some(accounting) = view.accounting {
        text.push_str(&records_text(&accounting.total()));
        text.push_str(&members_sum_text(accounting));
        text.push_str(&billing_text(accounting));
    }
    on_the_site(&mut text, view);
    ahead(&mut text, difference.ahead);
    text.push_str(&some_unapplied(&difference.unapplied(), named));
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
    let counts = view.difference.totals.counts;
    // Of a site that does not exist yet nothing can be there, so nothing is said of it.
    if view.site.exists() || counts.found + counts.unchanged + counts.unknown > 0 {
        let _ = writeln!(
            text,
            "  {} already on the site; {} to create, {} to update, {} up to date; {} not in any source (left alone)",
            amount(counts.found),
            amount(counts.created),
            amount(counts.changed),
            amount(counts.unchanged),
            amount(counts.unknown)
        );
    } else {
        let _ = writeln!(
            text,
            "  {} to create on the new site",
            counted(counts.created, "member")
        );
    }
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
            &view.difference.named.gainers,
        ),
        (
            counts.lose,
            ["LOSES ACCESS", "LOSE ACCESS"],
            &view.difference.named.losers,
        ),
        (
            counts.both,
            [
                "has an access tag and its revoke tag at the same time today",
                "have an access tag and its revoke tag at the same time today",
            ],
            &view.difference.named.holders_of_both,
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
        let tags = view.difference.totals.actions.get(&Action::AddTag).copied();
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
    let logins = difference.totals.logins;
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
        let all = counted(difference.totals.logins.total(), "new user");
        let _ = writeln!(
            text,
            "  {} of {all} with the registration date of the old platform",
            amount(kept)
        );
    }
}

/// Names that are written as the site will keep them.
fn names_altered(text: &mut String, difference: &Difference) {
    if difference.totals.names_altered > 0 {
        let members = counted(difference.totals.names_altered, "member");
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
pub fn unapplied_text(unapplied: &Unapplied) -> String {
    some_unapplied(unapplied, usize::MAX)
}

fn some_unapplied(unapplied: &Unapplied, named: usize) -> String {
    let mut text = String::new();
    for (action, all, what) in [
        (
            Action::Conflict,
            unapplied.conflicts,
            "in conflict: needs manual attention",
        ),
        (
            Action::Hold,
            unapplied.blocked,
            "blocked: some of their changes cannot be applied now",
        ),
        (
            Action::Nothing,
            unapplied.changed_since,
            "not reverted completely: some values were changed since the run and are left alone",
        ),
    ] {
        if all == 0 {
            continue;
        }
        let _ = writeln!(text, "  {} {what}", counted(all, "member"));
        let mut shown = 0;
        for one in unapplied
            .named
            .iter()
            .filter(|one| one.action == action)
            .take(named)
        {
            let (why, code) = (one.reason.sentence(), one.reason.code());
            let old = one.old.as_ref().map_or(String::new(), |old| format!("{old} -> "));
            let _ = writeln!(text, "    {old}{}: {why} ({code})", one.email);
            shown += 1;
        }
        if all > shown {
            let _ = writeln!(text, "    … and {} more: see --full", amount(all - shown));
        }
    }
    text
}

/// What apply does with it.
pub(crate) fn verdict(view: &DifferenceView<'_>) -> String {
    let mut text = String::new();
    let difference = view.difference;
    let actions: Vec<String> = Action::ALL
        .into_iter()
        .filter_map(|action| Some((action, difference.totals.actions.get(&action)?)))
        .map(|(action, count)| format!("{} {}", amount(*count), action.word()))
        .collect();
    let made = difference.setup.len() as u64;
    if difference.is_empty() {
        let listed = difference.totals.counts.listed;
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
        let changed = difference.setup.changed() as u64;
        let mut items = String::new();
        for (count, what) in [
            (made - changed, "to create first"),
            (changed, "to change on the site"),
        ] {
            if count > 0 {
                let _ = write!(items, "{} {what}; ", counted(count, "item"));
            }
        }
        let _ = writeln!(text, "Members by action: {items}{members}.");
    }
    if !view.accepted.is_empty() {
        let _ = writeln!(text, "Accepted for this run: {}", view.accepted);
    }
    for refusal in &difference.refusals {
        let _ = writeln!(text, "REFUSED: {refusal}\n  {}", refusal.remedy());
    }
    text
}
