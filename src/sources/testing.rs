//! Sources for tests of this layer.

use crate::{
    model::{FieldName, FieldType, SourceKey},
    plan::{
        CellFormats, ColumnMap, ColumnUse, ColumnsInUse, Condition, FieldMap, Files, MemberColumns, Pattern,
        Rule, RuleEffect, Source, SourceFiles, SourceGives, SourcePayments, Test, TextSpan, Words,
    },
};

/// The plan that the sources of these tests stand in.
pub(super) const PLAN: &str = r#"[sources.people]
profile = "table"
file = "people.csv"
columns = { email = "email", name = "name" }
"#;

/// Where a text is in the plan, or its start.
fn span(text: &str) -> TextSpan {
    PLAN.find(text).map_or(0..0, |at| at..at + text.len())
}

pub(super) fn source(profile: &str) -> Source {
    let profile = super::profiles()
        .iter()
        .find(|known| known.name == profile)
        .expect("a known profile")
        .clone();
    Source {
        key: SourceKey::new("people"),
        was: None,
        span: span("[sources.people]"),
        profile,
        files: SourceFiles {
            names: Files::One("people.csv".to_owned()),
            span: span("\"people.csv\""),
            encoding: None,
            delimiter: None,
            header: true,
            skip_lines: 0,
        },
        person: MemberColumns::default(),
        gives: SourceGives::default(),
        fields: Vec::new(),
        formats: CellFormats::default(),
        payments: SourcePayments::default(),
        gone: None,
        corrections: None,
        in_use: ColumnsInUse::default(),
    }
}

pub(super) fn column(name: &str) -> ColumnUse {
    ColumnUse {
        name: name.to_owned(),
        span: span(&format!("\"{name}\"")),
    }
}

pub(super) fn map(source: &mut Source, name: &str, when: &[&str]) {
    let effect = RuleEffect {
        grant: None,
        release: None,
        ends: None,
        tags: Vec::new(),
        ignore: Some("a test".to_owned()),
        when: when
            .iter()
            .map(|name| Condition {
                column: column(name),
                test: Test::AnyOf(Words::default()),
                list: None,
            })
            .collect(),
        otherwise: None,
    };
    source.gives.maps.push(ColumnMap {
        column: column(name),
        separator: None,
        rules: vec![Rule {
            pattern: Pattern::Exact("x".to_owned()),
            text: "x".to_owned(),
            effect,
            span: 0..0,
            in_file: None,
        }],
        files: Vec::new(),
    });
}

pub(super) fn field(source: &mut Source, field: &str, name: &str) {
    source.fields.push(FieldMap {
        field: FieldName::new(field),
        column: column(name),
        kind: FieldType::Text,
        existing: None,
        span: 0..0,
    });
}
