//! An audit in; its text for people and its JSON for programs out.

use std::fmt::Write;

use serde_json::{Value, json};

use super::figures::NOT_MOVED;
use crate::{
    report::{
        Audit, AuditMember, AuditView,
        accounting::{members_sum_text, people_json, records_json, records_text},
        columns::words_text,
        coverage::{coverage_json, coverage_text},
        finding::finding_line,
    },
    text::{Table, amount, counted},
    wanted::LeftOut,
};

/// How many places a kind shows in the text.
const PLACES: usize = 10;

/// The audit as text: sums, sources, offerings, findings, gaps, who is left out, what is not moved.
pub fn audit_text(view: &AuditView<'_>, audit: &Audit) -> String {
    let mut text = String::new();
    let accounting = &view.wanted.accounting;
    if view.only.is_none() {
        text.push_str("Overall\n");
        text.push_str(&records_text(&accounting.total()));
        text.push_str(&members_sum_text(accounting));
    }
    for index in view.sources() {
        source_text(&mut text, view, index);
    }
    people_text(&mut text, audit);
    offerings_text(&mut text, audit);
    for (title, rejects) in [("Rejected", true), ("Findings", false)] {
        findings_section(&mut text, view, title, rejects);
    }
    list(
        &mut text,
        "Without any name",
        &audit.no_name.iter().collect::<Vec<_>>(),
    );
    for reason in LeftOut::OWN {
        let members: Vec<&AuditMember> = audit
            .left_out
            .iter()
            .filter(|(why, _)| why == reason)
            .map(|(_, member)| member)
            .collect();
        let title = format!("Left out, {} ({})", reason.sentence(), reason.code());
        list(&mut text, &title, &members);
    }
    let _ = writeln!(
        text,
        "\nNot moved, even if an export contains it: {}.",
        NOT_MOVED.join(", ")
    );
    text.trim_start_matches('\n').to_owned()
}

fn source_text(text: &mut String, view: &AuditView<'_>, index: usize) {
    let Some(source) = view.plan.sources.get(index) else {
        return;
    };
    let _ = writeln!(text, "\nSource {}: {}", source.key, source.profile.title);
    if let Some(count) = view.wanted.accounting.sources.get(index) {
        text.push_str(&records_text(count));
    }
    for file in view.files.get(index).into_iter().flatten() {
        let _ = writeln!(text, "  {}: {}", file.path, counted(file.records, "record"));
        if !file.columns_not_used.is_empty() {
            let _ = writeln!(
                text,
                "    columns not used by the plan: {}",
                crate::text::printable(&file.columns_not_used.join(", "))
            );
        }
    }
    let mut coverage = coverage_text(view.plan, &view.wanted.coverage, Some(index));
    coverage.push_str(&words_text(view.plan, view.wanted, Some(index)));
    coverage.push_str(view.dates.get(index).map_or("", String::as_str));
    text.extend(coverage.lines().map(|line| format!("  {line}\n")));
}

fn people_text(text: &mut String, audit: &Audit) {
    let _ = writeln!(
        text,
        "\nPeople\n  {}; {} listed more than once in one source, {} in several sources; {} opted out; {} without any name",
        counted(audit.members, "member"),
        amount(audit.twice_in_a_source),
        amount(audit.in_several_sources),
        amount(audit.opted_out),
        amount(audit.no_name.len() as u64)
    );
}

fn offerings_text(text: &mut String, audit: &Audit) {
    let mut table = Table::new(
        1,
        &[
            "offering",
            "granted",
            "directly",
            "by bundle",
            "revoked",
            "both: granted",
            "opted out",
            "no name",
        ],
    );
    for line in &audit.offerings {
        let numbers = [
            line.granted,
            line.directly,
            line.by_bundle,
            line.revoked,
            line.disputed,
            line.opted_out,
            line.no_name,
        ];
        table.row(std::iter::once(line.offering.clone()).chain(numbers.into_iter().map(amount)));
    }
    text.push_str("\nOfferings\n");
    text.push_str(&table.text("  "));
}

fn findings_section(text: &mut String, view: &AuditView<'_>, title: &str, rejects: bool) {
    let codes: Vec<_> = view
        .codes()
        .into_iter()
        .filter(|code| code.rejects() == rejects)
        .collect();
    if codes.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{title}");
    for code in codes {
        let findings: Vec<_> = view.findings().filter(|finding| finding.code == code).collect();
        let _ = writeln!(
            text,
            "  {} {}: {}",
            code.code(),
            counted(findings.len() as u64, "record"),
            code.sentence()
        );
        for finding in findings.iter().take(PLACES) {
            let _ = writeln!(
                text,
                "    {}",
                finding_line(finding, view.wanted.who(finding.record), view.place)
            );
        }
        more(text, findings.len());
    }
}

fn list(text: &mut String, title: &str, members: &[&AuditMember]) {
    if members.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{title}: {}", counted(members.len() as u64, "member"));
    for member in members.iter().take(PLACES) {
        let _ = writeln!(text, "    {}, {}", member.email, member.place);
    }
    more(text, members.len());
}

fn more(text: &mut String, count: usize) {
    if count > PLACES {
        let _ = writeln!(
            text,
            "    … and {} more: --format csv lists all",
            amount((count - PLACES) as u64)
        );
    }
}

/// The audit as JSON. Version 1; documented in `docs/json.md`.
pub fn audit_json(view: &AuditView<'_>, audit: &Audit) -> Value {
    let accounting = &view.wanted.accounting;
    let targets = &view.plan.targets;
    let sources: Vec<Value> = view
        .sources()
        .filter_map(|index| {
            let source = view.plan.sources.get(index)?;
            Some(json!({
                "source": source.key,
                "profile": source.profile.name,
                "records": accounting.sources.get(index).map(records_json),
                "files": view.files.get(index),
                "columns": coverage_json(view.plan, &view.wanted.coverage, Some(index)),
            }))
        })
        .collect();
    let findings: Vec<Value> = view
        .codes()
        .into_iter()
        .map(|code| {
            let places: Vec<Value> = view
                .findings()
                .filter(|finding| finding.code == code)
                .map(|finding| {
                    json!({
                        "email": view.wanted.who(finding.record).or(finding.rejected_address()),
                        "place": (view.place)(finding.record),
                        "other": finding.other.map(view.place),
                        "detail": finding.detail,
                    })
                })
                .collect();
            json!({
                "code": code.code(),
                "rejected": code.rejects(),
                "sentence": code.sentence(),
                "count": places.len(),
                "places": places,
            })
        })
        .collect();
    let left_out: Vec<Value> = audit
        .left_out
        .iter()
        .map(|(reason, member)| json!({ "email": member.email, "place": member.place, "reason": reason.code() }))
        .collect();
    let records = match view.only {
        Some(only) => accounting.sources.get(usize::from(only)).map(records_json),
        None => Some(records_json(&accounting.total())),
    };
    json!({
        "version": 1,
        "migration": targets.migration,
        "environment": targets.environment,
        "source": view.only.and_then(|only| view.plan.sources.get(usize::from(only))).map(|source| &source.key),
        "records": records,
        "people": view.only.is_none().then(|| people_json(accounting)),
        "duplicates": {
            "twice_in_a_source": audit.twice_in_a_source,
            "in_several_sources": audit.in_several_sources,
        },
        "opted_out": audit.opted_out,
        "sources": sources,
        "offerings": audit.offerings,
        "findings": findings,
        "no_name": audit.no_name,
        "left_out": left_out,
        "not_moved": NOT_MOVED,
    })
}
