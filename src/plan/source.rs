//! `[sources.KEY]`: where people come from and what their rows become.

use jiff::civil::Date;

use super::{
    DateRules, EventWords, ExistingFields, ListCells, LoginRule, Pattern, Profile, Statuses, TagTemplate,
    TextSpan, Words, column_use::ColumnUse, columns_in_use::ColumnsInUse,
};
use crate::model::{FieldName, FieldType, Number, NumberRule, Period, SourceKey};

/// The files of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Files {
    /// `file = "..."`.
    One(String),
    /// `files = "...*..."`: all that match, in byte order of their paths.
    Pattern(String),
}

/// Character encodings that a plan may declare. Without a declaration: UTF-8, or UTF-16 with a BOM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, little end first.
    Utf16Le,
    /// UTF-16, big end first.
    Utf16Be,
    /// Windows code page 1252.
    Windows1252,
    /// ISO 8859-1, read as its superset Windows-1252 is not: 0x80 to 0x9F are control characters.
    Latin1,
    /// Mac OS Roman.
    MacRoman,
    /// Another code page, by its name.
    Page(&'static str),
}

/// `consent = { column, opted_out = [...] }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The column.
    pub column: ColumnUse,
    /// Values and patterns that say the person opted out.
    pub opted_out: Words,
    /// Values and patterns that say the person did not, where the plan lists them.
    pub opted_in: Words,
}

/// One condition of `when`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The column.
    pub column: ColumnUse,
    /// What must be true for its cell.
    pub test: Test,
    /// How its cells are split, if the test is about values and the column contains lists.
    pub list: Option<ListCells>,
}

/// What a condition requires of a cell. A blank cell meets no bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// It is one of these values; in a column that holds lists, one of its values is.
    AnyOf(Words),
    /// It is none of these values; in a column that holds lists, none of its values is.
    NoneOf(Words),
    /// It is blank, or it is not.
    Blank(bool),
    /// It is a day before one and after the other; the days named do not meet it themselves.
    Day {
        /// `before`.
        before: Option<DayBound>,
        /// `after`.
        after: Option<DayBound>,
    },
    /// It is a number from one to the other; both meet it.
    Number {
        /// `at_least`.
        at_least: Option<Number>,
        /// `at_most`.
        at_most: Option<Number>,
    },
}

/// A day that a condition compares with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayBound {
    /// This day.
    Day(jiff::civil::Date),
    /// `"as-of"`: the day on which the plan is computed, or so many days after it (before it where negative).
    AsOf(i32),
}

/// How much of an offering with modules a grant opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Release {
    /// Everything, now and later.
    All,
    /// So many modules, from 1; `"start"` is the first. At most those that there are.
    Modules(u16),
    /// One module on the day in a column, and one more each time so long after it.
    Drip {
        /// The column with the first day.
        from: ColumnUse,
        /// The time between two modules.
        every: Period,
    },
}

/// When what a row grants ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ends {
    /// The column with a day.
    pub column: ColumnUse,
    /// How long after that day the last day is; `None` if it is that day.
    pub after: Option<Period>,
}

impl Ends {
    /// The last day of the grants of a row whose cell contains this day.
    pub fn last_day(&self, day: Date) -> Date {
        Self::counted(day, self.after)
    }

    /// The day so long after another one; that day itself where nothing is counted.
    pub fn counted(day: Date, after: Option<Period>) -> Date {
        after.map_or(day, |after| after.after(day, 1).unwrap_or(Date::MAX))
    }
}

/// A tag that a line gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagGift {
    /// A tag of `[tags]`, by index.
    Tag(u16),
    /// A tag named after the value.
    Carried(TagTemplate),
}

/// What happens to a member who is missing from a source with `complete = true`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// Listed, and left alone.
    Report,
    /// What Rehome granted is revoked.
    Revoke,
}

/// One line of a corrections file: a cell of some records is read as another text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// Its line in the file.
    pub line: u32,
    /// The records: those whose address cell is this, folded as values are.
    pub email: Option<String>,
    /// The records: those with this key of the source. Where both are given, both must hold.
    pub key: Option<String>,
    /// The column to correct, by its header.
    pub column: String,
    /// What the cell must hold now, where the file says so; compares as values do.
    pub was: Option<String>,
    /// What it is read as.
    pub becomes: String,
}

/// `corrections = "fixes.csv"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corrections {
    /// The path, as the plan writes it.
    pub path: String,
    /// Where the plan names it.
    pub span: TextSpan,
    /// Its lines, in their order.
    pub lines: Vec<Correction>,
}

/// What happens to members without a record that grants the offering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Otherwise {
    /// The offering is revoked.
    Revoke,
}

/// What a value or row becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleEffect {
    /// The offering granted, by index.
    pub grant: Option<u16>,
    /// How much of it is opened; there exactly where the grant reaches an offering with modules.
    pub release: Option<Release>,
    /// When the grant ends, in place of what the source says of it.
    pub ends: Option<Ends>,
    /// The tags given.
    pub tags: Vec<TagGift>,
    /// Why the value is ignored, where it is.
    pub ignore: Option<String>,
    /// Conditions, all of which must hold.
    pub when: Vec<Condition>,
    /// What applies where `when` does not hold.
    pub otherwise: Option<Otherwise>,
}

/// One line of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it matches.
    pub pattern: Pattern,
    /// The pattern as written.
    pub text: String,
    /// What it does.
    pub effect: RuleEffect,
    /// The line in the plan, or where the plan names the file that it is in.
    pub span: TextSpan,
    /// Its place in a mapping file, where it comes from one: index into [`ColumnMap::files`] and line.
    pub in_file: Option<(u16, u32)>,
}

impl Rule {
    /// The names of the tags that the line gives and that are named after the value.
    pub fn carried_names<'r>(&'r self, value: &'r str) -> impl Iterator<Item = String> + 'r {
        let value = Pattern::trim(value);
        self.effect.tags.iter().filter_map(move |gift| match gift {
            TagGift::Carried(template) => Some(template.name(value, self.pattern.rest(value))),
            TagGift::Tag(_) => None,
        })
    }
}

/// `[sources.KEY.map.COLUMN]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnMap {
    /// The column.
    pub column: ColumnUse,
    /// What separates several values in a cell, if the column contains lists.
    pub separator: Option<String>,
    /// The lines, in the order of the text; those of mapping files follow.
    pub rules: Vec<Rule>,
    /// The mapping files, as the plan names them.
    pub files: Vec<String>,
}

/// One line of `[sources.KEY.fields]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldMap {
    /// The field of the contact.
    pub field: FieldName,
    /// The column.
    pub column: ColumnUse,
    /// What its values are, and how the column writes them.
    pub kind: FieldType,
    /// What happens to an existing value, if the field has a rule of its own.
    pub existing: Option<ExistingFields>,
    /// The line in the plan.
    pub span: TextSpan,
}

/// The files of a source, and how they are laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFiles {
    /// The files.
    pub names: Files,
    /// Where the plan names them.
    pub span: TextSpan,
    /// Declared encoding.
    pub encoding: Option<Encoding>,
    /// Declared separator of columns.
    pub delimiter: Option<u8>,
    /// Whether the first row names the columns.
    pub header: bool,
    /// Lines before the header that are not part of the table.
    pub skip_lines: u32,
}

/// The columns that say who a member is. Those of the address and of names are the plan's; where it names none, the
/// profile's count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberColumns {
    /// The email address.
    pub email: Option<ColumnUse>,
    /// The first name.
    pub first_name: Option<ColumnUse>,
    /// The last name.
    pub last_name: Option<ColumnUse>,
    /// The whole name.
    pub full_name: Option<ColumnUse>,
    /// The source's own key of a person.
    pub key: Option<ColumnUse>,
    /// Consent.
    pub consent: Option<Consent>,
    /// The day on which a person registered.
    pub registered: Option<ColumnUse>,
    /// How new users of this source log in, where it has a rule of its own.
    pub login: Option<LoginRule>,
}

/// What the records of a source give.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceGives {
    /// Maps, in the order of the text.
    pub maps: Vec<ColumnMap>,
    /// What every row becomes.
    pub each_row: Option<RuleEffect>,
    /// When what a row grants ends.
    pub ends: Option<Ends>,
    /// What the words of a status column mean for access.
    pub statuses: Option<Statuses>,
}

/// How a source writes dates and numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CellFormats {
    /// Dates.
    pub dates: DateRules,
    /// Numbers.
    pub numbers: NumberRule,
}

/// What a source has of payments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourcePayments {
    /// What the words for events mean; there exactly where the profile's rows are events.
    pub words: Option<EventWords>,
    /// The payments go on at the old platform: whoever is granted something here is listed.
    pub billing_stays: bool,
}

/// `[sources.KEY]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The key.
    pub key: SourceKey,
    /// The key that it had before: under it the site keeps the source's keys of people.
    pub was: Option<SourceKey>,
    /// Where the table starts in the plan.
    pub span: TextSpan,
    /// How the export is read.
    pub profile: Profile,
    /// The files.
    pub files: SourceFiles,
    /// Who a member is.
    pub person: MemberColumns,
    /// What records give.
    pub gives: SourceGives,
    /// Fields, in the order of the text.
    pub fields: Vec<FieldMap>,
    /// How dates and numbers are written.
    pub formats: CellFormats,
    /// Payments.
    pub payments: SourcePayments,
    /// The source names everybody, and this becomes of those whom it does not name any more.
    pub gone: Option<Gone>,
    /// Cells that are read as another text.
    pub corrections: Option<Corrections>,
    /// The columns that all of this uses, each once: the cells of its rows.
    pub in_use: ColumnsInUse,
}

impl Source {
    /// The name under which the site keeps the source's keys of people.
    pub fn site_key(&self) -> &SourceKey {
        self.was.as_ref().unwrap_or(&self.key)
    }
}
