//! Who may ask the patchwork CRM, how often, and how it refuses.

use super::{
    answer::{answer, changes_one_contact, error, error_of, tags_contacts},
    options::ServerOptions,
    store::Store,
};
use crate::systems::vendor_server::{Asked, EffectLog, Exceeded, Reply, Vendor, Window, WindowLeft};

/// How long whoever meets a fault that throttles has to wait.
const SHORT_MS: u64 = 20;

/// The patchwork CRM.
#[derive(Debug)]
pub(super) struct PatchworkVendor {
    pub(super) options: ServerOptions,
    pub(super) store: Store,
}

impl Vendor for PatchworkVendor {
    fn refuse(&mut self, asked: &Asked) -> Option<Reply> {
        if asked.header("x-patchwork-app") != Some(self.options.app_id.as_str())
            || asked.header("x-patchwork-key") != Some(self.options.token.as_str())
        {
            return Some(error(
                401,
                "UNKNOWN_KEY",
                "the app or its key is missing or wrong",
            ));
        }
        let nameless = asked.header("user-agent").is_none_or(str::is_empty);
        nameless.then(|| error(403, "NO_AGENT", "say who asks"))
    }

    fn windows(&self) -> Vec<Window> {
        let limits = self.options.limits;
        vec![
            Window::second("X-Patchwork-Second-Left", limits.second),
            Window::minute("X-Patchwork-Minute-Left", limits.minute),
            Window::day(DAY, limits.day, limits.day_begins),
            Window::minute(BULK, limits.bulk_minute).of_class("bulk"),
        ]
    }

    fn class(&self, asked: &Asked) -> Option<&'static str> {
        tags_contacts(asked).then_some("bulk")
    }

    fn throttled(&mut self, exceeded: Option<&Exceeded>) -> Reply {
        let name = exceeded.map_or("", |exceeded| exceeded.window.name);
        let code = if name == DAY { "QUOTA" } else { "RATE" };
        let class = (name == BULK).then_some("bulk");
        too_many(
            code,
            class,
            exceeded.map_or(SHORT_MS, |exceeded| exceeded.wait_ms),
        )
    }

    fn told(&self, reply: Reply, left: &[WindowLeft]) -> Reply {
        let tell = |reply: Reply, left: &WindowLeft| {
            let reply = reply.header(left.window.name, left.left.to_string());
            if left.window.name == DAY {
                let begins = self.options.limits.day_begins.to_string();
                return reply.header("X-Patchwork-Day-Begins", begins);
            }
            reply
        };
        left.iter().fold(reply, tell)
    }

    fn failed(&self, status: u16) -> Reply {
        match status {
            503 => error(503, "DOWN", "down for maintenance"),
            status => error(status, "INTERNAL", "something went wrong"),
        }
    }

    fn busy(&self, asked: &Asked) -> Option<Reply> {
        changes_one_contact(asked).then(|| too_many("BUSY", None, SHORT_MS))
    }

    fn answer(&mut self, asked: &Asked, now_ms: u64) -> Reply {
        self.store.settle(now_ms);
        answer(&mut self.store, &self.options, now_ms, asked)
    }

    fn log(&mut self) -> &mut EffectLog {
        &mut self.store.log
    }
}

const DAY: &str = "X-Patchwork-Day-Left";
const BULK: &str = "X-Patchwork-Bulk-Left";

/// A refusal that says how long to wait.
fn too_many(code: &str, class: Option<&str>, wait_ms: u64) -> Reply {
    let reply = error_of(429, code, class, "too many requests");
    reply.header("X-Patchwork-Retry-Ms", wait_ms.to_string())
}
