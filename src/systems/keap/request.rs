//! What all requests to Keap have in common.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{WHO, read::ErrorText};
use crate::{
    model::{Fault, HttpMethod, HttpRequest, HttpResponse, Safety},
    systems::json::{Unread, parse},
};

/// Contacts that one request may tag, and contacts that are read by ID at once.
pub(super) const BULK: usize = 100;
/// Items of a page.
pub(super) const PAGE: usize = 1_000;
/// What is read of a contact.
const FIELDS: &str =
    "id,given_name,family_name,email_addresses,phone_numbers,addresses,custom_fields,tag_ids";

/// A request with a body of JSON.
pub(super) fn send(method: HttpMethod, path: &str, body: &Value, safety: Safety) -> HttpRequest {
    HttpRequest::new(method, format!("/crm/rest/v2{path}"), safety).json(body.to_string())
}

/// A page of a list. `query` is encoded already.
pub(super) fn list(path: &str, query: &str, size: usize, token: Option<&str>) -> HttpRequest {
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("{query}&")
    };
    let token = token.map(|token| format!("&page_token={}", encoded(token)));
    HttpRequest::get(format!(
        "/crm/rest/v2{path}?{query}page_size={size}{}",
        token.unwrap_or_default()
    ))
}

/// A page of all contacts, in the order of their IDs.
pub(super) fn contacts(token: Option<&str>) -> HttpRequest {
    let query = format!("order_by=id%20asc&fields={}", encoded(FIELDS));
    list("/contacts", &query, PAGE, token)
}

/// The contact created last.
pub(super) fn newest_contact() -> HttpRequest {
    list("/contacts", "order_by=id%20desc&fields=id", 1, None)
}

/// A page of the contacts that a filter finds.
pub(super) fn filtered(filter: &str, token: Option<&str>) -> HttpRequest {
    let query = format!("filter={}&fields={}", encoded(filter), encoded(FIELDS));
    list("/contacts", &query, PAGE, token)
}

/// Asks for the custom fields.
pub(super) fn ask_fields() -> HttpRequest {
    HttpRequest::get("/crm/rest/v2/contacts/model")
}

/// One contact.
pub(super) fn contact(id: &str) -> HttpRequest {
    let fields = encoded(FIELDS);
    HttpRequest::get(format!("/crm/rest/v2/contacts/{}?fields={fields}", encoded(id)))
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
            why: ErrorText::why_of(response),
        });
    }
    parse(WHO, &response.body).map_err(|unread| match unread {
        Unread::NotWhole(why) => Fault::Transient { why },
        Unread::Unknown(why) => Fault::Broken { why },
    })
}

/// The token of the next page, where there is one: the last page has none, or a blank one.
pub(super) fn next_token(token: Option<String>) -> Option<String> {
    token.filter(|token| !token.trim().is_empty())
}

/// A response that the contract does not know.
pub(super) fn broken(why: &str) -> Fault {
    Fault::Broken {
        why: format!("the response of {WHO} does not match its contract: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_into_a_path_is_encoded_byte_by_byte() {
        assert_eq!(
            encoded("a+b@c.example;é==*"),
            "a%2Bb%40c.example%3B%C3%A9%3D%3D%2A"
        );
        assert_eq!(
            filtered("contact_ids==1,2", None).path.split('&').next(),
            Some("/crm/rest/v2/contacts?filter=contact_ids%3D%3D1%2C2")
        );
    }
}
