//! Who may ask the simulated Keap, how often, and how it and its gateway refuse.

use serde_json::json;

use super::{
    answer::{answer, error},
    options::ServerOptions,
    store::Store,
};
use crate::systems::vendor_server::{Asked, EffectLog, Exceeded, Reply, Vendor, Window, WindowLeft};

/// Keap.
#[derive(Debug)]
pub(super) struct KeapVendor {
    pub(super) options: ServerOptions,
    pub(super) store: Store,
}

impl KeapVendor {
    pub(super) fn new(options: ServerOptions) -> Self {
        let store = Store::new(options.lag_ms);
        Self { options, store }
    }
}

/// The names of the limits: those of the key, and those of the account.
const SPIKE: &str = "spike";
const MINUTE: &str = "throttle";
const DAY: &str = "quota";
const TENANT_MINUTE: &str = "tenant-minute";
const TENANT_DAY: &str = "tenant-day";

impl Vendor for KeapVendor {
    fn refuse(&mut self, asked: &Asked) -> Option<Reply> {
        let key = asked
            .header("authorization")
            .and_then(|value| value.strip_prefix("Bearer "));
        if key == Some(self.options.token.as_str()) {
            return None;
        }
        let code = match key {
            Some(_) => "keymanagement.service.invalid_access_token",
            None => "oauth.v2.InvalidAccessToken",
        };
        Some(gateway(401, "Invalid Access Token", code))
    }

    fn windows(&self) -> Vec<Window> {
        let limits = self.options.limits;
        vec![
            Window::second(SPIKE, limits.second),
            Window::minute(MINUTE, limits.minute),
            Window::day(DAY, limits.day, 0),
            Window::minute(TENANT_MINUTE, limits.tenant_minute),
            Window::day(TENANT_DAY, limits.tenant_day, 0),
        ]
    }

    fn throttled(&mut self, exceeded: Option<&Exceeded>) -> Reply {
        let reply = match exceeded.map(|exceeded| exceeded.window.name) {
            Some(SPIKE) => gateway(
                429,
                "Spike arrest violation",
                "policies.ratelimit.SpikeArrestViolation",
            ),
            _ => gateway(
                429,
                "Rate limit quota violation",
                "policies.ratelimit.QuotaViolation",
            ),
        };
        match exceeded {
            // The faults of a test do not make it wait.
            None => reply.header("Retry-After", "0".to_owned()),
            Some(exceeded) if exceeded.window.name == DAY => reply
                .header("x-keap-product-quota-time-unit", "day".to_owned())
                .header("x-keap-product-quota-available", "0".to_owned()),
            Some(exceeded) => {
                let seconds = exceeded.wait_ms.div_ceil(1_000);
                reply.header("Retry-After", seconds.to_string())
            }
        }
    }

    fn told(&self, reply: Reply, left: &[WindowLeft]) -> Reply {
        let of = |name: &str| left.iter().find(|left| left.window.name == name);
        let mut reply = reply;
        for (name, unit, headers) in [
            (
                DAY,
                "day",
                ["x-keap-product-quota-time-unit", "x-keap-product-quota-available"],
            ),
            (
                MINUTE,
                "minute",
                [
                    "x-keap-product-throttle-time-unit",
                    "x-keap-product-throttle-available",
                ],
            ),
        ] {
            if let Some(left) = of(name) {
                let [unit_header, left_header] = headers;
                reply = reply
                    .header(unit_header, unit.to_owned())
                    .header(left_header, left.left.to_string());
            }
        }
        if let (Some(minute), Some(day)) = (of(TENANT_MINUTE), of(TENANT_DAY)) {
            reply = reply
                .header("x-keap-tenant-throttle-time-unit", "minute|day".to_owned())
                .header("x-keap-tenant-throttle-interval", "1|1".to_owned())
                .header(
                    "x-keap-tenant-throttle-available",
                    format!("{}|{}", minute.left, day.left),
                );
        }
        reply
    }

    fn failed(&self, status: u16) -> Reply {
        error(status, "something went wrong")
    }

    fn answer(&mut self, asked: &Asked, now_ms: u64) -> Reply {
        answer(&mut self.store, &self.options, now_ms, asked)
    }

    fn log(&mut self) -> &mut EffectLog {
        &mut self.store.log
    }
}

/// A refusal in the gateway's form.
fn gateway(status: u16, words: &str, code: &str) -> Reply {
    let body = json!({ "fault": { "faultstring": words, "detail": { "errorcode": code } } });
    Reply::json(status, &body)
}
