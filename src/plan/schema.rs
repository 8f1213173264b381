//! The JSON Schema of the plan language, for completion in editors. A test keeps it equal to the reader.

/// The JSON Schema (draft 07) of a plan.
pub fn schema() -> String {
    include_str!("schema.json").to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::read::{choice, shape};
    use super::schema;

    fn parsed() -> Value {
        serde_json::from_str(&schema()).expect("the schema is JSON")
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
        for shape in shape::ALL {
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
            shape::ALL.len(),
            "a table that the reader does not have"
        );
    }

    #[test]
    fn the_schema_has_the_words_that_the_reader_takes() {
        fn words<T>(choice: &choice::Choice<T>) -> Vec<&str> {
            choice.words.iter().map(|(word, _)| *word).collect()
        }
        let schema = parsed();
        let all = [
            ("site", "kind", words(choice::SITE_KIND)),
            ("site", "membership", words(choice::SITE_MEMBERSHIP)),
            ("contacts", "system", words(choice::CONTACTS_SYSTEM)),
            ("contacts", "opted_out", words(choice::CONTACTS_OPTED_OUT)),
            ("members", "users", words(choice::MEMBERS_USERS)),
            ("members", "contacts", words(choice::MEMBERS_CONTACTS)),
            ("members", "login", words(choice::LOGIN)),
            ("offering", "kind", words(choice::OFFERING_KIND)),
            ("email", "via", words(choice::EMAIL_VIA)),
            ("checkpoint", "before", words(choice::CHECKPOINT_BEFORE)),
            ("source", "gone", words(choice::GONE)),
            ("source", "encoding", words(choice::ENCODING)),
            ("source", "billing", words(choice::BILLING)),
            ("numbers", "decimal", words(choice::DECIMAL)),
            ("field", "type", words(choice::FIELD_TYPE)),
            ("field", "existing", words(choice::EXISTING_FIELDS)),
            ("policy", "existing_fields", words(choice::EXISTING_FIELDS)),
            ("rule", "otherwise", words(choice::OTHERWISE)),
            ("each_row", "otherwise", words(choice::OTHERWISE)),
            ("rule", "release", words(choice::RELEASE)),
            ("each_row", "release", words(choice::RELEASE)),
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
