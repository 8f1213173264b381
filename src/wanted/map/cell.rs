//! One cell with one or several values in; the values, each with its line of the map, out.

use std::{
    borrow::Cow,
    cmp::{Ordering, Reverse},
    collections::BTreeSet,
    hash::BuildHasher,
    ops::Range,
};

use foldhash::fast::FixedState;

use crate::{
    people::is_blank,
    plan::{Pattern, list_text},
    wanted::RuleIndex,
};

/// One value of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The value as written, trimmed.
    pub value: String,
    /// Index of its line among the map's rules; `None` if it has none.
    pub rule: Option<usize>,
    /// It is a word for a missing value, without a line of its own.
    pub blank: bool,
}

/// How a cell is cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellCut {
    /// Into these values.
    Values(Vec<Piece>),
    /// In two ways that mean different things.
    Ambiguous(Vec<Piece>, Vec<Piece>),
}

impl CellCut {
    /// The values that count: none of a cell that can be cut in two ways.
    pub fn counted(&self) -> &[Piece] {
        match self {
            Self::Values(pieces) => pieces,
            Self::Ambiguous(..) => &[],
        }
    }
}

/// Cuts a cell, knowing the lines of its map, since a title may hold the separator.
///
/// The cut that leaves the fewest parts without a line wins, then the one in which exact titles cover
/// most, then patterns with the longest literal parts. Two cuts as good as each other that differ in
/// effect are ambiguous. The star of a pattern never crosses the separator.
pub fn cut(cell: &str, rules: &RuleIndex<'_>) -> CellCut {
    let cell = cell.trim();
    let Some(separator) = rules.separator else {
        let rule = rules.find_filled(cell);
        let piece = Piece {
            value: cell.to_owned(),
            rule,
            blank: rule.is_none() && is_blank(cell),
        };
        return CellCut::Values(if cell.is_empty() { Vec::new() } else { vec![piece] });
    };
    let bare = if rules.has_line(cell) {
        Cow::Borrowed(cell)
    } else {
        list_text(cell, separator)
    };
    let cell = bare.trim();
    let parts = parts_of(cell, separator);
    // best[i]: the best cuts of the parts from i on, at most two that differ in effect.
    let mut best: Vec<Vec<Cut>> = vec![Vec::new(); parts.len() + 1];
    best[parts.len()].push(Cut::default());
    for from in (0..parts.len()).rev() {
        let mut found: Vec<Cut> = Vec::new();
        for to in from + 1..=parts.len().min(from + rules.longest) {
            let value = cell[parts[from].start..parts[to - 1].end].trim();
            let rule = if value.is_empty() {
                None
            } else {
                rules.find_filled(value)
            };
            if rule.is_none() && to > from + 1 {
                continue;
            }
            for (choice, rest) in best[to].iter().enumerate() {
                let first = First {
                    blank: value.is_empty(),
                    rule,
                    from,
                    to,
                    choice,
                };
                keep_best(&mut found, rest.with(first, rules));
            }
        }
        best[from] = found;
    }
    let pieces_of = |choice: usize| {
        let (mut from, mut choice, mut pieces) = (0, choice, Vec::new());
        while from < parts.len() {
            let first = best[from][choice].first;
            let value = cell[parts[from].start..parts[first.to - 1].end].trim();
            if !first.blank {
                pieces.push(Piece {
                    value: value.to_owned(),
                    rule: first.rule,
                    blank: first.rule.is_none() && is_blank(value),
                });
            }
            (from, choice) = (first.to, first.choice);
        }
        pieces
    };
    match best[0].len() {
        0 => CellCut::Values(Vec::new()),
        1 => CellCut::Values(pieces_of(0)),
        _ => CellCut::Ambiguous(pieces_of(0), pieces_of(1)),
    }
}

fn parts_of(cell: &str, separator: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in cell.match_indices(separator) {
        parts.push(start..at);
        start = at + separator.len();
    }
    parts.push(start..cell.len());
    parts
}

/// The first piece of a cut: which parts it takes, and which cut of the parts after it continues.
#[derive(Debug, Clone, Copy, Default)]
struct First {
    blank: bool,
    rule: Option<usize>,
    from: usize,
    to: usize,
    choice: usize,
}

/// A cut of the last parts of a cell.
#[derive(Debug, Clone, Default)]
struct Cut {
    unmatched: usize,
    exact: usize,
    literal: usize,
    /// The distinct effects, by their numbers.
    effects: BTreeSet<u32>,
    /// The pieces whose effect depends on their text, as one number.
    carried: u64,
    first: First,
}

impl Cut {
    fn with(&self, first: First, rules: &RuleIndex<'_>) -> Self {
        let mut cut = Self {
            first,
            ..self.clone()
        };
        let Some(index) = first.rule else {
            cut.unmatched += usize::from(!first.blank);
            return cut;
        };
        match &rules.rules[index].pattern {
            Pattern::Exact(_) => cut.exact += first.to - first.from,
            pattern @ Pattern::Star { .. } => cut.literal += pattern.literal_len(),
        }
        let effect = rules.effects[index];
        if rules.carries[index] {
            // A sum, so that the order of the pieces makes no difference.
            let piece = FixedState::default().hash_one((effect, first.from, first.to));
            cut.carried = cut.carried.wrapping_add(piece);
        } else {
            cut.effects.insert(effect);
        }
        cut
    }

    fn same_effect(&self, other: &Self) -> bool {
        self.effects == other.effects && self.carried == other.carried
    }

    fn rank(&self) -> (Reverse<usize>, usize, usize) {
        (Reverse(self.unmatched), self.exact, self.literal)
    }
}

fn keep_best(found: &mut Vec<Cut>, candidate: Cut) {
    match found.first().map(|best| candidate.rank().cmp(&best.rank())) {
        Some(Ordering::Less) => {}
        Some(Ordering::Equal) => {
            if found.len() < 2 && !found[0].same_effect(&candidate) {
                found.push(candidate);
            }
        }
        Some(Ordering::Greater) | None => *found = vec![candidate],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Rule, RuleEffect};

    fn rules(lines: &[(&str, u16)]) -> Vec<Rule> {
        lines
            .iter()
            .map(|(text, grant)| Rule {
                pattern: Pattern::parse(text).expect("a pattern"),
                text: (*text).to_owned(),
                effect: RuleEffect {
                    grant: Some(*grant),
                    release: None,
                    ends: None,
                    tags: Vec::new(),
                    ignore: None,
                    when: Vec::new(),
                    otherwise: None,
                },
                span: 0..0,
                in_file: None,
            })
            .collect()
    }

    fn values(cell: &str, rules: &[Rule]) -> Vec<(String, Option<usize>)> {
        match cut(cell, &RuleIndex::new(rules, Some(","))) {
            CellCut::Values(pieces) => pieces.into_iter().map(|p| (p.value, p.rule)).collect(),
            CellCut::Ambiguous(one, other) => panic!("ambiguous: {one:?} or {other:?}"),
        }
    }

    #[test]
    fn a_title_with_a_comma_is_one_value() {
        let rules = rules(&[("Light, Shadow, Colour", 0), ("Portrait", 1)]);
        assert_eq!(
            values("Portrait, Light, Shadow, Colour", &rules),
            [
                ("Portrait".to_owned(), Some(1)),
                ("Light, Shadow, Colour".to_owned(), Some(0))
            ]
        );
    }

    #[test]
    fn two_cuts_with_different_effects_are_ambiguous() {
        let rules = rules(&[("A, B", 0), ("A", 1), ("B", 2)]);
        assert!(matches!(
            cut("A, B", &RuleIndex::new(&rules, Some(","))),
            CellCut::Ambiguous(_, _)
        ));
    }

    #[test]
    fn two_cuts_with_equal_effects_are_one() {
        let rules = rules(&[("A, B", 1), ("A", 1), ("B", 1)]);
        assert!(matches!(
            cut("A, B", &RuleIndex::new(&rules, Some(","))),
            CellCut::Values(_)
        ));
    }

    #[test]
    fn an_exact_title_beats_a_catch_all_pattern() {
        let rules = rules(&[("*", 9), ("Light, Shadow, Colour", 0)]);
        assert_eq!(
            values("Light, Shadow, Colour", &rules),
            [("Light, Shadow, Colour".to_owned(), Some(1))]
        );
    }

    #[test]
    fn a_star_never_crosses_the_separator() {
        let rules = rules(&[("Old *", 0), ("VIP", 1)]);
        assert_eq!(
            values("Old webinar, VIP", &rules),
            [("Old webinar".to_owned(), Some(0)), ("VIP".to_owned(), Some(1))]
        );
    }

    #[test]
    fn of_two_patterns_the_longer_literal_counts() {
        let rules = rules(&[("lead-*", 0), ("lead-summer-*", 1)]);
        assert_eq!(
            values("lead-summer-3", &rules),
            [("lead-summer-3".to_owned(), Some(1))]
        );
    }

    #[test]
    fn a_value_without_a_line_stands_alone() {
        let rules = rules(&[("VIP", 1)]);
        assert_eq!(
            values("VIP, Mystery , ", &rules),
            [("VIP".to_owned(), Some(0)), ("Mystery".to_owned(), None)]
        );
    }

    #[test]
    fn a_cell_of_many_values_takes_linear_time() {
        let rules = rules(&[("a, a", 0), ("a", 1)]);
        let cell = vec!["a"; 5_000].join(", ");
        assert!(matches!(
            cut(&cell, &RuleIndex::new(&rules, Some(","))),
            CellCut::Ambiguous(_, _)
        ));
    }
}
