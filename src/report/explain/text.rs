//! The story of one member in; its text in five steps, and its JSON, out.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::{
    model::{Attribute, MemberState},
    report::{Gives, MemberStory, RecordStory, difference::member_lines::shown, logins::login_line},
    text::{counted, printable},
};

/// Version 1 of the story as JSON.
pub fn explain_json(story: &MemberStory) -> Value {
    let mut value = json!(story);
    value["version"] = json!(1);
    value
}

/// The story as text, in five steps.
pub fn explain_text(story: &MemberStory) -> String {
    let mut text = format!("{}: {}\n", story.email, summary(story));
    let _ = writeln!(
        text,
        "\n1. {}",
        counted(story.records.records.len() as u64, "record")
    );
    for record in &story.records.records {
        record_lines(&mut text, record);
    }
    for away in &story.records.turned_away {
        let _ = writeln!(
            text,
            "   {}: rejected, {} ({})",
            away.place, away.what.sentence, away.what.code
        );
    }
    text.push_str("\n2. Names, fields and consent\n");
    origin_lines(&mut text, story);
    text.push_str("\n3. Wanted, from all records together\n");
    wanted_lines(&mut text, story);
    text.push_str("\n4. Now\n");
    there_lines(&mut text, story);
    text.push_str("\n5. Changes\n");
    change_lines(&mut text, story);
    if !story.findings.is_empty() {
        text.push_str("\nFindings\n");
    }
    for finding in &story.findings {
        let other = finding
            .other
            .as_ref()
            .map_or(String::new(), |other| format!(" and {other}"));
        let _ = writeln!(
            text,
            "   {} {}{other}: {}{}",
            finding.what.code,
            finding.place,
            finding.what.sentence,
            detail(&finding.detail)
        );
    }
    text
}

fn detail(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!(": {}", shown(Some(text)))
    }
}

fn summary(story: &MemberStory) -> String {
    if story.records.records.is_empty() {
        let away = if story.records.turned_away.is_empty() {
            "not in any source of this plan"
        } else {
            "only in rejected records"
        };
        if story.changes.gone.is_empty() && story.changes.changes.is_empty() {
            return format!("{away}, so nothing changes");
        }
        let loses = if story.changes.loses.is_empty() {
            String::new()
        } else {
            format!("; LOSES {}", story.changes.loses.join(", "))
        };
        let gains = if story.changes.gains.is_empty() {
            String::new()
        } else {
            format!("; gains {}", story.changes.gains.join(", "))
        };
        if story.changes.gone.is_empty() {
            return format!("{away}{gains}{loses}");
        }
        return format!(
            "{away}, and missing from {}{loses}",
            story.changes.gone.join(", ")
        );
    }
    let who = match (&story.wanted.left_out, story.wanted.user, story.wanted.contact) {
        (Some(reason), _, _) => format!("left out, {}", reason.sentence),
        (None, true, _) => "wanted as user and contact".to_owned(),
        (None, false, _) => "wanted as contact only".to_owned(),
    };
    let mut parts = vec![who];
    if !story.changes.gains.is_empty() {
        parts.push(format!("gains {}", story.changes.gains.join(", ")));
    }
    if !story.changes.loses.is_empty() {
        parts.push(format!("LOSES {}", story.changes.loses.join(", ")));
    }
    if !story.now.both.is_empty() {
        parts.push(format!(
            "has access and revoke tags at once for {}",
            story.now.both.join(", ")
        ));
    }
    if story.changes.changes.iter().any(|change| !change.carried_out) {
        parts.push("some changes are blocked or left alone".to_owned());
    }
    if story.changes.changes.is_empty() {
        parts.push("nothing to change".to_owned());
    }
    parts.join("; ")
}

fn record_lines(text: &mut String, record: &RecordStory) {
    let _ = writeln!(text, "   {}", record.place);
    for value in &record.values {
        let met = match &value.column {
            Some(column) => format!("{} {}", printable(column), shown(Some(&value.value))),
            None => "every row".to_owned(),
        };
        let line = match (&value.line, &value.at) {
            (Some(line), Some(at)) if *line != value.value => format!("  ({at}, {})", shown(Some(line))),
            (_, Some(at)) => format!("  ({at})"),
            _ => String::new(),
        };
        let _ = writeln!(text, "     {met} -> {}{line}", printable(&value.effect));
        for condition in &value.conditions {
            let is = if condition.met { "is" } else { "is not" };
            let _ = writeln!(
                text,
                "       when {} {is} {}: it is {}",
                printable(&condition.column),
                printable(&condition.asks),
                shown(Some(&condition.value))
            );
        }
    }
    if let Some(became) = &record.became {
        let _ = writeln!(text, "     {became}");
    }
    let _ = writeln!(text, "     alone it gives {}", gives(&record.gives));
}

fn gives(gives: &Gives) -> String {
    let mut parts = Vec::new();
    for (word, list) in [
        ("access to", &gives.grants),
        ("a revoke of", &gives.revokes),
        ("the tags", &gives.tags),
    ] {
        if !list.is_empty() {
            parts.push(format!("{word} {}", printable(&list.join(", "))));
        }
    }
    if parts.is_empty() {
        "nothing".to_owned()
    } else {
        parts.join("; ")
    }
}

fn origin_lines(text: &mut String, story: &MemberStory) {
    for origin in &story.person.origins {
        let split = if origin.split {
            ", split from the full name"
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "   {} {}  ({}{split})",
            origin.what,
            shown(Some(&origin.value)),
            origin.place
        );
        let counts = if origin.what == Attribute::Registered.to_string() {
            "earliest"
        } else {
            "first"
        };
        for other in &origin.others {
            let _ = writeln!(
                text,
                "     not {}, the value in {}: the {counts} counts",
                shown(Some(&other.value)),
                other.place
            );
        }
    }
    let consent = if story.person.opted_out {
        "opted out"
    } else {
        "not opted out"
    };
    let _ = writeln!(text, "   consent: {consent}");
    for said in &story.person.consent {
        let _ = writeln!(
            text,
            "     {} has {}: {}",
            said.place,
            shown(Some(&said.value)),
            said.means
        );
    }
}

fn wanted_lines(text: &mut String, story: &MemberStory) {
    if let Some(reason) = &story.wanted.left_out {
        let _ = writeln!(text, "   left out: {} ({})", reason.sentence, reason.code);
    }
    for access in &story.wanted.access {
        let _ = writeln!(
            text,
            "   access to {}, granted {}  ({})",
            access.what,
            access.how,
            access.places.join(", ")
        );
    }
    for tag in &story.wanted.tags {
        let _ = writeln!(
            text,
            "   tag \"{}\", mapped  ({})",
            printable(&tag.what),
            tag.places.join(", ")
        );
    }
    for revoke in &story.wanted.revokes {
        let _ = writeln!(
            text,
            "   {} is revoked, and no record grants it  ({})",
            revoke.what,
            revoke.places.join(", ")
        );
    }
    for dispute in &story.wanted.disputes {
        let _ = writeln!(
            text,
            "   {} is granted by {} and revoked by {}; the grant counts",
            dispute.offering,
            dispute.granted_by.join(", "),
            dispute.revoked_by.join(", ")
        );
    }
    if let Some(login) = &story.wanted.login {
        let _ = writeln!(text, "   {}", login_line(login));
    }
    for offering in &story.changes.gone {
        let _ = writeln!(
            text,
            "   missing from {offering}: every source that can grant it is complete, and none lists this member with it"
        );
    }
    if story.records.records.is_empty() && story.changes.gone.is_empty() {
        text.push_str("   nothing\n");
    }
}

fn there_lines(text: &mut String, story: &MemberStory) {
    let mut place = |name: &str, state: Option<&MemberState>| match state {
        None => {
            let _ = writeln!(text, "   {name}: no user or contact");
        }
        Some(state) => {
            let other = state.address.as_ref().filter(|there| **there != story.email);
            let under = other.map_or(String::new(), |there| format!(" under {}", printable(there)));
            state_lines(text, &format!("{name}{under}"), state);
        }
    };
    place("on the site", story.now.site.as_ref());
    if story.now.has_contact_system {
        place("in the contact system", story.now.contacts.as_ref());
    }
    if story.now.site.is_some() {
        let has = if story.now.has.is_empty() {
            "nothing".to_owned()
        } else {
            story.now.has.join(", ")
        };
        let _ = writeln!(text, "   effective access now: {has}");
    }
    if !story.now.shares_contact_with.is_empty() {
        let _ = writeln!(
            text,
            "   the same contact ID belongs to {}",
            story.now.shares_contact_with.join(", ")
        );
    }
}

fn state_lines(text: &mut String, name: &str, state: &MemberState) {
    let who = match &state.login {
        Some(login) => format!("user {}", shown(Some(login))),
        None => "no user".to_owned(),
    };
    let more = if state.privileged {
        ", has more than subscriber rights"
    } else {
        ""
    };
    let ids: Vec<&str> = state
        .contact_ids
        .iter()
        .map(crate::model::ContactId::as_str)
        .collect();
    let contact = if ids.is_empty() {
        "no contact ID".to_owned()
    } else {
        format!("contact ID {}", printable(&ids.join(", ")))
    };
    let _ = writeln!(text, "   {name}: {who}{more}, {contact}");
    for (what, value) in [("first name", &state.first_name), ("last name", &state.last_name)] {
        if value.is_some() {
            let _ = writeln!(text, "     {what} {}", shown(value.as_deref()));
        }
    }
    for (field, value) in &state.fields {
        let _ = writeln!(text, "     field {field} {}", shown(Some(value)));
    }
    if state.opted_out {
        text.push_str("     opted out\n");
    }
    for tag in &state.tags {
        let _ = writeln!(text, "     tag \"{}\"", printable(tag.as_str()));
    }
}

fn change_lines(text: &mut String, story: &MemberStory) {
    if story.changes.changes.is_empty() {
        text.push_str("   none\n");
    }
    for (carried_out, title) in [(true, None), (false, Some("   listed, not applied:\n"))] {
        let mut title = title;
        for change in story
            .changes
            .changes
            .iter()
            .filter(|change| change.carried_out == carried_out)
        {
            if let Some(title) = title.take() {
                text.push_str(title);
            }
            let records = if change.records.is_empty() {
                String::new()
            } else {
                format!("  ({})", change.records.join(", "))
            };
            let _ = writeln!(text, "   {}{records}", change.text);
        }
    }
}
