//! One table of contract tests, run against every system: what each promises in the same words. The systems come from
//! their own folders.

pub(crate) mod remote_subject;
pub(crate) mod requests;
pub(crate) mod subject;

use self::{
    requests::{change, newcomer, rename, request, state, tag, write},
    subject::Subject,
};
use super::{CONTACT_SYSTEMS, local};
use crate::model::{Action, Attribute, FieldName, ItemOutcome, MemberState, Operation, Side, TagName};

/// The embedded site and every contact system, each without members.
fn subjects() -> Vec<Box<dyn Subject>> {
    let contact_systems = CONTACT_SYSTEMS.iter().map(|system| (system.subject)());
    std::iter::once(local::subject::subject())
        .chain(contact_systems)
        .collect()
}

#[test]
fn a_tag_made_twice_is_one_tag() {
    for mut subject in subjects() {
        if !subject.capabilities().tag_rules.creates {
            continue;
        }
        tag(subject.as_mut(), 1);
        tag(subject.as_mut(), 2);
        let tags = subject.observe().tags;
        let names: Vec<&TagName> = tags.iter().map(|tag| &tag.name).collect();
        assert_eq!(names, [&TagName::new("VIP")]);
    }
}

#[test]
fn what_is_written_is_looked_up_and_observed_as_written() {
    for mut subject in subjects() {
        let (subject, mut next) = (subject.as_mut(), 1);
        tag(subject, 1);
        let changes = newcomer(subject.side());
        let outcome = write(subject, &mut next, "ada@example.com", None, changes.clone()).unwrap();
        let ItemOutcome::Confirmed { contact_id: Some(id) } = outcome else {
            panic!("{outcome:?}")
        };
        let held = state(subject, "ada@example.com");
        assert_eq!(held.contact_ids, [id]);
        assert!(changes.iter().all(|change| held.has(change)), "{held:?}");
        let observed = subject.observe();
        assert_eq!(observed.state(observed.find("ada@example.com")), held);
        assert_eq!(observed.len(), 1);
        assert_eq!(state(subject, "nobody@example.com"), MemberState::default());
    }
}

#[test]
fn a_tag_given_or_taken_twice_is_one_effect() {
    for mut subject in subjects() {
        let (subject, mut next) = (subject.as_mut(), 1);
        tag(subject, 1);
        let side = subject.side();
        write(subject, &mut next, "ada@example.com", None, newcomer(side)).unwrap();
        let id = state(subject, "ada@example.com").contact_ids.pop();
        let vip = Attribute::Tag(TagName::new("VIP"));
        let give = change(side, Action::AddTag, vip.clone(), None, Some("held"));
        let take = change(side, Action::RemoveTag, vip, Some("held"), None);
        let before = subject.effects().0;
        for (again, effects) in [(&give, 0), (&take, 1), (&take, 1), (&give, 2), (&give, 2)] {
            write(
                subject,
                &mut next,
                "ada@example.com",
                id.clone(),
                vec![again.clone()],
            )
            .unwrap();
            assert_eq!(subject.effects(), (before + effects, 0));
        }
    }
}

#[test]
fn an_unknown_tag_or_contact_is_refused_and_nothing_is_done() {
    for mut subject in subjects() {
        let (subject, mut next) = (subject.as_mut(), 1);
        tag(subject, 1);
        let side = subject.side();
        let vip = |name| {
            let held = Attribute::Tag(TagName::new(name));
            vec![change(side, Action::AddTag, held, None, Some("held"))]
        };
        let nobody = write(subject, &mut next, "ada@example.com", None, vip("VIP")).unwrap();
        assert!(matches!(nobody, ItemOutcome::Refused { .. }), "{nobody:?}");
        write(subject, &mut next, "ada@example.com", None, newcomer(side)).unwrap();
        let id = state(subject, "ada@example.com").contact_ids.pop();
        if !subject.capabilities().tag_rules.creates {
            continue;
        }
        let before = subject.effects();
        let unknown = write(subject, &mut next, "ada@example.com", id, vip("Unknown")).unwrap();
        assert!(matches!(unknown, ItemOutcome::Refused { .. }), "{unknown:?}");
        assert_eq!(subject.effects(), before);
    }
}

#[test]
fn a_member_is_renamed_once_however_often_it_is_asked_and_found_by_either_address() {
    for mut subject in subjects() {
        let (subject, mut next) = (subject.as_mut(), 1);
        tag(subject, 1);
        let side = subject.side();
        write(subject, &mut next, "ada@old.example", None, newcomer(side)).unwrap();
        let before = state(subject, "ada@old.example");
        let id = before.contact_ids.first().cloned();
        let changes = vec![rename(side, "ada@old.example", "ada@new.example")];
        let operation = match side {
            Side::Site => Operation::Members,
            Side::Contacts => Operation::Contacts,
        };
        let asked = request(90, operation, "ada@new.example", id.clone(), changes.clone());
        assert_eq!(subject.look(&asked).unwrap()[0].1, before);
        let mut effects = None;
        for _ in 0..2 {
            let outcome = write(subject, &mut next, "ada@new.example", id.clone(), changes.clone()).unwrap();
            assert!(matches!(outcome, ItemOutcome::Confirmed { .. }), "{outcome:?}");
            assert_eq!(*effects.get_or_insert(subject.effects()), subject.effects());
        }
        let after = subject.look(&asked).unwrap().remove(0).1;
        assert_eq!(after.address.as_deref(), Some("ada@new.example"));
        let renamed = MemberState {
            address: before.address.clone(),
            ..after
        };
        assert_eq!(renamed, before);
        assert_eq!(state(subject, "ada@old.example"), MemberState::default());
        assert_eq!(subject.observe().len(), 1);
    }
}

#[test]
fn a_rename_back_and_forth_is_no_doubled_effect() {
    for mut subject in subjects() {
        let (subject, mut next) = (subject.as_mut(), 1);
        tag(subject, 1);
        let side = subject.side();
        write(subject, &mut next, "a@x.example", None, newcomer(side)).unwrap();
        let id = state(subject, "a@x.example").contact_ids.pop();
        for (old, new) in [("a", "b"), ("b", "a"), ("a", "b")] {
            let (old, new) = (format!("{old}@x.example"), format!("{new}@x.example"));
            write(
                subject,
                &mut next,
                &new,
                id.clone(),
                vec![rename(side, &old, &new)],
            )
            .unwrap();
        }
        assert_eq!(subject.effects().1, 0);
        assert_eq!(subject.observe().len(), 1);
    }
}

#[test]
fn nobody_is_given_the_address_of_somebody_else() {
    for mut subject in subjects() {
        let (subject, mut next) = (subject.as_mut(), 1);
        tag(subject, 1);
        let side = subject.side();
        for email in ["a@x.example", "b@x.example"] {
            write(subject, &mut next, email, None, newcomer(side)).unwrap();
        }
        let id = state(subject, "a@x.example").contact_ids.pop();
        let before = subject.effects();
        let changes = vec![rename(side, "a@x.example", "b@x.example")];
        let operation = match side {
            Side::Site => Operation::Members,
            Side::Contacts => Operation::Contacts,
        };
        let asked = request(90, operation, "b@x.example", id.clone(), changes.clone());
        let looked = subject.look(&asked).unwrap().remove(0).1;
        assert!(looked.moved(&changes[0]), "{looked:?}");
        let outcome = write(subject, &mut next, "b@x.example", id, changes).unwrap();
        assert!(
            matches!(outcome, ItemOutcome::Moved { .. } | ItemOutcome::Refused { .. }),
            "{outcome:?}"
        );
        assert_eq!((subject.effects(), subject.observe().len()), (before, 2));
    }
}

#[test]
fn a_field_holds_as_many_characters_as_the_system_says_and_no_more() {
    for mut subject in subjects() {
        let (max, subject) = (subject.capabilities().max_field_chars, subject.as_mut());
        let (side, mut next) = (subject.side(), 1);
        tag(subject, 1);
        write(subject, &mut next, "ada@example.com", None, newcomer(side)).unwrap();
        let id = state(subject, "ada@example.com").contact_ids.pop();
        let mut put = |before: Option<&str>, value: &str| {
            let notes = Attribute::Field(FieldName::new("notes"));
            let action = if before.is_some() {
                Action::Update
            } else {
                Action::Create
            };
            let changes = vec![change(side, action, notes, before, Some(value))];
            write(subject, &mut next, "ada@example.com", id.clone(), changes).unwrap()
        };
        let longest = "\u{e9}".repeat(max.map_or(100_000, |max| max as usize));
        assert!(matches!(put(None, &longest), ItemOutcome::Confirmed { .. }));
        if max.is_some() {
            let longer = put(Some(&longest), &format!("{longest}x"));
            assert!(matches!(longer, ItemOutcome::Refused { .. }), "{longer:?}");
        }
        let held = state(subject, "ada@example.com");
        assert_eq!(held.fields[&FieldName::new("notes")], longest);
    }
}
