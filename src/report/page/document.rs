//! Sections of tables and lists in; one self-contained HTML page, without scripts and outside resources, out.

use minijinja::{AutoEscape, Environment, context};

use crate::text::{amount, printable};

/// A page for a browser and for paper.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Document {
    pub(super) title: String,
    pub(super) lead: String,
    pub(super) lines: Vec<String>,
    pub(super) figures: Vec<Figure>,
    pub(super) sections: Vec<Section>,
    pub(super) signature: Option<String>,
    pub(super) plan: String,
}

/// A number and what it counts.
#[derive(Debug, Clone, serde::Serialize)]
pub(super) struct Figure {
    name: &'static str,
    number: String,
}

impl Figure {
    pub(super) fn new(name: &'static str, number: u64) -> Self {
        Self {
            name,
            number: amount(number),
        }
    }
}

/// A heading with sentences, a table and a list, each if there is one.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) lines: Vec<String>,
    pub(super) caption: String,
    pub(super) heads: Vec<String>,
    /// How many columns are texts.
    pub(super) texts: usize,
    /// The column that has a bar, counted from 1; 0 for none.
    pub(super) bar: usize,
    pub(super) rows: Vec<SectionRow>,
    /// What is said of rows that are left out.
    pub(super) more: String,
    pub(super) names: Vec<String>,
    pub(super) more_names: String,
}

/// A row, and how long its bar is, in percent.
#[derive(Debug, Clone, serde::Serialize)]
pub(super) struct SectionRow {
    cells: Vec<String>,
    share: u64,
}

impl SectionRow {
    /// Texts may come from anywhere.
    pub(super) fn new(texts: &[&str], numbers: impl IntoIterator<Item = u64>, share: u64) -> Self {
        let texts = texts.iter().map(|text| printable(text).into_owned());
        Self {
            cells: texts.chain(numbers.into_iter().map(amount)).collect(),
            share: share.min(100),
        }
    }
}

impl Document {
    /// The page. Whatever comes from outside is escaped by the template.
    pub fn html(&self) -> String {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        let page = environment.render_named_str(
            "page.html",
            include_str!("plan.html"),
            context! { style => include_str!("style.css"), ..minijinja::Value::from(minijinja::value::Serde(self)) },
        );
        // The template is part of the program: a test renders it.
        page.unwrap_or_else(|error| format!("<!DOCTYPE html><title>Bug in Rehome</title><p>{error:#}"))
    }
}

/// An address of which the name of its owner cannot be read: `a…@example.com`.
pub(super) fn masked(email: &str, mask: bool) -> String {
    let shown = printable(email);
    if !mask {
        return shown.into_owned();
    }
    let first = shown.chars().next().map(String::from).unwrap_or_default();
    match shown.rsplit_once('@') {
        Some((_, domain)) => format!("{first}…@{domain}"),
        None => format!("{first}…"),
    }
}
