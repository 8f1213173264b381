//! A difference, its values and who loses access in; the page that a client signs out.

use super::document::{Document, Figure, Section, SectionRow, masked};
use crate::{
    report::{
        DifferenceView, NOT_MOVED,
        values::{ValueRow, count, occurring, shown},
    },
    text::{amount, counted},
};

/// How many rows a table of the page has.
const ROWS: usize = 300;

/// How many members a list of the page names.
pub const PAGE_NAMES: usize = 200;

/// What the page shows besides the difference.
#[derive(Debug, Clone, Copy)]
pub struct PageDetails<'a> {
    /// The values of the old platform.
    pub values: &'a [ValueRow],
    /// The first members who lose access, by email; at most [`PAGE_NAMES`].
    pub losers: &'a [String],
    /// The fingerprint of the change set.
    pub signature: &'a str,
    /// The plan, as a command names it.
    pub plan: &'a str,
    /// Whether addresses are hidden.
    pub mask: bool,
}

/// The page to sign.
pub fn plan_page(view: &DifferenceView<'_>, details: &PageDetails<'_>) -> Document {
    let difference = view.difference;
    let counts = difference.totals.counts;
    let left_out: u64 = view.accounting.map_or(0, |all| all.left_out.values().sum());
    let rejected = view.accounting.map_or(0, |all| all.total().rejected_total());
    let environment = view.targets.environment.as_ref();
    let environment = environment.map_or(String::new(), |name| format!(" (environment {name})"));
    let mut lines = vec![format!("Computed for {}.", view.as_of)];
    if !view.site.exists() {
        lines.push("The site does not exist yet.".to_owned());
    }
    lines.extend(
        difference
            .refusals
            .iter()
            .map(|refusal| format!("REFUSED: {refusal}.")),
    );
    let sections = [
        Some(offerings(view)),
        values(details.values),
        created(view),
        Some(losers(view, details)),
        attention(view, details.mask),
        left_out_section(view),
        rejected_section(view),
        Some(not_moved()),
        Some(undo(details.plan)),
    ];
    Document {
        title: format!("What will change: {}{environment}", view.targets.migration),
        lead: format!(
            "This page says what Rehome will do on the {} site {}. Nothing has been changed so far.",
            view.site.kind, view.site.place
        ),
        lines,
        figures: vec![
            Figure::new("members created", counts.created),
            Figure::new("members updated", counts.changed + counts.remembered),
            Figure::new("gain access", counts.gain),
            Figure::new("lose access", counts.lose),
            Figure::new("left out", left_out),
            Figure::new("records rejected", rejected),
            Figure::new("emails sent", 0),
            Figure::new("passwords changed", 0),
        ],
        sections: sections.into_iter().flatten().collect(),
        signature: Some(details.signature.to_owned()),
        plan: details.plan.to_owned(),
    }
}

fn more(all: usize, what: &str) -> String {
    let more = all.saturating_sub(ROWS);
    if more == 0 {
        return String::new();
    }
    format!(
        "{} not shown: rehome plan --format json has all.",
        counted(more as u64, what)
    )
}

fn heads(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn offerings(view: &DifferenceView<'_>) -> Section {
    let lines = &view.difference.offerings;
    let most = lines
        .iter()
        .map(crate::diff::OfferingLine::after)
        .max()
        .unwrap_or(0)
        .max(1);
    let targets = &view.targets.offerings;
    let mut all: Vec<_> = lines.iter().enumerate().collect();
    all.sort_by_key(|(at, line)| (std::cmp::Reverse(line.after().max(line.today)), *at));
    let rows = all.into_iter().take(ROWS).map(|(_, line)| {
        let target = targets.iter().find(|target| target.key == line.offering);
        let name = target.map_or(line.offering.as_str(), |target| &target.name);
        let numbers = [
            line.today,
            line.gain + line.other_gain,
            line.lose,
            line.blocked,
            line.after(),
        ];
        SectionRow::new(&[name], numbers, line.after() * 100 / most)
    });
    Section {
        title: "Who has access, before and after",
        caption: "Members by offering. After = today + gain - lose. The bar shows the number after."
            .to_owned(),
        heads: heads(&["offering", "today", "gain", "lose", "blocked", "after"]),
        texts: 1,
        bar: 6,
        rows: rows.collect(),
        more: more(lines.len(), "offering"),
        ..Section::default()
    }
}

fn values(values: &[ValueRow]) -> Option<Section> {
    if values.is_empty() {
        return None;
    }
    let outcomes = occurring(values);
    let mut names = heads(&["value", "source", "records", "rejected", "people"]);
    names.extend(outcomes.iter().map(|outcome| outcome.sentence().to_owned()));
    let most = values.iter().map(|row| row.people).max().unwrap_or(0).max(1);
    let mut largest: Vec<&ValueRow> = values.iter().collect();
    if largest.len() > ROWS {
        largest.sort_by_key(|row| std::cmp::Reverse(row.people));
    }
    let rows = largest.into_iter().take(ROWS).map(|row| {
        let value = shown(row);
        let numbers = [row.records, row.rejected, row.people].into_iter();
        let numbers = numbers.chain(outcomes.iter().map(|outcome| count(row, *outcome)));
        SectionRow::new(&[&value, &row.source], numbers, row.people * 100 / most)
    });
    Some(Section {
        title: "Your products, tags and levels",
        lines: vec!["Each row is a product, tag or level as the old platform names it: its records, its people, and where these people go.".to_owned()],
        caption: "People = the sum of the columns after it. One person can have several records. The bar shows the people.".to_owned(),
        heads: names,
        texts: 2,
        bar: 5,
        rows: rows.collect(),
        more: more(values.len(), "value"),
        ..Section::default()
    })
}

fn created(view: &DifferenceView<'_>) -> Option<Section> {
    let setup = &view.difference.setup;
    let new = |all: usize, changed: usize| (all - changed) as u64;
    let changed_offerings = setup.offerings.iter().filter(|one| one.before.is_some()).count();
    let changed_emails = setup.emails.iter().filter(|one| one.before.is_some()).count();
    let lines: Vec<String> = [
        (
            new(setup.offerings.len(), changed_offerings),
            "offering",
            "created",
        ),
        (changed_offerings as u64, "offering", "changed"),
        (setup.site_tags.len() as u64, "tag", "created on the site"),
        (
            setup.contact_tags.len() as u64,
            "tag",
            "created in the contact system",
        ),
        (
            new(setup.emails.len(), changed_emails),
            "email",
            "created, not sent",
        ),
        (changed_emails as u64, "email", "changed, not sent"),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, noun, verb)| format!("{} {verb}.", counted(count, noun)))
    .collect();
    (!lines.is_empty()).then(|| Section {
        title: "What is created first",
        lines,
        ..Section::default()
    })
}

fn losers(view: &DifferenceView<'_>, details: &PageDetails<'_>) -> Section {
    let lose = view.difference.totals.counts.lose;
    let names: Vec<String> = details
        .losers
        .iter()
        .map(|email| masked(email, details.mask))
        .collect();
    let more = lose.saturating_sub(names.len() as u64);
    Section {
        title: "Who loses access",
        lines: vec![if lose == 0 {
            "No one loses access to anything.".to_owned()
        } else {
            format!(
                "{} to at least one offering.",
                if lose == 1 {
                    "1 member loses access".to_owned()
                } else {
                    format!("{} members lose access", amount(lose))
                }
            )
        }],
        more_names: if more == 0 {
            String::new()
        } else {
            format!("{} more.", amount(more))
        },
        names,
        ..Section::default()
    }
}

fn attention(view: &DifferenceView<'_>, mask: bool) -> Option<Section> {
    let unapplied = view.difference.unapplied();
    if unapplied.is_empty() {
        return None;
    }
    let names = unapplied
        .named
        .iter()
        .map(|one| format!("{}: {}", masked(&one.email, mask), one.reason.sentence()));
    Some(Section {
        title: "Who needs a decision first",
        lines: vec![format!(
            "{} in conflict, {} blocked. Their changes are not applied until someone decides.",
            counted(unapplied.conflicts, "member"),
            amount(unapplied.blocked)
        )],
        names: names.collect(),
        ..Section::default()
    })
}

fn left_out_section(view: &DifferenceView<'_>) -> Option<Section> {
    let accounting = view.accounting?;
    let rows: Vec<SectionRow> = accounting
        .left_out
        .iter()
        .map(|(reason, count)| SectionRow::new(&[reason.sentence()], [*count], 0))
        .collect();
    let all: u64 = accounting.left_out.values().sum();
    Some(Section {
        title: "Who is left out, and why",
        lines: vec![format!(
            "{} in the exports become neither user nor contact on the site.",
            counted(all, "member")
        )],
        caption: "Members by reason. rehome plan --lists DIR names each of them in left-out.csv.".to_owned(),
        heads: heads(&["reason", "members"]),
        texts: 1,
        rows,
        ..Section::default()
    })
}

fn rejected_section(view: &DifferenceView<'_>) -> Option<Section> {
    let total = view.accounting?.total();
    if total.rejected.is_empty() {
        return None;
    }
    let rows = total
        .rejected
        .iter()
        .map(|(code, count)| SectionRow::new(&[code.sentence()], [*count], 0));
    Some(Section {
        title: "Records that cannot be used",
        lines: vec![format!(
            "{} = {} + {} merged + {} rejected + {} ignored.",
            counted(total.read, "record"),
            counted(total.members, "member"),
            amount(total.merged),
            amount(total.rejected_total()),
            amount(total.ignored)
        )],
        caption: "Rejected records by reason. rehome plan --lists DIR writes them with the reason, ready to be fixed.".to_owned(),
        heads: heads(&["reason", "records"]),
        texts: 1,
        rows: rows.collect(),
        ..Section::default()
    })
}

fn not_moved() -> Section {
    Section {
        title: "What is not moved",
        lines: vec![format!(
            "Rehome does not move {}, even if an export contains them. No emails are sent, and no passwords are changed.",
            NOT_MOVED.join(", ")
        )],
        ..Section::default()
    }
}

fn undo(plan: &str) -> Section {
    Section {
        title: "How to undo it",
        lines: vec![
            format!(
                "rehome undo {plan} removes what the run added, and restores what it removed. It shows the changes first."
            ),
            "Anything that was changed on the site after the run is left alone, and no one is deleted."
                .to_owned(),
        ],
        ..Section::default()
    }
}
