//! Differences, findings, runs and states in; text and JSON out. Meaning never depends on colour.

mod accounting;
mod amount;
mod audit;
mod audit_text;
mod coverage;
mod difference;
mod difference_json;
mod difference_markdown;
mod explain;
mod explain_text;
mod finding;
mod gone;
mod graph;
mod list_csv;
mod logins;
mod member_lines;
mod members;
mod plural;
mod printable;
mod profiles;
mod reconciliation;
mod shape_groups;
mod table;

pub use amount::amount;
pub use audit::{
    Audit, AuditFile, AuditMember, AuditOffering, AuditView, NOT_MOVED, audit, audit_csv, findings_csv,
};
pub use audit_text::{audit_json, audit_text};
pub use coverage::{coverage_json, coverage_text};
pub use difference::{Detail, DifferenceView, difference_text};
pub use difference_json::difference_json;
pub use difference_markdown::{MARKDOWN_BUDGET, difference_markdown};
pub use explain::{
    ChangeStory, Coded, ConditionStory, ConsentSaid, DisputeStory, FindingStory, Gives, MemberStory,
    OriginStory, OtherValue, RecordStory, ValueStory, WantedStory,
};
pub use explain_text::{explain_json, explain_text};
pub use finding::{FindingPlace, findings_text};
pub use gone::{GoneRow, gone_rows};
pub use graph::{graph_dot, graph_json, graph_text};
pub use list_csv::{guarded, list_csv};
pub use logins::LoginRow;
pub use member_lines::{change_phrase, kind_phrase, member_text};
pub use members::{MemberRow, members_csv, members_json, members_text};
pub use plural::counted;
pub use printable::printable;
pub use profiles::{profile_text, profiles_text};
pub use table::Table;
