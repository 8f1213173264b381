//! Cells as an export writes them, and what its profile says of them, in; the cells as they are meant, and which rows are
//! not about a member, out.

use std::borrow::Cow;

use super::table::{Table, TableRow};
use crate::{
    model::FindingCode,
    people::is_blank,
    plan::{CellRules, ColumnsInUse, ExportRules, Pattern, Source},
};

/// The cell as it is meant.
pub(super) fn clean<'c>(rules: &CellRules, cell: &'c str) -> Cow<'c, str> {
    let trimmed = cell.trim();
    if rules.blank.iter().any(|word| word == trimmed) {
        return Cow::Borrowed("");
    }
    let cell = match trimmed.strip_prefix('\'') {
        Some(rest) if rules.guard && rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) => rest,
        _ => cell,
    };
    if rules.unescape && cell.contains('\\') {
        return Cow::Owned(unescaped(cell));
    }
    Cow::Borrowed(cell)
}

/// The names of the items of an order, `product_id:1|name:Studio Club|quantity:1;…`, separated by semicolons.
fn item_names(cell: &str) -> String {
    let name = |item: &str| {
        let mut parts = item.split('|').map(str::trim);
        let name = parts.find_map(|part| part.strip_prefix("name:"));
        name.unwrap_or(item).trim().to_owned()
    };
    let names: Vec<String> = cell
        .split(';')
        .map(name)
        .filter(|name| !name.is_empty())
        .collect();
    names.join(";")
}

/// A backslash stands for nothing before a quote, an apostrophe or another backslash.
fn unescaped(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len());
    let mut chars = cell.chars().peekable();
    while let Some(one) = chars.next() {
        match (one, chars.peek()) {
            ('\\', Some('\'' | '"' | '\\')) => text.extend(chars.next()),
            _ => text.push(one),
        }
    }
    text
}

/// What the profile says of the rows of one file.
pub(super) struct RowRules<'s> {
    rules: &'s ExportRules,
    changes_cells: bool,
    recipient: Option<usize>,
    /// Slots with items of an order.
    items: Vec<usize>,
    deleted: Vec<usize>,
    email: Option<usize>,
    /// The slots of names and of what else belongs to the buyer of a gift.
    of_buyer: Vec<usize>,
    email_slot: Option<usize>,
}

/// What a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RowIs {
    Record,
    /// Of a person who asked to be deleted.
    Deleted,
    /// A sum.
    Footer,
    /// A gift, for this address.
    Gift(String),
}

impl<'s> RowRules<'s> {
    /// `None` where the profile says nothing of rows and cells. `columns` has the column of each slot.
    pub(super) fn new(
        source: &'s Source,
        slots: &ColumnsInUse,
        headers: &[String],
        columns: &[Option<usize>],
    ) -> Option<Self> {
        let rules = &source.profile.rules;
        let find = |name: &String| {
            let wanted = Pattern::fold(name);
            headers.iter().position(|header| Pattern::fold(header) == wanted)
        };
        let person = &slots.person;
        let of_buyer = [
            person.first_name,
            person.last_name,
            person.full_name,
            person.key,
            person.login,
            person.registered,
            person.consent,
        ];
        let row_rules = Self {
            rules,
            changes_cells: rules.cells.change_cells(),
            items: rules
                .cells
                .items
                .iter()
                .filter_map(find)
                .flat_map(|at| (0..columns.len()).filter(move |slot| columns[*slot] == Some(at)))
                .collect(),
            recipient: rules.recipient.iter().find_map(find),
            deleted: rules.deleted.columns.iter().filter_map(find).collect(),
            email: person.email.and_then(|slot| columns.get(slot).copied().flatten()),
            of_buyer: of_buyer
                .into_iter()
                .flatten()
                .chain(slots.fields.iter().copied())
                .collect(),
            email_slot: person.email,
        };
        let does_something = row_rules.changes_cells
            || row_rules.recipient.is_some()
            || !row_rules.items.is_empty()
            || !row_rules.deleted.is_empty()
            || !rules.deleted.domains.is_empty()
            || rules.cells.footer.is_some();
        does_something.then_some(row_rules)
    }

    /// What the row that was read last is.
    pub(super) fn row_is<R: std::io::Read>(&self, table: &Table<R>, row: TableRow) -> RowIs {
        let first = |word: &String| row.cells > 0 && table.cell(0).trim() == word;
        if self.rules.cells.footer.as_ref().is_some_and(first) {
            return RowIs::Footer;
        }
        let address = self.email.map_or("", |index| table.cell(index)).trim();
        let domain = address.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
        let is_deleted = domain.is_some_and(|domain| self.rules.deleted.domains.contains(&domain));
        if is_deleted || self.deleted.iter().any(|index| !is_blank(table.cell(*index))) {
            return RowIs::Deleted;
        }
        let recipient = self.recipient.map_or("", |index| table.cell(index)).trim();
        if is_blank(recipient) {
            return RowIs::Record;
        }
        RowIs::Gift(clean(&self.rules.cells, recipient).into_owned())
    }

    /// The cell of a slot as it is meant.
    pub(super) fn cell<'c>(&self, is: &'c RowIs, slot: usize, cell: &'c str) -> Cow<'c, str> {
        if let RowIs::Gift(recipient) = is {
            if self.email_slot == Some(slot) {
                return Cow::Borrowed(recipient);
            }
            if self.of_buyer.contains(&slot) {
                return Cow::Borrowed("");
            }
        }
        if self.items.contains(&slot) {
            return Cow::Owned(item_names(cell));
        }
        if self.changes_cells {
            return clean(&self.rules.cells, cell);
        }
        Cow::Borrowed(cell)
    }
}

/// The columns of a file that are never kept, with the line of its header.
pub(super) fn secret_columns(
    source: &Source,
    headers: &[String],
    line: u32,
) -> impl Iterator<Item = (FindingCode, u32, String)> {
    let drop = &source.profile.rules.drop;
    let dropped = headers.iter().filter(move |name| drop.matches(name));
    dropped.map(move |name| (FindingCode::SecretColumn, line, name.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rules(text: &str) -> CellRules {
        CellRules {
            blank: text
                .split(' ')
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect(),
            unescape: true,
            guard: true,
            ..CellRules::default()
        }
    }

    #[test]
    fn a_cell_is_read_as_it_was_before_the_export_wrote_it() {
        let rules = rules("none never");
        for (cell, meant) in [
            (r"O\'Brien", "O'Brien"),
            (r"\\ \x", r"\ \x"),
            ("'=Bo", "=Bo"),
            ("'+34 1", "+34 1"),
            ("'Ana'", "'Ana'"),
            (" none ", ""),
            ("None", "None"),
            ("\\", "\\"),
        ] {
            assert_eq!(clean(&rules, cell), meant, "{cell}");
        }
        let plain = CellRules::default();
        assert_eq!(clean(&plain, r"'=O\'Brien"), r"'=O\'Brien");
    }

    proptest! {
        /// The law: what the export escapes comes back; the export is written a second time, plainly.
        #[test]
        fn what_was_escaped_comes_back(text in r#"[a'"\\ ]{0,8}"#) {
            let written: String = text
                .chars()
                .flat_map(|one| match one {
                    '\'' | '"' | '\\' => vec!['\\', one],
                    one => vec![one],
                })
                .collect();
            let back = clean(&CellRules { unescape: true, ..CellRules::default() }, &written).into_owned();
            prop_assert_eq!(back, text);
        }
    }
}
