//! The form of a system that sends email.

use super::{Exchange, SystemError};
use crate::model::{EmailKey, EmailTarget, Invitation, InviteAnswer, Mark, SitePages};

/// A system that sends email, at most once per person and email, as pure text.
pub trait Mailer {
    /// What an email says of it.
    fn pages(&self) -> &SitePages;
    /// The most recipients of a request.
    fn most(&self) -> usize;
    /// Makes sure of an email; `None` if the system keeps none.
    fn ensure<'a>(&'a self, email: &'a EmailTarget) -> Option<Box<dyn Exchange<()> + 'a>>;
    /// Reads all marks of an email.
    fn marks<'a>(&'a self, email: &'a EmailKey) -> Box<dyn Exchange<Vec<Mark>, SystemError> + 'a>;
    /// Sends. Repeating it sends nothing twice.
    fn invite<'a>(&'a self, invitation: &'a Invitation) -> Box<dyn Exchange<InviteAnswer> + 'a>;
}
