//! Tags as a contact system stores them: which tag of the plan is which tag there.

use rehome::{
    diff::{Accepted, Difference, MemberDiff, Observations, Shapes, compare},
    model::{
        Account, Action, Attribute, Change, HeldTag, Observed, ObservedBuilder, ObservedMember, ObservedTag,
        RowBatch, Side, TagId, TagName, TagRules,
    },
    wanted::RecordFold,
};

use crate::support::plan::plan;

fn account(side: Side) -> Account {
    Account {
        side,
        kind: "practice".to_owned(),
        id: "1".to_owned(),
        place: "here".to_owned(),
    }
}

/// A contact system with the tag "vip" (ID 7), which Ann has and Ben has not.
fn contacts() -> Observed {
    let mut into = ObservedBuilder::new(account(Side::Contacts), 2);
    let vip = ObservedTag {
        name: TagName::new("vip"),
        id: Some(TagId::new("7")),
        category: Some("People".to_owned()),
    };
    let vip = into.observed_tag(vip).unwrap();
    let held = HeldTag {
        tag: vip,
        ours: false,
    };
    for (email, held) in [("ann@example.com", vec![held]), ("ben@example.com", Vec::new())] {
        let row = ObservedMember {
            email,
            user: false,
            login: "",
            first: "",
            last: "",
            contact: &email[..3],
            privileged: false,
            opted_out: false,
            set: 0,
        };
        into.push(row, &held, &[]).unwrap();
    }
    into.finish()
}

fn differ(rules: &TagRules) -> (Difference, Vec<(String, Change)>) {
    let plan = plan("tags")
        .practice_crm("http://crm.example.com")
        .offering("club", "Club")
        .tag("vip", "VIP")
        .tag("alumni", "Alumni")
        .source("people")
        .each_row("grant = 'club', tag = ['vip', 'alumni']")
        .read();
    let mut gatherer = RecordFold::new(&plan, jiff::civil::date(2026, 12, 1), 2);
    let width = gatherer.slots(0).columns.len();
    let mut batch = RowBatch::new(0, 0, width);
    for (line, email) in [(2, "ann@example.com"), (3, "ben@example.com")] {
        batch.cell(email);
        batch.end_row(line, None);
    }
    gatherer.take(&batch);
    let wanted = gatherer.finish().unwrap();
    let site = ObservedBuilder::new(account(Side::Site), 0).finish();
    let contacts = contacts();
    let seen = Observations {
        site: &site,
        contacts: Some(&contacts),
        creates_opted_out: true,
        max_field_chars: None,
        site_tag_rules: &TagRules::default(),
        contact_tag_rules: rules,
    };
    let mut told = Vec::new();
    let mut sink = |member: &MemberDiff<'_>, shapes: &Shapes| told.push(member.to_owned_diff(shapes));
    let difference = compare(&plan, &wanted, seen, Accepted::default(), &mut sink);
    let changes = told.iter().flat_map(|diff| {
        let on_contacts = diff.changes(&difference.changes.names).into_iter();
        let tags =
            on_contacts.filter(|change| change.side == Side::Contacts && change.attribute.tag().is_some());
        tags.map(|change| (diff.email.clone(), change))
            .collect::<Vec<_>>()
    });
    let changes = changes.collect();
    (difference, changes)
}

/// Tags of the plan's `[tags]` that are created in the contact system.
fn created(difference: &Difference) -> Vec<&str> {
    let all = difference.setup.contact_tags.iter().map(TagName::as_str);
    all.filter(|name| !name.starts_with("Club")).collect()
}

fn added(changes: &[(String, Change)]) -> Vec<(&str, &str)> {
    let added = changes
        .iter()
        .filter(|(_, change)| change.action == Action::AddTag);
    added
        .filter_map(|(email, change)| match &change.attribute {
            Attribute::Tag(name) if !name.as_str().starts_with("Club") => {
                Some((email.as_str(), name.as_str()))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn a_tag_that_differs_only_in_case_is_the_existing_one_where_the_system_folds_case() {
    let rules = TagRules {
        fold_case: true,
        ..TagRules::default()
    };
    let (difference, changes) = differ(&rules);
    assert_eq!(created(&difference), ["Alumni"]);
    assert_eq!(
        added(&changes),
        [
            ("ann@example.com", "Alumni"),
            ("ben@example.com", "vip"),
            ("ben@example.com", "Alumni"),
        ],
        "in the system's own spelling, and not for who has it"
    );
    let refs = &difference.changes.names.tag_refs;
    let ids: Vec<_> = refs
        .contacts
        .values()
        .map(|tag| tag.id.clone().unwrap())
        .collect();
    assert_eq!(ids, [TagId::new("7")]);
    assert!(refs.site.is_empty());
}

#[test]
fn elsewhere_it_is_another_tag() {
    let (difference, changes) = differ(&TagRules::default());
    assert_eq!(created(&difference), ["VIP", "Alumni"]);
    assert!(difference.changes.names.tag_refs.is_empty());
    assert_eq!(added(&changes).len(), 4);
}

#[test]
fn a_system_that_creates_no_tags_is_not_asked_to() {
    let rules = TagRules {
        creates: false,
        ..TagRules::default()
    };
    let (difference, changes) = differ(&rules);
    assert!(difference.setup.contact_tags.is_empty());
    assert!(difference.setup.site_tags.contains(&TagName::new("VIP")));
    assert_eq!(added(&changes).len(), 4);
}
