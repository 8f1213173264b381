//! Who is at work: user, host and process, and the lease that they take.

use crate::{journal::Journal, systems::Lease};

/// The lease of this state directory on this machine. Its lock says that no other process holds it, so
/// the next process takes over the lease of a killed one at once.
pub(crate) fn lease(journal: &Journal) -> Lease {
    let holder = blake3::hash(format!("{}\u{1f}{}", host(), journal.identity()).as_bytes());
    Lease {
        holder: holder.to_hex()[..16].to_owned(),
        who: who(),
    }
}

/// User, host and process, to show to others while the lease is taken.
pub(crate) fn who() -> String {
    let user = std::env::var("USER").unwrap_or_else(|_| "unknown user".to_owned());
    format!("{user} on {}, process {}", host(), std::process::id())
}

fn host() -> String {
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    match host.trim() {
        "" => "this machine".to_owned(),
        host => host.to_owned(),
    }
}
