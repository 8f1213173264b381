//! Requests of the contract tests, as the engine makes them.

use super::subject::Subject;
use crate::model::{
    Action, Attribute, Change, ContactId, Email, Fault, FieldName, ItemOutcome, MemberState, MemberWrite,
    Operation, Payload, Reason, Request, RequestId, Side, TagName,
};

/// Performs as the engine will: contacts first and then tags where the system keeps them apart.
pub(crate) fn write(
    subject: &mut dyn Subject,
    next: &mut u64,
    email: &str,
    id: Option<ContactId>,
    changes: Vec<Change>,
) -> Result<ItemOutcome, Fault> {
    let is_tag = |change: &Change| matches!(change.attribute, Attribute::Tag(_));
    let parts = match subject.side() {
        Side::Site => vec![(Operation::Members, changes)],
        Side::Contacts => {
            let (tags, rest): (Vec<_>, Vec<_>) = changes.into_iter().partition(is_tag);
            vec![(Operation::Contacts, rest), (Operation::ContactTags, tags)]
        }
    };
    let mut contact_id = id;
    let mut last = None;
    for (operation, changes) in parts.into_iter().filter(|(_, changes)| !changes.is_empty()) {
        *next += 1;
        let outcome = subject.perform(&request(*next, operation, email, contact_id.clone(), changes))?;
        let outcome = outcome.items.into_iter().next().unwrap().1;
        if let ItemOutcome::Confirmed { contact_id: Some(id) } = &outcome {
            contact_id = Some(id.clone());
        }
        last = Some(outcome);
    }
    Ok(match last.unwrap() {
        // Not every operation names the contact once more.
        ItemOutcome::Confirmed { contact_id: None } => ItemOutcome::Confirmed { contact_id },
        other => other,
    })
}

pub(crate) fn request(
    id: u64,
    operation: Operation,
    email: &str,
    contact_id: Option<ContactId>,
    changes: Vec<Change>,
) -> Request {
    Request {
        id: RequestId(id),
        operation,
        granted_by: "lumen".to_owned(),
        was: Vec::new(),
        offerings: Vec::new(),
        jobs: Vec::new(),
        tags: Vec::new(),
        payload: Payload::Members(vec![MemberWrite {
            seq: 3,
            email: Email::from_normalised(email).unwrap(),
            contact_id,
            expect: crate::model::Preconditions::default(),
            changes,
        }]),
    }
}

pub(crate) fn state(subject: &mut dyn Subject, email: &str) -> MemberState {
    let asked = request(0, Operation::Members, email, None, vec![]);
    let mut looked = subject.look(&asked).unwrap();
    assert_eq!(looked[0].0, 3);
    looked.remove(0).1
}

pub(crate) fn change(
    side: Side,
    action: Action,
    attribute: Attribute,
    before: Option<&str>,
    after: Option<&str>,
) -> Change {
    Change {
        side,
        action,
        attribute,
        reason: Reason::Granted,
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    }
}

pub(crate) fn newcomer(side: Side) -> Vec<Change> {
    let update = |attribute, before, after| change(side, Action::Update, attribute, before, after);
    vec![
        change(side, Action::Create, Attribute::Contact, None, Some("there")),
        update(Attribute::FirstName, None, Some("Ada")),
        update(Attribute::OptedOut, Some("no"), Some("yes")),
        update(Attribute::Field(FieldName::new("phone")), None, Some("+1 (23) ä")),
        change(
            side,
            Action::AddTag,
            Attribute::Tag(TagName::new("VIP")),
            None,
            Some("held"),
        ),
    ]
}

/// Creates the tag, unless the system creates it with the first member who gets it.
pub(crate) fn tag(subject: &mut dyn Subject, id: u64) {
    if !subject.capabilities().tag_rules.creates {
        return;
    }
    let request = Request {
        id: RequestId(id),
        operation: Operation::Tag,
        granted_by: "lumen".to_owned(),
        was: Vec::new(),
        offerings: Vec::new(),
        jobs: Vec::new(),
        tags: Vec::new(),
        payload: Payload::Tag(TagName::new("VIP")),
    };
    let answer = subject.perform(&request).unwrap();
    assert!(matches!(answer.items[..], [(0, ItemOutcome::Confirmed { .. })]));
}

pub(crate) fn rename(side: Side, old: &str, new: &str) -> Change {
    change(side, Action::Rename, Attribute::Address, Some(old), Some(new))
}
