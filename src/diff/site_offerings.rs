//! A plan's offerings and those of the site in; by which tags each gives access today, and after the run, out.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{Observed, OfferingKey, OfferingTags, TagName, TagRules, Targets},
    wanted::TagTable,
};

/// The tags by which one offering decides who has access, as numbers of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AccessRule {
    /// Any of them gives access.
    access: Vec<u16>,
    /// Takes access away, whatever else somebody has.
    revoke: Option<u16>,
}

impl AccessRule {
    /// Whether somebody has access for whom `holds` says which tags they have.
    pub(crate) fn allows(&self, holds: impl Fn(u16) -> bool) -> bool {
        self.access.iter().any(|tag| holds(*tag)) && !self.revoke.is_some_and(&holds)
    }

    /// Whether somebody has an access tag and the revoke tag at the same time.
    pub(crate) fn contradicts(&self, holds: impl Fn(u16) -> bool) -> bool {
        self.revoke.is_some_and(&holds) && self.access.iter().any(|tag| holds(*tag))
    }

    /// The tags that give access.
    pub(crate) fn access(&self) -> &[u16] {
        &self.access
    }

    /// Whether a tag is one of those that decide.
    pub(crate) fn has(&self, tag: u16) -> bool {
        self.tags().any(|own| own == tag)
    }

    fn tags(&self) -> impl Iterator<Item = u16> {
        self.access.iter().copied().chain(self.revoke)
    }
}

/// All offerings of a site, before and after a run: those of the plan first, in its order, then those that only the site
/// has. What gives access today is what the site says, not what the plan calls it.
#[derive(Debug, Clone, Default)]
pub(crate) struct SiteOfferings {
    today: Vec<AccessRule>,
    after: Vec<AccessRule>,
    /// The offerings that only the site has.
    others: Vec<OfferingKey>,
    /// Tags of the site's offerings that the plan does not know; their numbers follow those of the plan's table.
    more_tags: Vec<TagName>,
    moves: bool,
}

impl SiteOfferings {
    /// `targets` are the offerings after the run; names are numbered as in `tags`.
    pub(crate) fn new(targets: &Targets, tags: &TagTable, site: &Observed, rules: &TagRules) -> Self {
        let mut numbers = Numbering::new(tags, rules);
        let mut offerings = Self::default();
        for target in &targets.offerings {
            let today = site.offerings.get(&target.key);
            offerings
                .today
                .push(today.map_or_else(AccessRule::default, |there| numbers.rule(&there.tags)));
            offerings.after.push(numbers.rule(&target.tags));
        }
        for there in site.offerings.values() {
            if targets.offerings.iter().all(|target| target.key != there.key) {
                let rule = numbers.rule(&there.tags);
                offerings.today.push(rule.clone());
                offerings.after.push(rule);
                offerings.others.push(there.key.clone());
            }
        }
        let exists: BTreeSet<u16> = site
            .tags
            .iter()
            .filter_map(|tag| numbers.known.get(rules.fold(&tag.name).as_ref()).copied())
            .collect();
        let mut rules = offerings.today.iter().zip(&offerings.after);
        offerings.moves = rules.any(|(today, after)| {
            let mut tags = [today, after].into_iter().flat_map(AccessRule::tags);
            today != after && tags.any(|tag| exists.contains(&tag))
        });
        offerings.more_tags = numbers.more;
        offerings
    }

    /// The offerings that only the site has, which follow those of the plan.
    pub(crate) fn others(&self) -> &[OfferingKey] {
        &self.others
    }

    /// The tags of these that the plan does not know, which follow those of the plan.
    pub(crate) fn more_tags(&self) -> &[TagName] {
        &self.more_tags
    }

    /// By number: how the offering gives access today. One that does not exist yet gives none.
    pub(crate) fn today(&self) -> impl Iterator<Item = (u16, &AccessRule)> {
        (0u16..).zip(&self.today)
    }

    /// How an offering gives access after the run.
    pub(crate) fn after(&self, offering: u16) -> Option<&AccessRule> {
        self.after.get(usize::from(offering))
    }

    /// How an offering gives access today.
    pub(crate) fn before(&self, offering: u16) -> Option<&AccessRule> {
        self.today.get(usize::from(offering))
    }

    /// Whether access can change for somebody whose tags do not: an offering that exists gets other tags, or one that is
    /// created has tags that people may have already.
    pub(crate) fn move_access(&self) -> bool {
        self.moves
    }
}

/// Numbers names of tags: those of the plan as in its table, all others behind them.
struct Numbering<'a> {
    rules: &'a TagRules,
    known: BTreeMap<String, u16>,
    first_more: usize,
    more: Vec<TagName>,
}

impl<'a> Numbering<'a> {
    fn new(tags: &TagTable, rules: &'a TagRules) -> Self {
        let names = tags.names().iter().map(|name| rules.fold(name).into_owned());
        Self {
            rules,
            known: names.zip(0u16..).collect(),
            first_more: tags.names().len(),
            more: Vec::new(),
        }
    }

    /// `None` beyond 65,535 tags.
    fn number(&mut self, name: &TagName) -> Option<u16> {
        let folded = self.rules.fold(name);
        if let Some(number) = self.known.get(folded.as_ref()) {
            return Some(*number);
        }
        let number = u16::try_from(self.first_more + self.more.len()).ok()?;
        self.known.insert(folded.into_owned(), number);
        self.more.push(name.clone());
        Some(number)
    }

    fn rule(&mut self, tags: &OfferingTags) -> AccessRule {
        AccessRule {
            access: tags.access().filter_map(|name| self.number(name)).collect(),
            revoke: tags.revoke.as_ref().and_then(|name| self.number(name)),
        }
    }
}
