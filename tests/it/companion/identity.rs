//! Who somebody is, byte by byte, and who may do more than read.

use serde_json::json;

use super::{
    site::{Site, site, with},
    writes::{change, member, newcomer, newcomer_as, tag},
};

/// A user past WordPress, with these capabilities as they are stored.
fn user(site: &Site, id: u64, login: &str, email: &str, stored: Option<&str>) {
    site.sql(&format!(
        "INSERT INTO wp_users (ID, user_login, user_pass, user_nicename, user_email, display_name) VALUES ({id}, '{login}', 'x', 'u{id}', '{email}', 'U')"
    ));
    if let Some(stored) = stored {
        site.sql(&format!(
            "INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES ({id}, 'wp_capabilities', '{stored}')"
        ));
    }
}

const SUBSCRIBER: &str = "a:1:{s:10:\"subscriber\";b:1;}";

#[test]
fn whoever_the_database_takes_for_the_same_is_not_the_same() {
    let site = site();
    site.set_up();
    user(&site, 10, "jose", "josé@example.com", Some(SUBSCRIBER));
    user(&site, 11, "strasse", "straße@example.com", Some(SUBSCRIBER));
    user(&site, 12, "spaces", "spaces@example.com ", Some(SUBSCRIBER));
    user(&site, 13, "Zoë", "other@example.com", Some(SUBSCRIBER));
    let link = |seq, email: &str| {
        member(
            seq,
            email,
            &[
                change("create", "contact", None, Some("there")),
                change("create", "user", None, Some(email)),
                tag("VIP"),
            ],
        )
    };
    let answer = site.batch(
        "r1",
        &[
            link(0, "jose@example.com"),
            link(1, "strasse@example.com"),
            link(2, "spaces@example.com"),
            newcomer_as(3, "zoe@example.com", "Zoe"),
            newcomer(4, "bo@example.com"),
        ],
    );
    let outcomes = answer.outcomes();
    assert_eq!(
        outcomes,
        ["refused", "refused", "refused", "refused", "confirmed"],
        "{answer:?}"
    );
    for at in [0, 1, 2, 3] {
        let why = answer.body["items"][at]["why"].as_str().unwrap();
        assert!(why.contains("does not distinguish"), "{why}");
    }
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_rehome_people"), 1);
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_rehome_holdings"), 1);
    // A tag that differs by a space at its end is another tag, and is not stored as the first one.
    let answer = site.post("/tags", &with(site.writing(), &json!({ "name": "VIP " })));
    answer.says(422, "rehome_no_tag");
}

#[test]
fn whoever_may_do_anything_beyond_the_list_is_left_alone() {
    let site = site();
    site.set_up();
    for (id, stored) in (20..).zip([
        SUBSCRIBER,
        "a:2:{s:10:\"subscriber\";b:1;s:15:\"bbp_participant\";b:1;}",
        "a:2:{s:10:\"subscriber\";b:1;s:15:\"manage_the_moon\";b:1;}",
        "a:1:{s:13:\"administrator\";b:1;}",
        "a:0:{}",
        "a:1:{s:10:\"subscriber\";b:0;}",
    ]) {
        user(
            &site,
            id,
            &format!("u{id}"),
            &format!("u{id}@example.com"),
            Some(stored),
        );
    }
    let outcome = |id: u64| {
        let link = member(
            0,
            &format!("u{id}@example.com"),
            &[
                change("create", "contact", None, Some("there")),
                change("link", "contact-link", None, None),
                tag("VIP"),
            ],
        );
        let answer = site.batch(&format!("r{id}"), &[link]).is(200);
        let item = answer.body["items"][0].clone();
        let why = item["why"].as_str().unwrap_or_default().to_owned();
        (item["outcome"].as_str().unwrap().to_owned(), why)
    };
    for id in [20, 21] {
        assert_eq!(outcome(id).0, "confirmed", "{id}");
    }
    for id in [22, 23] {
        assert!(outcome(id).1.contains("more than subscriber rights"), "{id}");
    }
    for id in [24, 25] {
        assert!(outcome(id).1.contains("no role on this site"), "{id}");
    }
    // What a filter of a plugin grants counts too.
    site.php("file_put_contents(WPMU_PLUGIN_DIR . '/grants.php', '<?php add_filter(\"user_has_cap\", function ($all, $caps, $args, $user) { if (\"u20@example.com\" === $user->user_email) { $all[\"edit_others_pages\"] = true; } return $all; }, 10, 4);');");
    let answer = site.batch("filtered", &[member(0, "u20@example.com", &[tag("Course")])]);
    site.php("unlink(WPMU_PLUGIN_DIR . '/grants.php');");
    assert_eq!(answer.outcomes(), ["refused"], "{answer:?}");
    let rights =
        site.rows("SELECT meta_value FROM wp_usermeta WHERE meta_key = 'wp_capabilities' AND user_id = 24");
    assert_eq!(rights, [["a:0:{}"]], "nobody's rights were given back");
}

#[test]
fn whoever_is_adopted_hears_nothing_until_invited() {
    let site = site();
    site.set_up();
    user(&site, 30, "ann", "ann@example.com", None);
    site.batch("r1", &[newcomer_as(0, "ann@example.com", "other")])
        .confirmed(1);
    site.php("wp_mail('ann@example.com', 'Welcome', 'x');");
    assert_eq!(site.mails(), Vec::<serde_json::Value>::new());
    assert_eq!(
        site.rows("SELECT quiet, made, user_id FROM wp_rehome_people"),
        [["1", "1", "30"]]
    );
}

#[test]
fn a_display_name_is_never_the_address() {
    let site = site();
    site.set_up();
    let nameless = |seq, email: &str, login: &str, first: Option<&str>| {
        let mut changes = vec![change("create", "user", None, Some(login))];
        changes.extend(first.map(|first| change("update", "first-name", None, Some(first))));
        member(seq, email, &changes)
    };
    let members = [
        nameless(0, "ann@example.com", "ann@example.com", None),
        nameless(1, "bo@example.com", "bo@example.com", Some("Bo")),
        nameless(2, "cy@example.com", "cyrus", None),
        nameless(3, "di@example.com", "di@example.com", Some("di@example.com")),
        newcomer(4, "ed@example.com"),
    ];
    site.batch("r1", &members).confirmed(5);
    let shown = site.rows("SELECT u.display_name, m.meta_value FROM wp_users u JOIN wp_usermeta m ON m.user_id = u.ID AND m.meta_key = 'nickname' WHERE u.ID > 2 ORDER BY u.ID");
    assert_eq!(
        shown,
        [
            ["Member", "Member"],
            ["Bo", "Bo"],
            ["cyrus", "cyrus"],
            ["Member", "Member"],
            ["Ann Bell", "Ann Bell"]
        ]
    );
}

#[test]
fn wordpress_s_own_export_and_erasure_cover_what_is_stored() {
    let site = site();
    site.set_up();
    let stored = [
        change("update", json!({ "field": "phone" }), None, Some("+1 555 0100")),
        change("update", json!({ "source-key": "kajabi" }), None, Some("k-1")),
    ];
    let mut ann = newcomer(0, "ann@example.com");
    ann["changes"].as_array_mut().unwrap().extend(stored.clone());
    let mut contact = member(
        1,
        "bo@example.com",
        &[
            change("create", "contact", None, Some("there")),
            change("update", "first-name", None, Some("Bo")),
            tag("VIP"),
        ],
    );
    contact["changes"].as_array_mut().unwrap().extend(stored);
    site.batch("r1", &[ann, contact]).confirmed(2);
    site.batch("r2", &[member(0, "ann@example.com", &[tag("nothing")])]);
    site.sql("INSERT INTO wp_rehome_invitations (email_key, address, user_id, state, attempt, started, who, why, instance) SELECT 'welcome', email, user_id, 'sent', 1, 1795475179, 'me', '', 'x' FROM wp_rehome_people WHERE email = 'ann@example.com'");
    let call = |what: &str, email: &str| {
        site.php(&format!(
            "$all = apply_filters('wp_privacy_personal_data_{what}s', array()); echo wp_json_encode(call_user_func($all['rehome-companion']['callback'], '{email}', 1));"
        ))
    };
    let export = call("exporter", "ann@example.com");
    let contact_id =
        &site.rows("SELECT contact_id FROM wp_rehome_people WHERE email = 'ann@example.com'")[0][0];
    for value in [
        contact_id,
        "+1 555 0100",
        "k-1",
        "Course",
        "welcome",
        "Ann",
        "Why not written",
    ] {
        assert!(export.contains(value), "{value} is missing: {export}");
    }
    let export = call("exporter", "bo@example.com");
    assert!(export.contains("VIP") && export.contains("Bo"), "{export}");
    let erased = call("eraser", "ann@example.com");
    assert!(
        erased.contains("\"items_removed\":true,\"items_retained\":true"),
        "{erased}"
    );
    let erased = call("eraser", "bo@example.com");
    assert!(
        erased.contains("\"items_removed\":true,\"items_retained\":false"),
        "{erased}"
    );
    assert_eq!(
        site.rows("SELECT email, first_name, contact_id FROM wp_rehome_people"),
        [["ann@example.com", "", contact_id]]
    );
    for table in ["fields", "source_keys"] {
        assert_eq!(site.number(&format!("SELECT COUNT(*) FROM wp_rehome_{table}")), 0);
    }
    assert_eq!(
        site.number("SELECT COUNT(*) FROM wp_rehome_marks WHERE email <> ''"),
        0
    );
    let address = &site.rows("SELECT address FROM wp_rehome_invitations")[0][0];
    assert!(address.starts_with("erased-"), "{address}");
    assert_eq!(
        site.number("SELECT COUNT(*) FROM wp_rehome_holdings"),
        1,
        "a member keeps access"
    );
    assert_eq!(site.complaints(), Vec::<String>::new());
}
