//! The nouns of Rehome: plain data, no behaviour that touches the outside world.
//!
//! Every other layer may use this one; it uses none of them.
//!
//! Text becomes an `Email`, a `TagName` or an `OfferingKey` once, through a constructor that checks it. Code
//! behind the constructor never checks again, so there is one place where the rule for an address or a name can
//! change. Change sets and journals store these types; a change of their serialised form needs a new version of
//! those files.

mod account;
mod arena;
mod batching;
mod capabilities;
mod change;
mod coded;
mod contact_system;
mod country_code;
mod date_format;
mod date_or_time;
mod effect;
mod email;
mod event;
mod fault;
mod field_type;
mod finding;
mod http;
mod ids;
mod invitation;
mod login;
mod made_by;
mod member_state;
mod name_limits;
mod name_rules;
mod number;
mod number_rule;
mod observed;
mod operation;
mod period;
mod preconditions;
mod rate;
mod reason;
mod record;
mod row_batch;
mod seq_set;
mod tags;
mod targets;
mod zone;

pub use account::Account;
pub use arena::{Arena, Span};
pub use batching::{Batch, Batching};
pub use capabilities::{AfterLost, Capabilities};
pub use change::{Action, Attribute, Change, Side};
pub(crate) use coded::coded;
pub use contact_system::{
    ContactDeclaration, ContactKey, ContactKeyKind, Declarations, StandingCheckpoint, seconds,
};
pub use country_code::CountryCode;
pub use date_format::{DateFormat, DateFormatKind, DateRule, DayMonthOrder, YearsLie};
pub use date_or_time::DateOrTime;
pub use effect::EffectId;
pub use email::{Email, MAX_EMAIL_CHARS};
pub use event::{EventColumns, EventFlag, EventFlags, EventKind, EventStatus};
pub use fault::Fault;
pub use field_type::FieldType;
pub use finding::{Finding, FindingCode, Findings};
pub use http::{Headers, HttpBody, HttpMethod, HttpRequest, HttpResponse, Safety};
pub use ids::{
    CheckpointKey, ContactId, EmailKey, FieldName, JobHandle, MAX_TAG_CHARS, OfferingKey, SourceKey, TagId,
    TagKey, TagName,
};
pub use invitation::{
    Invitation, InviteAnswer, InviteItem, InviteOutcome, Mark, MarkState, Recipient, SitePages,
};
pub use login::{LoginCounts, LoginKind, LoginRules};
pub use made_by::{MadeBy, MigrationNames};
pub use member_state::MemberState;
pub use name_limits::{NameLimits, TextLimit};
pub use name_rules::NameRules;
pub use number::Number;
pub use number_rule::{Decimal, NumberRule};
pub use observed::{HeldTag, Observed, ObservedBuilder, ObservedMember, ObservedSet, TooMuch};
pub use operation::{
    Answer, ItemOutcome, Looked, LostAnswer, MemberWrite, Operation, OperationFacts, Payload, PayloadKind,
    Request, RequestId, Seq,
};
pub use period::{NoPeriod, Period};
pub use preconditions::{ExpectedOffering, Preconditions};
pub use rate::{RateLimit, RateLimits, RateSpan, RequestClasses};
pub use reason::Reason;
pub use record::RecordRef;
pub use row_batch::{Row, RowBatch, RowTrouble};
pub use seq_set::SeqSet;
pub use tags::{
    LengthUnit, ObservedTag, TagChoice, TagProblem, TagRef, TagRefs, TagRules, resolve_tags, tags_by_name,
    tags_meant,
};
pub use targets::{
    Checkpoint, CheckpointBefore, ContactSetting, ContactsTarget, EmailTarget, EmailVia, ExternalContacts,
    MANAGED, Membership, OfferingKind, OfferingTags, OfferingTarget, OptedOut, SecretRef, SiteLike,
    SiteTarget, Targets, is_folder_name,
};
pub use zone::Zone;
