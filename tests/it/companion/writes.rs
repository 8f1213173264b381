//! Members as a request carries them.

use serde_json::{Value, json};

/// One change.
pub(super) fn change(
    action: &str,
    attribute: impl Into<Value>,
    before: Option<&str>,
    after: Option<&str>,
) -> Value {
    json!({ "side": "site", "action": action, "attribute": attribute.into(), "reason": "granted", "before": before, "after": after })
}

/// A tag that is added.
pub(super) fn tag(name: &str) -> Value {
    change("add-tag", json!({ "tag": name }), None, Some("held"))
}

/// A member with these changes.
pub(super) fn member(seq: usize, email: &str, changes: &[Value]) -> Value {
    json!({ "seq": seq, "email": email, "changes": changes })
}

/// A new user with a contact, a name and the tag of the course, who logs in with the address.
pub(super) fn newcomer(seq: usize, email: &str) -> Value {
    newcomer_as(seq, email, email)
}

/// The same with a login.
pub(super) fn newcomer_as(seq: usize, email: &str, login: &str) -> Value {
    member(
        seq,
        email,
        &[
            change("create", "contact", None, Some("there")),
            change("create", "user", None, Some(login)),
            change("link", "contact-link", None, None),
            change("update", "first-name", None, Some("Ann")),
            change("update", "last-name", None, Some("Bell")),
            tag("Course"),
        ],
    )
}

/// So many newcomers.
pub(super) fn newcomers(count: usize) -> Vec<Value> {
    (0..count)
        .map(|at| newcomer(at, &format!("person{at:04}@example.com")))
        .collect()
}
