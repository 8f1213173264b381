//! AccessAlly: later.
