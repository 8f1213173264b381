//! PHP's workers are killed while they write; the same request continues afterwards. `REHOME_KILLS` says how often (24 by default).

use std::{
    process::Command,
    thread,
    time::{Duration, Instant},
};

use super::{
    site::{Site, site},
    writes::{newcomer_as, newcomers},
};

/// No user exists in part: every user has a role, a person and a contact ID, and every person a user.
fn nobody_is_half_made(site: &Site) {
    for (what, query) in [
        (
            "users without a role",
            "SELECT COUNT(*) FROM wp_users u WHERE NOT EXISTS (SELECT 1 FROM wp_usermeta m WHERE m.user_id = u.ID AND m.meta_key = 'wp_capabilities' AND m.meta_value LIKE '%\"%')",
        ),
        (
            "users without a person",
            "SELECT COUNT(*) FROM wp_users u WHERE u.ID > 2 AND NOT EXISTS (SELECT 1 FROM wp_rehome_people p WHERE p.user_id = u.ID AND p.contact_id IS NOT NULL)",
        ),
        (
            "people without a user",
            "SELECT COUNT(*) FROM wp_rehome_people p WHERE p.user_id IS NULL OR NOT EXISTS (SELECT 1 FROM wp_users u WHERE u.ID = p.user_id)",
        ),
        (
            "people without their tag",
            "SELECT COUNT(*) FROM wp_rehome_people p WHERE NOT EXISTS (SELECT 1 FROM wp_rehome_holdings h WHERE h.person = p.id)",
        ),
        (
            "doubled users",
            "SELECT COUNT(*) - COUNT(DISTINCT user_email) FROM wp_users",
        ),
        (
            "marks without a user",
            "SELECT ABS((SELECT COUNT(*) FROM wp_rehome_marks WHERE outcome = 'confirmed') - (SELECT COUNT(*) FROM wp_rehome_people))",
        ),
    ] {
        assert_eq!(site.number(query), 0, "{what}");
    }
}

#[test]
fn workers_that_are_killed_leave_nobody_half_made_and_the_request_goes_on() {
    let site = site();
    site.set_up();
    let mut seed = 20_261_123_u64;
    let wanted = std::env::var("REHOME_KILLS").map_or(24, |text| text.parse().unwrap());
    let mut kills = 0_u32;
    let mut rounds = 0;
    while rounds < 6 || kills < wanted {
        let round = rounds;
        rounds += 1;
        let members: Vec<_> = newcomers(60)
            .into_iter()
            .enumerate()
            .map(|(at, _)| {
                newcomer_as(
                    at,
                    &format!("k{round}x{at:02}@example.com"),
                    &format!("k{round}x{at:02}"),
                )
            })
            .collect();
        let body = site.batch_body(&format!("r{round}"), &members);
        let patience = Instant::now() + Duration::from_mins(1);
        loop {
            assert!(Instant::now() < patience, "round {round} never ends");
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let wait = Duration::from_millis(20 + (seed >> 33) % 300);
            let workers = site.workers();
            let killer = (kills < wanted).then(|| {
                thread::spawn(move || {
                    thread::sleep(wait);
                    for worker in workers {
                        Command::new("kill")
                            .args(["-9", &worker.to_string()])
                            .output()
                            .unwrap();
                    }
                })
            });
            let answer = site.post("/batch", &body);
            if let Some(killer) = killer {
                killer.join().unwrap();
                kills += 1;
                thread::sleep(Duration::from_millis(50));
                nobody_is_half_made(&site);
            }
            match answer.status {
                200 => {
                    answer.confirmed(60);
                    break;
                }
                // The database ends a dead worker's connection, and its lock, a moment later.
                423 | 0 | 502 => {}
                _ => panic!("{answer:?}"),
            }
        }
    }
    nobody_is_half_made(&site);
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 2 + rounds * 60);
    assert_eq!(site.mails(), Vec::<serde_json::Value>::new());
}

#[test]
fn a_user_who_was_left_without_a_role_is_taken_over() {
    let site = site();
    site.set_up();
    site.sql("INSERT INTO wp_users (user_login, user_pass, user_nicename, user_email, user_url, user_registered, user_activation_key, user_status, display_name)
              VALUES ('ann', '$P$Bunknown', 'ann', 'ann@example.com', '', '2026-01-01 00:00:00', '', 0, 'ann')");
    assert_eq!(site.get("/members?after=2").body["members"][0]["half_made"], true);
    site.batch("r1", &[newcomer_as(0, "ann@example.com", "other")])
        .confirmed(1);
    nobody_is_half_made(&site);
    assert_eq!(
        site.rows("SELECT user_login, user_pass FROM wp_users WHERE ID > 2"),
        [["ann", "$P$Bunknown"]]
    );
    let listed = site.get("/members?after=2").is(200);
    assert!(listed.body["members"][0].get("half_made").is_none());
    assert_eq!(listed.body["members"][0]["first_name"], "Ann");
}

#[test]
fn a_plugin_that_fails_costs_one_person_and_one_that_ends_php_loses_nobody() {
    let site = site();
    site.set_up();
    let members = newcomers(5);
    site.tell("breaks", "throw person0002@example.com");
    let answer = site.batch("r1", &members).is(200);
    assert_eq!(
        answer.outcomes(),
        ["confirmed", "confirmed", "refused", "confirmed", "confirmed"]
    );
    let why = answer.body["items"][2]["why"].as_str().unwrap();
    assert!(
        why.starts_with("code on the site failed: RuntimeException in recorder.php"),
        "{why}"
    );
    nobody_is_half_made(&site);
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 6);

    site.tell("breaks", "exit last@example.com");
    let more = [
        newcomer_as(0, "more@example.com", "more"),
        newcomer_as(1, "last@example.com", "last"),
    ];
    let answer = site.batch("r2", &more);
    assert!(
        answer.body.get("items").is_none(),
        "no answer of the plugin: {answer:?}"
    );
    nobody_is_half_made(&site);
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 7);
    site.tell("breaks", "throw nobody");
    site.batch("r2", &more).is(200).confirmed(2);
    nobody_is_half_made(&site);
}
