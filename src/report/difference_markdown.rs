//! A difference in, a Markdown report that fits where reports are pasted out.

use super::{
    DifferenceView,
    difference::{head, made_first, signed, verdict},
    shape_groups::groups_text,
};

/// The most bytes that a report has: what a comment of a code host takes, with room for words around it.
pub const MARKDOWN_BUDGET: usize = 60_000;

/// The difference as Markdown of at most [`MARKDOWN_BUDGET`] bytes. What does not fit goes, the samples
/// first, then the groups of changes, then lines; the report says so.
pub fn difference_markdown(view: &DifferenceView<'_>) -> String {
    within(view, MARKDOWN_BUDGET)
}

fn within(view: &DifferenceView<'_>, budget: usize) -> String {
    let difference = view.difference;
    let full = document(view, &groups_text(difference, true), None);
    if full.len() <= budget {
        return full;
    }
    let without_samples = "Left out to keep this short: the samples. `rehome plan PLAN` shows them.";
    let groups = document(view, &groups_text(difference, false), Some(without_samples));
    if groups.len() <= budget {
        return groups;
    }
    let without_groups = "Left out to keep this short: the changes. `rehome plan PLAN` shows them in groups, `--full` one by one.";
    let summary = document(view, "", Some(without_groups));
    cut(summary, budget)
}

fn document(view: &DifferenceView<'_>, groups: &str, left_out: Option<&str>) -> String {
    let mut page = format!("# The difference of {}\n\n", view.targets.migration);
    let mut section = |title: &str, text: &str| {
        let text = text.trim_end();
        if !text.is_empty() {
            let fence = fence(text);
            page.push_str(&format!("## {title}\n\n{fence}text\n{text}\n{fence}\n\n"));
        }
    };
    section("Where", &head(view));
    let signed = signed(view);
    section(
        "What you sign",
        signed.strip_prefix("What you sign\n").unwrap_or(&signed),
    );
    let made = made_first(view);
    section("Made first", made.strip_prefix("Made first\n").unwrap_or(&made));
    section("Changes", groups);
    section("In short", &verdict(view.difference));
    if let Some(left_out) = left_out {
        page.push_str(left_out);
        page.push('\n');
    }
    page
}

/// A fence that no line of the text can close.
fn fence(text: &str) -> String {
    let longest = text.lines().map(|line| {
        let line = line.trim_start();
        line.len() - line.trim_start_matches('`').len()
    });
    "`".repeat((longest.max().unwrap_or(0) + 1).max(3))
}

/// The first lines of a page that is too long even so.
fn cut(page: String, budget: usize) -> String {
    if page.len() <= budget {
        return page;
    }
    let end = "\n````````\n\nCut here: the summary alone is too long.\n";
    let mut kept = String::new();
    for line in page.lines() {
        if kept.len() + line.len() + 1 + end.len() > budget {
            break;
        }
        kept.push_str(line);
        kept.push('\n');
    }
    kept.push_str(end);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_the_text_closes_its_fence() {
        assert_eq!(fence("plain"), "```");
        assert_eq!(fence("a\n  ````` b"), "``````");
    }

    #[test]
    fn a_page_that_is_too_long_is_cut_at_a_line_and_says_so() {
        let page = "one line of text\n".repeat(100);
        let short = cut(page, 200);
        assert!(short.len() <= 200, "{}", short.len());
        assert!(short.ends_with("Cut here: the summary alone is too long.\n"));
    }
}
