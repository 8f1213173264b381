//! The codes, each with its slug. Their long texts are in `codes.toml`, from which `docs/codes.md` is made.

macro_rules! codes {
    ($($name:ident = $code:literal, $slug:literal;)+) => {
        /// A stable code: P about the plan, S about source files, D about the difference, X about
        /// systems and change sets, R about runs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the text of each code is in codes.toml")]
        pub enum Code { $($name,)+ }

        impl Code {
            /// All codes, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The code, such as `P001`.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The name, such as `syntax`.
            pub fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)+ }
            }
        }
    };
}

codes! {
    // The plan's text.
    PlanUnreadable = "P001", "plan-unreadable";
    Syntax = "P002", "syntax";
    UnknownKey = "P003", "unknown-key";
    NotBuiltYet = "P004", "not-built-yet";
    MissingKey = "P005", "missing-key";
    WrongType = "P006", "wrong-type";
    BadValue = "P007", "bad-value";
    BadKey = "P008", "bad-key";
    UnknownReference = "P009", "unknown-reference";
    LiteralSecret = "P010", "literal-secret";
    KeysClash = "P011", "keys-clash";
    SameTagName = "P012", "same-tag-name";
    SameLine = "P013", "same-line";
    BadPattern = "P014", "bad-pattern";
    BundleCycle = "P015", "bundle-cycle";
    NoRevokeTag = "P016", "no-revoke-tag";
    DoesNothing = "P017", "does-nothing";
    Unused = "P018", "unused";
    EnvironmentIncomplete = "P019", "environment-incomplete";
    BodyUnreadable = "P020", "body-unreadable";
    NoAccessTag = "P021", "no-access-tag";
    TooMany = "P022", "too-many";
    ReleaseMissing = "P023", "release-missing";
    ReleaseWithoutModules = "P024", "release-without-modules";
    FieldsDisagree = "P025", "fields-disagree";
    SameCycle = "P034", "same-cycle";
    AbsenceSaysNothing = "P037", "absence-says-nothing";
    SheetUnreadable = "P039", "sheet-unreadable";
    BadTagTemplate = "P040", "bad-tag-template";
    UnknownMergeField = "P045", "unknown-merge-field";
    BadEmailText = "P046", "bad-email-text";

    // Source files, against the plan.
    FileMissing = "S001", "file-missing";
    ColumnMissing = "S002", "column-missing";
    FileUnreadable = "S003", "file-unreadable";
    NotATable = "S004", "not-a-table";
    BadEncoding = "S005", "bad-encoding";
    WrongDelimiter = "S006", "wrong-delimiter";
    FileEmpty = "S007", "file-empty";
    FileChanged = "S008", "file-changed";
    RowTooLong = "S009", "row-too-long";
    QuoteNeverClosed = "S010", "quote-never-closed";
    DuplicateColumn = "S011", "duplicate-column";
    QuotedLines = "S012", "quoted-lines";
    HeaderNotFirst = "S013", "header-not-first";
    BrokenQuotes = "S014", "broken-quotes";

    // The difference.
    UnmappedValue = "D001", "unmapped-value";
    AmbiguousCell = "D002", "ambiguous-cell";
    NotADate = "D003", "not-a-date";
    DayMonth = "D004", "day-month";
    ImplausibleDate = "D005", "implausible-date";
    CarriedTag = "D008", "carried-tag";
    CorrectionOfNobody = "D009", "correction-of-nobody";
    CorrectionUnmet = "D010", "correction-unmet";
    UnclearEvent = "D011", "unclear-event";
    NotANumber = "D014", "not-a-number";
    NotAKey = "D015", "not-a-key";
    NeverMet = "D016", "never-met";
    ConsentWord = "D017", "consent-word";
    WhichTag = "D018", "which-tag";
    OtherMigration = "D019", "other-migration";
    RememberedElsewhere = "D020", "remembered-elsewhere";
    UnlistedStatus = "D021", "unlisted-status";
}
