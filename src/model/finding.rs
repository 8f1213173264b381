//! What the data hold that a person should know. Never stops anything.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::RecordRef;

macro_rules! findings {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $kind:ident, $text:literal;)+) => {
        /// The kinds of finding. The code is stable and stands in every report.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum FindingCode { $($(#[$doc])* #[doc = $text] $name,)+ }

        impl FindingCode {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// What it means, in a sentence.
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// True where the record was turned away and stands in `rejected.csv`.
            pub fn rejects(self) -> bool {
                match self { $(Self::$name => findings!(@$kind),)+ }
            }
        }
    };
    (@reject) => { true };
    (@note) => { false };
}

findings! {
    NoEmail = "no-email", reject, "the record has no e-mail address";
    InvalidEmail = "invalid-email", reject, "the address is not one that a site takes";
    TwoEmails = "two-emails", reject, "the cell holds two different addresses";
    LongEmail = "long-email", reject, "the address is longer than 100 characters";
    NonAsciiLocal = "non-ascii-local", reject, "the part before the @ holds letters a site does not take";
    Ragged = "ragged", reject, "the row has more cells than the header";
    UnclosedQuote = "unclosed-quote", reject, "a quote is opened and never closed, and the rest of the file is in it";
    DuplicateHeader = "duplicate-header", note, "two columns have the same name: the first counts";
    NulBytes = "nul-bytes", note, "NUL bytes were dropped";
    ShortRow = "short-row", note, "the row has fewer cells than the header: the rest counts as blank";
    SameEmailTwice = "same-email-twice", note, "the cell holds the same address twice";
    EmailCleaned = "email-cleaned", note, "blanks, a mailto: or a name around the address were taken off";
    PossibleTypo = "possible-typo", note, "the domain looks like a misspelt well-known one";
    PossibleAlias = "possible-alias", note, "an address and its +alias or dotted form are both there: perhaps one person";
    RoleAddress = "role-address", note, "the address belongs to a function rather than a person";
    DisposableAddress = "disposable-address", note, "the domain hands out throw-away addresses";
    RelayAddress = "relay-address", note, "the address is a relay that hides the person's own";
    Mojibake = "mojibake", note, "the text was once read in a wrong encoding; kept as it is";
    HtmlEntity = "html-entity", note, "the text holds an HTML entity; kept as it is";
    NameIsEmail = "name-is-email", note, "the name is an e-mail address";
    NameSplit = "name-split", note, "first and last name were made from one column";
    NameConflict = "name-conflict", note, "two records of the member disagree about the name: the first counts";
    FieldNotOfType = "field-not-of-type", note, "the value is not of its field's type: it is not carried over";
    PhoneUnclear = "phone-unclear", note, "the value does not read as a phone number: it is kept as written";
    CountryUnclear = "country-unclear", note, "the value does not read as a country: it is kept as written";
    FieldConflict = "field-conflict", note, "two records of the member disagree about a field: the first counts";
    LoginConflict = "login-conflict", note, "two records of the member name different logins: the first counts";
    ConsentConflict = "consent-conflict", note, "one record opted out and another did not: opted out counts";
    ConsentUnknown = "consent-unknown", note, "the consent column holds a value that is neither listed nor blank: it counts as not opted out";
    Ended = "ended", note, "what the record grants ended before the day of the plan and is not granted";
    NoFirstDay = "no-first-day", note, "the release has no first day: the first module is open, and no other follows";
    TagSpellings = "tag-spellings", note, "two values that become the same tag are written in two ways: they are one tag";
    Corrected = "corrected", note, "the corrections file changed a cell of the record";
    GrantBeatsRevoke = "grant-beats-revoke", note, "one record grants the offering and another revokes it: the grant counts";
    PartialRefund = "partial-refund", note, "a part of the charge was given back: it still counts";
    ChargedBack = "charged-back", note, "the bank took the charge back: it grants nothing";
    RefundWithoutCharge = "refund-without-charge", note, "there is no charge that the refund or chargeback could take back";
    RefundWithoutAmount = "refund-without-amount", note, "the refund names no amount: it takes back the whole charge";
    RepeatedEvent = "repeated-event", note, "an earlier record is the same event: it counts once";
    KeyOfTwoAddresses = "key-of-two-addresses", note, "one key of the source stands on two addresses";
    AddressOfTwoKeys = "address-of-two-keys", note, "one address has two keys of the source";
}

/// One finding: what, where, about whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What.
    pub code: FindingCode,
    /// Where; the first of the records it is about.
    pub record: RecordRef,
    /// A second record, where two disagree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<RecordRef>,
    /// The value, column or offering it is about; may be personal.
    pub detail: String,
}

/// All findings of one run, with counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    list: Vec<Finding>,
}

impl Findings {
    /// Adds one.
    pub fn push(&mut self, finding: Finding) {
        self.list.push(finding);
    }

    /// Adds all of another.
    pub fn append(&mut self, mut other: Self) {
        self.list.append(&mut other.list);
    }

    /// All, in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.list.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many of each kind; kinds that do not occur are absent.
    pub fn counts(&self) -> BTreeMap<FindingCode, usize> {
        let mut counts = BTreeMap::new();
        for finding in &self.list {
            *counts.entry(finding.code).or_default() += 1;
        }
        counts
    }
}
