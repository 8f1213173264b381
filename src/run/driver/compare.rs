//! A member now, and what a request wants: applied, still missing, or changed since.

use crate::model::{Action, Attribute, Change, MemberState, MemberWrite, Side};

/// The member compared with what is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Everything is in place.
    Done,
    /// These changes are not.
    Missing(Vec<Change>),
    /// Something has neither its old value nor the new one: what, for people.
    Moved(String),
}

/// Compares.
pub(crate) fn compare(write: &MemberWrite, there: &MemberState) -> Standing {
    let mut missing = Vec::new();
    for change in &write.changes {
        let resolved;
        let wanted = match (&change.attribute, &change.after, &write.contact_id) {
            // The ID was not known when the difference was computed, and is now.
            (Attribute::ContactLink, None, Some(id)) => {
                resolved = Change {
                    after: Some(id.to_string()),
                    ..change.clone()
                };
                &resolved
            }
            _ => change,
        };
        // A contact that is known and cannot be seen yet (just created, or given another address, where reads lag)
        // says nothing about its tags.
        let unseen = change.side == Side::Contacts
            && change.action == Action::RemoveTag
            && write.contact_id.is_some()
            && there.contact_ids.is_empty();
        if unseen {
            missing.push(change.clone());
            continue;
        }
        if there.has(wanted) {
            continue;
        }
        if there.moved(wanted) {
            return Standing::Moved(what_moved(change, there));
        }
        missing.push(change.clone());
    }
    if missing.is_empty() {
        Standing::Done
    } else {
        Standing::Missing(missing)
    }
}

fn what_moved(change: &Change, there: &MemberState) -> String {
    let say = |value: Option<&str>| value.map_or_else(|| "nothing".to_owned(), |value| format!("{value:?}"));
    format!(
        "{}: was {}, is now {}",
        change.attribute,
        say(change.before.as_deref()),
        say(there.value(&change.attribute))
    )
}
