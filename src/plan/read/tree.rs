//! The parser's tables in, a tree of our own out: entries in the order of the text, each with its place.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::plan::TextSpan;

/// Deeper than any plan: bounds every recursion over the tree.
const MAX_DEPTH: usize = 32;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::plan) enum Value {
    Text(String),
    /// `None` if the number does not fit.
    Integer(Option<i64>),
    /// Its text, without underscores: what is compared must not be rounded.
    Float(String),
    Flag(bool),
    Date(Option<jiff::civil::Date>),
    List(Vec<Node>),
    Table(Table),
}

impl Value {
    /// The type's name as a consultant says it.
    pub(in crate::plan) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Flag(_) => "true or false",
            Self::Date(_) => "a date or time",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::plan) struct Node {
    pub(in crate::plan) value: Value,
    pub(in crate::plan) span: TextSpan,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::plan) struct Entry {
    pub(in crate::plan) key: String,
    pub(in crate::plan) key_span: TextSpan,
    pub(in crate::plan) node: Node,
}

impl Entry {
    /// Key and value together.
    pub(in crate::plan) fn span(&self) -> TextSpan {
        self.key_span.start.min(self.node.span.start)..self.key_span.end.max(self.node.span.end)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::plan) struct Table {
    pub(in crate::plan) entries: Vec<Entry>,
}

impl Table {
    pub(in crate::plan) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

/// Takes the parser's tree apart.
pub(in crate::plan) fn convert(table: DeTable<'_>, out: &mut Diagnostics) -> Table {
    table_of(table, 0, out).0
}

/// The table, and where the text first names anything in it.
fn table_of(table: DeTable<'_>, depth: usize, out: &mut Diagnostics) -> (Table, usize) {
    let mut entries: Vec<(usize, Entry)> = Vec::with_capacity(table.len());
    for (key, value) in table {
        let key_span = key.span();
        let (node, within) = node_of(value, &key_span, depth + 1, out);
        let first = key_span.start.min(within);
        entries.push((
            first,
            Entry {
                key: key.into_inner().into_owned(),
                key_span,
                node,
            },
        ));
    }
    entries.sort_by_key(|(first, _)| *first);
    let first = entries.first().map_or(usize::MAX, |(first, _)| *first);
    let entries = entries.into_iter().map(|(_, entry)| entry).collect();
    (Table { entries }, first)
}

fn node_of(
    value: Spanned<DeValue<'_>>,
    key_span: &TextSpan,
    depth: usize,
    out: &mut Diagnostics,
) -> (Node, usize) {
    let span = value.span();
    let mut first = usize::MAX;
    let value = match value.into_inner() {
        deep @ (DeValue::Array(_) | DeValue::Table(_)) if depth > MAX_DEPTH => {
            take_apart(deep);
            out.push(
                Diagnostic::error(Code::Syntax, "tables and lists are nested too deeply")
                    .at(key_span.clone(), format!("more than {MAX_DEPTH} levels"))
                    .remedy("Look for brackets that are never closed; a plan needs at most six levels"),
            );
            Value::List(Vec::new())
        }
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => Value::Integer(i64::from_str_radix(number.as_str(), number.radix()).ok()),
        DeValue::Float(number) => Value::Float(number.as_str().replace('_', "")),
        DeValue::Boolean(flag) => Value::Flag(flag),
        DeValue::Datetime(at) => Value::Date(date_of(&at)),
        DeValue::Array(list) => Value::List(
            list.into_iter()
                .map(|item| {
                    let (node, within) = node_of(item, key_span, depth + 1, out);
                    first = first.min(within);
                    node
                })
                .collect(),
        ),
        DeValue::Table(table) => {
            let (table, within) = table_of(table, depth, out);
            first = within;
            Value::Table(table)
        }
    };
    (Node { value, span }, first)
}

fn date_of(at: &toml::value::Datetime) -> Option<jiff::civil::Date> {
    let date = at.date.filter(|_| at.time.is_none() && at.offset.is_none())?;
    let year = i16::try_from(date.year).ok()?;
    let month = i8::try_from(date.month).ok()?;
    let day = i8::try_from(date.day).ok()?;
    jiff::civil::Date::new(year, month, day).ok()
}

/// Frees a value without recursion.
fn take_apart(value: DeValue<'_>) {
    let mut left = vec![value];
    while let Some(value) = left.pop() {
        match value {
            DeValue::Array(list) => left.extend(list.into_iter().map(Spanned::into_inner)),
            DeValue::Table(table) => left.extend(table.into_iter().map(|(_, value)| value.into_inner())),
            _ => {}
        }
    }
}
