//! A system behind HTTP in; its clock, time limits, caches and mode, as the server itself states them, out.

use serde_json::Value;

use super::examined::{Checked, Examined};
use crate::{
    app::connect::connection::Connection,
    model::{HttpRequest, HttpResponse},
    text::counted,
};

/// A clock that differs by more than this is a warning, in seconds: days and leases are counted by it.
const CLOCK: u64 = 60;

/// A shorter time limit for a request is a warning, in seconds.
const TIME_LIMIT: i64 = 20;

/// Where the plugin says how it is, with and without pretty addresses.
const STATUS: [&str; 2] = ["/wp-json/rehome/v1/status", "/?rest_route=/rehome/v1/status"];

/// How far the server's clock is from this machine's.
pub(super) fn clock(check: &'static str, reached: &Connection, now_ms: i64) -> Vec<Examined> {
    let answer = reached.ask(&HttpRequest::get("/"));
    let Ok(answer) = answer else {
        return Vec::new();
    };
    clock_of(check, &answer, now_ms).into_iter().collect()
}

fn clock_of(check: &'static str, answer: &HttpResponse, now_ms: i64) -> Option<Examined> {
    let date = answer.headers.only("date")?;
    let there = jiff::fmt::rfc2822::parse(date).ok()?.timestamp().as_second();
    let difference = there.abs_diff(now_ms.div_euclid(1_000));
    Some(if difference > CLOCK {
        Examined::not(
            Checked::Warning,
            check,
            format!(
                "the server's clock differs from this machine's by {}",
                counted(difference, "second")
            ),
            "Set the clock of this machine; if it is right, tell the host",
        )
    } else {
        Examined::ok(check, "agrees with this machine's clock")
    })
}

/// What the plugin says of itself and of the server.
pub(super) fn plugin(reached: &Connection, now_ms: i64) -> Vec<Examined> {
    let mut all = Vec::new();
    for path in STATUS {
        let Ok(answer) = reached.ask(&HttpRequest::get(path)) else {
            continue;
        };
        let status: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        if let Some(version) = status["version"].as_str() {
            all.push(Examined::ok(
                "plugin",
                format!("Rehome Companion {}", crate::text::printable(version)),
            ));
            all.extend(time_limit(&status));
            all.extend(cache(&status));
            all.extend(environment(&status));
            all.extend(clock_of("clock", &answer, now_ms));
            return all;
        }
    }
    all.push(Examined::not(
        Checked::Missing,
        "plugin",
        "the companion plugin does not answer: the site can be read, not written",
        "Install and activate the plugin: see docs/wordpress.md, Install",
    ));
    all
}

fn time_limit(status: &Value) -> Option<Examined> {
    let seconds = status["limits"]["max_execution_time"].as_i64()?;
    Some(match seconds {
        // PHP's word for no limit.
        0 => Examined::ok("time limit", "requests have no time limit"),
        seconds if seconds < TIME_LIMIT => Examined::not(
            Checked::Warning,
            "time limit",
            format!("a request may take {seconds} seconds: a run works, and takes longer"),
            "Ask the host for max_execution_time = 30",
        ),
        seconds => Examined::ok("time limit", format!("a request may take {seconds} seconds")),
    })
}

fn cache(status: &Value) -> Option<Examined> {
    Some(if status["object_cache"].as_bool()? {
        Examined::not(
            Checked::ByHand,
            "cache",
            "the site has an object cache: pages may show old access for some minutes",
            "Empty the cache after the apply, before you look at members' pages",
        )
    } else {
        Examined::ok("cache", "the site has no object cache")
    })
}

fn environment(status: &Value) -> Option<Examined> {
    let environment = crate::text::printable(status["instance"]["environment"].as_str()?).into_owned();
    Some(Examined::ok(
        "environment",
        format!("the site says that it is \"{environment}\""),
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_clock_that_is_wrong_is_a_warning_and_one_without_a_date_is_not_judged() {
        let at = |date: &str| HttpResponse::new(200, "").header("date", date);
        let result = |date: &str| clock_of("clock", &at(date), 1_794_787_200_000).map(|one| one.result);
        assert_eq!(result("Mon, 16 Nov 2026 00:00:30 GMT"), Some(Checked::Ok));
        assert_eq!(result("Sun, 15 Nov 2026 23:50:00 GMT"), Some(Checked::Warning));
        assert_eq!(result("yesterday"), None);
    }

    #[test]
    fn short_time_limits_and_caches_are_told() {
        let limit = |seconds: i64| time_limit(&json!({ "limits": { "max_execution_time": seconds } }));
        assert_eq!(limit(5).map(|one| one.result), Some(Checked::Warning));
        assert_eq!(limit(0).map(|one| one.result), Some(Checked::Ok));
        assert_eq!(limit(30).map(|one| one.result), Some(Checked::Ok));
        let cached = |yes: bool| cache(&json!({ "object_cache": yes })).map(|one| one.result);
        assert_eq!(
            (cached(true), cached(false)),
            (Some(Checked::ByHand), Some(Checked::Ok))
        );
    }
}
