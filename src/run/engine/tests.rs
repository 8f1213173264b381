//! The engine's moves one by one, as sentences: events in by hand, commands read.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    graph::{self, Waves},
    journal::{Entry, Progress, Status},
    model::{
        AfterLost, Answer, Batching, Capabilities, Fault, ItemOutcome, MemberState, Payload, RateLimits,
        Request, RequestClasses, RequestId, Seq, Side, TagRules,
    },
    run::*,
    systems::transport::RetryPolicy,
};

const BEGIN: Millis = 1_000_000;

struct Bench {
    engine: Engine,
    list: crate::run::tests::List,
    now: Millis,
}

fn capabilities(after: AfterLost) -> Capabilities {
    Capabilities {
        batching: Batching::new(2),
        limits: RateLimits::none(),
        classes: RequestClasses::default(),
        in_flight: 2,
        visibility_ms: 10_000,
        compares: true,
        confirms: true,
        creates_opted_out: true,
        max_field_chars: None,
        tag_rules: TagRules::default(),
        after_lost_write: after,
        after_lost_tags: after,
        after_lost_setup: AfterLost::Repeat,
        cannot_write: None,
    }
}

impl Bench {
    /// Four members, nothing to prepare, one wave.
    fn new(site: Capabilities) -> Self {
        let mut list = simulator::practice_list(4);
        list.header.setup = crate::changeset::Setup::default();
        let engine = Engine::new(RunContext {
            graph: graph::build(&list.header, None, Waves::Off, 10),
            access_tags: crate::run::AccessTags::new(&list.header),
            targets: list.header.targets.clone(),
            tags: list.header.tags.clone(),
            members: 4,
            site,
            contacts: None,
            progress: Progress {
                next_request: 1,
                ..Progress::default()
            },
            confirmed: BTreeSet::new(),
            goal: RunMode::CarryOut,
            yes: true,
            seed: 1,
            rules: Rules {
                retry: RetryPolicy {
                    attempts: 3,
                    ..Rules::default().retry
                },
                ..Rules::default()
            },
            planted: None,
        });
        Self {
            engine,
            list,
            now: BEGIN,
        }
    }

    fn on(&mut self, event: Event) -> Vec<Command> {
        self.engine.on(event, self.now)
    }

    /// Up to the intents of the first requests.
    fn begin(&mut self) -> Vec<Command> {
        assert!(matches!(self.on(Event::Start)[..], [Command::TakeLease]));
        let commands = self.on(Event::Leased(Ok(())));
        let load = commands.iter().find_map(|command| match command {
            Command::Load(load) => Some(*load),
            _ => None,
        });
        let members = self.list.members.clone();
        self.on(Event::Loaded {
            load: load.unwrap(),
            members,
            contact_ids: Vec::new(),
        })
    }

    /// Up to the first requests that are sent.
    fn send(&mut self) -> Vec<Arc<Request>> {
        let intents = self.begin();
        let ids = intents.iter().filter_map(|command| match command {
            Command::Write(Entry::Intent { request, .. }) => Some(*request),
            _ => None,
        });
        let ids: Vec<_> = ids.collect();
        ids.into_iter()
            .flat_map(|id| sends(&self.on(Event::Intended(id))))
            .collect()
    }

    fn answer(&mut self, request: &Request, result: Result<Answer, Fault>) -> Vec<Command> {
        self.on(Event::Answered {
            request: request.id,
            result,
        })
    }
}

fn sends(commands: &[Command]) -> Vec<Arc<Request>> {
    commands
        .iter()
        .filter_map(|command| match command {
            Command::Send { request, .. } => Some(Arc::clone(request)),
            _ => None,
        })
        .collect()
}

fn looks(commands: &[Command]) -> usize {
    commands
        .iter()
        .filter(|command| matches!(command, Command::Look { .. }))
        .count()
}

fn wake(commands: &[Command]) -> Option<Millis> {
    commands.iter().find_map(|command| match command {
        Command::Wake { at } => Some(*at),
        _ => None,
    })
}

fn end(commands: &[Command]) -> Option<&End> {
    commands.iter().find_map(|command| match command {
        Command::Finish(end) => Some(end),
        _ => None,
    })
}

fn seqs(request: &Request) -> Vec<Seq> {
    let Payload::Members(writes) = &request.payload else {
        return Vec::new();
    };
    writes.iter().map(|write| write.seq).collect()
}

fn all_done(request: &Request) -> Answer {
    let done = ItemOutcome::Confirmed { contact_id: None };
    Answer {
        items: seqs(request).into_iter().map(|seq| (seq, done.clone())).collect(),
        ..Answer::default()
    }
}

fn lost() -> Fault {
    Fault::Ambiguous {
        why: "cut".to_owned(),
    }
}

#[test]
fn nothing_is_sent_before_its_intent_is_durable() {
    let mut bench = Bench::new(capabilities(AfterLost::Repeat));
    let commands = bench.begin();
    assert!(sends(&commands).is_empty());
    let intents = commands
        .iter()
        .filter(|c| matches!(c, Command::Write(Entry::Intent { .. })));
    assert_eq!(intents.count(), 2, "as many as may be in flight");
}

#[test]
fn an_outcome_and_the_next_intent_are_written_together() {
    let mut bench = Bench::new(Capabilities {
        in_flight: 1,
        ..capabilities(AfterLost::Repeat)
    });
    let sent = bench.send();
    assert_eq!(sent.len(), 1);
    let commands = bench.answer(&sent[0], Ok(all_done(&sent[0])));
    let written: Vec<&str> = commands
        .iter()
        .filter_map(|command| match command {
            Command::Write(Entry::Outcome { .. }) => Some("outcome"),
            Command::Write(Entry::Intent { .. }) => Some("intent"),
            _ => None,
        })
        .collect();
    assert_eq!(written, ["outcome", "intent"]);
}

#[test]
fn a_system_that_asks_to_wait_is_left_alone_until_then() {
    let mut bench = Bench::new(capabilities(AfterLost::Repeat));
    let sent = bench.send();
    let commands = bench.answer(&sent[0], Err(Fault::Throttled { wait_ms: 7_000 }));
    assert_eq!(wake(&commands), Some(BEGIN + 7_000));
    bench.now += 6_999;
    assert!(sends(&bench.on(Event::Woken)).is_empty());
    bench.now += 1;
    assert_eq!(
        sends(&bench.on(Event::Woken))[0].id,
        sent[0].id,
        "the same request under the same id"
    );
}

/// Whether other requests go on while one member is being changed by somebody else.
fn others_go_on(planted: Option<PlantedBug>) -> bool {
    let mut bench = Bench::new(capabilities(AfterLost::Repeat));
    bench.engine.setting.planted = planted;
    let sent = bench.send();
    bench.answer(&sent[0], Err(Fault::Busy { wait_ms: 7_000 }));
    // The other request was not finished: its rest goes on as a request of its own.
    let part = in_part(
        &sent[1],
        Fault::Transient {
            why: "503".to_owned(),
        },
    );
    let commands = bench.answer(&sent[1], Ok(part));
    let rest = written(&commands).1[0].0;
    bench.on(Event::Intended(rest));
    bench.now += 6_000;
    let went = sends(&bench.on(Event::Woken))
        .iter()
        .any(|request| request.id == rest);
    bench.now += 9_000;
    let again = sends(&bench.on(Event::Woken));
    assert!(
        again.iter().any(|request| request.id == sent[0].id),
        "it is sent again"
    );
    went
}

#[test]
fn a_member_who_is_being_changed_holds_up_nobody_else() {
    assert!(others_go_on(None));
    assert!(!others_go_on(Some(PlantedBug::BusyStopsAll)));
}

#[test]
fn a_member_who_is_being_changed_for_ever_is_turned_away_and_the_run_goes_on() {
    let mut bench = Bench::new(capabilities(AfterLost::Repeat));
    let sent = bench.send();
    bench.answer(&sent[1], Ok(all_done(&sent[1])));
    let mut again = Arc::clone(&sent[0]);
    loop {
        let commands = bench.answer(&again, Err(Fault::Busy { wait_ms: 10 }));
        let Some(at) = wake(&commands) else {
            assert_eq!(end(&commands), Some(&End::Partly));
            break;
        };
        bench.now = at;
        again = sends(&bench.on(Event::Woken)).remove(0);
    }
    let tally = bench.engine.tally();
    let refused: Vec<Seq> = tally.exceptions.iter().map(|exception| exception.seq).collect();
    assert_eq!((tally.done, refused), (2, seqs(&sent[0])));
}

#[test]
fn a_wait_of_hours_ends_the_run_for_now_without_a_doubt() {
    let mut bench = Bench::new(capabilities(AfterLost::Repeat));
    let sent = bench.send();
    bench.answer(&sent[1], Ok(all_done(&sent[1])));
    let commands = bench.answer(
        &sent[0],
        Err(Fault::Throttled {
            wait_ms: 8 * 3_600_000,
        }),
    );
    assert!(matches!(end(&commands), Some(End::Quota { .. })));
    assert_eq!(bench.engine.open_intents(), 0);
}

#[test]
fn a_request_that_never_arrives_is_tried_with_growing_pauses_and_then_the_run_stops() {
    let mut bench = Bench::new(capabilities(AfterLost::Repeat));
    let sent = bench.send();
    bench.answer(&sent[1], Ok(all_done(&sent[1])));
    let mut pauses = Vec::new();
    let mut commands = Vec::new();
    for _ in 0..4 {
        commands = bench.answer(
            &sent[0],
            Err(Fault::Transient {
                why: "503".to_owned(),
            }),
        );
        if let Some(at) = wake(&commands) {
            pauses.push(at - bench.now);
            bench.now = at;
            assert_eq!(sends(&bench.on(Event::Woken)).len(), 1);
        }
    }
    assert_eq!(pauses.len(), 3);
    assert!(pauses.windows(2).all(|pair| pair[0] < pair[1]), "{pauses:?}");
    assert!(matches!(
        end(&commands),
        Some(End::Stopped { side: Side::Site, .. })
    ));
    assert_eq!(
        bench.engine.open_intents(),
        0,
        "nothing was done, so nothing is in doubt"
    );
}

#[test]
fn after_a_lost_answer_an_idempotent_request_is_sent_again() {
    let mut bench = Bench::new(capabilities(AfterLost::Repeat));
    let sent = bench.send();
    let commands = bench.answer(&sent[0], Err(lost()));
    bench.now = wake(&commands).unwrap();
    assert_eq!(sends(&bench.on(Event::Woken))[0], sent[0]);
}

#[test]
fn after_a_lost_answer_where_reads_are_strong_only_what_is_missing_is_sent_under_a_new_id() {
    let mut bench = Bench::new(capabilities(AfterLost::LookThenRepeat));
    let sent = bench.send();
    let commands = bench.answer(&sent[0], Err(lost()));
    bench.now = wake(&commands).unwrap();
    assert_eq!(looks(&bench.on(Event::Woken)), 1);
    let mut done = crate::run::simulator::world::World::new(capabilities(AfterLost::Repeat), true, 's');
    done.perform(&sent[0], 0, 0);
    let mut looked = done.look(&sent[0], 1);
    looked[1].1 = MemberState::default();
    let commands = bench.on(Event::Looked {
        request: sent[0].id,
        result: Ok(looked),
    });
    let statuses = commands.iter().find_map(|command| match command {
        Command::Write(Entry::Outcome { outcomes, .. }) => {
            Some(outcomes.iter().map(|o| o.0).collect::<Vec<_>>())
        }
        _ => None,
    });
    assert_eq!(statuses.unwrap(), [Status::Confirmed, Status::Again]);
    let again = commands.iter().find_map(|command| match command {
        Command::Write(Entry::Intent { request, .. }) => Some(*request),
        _ => None,
    });
    let again = again.unwrap();
    assert_ne!(again, sent[0].id);
    assert_eq!(seqs(&sends(&bench.on(Event::Intended(again)))[0]), [1]);
}

#[test]
fn after_a_lost_answer_where_reads_lag_the_look_waits_for_the_window() {
    let mut bench = Bench::new(capabilities(AfterLost::WaitThenLook));
    let sent = bench.send();
    let commands = bench.answer(&sent[0], Err(lost()));
    assert!(wake(&commands).unwrap() >= BEGIN + 10_000);
}

#[test]
fn what_may_only_be_sent_once_is_left_to_a_person() {
    let mut bench = Bench::new(capabilities(AfterLost::Never));
    let sent = bench.send();
    bench.answer(&sent[0], Err(lost()));
    bench.answer(&sent[1], Ok(all_done(&sent[1])));
    let tally = bench.engine.tally();
    assert_eq!((tally.done, tally.count(Status::Refused)), (2, 2));
}

#[test]
fn a_member_who_moved_is_held_back_and_the_others_go_on() {
    let mut bench = Bench::new(capabilities(AfterLost::Repeat));
    let sent = bench.send();
    let mut answer = all_done(&sent[0]);
    answer.items[0].1 = ItemOutcome::Moved {
        what: "first name".to_owned(),
    };
    bench.answer(&sent[0], Ok(answer));
    let commands = bench.answer(&sent[1], Ok(all_done(&sent[1])));
    assert_eq!(end(&commands), Some(&End::Partly));
    let tally = bench.engine.tally();
    assert_eq!((tally.done, tally.count(Status::Moved)), (3, 1));
}

#[test]
fn what_was_accepted_is_read_back_before_it_counts() {
    let mut bench = Bench::new(capabilities(AfterLost::Repeat));
    let sent = bench.send();
    bench.answer(&sent[1], Ok(all_done(&sent[1])));
    let mut answer = all_done(&sent[0]);
    for item in &mut answer.items {
        item.1 = ItemOutcome::Accepted { contact_id: None };
    }
    let commands = bench.answer(&sent[0], Ok(answer));
    assert_eq!((end(&commands), wake(&commands)), (None, Some(BEGIN + 10_000)));
    assert_eq!(bench.engine.tally().done, 2);
    bench.now += 10_000;
    let commands = bench.on(Event::Woken);
    let request = commands.iter().find_map(|command| match command {
        Command::Look { request, .. } => Some(Arc::clone(request)),
        _ => None,
    });
    let request = request.unwrap();
    let mut world = crate::run::simulator::world::World::new(capabilities(AfterLost::Repeat), true, 's');
    world.perform(&request, 0, 0);
    let result = Ok(world.look(&request, 1));
    let commands = bench.on(Event::Looked {
        request: request.id,
        result,
    });
    assert_eq!(end(&commands), Some(&End::Done));
}

#[test]
fn an_answer_that_leaves_a_member_out_stops_the_run_and_stays_in_doubt() {
    let mut bench = Bench::new(capabilities(AfterLost::Repeat));
    let sent = bench.send();
    let mut answer = all_done(&sent[0]);
    answer.items.pop();
    assert_eq!(
        end(&bench.answer(&sent[0], Ok(answer))),
        None,
        "the other request is under way"
    );
    let commands = bench.answer(&sent[1], Ok(all_done(&sent[1])));
    assert!(matches!(
        end(&commands),
        Some(End::Stopped {
            fault: Fault::Broken { .. },
            ..
        })
    ));
    let closed = commands.iter().any(|command| {
        matches!(command, Command::Write(Entry::Outcome { request: Some(id), .. }) if *id == sent[0].id)
    });
    assert!(!closed);
}

#[test]
fn the_same_answer_twice_counts_once() {
    let mut bench = Bench::new(capabilities(AfterLost::Repeat));
    let sent = bench.send();
    bench.answer(&sent[0], Ok(all_done(&sent[0])));
    assert!(bench.answer(&sent[0], Ok(all_done(&sent[0]))).is_empty());
    assert_eq!(bench.engine.tally().done, 2);
}

#[test]
fn the_first_interrupt_waits_for_what_is_in_flight_and_the_second_does_not() {
    let mut bench = Bench::new(capabilities(AfterLost::Repeat));
    let sent = bench.send();
    assert_eq!(end(&bench.on(Event::Interrupted)), None);
    assert_eq!(end(&bench.answer(&sent[0], Ok(all_done(&sent[0])))), None);
    let commands = bench.answer(&sent[1], Ok(all_done(&sent[1])));
    assert_eq!(end(&commands), Some(&End::Interrupted));

    let mut bench = Bench::new(capabilities(AfterLost::Repeat));
    bench.send();
    bench.on(Event::Interrupted);
    assert_eq!(end(&bench.on(Event::Interrupted)), Some(&End::Interrupted));
    assert_eq!(
        bench.engine.open_intents(),
        2,
        "in doubt, and looked at first by the next start"
    );
}

#[test]
fn an_interrupt_between_intent_and_sending_leaves_no_doubt() {
    let mut bench = Bench::new(capabilities(AfterLost::Repeat));
    let commands = bench.begin();
    bench.on(Event::Interrupted);
    let mut last = Vec::new();
    for command in &commands {
        if let Command::Write(Entry::Intent { request, .. }) = command {
            last = bench.on(Event::Intended(*request));
            assert!(sends(&last).is_empty());
        }
    }
    assert_eq!(
        (end(&last), bench.engine.open_intents()),
        (Some(&End::Interrupted), 0)
    );
}

#[test]
fn the_lease_is_renewed_with_what_is_sent() {
    let mut bench = Bench::new(capabilities(AfterLost::Repeat));
    bench.begin();
    bench.now += 100_000;
    let commands = bench.on(Event::Intended(crate::model::RequestId(1)));
    assert!(matches!(
        commands[..2],
        [Command::RenewLease, Command::Send { .. }]
    ));
}

#[test]
fn a_system_that_is_gone_ends_the_run() {
    let mut bench = Bench::new(capabilities(AfterLost::Repeat));
    bench.send();
    let commands = bench.on(Event::Gone {
        side: Side::Site,
        why: "the thread ended".to_owned(),
    });
    assert!(matches!(end(&commands), Some(End::Stopped { .. })));
}

#[test]
fn members_that_a_system_had_no_time_for_go_on_in_smaller_requests() {
    let mut bench = Bench::new(Capabilities {
        batching: Batching::new(4),
        in_flight: 1,
        ..capabilities(AfterLost::Repeat)
    });
    let first = bench.send().remove(0);
    let some = Answer {
        items: vec![(0, ItemOutcome::Confirmed { contact_id: None })],
        goes_on: true,
        ..Answer::default()
    };
    let commands = bench.answer(&first, Ok(some));
    let outcome = commands.iter().find_map(|command| match command {
        Command::Write(Entry::Outcome { outcomes, .. }) => Some(outcomes.clone()),
        _ => None,
    });
    let counts: Vec<(Status, u64)> = outcome
        .unwrap()
        .iter()
        .map(|(status, seqs)| (*status, seqs.len()))
        .collect();
    assert_eq!(
        counts,
        [(Status::Confirmed, 1), (Status::Again, 3)],
        "no doubt stays"
    );
    let intents: Vec<u64> = commands
        .iter()
        .filter_map(|command| match command {
            Command::Write(Entry::Intent { request, seqs, .. }) => {
                assert_ne!(*request, first.id, "other members are another request");
                Some(seqs.len())
            }
            _ => None,
        })
        .collect();
    assert_eq!(intents, [1], "one at a time, since it had time for one");
}

/// The first of two members is done, and then this happens.
fn in_part(request: &Request, fault: Fault) -> Answer {
    let mut answer = all_done(request);
    answer.items.truncate(1);
    Answer {
        rest: Some(fault),
        ..answer
    }
}

/// Members by what they have in common.
type Members<T> = Vec<(T, Vec<Seq>)>;

/// What is written down: outcomes of a request by status, and the members of an intent.
fn written(commands: &[Command]) -> (Members<Status>, Members<RequestId>) {
    let seqs = |set: &crate::model::SeqSet| (0..9).filter(|seq| set.contains(*seq)).collect::<Vec<Seq>>();
    let (mut outcomes, mut intents) = (Vec::new(), Vec::new());
    for command in commands {
        match command {
            Command::Write(Entry::Outcome { outcomes: some, .. }) => {
                outcomes.extend(some.iter().map(|(status, set)| (*status, seqs(set))));
            }
            Command::Write(Entry::Intent {
                request, seqs: set, ..
            }) => intents.push((*request, seqs(set))),
            _ => {}
        }
    }
    (outcomes, intents)
}

#[test]
fn what_was_answered_before_a_fault_stands_and_only_the_rest_is_in_doubt() {
    let mut bench = Bench::new(capabilities(AfterLost::LookThenRepeat));
    let sent = bench.send();
    let commands = bench.answer(&sent[0], Ok(in_part(&sent[0], lost())));
    let (outcomes, intents) = written(&commands);
    assert_eq!(outcomes, [(Status::Confirmed, vec![0])]);
    assert_eq!(intents.len(), 1, "in the same commit");
    let (rest, members) = &intents[0];
    assert!(*rest != sent[0].id && *members == [1]);
    assert_eq!(bench.engine.open_intents(), 2, "the rest, and the other request");
    assert!(sends(&commands).is_empty() && looks(&commands) == 0);
    let commands = bench.on(Event::Intended(*rest));
    bench.now = wake(&commands).unwrap();
    assert_eq!(
        looks(&bench.on(Event::Woken)),
        1,
        "a look before it is sent again"
    );
}

#[test]
fn the_rest_goes_the_way_of_the_fault_it_met() {
    let waits = Fault::Throttled { wait_ms: 7_000 };
    let nothing = Fault::Transient {
        why: "503".to_owned(),
    };
    for fault in [waits, nothing, lost()] {
        let mut bench = Bench::new(capabilities(AfterLost::Repeat));
        let sent = bench.send();
        let commands = bench.answer(&sent[0], Ok(in_part(&sent[0], fault.clone())));
        let rest = written(&commands).1[0].0;
        let commands = bench.on(Event::Intended(rest));
        assert!(sends(&commands).is_empty(), "{fault}");
        bench.now = wake(&commands).unwrap();
        let again = sends(&bench.on(Event::Woken));
        assert_eq!((again[0].id, seqs(&again[0])), (rest, vec![1]), "{fault}");
        bench.answer(&again[0], Ok(all_done(&again[0])));
        bench.answer(&sent[1], Ok(all_done(&sent[1])));
        assert_eq!(bench.engine.tally().done, 4, "{fault}");
    }
    let mut bench = Bench::new(capabilities(AfterLost::Repeat));
    let sent = bench.send();
    bench.answer(&sent[1], Ok(all_done(&sent[1])));
    let refused = Fault::Unauthorised {
        why: "401".to_owned(),
    };
    let commands = bench.answer(&sent[0], Ok(in_part(&sent[0], refused)));
    let rest = written(&commands).1[0].0;
    assert_eq!(end(&commands), None, "its intent is written down first");
    let commands = bench.on(Event::Intended(rest));
    assert!(matches!(end(&commands), Some(End::Stopped { .. })));
    assert_eq!(written(&commands).0, [(Status::Again, vec![1])]);
    assert_eq!((bench.engine.open_intents(), bench.engine.tally().done), (0, 3));
}

#[test]
fn a_fault_before_the_first_answer_is_that_of_the_whole_request() {
    let mut bench = Bench::new(capabilities(AfterLost::Repeat));
    let sent = bench.send();
    let none = Answer {
        rest: Some(lost()),
        ..Answer::default()
    };
    let commands = bench.answer(&sent[0], Ok(none));
    assert_eq!(written(&commands), (Vec::new(), Vec::new()));
    bench.now = wake(&commands).unwrap();
    assert_eq!(sends(&bench.on(Event::Woken))[0], sent[0]);
}

#[test]
fn members_for_whom_a_day_has_begun_that_changes_what_they_get_are_blocked_and_named() {
    let mut bench = Bench::new(capabilities(AfterLost::Repeat));
    bench.list.members[1].until = Some(BEGIN);
    bench.list.members[2].until = Some(BEGIN + 1);
    let commands = bench.begin();
    let blocked: Vec<_> = commands
        .iter()
        .filter_map(|command| match command {
            Command::Write(Entry::Outcome { exceptions, .. }) => Some(exceptions),
            _ => None,
        })
        .flatten()
        .map(|one| (one.seq, one.status))
        .collect();
    assert_eq!(blocked, [(1, Status::Moved)]);
    let sent: Vec<Seq> = commands
        .iter()
        .filter_map(|command| match command {
            Command::Write(Entry::Intent { seqs, .. }) => Some(seqs.iter().collect::<Vec<_>>()),
            _ => None,
        })
        .flatten()
        .collect();
    assert_eq!(sent, [0, 2, 3]);
}
