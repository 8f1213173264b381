//! Long waits, and with `--verbose` each request to a system, on standard error.

use crate::systems::transport::WAITS;
use tracing_subscriber::{filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Shows waits from now on. Only this crate's own words: libraries may log secrets.
pub(super) fn show_waits() {
    let waits = Targets::new().with_target(WAITS, tracing::Level::INFO);
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .with_level(false);
    // Fails only if another subscriber is set.
    let _ = tracing_subscriber::registry().with(waits).with(lines).try_init();
}

/// Shows requests, and waits, from now on.
pub(super) fn show_requests() {
    let ours = Targets::new().with_target("rehome", tracing::Level::DEBUG);
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false)
        .with_level(false);
    // Fails only if another subscriber is set.
    let _ = tracing_subscriber::registry().with(ours).with(lines).try_init();
}
