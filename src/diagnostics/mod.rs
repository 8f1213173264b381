//! What is wrong with what a person wrote or gave: collected, coded, placed. Rendered at the edge.
//!
//! Diagnostics are collected, not returned at the first error: a consultant corrects a plan in one pass. Each has
//! a [`Code`] that never changes its meaning, because people search for it and the documentation has a section
//! for each. Nothing here knows a terminal: the same diagnostics become text with excerpts or JSON.

mod code;
mod explain;
mod glossary;
mod mask;
mod render;

pub use code::Code;
pub use explain::explain;
pub use glossary::{explain_term, terms};
pub use render::{render, to_json};

use std::ops::Range;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The work continues.
    Warning,
    /// Nothing happens until it is fixed.
    Error,
}

/// Where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Bytes of the plan's text, and what to say there.
    Plan(Range<usize>, String),
    /// A line of another file (0 for the whole file), and what to say there.
    File {
        /// The path as the plan says it.
        path: String,
        /// Counted from 1; 0 for the whole file.
        line: u32,
        /// What to say there.
        note: String,
    },
}

/// One thing that is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// What is wrong, with names and values. No full stop.
    pub message: String,
    /// Where; the first is the main one.
    pub places: Vec<Place>,
    /// What to do.
    pub remedy: Option<String>,
}

impl Diagnostic {
    /// An error.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            places: Vec::new(),
            remedy: None,
        }
    }

    /// A warning.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, message)
        }
    }

    /// Message and remedy in one line, for places without an excerpt of the plan.
    pub fn sentence(&self) -> String {
        match &self.remedy {
            Some(remedy) => format!("{} ({}). {remedy}", self.message, self.code.code()),
            None => format!("{} ({})", self.message, self.code.code()),
        }
    }

    /// Adds a place in the plan.
    #[must_use]
    pub fn at(mut self, span: Range<usize>, note: impl Into<String>) -> Self {
        self.places.push(Place::Plan(span, note.into()));
        self
    }

    /// Adds a line of a file.
    #[must_use]
    pub fn in_file(mut self, path: impl Into<String>, line: u32, note: impl Into<String>) -> Self {
        self.places.push(Place::File {
            path: path.into(),
            line,
            note: note.into(),
        });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

/// Collects diagnostics; the one who reports never decides what is fatal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Adds all of another collection.
    pub fn append(&mut self, other: Self) {
        self.list.extend(other.list);
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Keeps the first `max`, and says how many were dropped.
    pub fn cut(&mut self, max: usize) -> usize {
        let dropped = self.list.len().saturating_sub(max);
        self.list.truncate(max);
        dropped
    }

    /// All, in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// True if nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// True if there is an error among them.
    pub fn has_errors(&self) -> bool {
        self.list
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}
