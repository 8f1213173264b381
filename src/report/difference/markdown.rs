//! A difference in, a Markdown report that fits where reports are pasted out.

use super::{
    change_groups::groups_text,
    reconciliation::Explained,
    setup::{changed, created_first},
    text::{head, signed, verdict},
};
use crate::report::DifferenceView;

/// The most bytes that a report has: what a comment of a code host takes, with room for words around it.
pub const MARKDOWN_BUDGET: usize = 60_000;

/// The difference as Markdown of at most [`MARKDOWN_BUDGET`] bytes. What does not fit goes, the samples
/// first, then the groups of changes, then the sums that explain themselves, then lines; the report says so.
pub fn difference_markdown(view: &DifferenceView<'_>) -> String {
    within(view, MARKDOWN_BUDGET)
}

fn within(view: &DifferenceView<'_>, budget: usize) -> String {
    let difference = view.difference;
    let all = Explained::Completely;
    let full = document(view, all, &groups_text(difference, true), None);
    if full.len() <= budget {
        return full;
    }
    let without_samples = "The samples are left out to keep this short. `rehome plan PLAN` shows them.";
    let groups = document(view, all, &groups_text(difference, false), Some(without_samples));
    if groups.len() <= budget {
        return groups;
    }
    let without_groups = "The changes are left out to keep this short. `rehome plan PLAN` shows them in groups, `--full` one by one.";
    let summary = document(view, all, "", Some(without_groups));
    if summary.len() <= budget {
        return summary;
    }
    let shortest = document(view, Explained::WhereNotTrivial, "", Some(without_groups));
    cut(shortest, budget)
}

fn document(view: &DifferenceView<'_>, explained: Explained, groups: &str, left_out: Option<&str>) -> String {
    let mut page = format!("# Difference for {}\n\n", view.targets.migration);
    let mut section = |title: &str, text: &str| {
        let text = text.trim_end();
        if !text.is_empty() {
            let fence = fence(text);
            page.push_str(&format!("## {title}\n\n{fence}text\n{text}\n{fence}\n\n"));
        }
    };
    section("Where", &head(view));
    let signed = signed(view, explained);
    section(
        "Summary for sign-off",
        signed.strip_prefix("Summary for sign-off\n").unwrap_or(&signed),
    );
    for (title, text) in [
        ("Created first", created_first(view)),
        ("Changed on the site", changed(view)),
    ] {
        section(title, text.strip_prefix(&format!("{title}\n")).unwrap_or(&text));
    }
    section("Changes", groups);
    section("Summary", &verdict(view));
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
    let end = "\n````````\n\nCut off here: the summary alone is too long.\n";
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

    use crate::{
        diff::{
            Accepted, ChangeGroups, ChangeKind, Difference, MemberTotals, NamedMembers, Names, Sample, Setup,
            ShapeCount, Shapes, What,
        },
        model::{Account, Action, ContactsTarget, FieldName, Reason, Side, SiteTarget, TagName, Targets},
    };

    fn targets() -> Targets {
        Targets {
            migration: "small".to_owned(),
            was: Vec::new(),
            environment: None,
            site: SiteTarget::Local {
                path: "site.sqlite".to_owned(),
                like: None,
            },
            contacts: ContactsTarget::Managed,
            offerings: Vec::new(),
            tags: Vec::new(),
            emails: Vec::new(),
            standing_checkpoints: Vec::new(),
            checkpoints: Vec::new(),
            canary: None,
        }
    }

    fn kind(action: Action, what: What) -> ChangeKind {
        ChangeKind {
            side: Side::Site,
            action,
            what,
            reason: Reason::NotThereYet,
        }
    }

    /// Two shapes that differ in the phone of new members, and some with a tag.
    fn difference(tags: u16) -> Difference {
        let mut shapes = Shapes::default();
        let mut by_shape = Vec::new();
        let user = kind(Action::Create, What::User);
        let lists = [
            vec![user, kind(Action::Create, What::FirstName)],
            vec![
                user,
                kind(Action::Create, What::FirstName),
                kind(Action::Create, What::Field(0)),
            ],
        ];
        let tagged = (0..tags).map(|tag| vec![kind(Action::AddTag, What::Tag(tag))]);
        for (at, kinds) in lists.into_iter().chain(tagged).enumerate() {
            let samples = (0..3).map(|one| Sample {
                email: format!("member{at}{one}@example.com"),
                values: kinds.iter().map(|_| (None, Some("value".to_owned()))).collect(),
            });
            by_shape.push(ShapeCount {
                shape: shapes.intern(&kinds),
                count: 10,
                samples: samples.collect(),
            });
        }
        Difference {
            ahead: crate::diff::Ahead::default(),
            totals: MemberTotals::default(),
            offerings: Vec::new(),
            other_offerings: Vec::new(),
            changes: ChangeGroups {
                names: Names {
                    tag_refs: crate::model::TagRefs::default(),
                    keys: Vec::new(),
                    fields: vec![FieldName::new("phone")],
                    tags: (0..tags).map(|tag| TagName::new(format!("Tag {tag}"))).collect(),
                },
                shapes,
                by_shape,
            },
            named: NamedMembers::default(),
            renames: crate::diff::Renames::default(),
            idle_canary: None,
            setup: Setup::default(),
            carried: Vec::new(),
            refusals: Vec::new(),
            cost: crate::diff::Costs::default(),
        }
    }

    fn page(difference: &Difference, budget: usize) -> String {
        let site = Account {
            side: Side::Site,
            kind: "local".to_owned(),
            id: Account::NOT_CREATED.to_owned(),
            place: "site.sqlite".to_owned(),
        };
        let view = DifferenceView {
            targets: &targets(),
            site: &site,
            contacts: None,
            site_capabilities: None,
            contact_capabilities: None,
            as_of: jiff::civil::date(2026, 11, 16),
            accounting: None,
            accepted: Accepted::default(),
            difference,
        };
        within(&view, budget)
    }

    #[test]
    fn people_made_alike_are_one_group_whose_samples_are_the_same_in_any_order_of_shapes() {
        let mut difference = difference(0);
        let one = groups_text(&difference, true);
        assert!(one.starts_with("20 members in 1 group\n"), "{one}");
        assert!(one.contains("first name (all), field phone (10 of 20)"), "{one}");
        assert_eq!(one.matches("@example.com").count(), 3);
        difference.changes.by_shape.reverse();
        assert_eq!(one, groups_text(&difference, true));
    }

    #[test]
    fn a_report_that_is_too_long_drops_samples_then_changes_then_lines_and_says_so() {
        let difference = difference(50);
        let full = page(&difference, usize::MAX);
        assert!(full.contains("member00@example.com") && !full.contains("left out to keep"));
        let groups = page(&difference, full.len() - 1);
        assert!(groups.contains("The samples are left out to keep this short.") && groups.contains("Tag 49"));
        assert!(!groups.contains("@example.com"));
        let summary = page(&difference, groups.len() - 1);
        assert!(
            summary.contains("The changes are left out to keep this short.") && !summary.contains("Tag 49")
        );
        let cut = page(&difference, summary.len() - 1);
        assert!(cut.len() < summary.len() && cut.contains("Cut off here"), "{cut}");
    }

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
        assert!(short.ends_with("Cut off here: the summary alone is too long.\n"));
    }
}
