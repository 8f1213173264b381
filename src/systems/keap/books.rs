//! What is known of an account, for all exchanges with it.

use super::{fields::FieldBook, tag_pages::TagBook};

/// What is known of an account, and shared by all exchanges with it.
#[derive(Debug)]
pub(super) struct Books {
    pub(super) fields: FieldBook,
    pub(super) tags: TagBook,
}
