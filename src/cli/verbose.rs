//! `--verbose`: each request to a system, on standard error.

use tracing_subscriber::{filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Shows requests from now on. Only this crate's own words: libraries may log secrets.
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
