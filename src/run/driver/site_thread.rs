//! A `Direct` system on a thread of its own: jobs in, events out.

use std::{
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use tokio::sync::mpsc::UnboundedSender;

use crate::{
    model::{Fault, Request, Side},
    run::event::Event,
    systems::{Direct, Lease, SystemError},
};

/// What the thread is asked for.
pub(crate) enum Job {
    /// Take the lease.
    Take { lease: Lease, now: i64, seconds: u32 },
    /// Renew it. If that fails, nothing more is written.
    Renew { lease: Lease, now: i64, seconds: u32 },
    /// Carry a request out.
    Perform(Arc<Request>),
    /// Read a request's members.
    Look(Arc<Request>),
    /// Give the lease back and end.
    Release(Lease),
}

/// The thread.
pub(crate) struct SiteThread {
    jobs: mpsc::Sender<Job>,
    thread: JoinHandle<(Duration, Option<SystemError>)>,
}

impl SiteThread {
    /// Moves the site onto its thread.
    pub(crate) fn start(mut site: Box<dyn Direct>, events: UnboundedSender<Event>) -> std::io::Result<Self> {
        let (jobs, list) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("site".to_owned())
            .spawn(move || {
                let _guard = Guard(events.clone());
                work(&mut *site, &list, &events)
            })?;
        Ok(Self { jobs, thread })
    }

    /// Asks. A thread that is gone cannot be asked, and says so by giving nothing back.
    pub(crate) fn ask(&self, job: Job) {
        let _ = self.jobs.send(job);
    }

    /// Gives the lease back, waits for the end, and says how long the site worked.
    pub(crate) fn end(self, lease: Lease) -> (Duration, Option<SystemError>) {
        self.ask(Job::Release(lease));
        drop(self.jobs);
        self.thread.join().unwrap_or_default()
    }
}

/// Says that the thread has ended, so that nothing waits for it forever.
struct Guard(UnboundedSender<Event>);

impl Drop for Guard {
    fn drop(&mut self) {
        // After an orderly end, no receiver is left.
        let _ = self.0.send(Event::Gone {
            side: Side::Site,
            why: "the site's thread stopped".to_owned(),
        });
    }
}

fn work(
    site: &mut dyn Direct,
    jobs: &mpsc::Receiver<Job>,
    events: &UnboundedSender<Event>,
) -> (Duration, Option<SystemError>) {
    let mut spent = Duration::ZERO;
    let mut lost: Option<Fault> = None;
    while let Ok(job) = jobs.recv() {
        let start = Instant::now();
        let event = match job {
            Job::Take { lease, now, seconds } => {
                let taken = site.lease(&lease, now, seconds);
                Some(Event::Leased(taken.map_err(|error| error.to_string())))
            }
            Job::Renew { lease, now, seconds } => {
                if let Err(error) = site.lease(&lease, now, seconds) {
                    lost = Some(Fault::Broken {
                        why: format!("the lease could not be renewed: {error}"),
                    });
                }
                None
            }
            Job::Perform(request) => Some(Event::Answered {
                request: request.id,
                result: lost.clone().map_or_else(|| site.perform(&request), Err),
            }),
            Job::Look(request) => Some(Event::Looked {
                request: request.id,
                result: site.look(&request),
            }),
            Job::Release(lease) => return (spent, site.release(&lease).err()),
        };
        spent += start.elapsed();
        if let Some(event) = event
            && events.send(event).is_err()
        {
            break;
        }
    }
    (spent, None)
}
