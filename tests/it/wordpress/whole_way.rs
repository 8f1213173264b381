//! The worked example moved onto a real WordPress, taken further and undone.

use std::collections::BTreeSet;

use super::{Moved, nothing_holds_the_password};
use crate::{
    companion::site::{newer_site, site},
    env::TestEnv,
};

#[test]
fn the_worked_example_is_moved_once_and_then_there_is_nothing_to_do() {
    let moved = Moved::to(site(), TestEnv::lumen());
    let before = moved.site.hashes();
    moved
        .verb("plan", &["--summary"])
        .exits(0)
        .says(&format!(
            "wordpress site {} (membership companion)",
            moved.site.url()
        ))
        .says("1,995 members = 1,435 users + 229 contacts only + 331 left out")
        .says("2 not in any source (left alone)");
    assert_eq!(moved.users(), 0, "a plan changes nothing");
    moved
        .apply()
        .exits(0)
        .says("1,664 of 1,664 members done, 0 failed, 0 blocked")
        .says("1,664 members compared, 1,664 up to date, 0 different");
    moved.is_sound();
    assert_eq!(moved.users(), 1_435);
    let contacts = moved
        .site
        .number("SELECT COUNT(*) FROM wp_rehome_people WHERE contact_id IS NOT NULL");
    assert_eq!(contacts, 1_664);
    let made: Vec<String> = moved
        .site
        .recorded("hooks.jsonl")
        .iter()
        .filter(|line| line["hook"] == "user_register")
        .map(|line| line["user"].to_string())
        .collect();
    assert_eq!(made.len(), 1_435, "each user is made once");
    assert_eq!(made.iter().collect::<BTreeSet<_>>().len(), 1_435);
    let after: Vec<Vec<String>> = moved.site.hashes().into_iter().take(2).collect();
    assert_eq!(after, before, "no password of somebody who was there is touched");

    let requests = moved.requests();
    moved.apply().exits(0).says("Nothing to do");
    assert_eq!(moved.requests(), requests, "nothing was written");
    nothing_holds_the_password(&moved);

    moved.env.the_later_exports_arrive();
    moved
        .verb("apply", &["--yes", "--accept", "lost_access=24"])
        .exits(0)
        .says("118 of 118 members done, 0 failed, 0 blocked")
        .says("118 members compared, 118 up to date, 0 different");
    moved.apply().exits(0).says("Nothing to do");
    moved
        .verb("undo", &["--yes"])
        .exits(0)
        .says("113 of 113 members done, 0 failed, 0 blocked");
    moved.is_sound();
    assert_eq!(moved.users(), 1_435 + 62, "people are never deleted");
}

#[test]
fn the_same_move_on_a_newer_wordpress_with_sqlite() {
    let Some(site) = newer_site() else { return };
    let moved = Moved::to(site, TestEnv::crowd(120));
    moved
        .apply()
        .exits(0)
        .says("120 members compared, 120 up to date");
    assert_eq!(moved.users(), 120);
    moved.is_sound();
    moved.apply().exits(0).says("Nothing to do");
}

#[test]
fn an_existing_user_is_linked_by_address_and_keeps_login_and_password() {
    let moved = Moved::small(&["ann@example.com,Ann,Bell,Course,active"]);
    moved.site.php("wp_insert_user(['user_login' => 'old-ann', 'user_email' => 'Ann@Example.com', 'user_pass' => 'hers', 'first_name' => 'Annie']);");
    let before = moved.site.hashes();
    moved
        .verb("plan", &[])
        .exits(0)
        .says("~ link the user to its contact");
    moved.apply().exits(0).says("1 up to date, 0 different");
    assert_eq!(moved.site.hashes(), before);
    assert_eq!(
        moved
            .site
            .rows("SELECT user_login, user_email FROM wp_users WHERE ID > 2"),
        [["old-ann", "Ann@Example.com"]]
    );
    let first = "SELECT meta_value FROM wp_usermeta WHERE meta_key = 'first_name' AND user_id > 2";
    assert_eq!(
        moved.site.rows(first),
        [["Annie"]],
        "a name that is there is kept"
    );
    moved.is_sound();
}

#[test]
fn new_users_keep_the_day_on_which_they_registered() {
    let moved = Moved::small(&[]);
    moved.env.change_plan(
        "lists = {",
        "registered = \"Since\"\ndates = { zone = \"Europe/Madrid\" }\nlists = {",
    );
    moved.env.write(
        "people.csv",
        "Email,First,Last,Products,Status,Since\n\
         ann@example.com,Ann,Bell,Course,active,2019-04-01\n\
         bo@example.com,Bo,Cray,Course,active,\n\
         cy@example.com,Cy,Dell,Course,active,2001-01-01\n",
    );
    moved.site.php("wp_insert_user(['user_login' => 'cy', 'user_email' => 'cy@example.com', 'user_pass' => 'theirs', 'user_registered' => '2010-10-10 10:10:10']);");
    moved
        .verb("plan", &["--summary"])
        .exits(0)
        .says("1 of 2 new users with the registration date of the old platform");
    moved.apply().exits(0).says("3 up to date, 0 different");
    let registered = |who: &str| {
        let ask = format!("SELECT user_registered FROM wp_users WHERE user_email = '{who}@example.com'");
        moved.site.rows(&ask).remove(0).remove(0)
    };
    assert_eq!(registered("ann"), "2019-03-31 22:00:00");
    assert_eq!(registered("cy"), "2010-10-10 10:10:10");
    let now = "SELECT COUNT(*) FROM wp_users WHERE user_email = 'bo@example.com' AND user_registered > UTC_TIMESTAMP() - INTERVAL 1 HOUR";
    assert_eq!(moved.site.number(now), 1);
    moved.apply().exits(0).says("Nothing to do");
    moved.is_sound();
}

#[test]
fn the_members_of_the_site_are_listed_a_line_each() {
    let moved = Moved::small(&[
        "ann@example.com,Ann,Bell,\"Course, VIP\",active",
        "bo@example.com,Bo,Cray,VIP,active",
    ]);
    moved
        .env
        .change_plan("[tags.vip]", "[members]\ncontacts = \"mapped\"\n\n[tags.vip]");
    moved.apply().exits(0);
    let listed = moved.verb("members", &["--format", "json"]).exits(0);
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    let of = |email: &str| {
        let members = listed["members"].as_array().unwrap();
        members.iter().find(|one| one["email"] == email).unwrap().clone()
    };
    assert_eq!(of("ann@example.com")["offerings"], serde_json::json!(["course"]));
    assert_eq!(of("bo@example.com")["user"], false);
    assert_eq!(of("bo@example.com")["tags"], serde_json::json!(["VIP"]));
}

#[test]
fn verify_compares_access_and_names_some_people_to_look_at() {
    let moved = Moved::to(site(), TestEnv::crowd(30));
    moved.apply().exits(0);
    let seen = moved.verb("verify", &["--format", "json"]).exits(0);
    let seen: serde_json::Value = serde_json::from_str(&seen.stdout).unwrap();
    let people = seen["plan"]["look_at"].as_array().unwrap();
    assert_eq!(people.len(), 10);
    let link = people[0]["link"].as_str().unwrap();
    assert!(link.contains("/wp-admin/users.php?s=person"), "{link}");
    assert!(link.ends_with("%40example.com"), "{link}");
    // An automation of the site takes someone's access away, though they hold the tag that gives it.
    moved.site.sql(
        "INSERT INTO wp_rehome_holdings (person, tag, granted_by)
         SELECT p.id, t.id, 'somebody' FROM wp_rehome_people p JOIN wp_rehome_tags t
         WHERE p.email = 'person00007@example.com' AND t.name = 'Course (revoked)'",
    );
    moved
        .verb("verify", &[])
        .exits(2)
        .says("30 members compared, 29 up to date, 1 different")
        .says("person00007@example.com: no access to course: the user has the tag \"Course (revoked)\"")
        .says("Compared with the plan and its exports as they are now: 30 members, 1 different")
        .says("Check a few yourself");
}
