//! Sources for tests of this layer.

use crate::{
    model::{FieldName, SourceKey},
    plan::{ColumnMap, ColumnUse, Condition, FieldMap, Files, Pattern, Rule, RuleEffect, Source},
};

pub(super) fn source(profile: &str) -> Source {
    let profile = super::profiles()
        .iter()
        .find(|known| known.name == profile)
        .expect("a known profile")
        .clone();
    Source {
        key: SourceKey::new("people"),
        span: 0..10,
        profile,
        files: Files::One("people.csv".to_owned()),
        files_span: 20..30,
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
    }
}

pub(super) fn column(name: &str) -> ColumnUse {
    ColumnUse {
        name: name.to_owned(),
        span: 40..50,
    }
}

pub(super) fn map(source: &mut Source, name: &str, when: &[&str]) {
    let effect = RuleEffect {
        grant: None,
        tags: Vec::new(),
        ignore: Some("a test".to_owned()),
        when: when
            .iter()
            .map(|name| Condition {
                column: column(name),
                any_of: Vec::new(),
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
            span: 60..70,
        }],
    });
}

pub(super) fn field(source: &mut Source, field: &str, name: &str) {
    source.fields.push(FieldMap {
        field: FieldName::new(field),
        column: column(name),
    });
}
