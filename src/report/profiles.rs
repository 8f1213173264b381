//! Profiles in; what each reads, what it knows and how certain that is out.

use std::fmt::Write;

use crate::{
    plan::{Certainty, Profile, RowShape},
    text::Table,
};

/// One line per profile.
pub fn profiles_text(profiles: &[Profile]) -> String {
    let mut table = Table::new(2, &["profile", "one row is", "confidence", "what it reads"]);
    for profile in profiles {
        let confidence = certainty(profile.certainty);
        let shape = shape(profile.shape).to_owned();
        table.row([
            profile.name.clone(),
            shape,
            confidence.to_owned(),
            profile.title.clone(),
        ]);
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
    let rules = profile.rules();
    if !rules.is_empty() {
        text.push_str("\nIt says of the export (`statuses` is a proposal: add the table to the plan, with each word of `choose` in another list):\n\n");
        for line in rules {
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

/// What a row is, in a word or two.
fn shape(shape: RowShape) -> &'static str {
    match shape {
        RowShape::Person => "a person",
        RowShape::PersonProduct => "a person and a product",
        RowShape::Event => "a payment",
    }
}

/// All profiles as a page in Markdown: what a row is, how certain the facts are, and where they come from.
pub fn profiles_page(profiles: &[Profile]) -> String {
    let mut text = String::from(
        "# Profiles\n\nWritten by `REHOME_WRITE_DOCS=1 cargo test --test it profiles` from the files in `src/sources/profiles/`, and compared\nwith them in every test run. Each profile has an example of invented rows, and the test `every_profile_reads_its_own_example`\ncompares what is read of it. `rehome profiles NAME` shows one in full.\n\nMeasured means: seen in an export or in the code that writes it. Documented means: from the vendor's pages or from programs\nthat read the export. Assumed means: not confirmed yet; compare the columns with the first row of your file and confirm them.\n\n| profile | reads | one row is | confidence | facts |\n|---|---|---|---|---|\n",
    );
    for profile in profiles {
        let facts = profile.facts.replace('|', "\\\\|");
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {facts} |",
            profile.name,
            profile.title,
            shape(profile.shape),
            certainty(profile.certainty),
        );
    }
    text
}

fn certainty(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Measured => "measured",
        Certainty::Documented => "documented",
        Certainty::Assumed => "assumed",
    }
}
