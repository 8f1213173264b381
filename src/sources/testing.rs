//! Sources for tests of this layer.

use crate::{
    model::{FieldName, FieldType, NumberRule, SourceKey},
    plan::{
        ColumnMap, ColumnUse, ColumnsInUse, Condition, DateRules, FieldMap, Files, Pattern, Rule, RuleEffect,
        Source, Test, TextSpan,
    },
};

/// The plan that the sources of these tests stand in.
pub(super) const PLAN: &str = r#"[sources.people]
profile = "table"
file = "people.csv"
columns = { email = "email", name = "name" }
"#;

/// Where a text stands in the plan, or its start.
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
        span: span("[sources.people]"),
        profile,
        files: Files::One("people.csv".to_owned()),
        files_span: span("\"people.csv\""),
        encoding: None,
        delimiter: None,
        header: true,
        skip_lines: 0,
        email: None,
        first_name: None,
        last_name: None,
        full_name: None,
        person_key: None,
        consent: None,
        maps: Vec::new(),
        each_row: None,
        fields: Vec::new(),
        dates: DateRules::default(),
        numbers: NumberRule::default(),
        ends: None,
        registered: None,
        gone: None,
        billing_stays: false,
        events: None,
        login: None,
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
                test: Test::AnyOf(Vec::new()),
                list: None,
            })
            .collect(),
        otherwise: None,
    };
    source.maps.push(ColumnMap {
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
