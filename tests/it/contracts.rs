//! Requests of the command and replies of the simulators, checked from outside against the vendors' own contracts.
//!
//! The contracts are `OpenAPI` documents beside the repository (`../shared/contracts`, or where `REHOME_CONTRACTS` says);
//! where they are not, the test says so and checks nothing. No file of them is part of the project.

use std::{collections::BTreeSet, fs, path::PathBuf};

use rehome::systems::{
    keap::server::{KeapServer, ServerOptions},
    vendor_server::Exchanged,
};
use serde_json::{Map, Value};

use crate::{
    env::{SMALL, TestEnv},
    kills::ContactServer,
    patchwork::{with_fields, write_people},
    practice::{SECRET, TOKEN},
};

/// A vendor's contract.
struct Contract {
    /// The file.
    file: &'static str,
    /// What comes before the contract's paths in those of requests.
    before: &'static str,
    /// Paths that the vendor has and the contract leaves out.
    left_out: &'static [&'static str],
    /// What a move sends and gets.
    traffic: fn() -> Vec<Exchanged>,
}

/// Every contract: another vendor's is one entry.
const CONTRACTS: &[Contract] = &[Contract {
    file: "keap-v2.json",
    before: "/crm",
    left_out: &["/rest/v2/oauth/connect/userinfo"],
    traffic: of_keap,
}];

fn of_keap() -> Vec<Exchanged> {
    let mut options = ServerOptions::new(SECRET);
    options.served.records = true;
    let server = KeapServer::start(options).unwrap();
    server.put_tag("Old", Some("Before"));
    server.put_contact(&["person00001@example.com", "second@example.com"], &[], &[]);
    moved(&server);
    server.exchanged()
}

/// Moves people into a system and undoes it.
fn moved(server: &dyn ContactServer) {
    let env = TestEnv::small(&[]);
    write_people(&env, 20);
    env.write(
        "plan.toml",
        with_fields(&SMALL.replace("system = \"managed\"", &server.table()))
            + "mentor = { column = \"Last\" }\n",
    );
    let run = |args: &[&str]| {
        let output = env.command(args).env(TOKEN, SECRET).output().unwrap();
        env.ran(&args.join(" "), &output).exits(0);
    };
    run(&["confirm", "plan.toml", "automations"]);
    run(&["apply", "plan.toml", "--yes", "--waves", "off"]);
    run(&["undo", "plan.toml", "--yes", "--waves", "off"]);
}

#[test]
fn requests_and_replies_are_as_the_vendors_contracts_say() {
    let folder = std::env::var_os("REHOME_CONTRACTS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/contracts"),
        PathBuf::from,
    );
    for contract in CONTRACTS {
        let Ok(text) = fs::read_to_string(folder.join(contract.file)) else {
            println!(
                "{} is not in {}: nothing is checked",
                contract.file,
                folder.display()
            );
            continue;
        };
        let document: Value = serde_json::from_str(&text).unwrap();
        let checked = Checked {
            document: &document,
            contract,
        };
        let exchanged = (contract.traffic)();
        assert!(exchanged.len() > 20, "only {} requests", exchanged.len());
        let wrong: BTreeSet<String> = exchanged.iter().flat_map(|one| checked.wrong(one)).collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", contract.file);
    }
}

#[test]
fn what_a_contract_does_not_know_is_found() {
    let document: Value = serde_json::from_str(
        r##"{"paths": {"/a/{id}": {"post": {
            "parameters": [{"name": "size", "in": "query", "schema": {"type": "integer", "maximum": 5}}],
            "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/s"}}}},
            "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/s"}}}}}}}},
        "s": {"type": "object", "required": ["n"], "properties": {
            "n": {"type": "string", "maxLength": 2}, "e": {"enum": ["X"]}}}}"##,
    )
    .unwrap();
    let contract = &Contract {
        file: "",
        before: "",
        left_out: &[],
        traffic: Vec::new,
    };
    let checked = Checked {
        document: &document,
        contract,
    };
    let wrong = |value: &str| {
        let mut found = Vec::new();
        let value = serde_json::from_str(value).unwrap();
        checked.value("$", &value, &document["s"], &mut found);
        found.len()
    };
    assert_eq!(wrong(r#"{"n": "ab", "e": "X"}"#), 0);
    for value in [
        "[]",
        "{}",
        r#"{"n": 1}"#,
        r#"{"n": "abc"}"#,
        r#"{"n": "a", "e": "Y"}"#,
        r#"{"n": "a", "x": 1}"#,
    ] {
        assert_eq!(wrong(value), 1, "{value}");
    }
    assert!(checked.operation("POST", "/a/7").is_some());
    assert!(checked.operation("GET", "/a/7").is_none() && checked.operation("POST", "/a/7/b").is_none());
}

/// A contract that traffic is checked against.
struct Checked<'a> {
    document: &'a Value,
    contract: &'a Contract,
}

impl Checked<'_> {
    /// What of an exchange the contract does not know.
    fn wrong(&self, one: &Exchanged) -> Vec<String> {
        let asked = &one.asked;
        let place = format!("{} {}", asked.method, asked.path);
        let Some(path) = asked.path.strip_prefix(self.contract.before) else {
            return vec![format!("{place} is elsewhere")];
        };
        if self.contract.left_out.contains(&path) {
            return Vec::new();
        }
        let Some(operation) = self.operation(&asked.method, path) else {
            return vec![format!("{place} is not in the contract")];
        };
        let mut wrong = Vec::new();
        for (name, text) in asked.queries() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let mut known =
                parameters.filter(|parameter| parameter["in"] == "query" && parameter["name"] == *name);
            match known.next() {
                None => wrong.push(format!("{place}: the parameter {name}")),
                Some(parameter) => {
                    let is_number = parameter["schema"]["type"] == "integer";
                    let number = || text.parse::<i64>().map_or(Value::Null, Value::from);
                    let value = if is_number {
                        number()
                    } else {
                        Value::from(text.as_str())
                    };
                    if parameter["schema"]["type"] != "array" {
                        self.value(
                            &format!("{place}?{name}"),
                            &value,
                            &parameter["schema"],
                            &mut wrong,
                        );
                    }
                }
            }
        }
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        match serde_json::from_slice(&asked.body) {
            Ok(value) if !body.is_null() => self.value(&place, &value, body, &mut wrong),
            Ok(_) => wrong.push(format!("{place} takes no body")),
            Err(_) if asked.body.is_empty() && body.is_null() => {}
            Err(error) => wrong.push(format!("{place}: {error}")),
        }
        let reply = &operation["responses"][one.status.to_string()];
        let shape = &reply["content"]["application/json"]["schema"];
        let place = format!("{place} -> {}", one.status);
        match serde_json::from_str(&one.body) {
            _ if reply.is_null() => wrong.push(format!("{place} is no reply of the contract")),
            Ok(value) if !shape.is_null() => self.value(&place, &value, shape, &mut wrong),
            Ok(_) => wrong.push(format!("{place} has no body")),
            Err(_) if one.body.is_empty() && shape.is_null() => {}
            Err(error) => wrong.push(format!("{place}: {error}")),
        }
        wrong
    }

    /// The operation of a path; one without a placeholder counts first.
    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let paths = self.document["paths"].as_object()?;
        let parts: Vec<&str> = path.split('/').collect();
        let fits = |known: &&String| {
            let known: Vec<&str> = known.split('/').collect();
            known.len() == parts.len() && known.iter().zip(&parts).all(|(known, part)| fits(known, part))
        };
        let mut fitting: Vec<&String> = paths.keys().filter(fits).collect();
        fitting.sort_by_key(|path| path.matches('{').count());
        let method = method.to_ascii_lowercase();
        fitting.into_iter().find_map(|path| paths[path].get(&method))
    }

    /// Notes where a value is not of its shape. A property that the contract does not name is wrong too.
    fn value(&self, place: &str, value: &Value, shape: &Value, wrong: &mut Vec<String>) {
        if let Some(reference) = shape["$ref"].as_str() {
            let target = self.document.pointer(reference.trim_start_matches('#'));
            return self.value(
                place,
                value,
                target.expect("the reference leads somewhere"),
                wrong,
            );
        }
        let mut note = |what: &str| wrong.push(format!("{place}: {what}"));
        if let Some(words) = shape["enum"].as_array()
            && !words.contains(value)
        {
            note(&format!("{value} is none of the words"));
        }
        let is_type = match shape["type"].as_str() {
            Some("object") => value.is_object(),
            Some("array") => value.is_array(),
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64() || value.is_u64(),
            Some("number") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            _ => true,
        };
        if !is_type {
            return note(&format!("{value} is no {}", shape["type"]));
        }
        let number = |key: &str| shape[key].as_i64();
        let chars = value.as_str().map(|text| text.chars().count());
        if chars
            .zip(shape["maxLength"].as_u64())
            .is_some_and(|(chars, most)| chars as u64 > most)
        {
            note("it is too long");
        }
        if let Some(value) = value.as_i64()
            && (number("minimum").is_some_and(|least| value < least)
                || number("maximum").is_some_and(|most| value > most))
        {
            note("it is out of bounds");
        }
        match value {
            Value::Object(map) => self.object(place, map, shape, wrong),
            Value::Array(items) => {
                if shape["uniqueItems"] == true
                    && items
                        .iter()
                        .enumerate()
                        .any(|(at, item)| items[..at].contains(item))
                {
                    note("an item is there twice");
                }
                for item in items {
                    self.value(&format!("{place}[]"), item, &shape["items"], wrong);
                }
            }
            _ => {}
        }
    }

    fn object(&self, place: &str, map: &Map<String, Value>, shape: &Value, wrong: &mut Vec<String>) {
        for name in shape["required"].as_array().into_iter().flatten() {
            if name.as_str().is_some_and(|name| !map.contains_key(name)) {
                wrong.push(format!("{place}: {name} is missing"));
            }
        }
        for (name, value) in map {
            let place = format!("{place}.{name}");
            match (&shape["properties"][name], &shape["additionalProperties"]) {
                (Value::Null, others) if others.is_object() => self.value(&place, value, others, wrong),
                (Value::Null, _) if shape["properties"].is_object() => {
                    wrong.push(format!("{place} is not known"));
                }
                (known, _) => self.value(&place, value, known, wrong),
            }
        }
    }
}

/// Whether a part of a path fits one of the contract's, which may be a placeholder.
fn fits(known: &str, part: &str) -> bool {
    known == part || (known.starts_with('{') && known.ends_with('}') && part != "-")
}
