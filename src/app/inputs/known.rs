//! What exists besides a plan, for the reader of a plan: profiles and systems.

use crate::{plan::Known, sources, systems::DECLARATIONS};

/// The built-in profiles, and the systems that a plan can name.
pub fn known() -> Known<'static> {
    Known {
        profiles: sources::profiles(),
        systems: DECLARATIONS,
    }
}
