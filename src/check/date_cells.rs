//! Cells that hold no day or number where one is needed in, a diagnostic for every column and problem out.

use jiff::civil::Date;

use super::Gathered;
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::{DateFormat, DateRule},
    people::{
        date::read_date,
        evidence::{DateEvidence, Sort},
    },
    plan::{Plan, Source},
    text::{counted, quoted},
    wanted::{CellProblem, CellTrouble},
};

/// One diagnostic for every column and problem.
pub(super) fn diagnose(plan: &Plan, gathered: &Gathered) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    for trouble in &gathered.wanted.problems.cells {
        let source = &plan.sources[usize::from(trouble.source)];
        let Some(column) = source.in_use.columns.get(trouble.slot) else {
            continue;
        };
        let name = column.names.first().map_or("", String::as_str);
        let span = column.span.clone().unwrap_or_else(|| source.span.clone());
        let mut evidence = gathered
            .evidence
            .get(usize::from(trouble.source))
            .into_iter()
            .flatten();
        let evidence = evidence
            .find(|one| one.slot == trouble.slot)
            .map(|one| &one.evidence);
        let (code, message, remedy) = said(trouble, name, source, evidence, gathered.wanted.as_of);
        let is_number = matches!(
            trouble.problem,
            CellProblem::NotANumber | CellProblem::UnclearNumber
        );
        let path = gathered.path(trouble.first);
        let mut diagnostic = Diagnostic::error(code, message).at(
            span,
            if is_number {
                "read as a number"
            } else {
                "read as a date"
            },
        );
        let shows = evidence.filter(|_| trouble.problem == CellProblem::DayMonth);
        match shows {
            None => diagnostic = values(gathered, trouble, diagnostic),
            Some(evidence) => {
                // Where several files are one source, the evidence does not know of which a line is.
                let one_file = gathered
                    .files
                    .get(usize::from(trouble.source))
                    .is_none_or(|all| all.len() == 1);
                for (sort, what) in sorts(evidence) {
                    if let Some((cell, line)) = &sort.first {
                        let line = u32::try_from(*line).unwrap_or(u32::MAX);
                        let note = format!(
                            "{} {what}: \"{}\"",
                            counted(sort.count, "cell"),
                            quoted(cell.trim())
                        );
                        let line = if one_file { line } else { 0 };
                        diagnostic = diagnostic.in_file(path.clone(), line, note);
                    }
                }
            }
        }
        diagnostics.push(diagnostic.remedy(remedy));
    }
    diagnostics
}

/// How many distinct values a diagnostic shows.
const MAX_VALUES: usize = 40;

/// The distinct values, those of most cells first, each with its count.
fn values(gathered: &Gathered, trouble: &CellTrouble, mut diagnostic: Diagnostic) -> Diagnostic {
    let mut values: Vec<_> = trouble.values.iter().collect();
    values.sort_by_key(|(_, count, _)| std::cmp::Reverse(*count));
    for (text, count, first) in values.iter().take(MAX_VALUES) {
        let note = format!("\"{}\" ({})", quoted(text), counted(*count, "record"));
        diagnostic = diagnostic.in_file(gathered.path(*first), first.line, note);
    }
    let more = values.len().saturating_sub(MAX_VALUES);
    if more > 0 {
        let note = format!(
            "the first record; {} are not shown",
            counted(more as u64, "more value")
        );
        diagnostic = diagnostic.in_file(gathered.path(trouble.first), trouble.first.line, note);
    }
    diagnostic
}

/// What may be written in place of a date: the line that reads the values, as far as they show what they are.
fn not_dates(
    trouble: &CellTrouble,
    column: &str,
    source: &Source,
    evidence: Option<&DateEvidence>,
) -> String {
    let texts = || trouble.values.iter().map(|(text, ..)| text.as_str());
    let words: Vec<String> = texts()
        .filter(|text| !text.chars().any(|c| c.is_ascii_digit()))
        .map(|text| format!("\"{}\"", quoted(text)))
        .collect();
    let rule = source.formats.dates.for_column(column);
    let found = |sort: &Sort| {
        sort.first
            .as_ref()
            .and_then(|(cell, _)| likely_format(cell.trim()))
    };
    let read_now = evidence
        .into_iter()
        .flat_map(|evidence| [&evidence.certain, &evidence.day_first, &evidence.month_first])
        .filter_map(found);
    let more: Vec<&str> = texts().filter_map(likely_format).collect();
    let mut formats: Vec<String> = Vec::new();
    for format in rule
        .formats
        .iter()
        .map(DateFormat::as_str)
        .chain(read_now)
        .chain(more.iter().copied())
    {
        let format = format!("\"{format}\"");
        if !formats.contains(&format) && !more.is_empty() {
            formats.push(format);
        }
    }
    let mut keys = Vec::new();
    if !formats.is_empty() {
        keys.push(format!("format = [{}]", formats.join(", ")));
    }
    if !words.is_empty() {
        keys.push(format!("never = [{}]", words.join(", ")));
    }
    let (column, key) = (quoted(column), &source.key);
    if keys.is_empty() {
        return format!(
            "Name another column, fix the cells with a corrections file, or set how the dates are written in [sources.{key}]: dates = {{ columns = {{ \"{column}\" = {{ format = \"%d/%m/%Y\" }} }} }}"
        );
    }
    let mean = if words.is_empty() {
        ""
    } else {
        " (`never` lists the words that mean \"no date\")"
    };
    format!(
        "If this is how the cells are meant, set in [sources.{key}]: dates = {{ columns = {{ \"{column}\" = {{ {} }} }} }}{mean}; otherwise fix the cells with a corrections file",
        keys.join(", ")
    )
}

/// The format that a text is probably written in, where one is likely.
fn likely_format(text: &str) -> Option<&'static str> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    match (is_number, text.len()) {
        (true, 13) => return Some("unix-ms"),
        (true, 9 | 10) => return Some("unix"),
        (true, 8) => return Some("%Y%m%d"),
        (true, 5) => return Some("excel"),
        _ => {}
    }
    let likely = [
        "%Y-%m-%d",
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%d.%m.%Y",
        "%d-%m-%Y",
        "%Y/%m/%d",
        "%d.%m.%y",
        "%d/%m/%y",
        "%m/%d/%y",
        "%d-%m-%y",
        "%d %b %Y",
        "%d %B %Y",
        "%b %d, %Y",
        "%B %d, %Y",
        "%d-%b-%y",
        "%d-%b-%Y",
        "%d %b %y",
        "%Y-%m-%d %H:%M:%S",
        "%d/%m/%Y %H:%M",
        "%m/%d/%Y %H:%M",
        "%d/%m/%Y %H:%M:%S",
        "%m/%d/%Y %H:%M:%S",
        "%d.%m.%Y %H:%M",
    ];
    likely.into_iter().find(|format| {
        let Ok(parsed) = DateFormat::parse(format) else {
            return false;
        };
        let rule = DateRule {
            formats: vec![parsed],
            ..DateRule::default()
        };
        read_date(text, &rule, &(Date::MIN..=Date::MAX))
            .is_ok_and(|read| read.is_some_and(|read| read.day().year() > 1900))
    })
}

fn sorts(evidence: &DateEvidence) -> [(&Sort, &'static str); 3] {
    [
        (&evidence.day_first, "valid only with the day first"),
        (&evidence.month_first, "valid only with the month first"),
        (&evidence.either, "valid either way"),
    ]
}

fn said(
    trouble: &CellTrouble,
    column: &str,
    of: &Source,
    evidence: Option<&DateEvidence>,
    as_of: Date,
) -> (Code, String, String) {
    let source = &of.key;
    let cells = counted(trouble.count, "record");
    let dates = format!(
        "in [sources.{source}]: dates = {{ columns = {{ \"{column}\" = {{ format = \"%d/%m/%Y\" }} }} }}"
    );
    match trouble.problem {
        CellProblem::NotADate => (
            Code::NotADate,
            format!("\"{column}\" in [sources.{source}] contains values that are not dates ({cells})"),
            not_dates(trouble, column, of, evidence),
        ),
        CellProblem::DayMonth => {
            let shows = match evidence.map(|one| (one.day_first.count > 0, one.month_first.count > 0)) {
                Some((true, true)) => {
                    "some of its dates are only valid with the day first, others only with the month first"
                }
                _ => "none of its dates shows which comes first",
            };
            (
                Code::DayMonth,
                format!(
                    "day and month in \"{column}\" in [sources.{source}] are ambiguous ({cells}): {shows}"
                ),
                format!(
                    "Look up a date that you know on the old platform, then set {dates}, or \"%m/%d/%Y\" if the month comes first"
                ),
            )
        }
        CellProblem::NotANumber => (
            Code::NotANumber,
            format!("\"{column}\" in [sources.{source}] contains values that are not numbers ({cells})"),
            "Name another column in `when`, or fix the cells".to_owned(),
        ),
        CellProblem::UnclearNumber => (
            Code::NotANumber,
            format!(
                "\"{column}\" in [sources.{source}] contains ambiguous numbers: a separator, as in 1,089, could mark thousands or decimals ({cells})"
            ),
            format!(
                "Set the decimal separator in [sources.{source}]: numbers = {{ decimal = \",\" }}"
            ),
        ),
        CellProblem::NotYet => (
            Code::ImplausibleDate,
            format!(
                "\"{column}\" in [sources.{source}] has registration dates after the day of the plan, {as_of} ({cells})"
            ),
            "Fix the cells, or name another column in `registered`; if the export is newer than the plan, set a later `as_of` in [migration]"
                .to_owned(),
        ),
        CellProblem::Implausible => (
            Code::ImplausibleDate,
            format!("\"{column}\" in [sources.{source}] contains implausible dates ({cells})"),
            format!(
                "Fix the cells; if \"{}\" means \"no date\", set in [sources.{source}]: dates = {{ never = [\"{}\"] }}",
                quoted(trouble.example()),
                quoted(trouble.example())
            ),
        ),
    }
}
