//! What systems hold now in, a member a line out: text, CSV, JSON.

use std::{collections::BTreeMap, io::Write};

use serde::Serialize;
use serde_json::json;

use super::list_csv::guarded;
use crate::text::Table;
use crate::text::printable;

/// One member as the site and the contact system hold them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MemberRow {
    /// Normalised address.
    pub email: String,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// The user's login.
    pub login: Option<String>,
    /// Whether there is a user.
    pub user: bool,
    /// The contact's ID.
    pub contact_id: Option<String>,
    /// Refused marketing.
    pub opted_out: bool,
    /// Keys of the plan's offerings with effective access.
    pub offerings: Vec<String>,
    /// Names of all tags held, an offering's own included.
    pub tags: Vec<String>,
    /// Fields that have a value.
    pub fields: BTreeMap<String, String>,
}

/// Version 1: `{ "version": 1, "members": [ ... ] }`, a member a line.
pub fn members_json(rows: &[MemberRow], to: &mut dyn Write) -> std::io::Result<()> {
    writeln!(to, "{{ \"version\": 1, \"members\": [")?;
    for (at, row) in rows.iter().enumerate() {
        let comma = if at + 1 == rows.len() { "" } else { "," };
        writeln!(to, "  {}{comma}", json!(row))?;
    }
    writeln!(to, "] }}")
}

/// A header line, then a member a line. A cell that a spreadsheet would take for a formula gets an
/// apostrophe in front.
pub fn members_csv(rows: &[MemberRow], to: &mut dyn Write) -> std::io::Result<()> {
    let mut csv = csv::Writer::from_writer(to);
    let fields: Vec<&String> = {
        let mut all: Vec<&String> = rows.iter().flat_map(|row| row.fields.keys()).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let fixed = [
        "email",
        "first_name",
        "last_name",
        "login",
        "user",
        "contact_id",
        "opted_out",
        "offerings",
        "tags",
    ];
    csv.write_record(fixed.into_iter().chain(fields.iter().map(|field| field.as_str())))?;
    let yes = |value| if value { "yes" } else { "no" }.to_owned();
    for row in rows {
        let own = [
            row.email.clone(),
            row.first_name.clone().unwrap_or_default(),
            row.last_name.clone().unwrap_or_default(),
            row.login.clone().unwrap_or_default(),
            yes(row.user),
            row.contact_id.clone().unwrap_or_default(),
            yes(row.opted_out),
            row.offerings.join("; "),
            row.tags.join("; "),
        ];
        let more = fields
            .iter()
            .map(|field| row.fields.get(*field).cloned().unwrap_or_default());
        csv.write_record(own.into_iter().chain(more).map(guarded))?;
    }
    csv.flush()
}

/// A table for people.
pub fn members_text(rows: &[MemberRow]) -> String {
    let mut table = Table::new(5, &["email", "name", "contact", "offerings", "tags"]);
    for row in rows {
        let names = [&row.first_name, &row.last_name];
        let name: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
        let contact = row.contact_id.clone().unwrap_or_else(|| "-".to_owned());
        table.row([
            row.email.clone(),
            printable(&name.join(" ")).into_owned(),
            if row.user {
                contact
            } else {
                format!("{contact} (no user)")
            },
            row.offerings.join(", "),
            printable(&row.tags.join(", ")).into_owned(),
        ]);
    }
    table.text("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_a_spreadsheet_would_run_is_guarded() {
        let row = MemberRow {
            email: "a@example.com".to_owned(),
            first_name: Some("=HYPERLINK(\"x\")".to_owned()),
            last_name: None,
            login: None,
            user: false,
            contact_id: None,
            opted_out: false,
            offerings: Vec::new(),
            tags: Vec::new(),
            fields: BTreeMap::new(),
        };
        let mut csv = Vec::new();
        members_csv(&[row], &mut csv).expect("written");
        assert!(String::from_utf8(csv).expect("text").contains("\"'=HYPERLINK"));
    }
}
