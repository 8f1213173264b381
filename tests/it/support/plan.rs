//! A small plan, told in sentences; its TOML, what the reader makes of it, or a folder to run it in.
//!
//! Only for tests that need some plan. Where the text of the plan is what a test is about, the test writes it out.

use std::fmt::Write as _;

use rehome::{
    diagnostics::{Diagnostics, render},
    plan::{self, Plan},
};

use crate::env::TestEnv;

/// Begins a plan of this name as of 2026-11-16: an embedded site that owns its contacts.
pub(crate) fn plan(name: &str) -> PlanBuilder {
    PlanBuilder {
        name: name.to_owned(),
        as_of: "2026-11-16",
        contacts: "system = \"managed\"\n".to_owned(),
        tables: String::new(),
        source: String::new(),
    }
}

/// A plan that is being written. Tables appear in the order of the calls.
#[derive(Debug, Clone)]
pub(crate) struct PlanBuilder {
    name: String,
    as_of: &'static str,
    contacts: String,
    tables: String,
    /// The key of the source that is being written.
    source: String,
}

impl PlanBuilder {
    /// The day of the plan.
    pub(crate) fn on(mut self, day: &'static str) -> Self {
        self.as_of = day;
        self
    }

    /// The contacts are in a practice CRM at this address, with the token that `Practice` takes.
    pub(crate) fn practice_crm(mut self, url: &str) -> Self {
        self.contacts = format!(
            "system = \"simulated\"\nurl = \"{url}\"\ntoken = {{ env = \"{}\" }}\n",
            crate::practice::TOKEN
        );
        self
    }

    /// An offering.
    pub(crate) fn offering(self, key: &str, name: &str) -> Self {
        self.toml(&format!("\n[offerings.{key}]\nname = \"{name}\""))
    }

    /// A tag that maps can name.
    pub(crate) fn tag(self, key: &str, name: &str) -> Self {
        self.toml(&format!("\n[tags.{key}]\nname = \"{name}\""))
    }

    /// A source: the table `KEY.csv`, whose addresses are in the column `Email`.
    pub(crate) fn source(self, key: &str) -> Self {
        self.table(key, &format!("{key}.csv"))
    }

    /// A source: the table in this file, whose addresses are in the column `Email`.
    pub(crate) fn table(self, key: &str, file: &str) -> Self {
        self.export(key, "table", file)
            .toml("columns = { email = \"Email\" }")
    }

    /// A source: the export in this file, which this profile reads.
    pub(crate) fn export(mut self, key: &str, profile: &str, file: &str) -> Self {
        key.clone_into(&mut self.source);
        self.toml(&format!(
            "\n[sources.{key}]\nprofile = \"{profile}\"\nfile = \"{file}\""
        ))
    }

    /// More `columns` of the source that was just begun.
    pub(crate) fn columns(mut self, more: &str) -> Self {
        let end = "\"Email\" }\n";
        assert!(self.tables.ends_with(end), "right after `source` or `table`");
        self.tables.truncate(self.tables.len() - " }\n".len());
        self.toml(&format!(", {more} }}"))
    }

    /// What every row of the source gives, as an inline table without its braces.
    pub(crate) fn each_row(self, gives: &str) -> Self {
        self.toml(&format!("each_row = {{ {gives} }}"))
    }

    /// Values of a column, each with the offering that it grants.
    pub(crate) fn map<const N: usize>(self, column: &str, grants: [(&str, &str); N]) -> Self {
        let entries = grants.map(|(value, offering)| (value, format!("grant = \"{offering}\"")));
        self.map_to(
            column,
            entries.each_ref().map(|(value, gives)| (*value, gives.as_str())),
        )
    }

    /// Values of a column, each with what it gives, as an inline table without its braces.
    pub(crate) fn map_to<const N: usize>(mut self, column: &str, entries: [(&str, &str); N]) -> Self {
        let bare = column.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let column = if bare {
            column.to_owned()
        } else {
            format!("\"{column}\"")
        };
        let _ = writeln!(self.tables, "\n[sources.{}.map.{column}]", self.source);
        for (value, gives) in entries {
            let _ = writeln!(self.tables, "\"{value}\" = {{ {gives} }}");
        }
        self
    }

    /// Anything else: keys of the table that was begun last, or whole tables.
    pub(crate) fn toml(mut self, lines: &str) -> Self {
        self.tables.push_str(lines);
        self.tables.push('\n');
        self
    }

    /// The plan as a file has it.
    pub(crate) fn text(&self) -> String {
        format!(
            "[migration]\nname = \"{}\"\nas_of = {}\n\n[site]\nkind = \"local\"\npath = \"site.sqlite\"\n\n\
             [contacts]\n{}{}",
            self.name, self.as_of, self.contacts, self.tables
        )
    }

    /// A folder with this plan in `plan.toml`.
    pub(crate) fn env(&self) -> TestEnv {
        TestEnv::with_plan(&self.text())
    }

    /// What the reader makes of the plan, which must be without errors.
    #[track_caller]
    pub(crate) fn read(&self) -> Plan {
        read_plan(&self.text())
    }
}

/// What the reader makes of the text of a plan without files of its own; it must be without errors.
#[track_caller]
pub(crate) fn read_plan(text: &str) -> Plan {
    let mut said = Diagnostics::default();
    let none = |_: &str| Err("no files".to_owned());
    let plan = plan::read(text, None, rehome::app::known(), &none, &mut said);
    let plan = plan.filter(|_| !said.has_errors());
    plan.unwrap_or_else(|| panic!("{}", render(&said, "plan.toml", text, false)))
}

#[test]
fn a_plan_is_what_its_sentences_say() {
    let builder = plan("school")
        .offering("photo-101", "Photo 101")
        .source("buyers")
        .columns("name = \"Name\"")
        .toml("key = \"Order No.\"")
        .map("Course", [("Photo", "photo-101")])
        .map_to("Order State", [("open", "ignore = \"not paid\"")]);
    assert_eq!(
        builder.text(),
        r#"[migration]
name = "school"
as_of = 2026-11-16

[site]
kind = "local"
path = "site.sqlite"

[contacts]
system = "managed"

[offerings.photo-101]
name = "Photo 101"

[sources.buyers]
profile = "table"
file = "buyers.csv"
columns = { email = "Email", name = "Name" }
key = "Order No."

[sources.buyers.map.Course]
"Photo" = { grant = "photo-101" }

[sources.buyers.map."Order State"]
"open" = { ignore = "not paid" }
"#
    );
    assert_eq!(builder.read().sources.len(), 1);
}
