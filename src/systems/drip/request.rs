//! What all requests to Drip have in common.

use super::{WHO, read::SubscribersPage};
use crate::{
    model::{Fault, HttpRequest, HttpResponse},
    systems::json::{Unread, parse},
};

/// Subscribers of a batch, and of a page.
pub(super) const MOST: usize = 1_000;
/// The class of batch requests.
pub(super) const BATCHES: &str = "batches";

/// A page of subscribers, whatever their status. `before` freezes the result set.
pub(super) fn ask_page(account: &str, per_page: usize, page: u64, before: Option<&str>) -> HttpRequest {
    let before = before.map(|before| format!("&subscribed_before={before}"));
    HttpRequest::get(format!(
        "/v2/{account}/subscribers?status=all&per_page={per_page}&page={page}{}",
        before.unwrap_or_default()
    ))
}

/// One subscriber by ID.
pub(super) fn ask_one(account: &str, id: &str) -> HttpRequest {
    HttpRequest::get(format!("/v2/{account}/subscribers/{}", encoded(id)))
}

/// A part of a path.
pub(super) fn encoded(part: &str) -> String {
    let mut path = String::with_capacity(part.len());
    for byte in part.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                path.push(char::from(byte));
            }
            _ => path.push_str(&format!("%{byte:02X}")),
        }
    }
    path
}

/// Reads a page of subscribers.
pub(super) fn page(response: &HttpResponse) -> Result<SubscribersPage, Fault> {
    parse(WHO, &response.body).map_err(|unread| match unread {
        Unread::NotWhole(why) => Fault::Transient { why },
        Unread::Unknown(why) => Fault::Broken { why },
    })
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
    fn a_tag_is_one_part_of_a_path_whatever_is_in_it() {
        assert_eq!(encoded("VIP, Gold/50 % ü"), "VIP%2C%20Gold%2F50%20%25%20%C3%BC");
        assert_eq!(encoded("../a"), "..%2Fa");
    }
}
