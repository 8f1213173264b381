//! A system behind HTTP, as the plan names it, in; the system greeted, with a paced way to it, out.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use super::secrets::secret;
use crate::{
    app::{AppError, ProgressReporter},
    model::{Account, Capabilities, ContactsTarget, Membership, Observed, SecretRef},
    systems::{
        GreetStep, Greeted, Greeting, Lease, SystemError, contact_system,
        transport::{
            Credentials, FaultOf, HttpTransport, PacedWire, Pacer, Patience, TransportOptions, fetch, now_ms,
            read_all,
        },
        wordpress::{self, Hello},
    },
};

/// How often a greeting is begun where something in between answers.
const GREETINGS: u32 = 4;

/// A system that answered who it is and what its limits are.
pub(crate) struct Connection {
    greeted: Greeted,
    way: Endpoint,
    pacer: Arc<Mutex<Pacer>>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reached")
            .field("account", &self.greeted.account)
            .finish_non_exhaustive()
    }
}

/// Where it is, and how to prove who asks.
struct Endpoint {
    url: String,
    credentials: Credentials,
    fault: FaultOf,
}

impl Endpoint {
    fn wire(&self) -> Result<HttpTransport, SystemError> {
        let options = TransportOptions {
            fault: self.fault,
            ..TransportOptions::default()
        };
        HttpTransport::new(&self.url, self.credentials.clone(), options)
    }
}

impl Connection {
    /// Greets the contact system of a plan; `None` where the site manages contacts. `kept` is what
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
            let keyword = target.system.escape_debug();
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
            fault: opened.fault,
        };
        Self::greet(&mut *opened.greeting, endpoint, target.share_permille, kept).map(Some)
    }

    /// Greets a WordPress site.
    pub(crate) fn wordpress(
        site: &WordPressTarget<'_>,
        migration: &str,
        contacts: &ContactsTarget,
        folder: &Path,
        lease: Lease,
    ) -> Result<Self, AppError> {
        let echo = format!("{:016x}", fastrand::u64(..));
        let mut hello = Hello::new(
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
            fault: wordpress::fault,
        };
        Self::greet(&mut hello, way, 1_000, |_| None)
    }

    fn greet(
        greeting: &mut dyn Greeting,
        way: Endpoint,
        share_permille: u16,
        kept: impl Fn(&Account) -> Option<String>,
    ) -> Result<Self, AppError> {
        let wire = way.wire()?;
        let pacer = Mutex::new(Pacer::new(None, share_permille));
        let greeted = block_on(&way.url, async {
            let mut random = fastrand::Rng::new();
            let patience = Patience::default();
            let (mut tries, mut last) = (1, None);
            loop {
                match greeting.next(last.as_ref())? {
                    GreetStep::Done(greeted) => return Ok(greeted),
                    GreetStep::Again(error) if tries >= GREETINGS => return Err(error),
                    GreetStep::Again(_) => {
                        tokio::time::sleep(patience.pause(tries, &mut random)).await;
                        tries += 1;
                        last = None;
                    }
                    GreetStep::Send(request) => {
                        let answer =
                            fetch(&request, &wire, &pacer, patience, &mut random, &way.url, &now_ms).await?;
                        last = Some(answer);
                    }
                }
            }
        })?;
        let rate = greeted.protocol.capabilities().requests_per_minute;
        let fresh = Pacer::new(rate, share_permille);
        let earlier = kept(&greeted.account).and_then(|text| serde_json::from_str(&text).ok());
        let pacer = earlier.map_or(fresh, |earlier| fresh.or_kept(earlier));
        Ok(Self {
            greeted,
            way,
            pacer: Arc::new(Mutex::new(pacer)),
        })
    }

    /// Who it says it is.
    pub(crate) fn account(&self) -> &Account {
        &self.greeted.account
    }

    /// What it can do.
    pub(crate) fn capabilities(&self) -> Capabilities {
        self.greeted.protocol.capabilities()
    }

    /// Everything it holds; `what` and `noun` are for progress.
    pub(crate) fn observe(
        &self,
        what: &'static str,
        noun: &'static str,
        watch: &dyn ProgressReporter,
    ) -> Result<Observed, AppError> {
        let wire = self.way.wire()?;
        let mut cursor = self.greeted.protocol.observe();
        let mut progress = |done, total| watch.progress(what, done, total, noun);
        let patience = Patience {
            seed: fastrand::u64(..),
            ..Patience::default()
        };
        block_on(&self.way.url, async {
            read_all(
                &mut *cursor,
                &wire,
                &self.pacer,
                patience,
                &self.way.url,
                &now_ms,
                &mut progress,
            )
            .await
        })
    }

    /// The system and a paced way to it, for a run.
    pub(crate) fn for_a_run(&self) -> Result<(Greeted, PacedWire), AppError> {
        let wire = PacedWire::new(self.way.wire()?, Arc::clone(&self.pacer));
        Ok((self.greeted.clone(), wire))
    }

    /// What was learned of its pace, to be kept over restarts.
    pub(crate) fn pace(&self) -> Option<String> {
        let pacer = *self.pacer.lock().unwrap_or_else(PoisonError::into_inner);
        serde_json::to_string(&pacer).ok()
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

fn block_on<T>(place: &str, work: impl Future<Output = Result<T, SystemError>>) -> Result<T, AppError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| SystemError::Unreachable {
        doing: "start the network for",
        place: place.to_owned(),
        why: error.to_string(),
    })?;
    Ok(runtime.block_on(work)?)
}
