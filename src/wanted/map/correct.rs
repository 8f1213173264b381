//! Rows of an export in; the same rows with the cells that a corrections file fixes, out.

use std::collections::HashMap;

use crate::{
    model::{Finding, FindingCode, Findings, RecordRef, RowBatch},
    plan::{Correction, Pattern, Source},
};

/// What became of one correction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Corrected {
    /// Records of the person it names.
    pub met: u64,
    /// Records whose cell was changed.
    pub changed: u64,
    /// Records whose cell held what it becomes already.
    pub already: u64,
    /// The first record whose cell differs from what the file says, and its value.
    pub other: Option<(RecordRef, String)>,
    /// A record whose cell another line of the file, by index, changes too.
    pub twice: Option<(RecordRef, usize)>,
}

/// Mends the rows of one source.
#[derive(Debug)]
pub struct Corrector<'a> {
    lines: &'a [Correction],
    /// The slot of each line.
    slots: Vec<Option<usize>>,
    email: Option<usize>,
    key: Option<usize>,
    width: usize,
    by_email: HashMap<&'a str, Vec<usize>>,
    by_key: HashMap<&'a str, Vec<usize>>,
    done: Vec<Corrected>,
}

impl<'a> Corrector<'a> {
    /// `None` where the source has no corrections.
    pub fn from_source(source: &'a Source) -> Option<Self> {
        let slots = &source.in_use;
        let lines = source.corrections.as_ref()?.lines.as_slice();
        let (mut by_email, mut by_key) = (HashMap::new(), HashMap::new());
        for (at, line) in lines.iter().enumerate() {
            let place: Option<&mut Vec<usize>> = match (&line.email, &line.key) {
                (Some(email), _) => Some(by_email.entry(email.as_str()).or_default()),
                (None, Some(key)) => Some(by_key.entry(key.as_str()).or_default()),
                (None, None) => None,
            };
            if let Some(place) = place {
                place.push(at);
            }
        }
        Some(Self {
            slots: lines.iter().map(|line| slots.named(&line.column)).collect(),
            email: slots.person.email,
            key: slots.person.key,
            width: slots.columns.len(),
            done: vec![Corrected::default(); lines.len()],
            lines,
            by_email,
            by_key,
        })
    }

    /// The batch with its cells fixed; `None` if no row of it is meant. Lines name a record by its cells
    /// as the export has them, so that an address can be fixed too.
    pub fn correct(&mut self, batch: &RowBatch, findings: &mut Findings) -> Option<RowBatch> {
        let mut changes: Vec<(usize, usize, &'a str)> = Vec::new();
        for (number, row) in batch.rows().enumerate() {
            let cell = |slot: Option<usize>| Pattern::fold(slot.map_or("", |slot| row.cell(slot)));
            let (email, key) = (cell(self.email), cell(self.key));
            let meant = self.by_email.get(email.as_str()).into_iter().flatten();
            let meant = meant.chain(self.by_key.get(key.as_str()).into_iter().flatten());
            let mut taken: Vec<(usize, usize)> = Vec::new();
            let mut told = String::new();
            for at in meant {
                let (Some(line), Some(Some(slot))) = (self.lines.get(*at), self.slots.get(*at)) else {
                    continue;
                };
                let Some(done) = self.done.get_mut(*at) else {
                    continue;
                };
                if line.key.as_ref().is_some_and(|wanted| *wanted != key) {
                    continue;
                }
                done.met += 1;
                let held = row.cell(*slot).trim();
                let holds = line.was.as_ref().is_none_or(|was| *was == Pattern::fold(held));
                if held == line.becomes {
                    done.already += 1;
                } else if !holds {
                    done.other.get_or_insert_with(|| (row.record, held.to_owned()));
                } else if let Some((_, other)) = taken.iter().find(|(taken, _)| taken == slot) {
                    done.twice.get_or_insert((row.record, *other));
                } else {
                    done.changed += 1;
                    taken.push((*slot, *at));
                    changes.push((number, *slot, &line.becomes));
                    let joint = if told.is_empty() { "" } else { "; " };
                    told.push_str(&format!("{joint}{}: {held} → {}", line.column, line.becomes));
                }
            }
            if !told.is_empty() {
                findings.push(Finding {
                    code: FindingCode::Corrected,
                    record: row.record,
                    other: None,
                    detail: told,
                });
            }
        }
        (!changes.is_empty()).then(|| self.rebuilt(batch, &changes))
    }

    fn rebuilt(&self, batch: &RowBatch, changes: &[(usize, usize, &str)]) -> RowBatch {
        let mut mended = RowBatch::default();
        let mut changes = changes.iter().peekable();
        for (number, row) in batch.rows().enumerate() {
            if number == 0 {
                mended.clear(row.record.source, row.record.file, self.width);
            }
            let mut own = Vec::new();
            while let Some((_, slot, text)) = changes.next_if(|(of, ..)| *of == number) {
                own.push((*slot, *text));
            }
            for slot in 0..self.width {
                let change = own.iter().find(|(changed, _)| *changed == slot);
                mended.cell(change.map_or(row.cell(slot), |(_, text)| text));
            }
            mended.end_row(row.record.line, row.trouble);
        }
        mended
    }

    /// What became of every line.
    pub fn finish(self) -> Vec<Corrected> {
        self.done
    }
}
