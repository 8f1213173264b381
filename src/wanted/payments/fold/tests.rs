//! What becomes of payments and refunds.

use proptest::prelude::*;

use super::*;

/// A text such as `1 charge 49 #A`: the day, what it is, the amount (`-` for blank), the order, `@` and a
/// currency, `!` and its own number.
fn events(lines: &[&str]) -> Vec<Event> {
    let each = (1..).zip(lines).map(|(line, text)| {
        let words: Vec<&str> = text.split(' ').collect();
        let after = |sign: char| {
            let word = words.iter().find(|word| word.starts_with(sign));
            word.map_or(0, |word| {
                word.bytes().fold(7, |sum, byte| sum * 31 + u64::from(byte))
            })
        };
        let what = match words[1] {
            "charge" => What::Charge,
            "given-back" => What::ChargeGivenBack,
            "refund" => What::Refund,
            "chargeback" => What::Chargeback,
            "failed" => What::Failed,
            _ => What::Pending,
        };
        Event {
            person: 0,
            product: 0,
            record: RecordRef {
                source: 0,
                file: 0,
                line,
            },
            at: words[0].parse().expect("a day"),
            id: after('!'),
            order: after('#'),
            amount: Number::whole(words[2].parse().unwrap_or_default()),
            has_amount: words[2] != "-",
            what,
            currency: u16::try_from(after('@') % 1000).expect("small"),
            gives: EntitlementId::default(),
        }
    });
    each.collect()
}

/// What became of each line, in the order of the lines.
fn fates(lines: &[&str]) -> Vec<String> {
    let mut events = events(lines);
    let fates = fold(&mut events);
    let mut list: Vec<(RecordRef, PaymentOutcome)> =
        events.iter().map(|event| event.record).zip(fates).collect();
    list.sort_by_key(|(record, _)| *record);
    let words = list.into_iter().map(|(_, fate)| match fate {
        PaymentOutcome::Stands => "stands".to_owned(),
        PaymentOutcome::PartlyRefunded { by } => format!("partly by {}", by.line),
        PaymentOutcome::Refunded { by: Some(by) } => format!("refunded by {}", by.line),
        PaymentOutcome::Refunded { by: None } => "refunded".to_owned(),
        PaymentOutcome::ChargedBack { by } => format!("charged back by {}", by.line),
        PaymentOutcome::Takes { from } => format!("takes {}", from.line),
        PaymentOutcome::TakesPart { from } => format!("part of {}", from.line),
        PaymentOutcome::NoCharge => "no charge".to_owned(),
        PaymentOutcome::Failed => "failed".to_owned(),
        PaymentOutcome::Pending => "pending".to_owned(),
        PaymentOutcome::Repeats { first } => format!("repeats {}", first.line),
    });
    words.collect()
}

#[test]
fn an_event_takes_sixty_four_bytes() {
    assert!(size_of::<Event>() <= 64, "{}", size_of::<Event>());
}

#[test]
fn a_full_refund_takes_its_charge_back() {
    assert_eq!(
        fates(&["1 charge 49", "2 refund 49"]),
        ["refunded by 2", "takes 1"]
    );
}

#[test]
fn a_part_refunded_leaves_the_charge_and_parts_that_sum_up_take_it_back() {
    assert_eq!(
        fates(&["1 charge 49", "2 refund 20"]),
        ["partly by 2", "part of 1"]
    );
    assert_eq!(
        fates(&["1 charge 49", "2 refund 20", "3 refund 29"]),
        ["refunded by 3", "part of 1", "takes 1"]
    );
}

#[test]
fn a_refund_finds_the_charge_of_its_order_else_the_latest_before_it() {
    let two = ["1 charge 49 #A", "2 charge 49 #B"];
    assert_eq!(
        fates(&[two[0], two[1], "3 refund 49 #A"])[..2],
        ["refunded by 3", "stands"]
    );
    assert_eq!(
        fates(&[two[0], two[1], "3 refund 49"])[..2],
        ["stands", "refunded by 3"]
    );
    assert_eq!(
        fates(&[two[0], two[1], "3 refund 49 #C"])[..2],
        ["stands", "stands"]
    );
    assert_eq!(
        fates(&["1 charge 49", two[1], "3 refund 49 #C"]),
        ["refunded by 3", "stands", "takes 1"]
    );
}

#[test]
fn a_charge_after_the_refund_is_not_the_one_refunded() {
    assert_eq!(
        fates(&["1 charge 49", "2 refund 49", "3 charge 49"]),
        ["refunded by 2", "takes 1", "stands"]
    );
    assert_eq!(fates(&["2 refund 49", "3 charge 49"]), ["no charge", "stands"]);
}

#[test]
fn of_one_moment_the_charge_comes_first() {
    assert_eq!(
        fates(&["1 refund 49", "1 charge 49"]),
        ["takes 2", "refunded by 1"]
    );
}

#[test]
fn a_second_refund_takes_the_charge_before() {
    assert_eq!(
        fates(&[
            "1 charge 49",
            "2 charge 49",
            "3 refund 49",
            "4 refund 49",
            "5 refund 49"
        ]),
        [
            "refunded by 4",
            "refunded by 3",
            "takes 2",
            "takes 1",
            "no charge"
        ]
    );
}

#[test]
fn one_refund_of_several_payments_takes_all_that_it_covers() {
    assert_eq!(
        fates(&["1 charge 30", "2 charge 30", "3 charge 30", "4 refund 65"]),
        ["stands", "refunded by 4", "refunded by 4", "takes 3"]
    );
}

#[test]
fn a_refund_without_an_amount_is_of_the_whole_charge() {
    assert_eq!(
        fates(&["1 charge 49", "2 refund -"]),
        ["refunded by 2", "takes 1"]
    );
}

#[test]
fn a_chargeback_takes_back_whatever_its_amount() {
    assert_eq!(
        fates(&["1 charge 49", "2 chargeback 5"]),
        ["charged back by 2", "takes 1"]
    );
}

#[test]
fn a_free_charge_stands_and_money_is_not_given_back_from_it() {
    assert_eq!(fates(&["1 charge 0"]), ["stands"]);
    assert_eq!(
        fates(&["1 charge 49", "2 charge -", "3 refund 49"]),
        ["refunded by 3", "stands", "takes 1"]
    );
    assert_eq!(fates(&["1 charge 0", "2 refund 0"]), ["refunded by 2", "takes 1"]);
    assert_eq!(
        fates(&["1 charge - #A", "2 refund 9 #A"]),
        ["refunded by 2", "takes 1"]
    );
}

#[test]
fn a_refund_of_nothing_takes_nothing() {
    assert_eq!(fates(&["1 charge 49", "2 refund 0"])[0], "partly by 2");
}

#[test]
fn money_of_another_currency_is_not_compared() {
    assert_eq!(
        fates(&["1 charge 49 @USD", "2 refund 49 @EUR"]),
        ["stands", "no charge"]
    );
    assert_eq!(
        fates(&["1 charge 49 @USD", "2 refund 49"]),
        ["refunded by 2", "takes 1"]
    );
}

#[test]
fn what_failed_or_waits_is_no_charge_and_no_refund() {
    assert_eq!(
        fates(&["1 charge 49", "2 failed 49", "3 pending 49", "4 refund 49"]),
        ["refunded by 4", "failed", "pending", "takes 1"]
    );
    assert_eq!(fates(&["1 failed 49", "2 refund 49"]), ["failed", "no charge"]);
}

#[test]
fn a_charge_whose_own_row_says_so_is_taken_back_and_its_refund_row_takes_no_other() {
    assert_eq!(fates(&["1 given-back 49"]), ["refunded"]);
    assert_eq!(
        fates(&["1 charge 49", "2 given-back 49", "3 refund 49"]),
        ["stands", "refunded by 3", "takes 2"]
    );
}

#[test]
fn the_same_event_in_two_exports_counts_once() {
    assert_eq!(
        fates(&[
            "1 charge 49 !1",
            "2 refund 20 !2",
            "1 charge 49 !1",
            "2 refund 20 !2"
        ]),
        ["partly by 2", "part of 1", "repeats 1", "repeats 2"]
    );
    assert_eq!(
        fates(&["1 charge 49 !1", "1 given-back 49 !1"]),
        ["refunded by 2", "takes 1"]
    );
}

#[test]
fn other_members_and_products_are_left_alone() {
    let mut all = events(&["1 charge 49", "1 charge 49", "1 charge 49", "2 refund 49"]);
    all[1].person = 1;
    all[2].product = 1;
    let fates = fold(&mut all);
    let void: Vec<u32> = all
        .iter()
        .zip(fates)
        .filter(|(_, fate)| fate.is_void())
        .map(|(event, _)| event.record.line)
        .collect();
    assert_eq!(void, [1]);
}

#[test]
fn many_events_of_one_member_take_linear_time() {
    let mut lines = Vec::new();
    for at in 0..40_000 {
        lines.push(format!("{at} charge 49 #{}", at % 3));
    }
    for at in 40_000..80_000 {
        lines.push(format!("{at} refund 49"));
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let fates = fates(&lines);
    assert!(fates[..40_000].iter().all(|fate| fate.starts_with("refunded")));
}

fn any_line() -> impl Strategy<Value = String> {
    let what = prop::sample::select(vec![
        "charge",
        "charge",
        "charge",
        "given-back",
        "refund",
        "refund",
        "chargeback",
        "failed",
        "pending",
    ]);
    let order = prop::sample::select(vec!["", " #A", " #B"]);
    let currency = prop::sample::select(vec!["", "", " @USD", " @EUR"]);
    (what, 0..4i64, order, currency).prop_map(|(what, amount, order, currency)| {
        let amount = if amount == 0 {
            "-".to_owned()
        } else {
            (amount * 10).to_string()
        };
        format!("{what} {amount}{order}{currency}")
    })
}

proptest! {
    #[test]
    fn rows_in_any_order_fold_alike_where_their_dates_differ(
        (lines, shuffled) in prop::collection::vec(any_line(), 0..12).prop_flat_map(|lines| {
            let lines: Vec<String> = (1..).zip(lines).map(|(day, line)| format!("{day} {line}")).collect();
            (Just(lines.clone()), Just(lines).prop_shuffle())
        }),
    ) {
        let by_day = |lines: &[String]| {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let mut events = events(&lines);
            let fates = fold(&mut events);
            let mut list: Vec<(i64, bool, bool, bool)> = events
                .iter()
                .zip(fates)
                .map(|(event, fate)| (event.at, fate.stands(), fate.is_void(), fate.is_ignored()))
                .collect();
            list.sort_unstable();
            list
        };
        prop_assert_eq!(by_day(&lines), by_day(&shuffled));
    }

    #[test]
    fn a_charge_and_its_whole_refund_change_nothing_of_the_others(
        lines in prop::collection::vec(any_line(), 0..12),
        at in any::<prop::sample::Index>(),
    ) {
        let numbered = |lines: &[String]| -> Vec<String> {
            (1..).zip(lines).map(|(day, line)| format!("{day} {line}")).collect()
        };
        let at = at.index(lines.len() + 1);
        let mut more = lines.clone();
        more.insert(at, "charge 49 #own".to_owned());
        more.insert(at + 1, "refund 49 #own".to_owned());
        let (lines, more) = (numbered(&lines), numbered(&more));
        let texts = |lines: &[String]| -> Vec<bool> {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let mut events = events(&lines);
            let fates = fold(&mut events);
            let mut stands: Vec<(u32, bool)> =
                events.iter().zip(fates).map(|(event, fate)| (event.record.line, fate.stands())).collect();
            stands.sort_unstable();
            stands.into_iter().map(|(_, stands)| stands).collect()
        };
        let mut with = texts(&more);
        prop_assert!(!with.remove(at) && !with.remove(at));
        prop_assert_eq!(with, texts(&lines));
    }
}
