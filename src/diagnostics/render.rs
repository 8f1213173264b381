//! Diagnostics and the plan's text in, text for a terminal or a JSON value out.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, normalize_untrusted_str};
use serde_json::{Value, json};

use super::mask::mask;
use super::{Diagnostic, Diagnostics, Place, Severity};

/// More than these are counted, not shown.
const MAX_SHOWN: usize = 200;

/// Of longer lines a part is shown, of longer excerpts only the main line; in bytes.
const MAX_LINE: usize = 2_000;
const MAX_EXCERPT: usize = 100_000;

/// The diagnostics as a person reads them: in the order of the plan, each with its excerpt and what to
/// do, and a line that counts them. Secrets in the plan are not shown.
pub fn render(diagnostics: &Diagnostics, plan_path: &str, plan_text: &str, colour: bool) -> String {
    if diagnostics.is_empty() {
        return String::new();
    }
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let masked = mask(plan_text, diagnostics);
    let sorted = sorted(diagnostics);
    let mut shown = String::new();
    for diagnostic in sorted.iter().take(MAX_SHOWN) {
        shown.push_str(&one(diagnostic, plan_path, &masked, &renderer));
        shown.push_str("\n\n");
    }
    if let Some(more) = sorted.len().checked_sub(MAX_SHOWN).filter(|more| *more > 0) {
        shown.extend(["… and ", more.to_string().as_str(), " more\n\n"]);
    }
    shown.push_str(&summary(diagnostics));
    shown.push('\n');
    shown
}

/// Such as "3 errors, 1 warning".
fn summary(diagnostics: &Diagnostics) -> String {
    let count = |severity| diagnostics.iter().filter(|one| one.severity == severity).count();
    let counted = |number: usize, name: &str| match number {
        0 => None,
        1 => Some(format!("1 {name}")),
        _ => Some(format!("{number} {name}s")),
    };
    let parts = [
        counted(count(Severity::Error), "error"),
        counted(count(Severity::Warning), "warning"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// In the order of the plan; what has no place there comes last, as it was found.
fn sorted(diagnostics: &Diagnostics) -> Vec<&Diagnostic> {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|diagnostic| {
        diagnostic
            .places
            .iter()
            .find_map(|place| match place {
                Place::Plan(span, _) => Some(span.start),
                Place::File { .. } => None,
            })
            .unwrap_or(usize::MAX)
    });
    sorted
}

fn one(diagnostic: &Diagnostic, plan_path: &str, text: &str, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code.code());
    let mut group = Group::with_title(title);
    let spans: Vec<(Range<usize>, &str)> = diagnostic
        .places
        .iter()
        .filter_map(|place| match place {
            Place::Plan(span, note) => Some((within(text, span), note.as_str())),
            Place::File { .. } => None,
        })
        .collect();
    if !spans.is_empty() {
        group = group.element(snippet(&spans, plan_path, text));
    }
    for place in &diagnostic.places {
        if let Place::File { path, line, note } = place {
            let place = match line {
                0 => path.clone(),
                line => format!("{path}:{line}"),
            };
            let said = if note.is_empty() {
                place
            } else {
                format!("{place}: {note}")
            };
            group = group.element(
                Level::NOTE
                    .with_name("at")
                    .message(normalize_untrusted_str(&said)),
            );
        }
    }
    if let Some(remedy) = &diagnostic.remedy {
        group = group.element(Level::HELP.message(normalize_untrusted_str(remedy)));
    }
    renderer.render(&[group])
}

/// The lines around the places: the renderer reads all that it is given. Of a line that no window shows,
/// only the part around the main place.
fn snippet<'t>(
    spans: &[(Range<usize>, &'t str)],
    plan_path: &'t str,
    text: &'t str,
) -> Snippet<'t, annotate_snippets::Annotation<'t>> {
    let least = spans.iter().map(|(span, _)| span.start).min().unwrap_or(0);
    let most = spans.iter().map(|(span, _)| span.end).max().unwrap_or(0);
    let lines = lines_around(text, least..most);
    let main = spans
        .first()
        .map_or(0..0, |(span, _)| one_line(text, span.clone()));
    let main_lines = lines_around(text, main.clone());
    let (shown, spans) = if main_lines.len() > MAX_LINE {
        let around = main.start.saturating_sub(MAX_LINE / 4)..main.start.saturating_add(MAX_LINE / 4);
        let around = within(text, &around);
        (
            around.start.max(main_lines.start)..around.end.min(main_lines.end),
            spans.get(..1).unwrap_or_default(),
        )
    } else if lines.len() > MAX_EXCERPT {
        (main_lines, spans.get(..1).unwrap_or_default())
    } else {
        (lines, spans)
    };
    let first_line = text
        .get(..shown.start)
        .map_or(0, |before| before.matches('\n').count())
        + 1;
    let window = text.get(shown.clone()).unwrap_or_default();
    let mut snippet = Snippet::source(window)
        .line_start(first_line)
        .path(normalize_untrusted_str(plan_path));
    for (index, (span, note)) in spans.iter().enumerate() {
        let kind = if index == 0 {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        let start = span.start.saturating_sub(shown.start);
        let end = span.end.min(shown.end).saturating_sub(shown.start);
        let span = within(window, &(start..end.max(start)));
        snippet = snippet.annotation(
            kind.span(one_line(window, span))
                .label(normalize_untrusted_str(note)),
        );
    }
    snippet
}

/// The whole lines that a span touches, without the last line's end.
fn lines_around(text: &str, span: Range<usize>) -> Range<usize> {
    let start = text
        .get(..span.start)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |at| at + 1);
    let end = text
        .get(span.end..)
        .and_then(|after| after.find('\n'))
        .map_or(text.len(), |at| span.end + at);
    start..end
}

/// The span, cut to its first line: whole tables need not be shown.
fn one_line(text: &str, span: Range<usize>) -> Range<usize> {
    let line = text.get(span.clone()).and_then(|part| part.find('\n'));
    span.start..line.map_or(span.end, |at| span.start + at)
}

/// The span inside the text, on the borders of characters.
fn within(text: &str, span: &Range<usize>) -> Range<usize> {
    let border = |at: usize| {
        let mut at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = border(span.start);
    start..border(span.end).max(start)
}

/// The diagnostics as a program reads them, in the order of [`render`]. Lines and columns count from 1,
/// columns in characters; `end` is the column after the last, on the line of the start.
pub fn to_json(diagnostics: &Diagnostics, plan_path: &str, plan_text: &str) -> Value {
    sorted(diagnostics)
        .into_iter()
        .map(|diagnostic| {
            json!({
                "code": diagnostic.code.code(),
                "slug": diagnostic.code.slug(),
                "severity": match diagnostic.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                },
                "message": diagnostic.message,
                "places": diagnostic.places.iter().map(|place| place_json(place, plan_path, plan_text)).collect::<Value>(),
                "remedy": diagnostic.remedy,
            })
        })
        .collect()
}

fn place_json(place: &Place, plan_path: &str, text: &str) -> Value {
    match place {
        Place::File { path, line, note } => {
            let line = Some(*line).filter(|line| *line > 0);
            json!({ "file": path, "line": line, "note": note })
        }
        Place::Plan(span, note) => {
            let span = one_line(text, within(text, span));
            let before = text.get(..span.start).unwrap_or_default();
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            let column = before.get(line_start..).map_or(0, |line| line.chars().count()) + 1;
            let width = text.get(span).map_or(0, |part| part.chars().count());
            json!({
                "file": plan_path,
                "line": before.matches('\n').count() + 1,
                "column": column,
                "end": column + width,
                "note": note,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Code;

    fn one_of(diagnostic: Diagnostic) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        diagnostics.push(diagnostic);
        diagnostics
    }

    #[test]
    fn a_place_in_another_file_is_shown_with_its_line() {
        let text = "file = \"people.csv\"\n";
        let diagnostic = Diagnostic::error(Code::ColumnMissing, "the file has no column `Products`")
            .at(7..19, "this file")
            .in_file("people.csv", 1, "the headers")
            .in_file("other.csv", 0, "")
            .remedy("Compare the headers");
        let shown = render(&one_of(diagnostic), "plan.toml", text, false);
        assert_eq!(
            shown,
            "error[S002]: the file has no column `Products`\n --> plan.toml:1:8\n  |\n1 | file = \"people.csv\"\n  \
             |        ^^^^^^^^^^^^ this file\n  |\n  = at: people.csv:1: the headers\n  = at: other.csv\n  \
             = help: Compare the headers\n\n1 error\n"
        );
    }

    #[test]
    fn no_control_character_of_a_plan_or_an_export_reaches_the_terminal() {
        let bad = "x\u{1b}[2Jy";
        let diagnostic = Diagnostic::error(Code::UnmappedValue, bad)
            .at(0..8, bad)
            .in_file(bad, 3, bad)
            .remedy(bad);
        let shown = render(&one_of(diagnostic), bad, "k = \"x\u{1b}[2Jy\"\n", false);
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }

    #[test]
    fn a_place_outside_the_text_is_shown_without_a_panic() {
        for span in [5..900, 900..901, 1..2] {
            let diagnostic = Diagnostic::warning(Code::Unused, "x").at(span, "here");
            let shown = render(&one_of(diagnostic.clone()), "plan.toml", "é\né\n", false);
            assert!(shown.ends_with("1 warning\n"), "{shown}");
            to_json(&one_of(diagnostic), "plan.toml", "é\né\n");
        }
    }

    #[test]
    fn of_a_very_long_line_only_a_part_is_shown() {
        let text = format!("k = [{}]", "1, ".repeat(100_000));
        let diagnostic = Diagnostic::error(Code::BadValue, "x").at(150_000..150_001, "here");
        let shown = render(&one_of(diagnostic), "plan.toml", &text, false);
        assert!(shown.len() < 5_000, "{}", shown.len());
    }

    #[test]
    fn no_secret_is_shown_whatever_is_wrong_beside_it() {
        for line in [
            "token = \"hunter2\"",
            "token = \"hunter2",
            "password= 'hunter2' x",
            "contacts = { system = 1, token = \"hunter2\" }",
            "\"api_key\" = hunter2",
            "token = \"\"\"hunter2\n hunter2\"\"\"",
            "url = \"https://ana:hunter2@crm.example/\"",
            "Token = [\"hunter2\"]",
            "token = \"a\\\"hunter2\"",
        ] {
            let diagnostic = Diagnostic::error(Code::Syntax, "x").at(0..line.len(), "here");
            let shown = render(&one_of(diagnostic), "plan.toml", line, false);
            assert!(!shown.contains("hunter2"), "{shown}");
        }
        let kept = "token = { env = \"LUMEN_TOKEN\" }";
        let diagnostic = Diagnostic::error(Code::Syntax, "x").at(0..5, "here");
        assert!(render(&one_of(diagnostic), "plan.toml", kept, false).contains("LUMEN_TOKEN"));
    }
}
