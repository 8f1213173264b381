//! A plan and what its sources contain in; everything wrong or doubtful about it, as diagnostics, out. Pure.
//!
//! It needs no system, so that a consultant can correct plan and exports before having access to the site.

mod carried_tags;
mod complete_sources;
mod consent_words;
mod corrections;
mod date_cells;
mod date_order;
mod gathered;
mod person_keys;
mod source_findings;
mod status_words;
mod unmapped_values;
mod unmet_conditions;

pub use gathered::Gathered;
pub use source_findings::source_findings;

use crate::{diagnostics::Diagnostics, plan::Plan};

/// Everything wrong or doubtful in the cells that were read.
pub fn check(plan: &Plan, gathered: &Gathered) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    diagnostics.append(complete_sources::diagnose(plan, gathered));
    diagnostics.append(person_keys::diagnose(plan, gathered));
    diagnostics.append(unmapped_values::diagnose(plan, gathered));
    diagnostics.append(status_words::diagnose(plan, gathered));
    diagnostics.append(date_cells::diagnose(plan, gathered));
    diagnostics.append(carried_tags::diagnose(plan, gathered));
    diagnostics.append(corrections::diagnose(plan, gathered));
    diagnostics.append(unmet_conditions::diagnose(plan, gathered));
    diagnostics.append(consent_words::diagnose(plan, gathered));
    diagnostics
}
