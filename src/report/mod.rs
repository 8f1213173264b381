//! Differences, findings, runs and states in; text and JSON out. Meaning never depends on colour.
//!
//! Reports compute nothing that decides: text, Markdown and JSON show the same values, so that what is signed is
//! what a program reads.

mod accounting;
mod audit;
mod coded;
mod columns;
mod coverage;
mod difference;
mod explain;
mod finding;
mod gone;
mod graph;
mod list_csv;
mod logins;
mod members;
mod page;
mod profiles;
mod values;

pub use audit::figures::{
    Audit, AuditFile, AuditMember, AuditOffering, AuditView, NOT_MOVED, audit, audit_csv, findings_csv,
};
pub use audit::text::{audit_json, audit_text};
pub use coded::Coded;
pub use columns::{statuses_json, words_json, words_text};
pub use coverage::{coverage_json, coverage_text};
pub use difference::brief::difference_text;
pub use difference::json::difference_json;
pub use difference::markdown::{MARKDOWN_BUDGET, difference_markdown};
pub use difference::member_lines::{change_phrase, kind_phrase, member_text};
pub use difference::text::{Detail, unapplied_text};
pub use difference::view::DifferenceView;
pub use explain::story::{
    ChangeStory, ChangesStory, ConditionStory, ConsentSaid, DisputeStory, FindingStory, Gives, MemberStory,
    NowStory, OriginStory, OtherValue, PersonStory, RecordStory, RecordsStory, ValueStory, WantedSection,
    WantedStory,
};
pub use explain::text::{explain_json, explain_text};
pub use finding::{FindingPerson, FindingPlace, finding_counts_text, findings_text};
pub use gone::{GoneRow, gone_rows};
pub use graph::{graph_dot, graph_json, graph_text};
pub use list_csv::{guarded, list_csv};
pub use logins::LoginRow;
pub use members::{MemberRow, members_csv, members_json, members_text};
pub use page::document::Document;
pub use page::plan_page::{PAGE_NAMES, PageDetails, plan_page};
pub use profiles::{profile_text, profiles_page, profiles_text};
pub use values::{PersonOutcome, ValueRow, values_json, values_text};
