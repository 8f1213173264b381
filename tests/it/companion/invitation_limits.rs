//! What bounds invitations: the hour, the time of a request, who has the site; and emails to look at.

use std::{process::Command, thread, time::Duration};

use serde_json::{Value, json};

use super::{
    invitations::{body, letter, welcome},
    site::{site, with},
    writes::{change, member, newcomers},
};

fn letters(count: usize) -> Vec<Value> {
    (0..count)
        .map(|at| letter(&format!("person{at:04}@example.com")))
        .collect()
}

#[test]
fn no_more_go_out_within_an_hour_than_the_email_says() {
    let site = site();
    site.set_up();
    welcome(&site, Some(3));
    site.batch("r1", &newcomers(5)).confirmed(5);
    let first = site.post("/invite", &body(&site, &letters(5))).is(200);
    assert_eq!(first.outcomes(), ["sent"; 3]);
    assert_eq!(first.body["done"], false);
    let wait = first.body["wait"].as_u64().unwrap();
    assert!((3500..=3600).contains(&wait), "{wait}");
    // Another machine, another day of the client's: the site knows.
    let second = site.post("/invite", &body(&site, &letters(5))).is(200);
    assert_eq!(second.outcomes(), ["already"; 3]);
    assert_eq!(second.body["next"], 3);
    site.sql(
        "UPDATE wp_rehome_invitations SET started = started - 3000 WHERE address = 'person0001@example.com'",
    );
    let soon = site.post("/invite", &body(&site, &letters(5))).is(200).body["wait"]
        .as_u64()
        .unwrap();
    assert!((500..=600).contains(&soon), "{soon}");
    site.sql(
        "UPDATE wp_rehome_invitations SET started = started - 600 WHERE address = 'person0001@example.com'",
    );
    let third = site.post("/invite", &body(&site, &letters(5))).is(200);
    assert_eq!(third.outcomes(), ["already", "already", "already", "sent"]);
    // The request may ask for fewer, never for more.
    let more = with(body(&site, &letters(5)), &json!({ "per_hour": 100 }));
    assert!(site.post("/invite", &more).is(200).body["wait"].is_u64());
    site.sql("DELETE FROM wp_rehome_invitations");
    let fewer = with(body(&site, &letters(5)), &json!({ "per_hour": 1 }));
    assert_eq!(site.post("/invite", &fewer).is(200).outcomes(), ["sent"]);
}

#[test]
fn it_stops_before_the_time_is_over_and_goes_on() {
    let site = site();
    site.set_up();
    welcome(&site, None);
    site.batch("r1", &newcomers(4)).confirmed(4);
    site.tell("slow-mail", "200");
    let hurried = with(body(&site, &letters(4)), &json!({ "budget": 0.3 }));
    let first = site.post("/invite", &hurried).is(200);
    assert_eq!(first.body["done"], false);
    let next = usize::try_from(first.body["next"].as_u64().unwrap()).unwrap();
    assert!((1..=2).contains(&next), "{first:?}");
    assert_eq!(first.outcomes().len(), next);
    // From where it stopped; or the same again, which costs nothing.
    let rest = site.post("/invite", &body(&site, &letters(4)[next..])).is(200);
    assert_eq!(rest.outcomes(), vec!["sent"; 4 - next]);
    assert_eq!(site.mails().len(), 4);
}

#[test]
fn requests_that_are_not_as_the_contract_says_send_nothing() {
    let site = site();
    site.set_up();
    welcome(&site, None);
    let by_hand =
        json!({ "key": "letter", "via": "file", "subject": "x", "body": "x", "offerings": ["course"] });
    site.post("/emails", &with(site.writing(), &by_hand)).is(200);
    site.batch("r1", &newcomers(1)).confirmed(1);
    let good = body(&site, &letters(1));
    for (wrong, status, code) in [
        (json!({ "recipients": [] }), 400, "rehome_bad_request"),
        (
            json!({ "recipients": { "a": letter("a@example.com") } }),
            400,
            "rehome_bad_request",
        ),
        (
            json!({ "recipients": [{ "email": "person0000@example.com" }] }),
            400,
            "rehome_bad_request",
        ),
        (
            json!({ "recipients": ["person0000@example.com"] }),
            400,
            "rehome_bad_request",
        ),
        (
            json!({ "recipients": [letter("a@example.com"), letter("a@example.com")] }),
            400,
            "rehome_bad_request",
        ),
        (json!({ "recipients": letters(101) }), 413, "rehome_too_many"),
        (
            json!({ "recipients": letters(2), "test": true }),
            400,
            "rehome_bad_request",
        ),
        (json!({ "email": "" }), 400, "rehome_bad_request"),
        (json!({ "email": "other" }), 422, "rehome_no_email"),
        (json!({ "email": "letter" }), 422, "rehome_no_email"),
        (json!({ "instance": "x" }), 409, "rehome_other_instance"),
        (json!({ "membership": "accessally" }), 409, "rehome_no_membership"),
    ] {
        site.post("/invite", &with(good.clone(), &wrong))
            .says(status, code);
    }
    let other = json!({ "holder": "machine-b", "who": "Bo", "seconds": 60 });
    site.post(
        "/lease",
        &json!({ "holder": "machine-a", "who": "", "seconds": 0 }),
    )
    .is(200);
    site.post("/lease", &other).is(200);
    site.post("/invite", &good).says(423, "rehome_leased");
    site.post("/lease", &with(other, &json!({ "seconds": 0 })))
        .is(200);
    site.php("update_option('rehome_paused', 1);");
    site.post("/invite", &good).says(423, "rehome_paused");
    site.php("delete_option('rehome_paused');");
    site.request(
        "weak",
        &site.weak_password(),
        "POST",
        "/invite",
        Some(good.to_string()),
    )
    .is(403);
    assert_eq!(site.mails(), Vec::<Value>::new());
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_rehome_invitations"), 0);
}

#[test]
fn a_test_goes_to_one_address_and_leaves_no_mark() {
    let site = site();
    site.set_up();
    welcome(&site, Some(1));
    site.batch("r1", &newcomers(2)).confirmed(2);
    let opted_out = member(
        0,
        "person0001@example.com",
        &[change("update", "opted-out", Some("no"), Some("yes"))],
    );
    site.batch("r2", &[opted_out]).confirmed(1);
    let test = |email: &str| {
        let test = with(body(&site, &[letter(email)]), &json!({ "test": true }));
        site.post("/invite", &test).is(200)
    };
    assert_eq!(test("consultant@example.org").outcomes(), ["sent"]);
    assert_eq!(test("owner@example.com").outcomes(), ["sent"]);
    // A quiet person gets what was asked for, and stays quiet.
    assert_eq!(test("person0000@example.com").outcomes(), ["sent"]);
    assert_eq!(test("person0000@example.com").outcomes(), ["sent"]);
    assert_eq!(test("person0001@example.com").outcomes(), ["refused"]);
    assert_eq!(test("no address").outcomes(), ["refused"]);
    assert_eq!(site.mails().len(), 4);
    assert_eq!(site.get("/status").body["counts"]["quiet"], 2);
    assert_eq!(site.get("/invitations").body["total"], 0);
    let invited = site.post("/invite", &body(&site, &letters(1))).is(200);
    assert_eq!(invited.outcomes(), ["sent"], "a test counts for nothing");
}

#[test]
fn a_mail_that_another_plugin_sends_on_the_occasion_is_muted_as_ever() {
    let site = site();
    site.set_up();
    welcome(&site, None);
    site.batch("r1", &newcomers(2)).confirmed(2);
    site.tell("tells-others", "person0001@example.com");
    let sent = site.post("/invite", &body(&site, &letters(1))).is(200);
    assert_eq!(sent.outcomes(), ["sent"]);
    let mails = site.recorded("mails.jsonl");
    assert_eq!(mails.len(), 2, "{mails:?}");
    assert_eq!(site.mails().len(), 1, "{mails:?}");
}

#[test]
fn a_site_with_an_older_version_gets_the_table_when_the_files_are_replaced() {
    let site = site();
    site.set_up();
    welcome(&site, None);
    site.batch("r1", &newcomers(1)).confirmed(1);
    site.sql("DROP TABLE wp_rehome_invitations; UPDATE wp_options SET option_value = '1' WHERE option_name = 'rehome_format'");
    assert_eq!(site.get("/status").is(200).body["counts"]["invited"], 0);
    assert_eq!(
        site.rows("SELECT option_value FROM wp_options WHERE option_name = 'rehome_format'"),
        [["4"]]
    );
    let sent = site.post("/invite", &body(&site, &letters(1))).is(200);
    assert_eq!(sent.outcomes(), ["sent"]);
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_rehome_people"), 1);
    let keys = site.rows("SHOW INDEX FROM wp_rehome_invitations WHERE Non_unique = 0 AND Seq_in_index = 2");
    assert_eq!(keys.len(), 2, "{keys:?}");
    assert_eq!(site.complaints(), Vec::<String>::new());
}

#[test]
fn workers_that_are_killed_at_any_moment_double_no_mail_and_forget_nobody() {
    let site = site();
    site.set_up();
    welcome(&site, None);
    site.batch("r1", &newcomers(40)).confirmed(40);
    site.tell("slow-mail", "10");
    let all = letters(40);
    let mut kills = 0_u64;
    let mut next = 0;
    while next < all.len() {
        let workers = site.workers();
        let killer = thread::spawn(move || {
            // Later and later, since a busy machine gets to nothing in so short a time.
            thread::sleep(Duration::from_millis(40 + kills * 37 % 130 + kills * 4));
            for worker in workers {
                Command::new("kill")
                    .args(["-9", &worker.to_string()])
                    .output()
                    .unwrap();
            }
        });
        let answer = site.post("/invite", &body(&site, &all));
        killer.join().unwrap();
        kills += 1;
        assert!(kills < 200, "it never ends: {answer:?}");
        if answer.status == 200 {
            next = usize::try_from(answer.body["next"].as_u64().unwrap()).unwrap();
        }
        thread::sleep(Duration::from_millis(30));
    }
    let mails = site.mails();
    for one in &all {
        let whom = one["email"].as_str().unwrap();
        let sent = mails.iter().filter(|mail| mail["to"] == json!([whom])).count();
        let state = &site.rows(&format!(
            "SELECT state FROM wp_rehome_invitations WHERE address = '{whom}'"
        ))[0][0];
        assert!(
            sent <= 1 && (sent == 1 || state == "sending"),
            "{whom}: {sent} mails, {state}"
        );
    }
    let doubts = site.number("SELECT COUNT(*) FROM wp_rehome_invitations WHERE state = 'sending'");
    assert!(doubts <= kills, "{doubts} doubts of {kills} kills");
    assert!(doubts > 0, "no kill came between a mark and its mail");
}
