//! A seed in, a whole migration with everything that can go wrong, and the laws that were broken,
//! out. It drives the engine that the shell drives, against a journal and systems in memory.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    sync::Arc,
    time::Duration,
};

use super::world::World;
use crate::{
    changeset::{ChangeSetKind, Header, MemberChanges, OfferingSetup, Setup},
    graph::{self, Waves},
    journal::{Entry, Exception, Journal, NewRun, RunId, RunKind, Status, StepKey},
    model::{
        Account, Action, AfterLost, Answer, Attribute, Batch, Batching, Capabilities, Change, ContactId,
        ContactsTarget, Email, ExternalContacts, Fault, ItemOutcome, JobHandle, MemberState, MemberWrite,
        OfferingKey, OfferingKind, OfferingTags, OfferingTarget, Payload, RateLimits, Reason, Request,
        RequestClasses, RequestId, Seq, Side, SiteTarget, TagId, TagName, Targets,
    },
    run::{
        Command, End, Engine, Event, Load, Millis, PlantedBug, Rules, RunContext, RunMode,
        driver::compare::{Standing, compare},
    },
    systems::transport::RetryPolicy,
};

/// Starts of one migration before it counts as stuck.
const STARTS: usize = 60;
/// Events of one start before it counts as stuck.
const EVENTS: usize = 200_000;

/// What one seed gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Laws that were broken, each with what broke it.
    pub broken: Vec<String>,
    /// Kills.
    pub kills: usize,
    /// Starts.
    pub starts: usize,
    /// Requests that were sent.
    pub requests: u64,
    /// Answers that were lost.
    pub lost_answers: usize,
    /// Answers of some members, after which something failed.
    pub answered_in_part: usize,
    /// The most requests in doubt after a kill.
    pub most_doubts: usize,
}

/// Runs one migration.
pub fn simulate(seed: u64, planted: Option<PlantedBug>) -> Verdict {
    Simulation::new(seed, planted, None).run()
}

/// Runs one migration into a contact system that can do this.
pub fn simulate_with(seed: u64, planted: Option<PlantedBug>, contacts: Capabilities) -> Verdict {
    Simulation::new(seed, planted, Some(contacts)).run()
}

#[derive(Debug, Clone)]
enum Happening {
    /// The engine hears something; forgotten at a kill.
    Heard(Event),
    /// The shell commits; forgotten at a kill.
    Commit,
    /// Members are read, after what was written before; forgotten at a kill.
    Load(Load),
    /// A system does what it was asked for, whoever is still there to hear of it.
    Effect(Side, Arc<Request>, Answering),
    /// A system reads.
    Read(Side, Arc<Request>),
    /// A person changes a name.
    Edit(Email),
}

#[derive(Debug, Clone, Copy)]
enum Answering {
    Once(Millis),
    Twice(Millis),
    Never,
}

struct Simulation {
    seed: u64,
    planted: Option<PlantedBug>,
    rng: fastrand::Rng,
    now: Millis,
    count: u64,
    heap: BinaryHeap<Reverse<(Millis, u64)>>,
    happenings: BTreeMap<u64, Happening>,
    header: Header,
    members: Vec<MemberChanges>,
    site: World,
    contacts: Option<World>,
    journal: Journal,
    run: RunId,
    intents: BTreeSet<RequestId>,
    /// The jobs that are durable, of members who are accepted and no more.
    jobs: BTreeMap<(StepKey, Seq), BTreeSet<JobHandle>>,
    /// What jobs said that they rejected, since the start.
    rejected: BTreeSet<(Email, Attribute)>,
    /// IDs of tags that the engine heard of since the start.
    tag_ids: BTreeSet<TagId>,
    /// Requests that were sent since the start: what others are answered is heard by nobody.
    sent: BTreeSet<RequestId>,
    buffer: Vec<Entry>,
    flying: BTreeMap<Side, BTreeSet<RequestId>>,
    calm: bool,
    kills_left: usize,
    /// The second run, which nobody disturbs.
    last: bool,
    verdict: Verdict,
}

fn capabilities(rng: &mut fastrand::Rng, compares: bool, upsert: bool) -> Capabilities {
    let lags = !compares && rng.bool();
    let looks = if lags {
        AfterLost::WaitThenLook
    } else {
        AfterLost::LookThenRepeat
    };
    let after = if upsert || compares {
        AfterLost::Repeat
    } else {
        looks
    };
    Capabilities {
        batching: batching(rng),
        limits: RateLimits::none(),
        classes: RequestClasses::default(),
        in_flight: rng.usize(1..4),
        visibility_ms: if lags { 2_000 } else { 0 },
        compares,
        confirms: !lags || rng.bool(),
        creates_opted_out: true,
        max_field_chars: None,
        tag_rules: crate::model::TagRules::default(),
        cannot_write: None,
        after_lost_write: after,
        after_lost_tags: if lags || rng.bool() {
            looks
        } else {
            AfterLost::Repeat
        },
        after_lost_setup: if rng.bool() { looks } else { AfterLost::Repeat },
    }
}

/// A form of every kind, in any mixture.
fn batching(rng: &mut fastrand::Rng) -> Batching {
    let mut form = || {
        let most = rng.usize(1..8);
        match rng.u8(0..5) {
            0 => Batch::Members(most),
            1 => Batch::OneTag(most),
            2 => Batch::SameTags(most),
            3 => Batch::Pairs(most),
            _ => Batch::One,
        }
    };
    let (add_tags, remove_tags) = (form(), form());
    let contacts = if rng.u8(0..4) == 0 { 1 } else { rng.usize(1..8) };
    Batching {
        contacts,
        members: rng.usize(1..8),
        add_tags,
        remove_tags: if rng.bool() { add_tags } else { remove_tags },
        probe: rng.usize(1..8),
        tags_with_contact: rng.u8(0..4) == 0,
    }
}

fn change(
    side: Side,
    action: Action,
    attribute: Attribute,
    before: Option<&str>,
    after: Option<&str>,
) -> Change {
    Change {
        side,
        action,
        attribute,
        reason: Reason::Granted,
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    }
}

fn tag(name: &str) -> Attribute {
    Attribute::Tag(TagName::new(name))
}

impl Simulation {
    #[expect(
        clippy::unwrap_used,
        reason = "a practice world that cannot be built is a mistake in it"
    )]
    fn new(seed: u64, planted: Option<PlantedBug>, given: Option<Capabilities>) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let managed = rng.bool() && given.is_none();
        let compares = rng.bool();
        let upsert = rng.bool();
        let mut site = World::new(capabilities(&mut rng, compares, upsert), upsert, 's');
        let mut contacts = (!managed).then(|| {
            let upsert = rng.u8(0..3) == 0;
            let drawn = capabilities(&mut rng, false, upsert);
            World::new(given.unwrap_or(drawn), upsert, 'c')
        });
        let count = rng.u32(1..60);
        let mut members = Vec::new();
        for seq in 0..count {
            let email = Email::from_normalised(&format!("m{seq:04}@example.com")).unwrap();
            members.push(member(&mut rng, seq, email, &mut site, contacts.as_mut()));
        }
        site.hands_out_jobs = rng.bool();
        if let Some(contacts) = &mut contacts {
            contacts.hands_out_jobs = rng.bool();
        }
        let header = header(count, managed);
        let journal = Journal::in_memory(seed).unwrap();
        let kills_left = if rng.u8(0..4) == 0 { 0 } else { rng.usize(1..6) };
        Self {
            seed,
            planted,
            calm: rng.u8(0..5) == 0,
            kills_left,
            last: false,
            rng,
            now: 1_800_000_000_000,
            count: 0,
            heap: BinaryHeap::new(),
            happenings: BTreeMap::new(),
            header,
            members,
            site,
            contacts,
            journal,
            run: 0,
            intents: BTreeSet::new(),
            jobs: BTreeMap::new(),
            rejected: BTreeSet::new(),
            tag_ids: BTreeSet::new(),
            sent: BTreeSet::new(),
            buffer: Vec::new(),
            flying: BTreeMap::new(),
            verdict: Verdict::default(),
        }
    }

    fn at(&mut self, after: Millis, what: Happening) {
        self.count += 1;
        self.heap.push(Reverse((self.now + after.max(0), self.count)));
        self.happenings.insert(self.count, what);
    }

    fn soon(&mut self) -> Millis {
        self.rng.i64(0..50)
    }

    fn chance(&mut self, percent: u32) -> bool {
        !self.calm && self.rng.u32(0..100) < percent
    }

    fn broken(&mut self, law: impl Into<String>) {
        self.verdict.broken.push(law.into());
    }

    fn world(&mut self, side: Side) -> &mut World {
        match (side, &mut self.contacts) {
            (Side::Contacts, Some(contacts)) => contacts,
            _ => &mut self.site,
        }
    }

    #[expect(
        clippy::unwrap_used,
        reason = "a journal in memory that fails is a mistake in the simulator"
    )]
    fn run(mut self) -> Verdict {
        let new = NewRun {
            fingerprint: "f".to_owned(),
            inputs: "i".to_owned(),
            change_set: "c".to_owned(),
            kind: RunKind::Plan,
            members: self.header.members,
            site: String::new(),
        };
        self.run = self.journal.begin(&new, &[], 0).unwrap();
        self.edits();
        let mut end = None;
        while self.verdict.starts < STARTS {
            self.verdict.starts += 1;
            end = self.start();
            match &end {
                Some(End::Done | End::Partly) => break,
                Some(End::Waiting { checkpoints }) => {
                    for checkpoint in checkpoints {
                        self.journal
                            .confirm(checkpoint.key.as_str(), "tester", 0)
                            .unwrap();
                    }
                }
                _ => {}
            }
            self.now += 100;
        }
        if !matches!(end, Some(End::Done | End::Partly)) {
            self.broken(format!("the run never comes to its end: {end:?}"));
            return self.verdict;
        }
        // What systems still had to do is done before the books are compared.
        self.calm = true;
        while let Some((_, what)) = self.next() {
            self.systems(what);
        }
        self.everybody_is_where_wanted_or_listed();
        for world in [Some(&self.site), self.contacts.as_ref()].into_iter().flatten() {
            for duplicate in &world.duplicates {
                self.verdict.broken.push(format!("made twice: {duplicate}"));
            }
            for (email, name) in &world.by_hand {
                let there = world.truth.get(email).and_then(|state| state.first_name.as_ref());
                if there != Some(name) {
                    self.verdict
                        .broken
                        .push(format!("a change by hand to {email} was overwritten"));
                }
            }
        }
        self.second_run_writes_nothing(end == Some(End::Done));
        self.verdict
    }

    /// People change names by hand: in a system that compares at any time, in others before the
    /// run, since a change between a look and a write cannot be noticed there.
    fn edits(&mut self) {
        for member in 0..self.members.len() {
            if self.rng.u8(0..12) != 0 {
                continue;
            }
            let Some(email) = self.members.get(member).map(|member| member.email.clone()) else {
                continue;
            };
            let side = if self.contacts.is_some() {
                Side::Contacts
            } else {
                Side::Site
            };
            if self.world(side).capabilities.compares {
                let after = self.rng.i64(0..2000);
                self.at(after, Happening::Edit(email));
            } else {
                self.world(side).edit(&email, "By hand");
            }
        }
    }

    #[expect(
        clippy::unwrap_used,
        reason = "a journal in memory that fails is a mistake in the simulator"
    )]
    fn engine(&mut self) -> Engine {
        let progress = self.journal.progress(self.run).unwrap();
        self.jobs.clear();
        for (step, seqs, handle) in &progress.jobs {
            let accepted = progress.steps.get(step).map(|known| known.with(Status::Accepted));
            let accepted = accepted.unwrap_or_default();
            let known = seqs.iter().filter(|seq| accepted.contains(*seq));
            for seq in known {
                let jobs = self.jobs.entry((step.clone(), seq)).or_default();
                jobs.insert(handle.clone());
            }
        }
        let doubts = progress.doubts.len();
        self.verdict.most_doubts = self.verdict.most_doubts.max(doubts);
        let limit = self.site.capabilities.in_flight
            + self
                .contacts
                .as_ref()
                .map_or(0, |contacts| contacts.capabilities.in_flight);
        if doubts > limit {
            self.broken(format!(
                "{doubts} requests in doubt, and at most {limit} may be in flight"
            ));
        }
        let confirmed = self
            .journal
            .confirmations()
            .unwrap()
            .into_iter()
            .map(|c| c.key)
            .collect();
        let canary = self.seed.is_multiple_of(3).then_some(self.header.members / 2);
        let waves = if self.seed.is_multiple_of(2) {
            Waves::Growing
        } else {
            Waves::Off
        };
        let cohort = 3 + u32::try_from(self.seed % 17).unwrap_or(0);
        Engine::new(RunContext {
            graph: graph::build(&self.header, canary, waves, cohort),
            access_tags: crate::run::AccessTags::new(&self.header),
            targets: self.header.targets.clone(),
            tags: self.header.tags.clone(),
            members: self.header.members,
            site: self.site.capabilities.clone(),
            contacts: self
                .contacts
                .as_ref()
                .map(|contacts| contacts.capabilities.clone()),
            progress,
            confirmed,
            goal: RunMode::CarryOut,
            yes: self.seed.is_multiple_of(5),
            seed: self.seed,
            rules: Rules {
                breaker_after: 1_000_000,
                retry: RetryPolicy {
                    attempts: 30,
                    longest: Duration::from_secs(5),
                    ..Rules::default().retry
                },
                ..Rules::default()
            },
            planted: self.planted,
        })
    }

    /// One start of the program. `None` where it was killed.
    fn start(&mut self) -> Option<End> {
        let mut engine = self.engine();
        self.buffer.clear();
        self.flying.clear();
        self.tag_ids.clear();
        self.sent.clear();
        // Another start tries again whoever was turned away.
        self.rejected.clear();
        self.at(0, Happening::Heard(Event::Start));
        for _ in 0..EVENTS {
            let Some((_, what)) = self.next() else {
                self.broken("the engine waits for nothing");
                return Some(End::Interrupted);
            };
            let event = match what {
                Happening::Commit => {
                    self.commit();
                    continue;
                }
                Happening::Load(load) => {
                    self.commit();
                    self.load(load);
                    continue;
                }
                Happening::Heard(event) => event,
                other => {
                    self.systems(other);
                    continue;
                }
            };
            self.heard(&event);
            let had = self.buffer.len();
            for command in engine.on(event, self.now) {
                #[cfg(test)]
                if std::env::var("REHOME_TRACE").is_ok() {
                    eprintln!("{} {command:?}", self.now);
                }
                if self.kills_left > 0 && self.rng.u32(0..120) == 0 {
                    self.kill();
                    return None;
                }
                if let Command::Finish(end) = command {
                    self.commit();
                    self.forget();
                    return Some(end);
                }
                self.execute(command);
            }
            if self.buffer.len() > had {
                let pause = if self.chance(50) { self.rng.i64(0..5) } else { 0 };
                self.at(pause, Happening::Commit);
            }
            if !self.last && self.rng.u32(0..3000) == 0 {
                self.at(0, Happening::Heard(Event::Interrupted));
            }
        }
        self.broken("the engine goes round in circles");
        Some(End::Interrupted)
    }

    fn next(&mut self) -> Option<(Millis, Happening)> {
        let Reverse((at, id)) = self.heap.pop()?;
        self.now = self.now.max(at);
        Some((at, self.happenings.remove(&id)?))
    }

    fn kill(&mut self) {
        self.kills_left -= 1;
        self.verdict.kills += 1;
        self.forget();
    }

    /// What only the process knew is gone; what the systems were asked for is not.
    fn forget(&mut self) {
        self.buffer.clear();
        self.happenings
            .retain(|_, what| matches!(what, Happening::Effect(..) | Happening::Edit(_)));
        let kept: Vec<_> = self
            .heap
            .drain()
            .filter(|Reverse((_, id))| self.happenings.contains_key(id))
            .collect();
        self.heap.extend(kept);
    }

    #[expect(
        clippy::unwrap_used,
        reason = "a journal in memory that fails is a mistake in the simulator"
    )]
    fn commit(&mut self) {
        let entries = std::mem::take(&mut self.buffer);
        self.journal.commit(self.run, &entries, self.now).unwrap();
        for entry in entries {
            match entry {
                Entry::Intent { request, .. } => {
                    self.intents.insert(request);
                    self.at(0, Happening::Heard(Event::Intended(request)));
                }
                Entry::Job { step, seqs, handle } => {
                    for seq in seqs.iter() {
                        let jobs = self.jobs.entry((step.clone(), seq)).or_default();
                        jobs.insert(handle.clone());
                    }
                }
                Entry::Outcome { .. } | Entry::WaveAnswer { .. } | Entry::Event { .. } => {}
            }
        }
    }

    fn load(&mut self, load: Load) {
        let range = load.from as usize..(load.to as usize).min(self.members.len());
        let members = self.members.get(range).unwrap_or_default().to_vec();
        let contact_ids = self
            .journal
            .learned(self.run, load.from, load.to)
            .unwrap_or_default();
        let loaded = Event::Loaded {
            load,
            members,
            contact_ids,
        };
        self.at(1, Happening::Heard(loaded));
    }

    fn heard(&mut self, event: &Event) {
        if let Event::Answered { request, .. } | Event::Looked { request, .. } = event {
            for flying in self.flying.values_mut() {
                flying.remove(request);
            }
        }
        if let Event::Answered {
            request,
            result: Ok(answer),
        } = event
            && self.sent.contains(request)
        {
            self.tag_ids.extend(answer.tag_id.clone());
        }
    }

    fn execute(&mut self, command: Command) {
        match command {
            Command::TakeLease => self.at(1, Happening::Heard(Event::Leased(Ok(())))),
            Command::Write(entry) => {
                self.settle_jobs(&entry);
                self.buffer.push(entry);
            }
            Command::Load(load) => self.at(1, Happening::Load(load)),
            Command::Send { side, request } => self.send(side, request),
            Command::Look { side, request } => {
                self.takes_off(side, request.id);
                self.names_its_jobs(&request);
                let pause = self.soon();
                if self.chance(8) {
                    let result = Err(self.nothing_done());
                    self.at(
                        pause,
                        Happening::Heard(Event::Looked {
                            request: request.id,
                            result,
                        }),
                    );
                } else {
                    self.at(pause, Happening::Read(side, request));
                }
            }
            Command::Wake { at } => self.at(at - self.now, Happening::Heard(Event::Woken)),
            Command::Ask(crate::run::Question::NextWave { wave, .. }) => {
                let yes = !self.chance(5);
                self.at(1, Happening::Heard(Event::Replied { wave, yes }));
            }
            Command::RenewLease | Command::Tell(_) | Command::Finish(_) => {}
        }
    }

    /// Nothing was done: it may work the next time, or this start of the run is over.
    fn nothing_done(&mut self) -> Fault {
        let why = "practice".to_owned();
        match self.rng.u8(0..26) {
            0 => Fault::Unauthorised { why },
            1 => Fault::Throttled {
                wait_ms: longest_wait_ms() + 1,
            },
            24.. => Fault::Busy {
                wait_ms: self.rng.u64(1..3000),
            },
            2..13 => Fault::Throttled {
                wait_ms: self.rng.u64(1..3000),
            },
            _ => Fault::Transient { why },
        }
    }

    /// Whoever is no longer only accepted has no job, as soon as the engine knows.
    fn settle_jobs(&mut self, entry: &Entry) {
        let Entry::Outcome { step, outcomes, .. } = entry else {
            return;
        };
        let over = outcomes.iter().filter(|(status, _)| *status != Status::Accepted);
        for seq in over.flat_map(|(_, seqs)| seqs.iter()) {
            self.jobs.remove(&(step.clone(), seq));
        }
    }

    /// A look at members of whom only a job is known asks for this job, also after a kill.
    fn names_its_jobs(&mut self, request: &Request) {
        let Payload::Members(writes) = &request.payload else {
            return;
        };
        let step = StepKey::operation(request.operation);
        for write in writes {
            let jobs = self.jobs.get(&(step.clone(), write.seq));
            if jobs.is_some_and(|jobs| jobs.iter().any(|job| !request.jobs.contains(job))) {
                let law = format!("a look at {} does not name its job", write.email);
                self.verdict.broken.push(law);
            }
        }
    }

    /// What a job rejected is not sent again.
    fn sends_nothing_rejected(&mut self, request: &Request) {
        let Payload::Members(writes) = &request.payload else {
            return;
        };
        for write in writes {
            let told = |change: &Change| {
                let what = (write.email.clone(), change.attribute.clone());
                change.side == request.operation.side() && self.rejected.contains(&what)
            };
            if write.changes.iter().any(told) {
                let law = format!("{} is sent again, though a job rejected it", write.email);
                self.verdict.broken.push(law);
            }
        }
    }

    /// A request about a tag whose ID was in a response of this start names the ID.
    fn names_its_tags(&mut self, side: Side, request: &Request) {
        let Payload::Members(writes) = &request.payload else {
            return;
        };
        let changes = writes.iter().flat_map(|write| &write.changes);
        for name in changes.filter_map(|change| change.attribute.tag()) {
            let id = self.world(side).tag_id(name);
            let named = request.tags.iter().any(|tag| tag.id.as_ref() == Some(&id));
            if self.tag_ids.contains(&id) && !named {
                let law = format!("a request does not name the ID of the tag {name}");
                self.verdict.broken.push(law);
            }
        }
    }

    fn takes_off(&mut self, side: Side, request: RequestId) {
        let limit = self.world(side).capabilities.in_flight;
        let flying = self.flying.entry(side).or_default();
        flying.insert(request);
        let count = flying.len();
        if count > limit {
            self.broken(format!("{count} requests in flight where {limit} may be"));
        }
    }

    fn send(&mut self, side: Side, request: Arc<Request>) {
        self.verdict.requests += 1;
        if !self.intents.contains(&request.id) {
            self.broken(format!("{} left before its intent was durable", request.id));
        }
        if let Payload::Members(writes) = &request.payload
            && !self
                .world(side)
                .capabilities
                .batching
                .fits(request.operation, writes)
        {
            self.broken(format!("{} carries more than the system takes", request.id));
        }
        self.sent.insert(request.id);
        self.sends_nothing_rejected(&request);
        self.names_its_tags(side, &request);
        self.takes_off(side, request.id);
        let (first, second) = (self.soon(), self.soon());
        let id = request.id;
        let lost = Fault::Ambiguous {
            why: "cut".to_owned(),
        };
        let lost = Event::Answered {
            request: id,
            result: Err(lost),
        };
        let fate = if self.calm { 100 } else { self.rng.u32(0..100) };
        if fate < 6 {
            let result = Err(self.nothing_done());
            self.at(first, Happening::Heard(Event::Answered { request: id, result }));
        } else if fate < 12 {
            // Never arrived.
            self.verdict.lost_answers += 1;
            self.at(first, Happening::Heard(lost));
        } else if fate < 24 {
            // Done, and nobody hears of it; where reads lag, done as late as they do.
            self.verdict.lost_answers += 1;
            let window = i64::try_from(self.world(side).capabilities.visibility_ms).unwrap_or(0);
            let late = if window > 0 {
                self.rng.i64(0..window)
            } else {
                first
            };
            self.at(late, Happening::Effect(side, request, Answering::Never));
            self.at(first + second + 1, Happening::Heard(lost));
        } else {
            let answering = if self.chance(10) {
                Answering::Twice(second)
            } else {
                Answering::Once(second)
            };
            self.at(first, Happening::Effect(side, request, answering));
        }
    }

    /// What happens in the systems, whether or not somebody listens.
    fn systems(&mut self, what: Happening) {
        match what {
            Happening::Effect(side, request, answering) => {
                let window = i64::try_from(self.world(side).capabilities.visibility_ms).unwrap_or(0);
                // A late effect is seen at once; what is answered at once may be seen late.
                let lag = match answering {
                    Answering::Never => 0,
                    _ if window > 0 => self.rng.i64(0..window),
                    _ => 0,
                };
                let now = self.now;
                let about_members = matches!(request.payload, Payload::Members(_));
                let drops = about_members && !self.world(side).capabilities.confirms && self.chance(5);
                let answer = if drops {
                    accepted_and_dropped(&request)
                } else {
                    let writes = match &request.payload {
                        Payload::Members(writes) => writes.len(),
                        _ => 0,
                    };
                    if writes > 1 && self.chance(10) {
                        // The system's own time is over before the end of the request.
                        let begun = self.rng.usize(1..writes);
                        self.world(side).perform_some(&request, begun, now, lag)
                    } else if writes > 1 && self.chance(12) {
                        self.in_part(side, &request, now, lag)
                    } else {
                        self.world(side).perform(&request, now, lag)
                    }
                };
                let event = Event::Answered {
                    request: request.id,
                    result: Ok(answer),
                };
                match answering {
                    Answering::Never => {}
                    Answering::Once(after) => self.at(after, Happening::Heard(event)),
                    Answering::Twice(after) => {
                        self.at(after, Happening::Heard(event.clone()));
                        self.at(after + 7, Happening::Heard(event));
                    }
                }
            }
            Happening::Read(side, request) => {
                let now = self.now;
                let looked = self.world(side).look(&request, now);
                if let Payload::Members(writes) = &request.payload {
                    let told = writes.iter().zip(&looked);
                    let told = told.filter(|(_, (_, state))| state.rejected.is_some());
                    for (write, _) in told {
                        let what = |change: &Change| (write.email.clone(), change.attribute.clone());
                        self.rejected.extend(write.changes.iter().map(what));
                    }
                }
                let pause = self.soon();
                self.at(
                    pause,
                    Happening::Heard(Event::Looked {
                        request: request.id,
                        result: Ok(looked),
                    }),
                );
            }
            Happening::Edit(email) => {
                let side = if self.contacts.is_some() {
                    Side::Contacts
                } else {
                    Side::Site
                };
                self.world(side).edit(&email, "By hand");
            }
            Happening::Heard(_) | Happening::Commit | Happening::Load(_) => {}
        }
    }

    /// Some members are answered, whichever, and then something fails: the rest is not begun, or done, or nobody knows.
    fn in_part(&mut self, side: Side, request: &Request, now: Millis, lag: Millis) -> Answer {
        let (mut some, mut rest) = (request.clone(), request.clone());
        if let (Payload::Members(some), Payload::Members(rest)) = (&mut some.payload, &mut rest.payload) {
            let begun = self.rng.usize(1..some.len());
            self.rng.shuffle(some);
            some.truncate(begun);
            some.sort_by_key(|write| write.seq);
            rest.retain(|write| some.iter().all(|other| other.seq != write.seq));
        }
        let answer = self.world(side).perform(&some, now, lag);
        let done = self.rng.u8(0..3);
        if done == 1 {
            self.world(side).perform(&rest, now, lag);
        }
        let why = "cut".to_owned();
        let fault = match done {
            0 => self.nothing_done(),
            _ => Fault::Ambiguous { why },
        };
        self.verdict.answered_in_part += 1;
        Answer {
            rest: Some(fault),
            ..answer
        }
    }

    #[expect(
        clippy::unwrap_used,
        reason = "a journal in memory that fails is a mistake in the simulator"
    )]
    fn everybody_is_where_wanted_or_listed(&mut self) {
        let exceptions: Vec<Exception> = self.journal.exceptions(self.run).unwrap();
        let listed: BTreeSet<Email> = exceptions.into_iter().map(|exception| exception.email).collect();
        let mut lost = Vec::new();
        for member in &self.members {
            let touched = [Some(&self.site), self.contacts.as_ref()]
                .into_iter()
                .flatten()
                .any(|world| world.by_hand.contains_key(&member.email));
            if listed.contains(&member.email) || touched {
                continue;
            }
            for side in [Side::Site, Side::Contacts] {
                let (world, contact_id) = match (side, &self.contacts) {
                    (Side::Site, contacts) => {
                        let contact = contacts.as_ref().and_then(|world| world.truth.get(&member.email));
                        (
                            &self.site,
                            contact.and_then(|state| state.contact_ids.first().cloned()),
                        )
                    }
                    (Side::Contacts, Some(contacts)) => (contacts, None),
                    (Side::Contacts, None) => continue,
                };
                let state = world.truth.get(&member.email).cloned().unwrap_or_default();
                let write = MemberWrite {
                    expect: crate::model::Preconditions::default(),
                    seq: 0,
                    email: member.email.clone(),
                    contact_id,
                    changes: member
                        .changes
                        .iter()
                        .filter(|change| change.side == side)
                        .cloned()
                        .collect(),
                };
                if compare(&write, &state) != Standing::Done {
                    #[cfg(test)]
                    if std::env::var("REHOME_SEED").is_ok() {
                        eprintln!(
                            "{:?} {write:?} {state:?} site {:?} contacts {:?}",
                            compare(&write, &state),
                            self.site.capabilities,
                            self.contacts.as_ref().map(|c| &c.capabilities)
                        );
                    }
                    lost.push(format!(
                        "{} is neither as wanted nor listed ({side:?})",
                        member.email
                    ));
                }
            }
        }
        self.verdict.broken.extend(lost);
        let asked = self.header.setup.offerings.len() + self.header.setup.site_tags.len();
        if self.site.things.len() < asked {
            self.broken("an offering or tag is missing");
        }
    }

    fn second_run_writes_nothing(&mut self, done: bool) {
        self.kills_left = 0;
        self.last = true;
        let before = self.verdict.requests;
        let end = self.start();
        if done && self.verdict.requests != before {
            self.broken("a second run writes again");
        }
        if !matches!(end, Some(End::Done | End::Partly)) {
            self.broken(format!("a second run ends with {end:?}"));
        }
    }
}

fn longest_wait_ms() -> u64 {
    u64::try_from(Rules::default().retry.longest_wait.as_millis()).unwrap_or(u64::MAX)
}

/// The answer of a system that takes a request and loses it.
fn accepted_and_dropped(request: &Request) -> Answer {
    let Payload::Members(writes) = &request.payload else {
        return Answer::default();
    };
    let accepted = ItemOutcome::Accepted { contact_id: None };
    Answer {
        items: writes.iter().map(|write| (write.seq, accepted.clone())).collect(),
        ..Answer::default()
    }
}

/// The change that gives a member its address.
fn renamed(side: Side, old: &Email, new: &Email) -> Change {
    let (before, after) = (Some(old.as_str()), Some(new.as_str()));
    change(side, Action::Rename, Attribute::Address, before, after)
}

/// Somebody who is there.
fn standing(address: &Email, contact: Option<&ContactId>, login: Option<&str>) -> MemberState {
    MemberState {
        address: Some(address.to_string()),
        contact_ids: contact.into_iter().cloned().collect(),
        login: login.map(str::to_owned),
        ..MemberState::default()
    }
}

/// Tags that a contact shall get, and those that one who is there holds and shall lose.
fn contact_tags(rng: &mut fastrand::Rng, stands: Option<&Email>, contacts: &mut World) -> Vec<Change> {
    let (on, held) = (Side::Contacts, Some("held"));
    let mut changes = Vec::new();
    for name in ["VIP", "Photo", "News"] {
        if rng.u8(0..4) > 0 {
            changes.push(change(on, Action::AddTag, tag(name), None, held));
        }
    }
    for name in ["Old", "Trial"] {
        if let Some(stands) = stands.filter(|_| rng.bool()) {
            changes.push(change(on, Action::RemoveTag, tag(name), held, None));
            contacts.hold(stands, &TagName::new(name));
        }
    }
    changes
}

fn member(
    rng: &mut fastrand::Rng,
    seq: u32,
    email: Email,
    site: &mut World,
    contacts: Option<&mut World>,
) -> MemberChanges {
    let there = rng.u8(0..5) == 0;
    let login = email.as_str().to_owned();
    let mut changes = Vec::new();
    let mut contact_id = None;
    let user = false;
    // Some of those who are there stand under an old address.
    let old = (there && rng.bool())
        .then(|| Email::from_normalised(&format!("old.{email}")))
        .flatten();
    let stands = old.as_ref().unwrap_or(&email);
    let rename = |side| old.as_ref().map(|old| renamed(side, old, &email));
    let first = change(
        Side::Site,
        Action::Update,
        Attribute::FirstName,
        None,
        Some("Ada"),
    );
    let managed = contacts.is_none();
    if let Some(contacts) = contacts {
        if there {
            let id = contacts.new_contact();
            contacts.put(stands, standing(stands, Some(&id), None));
            changes.extend(rename(Side::Contacts));
            contact_id = Some(id);
        } else {
            changes.push(change(
                Side::Contacts,
                Action::Create,
                Attribute::Contact,
                None,
                Some("there"),
            ));
        }
        changes.push(Change {
            side: Side::Contacts,
            ..first.clone()
        });
        changes.extend(contact_tags(rng, there.then_some(stands), contacts));
        match rng.u8(0..20) {
            0 => drop(contacts.refuses.insert(email.clone())),
            1 => drop(contacts.jobs_refuse.insert(email.clone())),
            _ => {}
        }
    }
    if rng.u8(0..4) > 0 || managed {
        if there {
            site.put(stands, standing(stands, None, Some(&login)));
            changes.extend(rename(Side::Site));
        } else {
            if managed {
                changes.push(change(
                    Side::Site,
                    Action::Create,
                    Attribute::Contact,
                    None,
                    Some("there"),
                ));
            }
            changes.push(change(
                Side::Site,
                Action::Create,
                Attribute::User,
                None,
                Some(&login),
            ));
        }
        if managed {
            changes.push(first);
        } else {
            changes.push(change(
                Side::Site,
                Action::Link,
                Attribute::ContactLink,
                None,
                None,
            ));
        }
        changes.push(change(
            Side::Site,
            Action::AddTag,
            tag("Photo"),
            None,
            Some("held"),
        ));
        if rng.u8(0..20) == 0 {
            site.refuses.insert(email.clone());
        }
    }
    MemberChanges {
        seq: Some(seq),
        email,
        contact_id,
        user,
        until: None,
        changes,
    }
}

/// Members of a managed practice site, all of them new.
#[cfg(test)]
pub(crate) fn practice_list(count: u32) -> crate::run::tests::List {
    let held = Some("held");
    let members = (0..count).map(|seq| {
        let email = Email::from_normalised(&format!("m{seq:07}@example.com")).unwrap();
        let login = email.as_str().to_owned();
        MemberChanges {
            seq: Some(seq),
            email,
            contact_id: None,
            user: false,
            until: None,
            changes: vec![
                change(
                    Side::Site,
                    Action::Create,
                    Attribute::Contact,
                    None,
                    Some("there"),
                ),
                change(Side::Site, Action::Create, Attribute::User, None, Some(&login)),
                change(
                    Side::Site,
                    Action::Update,
                    Attribute::FirstName,
                    None,
                    Some("Ada"),
                ),
                change(Side::Site, Action::AddTag, tag("Photo"), None, held),
                change(Side::Site, Action::AddTag, tag("VIP"), None, held),
            ],
        }
    });
    crate::run::tests::List {
        header: header(count, true),
        members: members.collect(),
    }
}

fn header(members: u32, managed: bool) -> Header {
    let account = |side, id: &str| Account {
        side,
        kind: "practice".to_owned(),
        id: id.to_owned(),
        place: "memory".to_owned(),
    };
    let key = OfferingKey::new("photo");
    Header {
        format: 1,
        kind: ChangeSetKind::Plan,
        targets: Targets {
            migration: "practice".to_owned(),
            was: Vec::new(),
            environment: None,
            site: SiteTarget::Local {
                path: "memory".to_owned(),
                like: None,
            },
            contacts: if managed {
                ContactsTarget::Managed
            } else {
                ContactsTarget::External(ExternalContacts::example("http://crm.example"))
            },
            offerings: vec![OfferingTarget {
                key: key.clone(),
                name: "Photo".to_owned(),
                kind: OfferingKind::Course,
                includes: Vec::new(),
                tags: OfferingTags {
                    base: Some(TagName::new("Photo")),
                    instant: None,
                    revoke: None,
                    modules: Vec::new(),
                },
            }],
            tags: Vec::new(),
            emails: Vec::new(),
            standing_checkpoints: Vec::new(),
            checkpoints: Vec::new(),
            canary: None,
        },
        base: ".".to_owned(),
        plan: String::new(),
        limits: None,
        site: account(Side::Site, "site"),
        contacts: (!managed).then(|| account(Side::Contacts, "crm")),
        inputs: "i".to_owned(),
        as_of: jiff::civil::date(2026, 12, 1),
        computed: 0,
        accepted: None,
        signature: None,
        setup: Setup {
            offerings: vec![OfferingSetup { key, before: None }],
            site_tags: vec![TagName::new("VIP")],
            contact_tags: if managed {
                Vec::new()
            } else {
                vec![TagName::new("VIP")]
            },
            emails: Vec::new(),
        },
        tags: crate::model::TagRefs::default(),
        members,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(name: &str) -> Option<u64> {
        std::env::var(name).ok()?.parse().ok()
    }

    #[test]
    fn every_law_holds_for_every_seed() {
        let seeds = match number("REHOME_SEED") {
            Some(seed) => seed..seed + 1,
            None => 0..number("REHOME_SEEDS").unwrap_or(500),
        };
        let mut all = Verdict::default();
        for seed in seeds {
            let verdict = simulate(seed, None);
            assert!(
                verdict.broken.is_empty(),
                "seed {seed} (run it alone with REHOME_SEED={seed}): {:#?}",
                verdict.broken
            );
            all.kills += verdict.kills;
            all.starts += verdict.starts;
            all.requests += verdict.requests;
            all.lost_answers += verdict.lost_answers;
            all.answered_in_part += verdict.answered_in_part;
            all.most_doubts = all.most_doubts.max(verdict.most_doubts);
        }
        println!("{all:?}");
    }

    /// What each contact system says that it can do, with and without work that is only accepted.
    fn of_the_contact_systems() -> Vec<Capabilities> {
        let said = crate::systems::CONTACT_SYSTEMS
            .iter()
            .map(|system| (system.subject)().capabilities());
        said.flat_map(|can| {
            let lags = Capabilities {
                visibility_ms: can.visibility_ms.max(2_000),
                confirms: false,
                after_lost_write: AfterLost::WaitThenLook,
                after_lost_tags: AfterLost::WaitThenLook,
                ..can.clone()
            };
            [can, lags]
        })
        .collect()
    }

    #[test]
    fn every_law_holds_with_what_each_contact_system_can_do() {
        for can in of_the_contact_systems() {
            for seed in 0..number("REHOME_SEEDS").unwrap_or(500) / 5 {
                let verdict = simulate_with(seed, None, can.clone());
                assert!(
                    verdict.broken.is_empty(),
                    "seed {seed} with {can:?}: {:#?}",
                    verdict.broken
                );
            }
        }
    }

    #[test]
    fn with_what_each_contact_system_can_do_faults_are_noticed() {
        for can in of_the_contact_systems() {
            for bug in [
                PlantedBug::SendBeforeIntent,
                PlantedBug::ForgetMissing,
                PlantedBug::ForgetTagIds,
            ] {
                let noticed = |seed| !simulate_with(seed, Some(bug), can.clone()).broken.is_empty();
                assert!((0..300).any(noticed), "no seed noticed {bug:?} with {can:?}");
            }
        }
    }

    #[test]
    fn forgetting_the_id_of_a_created_tag_is_noticed() {
        caught(PlantedBug::ForgetTagIds, "does not name the ID");
    }

    #[test]
    fn sending_again_what_a_job_rejected_is_noticed() {
        caught(PlantedBug::IgnoreRejected, "though a job rejected it");
    }

    #[test]
    fn the_same_seed_gives_the_same_run() {
        assert_eq!(simulate(7, None), simulate(7, None));
    }

    fn caught(bug: PlantedBug, law: &str) {
        let noticed = |seed| {
            simulate(seed, Some(bug))
                .broken
                .iter()
                .any(|broken| broken.contains(law))
        };
        assert!((0..300).any(noticed), "no seed noticed {bug:?}");
    }

    #[test]
    fn sending_before_the_intent_is_durable_is_noticed() {
        caught(PlantedBug::SendBeforeIntent, "before its intent");
        caught(PlantedBug::SendBeforeIntent, "made twice");
    }

    #[test]
    fn repeating_without_a_look_is_noticed() {
        caught(PlantedBug::RepeatWithoutLook, "made twice");
    }

    #[test]
    fn taking_accepted_for_done_is_noticed() {
        caught(PlantedBug::AcceptedIsDone, "neither as wanted nor listed");
    }

    #[test]
    fn overwriting_who_moved_is_noticed() {
        caught(PlantedBug::OverwriteMoved, "by hand");
    }

    #[test]
    fn forgetting_who_is_missing_after_a_doubt_is_noticed() {
        caught(PlantedBug::ForgetMissing, "neither as wanted nor listed");
    }

    #[test]
    fn sending_more_than_the_system_takes_is_noticed() {
        caught(PlantedBug::NoLimitInFlight, "in flight where");
    }

    #[test]
    fn forgetting_the_rest_of_a_request_answered_in_part_is_noticed() {
        caught(PlantedBug::ForgetRest, "neither as wanted nor listed");
    }

    #[test]
    fn sending_the_rest_again_without_a_look_is_noticed() {
        caught(PlantedBug::RestIsNoDoubt, "made twice");
    }

    #[test]
    fn forgetting_the_jobs_of_earlier_starts_is_noticed() {
        caught(PlantedBug::ForgetJobs, "does not name its job");
    }

    #[test]
    fn forgetting_outcomes_is_noticed() {
        caught(PlantedBug::ForgetOutcomes, "requests in doubt");
    }

    #[test]
    fn taking_the_first_of_several_requests_for_all_is_noticed() {
        caught(PlantedBug::FirstBatchIsAll, "neither as wanted nor listed");
    }

    #[test]
    fn creating_a_tag_again_without_a_look_is_noticed() {
        caught(PlantedBug::RepeatSetup, "made twice: Tag");
    }

    #[test]
    fn forgetting_what_is_confirmed_is_noticed() {
        caught(PlantedBug::ForgetConfirmed, "a second run writes again");
    }
}
