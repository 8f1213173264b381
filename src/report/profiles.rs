//! Profiles in; what each reads, what it knows and how certain that is out.

use std::fmt::Write;

use crate::{
    plan::{Certainty, Profile, RowShape},
    text::Table,
};

/// One line per profile.
pub fn profiles_text(profiles: &[Profile]) -> String {
    let mut table = Table::new(2, &["profile", "what it reads", "confidence"]);
    for profile in profiles {
        let confidence = certainty(profile.certainty);
        table.row([profile.name.clone(), profile.title.clone(), confidence.to_owned()]);
    }
    format!(
        "{}\nTo see one in full: rehome profiles NAME. To use one in a plan: [sources.KEY] with profile = \"NAME\".\n",
        table.text("")
    )
}

/// One profile: what a row is, the columns it knows, how certain they are, and how a plan uses it.
pub fn profile_text(profile: &Profile) -> String {
    let shape = match profile.shape {
        RowShape::Person => "one person",
        RowShape::PersonProduct => "one person and one product; a person may have several rows",
        RowShape::Event => "one payment, refund or attempt; the rows of a person are combined by date",
    };
    let mut text = format!("{}: {}\n\nOne row is {shape}.\n\n", profile.name, profile.title);
    let mut table = Table::new(2, &["what", "columns, best first"]);
    let columns = &profile.columns;
    for (what, names) in [
        ("email address", &columns.email),
        ("first name", &columns.first_name),
        ("last name", &columns.last_name),
        ("whole name", &columns.full_name),
    ] {
        let shown = if names.is_empty() {
            "(the plan names it: columns = { ... })".to_owned()
        } else {
            names.join(", ")
        };
        table.row([what.to_owned(), shown]);
    }
    if let Some(event) = &profile.event {
        for (what, names) in [
            ("ID of the event", &event.id),
            ("ID of the order", &event.order),
            ("date", &event.date),
            ("amount", &event.amount),
            ("currency", &event.currency),
            ("what happened", &event.kind),
            ("status", &event.status),
        ] {
            table.row([what.to_owned(), names.join(", ")]);
        }
    }
    text.push_str(&table.text("  "));
    let settings = profile.settings();
    if !settings.is_empty() {
        text.push_str("\nIt sets, until the plan says otherwise:\n\n");
        for line in settings {
            let _ = writeln!(text, "  {line}");
        }
    }
    let confidence = certainty(profile.certainty);
    let stop = if profile.facts.is_empty() { "" } else { ". " };
    let _ = writeln!(text, "\nConfidence: {confidence}{stop}{}\n", profile.facts);
    let columns = if columns.email.is_empty() {
        "  columns = { email = \"Email\", first_name = \"First\", last_name = \"Last\" }\n"
    } else {
        ""
    };
    let column = profile.list_column().unwrap_or("Product");
    let _ = write!(
        text,
        "In a plan:\n\n  [sources.people]\n  profile = \"{}\"\n  file = \"exports/people.csv\"\n{columns}\n  [sources.people.map.\"{column}\"]\n  \"A title as the export writes it\" = {{ grant = \"an-offering\" }}\n",
        profile.name,
    );
    text
}

fn certainty(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Measured => "measured",
        Certainty::Documented => "documented",
        Certainty::Assumed => "assumed",
    }
}
