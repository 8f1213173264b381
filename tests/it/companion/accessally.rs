//! Membership AccessAlly, against a stand-in for its PHP surface: not AccessAlly itself, which is not free to have.

use serde_json::{Value, json};

use super::{
    invitations::{body, letter},
    site::{Answer, Lent, site, with},
    writes::{change, member, tag},
};

fn with_accessally(system: &str) -> Lent {
    let site = site();
    site.php("delete_option('_standin_tags');");
    site.tell("accessally", system);
    site
}

fn batch(site: &Lent, request: &str, members: &[Value]) -> Answer {
    site.post(
        "/batch",
        &with(
            site.batch_body(request, members),
            &json!({ "membership": "accessally" }),
        ),
    )
}

fn newcomer(seq: usize, email: &str, contact: &str) -> Value {
    member(
        seq,
        email,
        &[
            change("create", "user", None, Some(email)),
            change("link", "contact-link", None, Some(contact)),
            change("update", "first-name", None, Some("Ann")),
            tag("Course"),
        ],
    )
}

#[test]
fn without_accessally_nothing_falls_back_to_the_companion() {
    let site = site();
    assert_eq!(
        site.get("/status").body["membership"]["accessally"],
        "AccessAlly is not active"
    );
    assert!(site.get("/status").body["probe"].is_null());
    batch(&site, "r1", &[newcomer(0, "ann@example.com", "9")]).says(409, "rehome_no_membership");
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 2);
}

#[test]
fn users_get_contact_and_tags_through_accessallys_own_classes() {
    let site = with_accessally("Infusionsoft");
    let status = site.get("/status").is(200).body;
    assert!(status["membership"]["accessally"].is_null(), "{status}");
    assert_eq!(
        status["contacts"],
        json!({ "word": "Infusionsoft", "system": "keap" })
    );
    let people = [
        newcomer(0, "ann@example.com", "9"),
        newcomer(1, "bo@example.com", "9"),
        newcomer(2, "cy@example.com", "10"),
    ];
    let answer = batch(&site, "r1", &people);
    assert_eq!(
        answer.outcomes(),
        ["confirmed", "refused", "confirmed"],
        "{answer:?}"
    );
    let calls: Vec<String> = site
        .recorded("accessally.jsonl")
        .iter()
        .map(|line| format!("{} {}", line["call"], line["with"]))
        .collect();
    assert_eq!(calls.len(), 4, "{calls:?}");
    assert!(
        calls[1].contains("sync_user_tag_list") && calls[1].contains("[\"9\",[101],\"Infusionsoft\"]"),
        "{calls:?}"
    );
    let listed = site
        .get("/members?after=2&membership=accessally&fields=contact_id,tags")
        .is(200)
        .body;
    assert_eq!(listed["members"][0]["contact_id"], "9");
    assert_eq!(listed["members"][0]["tags"], json!([[101, "lumen"]]));
    let less = member(
        0,
        "ann@example.com",
        &[
            change("remove-tag", json!({ "tag": "Course" }), Some("held"), None),
            tag("Course (stopped)"),
        ],
    );
    batch(&site, "r2", &[less]).confirmed(1);
    let listed = site
        .get("/members?after=2&membership=accessally&fields=tags")
        .is(200)
        .body;
    assert_eq!(listed["members"][0]["tags"], json!([[102, "lumen"]]));
    assert_eq!(site.mails(), Vec::<Value>::new());
}

#[test]
fn what_is_not_known_of_accessally_is_refused() {
    let site = with_accessally("Infusionsoft");
    for (at, wish) in [
        change("create", "contact", None, Some("there")),
        change("update", json!({ "field": "phone" }), None, Some("1")),
        change("update", "opted-out", Some("no"), Some("yes")),
        tag("Unknown"),
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("p{at}@example.com");
        let one = member(
            0,
            &email,
            &[
                change("create", "user", None, Some(&email)),
                change("link", "contact-link", None, Some("5")),
                wish,
            ],
        );
        assert_eq!(batch(&site, &format!("r{at}"), &[one]).outcomes(), ["refused"]);
    }
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 2);
    site.get("/contacts?membership=accessally")
        .says(501, "rehome_unsupported");
    let managed = with_accessally_again(site, "some word for managed contacts");
    let answer = batch(&managed, "m1", &[newcomer(0, "ann@example.com", "9")]);
    assert_eq!(answer.outcomes(), ["refused"], "{answer:?}");
    assert!(managed.get("/status").body["contacts"]["system"].is_null());
}

fn with_accessally_again(site: Lent, system: &str) -> Lent {
    site.tell("accessally", system);
    site
}

#[test]
fn offerings_are_found_by_their_settings_and_the_probe_tells_no_person() {
    let site = with_accessally("convertkit");
    site.php("update_option('_accessally_secret_7', array('key' => 'a-secret-value', 'ann@example.com' => 'x')); add_user_meta(2, 'accessally_team_admin_12', 'a person');");
    let offerings = site.get("/offerings?membership=accessally").is(200).body;
    assert_eq!(offerings["offerings"][0]["key"], "_accessally_offering_7");
    assert_eq!(
        offerings["offerings"][0]["tags"],
        json!({ "base": "Course", "instant": null, "revoke": "Course (stopped)", "modules": ["Course 1"] })
    );
    let probe = site.get("/status").is(200).body["probe"].clone();
    let text = probe.to_string();
    assert!(
        text.contains("static set_user_contact_id($user_id, $contact_id)"),
        "{text}"
    );
    assert!(
        probe["classes"]["AccessAllyAPI"].is_null(),
        "what is missing is told too"
    );
    assert_eq!(
        probe["options"]["_accessally_secret_#"],
        json!({ "key": "string", "(key)": "string" })
    );
    assert_eq!(probe["metas"]["accessally_team_admin_#"], 1);
    for personal in ["a-secret-value", "example.com", "one person"] {
        assert!(!text.contains(personal), "{personal} in {text}");
    }
    site.php("delete_option('_accessally_secret_7'); delete_user_meta(2, 'accessally_team_admin_12');");
}

#[test]
fn invitations_go_out_whoever_decides_access() {
    let site = with_accessally("Infusionsoft");
    batch(&site, "r1", &[newcomer(0, "ann@example.com", "9")]);
    // Which emails there are, and who has access, AccessAlly's side of the client knows.
    let sent = with(
        body(&site, &[letter("ann@example.com"), letter("owner@example.com")]),
        &json!({ "membership": "accessally", "per_hour": 10 }),
    );
    assert_eq!(
        site.post("/invite", &sent).is(200).outcomes(),
        ["sent", "refused"]
    );
    assert_eq!(
        site.post("/invite", &sent).is(200).outcomes(),
        ["already", "refused"]
    );
    assert_eq!(site.mails().len(), 1);
}
