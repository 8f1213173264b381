//! The changes of one member in, lines for a person out.

use std::fmt::Write;

use crate::text::printable;
use crate::{
    diff::{ChangeKind, Names},
    model::{Action, Attribute, Change, Reason, Side},
};

/// What a kind of change does, as a phrase: `add tag "VIP"`.
pub fn kind_phrase(kind: ChangeKind, names: &Names) -> String {
    phrase(kind.side, kind.action, &names.attribute(kind.what), kind.reason)
}

/// The same without its reason: `+ add tag "VIP"`.
pub(super) fn brief_phrase(kind: ChangeKind, names: &Names) -> String {
    deed(kind.side, kind.action, &names.attribute(kind.what))
}

fn phrase(side: Side, action: Action, attribute: &Attribute, reason: Reason) -> String {
    format!("{}: {}", deed(side, action, attribute), reason.sentence())
}

fn deed(side: Side, action: Action, attribute: &Attribute) -> String {
    let place = match side {
        Side::Site => "",
        Side::Contacts => " in the contact system",
    };
    let what = match (action, attribute) {
        (Action::Create, Attribute::User | Attribute::Contact) => format!("create the {attribute}"),
        (Action::Create, _) => format!("with {attribute}"),
        (Action::Update, Attribute::SourceKey(_)) => format!("remember the {attribute}"),
        (Action::Update, _) => format!("set {attribute}"),
        (Action::Link, _) => "link the user to its contact".to_owned(),
        (Action::Relink, _) => "link the user to another contact".to_owned(),
        (Action::Rename, _) => format!("change the {attribute}"),
        (Action::AddTag, _) => format!("add {attribute}"),
        (Action::RemoveTag, _) => format!("remove {attribute}"),
        (Action::Nothing, _) => format!("leave {attribute}"),
        (Action::Conflict, _) => format!("conflict about the {attribute}"),
        (Action::Hold, _) => format!("block {attribute}"),
    };
    format!("{} {what}{place}", action.mark())
}

/// A value as a person reads it; control characters shown, not sent to the terminal.
pub(crate) fn shown(value: Option<&str>) -> String {
    match value {
        None => "(none)".to_owned(),
        Some(text) => format!("\"{}\"", printable(text)),
    }
}

/// What a change does and why, with its values, as a person reads it.
pub fn change_phrase(change: &Change) -> String {
    let line = phrase(change.side, change.action, &change.attribute, change.reason);
    let values = || {
        format!(
            "{line}; {} -> {}",
            shown(change.before.as_deref()),
            shown(change.after.as_deref())
        )
    };
    match (&change.attribute, change.action) {
        (Attribute::Tag(_) | Attribute::Contact, _) | (Attribute::User, Action::Hold) => line,
        (Attribute::ContactLink, Action::Conflict) => {
            format!("{line}; it is {}", shown(change.before.as_deref()))
        }
        // The contact to be made has no ID yet.
        (Attribute::ContactLink, _) if change.before.is_none() && change.after.is_none() => line,
        _ => values(),
    }
}

/// One member's changes, a line each, with values before and after.
pub fn member_text(email: &str, changes: &[Change]) -> String {
    let mut text = format!("{email}\n");
    for change in changes {
        let _ = writeln!(text, "  {}", change_phrase(change));
    }
    text
}
