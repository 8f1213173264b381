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
    app::{AppError, Computed, compute, write_lists},
    diff::{Accepted, MemberDiff, Shapes},
    report::{Detail, difference_json, difference_markdown, difference_text, findings_text, member_text},
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
    let mut sink = |member: &MemberDiff<'_>, shapes: &Shapes| chosen.take(member, shapes);
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
    if let Some(folder) = &verb.lists {
        let written = write_lists(&file, &computed, folder)?;
        printer.say(&format!(
            "{} written to {}\n",
            counted(written, "list"),
            folder.display()
        ));
    }
    match verb.format {
        PlanFormat::Json => {
            let detail = if verb.summary {
                Detail::Summary
            } else {
                Detail::Shapes
            };
            let mut document = difference_json(&computed.view(), detail);
            if verb.full || verb.member.is_some() {
                document["changes"] = chosen.json(&computed);
            }
            printer.json(&document);
        }
        PlanFormat::Markdown => printer.result(&difference_markdown(&computed.view())),
        PlanFormat::Text if verb.member.is_some() => printer.result(&chosen.text(&computed)),
        PlanFormat::Text => {
            let detail = if verb.summary {
                Detail::Summary
            } else {
                Detail::Shapes
            };
            let text = difference_text(&computed.view(), detail);
            printer.result(&text);
            if verb.full {
                printer.result(&chosen.text(&computed));
            }
            let findings = &computed.gathered.wanted.findings;
            if !findings.is_empty() && !verb.summary {
                let place = |record| computed.gathered.place(record);
                let who = |record| computed.gathered.wanted.who(record);
                printer.result(&format!("\n{}", findings_text(findings, &who, &place)));
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
