//! Laws over random exports of payments, through the library.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rehome::{
    model::RowBatch,
    plan::Plan,
    wanted::{Entitlement, RecordFold, Wanted},
};

use crate::support::plan::plan;

/// A row of payments, without its day.
#[derive(Debug, Clone)]
struct Payment {
    who: usize,
    kind: &'static str,
    status: &'static str,
    amount: &'static str,
    offer: &'static str,
    order: &'static str,
    id: u8,
}

fn payment() -> impl Strategy<Value = Payment> {
    (
        0..4usize,
        prop::sample::select(vec![
            "charge",
            "charge",
            "Subscription",
            "payment plan",
            "refund",
            "dispute",
        ]),
        prop::sample::select(vec!["succeeded", "succeeded", "succeeded", "failed", "Pending"]),
        prop::sample::select(vec!["", "10", "20.00", "$30"]),
        prop::sample::select(vec!["Course", "Club", "both"]),
        prop::sample::select(vec!["", "A", "B"]),
        0..20u8,
    )
        .prop_map(|(who, kind, status, amount, offer, order, id)| Payment {
            who,
            kind,
            status,
            amount,
            offer,
            order,
            id,
        })
}

fn address(who: usize) -> String {
    format!("person{who}@example.com")
}

/// A club and a course that payments grant, between two lists of people.
fn read_plan() -> Plan {
    plan("payments")
        .on("2026-12-01")
        .offering("course", "Course")
        .offering("club", "Club")
        .tag("vip", "VIP")
        .source("before")
        .each_row("tag = \"vip\"")
        .export("payments", "kajabi-transactions", "payments.csv")
        .toml("billing = \"old\"")
        .map_to(
            "Offer Title",
            [
                ("Course", "grant = 'course', tag = 'vip'"),
                ("Club", "grant = 'club'"),
                ("Both", "grant = 'club', tag = 'vip'"),
            ],
        )
        .source("after")
        .each_row("tag = \"vip\"")
        .read()
}

/// Rows of a source, cells by header.
fn take(gatherer: &mut RecordFold<'_>, source: u16, rows: &[BTreeMap<&str, String>]) {
    let columns = gatherer.slots(usize::from(source)).columns.clone();
    let mut batch = RowBatch::new(source, 0, columns.len());
    for (line, row) in (2u32..).zip(rows) {
        for column in &columns {
            let cell = column.names.iter().find_map(|name| row.get(name.as_str()));
            batch.cell(cell.map_or("", String::as_str));
        }
        batch.end_row(line, None);
    }
    gatherer.take(&batch);
}

fn gather(plan: &Plan, before: &[usize], payments: &[(usize, Payment)], after: &[usize]) -> Wanted {
    let mut gatherer = RecordFold::new(plan, jiff::civil::date(2026, 12, 1), 0);
    let people = |list: &[usize]| -> Vec<BTreeMap<&str, String>> {
        list.iter()
            .map(|who| BTreeMap::from([("Email", address(*who))]))
            .collect()
    };
    take(&mut gatherer, 0, &people(before));
    let rows: Vec<BTreeMap<&str, String>> = payments
        .iter()
        .map(|(day, one)| {
            BTreeMap::from([
                ("Customer Email", address(one.who)),
                ("Type", one.kind.to_owned()),
                ("Status", one.status.to_owned()),
                ("Amount", one.amount.to_owned()),
                ("Offer Title", one.offer.to_owned()),
                ("Order No.", one.order.to_owned()),
                (
                    "ID",
                    if one.id < 3 {
                        one.id.to_string()
                    } else {
                        String::new()
                    },
                ),
                (
                    "Created At",
                    format!("2026-{:02}-{:02} 10:00:00 -0700", 1 + day / 28, 1 + day % 28),
                ),
            ])
        })
        .collect();
    take(&mut gatherer, 1, &rows);
    take(&mut gatherer, 2, &people(after));
    gatherer.finish().unwrap()
}

fn entitlements(wanted: &Wanted) -> BTreeMap<String, Entitlement> {
    (0..wanted.len())
        .filter_map(|at| wanted.get(at))
        .map(|member| {
            let entitlement = wanted.entitlements().get(member.entitlement).clone();
            (member.email.to_owned(), entitlement)
        })
        .collect()
}

proptest! {
    #[test]
    fn records_and_members_add_up_and_every_member_has_its_records(
        before in prop::collection::vec(0..6usize, 0..4),
        payments in prop::collection::vec(payment(), 0..16),
        after in prop::collection::vec(0..6usize, 0..4),
    ) {
        let plan = read_plan();
        let payments: Vec<(usize, Payment)> = payments.into_iter().enumerate().collect();
        let wanted = gather(&plan, &before, &payments, &after);
        prop_assert!(wanted.problems.events.is_empty() && wanted.problems.cells.is_empty());
        prop_assert!(wanted.accounting.adds_up(), "{:?}", wanted.accounting);
        let known = |place: usize, list: &[usize]| list.iter().filter(|who| address(**who) == wanted.get(place).unwrap().email).count();
        for place in 0..wanted.len() {
            let records = wanted.records(place);
            let paid = payments.iter().filter(|(_, one)| address(one.who) == wanted.get(place).unwrap().email).count();
            prop_assert_eq!(records.len(), known(place, &before) + paid + known(place, &after));
            prop_assert!(records.is_sorted_by_key(|(record, _)| *record));
            let counts = |at: usize| wanted.payments.outcomes.get(records[at].0).is_none_or(|fate| !fate.is_ignored());
            prop_assert!((0..records.len()).any(counts), "somebody whom only ignored records name");
        }
        for line in wanted.payments.billing.lines() {
            let member = wanted.get(line.member).unwrap();
            let grants = &wanted.entitlements().get(member.entitlement).grants;
            prop_assert!(grants.contains_key(&line.offering));
        }
        let paying: std::collections::BTreeSet<usize> = wanted.payments.billing.lines().map(|line| line.member).collect();
        prop_assert_eq!(paying.len() as u64, wanted.accounting.billing_old);
    }

    #[test]
    fn payments_in_any_order_of_rows_entitle_to_the_same(
        (payments, shuffled) in prop::collection::vec(payment(), 0..16).prop_flat_map(|payments| {
            let payments: Vec<(usize, Payment)> = payments.into_iter().enumerate().collect();
            (Just(payments.clone()), Just(payments).prop_shuffle())
        }),
    ) {
        let plan = read_plan();
        let one = entitlements(&gather(&plan, &[], &payments, &[]));
        let other = entitlements(&gather(&plan, &[], &shuffled, &[]));
        prop_assert_eq!(one, other);
    }

    #[test]
    fn a_charge_that_is_refunded_is_as_if_it_never_was_but_for_what_has_ended(
        payments in prop::collection::vec(payment(), 0..10),
    ) {
        let plan = read_plan();
        let mut payments: Vec<(usize, Payment)> = payments.into_iter().enumerate().collect();
        let without = entitlements(&gather(&plan, &[0, 1, 2, 3], &payments, &[]));
        let own = |kind| Payment { who: 1, kind, status: "succeeded", amount: "49", offer: "Course", order: "own", id: 19 };
        payments.push((100, own("charge")));
        payments.push((101, own("refund")));
        let mut with = entitlements(&gather(&plan, &[0, 1, 2, 3], &payments, &[]));
        let member = with.get_mut(&address(1)).unwrap();
        prop_assert!(member.ended.contains(&0));
        if !without[&address(1)].ended.contains(&0) {
            member.ended.remove(&0);
        }
        prop_assert_eq!(with, without);
    }
}
