//! `[offerings.KEY]`: what exists on the site, its tags, and what each bundle reaches.

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::choice::OFFERING_KIND;
use super::nearest::{did_you_mean, list, show};
use super::table_reader::{TableReader, choice, line, texts};
use super::tags::TagNames;
use super::tree::{Entry, Value};
use super::{is_missing, keyed, shape};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{OfferingKey, OfferingKind, OfferingTags, OfferingTarget, TagName};
use crate::plan::TextSpan;

/// What a bundle reaches is kept for each offering, so their number bounds its square.
const MAX_OFFERINGS: usize = 1_000;

/// The offerings, as far as they could be read, and how other tables refer to them.
#[derive(Debug, Default)]
pub(super) struct Offerings {
    pub(super) targets: Vec<OfferingTarget>,
    pub(super) reaches: Vec<Vec<u16>>,
    keys: Vec<String>,
    spans: Vec<TextSpan>,
    index: HashMap<String, u16>,
    granted: BTreeSet<u16>,
}

pub(super) fn read(root: &TableReader<'_>, names: &mut TagNames, out: &mut Diagnostics) -> Offerings {
    let entries = keyed(root, "offerings", MAX_OFFERINGS, out);
    let mut offerings = Offerings::default();
    if is_missing(root, "offerings") {
        out.push(
            Diagnostic::error(Code::MissingKey, "the plan has no offerings")
                .at(
                    root.optional("offerings").map_or(0..0, |entry| entry.key_span.clone()),
                    "nothing that members could get",
                )
                .remedy("Add what members get on the new site, for example: [offerings.photo-101] and, below it, name = \"Photography 101\""),
        );
    }
    for (index, entry) in (0u16..).zip(entries) {
        offerings.index.insert(entry.key.clone(), index);
        offerings.keys.push(entry.key.clone());
        offerings.spans.push(entry.key_span.clone());
    }
    let mut edges = Vec::with_capacity(entries.len());
    for entry in entries {
        let (target, included) = offering(entry, &offerings, names, out);
        offerings.targets.push(target);
        edges.push(included);
    }
    offerings.reaches = reaches(&offerings.targets, &edges, out);
    offerings
}

impl Offerings {
    /// The offering that a key names.
    pub(super) fn find(&self, key: &str, span: &TextSpan, out: &mut Diagnostics) -> Option<u16> {
        let found = self.index.get(key).copied();
        if found.is_none() {
            let keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
            out.push(
                Diagnostic::error(
                    Code::UnknownReference,
                    format!("there is no offering {}", show(key)),
                )
                .at(span.clone(), "not in [offerings]")
                .remedy(
                    did_you_mean(key, keys.iter().copied())
                        .unwrap_or_else(|| format!("The plan has the offerings {}", list(&keys))),
                ),
            );
        }
        found
    }

    /// Remembers that some rule grants it.
    pub(super) fn grant(&mut self, offering: u16) {
        self.granted.insert(offering);
    }

    /// What a revoke of an offering reaches and cannot be revoked: key and place of each.
    pub(super) fn without_revoke_tag(&self, offering: u16) -> Vec<(&OfferingKey, TextSpan)> {
        let reached = self
            .reaches
            .get(usize::from(offering))
            .map_or(&[][..], Vec::as_slice);
        reached
            .iter()
            .filter_map(|at| {
                let target = self.targets.get(usize::from(*at))?;
                let span = self.spans.get(usize::from(*at))?.clone();
                let lacks = target.tags.revoke.is_none() && target.tags.grant().is_some();
                lacks.then_some((&target.key, span))
            })
            .collect()
    }

    /// Warns of offerings that nobody can get.
    pub(super) fn warn_of_unused(&self, out: &mut Diagnostics) {
        let reached: BTreeSet<u16> = self
            .granted
            .iter()
            .filter_map(|at| self.reaches.get(usize::from(*at)))
            .flatten()
            .copied()
            .collect();
        for (index, (target, span)) in (0u16..).zip(self.targets.iter().zip(&self.spans)) {
            if !reached.contains(&index) {
                out.push(
                    Diagnostic::warning(
                        Code::Unused,
                        format!("nothing grants the offering {}", show(target.key.as_str())),
                    )
                    .at(span.clone(), "it will exist on the site, and nobody gets it")
                    .remedy(format!(
                        "Grant it in a map: {{ grant = \"{}\" }}, or take it out",
                        target.key
                    )),
                );
            }
        }
    }
}

fn offering(
    entry: &Entry,
    known: &Offerings,
    names: &mut TagNames,
    out: &mut Diagnostics,
) -> (OfferingTarget, Vec<(u16, TextSpan)>) {
    let mut target = OfferingTarget {
        key: OfferingKey::new(&entry.key),
        name: entry.key.clone(),
        kind: OfferingKind::Course,
        includes: Vec::new(),
        tags: OfferingTags {
            base: None,
            instant: None,
            revoke: None,
            modules: Vec::new(),
        },
    };
    let mut included = Vec::new();
    let what = format!("[offerings.{}]", entry.key);
    let Some(reader) = TableReader::open_entry(entry, shape::OFFERING, what, out) else {
        return (target, included);
    };
    let name = reader
        .required("name", "name = \"Photography 101\"", out)
        .and_then(|entry| line(entry, out));
    if let Some(kind) = reader
        .optional("kind")
        .and_then(|entry| choice(entry, OFFERING_KIND, out))
    {
        target.kind = kind;
    }
    if let Some(entry) = reader.optional("includes") {
        for (key, span) in texts(entry, out) {
            if let Some(index) = known.find(key, &span, out) {
                target.includes.push(OfferingKey::new(key));
                included.push((index, span));
            }
        }
    }
    if let Some(name) = name {
        name.clone_into(&mut target.name);
    }
    target.tags = tags(&reader, name, entry, names, out);
    if target.tags.grant().is_none() && target.includes.is_empty() && name.is_some() {
        out.push(
            Diagnostic::error(
                Code::NoAccessTag,
                format!("nothing gives access to the offering {}", show(&entry.key)),
            )
            .at(
                entry.key_span.clone(),
                "no base tag, no instant tag, and it includes nothing",
            )
            .remedy("Give it `tags.base` or `tags.instant`, or say what it includes"),
        );
    }
    (target, included)
}

/// The tags, by name or by the convention; without a name of the offering only those that are named.
fn tags(
    offering: &TableReader<'_>,
    name: Option<&str>,
    entry: &Entry,
    names: &mut TagNames,
    out: &mut Diagnostics,
) -> OfferingTags {
    let reader = offering.optional("tags").and_then(|tags| {
        let what = format!("[offerings.{}.tags]", entry.key);
        TableReader::open_entry(tags, shape::OFFERING_TAGS, what, out)
    });
    let mut tag = |key: &str, suffix: &str| {
        let default = || name.map(|name| format!("{name}{suffix}"));
        let given = reader.as_ref().and_then(|reader| reader.optional(key));
        let (name, span) = match given {
            None => (default()?, entry.key_span.clone()),
            Some(given) => match given.node.value {
                Value::Flag(false) => return None,
                Value::Flag(true) => (default()?, given.span()),
                _ => (line(given, out)?.to_owned(), given.span()),
            },
        };
        let owner = format!("the {key} tag of the offering {}", show(&entry.key));
        names.claim(&name, span, owner, out);
        Some(TagName::new(name))
    };
    OfferingTags {
        base: tag("base", ""),
        instant: tag("instant", " (instant)"),
        revoke: tag("revoke", " (revoked)"),
        modules: Vec::new(),
    }
}

/// For each offering what a grant of it reaches, sorted; a cycle is reported with all that is in it.
fn reaches(
    targets: &[OfferingTarget],
    includes: &[Vec<(u16, TextSpan)>],
    out: &mut Diagnostics,
) -> Vec<Vec<u16>> {
    let mut in_reported_cycle = BTreeSet::new();
    let mut all = Vec::with_capacity(targets.len());
    for start in (0u16..).take(targets.len()) {
        let mut reached: Vec<bool> = (0u16..).take(targets.len()).map(|at| at == start).collect();
        // For each offering reached, from where: the way of a cycle.
        let mut from: HashMap<u16, (u16, TextSpan)> = HashMap::new();
        let mut left = VecDeque::from([start]);
        let mut cycle = None;
        while let Some(at) = left.pop_front() {
            for (next, span) in includes.get(usize::from(at)).into_iter().flatten() {
                if *next == start && cycle.is_none() {
                    cycle = Some((at, span.clone()));
                }
                if let Some(new @ false) = reached.get_mut(usize::from(*next)) {
                    *new = true;
                    from.insert(*next, (at, span.clone()));
                    left.push_back(*next);
                }
            }
        }
        if let Some((last, span)) = cycle
            && !in_reported_cycle.contains(&start)
        {
            let mut way = vec![(last, span)];
            while let Some((before, span)) = way.last().and_then(|(at, _)| from.get(at)) {
                way.push((*before, span.clone()));
            }
            way.reverse();
            in_reported_cycle.extend(way.iter().map(|(at, _)| *at));
            out.push(cycle_error(targets, start, &way));
        }
        let reached = (0u16..).zip(reached).filter(|(_, reached)| *reached);
        all.push(reached.map(|(at, _)| at).collect());
    }
    all
}

fn cycle_error(targets: &[OfferingTarget], start: u16, way: &[(u16, TextSpan)]) -> Diagnostic {
    let key = |at: u16| {
        targets
            .get(usize::from(at))
            .map_or("", |target| target.key.as_str())
    };
    let mut keys: Vec<&str> = way.iter().map(|(at, _)| key(*at)).collect();
    keys.push(key(start));
    let mut diagnostic = Diagnostic::error(
        Code::BundleCycle,
        format!("a bundle includes itself: {}", keys.join(" → ")),
    );
    for ((at, span), next) in way.iter().zip(keys.iter().skip(1)) {
        diagnostic = diagnostic.at(span.clone(), format!("{} includes {next}", key(*at)));
    }
    diagnostic.remedy("Take one of these out of its `includes`")
}
