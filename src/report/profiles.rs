//! The profiles of exports in, what each knows and how surely out.

use std::fmt::Write;

use crate::{
    model::{Profile, RowShape},
    text::Table,
};

/// A line a profile.
pub fn profiles_text(profiles: &[Profile]) -> String {
    let mut table = Table::new(2, &["profile", "what it reads"]);
    for profile in profiles {
        table.row([profile.name.clone(), profile.title.clone()]);
    }
    format!(
        "{}\nTo see one in full: rehome profiles NAME. To use one in a plan: [sources.KEY] with profile = \"NAME\".\n",
        table.text("")
    )
}

/// One profile: what a row is, the columns it knows, how surely, and how a plan uses it.
pub fn profile_text(profile: &Profile) -> String {
    let shape = match profile.shape {
        RowShape::Person => "one person",
        RowShape::PersonProduct => "one person and one product; a person may have several rows",
        RowShape::Event => "one payment, refund or attempt; the rows of a person are combined by date",
    };
    let mut text = format!("{}: {}\n\nOne row is {shape}.\n\n", profile.name, profile.title);
    let mut table = Table::new(2, &["what", "columns, best first"]);
    for (what, columns) in [
        ("email address", &profile.email),
        ("first name", &profile.first_name),
        ("last name", &profile.last_name),
        ("whole name", &profile.full_name),
    ] {
        let shown = if columns.is_empty() {
            "(the plan names it: columns = { ... })".to_owned()
        } else {
            columns.join(", ")
        };
        table.row([what.to_owned(), shown]);
    }
    if let Some(event) = &profile.event {
        for (what, columns) in [
            ("ID of the event", &event.id),
            ("ID of the order", &event.order),
            ("date", &event.date),
            ("amount", &event.amount),
            ("currency", &event.currency),
            ("what happened", &event.kind),
            ("status", &event.status),
        ] {
            table.row([what.to_owned(), columns.join(", ")]);
        }
        let kinds = event.kinds.values().flatten();
        table.row(["words".to_owned(), kinds.cloned().collect::<Vec<_>>().join(", ")]);
        let statuses = event.statuses.values().flatten();
        table.row([String::new(), statuses.cloned().collect::<Vec<_>>().join(", ")]);
    }
    for (column, separator) in &profile.lists {
        table.row([
            "several values".to_owned(),
            format!("{column}, separated by \"{separator}\""),
        ]);
    }
    text.push_str(&table.text("  "));
    let _ = writeln!(text, "\nConfidence: {}\n", profile.source_of_facts);
    let columns = if profile.email.is_empty() {
        "columns = { email = \"E-mail\", first_name = \"First\", last_name = \"Last\" }\n"
    } else {
        ""
    };
    let column = profile.lists.keys().next().map_or("Product", String::as_str);
    let _ = write!(
        text,
        "In a plan:\n\n  [sources.people]\n  profile = \"{}\"\n  file = \"exports/people.csv\"\n{}\n  [sources.people.map.\"{column}\"]\n  \"A title as the export writes it\" = {{ grant = \"an-offering\" }}\n",
        profile.name,
        indented(columns)
    );
    text
}

fn indented(line: &str) -> String {
    if line.is_empty() {
        String::new()
    } else {
        format!("  {line}")
    }
}
