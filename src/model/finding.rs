//! What the data hold that a person should know. Never stops anything.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::RecordRef;

macro_rules! findings {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $kind:ident, $text:literal;)+) => {
        /// The kinds of finding. The code is stable and is in every report.
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

            /// True if the record was rejected and is in `rejected.csv`.
            pub fn rejects(self) -> bool {
                match self { $(Self::$name => findings!(@$kind),)+ }
            }
        }
    };
    (@reject) => { true };
    (@note) => { false };
}

findings! {
    NoEmail = "no-email", reject, "the record has no email address";
    InvalidEmail = "invalid-email", reject, "the address is not valid on a site";
    TwoEmails = "two-emails", reject, "the cell contains two different addresses";
    LongEmail = "long-email", reject, "the address is longer than 100 characters";
    NonAsciiLocal = "non-ascii-local", reject, "the part before the @ contains characters that a site does not accept";
    Ragged = "ragged", reject, "the row has more cells than the header";
    UnclosedQuote = "unclosed-quote", reject, "a quote is opened and never closed; the lines after it are read as records of their own";
    BrokenQuotes = "broken-quotes", reject, "a quote neither opens nor closes a whole cell, so it is unclear where the cells end";
    SwallowsRows = "swallows-rows", reject, "a quoted cell spans lines that look like records of their own";
    QuotedLine = "quoted-line", reject, "the whole line is in quotes and so is a single cell";
    HeaderAgain = "header-again", reject, "the row repeats the header";
    LooseQuote = "loose-quote", note, "a quote inside a cell without quotes, or a blank after a closing quote; read as spreadsheets read it";
    DuplicateHeader = "duplicate-header", note, "two columns that the plan does not use have the same name";
    NulBytes = "nul-bytes", note, "NUL bytes were dropped";
    ShortRow = "short-row", note, "the row has fewer cells than the header; the rest counts as blank";
    SameEmailTwice = "same-email-twice", note, "the cell contains the same address twice";
    EmailCleaned = "email-cleaned", note, "spaces, \"mailto:\" or a display name were removed";
    PossibleTypo = "possible-typo", note, "the domain looks like a misspelling of a well-known one";
    PossibleAlias = "possible-alias", note, "an address and its +alias or dotted form both occur; possibly one person";
    RoleAddress = "role-address", note, "the address belongs to a role, not to a person";
    DisposableAddress = "disposable-address", note, "the domain provides disposable addresses";
    RelayAddress = "relay-address", note, "the address is a relay that hides the member's own";
    Mojibake = "mojibake", note, "the text was once read in the wrong encoding; kept as it is";
    HtmlEntity = "html-entity", note, "the text contains an HTML entity; kept as it is";
    NameIsEmail = "name-is-email", note, "the name is an email address";
    NameHasLink = "name-has-link", note, "the name contains a web address, as spam does; kept as it is";
    NameOfSeveral = "name-of-several", note, "the name cell contains several people; kept as it is";
    MixedScripts = "mixed-scripts", note, "the domain mixes letters of several scripts that look alike, as forged addresses do";
    ListSyntax = "list-syntax", note, "the values of the list are in quotes or brackets; read without them";
    LooksWrapped = "looks-wrapped", note, "the value has quotes or brackets around it; kept as it is";
    NullMarker = "null-marker", note, "the cell contains a word for a missing value; it counts as blank";
    NameSplit = "name-split", note, "first and last name come from one column";
    NameConflict = "name-conflict", note, "two records of the member disagree about the name; the first counts";
    YearUnclear = "year-unclear", note, "a year of two digits could be in either century; set years = \"past\" or \"near\" for the field; it is not carried over";
    FieldNotOfType = "field-not-of-type", note, "the value does not match its field's type; it is not carried over";
    PhoneUnclear = "phone-unclear", note, "the value is not readable as a phone number; kept as written";
    CountryUnclear = "country-unclear", note, "the value is not readable as a country; kept as written";
    FieldConflict = "field-conflict", note, "two records of the member disagree about a field; the first counts";
    LoginConflict = "login-conflict", note, "two records of the member have different logins; the first counts";
    ConsentConflict = "consent-conflict", note, "one record opted out and another did not; opted out counts";
    ConsentUnknown = "consent-unknown", note, "the consent column has a value that is neither listed nor blank; it counts as opted out";
    Ended = "ended", note, "the record's access ended before the day of the plan; it is not granted";
    NoLastDay = "no-last-day", note, "the status gives access until a day, and the record has none; the access has no end";
    NoFirstDay = "no-first-day", note, "the release has no first day; the first module is open, and no other follows";
    TagSpellings = "tag-spellings", note, "two spellings of a value become the same tag";
    Corrected = "corrected", note, "the corrections file changed a cell of the record";
    GrantBeatsRevoke = "grant-beats-revoke", note, "one record grants the offering and another revokes it; the grant counts";
    PartialRefund = "partial-refund", note, "partially refunded; still counts";
    ChargedBack = "charged-back", note, "charged back; grants nothing";
    RefundWithoutCharge = "refund-without-charge", note, "no charge matches the refund or chargeback";
    RefundWithoutAmount = "refund-without-amount", note, "the refund has no amount; it counts as a refund of the whole charge";
    RepeatedEvent = "repeated-event", note, "an earlier record is the same event; it counts once";
    KeyOfTwoAddresses = "key-of-two-addresses", note, "one key of the source appears with two addresses";
    KeyRounded = "key-rounded", note, "a spreadsheet rewrote or rounded the key of the source; it is not used as a key";
    StatusUnread = "status-unread", note, "the profile knows a status that the plan does not look at; records with any status grant the same";
    ExportAlone = "export-alone", note, "the export has only some of the members; another one belongs to it";
    Gift = "gift", note, "the purchase is a gift; it belongs to the member who received it";
    DeletedPerson = "deleted-person", note, "the person asked to be deleted; the record is left out";
    FooterRow = "footer-row", note, "the row is a sum at the end of the export; it is not a record";
    SecretColumn = "secret-column", note, "the column contains password hashes, session tokens or card data; it is never read";
    AddressOfTwoKeys = "address-of-two-keys", note, "one address has two keys of the source";
}

/// One finding: what, where, about which member.
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

impl Finding {
    /// The address in a record that was rejected for its shape: whom it is about, as far as can be told.
    pub fn rejected_address(&self) -> Option<&str> {
        let of_shape = matches!(
            self.code,
            FindingCode::Ragged
                | FindingCode::UnclosedQuote
                | FindingCode::BrokenQuotes
                | FindingCode::SwallowsRows
        );
        let cell = self.detail.trim();
        let is_address = cell.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && domain.contains('.') && !cell.contains(char::is_whitespace)
        });
        (of_shape && is_address).then_some(cell)
    }

    /// About one record.
    pub fn new(code: FindingCode, record: RecordRef, detail: impl Into<String>) -> Self {
        Self {
            code,
            record,
            other: None,
            detail: detail.into(),
        }
    }
}

/// All findings of one run, with counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    list: Vec<Finding>,
    /// Who the records are about, by place of the member.
    people: Vec<(RecordRef, u32)>,
}

impl Findings {
    /// Adds one.
    pub fn push(&mut self, finding: Finding) {
        self.list.push(finding);
    }

    /// Adds one about a record and a text.
    pub fn note(&mut self, code: FindingCode, record: RecordRef, detail: impl Into<String>) {
        self.push(Finding::new(code, record, detail));
    }

    /// Adds all of another.
    pub fn append(&mut self, mut other: Self) {
        self.list.append(&mut other.list);
        self.people.append(&mut other.people);
    }

    /// Says whom a record with findings is about.
    pub fn name(&mut self, record: RecordRef, person: u32) {
        self.people.push((record, person));
    }

    /// Whom a record with findings is about; asked after [`Self::renumber`].
    pub fn person(&self, record: RecordRef) -> Option<u32> {
        let at = self
            .people
            .binary_search_by_key(&record, |(record, _)| *record)
            .ok()?;
        self.people.get(at).map(|(_, person)| *person)
    }

    /// The records of which it is not known whom they are about, though they are about somebody.
    pub fn unnamed(&self) -> impl Iterator<Item = RecordRef> {
        let records = self.list.iter().filter(|finding| !finding.code.rejects());
        records
            .map(|finding| finding.record)
            .filter(|record| self.person(*record).is_none())
    }

    /// Gives the people their places in another order.
    pub fn renumber(&mut self, places: &[u32]) {
        for (_, person) in &mut self.people {
            *person = places.get(*person as usize).copied().unwrap_or(u32::MAX);
        }
        self.sort();
    }

    /// Has whom records are about in order, so that [`Self::person`] finds them.
    pub fn sort(&mut self) {
        self.people.sort_unstable();
        self.people.dedup_by_key(|(record, _)| *record);
    }

    /// All, in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.list.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// True if there are none.
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
