//! `map_file` of a source: mapping files kept in a spreadsheet in, more lines of the source's maps out.

use std::collections::HashMap;

use super::{
    ends,
    given::Load,
    offerings::Offerings,
    release::{Granting, check},
    release_text::{self, release},
    sheet::{Named, Sheet, SheetRow, SheetShape},
    table_reader::{TableReader, bad_value, table, texts},
    tags::{Left, Tags},
    tree::{Entry, Value},
    vocabulary::OTHERWISE,
};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::{
        ColumnMap, ColumnUse, Condition, Ends, Otherwise, Pattern, Release, Rule, RuleEffect, TagGift, Test,
        TextSpan, Words,
    },
    text::nearest::{list, show},
};

const SHAPE: &SheetShape = &SheetShape {
    what: "a mapping file",
    columns: &[
        "value",
        "grant",
        "release",
        "ends",
        "tag",
        "ignore",
        "otherwise",
        "when column",
        "when values",
        // For the reader of the spreadsheet; they decide nothing.
        "count",
        "note",
    ],
    needed: &["value"],
};

/// Adds the lines of the mapping files. A column with a map of its own keeps its lines before them.
pub(super) fn add(
    source: &TableReader<'_>,
    load: &Load<'_>,
    maps: &mut Vec<ColumnMap>,
    offerings: &mut Offerings,
    tags: &mut Tags,
    out: &mut Diagnostics,
) {
    let Some(map_file) = source.optional("map_file") else {
        return;
    };
    let Some(columns) = table(map_file, out) else {
        return;
    };
    if columns.entries.is_empty() {
        out.push(
            Diagnostic::error(
                Code::DoesNothing,
                format!("`map_file` of {} names no column", source.what()),
            )
            .at(map_file.key_span.clone(), "no column")
            .remedy(
                "Write the column's header and the file: map_file = { \"Products\" = \"maps/products.csv\" }",
            ),
        );
    }
    for entry in &columns.entries {
        let map = map_of(entry, maps);
        for (path, span) in paths(entry, out) {
            let file = Named { path, span: &span };
            let Some(sheet) = Sheet::load(file, SHAPE, load, out) else {
                continue;
            };
            let index = u16::try_from(map.files.len()).unwrap_or(u16::MAX);
            map.files.push(path.to_owned());
            let what = format!("the map of {} in {}", show(&entry.key), source.what());
            FileReader {
                file,
                index,
                what,
                offerings,
                tags,
            }
            .read(&sheet, map, out);
        }
    }
}

/// The paths of a column, each once.
fn paths<'t>(entry: &'t Entry, out: &mut Diagnostics) -> Vec<(&'t str, TextSpan)> {
    let mut paths: Vec<(&str, TextSpan)> = Vec::new();
    for (path, span) in texts(entry, out) {
        if path.trim().is_empty() {
            bad_value(
                span,
                "a mapping file has a blank path",
                "Name a CSV file, relative to the plan",
                out,
            );
        } else if let Some((_, first)) = paths.iter().find(|(known, _)| *known == path) {
            out.push(
                Diagnostic::error(Code::SameLine, format!("the file {} is named twice", show(path)))
                    .at(span, "the second one")
                    .at(first.clone(), "the first one")
                    .remedy("Keep one of the two"),
            );
        } else {
            paths.push((path, span));
        }
    }
    if matches!(&entry.node.value, Value::List(list) if list.is_empty()) {
        bad_value(
            entry.node.span.clone(),
            format!("{} has no mapping file", show(&entry.key)),
            "Name a CSV file, relative to the plan",
            out,
        );
    }
    paths
}

/// The map of a column, a new one where the plan has none.
fn map_of<'m>(entry: &Entry, maps: &'m mut Vec<ColumnMap>) -> &'m mut ColumnMap {
    let folded = Pattern::fold(&entry.key);
    let known = maps
        .iter()
        .position(|map| Pattern::fold(&map.column.name) == folded);
    let at = known.unwrap_or(maps.len());
    if known.is_none() {
        maps.push(ColumnMap {
            column: ColumnUse {
                name: entry.key.clone(),
                span: entry.key_span.clone(),
            },
            separator: None,
            rules: Vec::new(),
            files: Vec::new(),
        });
    }
    &mut maps[at]
}

/// Reads the lines of one file.
struct FileReader<'a, 'f> {
    file: Named<'f>,
    index: u16,
    what: String,
    offerings: &'a mut Offerings,
    tags: &'a mut Tags,
}

impl FileReader<'_, '_> {
    fn read(mut self, sheet: &Sheet, map: &mut ColumnMap, out: &mut Diagnostics) {
        let mut seen: HashMap<Pattern, usize> = map
            .rules
            .iter()
            .enumerate()
            .map(|(at, rule)| (rule.pattern.clone(), at))
            .collect();
        let (mut wrong, mut lines) = (0, 0);
        for row in sheet.rows() {
            lines += 1;
            let mut found = Diagnostics::default();
            let rule = self.rule(row, &mut found);
            if let Some(rule) = &rule {
                match seen.get(&rule.pattern).and_then(|at| map.rules.get(*at)) {
                    Some(first) => found.push(self.same_line(rule, first, &map.files)),
                    None => {
                        seen.insert(rule.pattern.clone(), map.rules.len());
                    }
                }
            }
            if found.is_empty() {
                map.rules.extend(rule);
                continue;
            }
            if self.file.enough(wrong, row.line, out) {
                break;
            }
            wrong += 1;
            self.file.hand_on(&found, row.line, out);
        }
        if lines == 0 {
            out.push(
                Diagnostic::error(
                    Code::DoesNothing,
                    format!("{} has no entries", show(self.file.path)),
                )
                .at(self.file.span.clone(), "only a header")
                .remedy("Add an entry for every value of the column; `rehome check PLAN --unmapped DIR` writes the missing ones"),
            );
        }
    }

    fn same_line(&self, rule: &Rule, first: &Rule, files: &[String]) -> Diagnostic {
        let message = format!("{} appears twice in {}", show(&rule.text), self.what);
        let diagnostic =
            Diagnostic::error(Code::SameLine, message).at(self.file.span.clone(), "the second entry");
        let diagnostic = match first.in_file {
            Some((file, line)) => {
                let path = files.get(usize::from(file)).map_or("", String::as_str);
                diagnostic.in_file(path, line, "the first entry")
            }
            None => diagnostic.at(first.span.clone(), "the first entry"),
        };
        diagnostic.remedy("Keep one; values are compared without regard to case and surrounding spaces")
    }

    /// A line of the file. What is wrong with it names places in the plan only: [`Named::hand_on`] adds the line.
    fn rule(&mut self, row: SheetRow<'_>, out: &mut Diagnostics) -> Option<Rule> {
        let value = row.cell("value");
        let span = self.file.span;
        let pattern = Pattern::parse(value).filter(|_| !value.is_empty());
        if pattern.is_none() {
            let (message, remedy) = if value.is_empty() {
                (
                    "an entry has a blank value",
                    "Write the value of the column, or remove the entry",
                )
            } else {
                (
                    "a pattern can contain only one `*`",
                    "Write a star that is part of the value as `\\*`; otherwise split the pattern into several entries",
                )
            };
            out.push(
                Diagnostic::error(Code::BadPattern, message)
                    .at(span.clone(), "this entry")
                    .remedy(remedy),
            );
        }
        let effect = self.effect(row, out);
        Some(Rule {
            pattern: pattern?,
            text: value.to_owned(),
            effect,
            span: span.clone(),
            in_file: Some((self.index, row.line)),
        })
    }

    fn effect(&mut self, row: SheetRow<'_>, out: &mut Diagnostics) -> RuleEffect {
        let span = self.file.span;
        let wrong =
            |code, message: String, note: &str| Diagnostic::error(code, message).at(span.clone(), note);
        let value = show(row.cell("value"));
        let ignore = row.cell("ignore");
        if !ignore.is_empty() {
            let others = [
                "grant",
                "release",
                "ends",
                "tag",
                "otherwise",
                "when column",
                "when values",
            ];
            for other in others.into_iter().filter(|other| !row.cell(other).is_empty()) {
                let message = format!(
                    "`ignore` and {} exclude each other: a value that is ignored gives nothing",
                    show(other)
                );
                out.push(wrong(Code::KeysClash, message, "both are filled").remedy("Keep one of the two"));
            }
        }
        let grant = Some(row.cell("grant"))
            .filter(|key| !key.is_empty())
            .and_then(|key| self.offerings.find(key, span, out));
        if let Some(grant) = grant {
            self.offerings.grant(grant);
        }
        let tags = self.gifts(row, out);
        if row.cell("grant").is_empty() && row.cell("tag").is_empty() && ignore.is_empty() {
            let message = format!("the entry for {value} does nothing");
            out.push(
                wrong(Code::DoesNothing, message, "neither grant, tag nor ignore").remedy(
                    "Fill in what the value gives (`grant` or `tag`), or why it gives nothing (`ignore`)",
                ),
            );
        }
        let release = self.release(row, grant, out);
        let ends = self.ends(row, grant, out);
        let when = self.when(row, out);
        let otherwise = self.otherwise(row, grant, &when, out);
        RuleEffect {
            grant,
            release,
            ends,
            tags,
            ignore: (!ignore.is_empty()).then(|| ignore.to_owned()),
            when,
            otherwise,
        }
    }

    fn gifts(&mut self, row: SheetRow<'_>, out: &mut Diagnostics) -> Vec<TagGift> {
        let left = Left::of(row.cell("value"));
        let mut gifts = Vec::new();
        for text in parts(row.cell("tag")) {
            if let Some(gift) = self.tags.gift(text, left, self.file.span, out)
                && !gifts.contains(&gift)
            {
                gifts.push(gift);
            }
        }
        gifts
    }

    fn release(&self, row: SheetRow<'_>, grant: Option<u16>, out: &mut Diagnostics) -> Option<Release> {
        let (text, span) = (row.cell("release"), self.file.span);
        let read = release(text, span);
        if read.is_none() && !text.is_empty() {
            out.push(
                Diagnostic::error(Code::BadValue, format!("`release` cannot be {}", show(text)))
                    .at(span.clone(), "this release")
                    .remedy(format!("It takes {}", release_text::TAKES)),
            );
        }
        if row.cell("ignore").is_empty() {
            let granting = Granting {
                grant: (!row.cell("grant").is_empty()).then(|| (span.clone(), grant)),
                release: (!text.is_empty()).then(|| (span.clone(), span.clone(), read.as_ref())),
            };
            check(&granting, self.offerings, out);
        }
        read
    }

    fn ends(&self, row: SheetRow<'_>, grant: Option<u16>, out: &mut Diagnostics) -> Option<Ends> {
        let (text, span) = (row.cell("ends"), self.file.span);
        if text.is_empty() {
            return None;
        }
        if row.cell("grant").is_empty() && row.cell("ignore").is_empty() {
            out.push(ends::without_grant(span.clone()));
        }
        self.offerings
            .check_revoke(grant, (span.clone(), ends::REVOKING), "`ends`", out);
        let read = ends::of_cell(text, span);
        if read.is_none() {
            out.push(
                Diagnostic::error(Code::BadValue, format!("`ends` cannot be {}", show(text)))
                    .at(span.clone(), "this end")
                    .remedy(
                        "It takes a column, or days, weeks, months or years from one: `90 days from COLUMN`",
                    ),
            );
        }
        read
    }

    fn when(&self, row: SheetRow<'_>, out: &mut Diagnostics) -> Vec<Condition> {
        let (column, values) = (row.cell("when column"), row.cell("when values"));
        let span = self.file.span;
        if column.is_empty() != values.is_empty() {
            let (there, missing) = if column.is_empty() {
                ("when values", "when column")
            } else {
                ("when column", "when values")
            };
            out.push(
                Diagnostic::error(
                    Code::MissingKey,
                    format!("{} needs {}", show(there), show(missing)),
                )
                .at(span.clone(), "only one of the two")
                .remedy(
                    "Fill in both: the column, and the values that meet the condition, such as active|trial",
                ),
            );
        }
        if column.is_empty() || values.is_empty() {
            return Vec::new();
        }
        vec![Condition {
            column: ColumnUse {
                name: column.to_owned(),
                span: span.clone(),
            },
            test: Test::AnyOf(Words::new(parts(values))),
            list: None,
        }]
    }

    fn otherwise(
        &self,
        row: SheetRow<'_>,
        grant: Option<u16>,
        when: &[Condition],
        out: &mut Diagnostics,
    ) -> Option<Otherwise> {
        let (text, span) = (row.cell("otherwise"), self.file.span);
        if text.is_empty() {
            return None;
        }
        let wrong =
            |code, message: String, note: &str| Diagnostic::error(code, message).at(span.clone(), note);
        let folded = Pattern::fold(text);
        let Some((_, otherwise)) = OTHERWISE.words.iter().find(|(word, _)| *word == folded) else {
            let words: Vec<&str> = OTHERWISE.words.iter().map(|(word, _)| *word).collect();
            let message = format!("`otherwise` cannot be {}", show(text));
            out.push(
                wrong(Code::BadValue, message, "this word").remedy(format!("It takes {}", list(&words))),
            );
            return None;
        };
        if when.is_empty() || row.cell("grant").is_empty() {
            let message = "`otherwise` sets what happens to a grant whose condition is not met".to_owned();
            out.push(
                wrong(Code::KeysClash, message, "no condition, or no grant")
                    .remedy("Fill in `grant`, `when column` and `when values`, or remove `otherwise`"),
            );
        }
        let revoking = (
            span.clone(),
            "would revoke it, by itself or as a part of a bundle",
        );
        self.offerings.check_revoke(grant, revoking, "`otherwise`", out);
        Some(*otherwise)
    }
}

/// The values of a cell, between `|` or `;`.
fn parts(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(['|', ';'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
}
