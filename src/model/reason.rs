//! Why a change is in the difference: a closed set, each with a code and a sentence.

use serde::{Deserialize, Serialize};

/// Why a change is there, is left alone, or waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The member is granted something and has no user or contact yet.
    NotThereYet,
    /// The user is made with another login, since the site does not take the one asked for.
    LoginCleaned,
    /// The user is made with another login, since the one asked for belongs to somebody else.
    LoginTaken,
    /// A record grants the offering that owns the tag.
    Granted,
    /// A record grants a bundle that includes the offering that owns the tag.
    GrantedByBundle,
    /// A record is mapped to the tag.
    Mapped,
    /// The offering is granted, so its own revoke tag goes.
    GrantLiftsRevoke,
    /// No record grants the offering, one says `otherwise = "revoke"`, and Rehome had granted it.
    Revoked,
    /// Every source that can grant the offering names everybody, none names the member with it any more,
    /// and Rehome had granted it.
    Gone,
    /// Gone likewise, and `gone = "report"` leaves them alone.
    GoneReported,
    /// Gone likewise, as it seems: but a record of such a source was turned away, and may be theirs.
    GoneUnsure,
    /// An earlier run opened more of the offering than any record grants now.
    WiderKept,
    /// The access tag goes too, since `remove_tags = true`.
    RevokedAndRemoved,
    /// The site has no value and a source has one.
    FillsBlank,
    /// `existing_fields = "overwrite"`.
    Overwrites,
    /// A source says the person opted out.
    OptedOut,
    /// Opted out and no contact yet, and `opted_out = "skip"`: not created.
    OptedOutSkipped,
    /// Opted out and no contact yet, the contact system cannot create anybody unsubscribed, and the plan
    /// does not say what then.
    OptedOutUndecided,
    /// The user has no contact ID yet.
    NotLinked,
    /// The user carries the ID of a contact that is gone.
    ContactGone,
    /// The site keeps its own copy of the contact's tags.
    CopyOfContact,
    /// `existing_fields` keeps the value that is there.
    Kept,
    /// The value has more characters than the system's fields hold.
    FieldTooLong,
    /// Revoking was asked for, but Rehome did not grant this access, or somebody changed it since.
    NotOurs,
    /// The person is granted nothing now: names, fields and tags wait.
    NothingGranted,
    /// The user may do more than a subscriber: never touched.
    Privileged,
    /// Several contacts have this address.
    SeveralContacts,
    /// One contact ID stands on two users, or would.
    SharedContactId,
    /// The user's contact ID belongs to a contact with another address.
    ContactOfAnother,
    /// The address is the login of a user with another address.
    AddressIsLogin,
    /// The site keeps the source's key of the person, so that a new address is noticed.
    RemembersKey,
    /// The site knows this address by another key of the source.
    AnotherKey,
    /// The source has the key on two addresses, and the site knows it by the other one.
    KeyElsewhere,
    /// A known key of the source, or a line of `[same]`, gives the person another address.
    Renamed,
    /// The person stands under several addresses: on the site, or in the sources.
    BothAddresses,
    /// The person's old address belongs to another key of the source now.
    Swapped,
    /// Taken back by `undo`.
    Undone,
    /// Changed since Rehome wrote it: `undo` leaves it alone.
    ChangedSince,
    /// Made by the run: `undo` never deletes people.
    NeverDeleted,
    /// The person opted out: `undo` never re-subscribes anybody.
    NeverResubscribed,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 40] = [
        Self::NotThereYet,
        Self::LoginCleaned,
        Self::LoginTaken,
        Self::Granted,
        Self::GrantedByBundle,
        Self::Mapped,
        Self::GrantLiftsRevoke,
        Self::Revoked,
        Self::Gone,
        Self::GoneReported,
        Self::GoneUnsure,
        Self::WiderKept,
        Self::RevokedAndRemoved,
        Self::FillsBlank,
        Self::Overwrites,
        Self::OptedOut,
        Self::OptedOutSkipped,
        Self::OptedOutUndecided,
        Self::NotLinked,
        Self::ContactGone,
        Self::CopyOfContact,
        Self::Kept,
        Self::FieldTooLong,
        Self::NotOurs,
        Self::NothingGranted,
        Self::Privileged,
        Self::SeveralContacts,
        Self::SharedContactId,
        Self::ContactOfAnother,
        Self::AddressIsLogin,
        Self::RemembersKey,
        Self::AnotherKey,
        Self::KeyElsewhere,
        Self::Renamed,
        Self::BothAddresses,
        Self::Swapped,
        Self::Undone,
        Self::ChangedSince,
        Self::NeverDeleted,
        Self::NeverResubscribed,
    ];

    /// The code, as the difference and its JSON say it.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotThereYet => "not-there-yet",
            Self::LoginCleaned => "login-cleaned",
            Self::LoginTaken => "login-taken",
            Self::Granted => "granted",
            Self::GrantedByBundle => "granted-by-bundle",
            Self::Mapped => "mapped",
            Self::GrantLiftsRevoke => "grant-lifts-revoke",
            Self::Revoked => "revoked",
            Self::Gone => "gone",
            Self::GoneReported => "gone-reported",
            Self::GoneUnsure => "gone-unsure",
            Self::WiderKept => "wider-kept",
            Self::RevokedAndRemoved => "revoked-and-removed",
            Self::FillsBlank => "fills-blank",
            Self::Overwrites => "overwrites",
            Self::OptedOut => "opted-out",
            Self::OptedOutSkipped => "opted-out-skipped",
            Self::OptedOutUndecided => "opted-out-undecided",
            Self::NotLinked => "not-linked",
            Self::ContactGone => "contact-gone",
            Self::CopyOfContact => "copy-of-contact",
            Self::Kept => "kept",
            Self::FieldTooLong => "field-too-long",
            Self::NotOurs => "not-ours",
            Self::NothingGranted => "nothing-granted",
            Self::Privileged => "privileged",
            Self::SeveralContacts => "several-contacts",
            Self::SharedContactId => "shared-contact-id",
            Self::ContactOfAnother => "contact-of-another",
            Self::AddressIsLogin => "address-is-login",
            Self::RemembersKey => "remembers-key",
            Self::AnotherKey => "another-key",
            Self::KeyElsewhere => "key-elsewhere",
            Self::Renamed => "renamed",
            Self::BothAddresses => "both-addresses",
            Self::Swapped => "swapped",
            Self::Undone => "undone",
            Self::ChangedSince => "changed-since",
            Self::NeverDeleted => "never-deleted",
            Self::NeverResubscribed => "never-resubscribed",
        }
    }

    /// The sentence a person reads.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NotThereYet => "not there yet",
            Self::LoginCleaned => {
                "the site does not take the login asked for, for its signs or its length: the nearest one is given"
            }
            Self::LoginTaken => {
                "the login asked for is another's login or e-mail address: a free one is given"
            }
            Self::Granted => "a record grants the offering",
            Self::GrantedByBundle => "a record grants a bundle that includes the offering",
            Self::Mapped => "a value is mapped to the tag",
            Self::GrantLiftsRevoke => "the offering is granted, so its revoke tag goes",
            Self::Revoked => "no record grants the offering and one revokes it",
            Self::Gone => "gone from the sources that grant the offering",
            Self::GoneReported => {
                "gone from the sources that grant the offering: gone = \"report\" leaves it"
            }
            Self::GoneUnsure => {
                "gone from the sources that grant the offering, as it seems: but some of their records were turned away"
            }
            Self::WiderKept => {
                "opened by an earlier run, and no record grants so much of the offering now: it stays open"
            }
            Self::RevokedAndRemoved => "revoked, and remove_tags = true takes the access tag too",
            Self::FillsBlank => "blank there, known at the source",
            Self::Overwrites => "existing_fields = \"overwrite\"",
            Self::OptedOut => "a source says that the person opted out",
            Self::OptedOutSkipped => {
                "opted out and not there yet: opted_out = \"skip\" creates nobody who opted out"
            }
            Self::OptedOutUndecided => {
                "opted out and not there yet: the contact system would create them subscribed"
            }
            Self::NotLinked => "the user has no contact ID yet",
            Self::ContactGone => "the contact of the user's ID is gone",
            Self::CopyOfContact => "the site's copy of the contact's tags",
            Self::Kept => "differs, and existing_fields keeps what is there",
            Self::FieldTooLong => "longer than a field of the system holds: the value waits",
            Self::NotOurs => "Rehome did not grant it, or somebody changed it since: left alone",
            Self::NothingGranted => "granted nothing now, so everything but a revoke and an opt-out waits",
            Self::Privileged => "the user may do more than a subscriber: never touched",
            Self::SeveralContacts => "several contacts have this address",
            Self::SharedContactId => "the contact ID stands on another user",
            Self::ContactOfAnother => "the user's contact ID belongs to a contact with another address",
            Self::AddressIsLogin => {
                "a user with another address logs in with this one: perhaps the same person, so nobody is made"
            }
            Self::RemembersKey => "kept on the site, so that a new address is noticed",
            Self::AnotherKey => {
                "the site knows this address by another key of the source: perhaps two people with one address"
            }
            Self::KeyElsewhere => {
                "the source has the key on two addresses, and the site knows it by the other one"
            }
            Self::Renamed => "the same person with a new address, by the source's key or by [same]",
            Self::BothAddresses => {
                "the person stands under several addresses: merge them by hand, or say in [same] which one counts"
            }
            Self::Swapped => {
                "the old address belongs to another key of the source now: change the addresses on the site by hand, then plan again"
            }
            Self::Undone => "taken back by undo",
            Self::ChangedSince => "changed since Rehome wrote it: left alone",
            Self::NeverDeleted => "made by the run, and undo never deletes people",
            Self::NeverResubscribed => "opted out, and undo never re-subscribes anybody",
        }
    }
}
