//! A key that no table has in; the key that the field's word for it, or a line below the wrong table, means, out.

use super::table_keys::{self, TableKeys};

/// Words of the field, and of other tools, with the key that they mean.
const WORDS: &[(&str, &str)] = &[
    ("courses", "offerings"),
    ("course", "grant"),
    ("products", "offerings"),
    ("product", "grant"),
    ("groups", "offerings"),
    ("group", "grant"),
    ("levels", "offerings"),
    ("level", "grant"),
    ("memberships", "offerings"),
    ("programs", "offerings"),
    ("offers", "offerings"),
    ("offering", "grant"),
    ("access", "grant"),
    ("grants", "grant"),
    ("give", "grant"),
    ("add_tag", "tag"),
    ("labels", "tags"),
    ("label", "tag"),
    ("skip", "ignore"),
    ("drop", "ignore"),
    ("if", "when"),
    ("where", "when"),
    ("else", "otherwise"),
    ("imports", "sources"),
    ("exports", "sources"),
    ("csv", "file"),
    ("path", "file"),
    ("filename", "file"),
    ("type", "kind"),
    ("platform", "profile"),
    ("format", "profile"),
    ("mapping", "map"),
    ("mappings", "map"),
    ("title", "name"),
    ("website", "site"),
    ("crm", "contacts"),
    ("username", "user"),
    ("mail", "email"),
    ("e-mail", "email"),
    ("separator", "delimiter"),
    ("drip", "release"),
    ("expires", "ends"),
    ("end", "ends"),
    ("expiry", "ends"),
    ("staging", "environments"),
    ("date", "as_of"),
    ("timezone", "zone"),
    ("limits", "policy"),
    ("emails", "email"),
];

/// The key of this table that a word of the field means.
pub(super) fn meant(word: &str, keys: &TableKeys) -> Option<&'static str> {
    let word = word.to_lowercase();
    let mut fits = WORDS.iter().filter(|(from, to)| *from == word && keys.takes(to));
    fits.next().map(|(_, to)| *to)
}

/// Where a key belongs that is below the wrong table, for people; `what` is the table in which it is.
pub(super) fn belongs(key: &str, what: &str) -> Option<String> {
    let below = what.find("[sources.").map(|at| &what[at..]);
    match below {
        // In a table of a source, such as its columns or its map.
        Some(source) if table_keys::SOURCE.takes(key) && source != what => Some(format!(
            "`{key}` belongs to {source}: move the line up, above the name of this table"
        )),
        None if matches!(what, "the plan" | "[migration]") && table_keys::SITE.takes(key) => {
            Some(format!("`{key}` belongs to [site]: move it below that line"))
        }
        None if matches!(what, "the plan" | "[migration]" | "[site]") && table_keys::SOURCE.takes(key) => {
            Some(format!(
                "`{key}` belongs to a source: move it below a line such as [sources.people]"
            ))
        }
        _ => None,
    }
}
