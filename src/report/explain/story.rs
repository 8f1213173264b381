//! All that is known of one member, from the records to the changes: plain data, made by `app`.

use serde::Serialize;

use crate::{
    model::{Change, MemberState},
    report::{LoginRow, coded::Coded},
};

/// A condition of an entry, and the record's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConditionStory {
    /// The column.
    pub column: String,
    /// What the record contains.
    pub value: String,
    /// What the line asks of it, in words: `one of active, trial`, `after 2026-01-01`.
    pub asks: String,
    /// The values that the line takes, where it takes a list of them.
    pub any_of: Vec<String>,
    /// The values that it leaves out, where it has a list of them.
    pub none_of: Vec<String>,
    /// Whether it is so.
    pub met: bool,
}

/// A value of a record, and what the plan makes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValueStory {
    /// The column; `None` if every row gives it.
    pub column: Option<String>,
    /// The value.
    pub value: String,
    /// The line of the plan that it meets, as written.
    pub line: Option<String>,
    /// Where that line is: `lumen.toml:83`.
    pub at: Option<String>,
    /// The line's conditions.
    pub conditions: Vec<ConditionStory>,
    /// What it gives, in words.
    pub effect: String,
}

/// What one record alone gives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Gives {
    /// Offerings granted.
    pub grants: Vec<String>,
    /// Offerings revoked, unless another record grants them.
    pub revokes: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordStory {
    /// File and line: `exports/people.csv:12`.
    pub place: String,
    /// The source's key.
    pub source: String,
    /// Its mapped values.
    pub values: Vec<ValueStory>,
    /// What it alone gives.
    pub gives: Gives,
    /// What became of it, where it is a payment or refund.
    pub became: Option<String>,
}

/// A value that another record has, and that does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OtherValue {
    /// The value.
    pub value: String,
    /// Where it is.
    pub place: String,
}

/// A name or field, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OriginStory {
    /// `first name`, `last name`, `field phone`.
    pub what: String,
    /// The value.
    pub value: String,
    /// The record that it comes from.
    pub place: String,
    /// True if it was made from a column with the whole name.
    pub split: bool,
    /// Other values, which do not count.
    pub others: Vec<OtherValue>,
}

/// What one record says of consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsentSaid {
    /// The record.
    pub place: String,
    /// The value.
    pub value: String,
    /// `opted out`, `not opted out` or `not a value that the plan lists`.
    pub means: &'static str,
}

/// An offering or tag that all records together give, and which of them do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WantedStory {
    /// The offering's key, or the tag's name.
    pub what: String,
    /// `directly`, or `by the bundle complete`; blank for tags and revokes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub how: String,
    /// The records.
    pub places: Vec<String>,
}

/// An offering that one record grants and another revokes: the grant counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DisputeStory {
    /// The offering's key.
    pub offering: String,
    /// The records that grant it.
    pub granted_by: Vec<String>,
    /// The records that revoke it.
    pub revoked_by: Vec<String>,
}

/// A finding about the member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingStory {
    /// What.
    #[serde(flatten)]
    pub what: Coded,
    /// Where.
    pub place: String,
    /// A second record.
    pub other: Option<String>,
    /// The value that it is about.
    pub detail: String,
}

/// A change, and the records behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangeStory {
    /// The change.
    #[serde(flatten)]
    pub change: Change,
    /// As people read it.
    pub text: String,
    /// Whether apply carries it out; otherwise it is listed, and waits or is left.
    pub carried_out: bool,
    /// The records behind it.
    pub records: Vec<String>,
}

/// The records that name a member.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RecordsStory {
    /// The records that name the member, in source order.
    pub records: Vec<RecordStory>,
    /// Records that contain the address and were rejected.
    pub turned_away: Vec<FindingStory>,
}

/// Who a member is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PersonStory {
    /// Names and fields.
    pub origins: Vec<OriginStory>,
    /// Opted out anywhere.
    pub opted_out: bool,
    /// What the records say of consent.
    pub consent: Vec<ConsentSaid>,
}

/// What all records together ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WantedSection {
    /// Wanted as a user.
    pub user: bool,
    /// Wanted as a contact.
    pub contact: bool,
    /// How the member logs in; `None` if there is no user and none is wanted.
    pub login: Option<LoginRow>,
    /// Why neither.
    pub left_out: Option<Coded>,
    /// Offerings with effective access wanted.
    pub access: Vec<WantedStory>,
    /// Tags of `[tags]`.
    pub tags: Vec<WantedStory>,
    /// Offerings to revoke.
    pub revokes: Vec<WantedStory>,
    /// Offerings that one record grants and another revokes.
    pub disputes: Vec<DisputeStory>,
}

/// How a member stands today.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NowStory {
    /// On the site; `None` where there is neither user nor contact.
    pub site: Option<MemberState>,
    /// In the contact system, where there is one.
    pub contacts: Option<MemberState>,
    /// Whether contacts live in a system of their own.
    pub has_contact_system: bool,
    /// Offerings with effective access on the site now.
    pub has: Vec<String>,
    /// Offerings of which an access tag and the revoke tag are there at once.
    pub both: Vec<String>,
    /// Others on the site with the same contact ID.
    pub shares_contact_with: Vec<String>,
}

/// What changes for a member.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ChangesStory {
    /// Offerings with access that Rehome gave, granted by no source any more though all that can name everybody.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<String>,
    /// Offerings of which access is gained.
    pub gains: Vec<String>,
    /// Offerings of which access is lost.
    pub loses: Vec<String>,
    /// The changes.
    pub changes: Vec<ChangeStory>,
}

/// One member, from the records to the changes. Its JSON is flat: the sections are those of the text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MemberStory {
    /// Normalised address.
    pub email: String,
    /// The records.
    #[serde(flatten)]
    pub records: RecordsStory,
    /// Names, fields and consent.
    #[serde(flatten)]
    pub person: PersonStory,
    /// What all records together ask for.
    #[serde(flatten)]
    pub wanted: WantedSection,
    /// How the member stands today.
    #[serde(flatten)]
    pub now: NowStory,
    /// What changes.
    #[serde(flatten)]
    pub changes: ChangesStory,
    /// What a person should know.
    pub findings: Vec<FindingStory>,
}
