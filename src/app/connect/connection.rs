//! A system behind HTTP, as the plan names it, in; the system greeted, with a paced way to it, out.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use super::secrets::secret;
use crate::text::printable;
use crate::{
    app::{AppError, ProgressReporter},
    model::{
        Account, Capabilities, ContactsTarget, HttpRequest, HttpResponse, Membership, MigrationNames,
        Observed, SecretRef,
    },
    run::{Interrupts, Stop},
    systems::{
        Conventions, Exchange, Lease, Session, SystemError, contact_system,
        transport::{
            Credentials, HttpTransport, PacedWire, Pacer, RetryPolicy, TransportOptions, drive, drive_telling,
        },
        wordpress,
    },
};

/// A system that answered who it is and what its limits are.
pub(crate) struct Connection {
    session: Session,
    way: Endpoint,
    pacer: Arc<Mutex<Pacer>>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("account", &self.session.account)
            .finish_non_exhaustive()
    }
}

/// Where it is, how to prove who asks, and how it says that it does not answer.
struct Endpoint {
    url: String,
    credentials: Credentials,
    conventions: Conventions,
}

impl Endpoint {
    fn wire(&self, pacer: &Arc<Mutex<Pacer>>) -> Result<PacedWire, SystemError> {
        let transport = HttpTransport::new(&self.url, self.credentials.clone(), TransportOptions::default())?;
        Ok(PacedWire::new(transport, self.conventions, Arc::clone(pacer)))
    }
}

impl Connection {
    /// Greets the contact system of a plan; `None` if the site manages contacts. `kept` is what
    /// an earlier run learned of its pace, as [`Self::pace`] gave it.
    pub(crate) fn contacts(
        target: &ContactsTarget,
        folder: &Path,
        kept: impl Fn(&Account) -> Option<String>,
    ) -> Result<Option<Self>, AppError> {
        let Some(target) = target.external() else {
            return Ok(None);
        };
        let Some(system) = contact_system(&target.system) else {
            let keyword = printable(&target.system);
            return Err(AppError::Usage(format!(
                "this Rehome has no contact system \"{keyword}\""
            )));
        };
        let read = |(key, at): (&String, &SecretRef)| Ok((key.clone(), secret(at, folder)?));
        let secrets = target.secrets.iter().map(read).collect::<Result<_, AppError>>()?;
        let mut opened = (system.open)(target, &secrets);
        let endpoint = Endpoint {
            url: target.url.clone(),
            credentials: opened.credentials,
            conventions: opened.conventions,
        };
        Self::greet(&mut *opened.handshake, endpoint, target.share_permille, kept).map(Some)
    }

    /// Greets a WordPress site.
    pub(crate) fn wordpress(
        site: &WordPressTarget<'_>,
        migration: &MigrationNames,
        contacts: &ContactsTarget,
        folder: &Path,
        lease: Lease,
    ) -> Result<Self, AppError> {
        let echo = format!("{:016x}", fastrand::u64(..));
        let mut handshake = wordpress::Handshake::new(
            site.url,
            site.membership,
            contacts.plugin_word(),
            migration,
            lease,
            echo,
        );
        let way = Endpoint {
            url: site.url.to_owned(),
            credentials: Credentials::Basic {
                user: site.user.to_owned(),
                password: secret(site.password, folder)?,
            },
            conventions: wordpress::CONVENTIONS,
        };
        Self::greet(&mut handshake, way, 1_000, |_| None)
    }

    fn greet(
        handshake: &mut dyn Exchange<Session, SystemError>,
        way: Endpoint,
        share_permille: u16,
        kept: impl Fn(&Account) -> Option<String>,
    ) -> Result<Self, AppError> {
        let wire = way.wire(&Arc::new(Mutex::new(Pacer::unlimited())))?;
        let session = block_on(&way.url, drive(handshake, &wire, RetryPolicy::random()))?;
        let fresh = Pacer::new(&session.protocol.capabilities().limits, share_permille);
        let earlier = kept(&session.account).and_then(|text| serde_json::from_str(&text).ok());
        let pacer = match earlier {
            Some(earlier) => fresh.or_kept(earlier),
            None => fresh,
        };
        Ok(Self {
            session,
            way,
            pacer: Arc::new(Mutex::new(pacer)),
        })
    }

    /// Who it says it is.
    pub(crate) fn account(&self) -> &Account {
        &self.session.account
    }

    /// What it can do.
    pub(crate) fn capabilities(&self) -> Capabilities {
        self.session.protocol.capabilities()
    }

    /// Reads everything; `what` and `noun` are for the progress display.
    pub(crate) fn observe(
        &self,
        what: &'static str,
        noun: &'static str,
        watch: &dyn ProgressReporter,
    ) -> Result<Observed, AppError> {
        let wire = self.way.wire(&self.pacer)?;
        let mut reading = self.session.protocol.observe();
        let mut progress = |done, total| watch.progress(what, done, total, noun);
        let policy = RetryPolicy::random();
        let driven = drive_telling(&mut *reading, &wire, policy, &mut progress);
        block_on(&self.way.url, driven)
    }

    /// Its answer to one request past its protocol, for questions about the server itself.
    pub(crate) fn ask(&self, request: &HttpRequest) -> Result<HttpResponse, AppError> {
        let way = &self.way;
        let transport = HttpTransport::new(&way.url, way.credentials.clone(), TransportOptions::default())?;
        block_on(&way.url, async {
            let sent = transport.send(request).await;
            sent.map_err(|fault| SystemError::from_fault(&way.url, &fault))
        })
    }

    /// The system and a paced way to it, for a run.
    pub(crate) fn for_a_run(&self) -> Result<(Session, PacedWire), AppError> {
        Ok((self.session.clone(), self.way.wire(&self.pacer)?))
    }

    /// What was learned of its pace, to be kept over restarts.
    pub(crate) fn pace(&self) -> Option<String> {
        let pacer = self.pacer.lock().unwrap_or_else(PoisonError::into_inner);
        serde_json::to_string(&*pacer).ok()
    }
}

/// A WordPress site as the plan names it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WordPressTarget<'a> {
    pub(crate) url: &'a str,
    pub(crate) membership: Membership,
    pub(crate) user: &'a str,
    pub(crate) password: &'a SecretRef,
}

/// Reading a system, until it is done or the person wants it to stop: also while it waits for the pace, for a pause that
/// the system asked for, or for an answer that does not come.
async fn interruptible<T>(work: impl Future<Output = Result<T, SystemError>>) -> Result<T, SystemError> {
    let Ok(mut stop) = Stop::new(Interrupts::Signals) else {
        return work.await;
    };
    tokio::select! {
        done = work => done,
        () = stop.next() => Err(SystemError::Interrupted),
    }
}

fn block_on<T>(place: &str, work: impl Future<Output = Result<T, SystemError>>) -> Result<T, AppError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| SystemError::Unreachable {
        doing: "start the network for",
        place: place.to_owned(),
        why: error.to_string(),
    })?;
    Ok(runtime.block_on(interruptible(work))?)
}
