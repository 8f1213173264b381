//! A difference in, the text that a person reads and signs out.

use std::fmt::Write;

use super::{
    Table,
    accounting::{members_sum_text, records_text},
    amount, counted,
    member_lines::{kind_phrase, shown},
};
use crate::{
    diff::{Difference, Kind, Names, Sample, ShapeCount, What},
    model::{Account, Action, ContactsTarget},
    wanted::Accounting,
};

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What a person signs, and the number of each action.
    Summary,
    /// And the changes, grouped by shape, with samples.
    Shapes,
}

/// What the text speaks of beside the difference itself.
#[derive(Debug, Clone)]
pub struct DifferenceView<'a> {
    /// The migration's name.
    pub migration: &'a str,
    /// The environment, if one was chosen.
    pub environment: Option<&'a str>,
    /// The site.
    pub site: &'a Account,
    /// The contact system; `None` with managed contacts.
    pub contacts: Option<&'a Account>,
    /// Who owns contacts.
    pub contacts_target: &'a ContactsTarget,
    /// The day it was computed for.
    pub as_of: jiff::civil::Date,
    /// Where the people come from; `None` when the change set is read without its sources.
    pub accounting: Option<&'a Accounting>,
    /// The difference.
    pub difference: &'a Difference,
}

/// The difference as text.
pub fn difference_text(view: &DifferenceView<'_>, detail: Detail) -> String {
    let mut text = String::new();
    head(&mut text, view);
    signed(&mut text, view);
    if detail == Detail::Shapes {
        shapes(&mut text, view.difference);
    }
    verdict(&mut text, view.difference);
    text
}

fn head(text: &mut String, view: &DifferenceView<'_>) {
    let new = if view.site.id == "new" {
        ", not made yet"
    } else {
        ""
    };
    let contacts = match view.contacts {
        Some(account) => format!("contacts in {} {}", account.kind, account.place),
        None => "contacts managed by the site".to_owned(),
    };
    let environment = view
        .environment
        .map_or(String::new(), |name| format!(" (environment {name})"));
    let _ = writeln!(
        text,
        "{}{environment}, as of {}: {} site {}{new}; {contacts}\n",
        view.migration, view.as_of, view.site.kind, view.site.place
    );
}

fn signed(text: &mut String, view: &DifferenceView<'_>) {
    let difference = view.difference;
    let mut table = Table::new(
        1,
        &[
            "offering",
            "at source",
            "wanted",
            "have",
            "gain",
            "held",
            "today",
            "lose",
            "others",
            "after",
        ],
    );
    for line in &difference.offerings {
        let numbers = [
            line.source,
            line.wanted,
            line.already,
            line.gain,
            line.held_back,
            line.today,
            line.lose,
            line.others,
            line.after(),
        ];
        let cells = std::iter::once(line.offering.to_string()).chain(numbers.into_iter().map(amount));
        table.row(cells);
    }
    text.push_str("What you sign\n");
    text.push_str(&table.text("  "));
    let sums = if difference
        .offerings
        .iter()
        .all(crate::diff::OfferingLine::adds_up)
    {
        "each line adds up"
    } else {
        "A LINE DOES NOT ADD UP: please report this"
    };
    let _ = writeln!(
        text,
        "  wanted = have + gain + held; today = have + lose + others; after = today + gain - lose: {sums}\n"
    );
    if let Some(accounting) = view.accounting {
        text.push_str(&records_text(&accounting.total()));
        text.push_str(&members_sum_text(accounting));
    }
    on_the_site(text, view);
    made_first(text, difference);
}

fn on_the_site(text: &mut String, view: &DifferenceView<'_>) {
    let counts = view.difference.counts;
    let _ = writeln!(
        text,
        "  {} found on the site, {} to be made, {} to be changed, {} as wanted already, {} in no source and left alone",
        amount(counts.found),
        amount(counts.created),
        amount(counts.changed),
        amount(counts.unchanged),
        amount(counts.unknown)
    );
    for (count, verb, some) in [
        (counts.gain, "gain access", &view.difference.gainers),
        (counts.lose, "LOSE ACCESS", &view.difference.losers),
        (
            counts.both,
            "hold an access tag and its revoke tag at once today",
            &view.difference.holders_of_both,
        ),
    ] {
        if count > 0 {
            let more = if count > some.len() as u64 { ", …" } else { "" };
            let _ = writeln!(text, "  {} {verb}: {}{more}", amount(count), some.join(", "));
        }
    }
    let automations = match view.contacts_target {
        ContactsTarget::Managed => "automations that may start 0".to_owned(),
        ContactsTarget::Simulated { .. } => {
            let tags = view
                .difference
                .actions
                .get(&Action::AddTag)
                .copied()
                .unwrap_or_default();
            format!("automations may start for {}", counted(tags, "member"))
        }
    };
    let _ = writeln!(text, "  passwords touched 0, mails 0, {automations}");
    let logins = view.difference.counts.created;
    if logins > 0 {
        let _ = writeln!(text, "  new users log in with their e-mail address");
    }
    text.push('\n');
}

fn made_first(text: &mut String, difference: &Difference) {
    let setup = &difference.setup;
    if setup.is_empty() {
        return;
    }
    text.push_str("Made first\n");
    for offering in &setup.offerings {
        let _ = writeln!(text, "  + offering {offering}");
    }
    for tag in &setup.site_tags {
        let _ = writeln!(text, "  + tag \"{tag}\"");
    }
    for tag in &setup.contact_tags {
        let _ = writeln!(text, "  + tag \"{tag}\" in the contact system");
    }
    for email in &setup.emails {
        let _ = writeln!(text, "  + email {email} (made, not sent)");
    }
    text.push('\n');
}

/// The order in which shapes are shown: what takes away or needs a person first, then by number.
fn risk(kinds: &[Kind]) -> u8 {
    let any = |test: fn(&Kind) -> bool| kinds.iter().any(test);
    if any(|kind| kind.action == Action::Conflict) {
        0
    } else if any(|kind| kind.action == Action::Hold) {
        1
    } else if any(|kind| kind.action == Action::RemoveTag || kind.reason == crate::model::Reason::Revoked) {
        2
    } else if any(|kind| matches!(kind.action, Action::Update | Action::Relink | Action::Rename)) {
        3
    } else if any(|kind| kind.action.is_work()) {
        4
    } else {
        5
    }
}

fn shapes(text: &mut String, difference: &Difference) {
    let mut order: Vec<(&ShapeCount, &[Kind])> = difference
        .by_shape
        .iter()
        .map(|count| (count, difference.shapes.get(count.shape)))
        .collect();
    order.sort_by(|(a, a_kinds), (b, b_kinds)| {
        (risk(a_kinds), b.count, a_kinds).cmp(&(risk(b_kinds), a.count, b_kinds))
    });
    if order.is_empty() {
        return;
    }
    let members: u64 = order.iter().map(|(count, _)| count.count).sum();
    let _ = writeln!(
        text,
        "{} in {}",
        counted(members, "member"),
        counted(order.len() as u64, "shape")
    );
    for (count, kinds) in order {
        let _ = writeln!(text, "\n  {}", counted(count.count, "member"));
        for kind in kinds {
            let _ = writeln!(text, "    {}", kind_phrase(*kind, &difference.names));
        }
        for sample in &count.samples {
            sample_line(text, sample, kinds, &difference.names);
        }
        let rest = count.count.saturating_sub(count.samples.len() as u64);
        if rest > 0 {
            let _ = writeln!(text, "      … and {} more", amount(rest));
        }
    }
    text.push('\n');
}

fn sample_line(text: &mut String, sample: &Sample, kinds: &[Kind], names: &Names) {
    let personal = kinds.iter().zip(&sample.values).filter(|(kind, _)| {
        !matches!(
            kind.what,
            What::Tag(_) | What::Contact | What::User | What::ContactLink
        )
    });
    let values: Vec<String> = personal
        .map(|(kind, (before, after))| {
            let name = names.attribute(kind.what);
            match before {
                None => format!("{name} {}", shown(after.as_deref())),
                before => format!(
                    "{name} {} -> {}",
                    shown(before.as_deref()),
                    shown(after.as_deref())
                ),
            }
        })
        .collect();
    let colon = if values.is_empty() { "" } else { ": " };
    let _ = writeln!(text, "      {}{colon}{}", sample.email, values.join(", "));
}

fn verdict(text: &mut String, difference: &Difference) {
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
            format!("{} to make first; ", counted(made, "thing"))
        };
        let _ = writeln!(text, "Members by action: {made}{members}.");
    }
    for refusal in &difference.refusals {
        let _ = writeln!(text, "REFUSED: {refusal}");
    }
}
