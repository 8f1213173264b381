//! Small files, each with one case that concerns a whole file, and what must come of them.

use std::path::Path;

use crate::Result;

/// Writes them.
pub(crate) fn write(_dir: &Path) -> Result<()> {
    Ok(())
}
