//! Pacing as a value: times in, times out.

use super::*;
use crate::systems::RateLeft;

const NOW: u64 = 1_700_000_000_000;

fn per_minute(rate: u32, share: u16) -> Pacer {
    Pacer::new(&RateLimits::none().and(rate, RateSpan::Minute), share)
}

/// Sends as fast as the pacer lets, for so long; gives when each went out.
fn times(pacer: &mut Pacer, from_ms: u64, for_ms: u64, class: Option<&str>) -> Vec<u64> {
    let (mut now, mut sent) = (from_ms, Vec::new());
    loop {
        now += pacer.next(now, class);
        if now >= from_ms + for_ms {
            return sent;
        }
        sent.push(now);
        pacer.learn(now, &RateReport::default());
    }
}

fn sent(pacer: &mut Pacer, from_ms: u64, for_ms: u64) -> u64 {
    times(pacer, from_ms, for_ms, None).len() as u64
}

fn refused() -> RateReport {
    RateReport {
        throttle: Some(Throttle::Rate),
        ..RateReport::default()
    }
}

#[test]
fn the_chosen_share_of_the_rate_is_kept_within_five_percent() {
    for (rate, share) in [(600, 600), (600, 1_000), (240, 500), (10_000, 333), (7, 1_000)] {
        let minutes = 30;
        let wanted = u64::from(rate) * u64::from(share) * minutes / 1_000;
        let sent = sent(&mut per_minute(rate, share), NOW, minutes * 60_000);
        assert!(
            sent * 100 <= wanted * 105 && sent * 100 >= wanted * 95,
            "{sent} of {wanted}"
        );
    }
}

#[test]
fn several_limits_hold_at_the_same_time_and_the_strictest_decides() {
    let limits = RateLimits::none()
        .and(10, RateSpan::Second)
        .and(240, RateSpan::Minute)
        .and(3_600, RateSpan::Hour)
        .and(2_000, RateSpan::Day { resets_at: 0 });
    let mut pacer = Pacer::new(&limits, 1_000);
    let begin = begin_of(day_of(NOW * 1_000, 0), 0) / 1_000;
    let sent = times(&mut pacer, begin, 2 * 86_400_000, None);
    for (span_ms, most) in [(1_000, 10), (60_000, 240), (3_600_000, 3_600)] {
        for (index, first) in sent.iter().enumerate().step_by(7) {
            let within = sent[index..]
                .iter()
                .take_while(|at| **at < first + span_ms)
                .count() as u64;
            assert!(within <= most + BURST, "{within} in {span_ms} ms");
        }
    }
    let first_day = sent.iter().filter(|at| **at < begin + 86_400_000).count();
    assert_eq!((first_day, sent.len()), (2_000, 4_000), "a day's quota each day");
    // An hour allows one a second: the quota lasts for less than an hour of the day.
    assert!(sent[1_999] < begin + 3_600_000, "{}", sent[1_999] - begin);
}

#[test]
fn a_class_has_its_own_limit_and_counts_in_those_of_all() {
    let limits = RateLimits::none()
        .and(600, RateSpan::Minute)
        .and_of("imports", 20, RateSpan::Minute);
    let minutes = |class| times(&mut Pacer::new(&limits, 1_000), NOW, 600_000, class).len();
    assert!((190..=210).contains(&minutes(Some("imports"))));
    assert!((5_900..=6_100).contains(&minutes(Some("reads"))));
    assert!((5_900..=6_100).contains(&minutes(None)));
    let mut pacer = Pacer::new(&limits, 1_000);
    for _ in 0..8 {
        pacer.next(NOW, Some("imports"));
    }
    assert!(pacer.next(NOW, Some("imports")) >= 3_000);
    assert!(
        pacer.next(NOW, None) < 3_000,
        "others need not wait for the imports' own limit"
    );
}

#[test]
fn a_used_up_quota_waits_for_the_hour_of_its_reset_and_takes_no_place_meanwhile() {
    let limits = RateLimits::none().and(3, RateSpan::Day { resets_at: 5 });
    let day = day_of(NOW * 1_000, 5);
    let five = begin_of(day + 1, 5) / 1_000;
    assert_eq!(five / 3_600_000 % 24, 5);
    let mut pacer = Pacer::new(&limits, 1_000);
    assert!((0..3).all(|_| pacer.turn(NOW, None, 60_000) == Ok(0)));
    let kept: Pacer = serde_json::from_str(&serde_json::to_string(&pacer).unwrap()).unwrap();
    let mut pacer = Pacer::new(&limits, 1_000).or_kept(kept);
    for _ in 0..9 {
        assert_eq!(pacer.turn(NOW, None, 60_000), Err(five - NOW));
    }
    assert!((0..3).all(|_| pacer.turn(five, None, 0) == Ok(0)));
    assert_eq!(pacer.turn(five, None, 0), Err(86_400_000));
    assert_eq!(Pacer::new(&limits, 500).quota(&limits.all()[0]), 1);
}

#[test]
fn what_the_server_says_is_left_of_a_quota_counts_where_it_is_less() {
    let per = RateSpan::Day { resets_at: 0 };
    let mut pacer = Pacer::new(&RateLimits::none().and(100, per), 1_000);
    let left = |left| RateReport {
        left: vec![RateLeft::new(per, left)],
        ..RateReport::default()
    };
    pacer.learn(NOW, &left(1));
    pacer.learn(NOW, &left(90));
    assert_eq!(pacer.turn(NOW, None, 0), Ok(0));
    assert!(pacer.turn(NOW, None, 0).is_err());
}

#[test]
fn a_refusal_for_the_rate_lowers_the_pace_and_it_recovers_slowly() {
    let mut pacer = per_minute(600, 1_000);
    let wait = Some(Duration::from_secs(7));
    pacer.learn(0, &RateReport { wait, ..refused() });
    assert_eq!(pacer.next(0, None), 7_000);
    assert_eq!(pacer.per_minute(), Some(420.0));
    for _ in 0..50 {
        pacer.learn(8_000, &RateReport::default());
    }
    assert_eq!(pacer.per_minute(), Some(540.0));
    for _ in 0..1_000 {
        pacer.learn(8_000, &refused());
    }
    assert_eq!(pacer.per_minute(), Some(30.0));
}

#[test]
fn a_refusal_for_a_quota_or_the_same_person_leaves_the_pace_as_it_is() {
    for (throttle, waits) in [(Throttle::Quota, 9_000), (Throttle::SamePerson, 0)] {
        let mut pacer = per_minute(600, 1_000);
        let report = RateReport {
            wait: Some(Duration::from_secs(9)),
            throttle: Some(throttle),
            ..RateReport::default()
        };
        pacer.learn(0, &report);
        assert_eq!((pacer.per_minute(), pacer.next(0, None)), (Some(600.0), waits));
    }
}

#[test]
fn no_limit_is_no_wait_and_an_empty_window_is_waited_out() {
    let mut pacer = Pacer::unlimited();
    assert!((0..100).all(|_| pacer.next(5, None) == 0));
    let mut pacer = per_minute(60, 1_000);
    let report = RateReport {
        left: vec![RateLeft::new(RateSpan::Minute, 0)],
        ..RateReport::default()
    };
    pacer.learn(0, &report);
    assert_eq!(pacer.next(0, None), 1_000);
}

#[test]
fn what_the_server_says_of_a_class_holds_up_that_class_alone() {
    let limits = RateLimits::none()
        .and(600, RateSpan::Minute)
        .and_of("imports", 60, RateSpan::Minute);
    let told = RateReport {
        left: vec![
            RateLeft::new(RateSpan::Minute, 500),
            RateLeft::of_class("imports", RateSpan::Minute, 0),
        ],
        ..RateReport::default()
    };
    let refused = RateReport {
        wait: Some(Duration::from_secs(7)),
        class: Some("imports"),
        throttle: Some(Throttle::Quota),
        ..RateReport::default()
    };
    for (report, waits) in [(told, 1_000), (refused, 7_000)] {
        let mut pacer = Pacer::new(&limits, 1_000);
        pacer.learn(NOW, &report);
        assert_eq!(pacer.next(NOW, Some("imports")), waits);
        assert_eq!(pacer.next(NOW, None), 0);
    }
}

#[test]
fn a_clock_set_back_does_not_stop_the_pace() {
    let limits = RateLimits::none()
        .and(600, RateSpan::Minute)
        .and(9, RateSpan::Day { resets_at: 0 });
    let mut pacer = Pacer::new(&limits, 1_000);
    pacer.next(2_000_000_000_000, None);
    assert!(pacer.next(1_000_000_000_000, None) <= 64 * 100);
}

#[test]
fn what_was_learned_is_kept_over_a_restart_only_for_the_same_limits() {
    let mut pacer = per_minute(600, 500);
    pacer.learn(0, &refused());
    let kept: Pacer = serde_json::from_str(&serde_json::to_string(&pacer).unwrap()).unwrap();
    assert_eq!(per_minute(600, 500).or_kept(kept.clone()), pacer);
    assert_eq!(per_minute(600, 900).or_kept(kept).per_minute(), Some(540.0));
}
