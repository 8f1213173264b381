//! What the words of a status column mean for access, as a plan or a profile says it; the meaning of a cell out.

use super::{ColumnUse, TextSpan, Words};

/// `[sources.KEY.statuses]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses {
    /// The column with the status.
    pub column: ColumnUse,
    /// Words that give access.
    pub gives: Words,
    /// Words that give access until a day.
    pub until: Option<UntilDay>,
    /// Words of what has ended.
    pub ended: Words,
    /// Words that are the owner's choice: only a profile has them.
    pub choose: Words,
    /// Where the table stands.
    pub span: TextSpan,
}

/// `until = { words, column }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UntilDay {
    /// The words.
    pub words: Words,
    /// The column with the last day of access.
    pub column: ColumnUse,
}

/// What a status says of access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusSays {
    /// Access.
    Gives,
    /// Access to the end of a day.
    Until,
    /// No access any more.
    Ended,
    /// That depends on the owner.
    Choose,
    /// No list has the word.
    Unknown,
}

impl Statuses {
    /// What a cell says. A word that is listed counts before a pattern, of two patterns the one of the earlier list.
    ///
    /// ```
    /// use rehome::plan::{ColumnUse, StatusSays, Statuses, Words};
    ///
    /// let statuses = Statuses {
    ///     column: ColumnUse { name: "Status".to_owned(), span: 0..0 },
    ///     gives: Words::new(["active", "trial*"]),
    ///     until: None,
    ///     ended: Words::new(["trial over", ""]),
    ///     choose: Words::default(),
    ///     span: 0..0,
    /// };
    /// assert_eq!(statuses.says("Active"), StatusSays::Gives);
    /// assert_eq!(statuses.says("trial over"), StatusSays::Ended);
    /// assert_eq!(statuses.says(" "), StatusSays::Ended);
    /// assert_eq!(statuses.says("paused"), StatusSays::Unknown);
    /// ```
    pub fn says(&self, cell: &str) -> StatusSays {
        let mut by_pattern = None;
        for (words, says) in self.lists() {
            let Some(at) = words.find(cell) else { continue };
            if words.patterns().nth(at).is_some_and(|word| !word.has_star()) {
                return says;
            }
            by_pattern = by_pattern.or(Some(says));
        }
        by_pattern.unwrap_or(StatusSays::Unknown)
    }

    /// The lists of words, in their order.
    pub fn lists(&self) -> impl Iterator<Item = (&Words, StatusSays)> {
        let until = self.until.iter().map(|until| (&until.words, StatusSays::Until));
        std::iter::once((&self.gives, StatusSays::Gives))
            .chain(until)
            .chain([
                (&self.ended, StatusSays::Ended),
                (&self.choose, StatusSays::Choose),
            ])
    }
}

impl StatusSays {
    /// In a word or two, as reports write it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Gives => "gives access",
            Self::Until => "access until a day",
            Self::Ended => "ended",
            Self::Choose => "your choice",
            Self::Unknown => "NOT LISTED",
        }
    }
}
