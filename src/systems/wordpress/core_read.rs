//! What WordPress's own REST interface says, as values: everything is hostile until here.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::model::{Account, Side};

/// Whoever may do anything else has more than subscriber rights. The same list as the companion's
/// (`class-privilege.php`); a test compares them.
pub(super) const HARMLESS: &[&str] = &[
    "read",
    "level_0",
    "subscriber",
    "customer",
    "bbp_participant",
    "bbp_spectator",
    "spectate",
    "participate",
    "publish_topics",
    "edit_topics",
    "publish_replies",
    "edit_replies",
    "assign_topic_tags",
];

/// Roles of WordPress itself that may do more, whatever a plugin left of their capabilities.
const PRIVILEGED_ROLES: &[&str] = &["administrator", "editor", "author", "contributor"];

/// What a user needs to be allowed to read all users. The last two are for what follows a plan.
pub(super) const NEEDED: &[&str] = &["list_users", "edit_users", "create_users"];

/// `GET /wp-json/`.
#[derive(Debug, Deserialize)]
pub(super) struct IndexText {
    /// Where the site is, for visitors.
    pub(super) home: String,
    pub(super) namespaces: Vec<String>,
    /// An object; an empty list where there is nothing.
    #[serde(default)]
    authentication: Value,
}

impl IndexText {
    /// Who the site is. WordPress itself has no id of its own; the prefix keeps this one from ever being an id
    /// that the companion gives.
    pub(super) fn account(&self, place: &str) -> Account {
        Account {
            side: Side::Site,
            kind: "wordpress".to_owned(),
            id: format!("core:{}", self.home.trim_end_matches('/')),
            place: place.to_owned(),
        }
    }

    /// Whether application passwords are on.
    pub(super) fn passwords(&self) -> bool {
        self.authentication
            .pointer("/application-passwords/endpoints/authorization")
            .is_some()
    }
}

/// `GET /wp-json/wp/v2/users/me`.
#[derive(Debug, Deserialize)]
pub(super) struct MeText {
    pub(super) id: u64,
    pub(super) username: String,
    capabilities: Capabilities,
}

impl MeText {
    /// What is needed and not there.
    pub(super) fn lacks(&self) -> Vec<&'static str> {
        let lacks = |capability: &&str| !self.capabilities.grants(capability);
        NEEDED.iter().copied().filter(lacks).collect()
    }
}

/// One user of `GET /wp-json/wp/v2/users?context=edit`. Nothing has a default: who comes without a part
/// of it was read by a user who may not see it, and cannot be judged.
#[derive(Debug, Deserialize)]
pub(super) struct UserText {
    pub(super) id: u64,
    pub(super) username: String,
    email: String,
    first_name: String,
    last_name: String,
    roles: Vec<String>,
    capabilities: Capabilities,
}

impl UserText {
    /// As it was before WordPress stored it, in lower case.
    pub(super) fn email(&self) -> String {
        self.email.replace("&amp;", "&").to_ascii_lowercase()
    }

    /// As it was before WordPress stored it.
    pub(super) fn first(&self) -> String {
        name(&self.first_name)
    }

    /// As it was before WordPress stored it.
    pub(super) fn last(&self) -> String {
        name(&self.last_name)
    }

    /// May do more than a subscriber.
    pub(super) fn privileged(&self) -> bool {
        let high = |role: &String| PRIVILEGED_ROLES.contains(&role.as_str());
        let harmless = |name: &str| HARMLESS.contains(&name) || self.roles.iter().any(|role| role == name);
        self.roles.iter().any(high) || self.capabilities.granted().any(|name| !harmless(name))
    }
}

/// Capabilities and roles of someone, as PHP holds them: granted or taken away.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct Capabilities(BTreeMap<String, Value>);

impl Capabilities {
    fn grants(&self, capability: &str) -> bool {
        self.0.get(capability).is_some_and(truthy)
    }

    fn granted(&self) -> impl Iterator<Item = &str> {
        let granted = self.0.iter().filter(|(_, value)| truthy(value));
        granted.map(|(name, _)| name.as_str())
    }
}

/// What PHP takes for true.
fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(granted) => *granted,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !matches!(text.as_str(), "" | "0"),
        Value::Array(items) => !items.is_empty(),
        // An object is true in PHP even if it is empty.
        Value::Object(_) => true,
    }
}

/// A name as it was before WordPress stored it (`wp_specialchars_decode`, quotes left): `&`, `<` and `>`
/// are stored as entities. One pass, so that `&amp;lt;` becomes `&lt;`.
fn name(stored: &str) -> String {
    let mut text = String::with_capacity(stored.len());
    let mut rest = stored;
    while let Some(at) = rest.find('&') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((sign, length)) = entity(rest) {
            text.push(sign);
            rest = &rest[length..];
        } else {
            text.push('&');
            rest = &rest[1..];
        }
    }
    text.push_str(rest);
    text
}

/// The longest entity, with zeros in front.
const ENTITY: usize = 32;

/// The sign of the entity at the beginning of a text, and how long it is.
fn entity(text: &str) -> Option<(char, usize)> {
    // Not further than an entity goes, or a name of nothing but `&` would be read again and again.
    let end = text.bytes().take(ENTITY).position(|byte| byte == b';')?;
    let body = text.get(1..end)?;
    let number = |digits: &str| digits.trim_start_matches('0').to_ascii_lowercase();
    let sign = match body {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        _ => match body.strip_prefix('#')? {
            hex if hex.starts_with(['x', 'X']) => (number(&hex[1..]) == "26").then_some('&')?,
            decimal => match number(decimal).as_str() {
                "38" => '&',
                "60" => '<',
                "62" => '>',
                _ => return None,
            },
        },
    };
    Some((sign, body.len() + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_wordpress_reads_its_own() {
        for (stored, read) in [
            ("Smith &amp; Sons", "Smith & Sons"),
            ("&lt;b&gt; &#38; &#0038; &#x26; &#X0026;", "<b> & & & &"),
            ("&#060;&#62;", "<>"),
            ("&amp;lt; &amp;amp;", "&lt; &amp;"),
            (
                "&quot;O'Neil&quot; &#039; &nbsp; &",
                "&quot;O'Neil&quot; &#039; &nbsp; &",
            ),
            ("&;&#;&#x;&#xé;&é;&&amp;", "&;&#;&#x;&#xé;&é;&&"),
            ("Zoë \\ 😀", "Zoë \\ 😀"),
        ] {
            assert_eq!(name(stored), read);
        }
    }

    #[test]
    fn the_list_of_harmless_capabilities_is_the_companions() {
        let php = include_str!("../../../wordpress/rehome-companion/includes/class-privilege.php");
        let list = php.split_once("const HARMLESS = array(").unwrap().1;
        let list = list.split_once(");").unwrap().0;
        let theirs: Vec<&str> = list.split('\'').skip(1).step_by(2).collect();
        assert_eq!(HARMLESS, theirs);
    }

    #[test]
    fn what_php_takes_for_true_is_granted() {
        let granted: Vec<bool> = [
            "true", "1", "\"1\"", "0.5", "[1]", "{}", "false", "0", "\"0\"", "\"\"", "null", "[]", "-0.0",
        ]
        .iter()
        .map(|text| truthy(&serde_json::from_str(text).unwrap()))
        .collect();
        assert_eq!(granted.iter().filter(|granted| **granted).count(), 6);
        assert!(granted[..6].iter().all(|granted| *granted), "{granted:?}");
    }
}
