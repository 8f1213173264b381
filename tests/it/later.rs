//! The second set of the worked example: what changed at the source and by hand on the site meanwhile.

use std::fs;

use crate::{env::TestEnv, whole_way::doubled_effects};

/// Applied once; then the staff worked on the site, and new exports came.
fn weeks_later() -> TestEnv {
    let env = TestEnv::lumen();
    env.apply().exits(0);
    env.the_later_exports_arrive();
    env.on_the_site(&fs::read_to_string(env.path("by-hand.sql")).unwrap());
    env
}

#[test]
fn the_later_set_shows_who_gains_who_loses_and_what_is_left_alone() {
    let env = weeks_later();
    env.verb("plan", &[]).exits(0).first_lines(60).is("lumen-later");
    let summary = env
        .verb("plan", &["--summary", "--format", "json"])
        .exits(0)
        .json();
    let expected: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(env.path("expected.json")).unwrap()).unwrap();
    let expected = &expected["later"];
    for (there, name) in [
        (&summary["records"]["read"], "records"),
        (&summary["records"]["merged"], "merged"),
        (&summary["records"]["rejected"], "rejected"),
        (&summary["people"]["members"], "members"),
        (&summary["people"]["users"], "users"),
        (&summary["people"]["contacts_only"], "contacts_only"),
        (&summary["people"]["left_out"], "left_out"),
    ] {
        assert_eq!(*there, expected[name], "{name} in {summary}");
    }
}

#[test]
fn what_was_done_by_hand_is_shown_and_kept() {
    let env = weeks_later();
    let shown: String = [
        ("a tag taken away", "abel.kamau@north.example"),
        (
            "a revoke tag given by the staff, access still granted",
            "agnieszka.castillo@north.example",
        ),
        (
            "the club as a present, its subscription ended",
            "abel.mori@kestrel.example",
        ),
        ("a first name put right", "agnieszka.horvat@harbour.example"),
        ("an editor of the site", "agnieszka.achebe@atelier.example"),
        (
            "linked to the contact of another address",
            "agnieszka.novak@kestrel.example",
        ),
        ("known to no source", "walk.in@example.com"),
    ]
    .map(|(what, email)| format!("{what}\n{}\n", env.verb("plan", &["--member", email]).exits(0)))
    .concat();
    crate::env::golden("lumen-later-by-hand", &shown);
    env.apply().exits(3);
    let site = env.site();
    let one = |sql: &str| site.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(
        one("SELECT first_name FROM users WHERE email = 'agnieszka.horvat@harbour.example'"),
        "Corrected"
    );
    assert_eq!(
        one("SELECT role FROM users WHERE email = 'agnieszka.achebe@atelier.example'"),
        "editor"
    );
    assert_eq!(
        one(
            "SELECT h.granted_by FROM holdings h JOIN contacts c ON c.id = h.contact
             WHERE c.email = 'walk.in@example.com'"
        ),
        "admin"
    );
}

#[test]
fn the_later_set_is_applied_once_and_then_nothing_is_left() {
    let env = weeks_later();
    env.apply().exits(3).says("complete");
    env.apply().exits(3).says("Nothing to apply now");
    env.verb("plan", &["--detailed-exitcode"]).exits(3);
    env.verb("verify", &[]).exits(3);
    // The staff took this tag away in between, and no effect tells of that; nothing else came twice.
    assert_eq!(
        doubled_effects(&env.site()),
        [(
            "abel.kamau@north.example".to_owned(),
            "tag \"Photography 101\"".to_owned()
        )]
    );
}

#[test]
fn more_lost_access_than_the_limit_allows_is_refused_until_the_limit_is_raised() {
    let env = weeks_later();
    env.change_plan("lost_access = 40 ", "lost_access = 23 ");
    let before = fs::read(env.path("site.sqlite")).unwrap();
    env.verb("plan", &["--summary"])
        .exits(4)
        .is("lumen-later-refused");
    env.apply().exits(4).says("Nothing was changed.");
    assert!(
        before == fs::read(env.path("site.sqlite")).unwrap(),
        "refused, and yet the site changed"
    );
    env.change_plan("lost_access = 23 ", "lost_access = 24 ");
    env.apply().exits(3);
}

#[test]
fn fewer_updates_allowed_than_there_are_is_refused() {
    let env = weeks_later();
    env.change_plan("updates = \"30%\"", "updates = \"3%\"");
    env.apply().exits(4).says("[policy.limits] updates allows 48");
    env.change_plan("updates = \"3%\"", "updates = \"4%\"");
    env.apply().exits(3);
}

#[test]
fn numbers_that_are_not_as_expected_are_refused() {
    let env = TestEnv::lumen();
    env.change_plan("photo-101 = \"702..720\"", "photo-101 = 701");
    env.verb("plan", &["--summary"]).exits(4).says("photo-101");
    env.apply().exits(4);
    assert!(
        !env.path("site.sqlite").exists(),
        "refused, and yet a site was made"
    );
}

#[test]
fn a_user_whose_link_to_the_contact_was_lost_is_linked_again() {
    let env = TestEnv::small(&[
        "ana@example.com,Ana,Sol,Course,active",
        "bo@example.com,Bo,Ray,Course,active",
    ]);
    env.apply().exits(0);
    env.on_the_site("UPDATE users SET contact = NULL WHERE email = 'ana@example.com'");
    env.verb("plan", &["--member", "ana@example.com"])
        .exits(0)
        .says("the user has no contact ID yet")
        .never_says("create");
    env.apply().exits(0).says("1 of 1 member done");
    env.apply().exits(0).says("Nothing to do");
}

#[test]
fn a_user_linked_to_the_contact_of_another_is_a_conflict_on_both_sides() {
    let env = TestEnv::small(&[
        "dora@example.com,Dora,Sol,Course,active",
        "eva@example.com,Eva,Ray,Course,active",
    ]);
    env.apply().exits(0);
    env.on_the_site(
        "UPDATE users SET contact = NULL WHERE email = 'eva@example.com';
         UPDATE users SET contact = (SELECT id FROM contacts WHERE email = 'eva@example.com')
         WHERE email = 'dora@example.com'",
    );
    env.verb("plan", &[])
        .exits(0)
        .says("2 members in conflict")
        .says("Nothing to do (2 members listed and left alone).");
}
