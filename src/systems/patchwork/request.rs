//! What all requests to the patchwork CRM have in common.

use serde_json::Value;

use super::WHO;
use crate::{
    model::{Fault, HttpMethod, HttpRequest, Safety},
    systems::json::Unread,
};

/// Contacts that one request may tag.
pub(super) const BULK: usize = 25;
/// Addresses of a search.
pub(super) const SEARCHED: usize = 20;
/// Contacts that are read by ID at once.
pub(super) const READ: usize = 50;
/// The class of requests that tag.
pub(super) const CLASS: &str = "bulk";

/// A request with a body of JSON.
pub(super) fn send(method: HttpMethod, path: String, body: &Value, safety: Safety) -> HttpRequest {
    HttpRequest::new(method, path, safety).json(body.to_string())
}

/// A look-up: a POST that only reads, so that no address is in a path.
pub(super) fn look_up(path: &str, body: &Value) -> HttpRequest {
    send(HttpMethod::Post, path.to_owned(), body, Safety::Read)
}

/// What a response to a read means that is not what the contract says.
pub(super) fn unread(unread: Unread) -> Fault {
    match unread {
        Unread::NotWhole(why) => Fault::Transient { why },
        Unread::Unknown(why) => Fault::Broken { why },
    }
}

/// A response that the contract does not know.
pub(super) fn broken(why: &str) -> Fault {
    Fault::Broken {
        why: format!("the response of {WHO} does not match its contract: {why}"),
    }
}
