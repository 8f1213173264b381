//! What a batch does once, and what it compares before it does it.

use serde_json::json;

use super::{
    site::{site, with},
    writes::{change, member, newcomer, newcomers, tag},
};

#[test]
fn fifty_people_are_made_once_and_answered_again_the_same() {
    let site = site();
    site.set_up();
    site.tell("greets", "");
    site.tell("access-seen", "");
    let before = site.hashes();
    let members = newcomers(50);
    let first = site.batch("r1", &members).is(200).confirmed(50);
    let again = site.batch("r1", &members).is(200).confirmed(50);
    assert_eq!(first.body["items"], again.body["items"]);
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 52);
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_usermeta WHERE meta_key = 'wp_capabilities' AND meta_value LIKE '%subscriber%'"), 51);
    assert_eq!(
        site.number("SELECT COUNT(DISTINCT contact_id) FROM wp_rehome_people WHERE user_id > 2"),
        50
    );
    assert_eq!(
        site.number("SELECT COUNT(*) FROM wp_rehome_holdings WHERE granted_by = 'lumen'"),
        50
    );
    assert_eq!(site.hooks("user_register"), 50);
    assert_eq!(site.hooks("profile_update"), 0);
    assert_eq!(site.mails(), Vec::<serde_json::Value>::new());
    assert_eq!(
        site.recorded("mails.jsonl").len(),
        50,
        "the greeting plugin tried"
    );
    assert_eq!(site.hashes()[..2], before[..], "nobody else's password");
    assert!(
        site.recorded("access-seen")
            .iter()
            .all(|seen| seen["course"] == true),
        "access is right the moment the user exists"
    );
    assert_eq!(site.complaints(), Vec::<String>::new());
}

#[test]
fn the_same_request_with_other_content_is_refused() {
    let site = site();
    site.set_up();
    site.batch("r1", &[newcomer(0, "ann@example.com")]).confirmed(1);
    site.batch("r1", &[newcomer(0, "bo@example.com")])
        .says(409, "rehome_other_content");
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 3);
}

#[test]
fn a_member_who_moved_is_told_and_not_touched() {
    let site = site();
    site.set_up();
    site.batch(
        "r1",
        &[newcomer(0, "ann@example.com"), newcomer(1, "bo@example.com")],
    )
    .confirmed(2);
    site.php(
        "wp_update_user(array('ID' => get_user_by('email', 'ann@example.com')->ID, 'first_name' => 'Anna'));",
    );
    let renames = |seq, email: &str| {
        member(
            seq,
            email,
            &[
                change("update", "first-name", Some("Ann"), Some("Annie")),
                tag("VIP"),
            ],
        )
    };
    let answer = site.batch(
        "r2",
        &[renames(0, "ann@example.com"), renames(1, "bo@example.com")],
    );
    assert_eq!(answer.outcomes(), ["moved", "confirmed"], "{answer:?}");
    assert_eq!(
        answer.body["items"][0]["what"],
        "first name is \"Anna\" now; it was \"Ann\" when the difference was computed"
    );
    let held = site.rows("SELECT p.email, t.name FROM wp_rehome_holdings h JOIN wp_rehome_people p ON p.id = h.person JOIN wp_rehome_tags t ON t.id = h.tag WHERE t.name = 'VIP'");
    assert_eq!(held, [["bo@example.com", "VIP"]]);
}

#[test]
fn what_was_true_when_the_difference_was_computed_must_still_be() {
    let site = site();
    site.set_up();
    let people = ["ann@example.com", "bo@example.com", "cy@example.com"];
    let created: Vec<_> = (0..)
        .zip(people)
        .map(|(seq, email)| newcomer(seq, email))
        .collect();
    site.batch("r1", &created).confirmed(3);
    let tagged: Vec<_> = (0..)
        .zip(people)
        .map(|(seq, email)| member(seq, email, &[tag("VIP")]))
        .collect();
    site.batch("r2", &tagged).confirmed(3);
    let ids = site.rows("SELECT contact_id FROM wp_rehome_people ORDER BY email");
    site.php("require_once ABSPATH . 'wp-admin/includes/user.php'; wp_delete_user(get_user_by('email', 'ann@example.com')->ID);");
    site.php("global $wpdb; $wpdb->query(\"UPDATE {$wpdb->prefix}rehome_holdings SET granted_by = 'shop' WHERE person = (SELECT id FROM {$wpdb->prefix}rehome_people WHERE email = 'bo@example.com')\");");
    let taken: Vec<_> = (0..)
        .zip(people)
        .map(|(seq, email)| {
            let mut member = member(
                seq,
                email,
                &[change("remove-tag", json!({ "tag": "VIP" }), Some("held"), None)],
            );
            let id = &ids[seq][0];
            member["expect"] = json!({ "user_of": id, "ours": ["VIP"] });
            member
        })
        .collect();
    let answer = site.batch("r3", &taken);
    assert_eq!(answer.outcomes(), ["moved", "moved", "confirmed"], "{answer:?}");
    assert_eq!(answer.body["items"][0]["what"], "the user no longer exists");
    assert_eq!(
        answer.body["items"][1]["what"],
        "the tag \"VIP\" is now from \"shop\", not from this migration"
    );
}

#[test]
fn somebody_who_is_there_is_linked_and_keeps_login_password_and_role() {
    let site = site();
    site.set_up();
    site.php("wp_insert_user(array('user_login' => 'old-ann', 'user_email' => 'Ann@Example.com', 'user_pass' => 'secret', 'first_name' => 'Ann', 'role' => 'subscriber'));");
    let hashes = site.hashes();
    let link = member(
        0,
        "ann@example.com",
        &[
            change("create", "contact", None, Some("there")),
            change("link", "contact-link", None, Some("77")),
            change("update", "last-name", None, Some("Bell")),
            change("update", json!({ "field": "phone" }), None, Some("+1 555 0100")),
            change("update", json!({ "source-key": "kajabi" }), None, Some("k-1")),
            change("update", "opted-out", Some("no"), Some("yes")),
            tag("Course"),
        ],
    );
    let answer = site.batch("r1", &[link]).confirmed(1);
    assert_eq!(answer.body["items"][0]["contact_id"], "77");
    assert_eq!(site.hashes(), hashes);
    assert_eq!(site.hooks("user_register"), 1, "its own");
    let listed = site.get("/members?after=2").is(200);
    let ann = &listed.body["members"][0];
    for (name, value) in [
        ("email", json!("ann@example.com")),
        ("login", json!("old-ann")),
        ("first_name", json!("Ann")),
        ("last_name", json!("Bell")),
        ("contact_id", json!("77")),
        ("opted_out", json!(true)),
        ("fields", json!({ "phone": "+1 555 0100" })),
        ("source_keys", json!({ "kajabi": "k-1" })),
    ] {
        assert_eq!(ann[name], value, "{name} of {ann}");
    }
    assert!(
        ann.get("quiet").is_none(),
        "a user who was there before is not muted"
    );
    let again = site.batch(
        "r2",
        &[member(
            0,
            "ann@example.com",
            &[change("update", "last-name", None, Some("Bell"))],
        )],
    );
    again.confirmed(1);
    assert_eq!(
        site.hooks("profile_update"),
        1,
        "what is in place is not written again"
    );
}

#[test]
fn tags_and_fields_go_again() {
    let site = site();
    site.set_up();
    let field = json!({ "field": "phone" });
    let ann = member(
        0,
        "ann@example.com",
        &[
            change("create", "contact", None, Some("there")),
            change("update", field.clone(), None, Some("1")),
            tag("VIP"),
            tag("Course"),
        ],
    );
    site.batch("r1", &[ann]).confirmed(1);
    assert_eq!(
        site.get("/contacts").is(200).body["contacts"][0]["fields"]["phone"],
        "1"
    );
    let less = member(
        0,
        "ann@example.com",
        &[
            change("update", field, Some("1"), None),
            change("remove-tag", json!({ "tag": "VIP" }), Some("held"), None),
        ],
    );
    site.batch("r2", &[less]).confirmed(1);
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_rehome_fields"), 0);
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_rehome_holdings"), 1);
    assert_eq!(
        site.number("SELECT COUNT(*) FROM wp_users"),
        2,
        "a contact alone is no user"
    );
}

#[test]
fn a_new_address_takes_user_and_contact_along_and_nobody_is_told() {
    let site = site();
    site.set_up();
    site.batch(
        "r1",
        &[newcomer(0, "old@example.com"), newcomer(1, "taken@example.com")],
    )
    .confirmed(2);
    let hashes = site.hashes();
    let rename = |new: &str, old: &str| {
        member(
            0,
            new,
            &[change("rename", "address", Some(old), Some(new)), tag("VIP")],
        )
    };
    site.batch("r2", &[rename("new@example.com", "old@example.com")])
        .confirmed(1);
    let listed = site.get("/members?after=2&fields=login,contact_id,tags").is(200);
    assert_eq!(listed.body["members"][0]["email"], "new@example.com");
    assert_eq!(
        listed.body["members"][0]["login"], "old@example.com",
        "the login stays"
    );
    assert_eq!(listed.body["members"][0]["tags"].as_array().unwrap().len(), 2);
    assert_eq!(site.hashes(), hashes);
    let answer = site.batch("r3", &[rename("taken@example.com", "new@example.com")]);
    assert_eq!(answer.outcomes(), ["moved"], "{answer:?}");
    site.batch("r4", &[rename("new@example.com", "old@example.com")])
        .confirmed(1);
    assert_eq!(site.mails(), Vec::<serde_json::Value>::new());
}

#[test]
fn the_day_of_registration_is_kept_where_it_is_given() {
    let site = site();
    site.set_up();
    let ann = with(
        newcomer(0, "ann@example.com"),
        &json!({ "registered": "2019-04-01T10:00:00Z" }),
    );
    site.batch("r1", &[ann]).confirmed(1);
    assert_eq!(
        site.rows("SELECT user_registered FROM wp_users WHERE ID > 2"),
        [["2019-04-01 10:00:00"]]
    );
    let bad = with(
        newcomer(0, "bo@example.com"),
        &json!({ "registered": "yesterday" }),
    );
    site.batch("r2", &[bad]).says(400, "rehome_bad_request");
}

#[test]
fn a_contact_id_belongs_to_one_person() {
    let site = site();
    site.set_up();
    let given = |seq, email: &str, id: &str| {
        member(
            seq,
            email,
            &[
                change("create", "contact", None, Some("there")),
                change("create", "user", None, Some(email)),
                change("link", "contact-link", None, Some(id)),
            ],
        )
    };
    let answer = site.batch(
        "r1",
        &[
            given(0, "ann@example.com", "5"),
            given(1, "bo@example.com", "5"),
            given(2, "cy@example.com", "6"),
        ],
    );
    assert_eq!(answer.outcomes(), ["confirmed", "refused", "confirmed"]);
    assert_eq!(
        answer.body["items"][1]["why"],
        "contact ID 5 belongs to ann@example.com"
    );
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 4);
    assert_eq!(
        site.number("SELECT COUNT(*) FROM wp_rehome_people"),
        2,
        "who is refused leaves nothing"
    );
}

#[test]
fn a_batch_stops_when_its_time_is_over_and_goes_on_when_it_is_sent_again() {
    let site = site();
    site.set_up();
    site.tell("slow", "30");
    let body = with(site.batch_body("r1", &newcomers(20)), &json!({ "budget": 0.2 }));
    let mut sent = 0;
    loop {
        let answer = site.post("/batch", &body).is(200);
        sent += 1;
        assert_eq!(
            answer.body["next"],
            answer.body["items"].as_array().unwrap().len()
        );
        if answer.body["done"] == true {
            answer.confirmed(20);
            break;
        }
        assert!(sent < 21, "each goes on by one at least");
    }
    assert!(sent > 1, "one request was enough");
    assert_eq!(site.hooks("user_register"), 20);
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 22);
}

#[test]
fn what_is_no_request_is_refused_whole() {
    let site = site();
    site.set_up();
    let twice = [newcomer(0, "ann@example.com"), newcomer(1, "ann@example.com")];
    let unknown = [member(
        0,
        "ann@example.com",
        &[change("create", "password", None, Some("x"))],
    )];
    let hold = [member(
        0,
        "ann@example.com",
        &[change("hold", "user", None, Some("x"))],
    )];
    for (at, members) in [
        &twice[..],
        &unknown[..],
        &hold[..],
        &[],
        &[json!("x")],
        &[json!({ "seq": 0 })],
    ]
    .into_iter()
    .enumerate()
    {
        site.batch(&format!("r{at}"), members)
            .says(400, "rehome_bad_request");
    }
    for body in ["", "x", "[]", "{}", "{\"members\": 1}"] {
        let answer = site.request("admin", &site.password(), "POST", "/batch", Some(body.to_owned()));
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
    }
    let many: Vec<_> = (0..1001)
        .map(|at| member(at, &format!("p{at}@example.com"), &[]))
        .collect();
    site.batch("many", &many).says(413, "rehome_too_many");
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 2);
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_rehome_people"), 0);
}

#[test]
fn what_is_expected_in_a_wrong_form_is_refused_whole() {
    let site = site();
    site.set_up();
    let wrong = [
        json!("a user"),
        json!({ "user_of": 5 }),
        json!({ "ours": "VIP" }),
        json!({ "ours": [5] }),
        json!({ "ours": { "VIP": true } , "user_of": ["5"] }),
    ];
    for (at, expect) in wrong.into_iter().enumerate() {
        let mut member = newcomer(0, "ann@example.com");
        member["expect"] = expect;
        site.batch(&format!("r{at}"), &[member])
            .says(400, "rehome_bad_request");
    }
    for more in [
        json!({ "granted_before": "move" }),
        json!({ "offerings": "course" }),
        json!({ "offerings": [{ "key": "course" }] }),
        json!({ "offerings": [{ "tags": [] }] }),
        json!({ "offerings": [{ "key": "course", "tags": ["Course"] }] }),
    ] {
        let body = with(site.batch_body("r9", &[newcomer(0, "ann@example.com")]), &more);
        site.post("/batch", &body).says(400, "rehome_bad_request");
    }
    assert_eq!(
        site.number("SELECT COUNT(*) FROM wp_users"),
        2,
        "nothing was written"
    );
}

#[test]
fn an_offering_with_other_tags_than_expected_blocks_whoever_gets_or_loses_one() {
    let site = site();
    site.set_up();
    let as_it_is = json!({ "base": "Course", "instant": null, "revoke": "Course (stopped)", "modules": ["Course 1", "Course 2"] });
    let members = || {
        [
            newcomer(0, "ann@example.com"),
            member(
                1,
                "bo@example.com",
                &[change("create", "contact", None, Some("there")), tag("VIP")],
            ),
        ]
    };
    let send = |request: &str, offering: &serde_json::Value| {
        let body = with(
            site.batch_body(request, &members()),
            &json!({ "offerings": [offering] }),
        );
        site.post("/batch", &body).is(200)
    };
    let other = json!({ "base": "Other", "instant": null, "revoke": null, "modules": [] });
    let answer = send(
        "r1",
        &json!({ "key": "course", "tags": [with(other, &json!({ "instant": "Course" }))] }),
    );
    assert_eq!(answer.outcomes(), ["moved", "confirmed"], "{answer:?}");
    assert_eq!(
        answer.body["items"][0]["what"],
        "the offering \"course\" has other tags now than when the difference was computed"
    );
    let gone = send("r2", &json!({ "key": "nowhere", "tags": [as_it_is] }));
    assert_eq!(
        gone.body["items"][0]["what"],
        "the offering \"nowhere\" no longer exists"
    );
    let gone = send(
        "r3",
        &json!({ "key": "nowhere", "tags": [as_it_is], "may_be_missing": true }),
    );
    assert_eq!(gone.outcomes(), ["confirmed", "confirmed"], "{gone:?}");
    let met = send("r4", &json!({ "key": "course", "tags": [as_it_is] }));
    assert_eq!(met.outcomes(), ["confirmed", "confirmed"], "{met:?}");
}

#[test]
fn who_made_something_is_kept_and_what_was_granted_under_an_earlier_name_is_the_migrations_own() {
    let site = site();
    let made =
        |body: serde_json::Value, by: &str| with(with(site.writing(), &body), &json!({ "made_by": by }));
    let offering = json!({ "key": "course", "name": "Course", "kind": "course", "includes": [],
        "tags": { "base": "Course", "instant": null, "revoke": null, "modules": [] } });
    site.post("/offerings", &made(offering.clone(), "move")).is(200);
    site.post("/tags", &made(json!({ "name": "VIP" }), "move"))
        .is(200);
    // Whoever writes an offering again has taken it over; a tag stays with its maker.
    site.post("/offerings", &made(offering, "lumen")).is(200);
    site.post("/tags", &made(json!({ "name": "VIP" }), "lumen"))
        .is(200);
    assert_eq!(site.get("/offerings").body["offerings"][0]["made_by"], "lumen");
    let tags = site.get("/tags").body["tags"].clone();
    let makers: Vec<_> = tags
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| &tag["made_by"])
        .collect();
    assert_eq!(makers, ["move", "move"]);
    let by = |request: &str, by: &str, members: &[serde_json::Value]| {
        let more = json!({ "granted_by": by });
        with(site.batch_body(request, members), &more)
    };
    site.post("/batch", &by("r1", "move", &[newcomer(0, "ann@example.com")]))
        .confirmed(1);
    let mut taken = member(
        0,
        "ann@example.com",
        &[change(
            "remove-tag",
            json!({ "tag": "Course" }),
            Some("held"),
            None,
        )],
    );
    taken["expect"] = json!({ "ours": ["Course"] });
    let answer = site.post("/batch", &by("r2", "lumen", std::slice::from_ref(&taken)));
    assert_eq!(answer.outcomes(), ["moved"], "{answer:?}");
    let body = with(
        by("r3", "lumen", &[taken]),
        &json!({ "granted_before": ["move"] }),
    );
    site.post("/batch", &body).confirmed(1);
}
