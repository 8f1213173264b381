//! What the date columns show in; a line for each whose order of day and month was found out, out.

use super::Gathered;
use crate::{
    model::RecordRef,
    people::evidence::DateOrder,
    plan::Plan,
    text::{counted, revealed},
};

impl Gathered {
    /// How the date columns of a source are read where neither plan nor profile says it.
    pub fn date_orders(&self, plan: &Plan, source: usize) -> String {
        let Some(of) = plan.sources.get(source) else {
            return String::new();
        };
        let slots = &of.in_use;
        let mut text = String::new();
        for shown in self.evidence.get(source).into_iter().flatten() {
            let column = slots
                .columns
                .get(shown.slot)
                .and_then(|column| column.names.first());
            let (sort, order) = match shown.evidence.verdict() {
                DateOrder::DayFirst => (&shown.evidence.day_first, "the day before the month"),
                DateOrder::MonthFirst => (&shown.evidence.month_first, "the month before the day"),
                _ => continue,
            };
            let Some((cell, line)) = &sort.first else { continue };
            // Where several files are one source, the evidence does not know of which a line is.
            let one_file = self.files.get(source).is_some_and(|files| files.len() == 1);
            let record = RecordRef {
                source: u16::try_from(source).unwrap_or_default(),
                file: 0,
                line: u32::try_from(*line).unwrap_or_default(),
            };
            let place = if one_file {
                format!(" ({})", self.place(record))
            } else {
                String::new()
            };
            text.push_str(&format!(
                "[sources.{}] \"{}\" is read with {order}: {} cannot be read otherwise, such as \"{}\"{place}\n",
                of.key,
                revealed(column.map_or("", String::as_str)),
                counted(sort.count, "cell"),
                revealed(cell.trim()),
            ));
        }
        text
    }
}
