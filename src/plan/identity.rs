//! What a plan says of identity: under which key something stands in the plan, and whose place it takes.

use super::TextSpan;

/// An offering or email as the plan names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanItem {
    /// Its key in the plan. The site knows it by the key of its target, which is the older one where `was` is set.
    pub key: String,
    /// Where the plan has it.
    pub span: TextSpan,
    /// The migration from which it is taken over.
    pub takes_over: Option<String>,
}
