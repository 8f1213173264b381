//! Values that cannot become a tag in; a diagnostic for each line of the plan and tag out.

use super::Gathered;
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::{MAX_TAG_CHARS, OfferingTarget},
    plan::{Pattern, Plan},
    text::{counted, quoted},
    wanted::{CarriedProblem, CarriedTrouble, MAX_TAGS},
};

/// More than these are counted, not shown.
const MAX_SHOWN: usize = 100;

/// Characters of a value that are shown.
const MAX_CHARS: usize = 80;

/// One diagnostic a line and tag, with its count.
pub(super) fn diagnose(plan: &Plan, gathered: &Gathered) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let troubles = &gathered.wanted.problems.carried;
    for trouble in troubles.iter().take(MAX_SHOWN) {
        diagnostics.push(one(plan, gathered, trouble));
    }
    let more = troubles.len().saturating_sub(MAX_SHOWN);
    if more > 0 {
        let message = format!("{} cannot be carried over", counted(more as u64, "more tag"));
        diagnostics.push(Diagnostic::error(Code::CarriedTag, message).remedy("Fix the ones shown first"));
    }
    diagnostics
}

fn one(plan: &Plan, gathered: &Gathered, trouble: &CarriedTrouble) -> Diagnostic {
    let records = counted(trouble.count, "record");
    let value = short(&trouble.value);
    let (what, remedy) = match trouble.problem {
        CarriedProblem::OfOffering(offering) => {
            let target = plan.targets.offerings.get(usize::from(offering));
            (
                format!(
                    "\"{value}\" would become the tag \"{}\", which is {} and would change who has access ({records})",
                    short(&trouble.name),
                    target.map_or_else(String::new, |target| owner(target, &trouble.name)),
                ),
                format!(
                    "Add an entry for the value that sets what it means, such as {{ grant = \"{}\" }}, or put a word before it: tag = \"Old: $value\"",
                    target.map_or("", |target| target.key.as_str())
                ),
            )
        }
        CarriedProblem::Blank => (
            format!("\"{value}\" would become a tag without a name ({records})"),
            "Add an entry for the value, or use `$value`".to_owned(),
        ),
        CarriedProblem::Control => (
            format!(
                "\"{value}\" would become a tag with a line break or another control character in its name ({records})"
            ),
            "Add an entry for the value, or fix the cells with a corrections file".to_owned(),
        ),
        CarriedProblem::Long => (
            format!("\"{value}\" would become a tag of more than {MAX_TAG_CHARS} characters ({records})"),
            "Add an entry for the value, or check whether this column really contains tags".to_owned(),
        ),
        CarriedProblem::TooMany => (
            format!(
                "there would be more than {MAX_TAGS} tags; \"{value}\" is the first one over the limit ({records})"
            ),
            "Check whether this column really contains tags, and ignore the values that no one needs"
                .to_owned(),
        ),
    };
    let mut diagnostic = Diagnostic::error(Code::CarriedTag, what);
    let map = plan
        .sources
        .get(trouble.from.source)
        .and_then(|source| source.gives.maps.get(trouble.from.map));
    if let Some((map, rule)) = map.and_then(|map| Some((map, map.rules.get(trouble.from.rule)?))) {
        diagnostic = diagnostic.at(rule.span.clone(), "this entry turns it into a tag");
        if let Some((path, line)) = rule
            .in_file
            .and_then(|(at, line)| Some((map.files.get(usize::from(at))?, line)))
        {
            diagnostic = diagnostic.in_file(path, line, "the entry");
        }
    }
    diagnostic
        .in_file(
            gathered.path(trouble.first),
            trouble.first.line,
            "first seen here",
        )
        .remedy(remedy)
}

/// As it is shown: without control characters, and not too long.
fn short(text: &str) -> String {
    let more = if text.chars().nth(MAX_CHARS).is_some() {
        "…"
    } else {
        ""
    };
    let text: String = text.chars().take(MAX_CHARS).collect();
    format!("{}{more}", quoted(&text))
}

/// Such as "the revoke tag of the offering club".
fn owner(target: &OfferingTarget, name: &str) -> String {
    let folded = Pattern::fold(name);
    let is = |tag: &Option<crate::model::TagName>| {
        tag.as_ref()
            .is_some_and(|tag| Pattern::fold(tag.as_str()) == folded)
    };
    let which = if is(&target.tags.revoke) {
        "the revoke tag"
    } else if is(&target.tags.base) {
        "the base tag"
    } else if is(&target.tags.instant) {
        "the instant tag"
    } else {
        "the tag of a module"
    };
    format!("{which} of the offering {}", target.key)
}
