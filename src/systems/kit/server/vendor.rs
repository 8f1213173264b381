//! Who may ask the simulated Kit, how often, and how it refuses.

use serde_json::json;

use super::{answer::answer, context::errors, options::ServerOptions, store::Store};
use crate::systems::vendor_server::{Asked, EffectLog, Exceeded, Reply, Vendor, Window};

/// What kind of secret a request has.
const KEY: &str = "key";
const OAUTH: &str = "oauth";

/// Kit, as its simulator plays it.
#[derive(Debug)]
pub(super) struct KitVendor {
    pub(super) options: ServerOptions,
    pub(super) store: Store,
}

impl KitVendor {
    pub(super) fn new(options: ServerOptions) -> Self {
        Self {
            options,
            store: Store::default(),
        }
    }

    fn secret(&self, asked: &Asked) -> Option<&'static str> {
        let token = self.options.token.as_str();
        let bearer = asked
            .header("authorization")
            .map(|value| value.strip_prefix("Bearer "));
        match (asked.header("x-kit-api-key"), bearer) {
            (Some(key), None) if key == token => Some(KEY),
            (None, Some(Some(access))) if access == token => Some(OAUTH),
            _ => None,
        }
    }
}

impl Vendor for KitVendor {
    fn refuse(&mut self, asked: &Asked) -> Option<Reply> {
        let secret = self.secret(asked);
        let bulk = asked.path.starts_with("/v4/bulk/");
        let allowed = secret == Some(OAUTH) || (secret == Some(KEY) && !bulk);
        (!allowed).then(|| errors(401, "The access token is invalid"))
    }

    fn windows(&self) -> Vec<Window> {
        let limits = self.options.limits;
        vec![
            Window::minute("key", limits.key_minute).of_class(KEY),
            Window::minute("oauth", limits.oauth_minute).of_class(OAUTH),
        ]
    }

    fn class(&self, asked: &Asked) -> Option<&'static str> {
        self.secret(asked)
    }

    fn throttled(&mut self, exceeded: Option<&Exceeded>) -> Reply {
        let reply = Reply::text(429, "Retry later");
        match exceeded {
            Some(_) => reply,
            // What stands before Kit throttles, and says how long.
            None => reply.header("Retry-After", "0".to_owned()),
        }
    }

    fn failed(&self, status: u16) -> Reply {
        Reply::json(status, &json!({ "errors": ["Something went wrong"] }))
    }

    fn answer(&mut self, asked: &Asked, now_ms: u64) -> Reply {
        answer(&mut self.store, &self.options, now_ms, asked)
    }

    fn log(&mut self) -> &mut EffectLog {
        &mut self.store.log
    }
}
