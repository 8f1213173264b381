//! The worked plan of a club whose billing stays behind, and the wrong words of an export of payments.

use std::fs;

use crate::{
    env::{TestEnv, golden},
    support::plan::plan,
};

const HEADER: &str =
    "ID,Amount,Currency,Type,Status,Created At,Customer Name,Customer Email,Offer Title,Order No.\n";

/// A plan of one course whose payments are these rows.
fn payments(rows: &str) -> TestEnv {
    plan("small")
        .on("2026-12-01")
        .offering("course", "Course")
        .export("payments", "kajabi-transactions", "payments.csv")
        .map("Offer Title", [("Course", "course")])
        .env()
        .and_file("payments.csv", format!("{HEADER}{rows}"))
}

#[test]
fn a_club_whose_billing_stays_behind() {
    let env = TestEnv::worked("staying-billing");
    env.verb("plan", &["--lists", "lists"])
        .exits(0)
        .is("staying-billing-plan");
    let billing = fs::read_to_string(env.path("lists/billing-old.csv"))
        .or_else(|_| fs::read_to_string("lists/billing-old.csv"))
        .unwrap();
    golden("staying-billing-list", &billing);
    env.apply().exits(0);
    env.verb("plan", &["--detailed-exitcode"])
        .exits(0)
        .says("Nothing to do");
}

#[test]
fn a_story_says_what_became_of_every_payment() {
    let env = TestEnv::worked("staying-billing");
    let mut text = String::new();
    for name in [
        "wim.young",
        "xenia.zanetti",
        "yara.ames",
        "zeno.boyd",
        "celia.egan",
        "fleur.holm",
        "ivo.katz",
    ] {
        let ran = env.verb("explain", &[&format!("{name}@example.com")]).exits(0);
        let records = ran.stdout.split("\n2. ").next().unwrap().to_owned();
        text.push_str(&records);
        text.push('\n');
    }
    golden("staying-billing-stories", &text);
    env.verb("explain", &["alba.cruz@example.com"])
        .exits(0)
        .says("not in any source of this plan");
}

#[test]
fn a_refund_between_two_runs_takes_back_what_the_charge_had_granted_and_nothing_else() {
    let env = payments(
        "1,49.00,USD,charge,succeeded,2026-11-01 09:00:00 -0700,Ana Moll,ana@example.com,Course,A\n\
         2,49.00,USD,charge,succeeded,2026-11-01 09:00:00 -0700,Bo Sund,bo@example.com,Course,B\n",
    );
    env.apply().exits(0);
    let later = fs::read_to_string(env.path("payments.csv")).unwrap()
        + "3,49.00,USD,refund,succeeded,2026-11-20 09:00:00 -0700,Ana Moll,ana@example.com,Course,A\n";
    env.write("payments.csv", later);
    env.verb("plan", &[])
        .exits(4)
        .says("1 member LOSES ACCESS: ana@example.com");
    env.change_plan(
        "[offerings.course]",
        "[policy.limits]\nlost_access = 1\n\n[offerings.course]",
    );
    env.apply().exits(0);
    let members = env.verb("members", &["--format", "json"]).exits(0).json();
    let offerings: Vec<String> = members["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {}", one["email"], one["offerings"]))
        .collect();
    assert_eq!(
        offerings,
        ["\"ana@example.com\" []", "\"bo@example.com\" [\"course\"]"]
    );
}

#[test]
fn what_is_not_understood_of_a_payment_is_shown_once_with_its_count() {
    let env = payments(
        "1,49.00,USD,charge,succeeded,2026-11-01 09:00:00 -0700,Ana Moll,ana@example.com,Course,A\n\
         2,49.00,USD,reversal,succeeded,2026-11-02 09:00:00 -0700,Ana Moll,ana@example.com,Course,A\n\
         3,49.00,USD,Reversal,succeeded,2026-11-03 09:00:00 -0700,Bo Sund,bo@example.com,Course,B\n\
         4,49.00,USD,charge,declined,2026-11-04 09:00:00 -0700,Bo Sund,bo@example.com,Course,B\n\
         5,forty,USD,charge,succeeded,2026-11-05 09:00:00 -0700,Bo Sund,bo@example.com,Course,B\n\
         6,-9,USD,charge,succeeded,2026-11-05 09:00:00 -0700,Bo Sund,bo@example.com,Course,B\n\
         7,49.00,USD,charge,succeeded,,Bo Sund,bo@example.com,Course,B\n\
         8,49.00,USD,charge,,2026-11-06 09:00:00 -0700,Bo Sund,bo@example.com,Course,B\n\
         9,49.00,USD,charge,succeeded,last week,Bo Sund,bo@example.com,Course,B\n",
    );
    env.verb("plan", &[]).exits(1).is("D011-unclear-event");
    env.change_plan(
        "file = \"payments.csv\"",
        "file = \"payments.csv\"\nevents = { refund = \"reversal\", failed = [\"declined\"] }",
    );
    env.verb("plan", &[])
        .exits(1)
        .never_says("eversal")
        .never_says("declined")
        .says("forty");
}

#[test]
fn a_failed_payment_needs_a_line_of_the_map_too() {
    let env =
        payments("1,49.00,USD,charge,failed,2026-11-01 09:00:00 -0700,Ana Moll,ana@example.com,Other,A\n");
    env.verb("plan", &[])
        .exits(1)
        .says("\"Other\" has no entry in the plan");
}

#[test]
fn an_amount_with_a_comma_is_read_once_the_plan_says_what_it_stands_for() {
    let env = payments(
        "1,\"49,00\",EUR,charge,succeeded,2026-11-01 09:00:00 -0700,Ana Moll,ana@example.com,Course,A\n\
         2,\"49,00\",EUR,refund,succeeded,2026-11-02 09:00:00 -0700,Ana Moll,ana@example.com,Course,A\n\
         3,\"1.089,00\",EUR,charge,succeeded,2026-11-01 09:00:00 -0700,Bo Sund,bo@example.com,Course,B\n\
         4,\"89,00\",EUR,refund,succeeded,2026-11-02 09:00:00 -0700,Bo Sund,bo@example.com,Course,B\n",
    );
    let remedy = "in [sources.payments]: numbers = { decimal = \",\" }";
    env.verb("plan", &[]).exits(1).says(remedy);
    env.change_plan(
        "file = \"payments.csv\"",
        "file = \"payments.csv\"\nnumbers = { decimal = \",\" }",
    );
    env.verb("plan", &["--summary"])
        .exits(0)
        .says("1 member gains access: bo@example.com");
    env.verb("explain", &["bo@example.com"])
        .exits(0)
        .says("partly refunded");
}

#[test]
fn a_payment_that_failed_names_nobody_and_is_not_said_to_grant() {
    let env = payments(
        "1,49.00,EUR,charge,failed,2026-11-01 09:00:00 -0700,Anne Mole,ana@example.com,Course,A\n\
         2,49.00,EUR,charge,succeeded,2026-11-02 09:00:00 -0700,Ana Moll,ana@example.com,Course,A\n",
    );
    env.verb("explain", &["ana@example.com"])
        .exits(0)
        .says("Offer Title \"Course\" -> would grant course if the payment counted")
        .says("first name \"Ana\"  (payments.csv:3, split from the full name)")
        .never_says("Anne");
}
