//! The lines of a map in; the line of any value out, without looking at every line.

use std::{cmp::Reverse, collections::HashMap};

use crate::{
    people::is_blank,
    plan::{ColumnMap, Pattern, Rule, RuleEffect, TagGift, alike, is_plain},
};

/// The lines of a map, ready to be asked many times.
#[derive(Debug)]
pub struct RuleIndex<'a> {
    pub(crate) rules: &'a [Rule],
    /// What separates values in a cell; `None` if a cell contains one.
    pub(crate) separator: Option<&'a str>,
    folded_separator: String,
    exact: HashMap<&'a str, usize>,
    /// Values by what is left of them for the eye; `None` where two lines are alike.
    alike: HashMap<String, Option<usize>>,
    /// Some value of a line is not its own [`alike`].
    uneven: bool,
    /// Patterns by what stands before the star and after it.
    stars: HashMap<(&'a str, &'a str), usize>,
    /// The lengths before and after that occur, those with most letters first: families of patterns
    /// such as `Course -> *` have few.
    lengths: Vec<(usize, usize)>,
    /// Parts that the longest title may have, cut at the separator.
    pub(crate) longest: usize,
    /// For each line a number that lines with an equal effect share.
    pub(crate) effects: Vec<u32>,
    /// For each line whether what it gives depends on the value.
    pub(crate) carries: Vec<bool>,
}

impl<'a> RuleIndex<'a> {
    /// Of a map of the plan.
    pub fn of(map: &'a ColumnMap) -> Self {
        Self::new(&map.rules, map.separator.as_deref())
    }

    /// Of these lines.
    pub fn new(rules: &'a [Rule], separator: Option<&'a str>) -> Self {
        let separator = separator.filter(|separator| !separator.is_empty());
        let (mut exact, mut stars, mut lengths) = (HashMap::new(), HashMap::new(), Vec::new());
        let (mut same, mut uneven) = (HashMap::new(), false);
        for (at, rule) in rules.iter().enumerate() {
            match &rule.pattern {
                Pattern::Exact(text) => {
                    exact.entry(text.as_str()).or_insert(at);
                    uneven |= !is_plain(text);
                    same.entry(alike(text))
                        .and_modify(|one| *one = None)
                        .or_insert(Some(at));
                }
                Pattern::Star { before, after } => {
                    stars.entry((before.as_str(), after.as_str())).or_insert(at);
                    lengths.push((before.len(), after.len()));
                }
            }
        }
        lengths.sort_unstable_by_key(|(before, after)| (Reverse(before + after), *before));
        lengths.dedup();
        let parts = |rule: &Rule| separator.map_or(0, |separator| rule.text.matches(separator).count()) + 1;
        let mut known: HashMap<String, u32> = HashMap::new();
        Self {
            rules,
            separator,
            folded_separator: separator.unwrap_or_default().to_lowercase(),
            exact,
            alike: same,
            uneven,
            stars,
            lengths,
            longest: rules.iter().map(parts).max().unwrap_or(1),
            effects: rules
                .iter()
                .map(|rule| {
                    let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
                    *known.entry(meaning(&rule.effect)).or_insert(next)
                })
                .collect(),
            carries: rules
                .iter()
                .map(|rule| {
                    rule.effect
                        .tags
                        .iter()
                        .any(|gift| matches!(gift, TagGift::Carried(_)))
                })
                .collect(),
        }
    }

    /// The line of a whole value: the exact one, otherwise the pattern with the longest literal part, of two
    /// as long the first, otherwise none. The star never crosses the separator.
    pub(crate) fn find(&self, value: &str) -> Option<usize> {
        let folded = Pattern::fold(value);
        if let Some(at) = self.exact.get(folded.as_str()) {
            return Some(*at);
        }
        if (self.uneven || !is_plain(&folded))
            && let Some(Some(at)) = self.alike.get(&alike(value))
        {
            return Some(*at);
        }
        let mut best: Option<(usize, usize)> = None;
        for (literal, at) in self.patterns(&folded) {
            match best {
                Some((longest, _)) if literal < longest => break,
                Some((_, first)) if first < at => {}
                _ => best = Some((literal, at)),
            }
        }
        best.map(|(_, at)| at)
    }

    /// [`Self::find`], but a word for a missing value has no line unless one names it: a star does not mean "nothing".
    pub(crate) fn find_filled(&self, value: &str) -> Option<usize> {
        let found = self.find(value)?;
        let named = || self.rules.get(found).is_some_and(|rule| !rule.pattern.has_star());
        (!is_blank(value) || named()).then_some(found)
    }

    /// True of a value that a line names as it is.
    pub(crate) fn has_line(&self, value: &str) -> bool {
        self.exact.contains_key(Pattern::fold(value).as_str())
    }

    /// Another line that fits a value as well as the one that [`Self::find`] gives, and means something else.
    pub(crate) fn rival(&self, value: &str, found: usize) -> Option<usize> {
        let pattern = &self.rules.get(found)?.pattern;
        if !pattern.has_star() {
            return None;
        }
        let folded = Pattern::fold(value);
        self.patterns(&folded)
            .take_while(|(literal, _)| *literal >= pattern.literal_len())
            .map(|(_, at)| at)
            .find(|at| self.effects.get(*at) != self.effects.get(found))
    }

    /// The patterns that fit a folded value, each with the length of its literal part, the longest first.
    fn patterns<'s>(&'s self, folded: &'s str) -> impl Iterator<Item = (usize, usize)> + 's {
        self.lengths.iter().filter_map(move |(before, after)| {
            let end = folded.len().checked_sub(*after).filter(|end| before <= end)?;
            let (head, rest, tail) = (
                folded.get(..*before)?,
                folded.get(*before..end)?,
                folded.get(end..)?,
            );
            let crosses = self.separator.is_some() && rest.contains(&self.folded_separator);
            let at = self.stars.get(&(head, tail)).filter(|_| !crosses)?;
            Some((before + after, *at))
        })
    }
}

/// What an effect does, without where it is and why: lines that mean the same are written alike.
fn meaning(effect: &RuleEffect) -> String {
    let RuleEffect {
        grant,
        release,
        ends,
        tags,
        ignore: _,
        when,
        otherwise,
    } = effect;
    let when: Vec<(String, _)> = when
        .iter()
        .map(|condition| (Pattern::fold(&condition.column.name), &condition.test))
        .collect();
    let release = release.as_ref().map(|release| match release {
        crate::plan::Release::Drip { from, every } => format!("{} {every}", Pattern::fold(&from.name)),
        other => format!("{other:?}"),
    });
    let ends = ends
        .as_ref()
        .map(|ends| (Pattern::fold(&ends.column.name), ends.after));
    format!("{grant:?} {release:?} {ends:?} {tags:?} {when:?} {otherwise:?}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(text: &str) -> Rule {
        Rule {
            pattern: Pattern::parse(text).expect("a pattern"),
            text: text.to_owned(),
            effect: RuleEffect {
                grant: None,
                release: None,
                ends: None,
                tags: Vec::new(),
                ignore: Some(text.to_owned()),
                when: Vec::new(),
                otherwise: None,
            },
            span: 0..0,
            in_file: None,
        }
    }

    /// What the index stands for: every line is looked at.
    fn scan(value: &str, separator: Option<&str>, rules: &[Rule]) -> Option<usize> {
        let folded = Pattern::fold(value);
        let fits = |rule: &Rule| {
            rule.pattern.matches(&folded)
                && match (&rule.pattern, separator) {
                    (Pattern::Star { before, after }, Some(separator)) => {
                        !folded[before.len()..folded.len() - after.len()].contains(separator)
                    }
                    _ => true,
                }
        };
        (0..rules.len()).filter(|at| fits(&rules[*at])).max_by_key(|at| {
            let pattern = &rules[*at].pattern;
            (!pattern.has_star(), pattern.literal_len(), Reverse(*at))
        })
    }

    #[test]
    fn lines_that_mean_the_same_share_a_number() {
        let rules = [rule("a"), rule("b")];
        assert_eq!(RuleIndex::new(&rules, None).effects, [0, 0]);
    }

    proptest! {
        #[test]
        fn the_index_finds_what_looking_at_every_line_finds(
            lines in prop::collection::btree_set(r"[abé,]{0,3}\*?[abÉ,]{0,2}", 1..12),
            value in "[abéÉAB, ]{0,6}",
            separated in any::<bool>(),
        ) {
            let mut rules: Vec<Rule> = Vec::new();
            for line in lines.iter().filter(|line| !line.is_empty()).map(|line| rule(line)) {
                if rules.iter().all(|known| known.pattern != line.pattern) {
                    rules.push(line);
                }
            }
            let separator = separated.then_some(",");
            prop_assert_eq!(RuleIndex::new(&rules, separator).find(&value), scan(&value, separator, &rules));
        }
    }
}
