//! A WordPress site, through the companion plugin's REST interface: requests and answers as text. Without the
//! plugin the site can be read through WordPress's own interface, and not be written.

mod accessally;
mod answer;
#[cfg(test)]
mod answer_tests;
mod core_cursor;
mod core_read;
mod core_site;
#[cfg(test)]
mod core_tests;
mod cursor;
mod fault;
mod handshake;
mod invite;
#[cfg(test)]
mod invite_tests;
mod protocol;
mod read;
#[cfg(test)]
mod tests;

pub use accessally::ACCESSALLY_CHECKPOINTS;
pub use core_cursor::CoreCursor;
pub use fault::CONVENTIONS;
pub use handshake::Handshake;

use crate::model::{HttpRequest, Membership, Safety};

/// How messages name it.
const WHO: &str = "the site";

/// What is the same in all requests to one site.
#[derive(Debug, Clone)]
struct Route {
    /// The URL, for people.
    place: String,
    /// Where pretty addresses are off, routes are a parameter.
    pretty: bool,
    membership: Membership,
    /// Goes into every read and has to come back: a page kept by a cache does not know it.
    echo: String,
}

impl Route {
    /// A read. `query` is `name=value` pairs with `&` between, or nothing.
    fn get(&self, route: &str, query: &str) -> HttpRequest {
        let membership = self.membership.word();
        let echo = &self.echo;
        let join = if query.is_empty() { "" } else { "&" };
        HttpRequest::get(self.path(
            route,
            &format!("membership={membership}&echo={echo}{join}{query}"),
        ))
    }

    /// A write, or a look that is too long for an address.
    fn post(&self, route: &str, body: &serde_json::Value, safety: Safety) -> HttpRequest {
        HttpRequest::post(self.path(route, ""), body.to_string(), safety)
    }

    /// What WordPress itself says of the site.
    fn index(&self) -> HttpRequest {
        let query = format!("_fields=home,namespaces,authentication&rehome={}", self.echo);
        HttpRequest::get(self.path("", &query))
    }

    fn path(&self, route: &str, query: &str) -> String {
        let of_ours = if route.is_empty() { "" } else { "rehome/v1/" };
        match (self.pretty, query) {
            (true, "") => format!("/wp-json/{of_ours}{route}"),
            (true, query) => format!("/wp-json/{of_ours}{route}?{query}"),
            (false, "") => format!("/?rest_route=/{of_ours}{route}"),
            (false, query) => format!("/?rest_route=/{of_ours}{route}&{query}"),
        }
    }
}
