//! A contact system of the plan in; the system greeted, with a paced way to it, out.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use super::{AppError, Watch, secrets::secret};
use crate::{
    model::{Account, Capabilities, ContactsTarget, Observed},
    systems::{
        Protocol, SystemError,
        simulated::Simulated,
        transport::{HttpTransport, PacedWire, Pacer, Patience, TransportOptions, fetch, now_ms, read_all},
    },
};

/// A contact system that answered who it is and what its limits are.
#[derive(Debug)]
pub(super) struct Contacts {
    pub(super) account: Account,
    system: Simulated,
    url: String,
    token: Option<String>,
    pacer: Arc<Mutex<Pacer>>,
}

impl Contacts {
    /// Greets the contact system of a plan; `None` where the site manages contacts. `kept` is what
    /// an earlier run learned of its pace, as [`Self::pace`] gave it.
    pub(super) fn greet(
        target: &ContactsTarget,
        folder: &Path,
        kept: impl Fn(&Account) -> Option<String>,
    ) -> Result<Option<Self>, AppError> {
        let ContactsTarget::Simulated {
            url,
            token,
            share_permille,
            ..
        } = target
        else {
            return Ok(None);
        };
        let token = token.as_ref().map(|at| secret(at, folder)).transpose()?;
        let wire = HttpTransport::new(url, token.clone(), TransportOptions::default())?;
        let pacer = Mutex::new(Pacer::new(None, *share_permille));
        let (system, account) = block_on(url, async {
            let mut random = fastrand::Rng::new();
            let patience = Patience::default();
            let mut tries = 1;
            loop {
                let greeting = Simulated::greeting();
                let response = fetch(&greeting, &wire, &pacer, patience, &mut random, url, &now_ms).await?;
                match Simulated::greeted(url, &response) {
                    // A page of something in between (a proxy, a security plugin) may pass.
                    Err(_) if tries < patience.tries => {
                        tokio::time::sleep(patience.pause(tries, &mut random)).await;
                        tries += 1;
                    }
                    greeted => return greeted,
                }
            }
        })?;
        let fresh = Pacer::new(system.capabilities().requests_per_minute, *share_permille);
        let earlier = kept(&account).and_then(|text| serde_json::from_str(&text).ok());
        let pacer = earlier.map_or(fresh, |earlier| fresh.or_kept(earlier));
        Ok(Some(Self {
            account,
            system,
            url: url.clone(),
            token,
            pacer: Arc::new(Mutex::new(pacer)),
        }))
    }

    /// What it can do.
    pub(super) fn capabilities(&self) -> Capabilities {
        self.system.capabilities()
    }

    /// Everything it holds.
    pub(super) fn observe(&self, watch: &dyn Watch) -> Result<Observed, AppError> {
        let wire = HttpTransport::new(&self.url, self.token.clone(), TransportOptions::default())?;
        let mut cursor = self.system.observe();
        let mut progress =
            |done, total| watch.progress("reading the contact system", done, total, "contacts");
        let patience = Patience {
            seed: fastrand::u64(..),
            ..Patience::default()
        };
        block_on(&self.url, async {
            read_all(
                &mut *cursor,
                &wire,
                &self.pacer,
                patience,
                &self.url,
                &now_ms,
                &mut progress,
            )
            .await
        })
    }

    /// The system and a paced way to it, for a run.
    pub(super) fn for_a_run(&self) -> Result<(Simulated, PacedWire), AppError> {
        let wire = HttpTransport::new(&self.url, self.token.clone(), TransportOptions::default())?;
        Ok((self.system.clone(), PacedWire::new(wire, Arc::clone(&self.pacer))))
    }

    /// What was learned of its pace, to be kept over restarts.
    pub(super) fn pace(&self) -> Option<String> {
        let pacer = *self.pacer.lock().unwrap_or_else(PoisonError::into_inner);
        serde_json::to_string(&pacer).ok()
    }
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
