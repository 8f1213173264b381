//! The site of a plan in; the site, open for reading or writing, out.

use std::path::Path;

use super::connection::{Connection, WordPressTarget};
use crate::{
    app::{AppError, ProgressReporter},
    model::{Account, Capabilities, Observed, SiteTarget, Targets},
    systems::{
        Direct, Lease, Site,
        local::{LocalSite, Mode},
    },
};

/// The site of a plan, whichever its kind.
#[derive(Debug)]
pub(crate) enum SiteConnection {
    /// The embedded site.
    Local(LocalSite),
    /// A site behind HTTP.
    Remote(Connection),
}

impl SiteConnection {
    /// Opens it so that reading leaves nothing behind.
    pub(crate) fn open_to_read(targets: &Targets, folder: &Path) -> Result<Self, AppError> {
        let nobody = Lease {
            holder: "observer".to_owned(),
            who: "nobody".to_owned(),
        };
        Self::open(targets, folder, Mode::Read, "observer", nobody)
    }

    /// Opens it for a run; an embedded site that is not there is made. An error where it cannot be written.
    pub(crate) fn open_to_write(targets: &Targets, folder: &Path, lease: Lease) -> Result<Self, AppError> {
        let site = Self::open(targets, folder, Mode::Write, &targets.migration, lease)?;
        match site.capabilities().cannot_write {
            Some(why) => Err(AppError::CannotWrite {
                place: site.account()?.place,
                why,
            }),
            None => Ok(site),
        }
    }

    fn open(
        targets: &Targets,
        folder: &Path,
        mode: Mode,
        client: &str,
        lease: Lease,
    ) -> Result<Self, AppError> {
        let migration = targets.names();
        match &targets.site {
            SiteTarget::Local { path, like } => {
                let site = LocalSite::open(&folder.join(path), mode, client, migration)?;
                Ok(Self::Local(site.standing_for(*like)))
            }
            SiteTarget::WordPress {
                url,
                membership,
                user,
                password,
            } => {
                let at = WordPressTarget {
                    url,
                    membership: *membership,
                    user,
                    password,
                };
                let reached = Connection::wordpress(&at, &migration, &targets.contacts, folder, lease)?;
                Ok(Self::Remote(reached))
            }
        }
    }

    /// Who it says it is.
    pub(crate) fn account(&self) -> Result<Account, AppError> {
        match self {
            Self::Local(site) => Ok(site.account()?),
            Self::Remote(reached) => Ok(reached.account().clone()),
        }
    }

    /// What it can do.
    pub(crate) fn capabilities(&self) -> Capabilities {
        match self {
            Self::Local(site) => site.capabilities(),
            Self::Remote(reached) => reached.capabilities(),
        }
    }

    /// Reads everything that it contains.
    pub(crate) fn observe(&mut self, watch: &dyn ProgressReporter) -> Result<Observed, AppError> {
        let (what, noun) = ("reading the site", "members");
        match self {
            Self::Local(site) => {
                let mut progress = |done, total| watch.progress(what, done, total, noun);
                Ok(site.observe(&mut progress)?)
            }
            Self::Remote(reached) => reached.observe(what, noun, watch),
        }
    }

    /// As a run takes it.
    pub(crate) fn for_a_run(self) -> Result<Site, AppError> {
        Ok(match self {
            Self::Local(site) => Site::Direct(Box::new(site)),
            Self::Remote(reached) => {
                let (session, wire) = reached.for_a_run()?;
                Site::Remote(session, Box::new(wire))
            }
        })
    }
}
