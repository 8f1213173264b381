//! What a plan says of its Drip: the account, the limits and the names of fields.

use super::field_names::FieldNames;

/// What a plan says of its account.
#[derive(Debug, Clone, Default)]
pub(super) struct Chosen {
    /// The ID of the account, if the plan has one.
    pub(super) account: Option<String>,
    /// How long a batch may take.
    pub(super) visible_after_s: u64,
    pub(super) per_hour: u32,
    pub(super) batches_per_hour: u32,
    pub(super) fields: FieldNames,
}
