//! A path in; the room on its disk, and who may read and write it, out.

use std::path::Path;

/// The bytes that a user may still write there; `None` where the system does not say.
#[cfg(unix)]
pub(crate) fn free_space(at: &Path) -> Option<u64> {
    let room = rustix::fs::statvfs(at).ok()?;
    room.f_bavail.checked_mul(room.f_frsize)
}

/// The bytes that a user may still write there; `None` where the system does not say.
#[cfg(not(unix))]
pub(crate) fn free_space(_: &Path) -> Option<u64> {
    None
}

/// Whether this user may write it.
#[cfg(unix)]
pub(crate) fn writable(at: &Path) -> bool {
    rustix::fs::access(at, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Whether this user may write it.
#[cfg(not(unix))]
pub(crate) fn writable(at: &Path) -> bool {
    std::fs::metadata(at).is_ok_and(|found| !found.permissions().readonly())
}

/// Whether other users of the machine may read it. Where files have no modes, the user's folders are private.
#[cfg(unix)]
pub(crate) fn others_may_read(at: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(at).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

/// Whether other users of the machine may read it. Where files have no modes, the user's folders are private.
#[cfg(not(unix))]
pub(crate) fn others_may_read(_: &Path) -> bool {
    false
}
