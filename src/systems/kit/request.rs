//! What all requests to Kit have in common.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{WHO, read::ErrorsText, read::Pagination};
use crate::{
    model::{ContactId, Fault, HttpMethod, HttpRequest, HttpResponse, ItemOutcome, Safety},
    systems::json::{Unread, parse},
};

/// Contacts, pairs or values of a bulk request that Kit still answers at once; above that, it only accepts them.
pub(super) const BULK: usize = 100;
/// Addresses of a look-up.
pub(super) const SEARCHED: usize = 50;
/// Items of a page.
pub(super) const PAGE: usize = 1_000;
/// Fields of a write that Kit still answers at once.
pub(super) const FIELDS_AT_ONCE: usize = 10;

/// A request with a body of JSON.
pub(super) fn send(method: HttpMethod, path: &str, body: &Value, safety: Safety) -> HttpRequest {
    HttpRequest::new(method, format!("/v4{path}"), safety).json(body.to_string())
}

/// A page of a list. `query` is encoded already; a list of people must have `status=all`.
pub(super) fn list(path: &str, query: &str, after: Option<&str>) -> HttpRequest {
    let after = after.map(|cursor| format!("&after={}", encoded(cursor)));
    let between = if query.is_empty() { "" } else { "&" };
    HttpRequest::get(format!(
        "/v4{path}?{query}{between}per_page={PAGE}{}",
        after.unwrap_or_default()
    ))
}

/// One contact, as it is now.
pub(super) fn subscriber(id: &str) -> HttpRequest {
    HttpRequest::get(format!("/v4/subscribers/{}", encoded(id)))
}

/// A page of the tags of one contact.
pub(super) fn tags_of(id: &str, after: Option<&str>) -> HttpRequest {
    list(&format!("/subscribers/{}/tags", encoded(id)), "", after)
}

/// Text as a part of a path or a query.
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// Reads the response to a read.
pub(super) fn page<T: DeserializeOwned>(response: &HttpResponse) -> Result<T, Fault> {
    if !response.is_success() {
        return Err(Fault::Broken {
            why: ErrorsText::why_of(response),
        });
    }
    parse(WHO, &response.body).map_err(|unread| match unread {
        Unread::NotWhole(why) => Fault::Transient { why },
        Unread::Unknown(why) => Fault::Broken { why },
    })
}

/// Reads the response to a write.
pub(super) fn written<T: DeserializeOwned>(response: &HttpResponse) -> Result<T, Fault> {
    parse(WHO, &response.body).map_err(Unread::fault)
}

/// The cursor of the next page, where there is one.
pub(super) fn next_cursor(pagination: &Pagination) -> Result<Option<&str>, Fault> {
    let cursor = pagination
        .end_cursor
        .as_deref()
        .filter(|cursor| !cursor.is_empty());
    match (pagination.has_next_page, cursor) {
        (false, _) => Ok(None),
        (true, Some(cursor)) => Ok(Some(cursor)),
        (true, None) => Err(broken("there is another page, but no cursor for it")),
    }
}

/// An ID as Kit's JSON has it.
pub(super) fn number(id: &ContactId) -> Option<u64> {
    id.as_str().parse().ok()
}

/// A response that the contract does not know.
pub(super) fn broken(why: &str) -> Fault {
    Fault::Broken {
        why: format!("the response of {WHO} does not match its contract: {why}"),
    }
}

/// What becomes of a member whom Kit, or the lack of a contact, rejects.
pub(super) fn refused(why: impl Into<String>) -> ItemOutcome {
    ItemOutcome::Refused { why: why.into() }
}

/// What becomes of a member whose contact is not known.
pub(super) fn no_contact() -> ItemOutcome {
    refused("there is no contact with this address")
}
