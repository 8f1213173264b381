//! A change set's targets in; its systems, open for writing, out.

use std::{path::Path, sync::Arc};

use super::{connection::Connection, site::SiteConnection};
use crate::{
    app::{AppError, state::identity::lease},
    changeset::Header,
    journal::{Journal, RunRow},
    model::Account,
    systems::{Protocol, Site, Wire},
};

/// The systems of a run.
pub(crate) struct RunSystems {
    site: SiteConnection,
    contacts: Option<Connection>,
}

impl RunSystems {
    /// Opens the systems of a change set; a site that was new then is made now.
    pub(crate) fn open_to_write(header: &Header, journal: &Journal) -> Result<Self, AppError> {
        let contacts = Self::greet(header, Some(journal))?;
        let site = SiteConnection::open_to_write(&header.targets, Path::new(&header.base), lease(journal))?;
        Ok(Self { site, contacts })
    }

    /// The systems as the run takes them.
    #[expect(clippy::type_complexity, reason = "the run takes exactly these")]
    pub(crate) fn for_a_run(
        self,
    ) -> Result<
        (
            Site,
            Option<(Arc<dyn Protocol>, Box<dyn Wire>)>,
            Option<Connection>,
        ),
        AppError,
    > {
        let way = |contacts: &Connection| -> Result<(Arc<dyn Protocol>, Box<dyn Wire>), AppError> {
            let (session, wire) = contacts.for_a_run()?;
            Ok((session.protocol, Box::new(wire)))
        };
        let reached = self.contacts.as_ref().map(way).transpose()?;
        Ok((self.site.for_a_run()?, reached, self.contacts))
    }

    /// Refuses a change set that was computed for another site or contact system.
    pub(crate) fn check_accounts(header: &Header) -> Result<(), AppError> {
        Self::check_site(header, &header.site.id)?;
        Self::check_contacts(header)
    }

    /// Refuses to resume a run, or to undo it, on another site or contact system.
    pub(crate) fn check_run(header: &Header, run: &RunRow) -> Result<(), AppError> {
        Self::check_site_of(header, run)?;
        Self::check_contacts(header)
    }

    /// Whether the systems in which a run may have something in doubt are others now: then nothing
    /// of it can be found out, and nothing of it can appear where the next run writes.
    pub(crate) fn doubts_are_gone(header: &Header, run: &RunRow) -> Result<bool, AppError> {
        let checked = match header.contacts {
            Some(_) => Self::check_contacts(header),
            None => Self::check_site_of(header, run),
        };
        match checked {
            Ok(()) => Ok(false),
            Err(AppError::AnotherAccount { .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }

    fn check_site_of(header: &Header, run: &RunRow) -> Result<(), AppError> {
        match run.run.site.as_str() {
            // A journal of the first format does not say on which site the run began; its change set says
            // for which it was computed, if that was there already.
            "" if !header.site.exists() => Ok(()),
            "" => Self::check_site(header, &header.site.id),
            was => Self::check_site(header, was),
        }
    }

    fn check_site(header: &Header, was: &str) -> Result<(), AppError> {
        let site = SiteConnection::open_to_read(&header.targets, Path::new(&header.base))?;
        same(was, &site.account()?)
    }

    fn check_contacts(header: &Header) -> Result<(), AppError> {
        match (&header.contacts, Self::greet(header, None)?) {
            (Some(was), Some(contacts)) => same(&was.id, contacts.account()),
            _ => Ok(()),
        }
    }

    fn greet(header: &Header, journal: Option<&Journal>) -> Result<Option<Connection>, AppError> {
        let kept = |account: &Account| journal.and_then(|journal| journal.pacing(&account.id).ok().flatten());
        Connection::contacts(&header.targets.contacts, Path::new(&header.base), kept)
    }
}

fn same(was: &str, now: &Account) -> Result<(), AppError> {
    if was == now.id {
        return Ok(());
    }
    let (was, is) = match (was == Account::NOT_CREATED, !now.exists()) {
        (true, _) => ("there was none".to_owned(), format!("it is {}", now.id)),
        (_, true) => (format!("its id was {was}"), "there is none".to_owned()),
        _ => (format!("its id was {was}"), format!("it is {}", now.id)),
    };
    Err(AppError::AnotherAccount {
        place: now.place.clone(),
        was,
        is,
    })
}
