//! The site of a run, whichever its form: requests and the lease in, events out.

use std::{sync::Arc, time::Duration};

use tokio::sync::mpsc::UnboundedSender;

use super::{
    http_link::HttpLink,
    site_thread::{Job, SiteThread},
};
use crate::{
    model::Request,
    run::event::Event,
    systems::{Lease, Site},
};

/// The way to the site.
pub(crate) enum SiteLink {
    /// On a thread of its own; `None` once it was ended.
    Thread(Option<SiteThread>, Duration),
    /// Behind HTTP.
    HttpLink(HttpLink),
}

impl SiteLink {
    pub(crate) fn start(site: Site, events: UnboundedSender<Event>) -> std::io::Result<Self> {
        Ok(match site {
            Site::Direct(site) => Self::Thread(Some(SiteThread::start(site, events)?), Duration::ZERO),
            Site::Remote(session, wire) => {
                Self::HttpLink(HttpLink::new(session.protocol, Arc::from(wire), events))
            }
        })
    }

    fn job(&self, job: Job) {
        if let Self::Thread(Some(thread), _) = self {
            thread.ask(job);
        }
    }

    /// Carries a request out, or only reads its members.
    pub(crate) fn ask(&self, request: Arc<Request>, write: bool) {
        match self {
            Self::HttpLink(talk) => talk.ask(request, write),
            Self::Thread(..) if write => self.job(Job::Perform(request)),
            Self::Thread(..) => self.job(Job::Look(request)),
        }
    }

    /// Takes the lease and says so.
    pub(crate) fn take(&self, lease: Lease, now: i64, seconds: u32) {
        match self {
            Self::HttpLink(talk) => talk.take(seconds),
            Self::Thread(..) => self.job(Job::Take { lease, now, seconds }),
        }
    }

    /// Renews it.
    pub(crate) fn renew(&self, lease: Lease, now: i64, seconds: u32) {
        match self {
            Self::HttpLink(talk) => talk.renew(seconds),
            Self::Thread(..) => self.job(Job::Renew { lease, now, seconds }),
        }
    }

    /// Gives it back; why that failed, for people.
    pub(crate) async fn release(&mut self, lease: &Lease) -> Result<(), String> {
        match self {
            Self::HttpLink(talk) => talk.release().await,
            Self::Thread(thread, worked) => {
                let Some(thread) = thread.take() else {
                    return Ok(());
                };
                let (spent, unreleased) = thread.end(lease.clone());
                *worked = spent;
                unreleased.map_or(Ok(()), |error| Err(error.to_string()))
            }
        }
    }

    /// How long it worked.
    pub(crate) fn worked(&self) -> Duration {
        match self {
            Self::HttpLink(talk) => talk.waited(),
            Self::Thread(_, worked) => *worked,
        }
    }
}
