//! Who may ask the simulator of Drip, how often, and how it refuses.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{
    DripOptions,
    answer::{answer, error},
    store::Store,
};
use crate::systems::vendor_server::{Asked, EffectLog, Exceeded, Reply, Vendor, Window, WindowLeft};

/// What Drip says of two requests for one person.
const SAME_PERSON: &str = "Too many concurrent requests for the same subscriber";
/// The class of batch requests.
const BATCHES: &str = "batches";

/// Drip, as its simulator plays it.
#[derive(Debug)]
pub(super) struct DripVendor {
    pub(super) options: DripOptions,
    pub(super) store: Store,
}

fn is_batch(asked: &Asked) -> bool {
    asked.path.ends_with("/batches")
}

impl Vendor for DripVendor {
    fn refuse(&mut self, asked: &Asked) -> Option<Reply> {
        let token = &self.options.token;
        let basic = format!("Basic {}", STANDARD.encode(format!("{token}:")));
        let given = asked.header("authorization");
        if given != Some(&basic) && given != Some(&format!("Bearer {token}")) {
            return Some(error(401, "authentication_error", "Authentication failed"));
        }
        let nameless = asked.header("user-agent").is_none_or(str::is_empty);
        nameless.then(|| error(403, "authorization_error", "A User-Agent is required"))
    }

    fn windows(&self) -> Vec<Window> {
        vec![
            Window::hour("requests", self.options.per_hour),
            Window::hour(BATCHES, self.options.batches_per_hour).of_class(BATCHES),
        ]
    }

    fn class(&self, asked: &Asked) -> Option<&'static str> {
        is_batch(asked).then_some(BATCHES)
    }

    fn throttled(&mut self, exceeded: Option<&Exceeded>) -> Reply {
        let body = json!({
            "message": "API rate limit exceeded. Please try again in an hour.",
            "documentation": "https://developer.drip.com/#rate-limiting",
        });
        let reply = Reply::json(429, &body);
        match exceeded {
            Some(_) => reply,
            // A fault, which passes at once, where Drip itself would say nothing.
            None => reply.header("Retry-After", "0".to_owned()),
        }
    }

    fn told(&self, reply: Reply, left: &[WindowLeft]) -> Reply {
        let general = left.iter().find(|left| left.window.name != BATCHES);
        match general {
            Some(left) => reply
                .header("X-RateLimit-Limit", left.window.limit.to_string())
                .header("X-RateLimit-Remaining", left.left.to_string()),
            None => reply,
        }
    }

    fn failed(&self, status: u16) -> Reply {
        error(status, "internal_error", "Something went wrong")
    }

    fn busy(&self, asked: &Asked) -> Option<Reply> {
        (asked.method != "GET" && !is_batch(asked))
            .then(|| error(429, "rate_limit_error", SAME_PERSON).header("Retry-After", "0".to_owned()))
    }

    fn answer(&mut self, asked: &Asked, now_ms: u64) -> Reply {
        self.store.settle(now_ms);
        let reply = answer(&mut self.store, &self.options, now_ms, asked);
        let now = i64::try_from(now_ms)
            .ok()
            .and_then(|now| jiff::Timestamp::from_millisecond(now).ok());
        let date = now.and_then(|now| {
            let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
            printer.timestamp_to_rfc9110_string(&now).ok()
        });
        match date {
            Some(date) => reply.header("Date", date),
            None => reply,
        }
    }

    fn log(&mut self) -> &mut EffectLog {
        &mut self.store.log
    }
}
