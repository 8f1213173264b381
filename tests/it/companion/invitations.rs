//! Invitations: each email once per person, whatever happens; every email is recorded.

use serde_json::{Value, json};

use super::{
    site::{Answer, Site, site, with},
    writes::{change, member, newcomer, newcomers},
};

/// One recipient with a plain letter.
pub(super) fn letter(email: &str) -> Value {
    json!({ "email": email, "subject": "Welcome, Ann", "html": "<p>Hello <b>Ann</b></p>", "text": "Hello Ann" })
}

/// The body of an invitation by `welcome`.
pub(super) fn body(site: &Site, recipients: &[Value]) -> Value {
    with(
        site.writing(),
        &json!({ "email": "welcome", "recipients": recipients }),
    )
}

/// The email `welcome` for the offering `course`.
pub(super) fn welcome(site: &Site, per_hour: Option<u32>) {
    let email = json!({ "key": "welcome", "via": "site", "per_hour": per_hour, "subject": "Welcome", "body": "Hello",
        "offerings": ["course"] });
    site.post("/emails", &with(site.writing(), &email)).is(200);
}

fn invite(site: &Site, recipients: &[Value]) -> Answer {
    site.post("/invite", &body(site, recipients))
}

/// A site with so many quiet newcomers and the email.
fn site_with(site: &Site, people: usize) -> Vec<Value> {
    site.set_up();
    welcome(site, None);
    site.batch("r1", &newcomers(people)).confirmed(people);
    (0..people)
        .map(|at| letter(&format!("person{at:04}@example.com")))
        .collect()
}

fn states(site: &Site) -> Vec<Vec<String>> {
    site.rows("SELECT address, state FROM wp_rehome_invitations ORDER BY id")
}

#[test]
fn everybody_gets_one_mail_and_hears_the_site_from_then_on() {
    let site = site();
    let letters = site_with(&site, 3);
    let first = invite(&site, &letters).is(200);
    assert_eq!(first.outcomes(), ["sent"; 3]);
    assert_eq!(
        (&first.body["done"], &first.body["next"]),
        (&json!(true), &json!(3))
    );
    let again = invite(&site, &letters).is(200);
    assert_eq!(again.outcomes(), ["already"; 3]);
    assert_eq!(again.body["items"][0]["attempt"], 1);
    let mails = site.mails();
    assert_eq!(mails.len(), 3, "{mails:?}");
    assert_eq!(mails[0]["to"], json!(["person0000@example.com"]));
    assert_eq!(mails[0]["subject"], "Welcome, Ann");
    // Quiet before, and no longer now.
    site.php("wp_mail('person0000@example.com', 'news', 'x');");
    assert_eq!(site.mails().len(), 4);

    let status = site.get("/status").body;
    assert_eq!(status["counts"]["invited"], 3);
    assert_eq!(status["counts"]["quiet"], 0);
    assert_eq!(status["limits"]["recipients"], 100);
    assert!(!status["capabilities"]["cannot"].to_string().contains("send-mail"));

    let page = site.get("/invitations?email=welcome&limit=2").is(200).body;
    assert_eq!(page["total"], 3);
    let row = &page["invitations"][1];
    assert_eq!(
        (&row["email"], &row["state"], &row["who"], &row["key"]),
        (
            &json!("person0001@example.com"),
            &json!("sent"),
            &json!("Ann on her laptop"),
            &json!("welcome")
        )
    );
    let rest = site
        .get(&format!("/invitations?email=welcome&after={}", page["next"]))
        .is(200)
        .body;
    assert_eq!(rest["invitations"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next"], Value::Null);
    assert_eq!(site.get("/invitations?email=other").body["total"], 0);
    assert_eq!(site.get("/invitations").body["total"], 3);
    assert_eq!(site.complaints(), Vec::<String>::new());
}

#[test]
fn the_mail_has_html_and_text_and_no_header_of_a_hostile_name() {
    let site = site();
    site_with(&site, 1);
    site.tell("postman", "");
    let wild = json!({ "email": "person0000@example.com", "subject": "Grüße, Bcc: all@example.com <script>",
        "html": "<p>Grüße</p>", "text": "Grüße an dich" });
    assert_eq!(invite(&site, &[wild]).is(200).outcomes(), ["sent"]);
    let written = std::fs::read_to_string(site.place().join("letters")).unwrap();
    for part in [
        "multipart/alternative",
        "text/plain; charset=",
        "text/html; charset=",
    ] {
        assert!(written.contains(part), "no {part} in {written}");
    }
    assert!(!written.contains("\nBcc:"), "{written}");
    assert_eq!(written.matches("\nTo: ").count(), 0, "{written}");
    assert!(written.starts_with("To: person0000@example.com"), "{written}");

    for subject in [
        "a\r\nBcc: b@example.com",
        "a\nb",
        "a\u{2028}b",
        "a\u{85}b",
        "\u{0}",
        "",
        "  ",
        &"x".repeat(501),
    ] {
        let hostile =
            json!({ "email": "person0000@example.com", "subject": subject, "html": "x", "text": "x" });
        assert_eq!(
            invite(&site, &[hostile]).is(200).outcomes(),
            ["refused"],
            "{subject:?}"
        );
    }
    for email in [
        "person0000@example.com\nBcc: b@example.com",
        "person0000@example.com, b@example.com",
        "Ann <person0000@example.com>",
        "PERSON0000@example.com",
        "pérson0000@example.com",
        "nobody@example.com",
        "",
    ] {
        let answer = invite(&site, &[letter(email)]).is(200);
        assert_eq!(answer.outcomes(), ["refused"], "{email:?}: {answer:?}");
    }
    let empty = json!({ "email": "person0000@example.com", "subject": "x", "html": "x", "text": " " });
    assert_eq!(invite(&site, &[empty]).is(200).outcomes(), ["refused"]);
    assert_eq!(site.mails().len(), 1);
    assert_eq!(site.complaints(), Vec::<String>::new());
}

#[test]
fn nobody_privileged_opted_out_or_without_access_is_written_to() {
    let site = site();
    let mut letters = site_with(&site, 4);
    site.batch(
        "r2",
        &[
            member(
                0,
                "person0000@example.com",
                &[change("update", "opted-out", Some("no"), Some("yes"))],
            ),
            member(
                1,
                "person0001@example.com",
                &[change(
                    "remove-tag",
                    json!({ "tag": "Course" }),
                    Some("held"),
                    None,
                )],
            ),
            member(
                2,
                "person0002@example.com",
                &[change(
                    "add-tag",
                    json!({ "tag": "Course (stopped)" }),
                    None,
                    Some("held"),
                )],
            ),
        ],
    )
    .confirmed(3);
    letters.push(letter("owner@example.com"));
    let answer = invite(&site, &letters).is(200);
    assert_eq!(
        answer.outcomes(),
        ["refused", "refused", "refused", "sent", "refused"]
    );
    let why = |at: usize| answer.body["items"][at]["why"].as_str().unwrap();
    assert_eq!(why(0), "has opted out");
    assert_eq!(why(1), "has no access to any offering of this email now");
    assert_eq!(why(2), why(1));
    assert_eq!(why(4), "the user has more than subscriber rights");
    assert_eq!(site.mails().len(), 1);
    assert_eq!(
        states(&site),
        [["person0003@example.com", "sent"]],
        "nobody else has a mark"
    );

    // A user beside whom a contact of the same address has opted out is one person.
    site.sql("UPDATE wp_rehome_people SET user_id = NULL WHERE email = 'person0000@example.com'");
    assert_eq!(invite(&site, &letters[..1]).is(200).outcomes(), ["refused"]);
}

#[test]
fn a_kill_between_mark_and_mail_is_a_doubt_that_only_a_person_settles() {
    let site = site();
    for moment in ["before", "after"] {
        for how in ["die", "exit"] {
            let letters = site_with(&site, 3);
            site.tell("dies", &format!("{moment} {how} person0001@example.com"));
            let answer = invite(&site, &letters);
            assert!(answer.body.get("items").is_none(), "{answer:?}");
            site.tell("dies", "never x nobody");
            let doubted = patiently(&site, &letters);
            assert_eq!(doubted.outcomes(), ["already", "doubt", "sent"], "{moment} {how}");
            assert_eq!(
                patiently(&site, &letters).outcomes(),
                ["already", "doubt", "already"]
            );
            let to = |whom: &str| {
                site.mails()
                    .iter()
                    .filter(|mail| mail["to"] == json!([whom]))
                    .count()
            };
            assert_eq!(to("person0000@example.com"), 1);
            assert_eq!(to("person0001@example.com"), usize::from(moment == "after"));
            assert_eq!(to("person0002@example.com"), 1);
            assert_eq!(site.get("/status").body["counts"]["invitations_doubted"], 1);

            // A person decides; a repeated request of that decision sends nothing more.
            let attempt = doubted.body["items"][1]["attempt"].clone();
            let again = with(letters[1].clone(), &json!({ "again": attempt }));
            let before = site.mails().len();
            assert_eq!(
                patiently(&site, std::slice::from_ref(&again)).outcomes(),
                ["sent"]
            );
            assert_eq!(patiently(&site, &[again]).outcomes(), ["already"]);
            assert_eq!(site.mails().len(), before + 1);
            site.clear();
        }
    }
}

/// As a client does while another request, or what a killed one left, is still under way.
fn patiently(site: &Site, recipients: &[Value]) -> Answer {
    for _ in 0..100 {
        let answer = invite(site, recipients);
        if answer.body["code"] != "rehome_running" {
            return answer.is(200);
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("the killed request is never over");
}

#[test]
fn a_decision_to_repeat_that_dies_is_a_doubt_again_and_not_repeated() {
    let site = site();
    let letters = site_with(&site, 1);
    site.tell("dies", "after die person0000@example.com");
    invite(&site, &letters);
    let again = with(letters[0].clone(), &json!({ "again": 1 }));
    let mut died = patiently_raw(&site, &again);
    assert!(died.body.get("items").is_none(), "{died:?}");
    // The client repeats what it got no answer to.
    site.tell("dies", "never x nobody");
    died = patiently(&site, std::slice::from_ref(&again));
    assert_eq!(died.outcomes(), ["doubt"]);
    assert_eq!(died.body["items"][0]["attempt"], 2);
    assert_eq!(site.mails().len(), 2, "one of each decision: {:?}", site.mails());
}

fn patiently_raw(site: &Site, recipient: &Value) -> Answer {
    loop {
        let answer = invite(site, std::slice::from_ref(recipient));
        if answer.body["code"] != "rehome_running" {
            return answer;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn requests_at_once_send_one_mail() {
    let site = site();
    let letters = site_with(&site, 5);
    site.tell("slow-mail", "30");
    let sent = body(&site, &letters);
    let answers = site.together("/invite", vec![sent.clone(), sent.clone(), sent.clone(), sent]);
    for answer in &answers {
        if answer.status == 423 {
            answer.clone().says(423, "rehome_running");
            assert!(answer.retry_after.is_some());
        } else {
            let outcomes = answer.clone().is(200).body.to_string();
            assert!(!outcomes.contains("doubt"), "{answer:?}");
        }
    }
    assert_eq!(patiently(&site, &letters).outcomes(), ["already"; 5]);
    assert_eq!(site.mails().len(), 5);
}

#[test]
fn what_the_site_cannot_send_is_said_and_repeated_only_when_told() {
    let site = site();
    let letters = site_with(&site, 4);
    site.tell("postman", "SMTP connect() failed.");
    let failed = invite(&site, &letters).is(200);
    assert_eq!(
        failed.outcomes(),
        ["failed"; 3],
        "it does not go on where all fails"
    );
    assert_eq!(failed.body["done"], false);
    assert_eq!(failed.body["items"][0]["why"], "SMTP connect() failed.");
    site.tell("postman", "");
    let still = invite(&site, &letters).is(200);
    assert_eq!(still.outcomes(), ["failed", "failed", "failed", "sent"]);
    assert_eq!(
        site.get("/status").body["counts"]["quiet"],
        3,
        "who got nothing stays quiet"
    );
    let again = with(letters[0].clone(), &json!({ "again": 1 }));
    assert_eq!(invite(&site, &[again]).is(200).outcomes(), ["sent"]);
    assert_eq!(site.get("/status").body["counts"]["invitations_failed"], 2);

    site.tell("dies", "before throw person0001@example.com");
    let again = with(letters[1].clone(), &json!({ "again": 1 }));
    let broke = invite(&site, &[again]).is(200);
    assert_eq!(broke.outcomes(), ["doubt"]);
    assert_eq!(
        broke.body["items"][0]["why"],
        "code on the site failed: RuntimeException in recorder.php line 27"
    );
}

#[test]
fn a_person_is_one_by_user_and_by_address() {
    let site = site();
    let letters = site_with(&site, 2);
    invite(&site, &letters).is(200);
    // Another address for the user; the old user deleted and one made anew.
    site.php(
        "wp_update_user(array('ID' => get_user_by('email', 'person0000@example.com')->ID, 'user_email' => 'ann@example.com'));
         require_once ABSPATH . 'wp-admin/includes/user.php'; wp_delete_user(get_user_by('email', 'person0001@example.com')->ID);",
    );
    site.batch("r9", &[newcomer(0, "person0001@example.com")])
        .confirmed(1);
    let answer = invite(
        &site,
        &[letter("ann@example.com"), letter("person0001@example.com")],
    );
    assert_eq!(answer.is(200).outcomes(), ["already", "already"]);
    assert_eq!(
        site.mails()
            .iter()
            .filter(|mail| mail["subject"] == "Welcome, Ann")
            .count(),
        2
    );
}

#[test]
fn a_copy_of_the_site_remembers_who_was_invited_and_a_person_may_decide() {
    let site = site();
    let letters = site_with(&site, 1);
    invite(&site, &letters).is(200);
    site.tell("environment", "staging");
    assert_eq!(
        site.get("/status").body["instance"]["was"]["environment"],
        "local"
    );
    let answer = invite(&site, &letters).is(200);
    assert_eq!(answer.outcomes(), ["already"]);
    assert_eq!(
        answer.body["items"][0]["why"],
        "on the site that this site was copied from"
    );
    assert_eq!(site.get("/invitations").body["invitations"][0]["elsewhere"], true);
    let again = with(letters[0].clone(), &json!({ "again": 1 }));
    assert_eq!(
        invite(&site, std::slice::from_ref(&again)).is(200).outcomes(),
        ["sent"]
    );
    assert_eq!(invite(&site, &[again]).is(200).outcomes(), ["already"]);
    let told = with(letters[0].clone(), &json!({ "again": 2 }));
    assert_eq!(
        invite(&site, &[told]).is(200).outcomes(),
        ["already"],
        "sent here is sent"
    );
}
