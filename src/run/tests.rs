//! The shell with a practice site, and the engine's moves, as sentences.

use std::sync::{Arc, Mutex};

use super::{simulator::world::World, *};
use crate::{
    changeset::{Header, MemberChanges},
    graph::Waves,
    journal::{Journal, RunState, Status, StepKey},
    model::{
        Account, AfterLost, Answer, Batching, Capabilities, Checkpoint, CheckpointBefore, CheckpointKey,
        Email, Fault, Looked, Observed, Operation, RateLimits, Request, RequestClasses, Seq, SeqSet, Side,
        TagRules,
    },
    systems::{Direct, Lease, OnProgress, Site, SystemError},
};

/// A change set in memory.
pub(crate) struct List {
    pub(crate) header: Header,
    pub(crate) members: Vec<MemberChanges>,
}

impl Members for List {
    fn header(&self) -> &Header {
        &self.header
    }

    fn range(&mut self, from: Seq, to: Seq) -> Result<Vec<MemberChanges>, String> {
        self.members
            .get(from as usize..to as usize)
            .map(<[MemberChanges]>::to_vec)
            .ok_or_else(|| "too short".to_owned())
    }

    fn find(&mut self, email: &Email) -> Result<Option<Seq>, String> {
        Ok(self
            .members
            .iter()
            .find(|m| m.email == *email)
            .and_then(|m| m.seq))
    }
}

/// A practice site that the test can look into.
struct Shared {
    world: Arc<Mutex<World>>,
    requests: Arc<Mutex<Vec<Request>>>,
    faults: Vec<Fault>,
    lease: Result<(), String>,
}

impl Direct for Shared {
    fn account(&self) -> Result<Account, SystemError> {
        Ok(Account {
            side: Side::Site,
            kind: "practice".to_owned(),
            id: "site".to_owned(),
            place: "memory".to_owned(),
        })
    }

    fn capabilities(&self) -> Capabilities {
        self.world.lock().unwrap().capabilities.clone()
    }

    fn observe(&mut self, _progress: OnProgress<'_>) -> Result<Observed, SystemError> {
        unimplemented!("not asked by a run")
    }

    fn perform(&mut self, request: &Request) -> Result<Answer, Fault> {
        if let Some(fault) = self.faults.pop() {
            return Err(fault);
        }
        self.requests.lock().unwrap().push(request.clone());
        Ok(self.world.lock().unwrap().perform(request, 0, 0))
    }

    fn look(&mut self, request: &Request) -> Result<Looked, Fault> {
        Ok(self.world.lock().unwrap().look(request, 1))
    }

    fn lease(&mut self, _lease: &Lease, _now: i64, _seconds: u32) -> Result<(), SystemError> {
        self.lease.clone().map_err(|who| SystemError::Leased {
            place: "memory".to_owned(),
            who,
            left: std::time::Duration::from_secs(9),
        })
    }

    fn release(&mut self, _lease: &Lease) -> Result<(), SystemError> {
        Ok(())
    }
}

struct Tester {
    no: bool,
    /// Interrupts once so many members are done.
    stop_at: u64,
    stop: Option<tokio::sync::mpsc::UnboundedSender<()>>,
    asked: Vec<Question>,
}

impl Host for Tester {
    fn on(&mut self, event: &RunEvent) {
        if let RunEvent::Progress {
            phase: Phase::Members,
            done,
            ..
        } = event
            && *done >= self.stop_at
            && let Some(stop) = self.stop.take()
        {
            stop.send(()).unwrap();
        }
    }

    fn ask(&mut self, question: &Question) -> crate::run::Reply {
        self.asked.push(question.clone());
        if self.no {
            crate::run::Reply::No
        } else {
            crate::run::Reply::Yes
        }
    }

    fn now_ms(&self) -> Millis {
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        i64::try_from(now.as_millis()).unwrap()
    }
}

fn embedded(batch: usize) -> Capabilities {
    Capabilities {
        batching: Batching::new(batch),
        limits: RateLimits::none(),
        classes: RequestClasses::default(),
        in_flight: 1,
        visibility_ms: 0,
        compares: true,
        confirms: true,
        creates_opted_out: true,
        max_field_chars: None,
        tag_rules: TagRules::default(),
        after_lost_write: AfterLost::Repeat,
        after_lost_tags: AfterLost::Repeat,
        after_lost_setup: AfterLost::Repeat,
        cannot_write: None,
    }
}

struct Practice {
    list: List,
    journal: Journal,
    world: Arc<Mutex<World>>,
    requests: Arc<Mutex<Vec<Request>>>,
    options: RunOptions,
    host: Tester,
    faults: Vec<Fault>,
    lease: Result<(), String>,
}

impl Practice {
    fn new(members: u32, batch: usize) -> Self {
        let lease = Lease {
            holder: "h".to_owned(),
            who: "tester".to_owned(),
        };
        Self {
            list: simulator::practice_list(members),
            journal: Journal::in_memory(1).unwrap(),
            world: Arc::new(Mutex::new(World::new(embedded(batch), false, 's'))),
            requests: Arc::default(),
            options: RunOptions::new("f", "changes", lease),
            host: Tester {
                no: false,
                stop_at: u64::MAX,
                stop: None,
                asked: Vec::new(),
            },
            faults: Vec::new(),
            lease: Ok(()),
        }
    }

    fn run(&mut self) -> Result<RunReport, RunError> {
        let site = Shared {
            world: Arc::clone(&self.world),
            requests: Arc::clone(&self.requests),
            faults: std::mem::take(&mut self.faults),
            lease: self.lease.clone(),
        };
        let (stop, wishes) = tokio::sync::mpsc::unbounded_channel();
        self.host.stop = Some(stop);
        run(
            &mut self.list,
            &mut self.journal,
            Site::Direct(Box::new(site)),
            None,
            &self.options,
            &mut self.host,
            Interrupts::Channel(wishes),
        )
    }

    fn sent(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

#[test]
fn everybody_is_carried_to_the_site_in_waves_and_a_second_run_sends_nothing() {
    let mut practice = Practice::new(300, 50);
    let report = practice.run().unwrap();
    assert_eq!(
        (report.exit(), report.tally.done, report.resumed),
        (ExitClass::Done, 300, false)
    );
    assert_eq!(practice.world.lock().unwrap().truth.len(), 300);
    let waves: Vec<u32> = practice
        .host
        .asked
        .iter()
        .map(|Question::NextWave { members, .. }| *members)
        .collect();
    assert_eq!(waves, [1, 10, 100]);
    let Question::NextWave { seen, .. } = &practice.host.asked[0];
    assert_eq!(seen[0].0, practice.list.members[0].email);
    assert_eq!(
        seen[0].1.first_name.as_deref(),
        Some("Ada"),
        "the first person is shown as the site holds them"
    );
    let sent = practice.sent();
    assert_eq!(
        sent,
        2 + 1 + 1 + 2 + 4,
        "two to prepare, then one, ten, a hundred, and the rest"
    );
    let again = practice.run().unwrap();
    assert_eq!((again.exit(), again.tally.done), (ExitClass::Done, 300));
    assert_eq!(practice.sent(), sent);
    let runs = practice.journal.runs().unwrap();
    assert_eq!((runs.len(), runs[0].state), (1, RunState::Done));
}

#[test]
fn the_answer_no_stops_after_the_first_person_and_the_next_run_goes_on_there() {
    let mut practice = Practice::new(40, 50);
    practice.host.no = true;
    let report = practice.run().unwrap();
    assert_eq!((&report.end, report.tally.done), (&End::Declined { wave: 0 }, 1));
    assert_eq!(practice.world.lock().unwrap().truth.len(), 1);
    practice.host.no = false;
    let report = practice.run().unwrap();
    assert_eq!(
        (report.exit(), report.tally.done, report.resumed),
        (ExitClass::Done, 40, true)
    );
}

#[test]
fn a_refused_member_is_listed_and_the_others_go_on() {
    let mut practice = Practice::new(60, 7);
    let email = practice.list.members[5].email.clone();
    practice.world.lock().unwrap().refuses.insert(email.clone());
    let report = practice.run().unwrap();
    assert_eq!((report.exit(), report.tally.done), (ExitClass::Partly, 59));
    assert_eq!(report.reasons(), [("not taken".to_owned(), 1)]);
    let listed = practice.journal.exceptions(report.run).unwrap();
    assert_eq!(
        (listed.len(), &listed[0].email, listed[0].status),
        (1, &email, Status::Refused)
    );
    practice.world.lock().unwrap().refuses.clear();
    let report = practice.run().unwrap();
    assert_eq!((report.exit(), report.tally.done), (ExitClass::Done, 60));
    assert!(practice.journal.exceptions(report.run).unwrap().is_empty());
}

#[test]
fn more_than_five_percent_failed_after_fifty_pauses_the_run() {
    let mut practice = Practice::new(2_000, 10);
    practice.options.waves = Waves::Off;
    for member in practice
        .list
        .members
        .iter()
        .filter(|m| m.seq.unwrap_or(0) % 10 == 0)
    {
        practice
            .world
            .lock()
            .unwrap()
            .refuses
            .insert(member.email.clone());
    }
    let report = practice.run().unwrap();
    assert_eq!(
        (&report.end, report.exit()),
        (&End::TooManyFailed, ExitClass::Partly)
    );
    assert_eq!(report.tally.count(Status::Refused), 5);
    assert_eq!(report.doubts, 0);
}

#[test]
fn a_checkpoint_that_nobody_confirmed_stops_before_the_first_member() {
    let mut practice = Practice::new(3, 10);
    practice.list.header.targets.checkpoints.push(Checkpoint {
        key: CheckpointKey::new("mail-off"),
        say: "Switch mail off.".to_owned(),
        before: CheckpointBefore::Contacts,
    });
    let report = practice.run().unwrap();
    assert_eq!(report.exit(), ExitClass::Waiting);
    assert!(matches!(&report.end, End::Waiting { checkpoints } if checkpoints[0].say == "Switch mail off."));
    assert!(practice.world.lock().unwrap().truth.is_empty());
    practice.journal.confirm("mail-off", "tester", 1).unwrap();
    assert_eq!(practice.run().unwrap().exit(), ExitClass::Done);
}

#[test]
fn refused_credentials_stop_at_once_and_leave_no_doubt() {
    let mut practice = Practice::new(3, 10);
    practice.faults = vec![Fault::Unauthorised {
        why: "401".to_owned(),
    }];
    let report = practice.run().unwrap();
    assert_eq!((report.exit(), report.doubts), (ExitClass::Stopped, 0));
    assert!(practice.journal.doubts(report.run).unwrap().is_empty());
    assert_eq!(practice.run().unwrap().exit(), ExitClass::Done);
}

#[test]
fn a_lease_held_by_another_stops_before_the_first_write() {
    let mut practice = Practice::new(3, 10);
    practice.lease = Err("somebody else".to_owned());
    let report = practice.run().unwrap();
    assert!(matches!(&report.end, End::Leased { why } if why.contains("somebody else")));
    assert_eq!((report.exit(), practice.sent()), (ExitClass::Stopped, 0));
}

#[test]
fn a_doubt_is_looked_at_before_anything_else_and_what_is_done_is_not_sent_again() {
    let mut practice = Practice::new(20, 10);
    practice.options.waves = Waves::Off;
    let now = practice.host.now_ms();
    let new = crate::journal::NewRun {
        fingerprint: "f".to_owned(),
        inputs: "i".to_owned(),
        change_set: "changes".to_owned(),
        kind: crate::journal::RunKind::Plan,
        members: 20,
        site: String::new(),
    };
    let run = practice.journal.begin(&new, &[], now).unwrap();
    let request = crate::model::RequestId(practice.journal.progress(run).unwrap().next_request);
    let intent = crate::journal::Entry::Intent {
        request,
        step: StepKey::operation(Operation::Members),
        seqs: SeqSet::range(0, 10),
    };
    practice.journal.commit(run, &[intent], now).unwrap();
    // It arrived for all ten, and the answer was lost with the process.
    let writes = practice.list.members[..10]
        .iter()
        .map(|member| crate::model::MemberWrite {
            seq: member.seq.unwrap(),
            email: member.email.clone(),
            contact_id: None,
            expect: crate::model::Preconditions::default(),
            changes: member.changes.clone(),
        })
        .collect();
    let sent = Request {
        id: request,
        operation: Operation::Members,
        granted_by: "practice".to_owned(),
        was: Vec::new(),
        offerings: Vec::new(),
        jobs: Vec::new(),
        tags: Vec::new(),
        payload: crate::model::Payload::Members(writes),
    };
    practice.world.lock().unwrap().perform(&sent, 0, 0);
    let report = practice.run().unwrap();
    assert_eq!(
        (report.exit(), report.tally.done, report.resumed),
        (ExitClass::Done, 20, true)
    );
    assert_eq!(
        practice.sent(),
        3,
        "an offering, a tag, and the ten that were never sent"
    );
    assert!(practice.journal.doubts(run).unwrap().is_empty());
}

#[test]
fn another_change_set_waits_until_the_doubts_of_the_open_run_are_settled() {
    let mut practice = Practice::new(40, 10);
    practice.host.no = true;
    let report = practice.run().unwrap();
    practice.options.fingerprint = "g".to_owned();
    assert!(matches!(practice.run(), Err(RunError::AnotherRun { run, .. }) if run == report.run));
    practice.options.fingerprint = "f".to_owned();
    practice.options.goal = RunMode::Settle;
    assert_eq!(practice.run().unwrap().end, End::Settled);
    practice
        .journal
        .set_state(report.run, RunState::Superseded, "", 1)
        .unwrap();
    practice.options.goal = RunMode::CarryOut;
    practice.options.fingerprint = "g".to_owned();
    practice.host.no = false;
    let second = practice.run().unwrap();
    assert_eq!((second.exit(), second.tally.done), (ExitClass::Done, 40));
    assert_ne!(second.run, report.run);
}

#[test]
fn an_interrupted_run_goes_on_where_it_was() {
    let mut practice = Practice::new(600, 10);
    practice.options.yes = true;
    practice.host.stop_at = 200;
    let report = practice.run().unwrap();
    assert_eq!((report.exit(), report.doubts), (ExitClass::Interrupted, 0));
    assert!((200..600).contains(&report.tally.done), "{}", report.tally.done);
    practice.host.stop_at = u64::MAX;
    let report = practice.run().unwrap();
    assert_eq!(
        (report.exit(), report.tally.done, report.resumed),
        (ExitClass::Done, 600, true)
    );
    let requests = practice.requests.lock().unwrap();
    let mut seqs: Vec<Seq> = Vec::new();
    for request in requests.iter() {
        if let crate::model::Payload::Members(writes) = &request.payload {
            seqs.extend(writes.iter().map(|write| write.seq));
        }
    }
    seqs.sort_unstable();
    assert_eq!(seqs, (0..600).collect::<Vec<Seq>>(), "everybody was sent once");
}

#[test]
fn no_operation_is_mail() {
    for operation in [
        Operation::Offering,
        Operation::Tag,
        Operation::Email,
        Operation::Contacts,
        Operation::Members,
        Operation::ContactTags,
    ] {
        // Closed on purpose: anyone who adds an operation that emails has to come by here, and the
        // simulator then has to count emails.
        match operation {
            Operation::Offering
            | Operation::Tag
            | Operation::Email
            | Operation::Contacts
            | Operation::Members
            | Operation::ContactTags => {}
        }
    }
}

/// `cargo test --release --lib share_of_the_journal -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn the_share_of_the_journal_is_small() {
    let folder = tempfile::tempdir().unwrap();
    for members in [30_000, 1_000_000] {
        let mut practice = Practice::new(members, 2_000);
        practice.options.yes = true;
        practice.journal = Journal::open(&folder.path().join(format!("{members}.sqlite")), 1).unwrap();
        let report = practice.run().unwrap();
        assert_eq!(report.exit(), ExitClass::Done);
        println!("{members} at once: {:?}", report.timings);

        let mut practice = Practice::new(members, 2_000);
        practice.options.yes = true;
        practice.journal = Journal::open(&folder.path().join(format!("{members}-cut.sqlite")), 1).unwrap();
        practice.host.stop_at = u64::from(members) * 9 / 10;
        let report = practice.run().unwrap();
        assert_eq!(report.exit(), ExitClass::Interrupted);
        practice.host.stop_at = u64::MAX;
        let report = practice.run().unwrap();
        assert_eq!(
            (report.exit(), report.tally.done),
            (ExitClass::Done, u64::from(members))
        );
        println!("{members} resumed: {:?}", report.timings);
    }
}
