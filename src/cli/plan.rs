//! `rehome plan`: a plan in; the difference out. Changes no system and no state.

use std::path::Path;

use super::{
    Exit, Printer,
    args::{PlanFormat, PlanVerb},
    common::{accepted, accepting, address, again, moment, read_plan, say_doubts},
    progress::Progress,
    shared_args::PlanChoice,
};
use crate::{
    app::{AppError, Computed, GainedAccess, compute, value_people, write_lists},
    changeset::SignatureHasher,
    diff::{Accepted, MemberDiff, Shapes, Sink as _},
    report::{
        Detail, PAGE_NAMES, PageDetails, ValueRow, difference_json, difference_markdown, difference_text,
        finding_counts_text, findings_text, member_text, plan_page, values_json, values_text,
    },
    text::counted,
};

pub(super) fn run(verb: &PlanVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let accepted = accepted(&verb.accept)?;
    let file = read_plan(&verb.plan.plan, verb.plan.env.as_deref(), printer)?;
    let only = verb.member.as_deref().map(address).transpose()?;
    let progress = Progress::new();
    let mut chosen = Chosen {
        full: verb.full,
        only,
        found: Vec::new(),
    };
    let html = verb.format == PlanFormat::Html;
    let with_values = verb.values || html || verb.lists.is_some();
    let mut gained = GainedAccess::default();
    let mut losers = Vec::new();
    let mut signature = SignatureHasher::default();
    let mut sink = |member: &MemberDiff<'_>, shapes: &Shapes| {
        chosen.take(member, shapes);
        if with_values {
            gained.hear(member);
        }
        if html {
            signature.member(member, shapes);
            if !member.loses.is_empty() && losers.len() < PAGE_NAMES {
                losers.push(member.email.to_owned());
            }
        }
    };
    let computed = compute(
        &file,
        moment(),
        accepted,
        verb.out.as_deref(),
        &mut sink,
        &progress,
    );
    progress.clear();
    let computed = computed?;
    say_doubts(&file, &computed.gathered, printer);
    let values = with_values
        .then(|| value_people(&file, &computed, &gained))
        .transpose()?;
    if let (Some(folder), Some(values)) = (&verb.lists, &values) {
        let written = write_lists(&file, &computed, values, folder)?;
        printer.say(&format!(
            "{} written to {}\n",
            counted(written, "list"),
            folder.display()
        ));
    }
    let shown = Shown {
        chosen: &chosen,
        values: values.as_ref().map_or(&[][..], |values| &values.rows),
        losers: &losers,
        signature: &signature.finish(&computed.header, &computed.difference),
    };
    show(verb, accepted, &computed, &shown, printer);
    Ok(if computed.difference.refused() {
        Exit::Refused
    } else if verb.detailed_exitcode && !computed.difference.is_empty() {
        Exit::Changes
    } else if verb.detailed_exitcode && !computed.difference.unapplied().is_empty() {
        Exit::Partly
    } else {
        Exit::Done
    })
}

/// What is shown besides the difference.
struct Shown<'a> {
    chosen: &'a Chosen,
    /// Empty unless they were asked for.
    values: &'a [ValueRow],
    losers: &'a [String],
    signature: &'a str,
}

/// Prints the difference in the chosen format.
fn show(verb: &PlanVerb, accepted: Accepted, computed: &Computed, shown: &Shown<'_>, printer: &mut Printer) {
    match verb.format {
        PlanFormat::Json => {
            let detail = if verb.summary {
                Detail::Summary
            } else {
                Detail::Shapes
            };
            let mut document = difference_json(&computed.view(), detail);
            if verb.full || verb.member.is_some() {
                document["changes"] = shown.chosen.json(computed);
            }
            if let Some(values) = Some(shown.values).filter(|_| verb.values) {
                document["values"] = values_json(values);
            }
            printer.json(&document);
        }
        PlanFormat::Html => {
            let details = PageDetails {
                values: shown.values,
                losers: shown.losers,
                signature: shown.signature,
                plan: &again(&verb.plan),
                mask: verb.mask,
            };
            printer.result(&plan_page(&computed.view(), &details).html());
        }
        PlanFormat::Markdown => printer.result(&difference_markdown(&computed.view())),
        PlanFormat::Text if verb.member.is_some() => printer.result(&shown.chosen.text(computed)),
        PlanFormat::Text => {
            let detail = match (verb.summary, verb.details || verb.full) {
                (true, _) => Detail::Summary,
                (_, true) => Detail::Shapes,
                _ => Detail::Brief,
            };
            let text = difference_text(&computed.view(), detail);
            printer.result(&text);
            if let Some(values) = Some(shown.values).filter(|_| verb.values) {
                printer.result(&values_text(values));
            }
            if verb.full {
                printer.result(&shown.chosen.text(computed));
            }
            let findings = &computed.gathered.wanted.findings;
            if !findings.is_empty() && !verb.summary {
                let place = |record| computed.gathered.place(record);
                let who = |record| computed.gathered.wanted.who(record);
                let text = match detail {
                    Detail::Shapes => findings_text(findings, &who, &place),
                    _ => finding_counts_text(findings),
                };
                printer.result(&format!("\n{text}"));
            }
            let difference = &computed.difference;
            if let Some(needed) = difference.acceptable(accepted) {
                let next = next(&verb.plan, verb.out.as_deref(), needed);
                printer.say(&format!("To accept everything: {next}"));
            } else if !difference.is_empty() && !difference.refused() {
                // A change set knows what was accepted.
                let again = verb.out.as_ref().map_or(accepted, |_| Accepted::default());
                let next = next(&verb.plan, verb.out.as_deref(), again);
                printer.say(&format!("Next: {next}"));
            }
        }
    }
}

/// How this is applied next.
fn next(plan: &PlanChoice, out: Option<&Path>, accepted: Accepted) -> String {
    let next = match out {
        Some(out) => again(&PlanChoice {
            plan: out.to_owned(),
            env: None,
            state: plan.state.clone(),
        }),
        None => again(plan),
    };
    format!("rehome apply {next}{}\n", accepting(accepted))
}

/// The members whose changes are shown one by one.
struct Chosen {
    full: bool,
    only: Option<String>,
    found: Vec<crate::diff::OwnedDiff>,
}

impl Chosen {
    fn take(&mut self, member: &MemberDiff<'_>, shapes: &Shapes) {
        if self.full || self.only.as_deref() == Some(member.email) {
            self.found.push(member.to_owned_diff(shapes));
        }
    }

    fn text(&self, computed: &Computed) -> String {
        if let (Some(email), true) = (&self.only, self.found.is_empty()) {
            let wanted = computed
                .gathered
                .wanted
                .find(email)
                .and_then(|at| computed.gathered.wanted.get(at));
            return match wanted.map(|member| member.left_out()) {
                None => format!("{email}: not in any source of this plan, so nothing happens to it\n"),
                Some(Some(reason)) => format!("{email}: left out, {}\n", reason.sentence()),
                Some(None) => format!("{email}: already up to date\n"),
            };
        }
        let names = &computed.difference.changes.names;
        self.found
            .iter()
            .map(|member| member_text(&member.email, &member.changes(names)))
            .collect()
    }

    fn json(&self, computed: &Computed) -> serde_json::Value {
        let names = &computed.difference.changes.names;
        let members = self.found.iter().map(|member| {
            serde_json::json!({
                "email": member.email,
                "contact_id": member.contact_id,
                "changes": member.changes(names),
            })
        });
        serde_json::Value::Array(members.collect())
    }
}
