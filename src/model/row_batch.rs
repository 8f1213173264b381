//! Many rows of one file in one allocation, cut down to the columns that the plan uses.

use super::RecordRef;

/// What is wrong or remarkable about the shape of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowTrouble {
    /// More cells than the header, and not all of them blank: rejected.
    Ragged,
    /// A quote is opened and never closed: rejected.
    UnclosedQuote,
    /// A quote opens or closes no whole cell, so that it is not known where its cells end: rejected.
    BrokenQuotes,
    /// A quoted cell spans lines that look like rows of their own: rejected.
    SwallowsRows,
    /// The whole line is one quoted cell: rejected.
    QuotedLine,
    /// Fewer cells than the header: the rest counts as blank.
    Short,
    /// A quote stands within a bare cell, or blanks after a quoted one; read as spreadsheets read it.
    LooseQuote,
    /// NUL bytes were dropped.
    NulBytes,
    /// The person asked to be deleted: left out.
    Deleted,
}

/// Many rows of one file. Every row has the same number of cells: the slots asked for.
#[derive(Debug, Clone, Default)]
pub struct RowBatch {
    source: u16,
    file: u16,
    width: usize,
    text: String,
    ends: Vec<u32>,
    lines: Vec<u32>,
    troubles: Vec<(u32, RowTrouble)>,
}

/// One row, borrowed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Row<'a> {
    /// Where it is.
    pub record: RecordRef,
    /// What is wrong or remarkable about its shape.
    pub trouble: Option<RowTrouble>,
    text: &'a str,
    start: u32,
    ends: &'a [u32],
}

impl<'a> Row<'a> {
    /// The cell of a slot, untrimmed. A slot that is not there gives the empty text.
    pub fn cell(&self, slot: usize) -> &'a str {
        let Some(end) = self.ends.get(slot) else { return "" };
        let start = slot.checked_sub(1).map_or(self.start, |before| self.ends[before]);
        self.text.get(start as usize..*end as usize).unwrap_or_default()
    }
}

impl RowBatch {
    /// An empty batch for rows of `width` cells.
    pub fn new(source: u16, file: u16, width: usize) -> Self {
        Self {
            source,
            file,
            width,
            ..Self::default()
        }
    }

    /// Empties the batch and keeps its memory.
    pub fn clear(&mut self, source: u16, file: u16, width: usize) {
        (self.source, self.file, self.width) = (source, file, width);
        self.text.clear();
        self.ends.clear();
        self.lines.clear();
        self.troubles.clear();
    }

    /// Adds a cell to the row that is being written.
    pub fn cell(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    /// Ends the row that is being written; cells that are missing are blank.
    pub fn end_row(&mut self, line: u32, trouble: Option<RowTrouble>) {
        self.lines.push(line);
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.ends.resize(self.lines.len() * self.width, end);
        if let Some(trouble) = trouble {
            let row = u32::try_from(self.lines.len() - 1).unwrap_or(u32::MAX);
            self.troubles.push((row, trouble));
        }
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// True if there are no rows.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Bytes of text held.
    pub fn text_len(&self) -> usize {
        self.text.len()
    }

    /// The rows, in the order of the file.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let mut troubles = self.troubles.iter().peekable();
        (0..self.lines.len()).map(move |index| {
            let trouble = troubles
                .next_if(|(row, _)| *row as usize == index)
                .map(|(_, trouble)| *trouble);
            let first = index * self.width;
            Row {
                record: RecordRef {
                    source: self.source,
                    file: self.file,
                    line: self.lines[index],
                },
                trouble,
                text: &self.text,
                start: first.checked_sub(1).map_or(0, |before| self.ends[before]),
                ends: &self.ends[first..first + self.width],
            }
        })
    }
}
