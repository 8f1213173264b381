//! A difference in; the page that a client signs, as HTML, out.

pub(super) mod document;
pub(super) mod plan_page;
