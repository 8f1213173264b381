//! Records in; members, their keys and their values out.

pub(super) mod addresses;
pub(super) mod consent;
pub(super) mod keys;
pub(super) mod people;
pub(super) mod record_fold;
pub(super) mod registered;
pub(super) mod row_reader;
pub(super) mod text_index;
pub(super) mod timeline;
