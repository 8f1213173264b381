//! The embedded site: one SQLite file with users, contacts, offerings, tags and who has what.

mod lease;
mod login_rules;
mod member;
mod observe;
mod open;
mod perform;
mod setup;
mod state;

#[cfg(test)]
pub(super) mod subject;
#[cfg(test)]
mod tests;

use crate::systems::local::login_rules::LOGIN_RULES;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

pub use open::Mode;

use super::{Direct, Lease, OnProgress, SystemError};
use crate::model::{
    Account, AfterLost, Answer, Batching, Capabilities, Fault, Looked, MigrationNames, NameLimits, Observed,
    Payload, RateLimits, Request, RequestClasses, Side, SiteLike, TagRules,
};

/// Finds doubled effects: the same id twice, with no opposite effect on that attribute between.
/// Gives `seq`, `email`, `attribute` of the second one; no row means that none is doubled.
pub const DOUBLED_EFFECTS_SQL: &str = "
    SELECT seq, email, attribute FROM (
        SELECT seq, email, attribute, effect,
               lag(effect) OVER (PARTITION BY email, attribute ORDER BY seq) AS before
        FROM effects)
    WHERE effect = before";

/// Members that one request may carry.
const BATCH: usize = 2_000;

/// The embedded site, open.
#[derive(Debug)]
pub struct LocalSite {
    opened: open::Opened,
    path: PathBuf,
    mode: Mode,
    client: String,
    migration: MigrationNames,
    /// Whose limits apply.
    like: Option<SiteLike>,
}

impl LocalSite {
    /// Opens the site at `path`. In [`Mode::Read`] a missing file is an empty site with the account
    /// id `new`. `client` is the id of the state directory, in which request ids are unique;
    /// `migration` is what it is called, now and before: these holdings count as ours.
    pub fn open(
        path: &Path,
        mode: Mode,
        client: &str,
        migration: impl Into<MigrationNames>,
    ) -> Result<Self, SystemError> {
        Ok(Self {
            opened: open::open(path, mode)?,
            path: path.to_owned(),
            mode,
            client: client.to_owned(),
            migration: migration.into(),
            like: None,
        })
    }

    /// The same site with the limits of the one for which it stands in a rehearsal.
    #[must_use]
    pub fn standing_for(self, like: Option<SiteLike>) -> Self {
        Self { like, ..self }
    }

    fn who(&self) -> Account {
        Account {
            side: Side::Site,
            kind: "local".to_owned(),
            id: self.opened.id.clone(),
            place: self.path.display().to_string(),
        }
    }

    fn db(&self) -> &Connection {
        &self.opened.db
    }
}

impl Direct for LocalSite {
    fn account(&self) -> Result<Account, SystemError> {
        Ok(self.who())
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            batching: Batching::new(BATCH),
            limits: RateLimits::none(),
            classes: RequestClasses::default(),
            in_flight: 1,
            visibility_ms: 0,
            compares: true,
            confirms: true,
            creates_opted_out: true,
            max_field_chars: None,
            tag_rules: match self.like {
                Some(SiteLike::WordPress) => TagRules::wordpress(),
                None => TagRules::default(),
            },
            after_lost_write: AfterLost::Repeat,
            after_lost_tags: AfterLost::Repeat,
            after_lost_setup: AfterLost::Repeat,
            cannot_write: None,
        }
    }

    fn observe(&mut self, progress: OnProgress<'_>) -> Result<Observed, SystemError> {
        let account = self.who();
        let mut observed = observe::observe(
            &mut self.opened.db,
            open::At(&self.path),
            account,
            &self.migration,
            progress,
        )?;
        observed.login_rules = LOGIN_RULES;
        if self.like == Some(SiteLike::WordPress) {
            observed.name_limits = NameLimits::WORDPRESS;
        }
        Ok(observed)
    }

    fn perform(&mut self, request: &Request) -> Result<Answer, Fault> {
        if self.mode == Mode::Read {
            return Err(Fault::Broken {
                why: "the embedded site was opened for reading only".to_owned(),
            });
        }
        let account = self.who();
        perform::perform(&mut self.opened.db, &account, &self.client, request)
    }

    fn look(&mut self, request: &Request) -> Result<Looked, Fault> {
        let Payload::Members(writes) = &request.payload else {
            return Ok(Vec::new());
        };
        let looked = writes.iter().map(|write| {
            let held = state::read_for(self.db(), write)?;
            Ok((write.seq, held.state))
        });
        looked
            .collect::<rusqlite::Result<_>>()
            .map_err(|error| perform::fault(&error))
    }

    fn lease(&mut self, lease: &Lease, now: i64, seconds: u32) -> Result<(), SystemError> {
        lease::take(&mut self.opened.db, open::At(&self.path), lease, now, seconds)
    }

    fn release(&mut self, lease: &Lease) -> Result<(), SystemError> {
        lease::give_back(&mut self.opened.db, open::At(&self.path), lease)
    }
}
