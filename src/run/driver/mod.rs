//! Commands in; requests sent, answers and time as events out.

pub(super) mod compare;
pub(super) mod drive;
pub(super) mod http_link;
pub(super) mod site_link;
pub(super) mod site_thread;
