//! The login that a new user gets, where it is not the one asked for.

use crate::model::Reason;

/// The login with which a user is made, and why it is that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginGiven<'a> {
    /// The login.
    pub login: &'a str,
    /// [`Reason::NotThereYet`] where it is the one asked for; [`Reason::AddressIsLogin`] where no user is made;
    /// else why it is another.
    pub reason: Reason,
}
