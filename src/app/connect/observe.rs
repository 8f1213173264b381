//! A plan's systems in, what they hold out. Reading leaves nothing behind.

use std::path::Path;

use super::{connection::Connection, site::SiteConnection};
use crate::{
    app::{AppError, ProgressReporter},
    diff::Observations,
    model::{Capabilities, Observed, Targets},
};

/// What the site and the contact system hold.
#[derive(Debug)]
pub struct Seen {
    /// The site.
    pub site: Observed,
    /// The contact system; `None` with managed contacts.
    pub contacts: Option<Observed>,
    /// What the site can do.
    pub site_capabilities: Capabilities,
    /// What the contact system can do.
    pub contact_capabilities: Option<Capabilities>,
}

impl Seen {
    /// As the difference takes it.
    pub fn as_observations(&self) -> Observations<'_> {
        Observations {
            site: &self.site,
            contacts: self.contacts.as_ref(),
            creates_opted_out: self
                .contact_capabilities
                .as_ref()
                .is_none_or(|can| can.creates_opted_out),
            // Of the system that keeps fields.
            max_field_chars: self
                .contact_capabilities
                .as_ref()
                .unwrap_or(&self.site_capabilities)
                .max_field_chars,
            site_tag_rules: &self.site_capabilities.tag_rules,
            contact_tag_rules: &self
                .contact_capabilities
                .as_ref()
                .unwrap_or(&self.site_capabilities)
                .tag_rules,
        }
    }
}

/// Reads the systems of a plan, whose paths are relative to `folder`.
pub fn observe(targets: &Targets, folder: &Path, watch: &dyn ProgressReporter) -> Result<Seen, AppError> {
    let contacts = Connection::contacts(&targets.contacts, folder, |_| None)?;
    let mut site = SiteConnection::open_to_read(targets, folder)?;
    let site_capabilities = site.capabilities();
    let site = site.observe(watch)?;
    let contact_capabilities = contacts.as_ref().map(Connection::capabilities);
    let read = |contacts: Connection| contacts.observe("reading the contact system", "contacts", watch);
    Ok(Seen {
        site,
        contacts: contacts.map(read).transpose()?,
        site_capabilities,
        contact_capabilities,
    })
}
