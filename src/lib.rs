//! Rehome moves the members of a course or membership business to `AccessAlly` on WordPress.
//!
//! A plan in TOML says what the values in the exports of the old platform mean. Rehome reads the exports and the site,
//! shows the difference for sign-off, and applies exactly that difference. It can be killed at any moment and resumed.
//!
//! # One way through
//!
//! ```text
//! plan text ------> Plan --+
//!                          +--> Wanted --+
//! exports --> records -----+             +--> Difference --> change set --> steps --> run --> journal
//!                                        |        |                          |         |
//! site, contact system ----> Observed ---+        +--> reports               |         +--> systems
//!                                                                            +--> `rehome graph`
//! ```
//!
//! # Layers
//!
//! Each module is a layer and uses only layers above it in this table; a test reads the code and enforces it.
//! Everything up to [`graph`] is pure (no clock, network, terminal or file), except that [`sources`] reads exports and
//! [`changeset`] reads and writes its file.
//!
//! | layer | in | out |
//! |---|---|---|
//! | [`text`], [`model`], [`diagnostics`] | | the words, nouns and errors that all layers share |
//! | [`letter`] | Markdown with merge fields | emails |
//! | [`people`] | raw text | normalised addresses, names, dates, numbers |
//! | [`plan`] | TOML | a validated [`Plan`](plan::Plan), or everything that is wrong with it |
//! | [`sources`] | bytes of exports | records |
//! | [`wanted`] | a plan and records | what every member should have |
//! | [`check`] | a plan and what was read | what is wrong or doubtful |
//! | [`diff`] | wanted and observed | changes, each with an action and a reason |
//! | [`changeset`] | a difference | one file to sign and apply, and back |
//! | [`graph`] | a change set | the steps of its run, in order |
//! | [`systems`] | operations | outcomes, over HTTP or in the embedded site |
//! | [`journal`] | what a run does | what it did, after any kill |
//! | [`run`] | steps and systems | the change set, applied |
//! | [`report`] | any of these | text, Markdown, JSON |
//! | [`app`], [`cli`] | files, environment, arguments | all of it, wired |
//!
//! # Example
//!
//! A plan and an export in, a difference out. The embedded site does not exist yet, so all members are new.
//!
//! ```
//! use rehome::app::{Moment, NullSink, PlanFile, compute};
//! use rehome::diff::Accepted;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! std::fs::write(
//!     folder.path().join("people.csv"),
//!     "Email,Course\nAda@Example.com,Photography 101\nben@example.org,None\n",
//! )?;
//! let plan = folder.path().join("plan.toml");
//! std::fs::write(
//!     &plan,
//!     r#"
//!         [migration]
//!         name = "example"
//!
//!         [site]
//!         kind = "local"
//!         path = "site.sqlite"
//!
//!         [contacts]
//!         system = "managed"
//!
//!         [offerings.photo-101]
//!         name = "Photography 101"
//!
//!         [sources.people]
//!         profile = "table"
//!         file = "people.csv"
//!         columns = { email = "Email" }
//!
//!         [sources.people.map.Course]
//!         "Photography *" = { grant = "photo-101" }
//!         "None" = { ignore = "bought nothing" }
//!     "#,
//! )?;
//!
//! let plan = PlanFile::read(&plan, None)?;
//! let moment = Moment { now_ms: 1_794_787_200_000, last_write_ms: None };
//! let computed = compute(&plan, moment, Accepted::default(), None, &mut NullSink, &())?;
//!
//! assert_eq!(computed.difference.totals.counts.gain, 1);
//! # Ok(())
//! # }
//! ```
//!
//! # Stability
//!
//! The crate exists for the program `rehome` and its tests; its functions and types may change in any version. Files
//! that outlive a version (change sets, journals, JSON output) have versions of their own.
pub mod app;
pub mod changeset;
pub mod check;
pub mod cli;
pub mod diagnostics;
pub mod diff;
pub mod graph;
pub mod journal;
pub mod letter;
pub mod model;
pub mod people;
pub mod plan;
pub mod report;
pub mod run;
pub mod sources;
pub mod systems;
pub mod text;
pub mod wanted;
