//! `[offerings.KEY]`: what exists on the site, its tags, and what each bundle reaches.

use std::collections::{BTreeSet, HashMap};

use super::{
    bundles::reaches,
    given::{is_missing, keyed},
    identity::{check_was, item, site_key},
    table_keys,
    table_reader::{TableReader, bad_value, choice, line, number, texts},
    tags::TagNames,
    tree::{Entry, Value},
    vocabulary::OFFERING_KIND,
};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::{OfferingKey, OfferingKind, OfferingTags, OfferingTarget, TagName},
    plan::{PlanItem, TextSpan},
    text::nearest::{did_you_mean, list, show},
};

/// What a bundle reaches is kept for each offering, so their number bounds its square.
const MAX_OFFERINGS: usize = 1_000;

/// The most modules of one offering.
pub(super) const MAX_MODULES: u8 = 200;

/// The most modules of a plan: each has a tag, and tags are counted in sixteen bits.
const MAX_ALL_MODULES: usize = 20_000;

/// The offerings, as far as they could be read, and how other tables refer to them.
#[derive(Debug, Default)]
pub(super) struct Offerings {
    pub(super) targets: Vec<OfferingTarget>,
    pub(super) reaches: Vec<Vec<u16>>,
    pub(super) items: Vec<PlanItem>,
    /// The keys by which the site knows them.
    site_keys: Vec<OfferingKey>,
    keys: Vec<String>,
    spans: Vec<TextSpan>,
    /// Where each says how many modules it has.
    modules: Vec<Option<TextSpan>>,
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
                    "nothing for members to get",
                )
                .remedy("Add what members get on the new site, for example: [offerings.photo-101] and, below it, name = \"Photography 101\""),
        );
    }
    for (index, entry) in (0u16..).zip(entries) {
        offerings.index.insert(entry.key.clone(), index);
        offerings.keys.push(entry.key.clone());
        offerings.site_keys.push(OfferingKey::new(site_key(entry)));
        offerings.spans.push(entry.key_span.clone());
    }
    let mut edges = Vec::with_capacity(entries.len());
    for entry in entries {
        let (target, included, modules, item) = offering(entry, entries, &offerings, names, out);
        offerings.targets.push(target);
        offerings.items.push(item);
        offerings.modules.push(modules);
        edges.push(included);
    }
    check_all_modules(&offerings, out);
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
                .remedy(match self.targets.iter().find(|target| target.name == key) {
                    Some(named) => format!(
                        "Use the offering's key, {}; this is its name",
                        show(named.key.as_str())
                    ),
                    None => did_you_mean(key, keys.iter().copied())
                        .unwrap_or_else(|| format!("The plan has the offerings {}", list(&keys))),
                }),
            );
        }
        found
    }

    /// The key by which the site knows an offering.
    pub(super) fn site_key(&self, offering: u16) -> Option<OfferingKey> {
        self.site_keys.get(usize::from(offering)).cloned()
    }

    /// Remembers that some rule grants it.
    pub(super) fn grant(&mut self, offering: u16) {
        self.granted.insert(offering);
    }

    /// The offerings with modules that a grant of an offering reaches.
    pub(super) fn with_modules(&self, offering: u16) -> Vec<WithModules<'_>> {
        let reached = self.reached(offering).iter().map(|at| usize::from(*at));
        reached
            .filter_map(|at| {
                let target = self.targets.get(at)?;
                Some(WithModules {
                    key: &target.key,
                    modules: target.tags.modules.len(),
                    span: self.modules.get(at)?.clone()?,
                })
            })
            .collect()
    }

    /// Key and place of an offering.
    pub(super) fn place(&self, offering: u16) -> (&str, TextSpan) {
        let at = usize::from(offering);
        let key = self.keys.get(at).map_or("", String::as_str);
        (key, self.spans.get(at).cloned().unwrap_or_default())
    }

    /// What a grant of an offering reaches.
    pub(super) fn reached(&self, offering: u16) -> &[u16] {
        self.reaches
            .get(usize::from(offering))
            .map_or(&[][..], Vec::as_slice)
    }

    /// Reports offerings that a part of the plan revokes, themselves or what they include, and that
    /// have no revoke tag.
    pub(super) fn check_revoke(
        &self,
        revoked: impl IntoIterator<Item = u16>,
        (span, revoking): (TextSpan, &str),
        key: &str,
        out: &mut Diagnostics,
    ) {
        let reached: BTreeSet<u16> = revoked
            .into_iter()
            .flat_map(|offering| self.reached(offering))
            .copied()
            .collect();
        let lacking = |at: &u16| {
            let tags = &self.targets.get(usize::from(*at))?.tags;
            let has_access_tag = tags.grant().is_some() || !tags.modules.is_empty();
            (tags.revoke.is_none() && has_access_tag).then(|| self.place(*at))
        };
        let lacking: Vec<(&str, TextSpan)> = reached.iter().filter_map(lacking).collect();
        let Some((first, _)) = lacking.first() else { return };
        let mut diagnostic = Diagnostic::error(
            Code::NoRevokeTag,
            format!(
                "the offering {} cannot be revoked: it has no revoke tag",
                show(first)
            ),
        )
        .at(span, revoking);
        for (key, span) in lacking.iter().take(5) {
            diagnostic = diagnostic.at(span.clone(), format!("{} has `tags.revoke = false`", show(key)));
        }
        out.push(diagnostic.remedy(format!("Give the offering a revoke tag, or remove {key}")));
    }

    /// What some line grants, directly or by a bundle.
    pub(super) fn granted(&self) -> BTreeSet<u16> {
        let reached = self.granted.iter().flat_map(|at| self.reached(*at));
        reached.copied().collect()
    }

    /// Warns about offerings that no member can get.
    pub(super) fn warn_of_unused(&self, out: &mut Diagnostics) {
        let reached = self.granted();
        for (index, (target, span)) in (0u16..).zip(self.targets.iter().zip(&self.spans)) {
            if !reached.contains(&index) {
                out.push(
                    Diagnostic::warning(
                        Code::Unused,
                        format!("nothing grants the offering {}", show(target.key.as_str())),
                    )
                    .at(span.clone(), "it will exist on the site, but no member gets it")
                    .remedy(format!(
                        "Grant it in a map, {{ grant = \"{}\" }}, or remove it",
                        target.key
                    )),
                );
            }
        }
    }
}

/// An offering with modules.
#[derive(Debug)]
pub(super) struct WithModules<'a> {
    pub(super) key: &'a OfferingKey,
    pub(super) modules: usize,
    /// Where the plan says how many.
    pub(super) span: TextSpan,
}

/// The offering, those that it includes, and where it says how many modules it has.
fn offering(
    entry: &Entry,
    entries: &[Entry],
    known: &Offerings,
    names: &mut TagNames,
    out: &mut Diagnostics,
) -> (OfferingTarget, Vec<(u16, TextSpan)>, Option<TextSpan>, PlanItem) {
    let mut target = OfferingTarget {
        key: OfferingKey::new(site_key(entry)),
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
    let Some(reader) = TableReader::open_entry(entry, table_keys::OFFERING, what, out) else {
        return (target, included, None, item(entry, None, out));
    };
    check_was(entry, &reader, entries, out);
    let item = item(entry, Some(&reader), out);
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
                target.includes.extend(known.site_key(index));
                included.push((index, span));
            }
        }
    }
    if let Some(name) = name {
        name.clone_into(&mut target.name);
    }
    let modules_entry = reader.optional("modules");
    target.tags = tags(&reader, name, modules_entry, entry, names, out);
    let no_tag = target.tags.grant().is_none() && modules_entry.is_none();
    if no_tag && target.includes.is_empty() && name.is_some() {
        out.push(
            Diagnostic::error(
                Code::NoAccessTag,
                format!("nothing gives access to the offering {}", show(&entry.key)),
            )
            .at(
                entry.key_span.clone(),
                "no base tag, no instant tag, and it includes nothing",
            )
            .remedy("Give it `tags.base` or `tags.instant`, or set what it includes"),
        );
    }
    let modules_span = modules_entry.map(Entry::span);
    (target, included, modules_span, item)
}

/// The tags, by name or by the convention; without a name of the offering only those that are named.
fn tags(
    offering: &TableReader<'_>,
    name: Option<&str>,
    modules: Option<&Entry>,
    entry: &Entry,
    names: &mut TagNames,
    out: &mut Diagnostics,
) -> OfferingTags {
    let reader = offering.optional("tags").and_then(|tags| {
        let what = format!("[offerings.{}.tags]", entry.key);
        TableReader::open_entry(tags, table_keys::OFFERING_TAGS, what, out)
    });
    let count = modules.map(|entry| number(entry, 1, u64::from(MAX_MODULES), out));
    if let (Some(reader), None | Some(Some(_))) = (&reader, count) {
        let count = count.flatten().unwrap_or(0);
        check_module_tags(reader, count, modules.unwrap_or(entry), out);
    }
    let mut tag = |key: &str, suffix: &str, must: bool| {
        let default = || name.map(|name| format!("{name}{suffix}"));
        let given = reader.as_ref().and_then(|reader| reader.optional(key));
        let (name, span) = match given {
            None => (default()?, entry.key_span.clone()),
            Some(given) => match given.node.value {
                Value::Flag(false) if must => {
                    bad_value(
                        given.span(),
                        format!("{} needs a tag", show(key)),
                        "Set its tag, or remove the line to use the default, NAME (module 1)",
                        out,
                    );
                    return None;
                }
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
        base: tag("base", "", false),
        instant: tag("instant", " (instant)", false),
        revoke: tag("revoke", " (revoked)", false),
        modules: (1..=count.flatten().unwrap_or(0))
            .filter_map(|number| tag(&format!("module-{number}"), &format!(" (module {number})"), true))
            .collect(),
    }
}

/// Tags of modules that the offering does not have.
fn check_module_tags(reader: &TableReader<'_>, count: u64, owner: &Entry, out: &mut Diagnostics) {
    for entry in reader.entries() {
        let Some(number) = entry.key.strip_prefix("module-") else {
            continue;
        };
        if number.parse().is_ok_and(|number: u64| number <= count) {
            continue;
        }
        let (message, note, remedy) = if count == 0 {
            (
                "is for a module of an offering without modules".to_owned(),
                "no `modules` here",
                "Set how many there are: modules = 6".to_owned(),
            )
        } else {
            (
                format!("is for a module that does not exist: the offering has {count}"),
                "this many",
                format!("Correct the number, or write modules = {number}"),
            )
        };
        out.push(
            Diagnostic::error(Code::KeysClash, format!("{} {message}", show(&entry.key)))
                .at(entry.key_span.clone(), "this module")
                .at(owner.key_span.clone(), note)
                .remedy(remedy),
        );
    }
}

fn check_all_modules(offerings: &Offerings, out: &mut Diagnostics) {
    let mut all = 0;
    for (target, span) in offerings.targets.iter().zip(&offerings.modules) {
        let before = all;
        all += target.tags.modules.len();
        if let (Some(span), true) = (span, all > MAX_ALL_MODULES && before <= MAX_ALL_MODULES) {
            out.push(
                Diagnostic::error(
                    Code::TooMany,
                    format!("the offerings have more than {MAX_ALL_MODULES} modules in total"),
                )
                .at(span.clone(), "the first one over the limit")
                .remedy("Split the plan into several migrations"),
            );
        }
    }
}
