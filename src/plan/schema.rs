//! The JSON Schema of the plan language, for completion in editors. A test keeps it equal to the reader.

use serde_json::{Value, json};

use crate::model::{ContactKey, ContactKeyKind, ContactSetting, Declarations, MANAGED};

/// The JSON Schema (draft 07) of a plan. What `[contacts]` takes is what the contact systems declare.
pub fn schema(systems: &Declarations) -> String {
    let keywords: Vec<&str> = std::iter::once(MANAGED)
        .chain(systems.listed().map(|system| system.keyword))
        .collect();
    let titles = systems
        .listed()
        .map(|system| format!(" {}: {}.", system.keyword, system.title));
    let titles: String = std::iter::once(format!("{MANAGED}: the site."))
        .chain(titles)
        .collect();
    let keys = systems.contact_keys();
    let keys: Vec<String> = keys
        .iter()
        .map(|key| format!("{}: {}", json!(key.name), property(systems, key)))
        .collect();
    include_str!("schema.json")
        .replace("\"@contact-systems\"", &json!(titles).to_string())
        .replace("\"@contact-keywords\"", &json!(keywords).to_string())
        .replace("\"@contact-keys\": {}", &keys.join(",\n        "))
}

fn property(systems: &Declarations, key: &ContactKey) -> Value {
    let mut property = property_of(systems, key);
    // A default is shown only where it is the same in every system that has the key.
    let mut all = systems.listed().flat_map(|system| system.keys);
    let is_shared = all.all(|other| other.name != key.name || other.default == key.default);
    if let Some(default) = key.default_value().filter(|_| is_shared) {
        let default = match (default, key.kind) {
            (ContactSetting::Number(number), ContactKeyKind::Number { .. }) => json!(number),
            _ => json!(key.default),
        };
        property["default"] = default;
    }
    property
}

fn property_of(systems: &Declarations, key: &ContactKey) -> Value {
    match key.kind {
        ContactKeyKind::Secret => json!({ "$ref": "#/definitions/secret" }),
        ContactKeyKind::Text => json!({ "type": "string", "description": key.meaning }),
        ContactKeyKind::Choice(words) => {
            json!({ "type": "string", "description": key.meaning, "enum": words })
        }
        ContactKeyKind::Number { min, max } => {
            json!({ "type": "integer", "description": key.meaning, "minimum": min, "maximum": max })
        }
        ContactKeyKind::Table(_) => {
            let own = systems.keys_of_table(key.name).into_iter();
            let own = own.map(|key| (key.name.to_owned(), property(systems, key)));
            let own: serde_json::Map<_, _> = own.collect();
            json!({ "type": "object", "description": key.meaning, "additionalProperties": false, "properties": own })
        }
        ContactKeyKind::Names => json!({
            "type": "object", "description": key.meaning, "additionalProperties": { "type": "string" }
        }),
        ContactKeyKind::Duration { .. } => {
            json!({ "type": "string", "description": key.meaning, "pattern": "^[0-9]+ (second|minute|hour|day)s?$" })
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{MANAGED, schema};
    use crate::plan::read::{table_keys, tests::SYSTEMS, vocabulary};

    fn parsed() -> Value {
        serde_json::from_str(&schema(SYSTEMS)).expect("the schema is JSON")
    }

    fn table<'s>(schema: &'s Value, name: &str) -> &'s Value {
        if name.is_empty() {
            schema
        } else {
            &schema["definitions"][name]
        }
    }

    #[test]
    fn the_schema_has_the_keys_that_the_reader_takes() {
        let schema = parsed();
        for shape in table_keys::ALL {
            let table = table(&schema, shape.schema);
            let mut there: Vec<&str> = table["properties"]
                .as_object()
                .unwrap_or_else(|| panic!("no table {} in the schema", shape.schema))
                .keys()
                .map(String::as_str)
                .collect();
            let numbered = table["patternProperties"].as_object();
            let prefixes = numbered.into_iter().flat_map(serde_json::Map::keys);
            let mut read: Vec<&str> = shape.keys.to_vec();
            if shape.schema == "contacts" {
                read.extend(SYSTEMS.contact_keys().iter().map(|key| key.name));
            }
            for pattern in prefixes {
                let known = read.len();
                read.retain(|key| {
                    key.strip_suffix('*')
                        .is_none_or(|prefix| !pattern.starts_with(&format!("^{prefix}")))
                });
                assert_eq!(read.len() + 1, known, "{pattern} in {}", shape.schema);
            }
            there.sort_unstable();
            read.sort_unstable();
            assert_eq!(there, read, "{}", shape.schema);
            assert_eq!(
                table["additionalProperties"],
                Value::Bool(false),
                "{}",
                shape.schema
            );
        }
        let definitions = schema["definitions"].as_object().expect("definitions");
        assert_eq!(
            definitions.len() + 1,
            table_keys::ALL.len(),
            "a table that the reader does not have"
        );
    }

    #[test]
    fn the_schema_has_the_words_that_the_reader_takes() {
        fn words<T>(choice: &vocabulary::Choice<T>) -> Vec<&str> {
            choice.words.iter().map(|(word, _)| *word).collect()
        }
        let schema = parsed();
        let all = [
            ("site", "kind", words(vocabulary::SITE_KIND)),
            ("site", "membership", words(vocabulary::SITE_MEMBERSHIP)),
            ("site", "like", words(vocabulary::SITE_LIKE)),
            (
                "contacts",
                "system",
                vec![MANAGED, SYSTEMS.contact_systems[0].keyword],
            ),
            ("contacts", "opted_out", words(vocabulary::CONTACTS_OPTED_OUT)),
            ("members", "users", words(vocabulary::MEMBERS_USERS)),
            ("members", "contacts", words(vocabulary::MEMBERS_CONTACTS)),
            ("members", "login", words(vocabulary::LOGIN)),
            ("offering", "kind", words(vocabulary::OFFERING_KIND)),
            ("email", "via", words(vocabulary::EMAIL_VIA)),
            ("checkpoint", "before", words(vocabulary::CHECKPOINT_BEFORE)),
            ("source", "gone", words(vocabulary::GONE)),
            ("source", "encoding", words(vocabulary::ENCODING)),
            ("source", "billing", words(vocabulary::BILLING)),
            ("numbers", "decimal", words(vocabulary::DECIMAL)),
            ("field", "type", words(vocabulary::FIELD_TYPE)),
            ("field", "existing", words(vocabulary::EXISTING_FIELDS)),
            ("field", "years", words(vocabulary::YEARS)),
            ("policy", "existing_fields", words(vocabulary::EXISTING_FIELDS)),
            ("rule", "otherwise", words(vocabulary::OTHERWISE)),
            ("each_row", "otherwise", words(vocabulary::OTHERWISE)),
            ("rule", "release", words(vocabulary::RELEASE)),
            ("each_row", "release", words(vocabulary::RELEASE)),
        ];
        for (name, key, words) in &all {
            let property = &table(&schema, name)["properties"][key];
            let there = property.get("enum").unwrap_or(&property["anyOf"][0]["enum"]);
            assert_eq!(*there, Value::from(words.clone()), "{name}.{key}");
        }
        assert_eq!(
            schema.to_string().matches("\"enum\":").count(),
            all.len(),
            "an enum that the reader does not have"
        );
    }

    #[test]
    fn every_reference_in_the_schema_leads_somewhere() {
        let schema = parsed();
        let text = schema.to_string();
        let names: Vec<&str> = text
            .split("\"#/definitions/")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert!(!names.is_empty());
        for name in names {
            assert!(schema["definitions"][name].is_object(), "{name}");
        }
    }
}
