//! A profile and a source's table of a plan in; the table with the profile's keys underneath out.
//!
//! The rule, key by key:
//! - what the plan writes replaces what the profile says;
//! - `dates` (and each of its columns), `numbers`, `lists` and `fields` merge by key, a column or a field at a time;
//! - `login` and `username` are two ways to say one thing, so either replaces both;
//! - `columns` and `events` are not merged here: the profile's are looked at where the plan's say nothing.

use super::tree::{Entry, Node, Table, Value};
use crate::plan::{Pattern, Profile, TextSpan};

/// The tables that merge by key.
const BY_KEY: [&str; 4] = ["dates", "numbers", "lists", "fields"];

/// The plan's table with the profile's keys underneath. `span` is where the plan names the profile: what does not fit
/// between the two is shown there, since the profile by itself is valid.
pub(super) fn merge(profile: &Profile, own: &Table, span: &TextSpan) -> Table {
    let mut merged = own.clone();
    for entry in &profile.settings.0.entries {
        let key = entry.key.as_str();
        let replaced = match key {
            "events" => true,
            "login" | "username" => own.get("login").or(own.get("username")).is_some(),
            _ => false,
        };
        if replaced {
            continue;
        }
        match merged.entries.iter_mut().find(|known| known.key == key) {
            None => merged.entries.push(placed(entry, span)),
            Some(known) if BY_KEY.contains(&key) => fill(known, entry, span, key != "fields"),
            Some(_) => {}
        }
    }
    merged
}

/// Adds the keys that only the profile has. Keys are columns or words, which compare without case.
fn fill(known: &mut Entry, under: &Entry, span: &TextSpan, deep: bool) {
    let (Value::Table(known), Value::Table(under)) = (&mut known.node.value, &under.node.value) else {
        return;
    };
    for entry in &under.entries {
        let folded = Pattern::fold(&entry.key);
        match known
            .entries
            .iter_mut()
            .find(|known| Pattern::fold(&known.key) == folded)
        {
            None => known.entries.push(placed(entry, span)),
            Some(known) if deep => fill(known, entry, span, deep),
            Some(_) => {}
        }
    }
}

fn placed(entry: &Entry, span: &TextSpan) -> Entry {
    Entry {
        key: entry.key.clone(),
        key_span: span.clone(),
        node: placed_node(&entry.node, span),
    }
}

fn placed_node(node: &Node, span: &TextSpan) -> Node {
    let value = match &node.value {
        Value::List(nodes) => Value::List(nodes.iter().map(|node| placed_node(node, span)).collect()),
        Value::Table(table) => Value::Table(Table {
            entries: table.entries.iter().map(|entry| placed(entry, span)).collect(),
        }),
        value => value.clone(),
    };
    Node {
        value,
        span: span.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diagnostics::Diagnostics,
        plan::read::{parse::parse, profile_file::read_profile},
    };

    /// The settings of a plan's table laid over those of a profile, one to a line.
    fn merged(under: &str, own: &str) -> Vec<String> {
        let mut out = Diagnostics::default();
        let text = format!("title = \"t\"\nrows = \"person\"\n{under}");
        let mut profile = read_profile("own", "own.toml", &text, &mut out).expect("a profile");
        let own = parse(own, &mut out).expect("a table");
        profile.settings.0 = merge(&profile, &own, &(7..9));
        profile.settings()
    }

    #[test]
    fn a_key_of_the_plan_replaces_that_of_the_profile() {
        let under = "ends = { from = \"Start\", after = \"1 year\" }\nkey = \"id\"";
        assert_eq!(
            merged(under, "ends = \"End\""),
            ["ends = \"End\"", "key = \"id\""]
        );
        let consent = "consent = { column = \"a\", opted_out = \"no\", opted_in = \"yes\" }";
        let own = "consent = { column = \"b\", opted_out = \"n\" }";
        assert_eq!(merged(consent, own), [own]);
    }

    #[test]
    fn dates_lists_and_fields_merge_a_column_or_field_at_a_time() {
        let under =
            "dates = { format = \"%d/%m/%Y\", zone = \"UTC\", columns = { Start = { never = \"-\" } } }";
        let own = "dates = { format = \"unix\", columns = { start = { format = \"%d\" } } }";
        assert_eq!(
            merged(under, own),
            [
                "dates = { format = \"unix\", columns = { start = { format = \"%d\", never = \"-\" } }, zone = \"UTC\" }"
            ]
        );
        assert_eq!(
            merged("lists = { Tags = \",\", Products = \",\" }", "lists.tags = \";\""),
            ["lists = { tags = \";\", Products = \",\" }"]
        );
        assert_eq!(
            merged(
                "fields = { born = { column = \"Born\", type = \"date\" }, city = \"City\" }",
                "fields.born = { column = \"Birthday\" }"
            ),
            ["fields = { born = { column = \"Birthday\" }, city = \"City\" }"]
        );
    }

    #[test]
    fn login_and_username_replace_each_other() {
        assert_eq!(
            merged("username = \"Nick\"", "login = \"email\""),
            ["login = \"email\""]
        );
        assert_eq!(
            merged("login = \"email\"", "username = \"Nick\""),
            ["username = \"Nick\""]
        );
    }

    #[test]
    fn what_comes_from_the_profile_stands_where_the_plan_names_it() {
        let mut out = Diagnostics::default();
        let text = "title = \"t\"\nrows = \"person\"\nconsent = { column = \"a\", opted_out = [\"no\"] }";
        let profile = read_profile("own", "own.toml", text, &mut out).expect("a profile");
        let merged = merge(&profile, &Table::default(), &(7..9));
        let mut left: Vec<&Entry> = merged.entries.iter().collect();
        while let Some(entry) = left.pop() {
            assert_eq!(
                (&entry.key_span, &entry.node.span),
                (&(7..9), &(7..9)),
                "{}",
                entry.key
            );
            if let Value::Table(table) = &entry.node.value {
                left.extend(&table.entries);
            }
        }
    }
}
