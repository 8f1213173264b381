//! The words that a plan may use for a closed set of values, in one place for the reader and the schema.

use crate::{
    model::{CheckpointBefore, Decimal, EmailVia, Membership, OfferingKind, OptedOut, SiteLike, YearsLie},
    plan::{Certainty, Encoding, ExistingFields, Gone, Otherwise, RowShape, WhoGetsContact, WhoGetsUser},
};

/// A closed set of words: what each means, and which words come later.
#[derive(Debug)]
pub(in crate::plan) struct Choice<T: 'static> {
    /// The words and their meanings.
    pub(in crate::plan) words: &'static [(&'static str, T)],
    /// Words of the language that are not built yet.
    pub(in crate::plan) later: &'static [&'static str],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::plan) enum SiteKind {
    Local,
    WordPress,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::plan) enum FieldTypeWord {
    Text,
    Date,
    Number,
    Phone,
    Country,
    YesNo,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::plan) enum ReleaseWord {
    All,
    Start,
}

pub(in crate::plan) const SITE_KIND: &Choice<SiteKind> = &Choice {
    words: &[("local", SiteKind::Local), ("wordpress", SiteKind::WordPress)],
    later: &["files"],
};

pub(in crate::plan) const SITE_LIKE: &Choice<SiteLike> = &Choice {
    words: &[("wordpress", SiteLike::WordPress)],
    later: &[],
};

pub(in crate::plan) const SITE_MEMBERSHIP: &Choice<Membership> = &Choice {
    words: &[
        ("accessally", Membership::AccessAlly),
        ("companion", Membership::Companion),
    ],
    later: &[],
};

pub(in crate::plan) const CONTACTS_OPTED_OUT: &Choice<OptedOut> = &Choice {
    words: &[("create", OptedOut::Create), ("skip", OptedOut::Skip)],
    later: &[],
};

pub(in crate::plan) const MEMBERS_USERS: &Choice<WhoGetsUser> = &Choice {
    words: &[
        ("granted", WhoGetsUser::Granted),
        ("all", WhoGetsUser::All),
        ("none", WhoGetsUser::None),
    ],
    later: &[],
};

pub(in crate::plan) const MEMBERS_CONTACTS: &Choice<WhoGetsContact> = &Choice {
    words: &[
        ("granted", WhoGetsContact::Granted),
        ("mapped", WhoGetsContact::Mapped),
        ("all", WhoGetsContact::All),
    ],
    later: &[],
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::plan) enum LoginWord {
    Email,
    LocalPart,
}

pub(in crate::plan) const LOGIN: &Choice<LoginWord> = &Choice {
    words: &[("email", LoginWord::Email), ("local-part", LoginWord::LocalPart)],
    later: &[],
};

pub(in crate::plan) const OFFERING_KIND: &Choice<OfferingKind> = &Choice {
    words: &[
        ("course", OfferingKind::Course),
        ("membership", OfferingKind::Membership),
        ("bundle", OfferingKind::Bundle),
    ],
    later: &[],
};

pub(in crate::plan) const EMAIL_VIA: &Choice<EmailVia> = &Choice {
    words: &[
        ("tag", EmailVia::Tag),
        ("site", EmailVia::Site),
        ("file", EmailVia::File),
    ],
    later: &[],
};

pub(in crate::plan) const CHECKPOINT_BEFORE: &Choice<CheckpointBefore> = &Choice {
    words: &[
        ("offerings", CheckpointBefore::Offerings),
        ("contacts", CheckpointBefore::Contacts),
        ("verify", CheckpointBefore::Verify),
    ],
    later: &[],
};

pub(in crate::plan) const ENCODING: &Choice<Encoding> = &Choice {
    words: &[
        ("utf-8", Encoding::Utf8),
        ("utf-16le", Encoding::Utf16Le),
        ("utf-16be", Encoding::Utf16Be),
        ("windows-1252", Encoding::Windows1252),
        ("cp1252", Encoding::Windows1252),
        ("latin1", Encoding::Latin1),
        ("iso-8859-1", Encoding::Latin1),
        ("mac-roman", Encoding::MacRoman),
        ("windows-1250", Encoding::Page("windows-1250")),
        ("windows-1251", Encoding::Page("windows-1251")),
        ("windows-1253", Encoding::Page("windows-1253")),
        ("windows-1254", Encoding::Page("windows-1254")),
        ("windows-1255", Encoding::Page("windows-1255")),
        ("windows-1256", Encoding::Page("windows-1256")),
        ("windows-1257", Encoding::Page("windows-1257")),
        ("windows-1258", Encoding::Page("windows-1258")),
        ("windows-874", Encoding::Page("windows-874")),
        ("iso-8859-2", Encoding::Page("iso-8859-2")),
        ("iso-8859-3", Encoding::Page("iso-8859-3")),
        ("iso-8859-4", Encoding::Page("iso-8859-4")),
        ("iso-8859-5", Encoding::Page("iso-8859-5")),
        ("iso-8859-6", Encoding::Page("iso-8859-6")),
        ("iso-8859-7", Encoding::Page("iso-8859-7")),
        ("iso-8859-8", Encoding::Page("iso-8859-8")),
        ("iso-8859-10", Encoding::Page("iso-8859-10")),
        ("iso-8859-13", Encoding::Page("iso-8859-13")),
        ("iso-8859-14", Encoding::Page("iso-8859-14")),
        ("iso-8859-15", Encoding::Page("iso-8859-15")),
        ("iso-8859-16", Encoding::Page("iso-8859-16")),
        ("iso-8859-9", Encoding::Page("iso-8859-9")),
        ("koi8-r", Encoding::Page("koi8-r")),
        ("koi8-u", Encoding::Page("koi8-u")),
        ("ibm866", Encoding::Page("ibm866")),
        ("shift_jis", Encoding::Page("shift_jis")),
        ("euc-jp", Encoding::Page("euc-jp")),
        ("euc-kr", Encoding::Page("euc-kr")),
        ("gbk", Encoding::Page("gbk")),
        ("gb18030", Encoding::Page("gb18030")),
        ("big5", Encoding::Page("big5")),
        ("cp1250", Encoding::Page("windows-1250")),
        ("cp1251", Encoding::Page("windows-1251")),
        ("latin2", Encoding::Page("iso-8859-2")),
        ("mac-cyrillic", Encoding::Page("x-mac-cyrillic")),
    ],
    later: &[],
};

pub(in crate::plan) const YEARS: &Choice<YearsLie> = &Choice {
    words: &[("past", YearsLie::Past), ("near", YearsLie::Near)],
    later: &[],
};

pub(in crate::plan) const DECIMAL: &Choice<Decimal> = &Choice {
    words: &[(".", Decimal::Point), (",", Decimal::Comma)],
    later: &[],
};

pub(in crate::plan) const RELEASE: &Choice<ReleaseWord> = &Choice {
    words: &[("all", ReleaseWord::All), ("start", ReleaseWord::Start)],
    later: &[],
};

pub(in crate::plan) const FIELD_TYPE: &Choice<FieldTypeWord> = &Choice {
    words: &[
        ("text", FieldTypeWord::Text),
        ("date", FieldTypeWord::Date),
        ("number", FieldTypeWord::Number),
        ("phone", FieldTypeWord::Phone),
        ("country", FieldTypeWord::Country),
        ("yes-no", FieldTypeWord::YesNo),
    ],
    later: &[],
};

pub(in crate::plan) const EXISTING_FIELDS: &Choice<ExistingFields> = &Choice {
    words: &[
        ("keep", ExistingFields::Keep),
        ("fill-blanks", ExistingFields::FillBlanks),
        ("overwrite", ExistingFields::Overwrite),
    ],
    later: &[],
};

pub(in crate::plan) const BILLING: &Choice<()> = &Choice {
    words: &[("old", ())],
    later: &[],
};

pub(in crate::plan) const UNESCAPE: &Choice<()> = &Choice {
    words: &[("backslash", ())],
    later: &[],
};

pub(in crate::plan) const GUARD: &Choice<()> = &Choice {
    words: &[("apostrophe", ())],
    later: &[],
};

pub(in crate::plan) const GONE: &Choice<Gone> = &Choice {
    words: &[("report", Gone::Report), ("revoke", Gone::Revoke)],
    later: &[],
};

pub(in crate::plan) const OTHERWISE: &Choice<Otherwise> = &Choice {
    words: &[("revoke", Otherwise::Revoke)],
    later: &[],
};

pub(in crate::plan) const ROWS: &Choice<RowShape> = &Choice {
    words: &[
        ("person", RowShape::Person),
        ("person-product", RowShape::PersonProduct),
        ("event", RowShape::Event),
    ],
    later: &[],
};

pub(in crate::plan) const CERTAINTY: &Choice<Certainty> = &Choice {
    words: &[
        ("measured", Certainty::Measured),
        ("documented", Certainty::Documented),
        ("assumed", Certainty::Assumed),
    ],
    later: &[],
};
