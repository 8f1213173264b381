//! A wait in; the announcement of it, with its end, out.

use std::time::Duration;

use jiff::Timestamp;

/// What an announcement of a wait is for those who listen for events.
pub const WAITS: &str = "rehome::waits";

/// From how long on a wait is announced.
const WORTH_A_WORD: Duration = Duration::from_secs(3);

/// Announces a wait that begins now, if it takes longer than a few seconds. Every wait for a system goes through here, in
/// whatever verb, with or without a terminal.
pub fn announce(why: &str, wait: Duration) {
    if wait < WORTH_A_WORD {
        return;
    }
    let until = Timestamp::now().checked_add(wait).unwrap_or(Timestamp::MAX);
    let until = until.strftime("%Y-%m-%d %H:%M:%S UTC");
    tracing::info!(target: WAITS, "Waiting until {until}: {why}; Ctrl-C stops");
}
