//! A world in; what its records mean by the words of the plan language, worked out a second time and as
//! plainly as can be, out. The laws hold the program against it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::world::{Condition, Line, Map, Release, Row, Source, World, day};

/// How much of an offering is open; of two, the wider counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Open {
    Whole,
    Modules(u16),
    All,
}

/// What all records of a member say.
#[expect(clippy::struct_excessive_bools, reason = "each is an answer of its own")]
#[derive(Debug, Clone, Default)]
pub(crate) struct Meaning {
    /// By offering, bundles opened.
    pub(crate) access: BTreeMap<usize, Open>,
    /// Offerings to revoke, since some record says so or has ended, and none grants them.
    pub(crate) revoke: BTreeSet<usize>,
    /// Offerings that some record speaks of, bundles opened.
    pub(crate) named: BTreeSet<usize>,
    /// Names of the tags besides those of offerings, in lowercase.
    pub(crate) tags: BTreeSet<String>,
    /// Some record granted what has ended.
    pub(crate) ended: bool,
    /// Some record grants what begins later, and has not ended.
    pub(crate) later: bool,
    pub(crate) opted_out: bool,
    said_yes: bool,
    said_nothing: bool,
    /// The earliest day on which some record says that they registered.
    pub(crate) registered: Option<Date>,
    pub(crate) user: bool,
    pub(crate) contact: bool,
    pub(crate) first: &'static str,
    pub(crate) last: &'static str,
    /// By number of the world's fields.
    pub(crate) fields: BTreeMap<usize, &'static str>,
    asked_to_revoke: BTreeSet<usize>,
}

impl Meaning {
    pub(crate) fn left_out(&self) -> bool {
        !(self.user || self.contact)
    }
}

/// What happens to a member who is missing from an offering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absence {
    /// Listed only.
    Listed,
    Revoked,
}

impl World {
    /// Every member whom a record names, by number of the address, as of a day.
    pub(crate) fn meanings(&self, on: Date) -> BTreeMap<usize, Meaning> {
        let mut members: BTreeMap<usize, Meaning> = BTreeMap::new();
        for source in &self.sources {
            for row in &source.rows {
                if let Some(who) = self.who(row) {
                    self.add(source, row, on, members.entry(who).or_default());
                }
            }
        }
        for member in members.values_mut() {
            member.opted_out |= member.said_nothing && !member.said_yes;
            let asked = std::mem::take(&mut member.asked_to_revoke);
            let only_revoked = !asked.is_empty() && member.access.is_empty() && member.tags.is_empty();
            member.revoke = asked
                .into_iter()
                .filter(|one| !member.access.contains_key(one))
                .collect();
            let (granted, mapped) = (!member.access.is_empty(), !member.tags.is_empty());
            member.user = match self.users {
                "granted" => granted,
                "all" => !only_revoked,
                _ => false,
            };
            member.contact = member.user
                || match self.contacts {
                    "granted" => granted,
                    "mapped" => granted || mapped,
                    _ => !only_revoked,
                };
        }
        members
    }

    fn add(&self, source: &Source, row: &Row, on: Date, to: &mut Meaning) {
        let ended = |line: &Line| {
            let end = line.ends.or(source.ends).and_then(|end| end.last(row));
            let ends = end.into_iter().chain(source.status_end(row));
            ends.min().is_some_and(|last| last < on)
        };
        for (map, values) in source.maps.iter().zip(&row.values) {
            for value in values {
                if let Some(line) = line_of(map, value) {
                    self.apply(line, value, row, (on, ended(line)), to);
                }
            }
        }
        if let Some(line) = &source.each_row {
            self.apply(line, "", row, (on, ended(line)), to);
        }
        if source.consent {
            match row.marketing.trim().to_lowercase().as_str() {
                "yes" => to.said_yes = true,
                "" => to.said_nothing = true,
                // "no", and whatever is in neither list of the plan.
                _ => to.opted_out = true,
            }
        }
        let since = row.since.filter(|_| source.since).map(day);
        to.registered = to.registered.into_iter().chain(since).min();
        if source.has_names() {
            // A missing half comes only from a record whose other half agrees.
            let agrees = match (to.first, to.last) {
                ("", "") => true,
                (first, "") => first == row.first,
                ("", last) => last == row.last,
                _ => false,
            };
            if agrees {
                (to.first, to.last) = (
                    if to.first.is_empty() { row.first } else { to.first },
                    if to.last.is_empty() { row.last } else { to.last },
                );
            }
        }
        for ((at, _), (_, becomes)) in source.fields.iter().zip(&row.fields) {
            let there = to.fields.entry(*at).or_default();
            if there.is_empty() {
                *there = becomes;
            }
        }
    }

    fn apply(&self, line: &Line, value: &str, row: &Row, (on, ended): (Date, bool), to: &mut Meaning) {
        let reach = line
            .grant
            .map(|offering| self.reach(offering))
            .unwrap_or_default();
        to.named.extend(reach.iter().copied());
        if !line.when.iter().all(|condition| meets(condition, row, on)) {
            if line.otherwise_revoke {
                to.asked_to_revoke.extend(reach);
            }
            return;
        }
        for tag in &line.tags {
            let name = match *tag {
                "t0" => "Tag 0".to_owned(),
                "t1" => "Tag 1".to_owned(),
                "$rest" => value[line.left.len() - 1..].trim().to_owned(),
                other => other.replace("$value", value),
            };
            to.tags.insert(name.to_lowercase());
        }
        // What ends before it begins has ended.
        if ended && !reach.is_empty() {
            to.ended = true;
            to.asked_to_revoke.extend(reach);
            return;
        }
        // A drip release whose first day is ahead grants nothing yet.
        let Some(open) = opened(line.release, row, on) else {
            to.later = true;
            return;
        };
        for offering in reach {
            let known = to.access.entry(offering).or_insert(open);
            *known = open.max(*known);
        }
    }

    /// The tags of an offering that a member has who has so much of it.
    pub(crate) fn tags_for(&self, offering: usize, open: Open) -> BTreeSet<String> {
        let (base, instant, modules, _) = self.tags_of(offering);
        let count = match open {
            Open::All if instant.is_some() => return instant.into_iter().collect(),
            Open::All => modules.len(),
            Open::Modules(count) => usize::from(count),
            Open::Whole => 0,
        };
        let some: BTreeSet<String> = base.into_iter().chain(modules.into_iter().take(count)).collect();
        if some.is_empty() {
            instant.into_iter().collect()
        } else {
            some
        }
    }

    /// For each offering, what becomes of those who are gone from it. Where a record of a complete source
    /// was rejected no one is revoked.
    pub(crate) fn absences(&self) -> BTreeMap<usize, Absence> {
        let mut all = BTreeMap::new();
        for offering in 0..self.offerings.len() {
            let grants = |source: &&Source| {
                let mut granted = source.lines().filter_map(|line| line.grant);
                granted.any(|one| self.reach(one).contains(&offering))
            };
            let sources: Vec<&Source> = self.sources.iter().filter(grants).collect();
            if sources.is_empty() || sources.iter().any(|source| source.complete.is_none()) {
                continue;
            }
            let sure = |source: &&Source| source.rows.iter().all(|row| self.who(row).is_some());
            let revoked = sources
                .iter()
                .all(|source| source.complete == Some("revoke") && sure(source));
            all.insert(
                offering,
                if revoked {
                    Absence::Revoked
                } else {
                    Absence::Listed
                },
            );
        }
        all
    }
}

/// The line that a value stands for: the exact one, otherwise that of the longest pattern.
fn line_of<'a>(map: &'a Map, value: &str) -> Option<&'a Line> {
    let exact = map.lines.iter().find(|line| line.left == value);
    let fits = |line: &&Line| {
        line.left
            .strip_suffix('*')
            .is_some_and(|start| value.starts_with(start))
    };
    exact.or_else(|| map.lines.iter().filter(fits).max_by_key(|line| line.left.len()))
}

fn meets(condition: &Condition, row: &Row, on: Date) -> bool {
    match condition {
        Condition::Status(values) => values.contains(&row.status),
        Condition::NotStatus(values) => !values.contains(&row.status),
        Condition::Joined { before, after } => {
            let Some(joined) = row.joined.map(day) else {
                return false;
            };
            let bound = |bound: Option<i64>| bound.map_or(on, day);
            before.is_none_or(|one| joined < bound(one)) && after.is_none_or(|one| joined > bound(one))
        }
        Condition::Score { at_least, at_most } => {
            let tenths = match row.score {
                "80" => 800,
                "79.5" => 795,
                "100" => 1000,
                _ => return false,
            };
            at_least.is_none_or(|one| tenths >= one) && at_most.is_none_or(|one| tenths <= one)
        }
    }
}

/// How much a release opens on a day; `None` before its first.
fn opened(release: Option<Release>, row: &Row, on: Date) -> Option<Open> {
    Some(match release {
        None => Open::Whole,
        Some(Release::All) => Open::All,
        Some(Release::Start) => Open::Modules(1),
        Some(Release::Modules(count)) => Open::Modules(count),
        Some(Release::Drip(every)) => match row.joined.map(day) {
            None => Open::Modules(1),
            Some(first) if first > on => return None,
            Some(first) => {
                let days = u32::try_from((on - first).get_days()).expect("not before the first");
                Open::Modules(u16::try_from(1 + days / every).expect("some hundred days"))
            }
        },
    })
}
