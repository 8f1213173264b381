//! A plan's systems in, what they hold out. Reading leaves nothing behind.

use std::path::Path;

use super::{AppError, Watch, contacts::Contacts};
use crate::{
    diff::Observations,
    model::{Capabilities, Observed, SiteTarget, Targets},
    systems::{
        Direct,
        local::{LocalSite, Mode},
    },
};

/// What the site and the contact system hold.
#[derive(Debug)]
pub struct Seen {
    /// The site.
    pub site: Observed,
    /// The contact system; `None` with managed contacts.
    pub contacts: Option<Observed>,
    /// What the contact system can do.
    pub contact_capabilities: Option<Capabilities>,
    /// Characters that a field may have in the system that keeps fields; `None` where any text fits.
    max_field_chars: Option<u32>,
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
            max_field_chars: self.max_field_chars,
        }
    }
}

/// Reads the systems of a plan, whose paths are relative to `folder`.
pub fn observe(targets: &Targets, folder: &Path, watch: &dyn Watch) -> Result<Seen, AppError> {
    let contacts = Contacts::greet(&targets.contacts, folder, |_| None)?;
    let SiteTarget::Local { path } = &targets.site;
    let mut site = LocalSite::open(&folder.join(path), Mode::Read, "observer", &targets.migration)?;
    let mut progress = |done, total| watch.progress("reading the site", done, total, "members");
    let of_site = site.capabilities();
    let site = site.observe(&mut progress)?;
    let contact_capabilities = contacts.as_ref().map(Contacts::capabilities);
    let keeper = contact_capabilities.as_ref().unwrap_or(&of_site);
    let max_field_chars = keeper.max_field_chars;
    let contacts = contacts.map(|contacts| contacts.observe(watch)).transpose()?;
    Ok(Seen {
        site,
        contacts,
        contact_capabilities,
        max_field_chars,
    })
}
