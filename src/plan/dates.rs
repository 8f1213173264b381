//! How the dates of a source are written: one rule for all of its columns, others for some.

use super::{ColumnUse, Pattern};
use crate::model::DateRule;

/// `dates` of a source, laid over what its profile says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DateRules {
    /// For columns without a rule of their own.
    pub default: DateRule,
    /// For these columns.
    pub columns: Vec<(ColumnUse, DateRule)>,
}

impl DateRules {
    /// The rule of a column, by its header.
    pub fn for_column(&self, name: &str) -> &DateRule {
        let wanted = Pattern::fold(name);
        self.columns
            .iter()
            .find(|(column, _)| Pattern::fold(&column.name) == wanted)
            .map_or(&self.default, |(_, rule)| rule)
    }

    /// True if a format is declared for the column, so that nothing has to be found out.
    pub fn declared(&self, name: &str) -> bool {
        !self.for_column(name).formats.is_empty()
    }
}
