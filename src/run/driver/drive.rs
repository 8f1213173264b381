//! The thin asynchronous shell around the engine: it commits, sends, waits and asks.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{http_link::HttpLink, site_link::SiteLink};
use crate::{
    changeset::ChangeSetKind,
    graph,
    journal::{Entry, Journal, NewRun, RunId, RunKind, RunRow, RunState, SignOff},
    model::{Request, Side},
    run::{
        Command, End, Engine, Event, Host, Interrupts, Load, LoadFor, Members, Millis, Question, Reply,
        RunContext, RunError, RunEvent, RunOptions, RunReport, Tally, Timings,
    },
    systems::{Protocol, Site, Wire},
};

/// Applies a change set, or resumes it, or (with [`RunMode::Settle`](crate::run::RunMode::Settle)) only finds out what
/// became of requests in doubt. A change set that was applied before is done at once.
pub fn run(
    work: &mut dyn Members,
    journal: &mut Journal,
    site: Site,
    contacts: Option<(Arc<dyn Protocol>, Box<dyn Wire>)>,
    options: &RunOptions,
    host: &mut dyn Host,
    interrupts: Interrupts,
) -> Result<RunReport, RunError> {
    let begun = Instant::now();
    let mut timings = Timings::default();
    let earlier = journal.run_of(&options.fingerprint)?;
    if let Some(row) = &earlier
        && row.state == RunState::Done
    {
        return Ok(nothing_to_do(row));
    }
    if earlier.is_none()
        && let Some(open) = journal.open_run()?
    {
        return Err(RunError::AnotherRun {
            run: open.id,
            change_set: open.run.change_set,
        });
    }
    let header = work.header().clone();
    let canary = match &header.targets.canary {
        Some(email) => work.find(email).map_err(RunError::ChangeSet)?,
        None => None,
    };
    // The account proves that the site can be read before the journal says that a run began.
    let (account, site_can) = match &site {
        Site::Direct(site) => (site.account()?, site.capabilities()),
        Site::Remote(session, _) => (session.account.clone(), session.protocol.capabilities()),
    };
    let now = host.now_ms();
    let resumed = earlier.is_some();
    let run = if let Some(row) = earlier {
        journal.set_state(row.id, RunState::Open, "", now)?;
        if let Some(accepted) = &options.accepted {
            journal.accept(row.id, accepted)?;
        }
        row.id
    } else {
        let accepted = sign_offs(&header, options);
        journal.begin(&new_run(&header, options, account.id), &accepted, now)?
    };
    let progress = journal.progress(run)?;
    let confirmed: BTreeSet<String> = journal.confirmations()?.into_iter().map(|c| c.key).collect();
    timings.journal += ms(begun.elapsed());
    host.on(&RunEvent::Started {
        run,
        members: u64::from(header.members),
        resumed,
        doubts: progress.doubts.len(),
    });
    let engine = Engine::new(RunContext {
        graph: graph::build(&header, canary, options.waves, options.cohort),
        access_tags: crate::run::AccessTags::new(&header),
        targets: header.targets,
        tags: header.tags,
        members: header.members,
        site: site_can,
        contacts: contacts.as_ref().map(|(protocol, _)| protocol.capabilities()),
        progress,
        confirmed,
        goal: options.goal,
        yes: options.yes,
        seed: options.seed,
        rules: options.rules,
        #[cfg(any(test, feature = "planted-bugs"))]
        planted: options.planted,
    });
    let (events, incoming) = unbounded_channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut shell = Driver {
        unreleased: None,
        engine,
        run,
        resumed,
        work,
        journal,
        host,
        options,
        site: SiteLink::start(site, events.clone())?,
        contacts: contacts.map(|(protocol, wire)| HttpLink::new(protocol, Arc::from(wire), events.clone())),
        incoming,
        queue: VecDeque::from([Event::Start]),
        to_write: Vec::new(),
        to_load: VecDeque::new(),
        wake: None,
        end: None,
        interrupts: 0,
        begun,
        timings,
    };
    let mut stop = {
        let _within = runtime.enter();
        Stop::new(interrupts)?
    };
    let driven = runtime.block_on(shell.drive(&mut stop));
    runtime.block_on(shell.release(&mut stop));
    runtime.shutdown_background();
    shell.close(driven)
}

fn nothing_to_do(row: &RunRow) -> RunReport {
    RunReport {
        run: row.id,
        resumed: true,
        end: End::Done,
        tally: Tally {
            members: u64::from(row.run.members),
            done: u64::from(row.run.members),
            ..Tally::default()
        },
        doubts: 0,
        timings: Timings::default(),
    }
}

fn new_run(header: &crate::changeset::Header, options: &RunOptions, site: String) -> NewRun {
    NewRun {
        fingerprint: options.fingerprint.clone(),
        inputs: header.inputs.clone(),
        change_set: options.change_set.clone(),
        kind: match header.kind {
            ChangeSetKind::Plan => RunKind::Plan,
            ChangeSetKind::Undo { run } => RunKind::Undo(run),
        },
        members: header.members,
        site,
    }
}

/// What was accepted before the run began: when its change set was computed, and now.
fn sign_offs(header: &crate::changeset::Header, options: &RunOptions) -> Vec<SignOff> {
    let computed = header.accepted.as_ref().map(|accepted| SignOff {
        what: accepted.what.to_string(),
        who: accepted.who.clone(),
        at: accepted.at,
    });
    computed.into_iter().chain(options.accepted.clone()).collect()
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

struct Driver<'a> {
    engine: Engine,
    run: RunId,
    resumed: bool,
    work: &'a mut dyn Members,
    journal: &'a mut Journal,
    host: &'a mut dyn Host,
    options: &'a RunOptions,
    site: SiteLink,
    contacts: Option<HttpLink>,
    unreleased: Option<String>,
    incoming: UnboundedReceiver<Event>,
    queue: VecDeque<Event>,
    to_write: Vec<Entry>,
    to_load: VecDeque<Load>,
    wake: Option<Millis>,
    end: Option<End>,
    interrupts: u32,
    begun: Instant,
    timings: Timings,
}

impl Driver<'_> {
    /// What is at hand first; then one commit for all that was written meanwhile; then reading
    /// ahead, while the systems work; then waiting.
    async fn drive(&mut self, stop: &mut Stop) -> Result<(), RunError> {
        loop {
            while let Some(event) = self.queue.pop_front() {
                for command in self.engine.on(event, self.host.now_ms()) {
                    self.execute(command);
                }
                if self.queue.is_empty() {
                    self.take_incoming();
                }
            }
            if !self.to_write.is_empty() {
                self.commit()?;
                continue;
            }
            if self.end.is_some() {
                return Ok(());
            }
            // Whatever was spawned gets its turn before the change set is read.
            tokio::task::yield_now().await;
            if stop.asked() {
                self.interrupted();
                continue;
            }
            if let Some(load) = self.to_load.pop_front() {
                self.load(load)?;
                continue;
            }
            self.wait(stop).await;
        }
    }

    /// Gives the lease back. After a second wish to stop, the run does not wait for a request that hangs; the lease runs
    /// out.
    async fn release(&mut self, stop: &mut Stop) {
        let wished = self.interrupts;
        if wished < 2 {
            let released = tokio::select! {
                released = self.site.release(&self.options.lease) => released,
                () = stop.second(wished) => Err("interrupted".to_owned()),
            };
            self.unreleased = released.err();
        }
    }

    async fn wait(&mut self, stop: &mut Stop) {
        let left = self.wake.map(|at| {
            let left = u64::try_from(at.saturating_sub(self.host.now_ms())).unwrap_or(0);
            Duration::from_millis(left)
        });
        let pause = async move {
            match left {
                Some(left) => tokio::time::sleep(left).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            event = self.incoming.recv() => self.queue.extend(event),
            () = pause => {
                self.wake = None;
                self.queue.push_back(Event::Woken);
            }
            () = stop.next() => self.interrupted(),
        }
    }

    fn interrupted(&mut self) {
        self.interrupts += 1;
        self.queue.push_back(Event::Interrupted);
    }

    fn take_incoming(&mut self) {
        while let Ok(event) = self.incoming.try_recv() {
            self.queue.push_back(event);
        }
    }

    fn execute(&mut self, command: Command) {
        let rules = self.options.rules;
        let lease = || self.options.lease.clone();
        match command {
            Command::TakeLease => {
                let now = self.host.now_ms() / 1000;
                self.site.take(lease(), now, rules.lease_seconds);
            }
            Command::RenewLease => {
                let now = self.host.now_ms() / 1000;
                self.site.renew(lease(), now, rules.lease_seconds);
            }
            Command::Load(load) => self.to_load.push_back(load),
            Command::Write(entry) => self.to_write.push(entry),
            Command::Send { side, request } => {
                let first = self.timings.first_request;
                self.timings.first_request = first.or_else(|| Some(ms(self.begun.elapsed())));
                self.ask_system(side, request, true);
            }
            Command::Look { side, request } => self.ask_system(side, request, false),
            Command::Wake { at } => self.wake = Some(at),
            Command::Ask(question) => {
                let Question::NextWave { wave, .. } = question;
                self.queue.push_back(match self.host.ask(&question) {
                    Reply::Interrupted => Event::Interrupted,
                    reply => Event::Replied {
                        wave,
                        yes: reply == Reply::Yes,
                    },
                });
            }
            Command::Tell(event) => self.host.on(&event),
            Command::Finish(end) => self.end = Some(end),
        }
    }

    fn ask_system(&mut self, side: Side, request: Arc<Request>, write: bool) {
        match self.contacts.as_ref().filter(|_| side == Side::Contacts) {
            Some(contacts) => contacts.ask(request, write),
            None => self.site.ask(request, write),
        }
    }

    fn commit(&mut self) -> Result<(), RunError> {
        let start = Instant::now();
        self.journal
            .commit(self.run, &self.to_write, self.host.now_ms())?;
        self.timings.journal += ms(start.elapsed());
        for entry in self.to_write.drain(..) {
            if let Entry::Intent { request, .. } = entry {
                self.queue.push_back(Event::Intended(request));
            }
        }
        Ok(())
    }

    fn load(&mut self, load: Load) -> Result<(), RunError> {
        let start = Instant::now();
        let members = self.work.range(load.from, load.to);
        self.timings.change_set += ms(start.elapsed());
        // Only earlier starts can have learned something that the engine does not hold already.
        let asks = self.contacts.is_some() && (self.resumed || load.what_for != LoadFor::Cohort);
        let contact_ids = if asks {
            let start = Instant::now();
            let ids = self.journal.learned(self.run, load.from, load.to)?;
            self.timings.journal += ms(start.elapsed());
            ids
        } else {
            Vec::new()
        };
        self.queue.push_back(match members {
            Ok(members) => Event::Loaded {
                load,
                members,
                contact_ids,
            },
            Err(why) => Event::LoadFailed { why },
        });
        Ok(())
    }

    fn close(mut self, driven: Result<(), RunError>) -> Result<RunReport, RunError> {
        if let (Some(error), true) = (self.unreleased.take(), driven.is_ok()) {
            let text = format!("the lease could not be released: {error}");
            let now = self.host.now_ms();
            self.journal
                .note(Some(self.run), crate::journal::Level::Warning, &text, now)?;
        }
        driven?;
        let end = self.end.take().unwrap_or(End::Interrupted);
        let start = Instant::now();
        let (state, note) = (end.state(), end.why());
        self.journal
            .set_state(self.run, state, &note, self.host.now_ms())?;
        self.timings.journal += ms(start.elapsed());
        self.timings.site = ms(self.site.worked());
        self.timings.contacts = ms(self.contacts.as_ref().map_or(Duration::ZERO, HttpLink::waited));
        self.timings.total = ms(self.begun.elapsed());
        Ok(RunReport {
            run: self.run,
            resumed: self.resumed,
            end,
            tally: self.engine.tally(),
            doubts: self.engine.open_intents(),
            timings: self.timings,
        })
    }
}

/// Wishes to stop.
#[derive(Debug)]
pub enum Stop {
    /// None ever comes.
    Never,
    /// Of a test.
    Channel(UnboundedReceiver<()>),
    /// Of the person at the terminal.
    #[cfg(unix)]
    Signals {
        /// Ctrl-C.
        interrupt: tokio::signal::unix::Signal,
        /// SIGTERM.
        terminate: tokio::signal::unix::Signal,
        /// Says that somebody listens.
        listening: Option<Listening>,
    },
}

/// How many listen for the wishes of the person at the terminal. Signals belong to the process, and so does this number.
static LISTENERS: AtomicUsize = AtomicUsize::new(0);

/// Counts as a listener until it is dropped.
#[derive(Debug)]
pub struct Listening(());

impl Listening {
    fn new() -> Self {
        LISTENERS.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        LISTENERS.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether anybody listens for Ctrl-C and ends in order. Where nobody does, it ends the process.
pub fn somebody_listens() -> bool {
    LISTENERS.load(Ordering::SeqCst) > 0
}

impl Stop {
    /// Listens; within a runtime.
    pub fn new(interrupts: Interrupts) -> std::io::Result<Self> {
        Ok(match interrupts {
            Interrupts::Channel(channel) => Self::Channel(channel),
            #[cfg(unix)]
            Interrupts::Signals => {
                use tokio::signal::unix::{SignalKind, signal};
                Self::Signals {
                    interrupt: signal(SignalKind::interrupt())?,
                    terminate: signal(SignalKind::terminate())?,
                    listening: Some(Listening::new()),
                }
            }
            _ => Self::Never,
        })
    }

    /// Hears the person's wishes and does not count as a listener; within a runtime.
    pub fn unheard() -> std::io::Result<Self> {
        let mut stop = Self::new(Interrupts::Signals)?;
        #[cfg(unix)]
        if let Self::Signals { listening, .. } = &mut stop {
            *listening = None;
        }
        Ok(stop)
    }

    /// Waits for the next wish.
    pub async fn next(&mut self) {
        match self {
            Self::Channel(channel) if !channel.is_closed() || !channel.is_empty() => {
                if channel.recv().await.is_none() {
                    std::future::pending::<()>().await;
                }
            }
            #[cfg(unix)]
            Self::Signals {
                interrupt, terminate, ..
            } => {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            }
            _ => std::future::pending().await,
        }
    }

    /// Waits until there were two wishes, after so many before.
    async fn second(&mut self, before: u32) {
        for _ in before..2 {
            self.next().await;
        }
    }

    /// True if a wish came meanwhile.
    pub fn asked(&mut self) -> bool {
        use std::{
            pin::pin,
            task::{Context, Poll, Waker},
        };
        let mut context = Context::from_waker(Waker::noop());
        matches!(pin!(self.next()).poll(&mut context), Poll::Ready(()))
    }
}
