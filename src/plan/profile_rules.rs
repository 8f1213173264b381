//! What a profile says of an export beside its columns and formats: how cells are cleaned, which rows and columns do not
//! count, and what belongs to it.

use super::Words;

/// How the cells of an export are cleaned while they are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CellRules {
    /// Words of this export for a missing value, exactly as it writes them.
    pub blank: Vec<String>,
    /// `\'`, `\"` and `\\` are `'`, `"` and `\`.
    pub unescape: bool,
    /// A `'` before `=`, `+`, `-`, `@`, a tab or a line break was put there to keep spreadsheets from computing.
    pub guard: bool,
    /// A column of items `key:value|…`, separated by semicolons, of which only the names count.
    pub items: Vec<String>,
    /// A row whose first cell is this is a sum, not a record.
    pub footer: Option<String>,
}

impl CellRules {
    /// True where a cell may become another text.
    pub fn change_cells(&self) -> bool {
        self.unescape || self.guard || !self.blank.is_empty()
    }
}

/// The records of people who asked to be deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeletedPeople {
    /// Columns that are blank for everyone else.
    pub columns: Vec<String>,
    /// Domains of the addresses that such people are given, in lowercase.
    pub domains: Vec<String>,
}

/// The columns of an export that say who pays, what and when; each by its possible names, best first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BillingColumns {
    /// For each of [`BillingColumns::KEYS`], where the profile names one.
    pub names: Vec<Vec<String>>,
}

impl BillingColumns {
    /// What the columns say, as a profile and `billing-old.csv` call it.
    pub const KEYS: [&'static str; 9] = [
        "provider",
        "customer",
        "subscription",
        "amount",
        "currency",
        "interval",
        "next_payment",
        "cancelled_on",
        "paid_until",
    ];
}

/// Rows and columns of an export that do not count as they stand, and what belongs to the export.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportRules {
    /// How cells are cleaned.
    pub cells: CellRules,
    /// Columns that are never kept: password hashes, session tokens, card data.
    pub drop: Words,
    /// Possible names of the column with the address of the person who received a gift.
    pub recipient: Vec<String>,
    /// Who asked to be deleted.
    pub deleted: DeletedPeople,
    /// The profiles of exports that belong to it. Its own name means another file of the same kind.
    pub together: Vec<String>,
    /// Who pays, what and when.
    pub billing: BillingColumns,
}
