//! How much of an offering is opened, as a cell of a spreadsheet says it, in; a [`Release`] out.

use crate::plan::{ColumnUse, Release, TextSpan};

/// What may appear in the cell.
pub(super) const TAKES: &str = "`all`, `start`, `3 modules` or `from COLUMN every 7 days`";

/// Reads `all`, `start`, `3 modules`, `modules 3` or `from COLUMN every 7 days`. `span` is where the plan
/// names the file.
pub(super) fn release(text: &str, span: &TextSpan) -> Option<Release> {
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        "all" => return Some(Release::All),
        "start" => return Some(Release::Modules(1)),
        _ => {}
    }
    if let Some(rest) = lower.strip_prefix("from ") {
        let (column, every) = rest.rsplit_once(" every ")?;
        let every = every.parse().ok()?;
        // ASCII lower case has the same bytes in the same places.
        let from = lower.len() - rest.len();
        let name = text.get(from..from + column.len())?.trim();
        let from = ColumnUse {
            name: name.to_owned(),
            span: span.clone(),
        };
        return (!name.is_empty()).then_some(Release::Drip { from, every });
    }
    let mut number = None;
    for word in lower.split_whitespace() {
        match word {
            "module" | "modules" => {}
            word if number.is_none() => number = Some(word.parse().ok().filter(|number| *number >= 1)?),
            _ => return None,
        }
    }
    number.map(Release::Modules)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Period;

    #[test]
    fn a_release_is_written_as_people_say_it() {
        for (text, expected) in [
            ("all", Release::All),
            ("Start", Release::Modules(1)),
            ("3 modules", Release::Modules(3)),
            ("modules 3", Release::Modules(3)),
            ("1 module", Release::Modules(1)),
            ("4", Release::Modules(4)),
        ] {
            assert_eq!(release(text, &(0..0)), Some(expected), "{text}");
        }
        let drip = release("from Activated At every 7 days", &(1..2));
        let from = ColumnUse {
            name: "Activated At".to_owned(),
            span: 1..2,
        };
        assert_eq!(
            drip,
            Some(Release::Drip {
                from,
                every: Period::Days(7)
            })
        );
    }

    #[test]
    fn what_is_no_release_is_none() {
        for text in [
            "some",
            "0 modules",
            "3 modules 4",
            "from every 7 days",
            "from Start every 0 days",
            "from Start every month",
            "modules",
            "-1",
        ] {
            assert_eq!(release(text, &(0..0)), None, "{text}");
        }
    }
}
