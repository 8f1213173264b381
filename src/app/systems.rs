//! A change set's targets in; its systems, open for writing, out.

use std::path::Path;

use super::AppError;
use crate::{
    changeset::Header,
    model::{Account, ContactsTarget, SiteTarget},
    systems::{
        Direct, Protocol, Wire,
        local::{LocalSite, Mode},
    },
};

/// The systems of a run.
pub struct Systems {
    /// The site.
    pub site: Box<dyn Direct>,
    /// The contact system; `None` with managed contacts.
    pub contacts: Option<(Box<dyn Protocol>, Box<dyn Wire>)>,
}

/// The account id of a site that is not made yet.
const NEW: &str = "new";

impl Systems {
    /// Opens the systems of a change set; a site that was new then is made now.
    pub fn open_to_write(header: &Header) -> Result<Self, AppError> {
        let SiteTarget::Local { path } = &header.targets.site;
        let path = Path::new(&header.base).join(path);
        let site = LocalSite::open(
            &path,
            Mode::Write,
            &header.targets.migration,
            &header.targets.migration,
        )?;
        match &header.targets.contacts {
            ContactsTarget::Managed => Ok(Self {
                site: Box::new(site),
                contacts: None,
            }),
            ContactsTarget::Simulated { .. } => Err(AppError::Usage(
                "contacts in the simulated system cannot be applied yet".to_owned(),
            )),
        }
    }

    /// Refuses a change set that was computed for another site.
    pub fn check_account(header: &Header) -> Result<(), AppError> {
        let SiteTarget::Local { path } = &header.targets.site;
        let path = Path::new(&header.base).join(path);
        let mut site = LocalSite::open(&path, Mode::Read, "observer", &header.targets.migration)?;
        let now: Account = site.account()?;
        if now.id == header.site.id {
            return Ok(());
        }
        let was = if header.site.id == NEW {
            "there was no site yet".to_owned()
        } else {
            header.site.id.clone()
        };
        let is = if now.id == NEW {
            "there is none".to_owned()
        } else {
            now.id
        };
        Err(AppError::AnotherSite {
            place: now.place,
            was,
            is,
        })
    }
}
