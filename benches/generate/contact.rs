//! A contact of the old school in; one row of the contacts export out.

use crate::{
    rows::{Holding, Label, Row, Truth},
    school::{product, tag},
};

/// One row of the contacts export, before it is text.
#[derive(Clone, Default)]
pub(crate) struct Contact {
    pub(crate) name: String,
    pub(crate) first: String,
    pub(crate) last: String,
    /// The cell, as messy as the case wants it.
    pub(crate) email: String,
    /// The address that must come of it.
    pub(crate) normal: String,
    /// The finding that turns the row away.
    pub(crate) rejected: Option<&'static str>,
    pub(crate) products: Vec<&'static str>,
    /// The products cell, where it is not the titles with commas between.
    pub(crate) products_cell: Option<&'static str>,
    pub(crate) tags: Vec<&'static str>,
    /// The tags cell, likewise.
    pub(crate) tags_cell: Option<&'static str>,
    pub(crate) key: String,
    pub(crate) phone: String,
    pub(crate) city: String,
    pub(crate) marketing: &'static str,
    /// Cells cut off the end of the row.
    pub(crate) cut: usize,
    /// Cells after the last column.
    pub(crate) extra: Vec<&'static str>,
    pub(crate) labels: Vec<Label>,
}

impl Contact {
    /// A contact of that name and address.
    pub(crate) fn new(first: &str, last: &str, email: &str, key: u64) -> Self {
        Self {
            name: format!("{first} {last}"),
            first: first.to_owned(),
            last: last.to_owned(),
            email: email.to_owned(),
            normal: email.to_owned(),
            key: key.to_string(),
            marketing: "yes",
            ..Self::default()
        }
    }

    /// The row.
    pub(crate) fn row(&self) -> Row {
        let text = |cell: Option<&'static str>, titles: &[&'static str]| {
            cell.map_or_else(|| titles.join(", "), str::to_owned)
        };
        let mut cells = vec![
            self.name.clone(),
            self.first.clone(),
            self.last.clone(),
            self.email.clone(),
            text(self.products_cell, &self.products),
            text(self.tags_cell, &self.tags),
            self.key.clone(),
            self.key.clone(),
            self.phone.clone(),
            self.city.clone(),
            self.marketing.to_owned(),
        ];
        cells.truncate(cells.len() - self.cut);
        cells.extend(self.extra.iter().map(|&cell| cell.to_owned()));
        let truth = match self.rejected {
            Some(code) => Truth::Rejected(code),
            None => Truth::Member(self.holding()),
        };
        Row {
            cells,
            truth,
            labels: self.labels.clone(),
        }
    }

    fn holding(&self) -> Holding {
        let mut holding = Holding {
            email: self.normal.clone(),
            opted_out: ["no", "false", "0", "maybe later"].contains(&self.marketing.to_lowercase().as_str()),
            ..Holding::default()
        };
        for title in &self.products {
            let (grants, tags) = product(title);
            holding.grants |= grants;
            holding.tags |= tags;
        }
        for title in &self.tags {
            holding.tags |= tag(title);
        }
        holding
    }
}
