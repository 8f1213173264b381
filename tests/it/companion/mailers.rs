//! No email leaves during a batch, and none to people who are not invited yet, however a plugin of the site sends it.

use std::{
    fs,
    net::TcpListener,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    site::{Site, newer_site, site},
    writes::newcomers,
};

/// What left the site by the ways of the stand-ins: their own, and PHP's `mail()`.
fn left(site: &Site) -> Vec<Value> {
    let mut sent = site.recorded("sent.jsonl");
    let by_php = fs::read_to_string(site.place().join("sendmail")).unwrap_or_default();
    if !by_php.is_empty() {
        sent.push(Value::String(by_php));
    }
    sent
}

fn forget(site: &Site) {
    for name in ["sent.jsonl", "sendmail", "mails.jsonl"] {
        let _ = fs::remove_file(site.place().join(name));
    }
}

/// The stand-ins that a batch keeps quiet, by the way in which they send.
const WAYS: &[&str] = &[
    "filter",
    "pre",
    "pre-late",
    "within-filter",
    "catcher",
    "phpmailer",
    "phpmailer-smtp",
    "phpmailer-sendmail",
];

fn nothing_leaves(site: &Site) {
    for way in WAYS {
        site.clear();
        site.set_up();
        forget(site);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        site.tell("mailer", &format!("{way} {port}"));
        site.tell("greets", "");
        if *way == "catcher" {
            // Otherwise the recorder keeps WordPress's own mailer from being called.
            site.tell("postman", "");
        }
        let answer = site.batch(way, &newcomers(2));
        assert_eq!(answer.outcomes(), ["confirmed"; 2], "{way}: {answer:?}");
        assert_eq!(left(site), Vec::<Value>::new(), "{way}");
        assert!(listener.accept().is_err(), "{way} connected to a server");
        // The stand-in does send, if the site writes to somebody who is not quiet.
        site.php_on_the_site(
            "wp_mail('owner@example.com', 'Hello', 'x'); rehome_test_greet('owner@example.com');",
        );
        let patience = Instant::now() + Duration::from_secs(5);
        while left(site).is_empty() && listener.accept().is_err() {
            assert!(Instant::now() < patience, "{way} sends nothing at all");
        }
        fs::remove_file(site.place().join("mailer")).unwrap();
    }
}

#[test]
fn nothing_leaves_during_a_batch_however_a_plugin_sends() {
    nothing_leaves(&site());
}

#[test]
fn and_nothing_leaves_a_newer_wordpress() {
    if let Some(site) = newer_site() {
        nothing_leaves(&site);
    }
}

#[test]
fn a_plugin_that_replaces_wp_mail_past_its_filters_is_named_and_nothing_is_written() {
    let site = site();
    site.set_up();
    forget(&site);
    let body = site.batch_body("r1", &newcomers(2));
    site.tell("mailer", "replaces 0");
    site.tell("greets", "");
    let answer = site.post("/batch", &body).says(409, "rehome_email");
    let message = answer.body["message"].as_str().unwrap();
    assert!(
        message.starts_with("the must-use plugin \"mailer.php\" replaces wp_mail()"),
        "{message}"
    );
    let status = site.get("/status").is(200).body;
    let why = status["capabilities"]["new_users"].as_str().unwrap();
    assert!(why.contains("mailer.php"), "{why}");
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 2);
    assert_eq!(left(&site), Vec::<Value>::new());
    fs::remove_file(site.place().join("mailer")).unwrap();
    site.post("/batch", &body).confirmed(2);
}

#[test]
fn what_is_queued_for_people_who_are_not_invited_yet_reaches_them_later_neither() {
    for site in [Some(site()), newer_site()].into_iter().flatten() {
        for way in [
            "cron",
            "queue",
            "shutdown",
            "lost-password",
            "lost-password-later",
        ] {
            site.clear();
            site.set_up();
            forget(&site);
            site.tell("mailer", &format!("{way} 0"));
            site.batch(way, &newcomers(2)).confirmed(2);
            // The jobs run, each in a request of its own.
            site.php("define('DOING_CRON', true); do_action('rehome_test_job', 'person0000@example.com'); do_action('rehome_test_job', 'person0001@example.com');");
            site.php_on_the_site("do_action('rehome_test_queue');");
            assert_eq!(left(&site), Vec::<Value>::new(), "{way}");
            assert_eq!(site.mails(), Vec::<Value>::new(), "{way}");
            let tried = site.recorded("tried.jsonl");
            assert!(!tried.is_empty(), "{way} has done nothing");
            fs::remove_file(site.place().join("tried.jsonl")).unwrap();
            fs::remove_file(site.place().join("mailer")).unwrap();
        }
    }
}
