//! What is there under some addresses, for who lost an answer; and the echo that a stale copy does not know.

use serde_json::{Value, json};

use super::{
    site::{Answer, Site, newer_site, site, with},
    writes::{change, member, newcomer, newcomers, tag},
};

fn look(site: &Site, emails: &[&str]) -> Answer {
    site.post("/look", &json!({ "membership": "companion", "emails": emails }))
}

/// The rows of each entry, in their order.
fn rows(answer: &Answer) -> Vec<Vec<Value>> {
    let found = answer.body["found"].as_array().unwrap();
    found
        .iter()
        .map(|one| one["rows"].as_array().unwrap().clone())
        .collect()
}

/// People of every kind: made by a batch, by hand with addresses as WordPress and others store them, contacts.
fn people(site: &Site) {
    site.set_up();
    let contact = member(
        1,
        "only@example.com",
        &[
            change("create", "contact", None, Some("there")),
            change("update", "first-name", None, Some("Only")),
            change("update", json!({ "field": "phone" }), None, Some("1 23")),
            tag("VIP"),
        ],
    );
    let bare = member(
        2,
        "owner@example.net",
        &[change("create", "contact", None, Some("there"))],
    );
    site.batch("r1", &[newcomer(0, "ann@example.com"), contact, bare])
        .confirmed(3);
    site.php(
        "foreach (array('Mixed.Case@Example.com', 'a&b@example.com', 'x&y&z@example.com', 'owner@example.net', 'twice@example.com') as $at => $email) {
             wp_insert_user(array('user_login' => \"hand$at\", 'user_email' => $email, 'user_pass' => 'x', 'role' => 'subscriber', 'first_name' => 'Zoë'));
         }",
    );
    // Another program stored these, past WordPress.
    site.sql(
        "INSERT INTO wp_users (user_login, user_email, user_registered) VALUES ('raw', 'C&d@example.com', '2020-01-02 03:04:05');
         INSERT INTO wp_users (user_login, user_email, user_registered) VALUES ('again', 'Twice@example.com', '2020-01-02 03:04:05');
         UPDATE wp_users SET user_email = 'x&amp;y&z@example.com' WHERE user_login = 'hand2';",
    );
}

fn everybody_is_found_as_the_lists_tell_them(site: &Site) {
    people(site);
    let mut listed = site.get("/members").is(200).body["members"].clone();
    for one in listed.as_array_mut().unwrap() {
        one["user"] = json!(true);
    }
    let listed = listed.as_array().unwrap().clone();
    let contacts = site.get("/contacts").is(200).body["contacts"].clone();
    let all = |email: &str| -> Vec<Value> {
        listed
            .iter()
            .chain(contacts.as_array().unwrap())
            .filter(|one| one["email"] == email)
            .cloned()
            .collect()
    };
    let asked = [
        "nobody@example.com",
        "x&y&z@example.com",
        "mixed.case@example.com",
        "only@example.com",
        "ann@example.com",
        "a&b@example.com",
        "c&d@example.com",
        "twice@example.com",
        "owner@example.net",
        "owner@example.com",
        "änn@example.com",
        "%@example.com",
        "' or 1 = 1 --@example.com",
    ];
    let answer = look(site, &asked).is(200);
    let found = rows(&answer);
    let told: Vec<&Value> = answer.body["found"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["email"])
        .collect();
    assert_eq!(told, asked, "an entry for each, in the order asked");
    for (email, there) in asked.iter().zip(&found) {
        assert_eq!(*there, all(email), "{email}");
    }
    let counts: Vec<usize> = found.iter().map(Vec::len).collect();
    assert_eq!(counts, [0, 1, 1, 1, 1, 1, 1, 2, 2, 1, 0, 0, 0]);
    assert_eq!(found[4][0]["tags"][0][1], "lumen");
    assert_eq!(found[4][0]["quiet"], true);
    assert_eq!(found[9][0]["privileged"], true);
    assert_eq!(found[6][0]["half_made"], true);
    assert_eq!(found[3][0]["fields"]["phone"], "1 23");
    assert!(found[3][0].get("user").is_none(), "a contact is no user");
    assert_eq!(
        (&found[8][0]["user"], found[8][1].get("user")),
        (&json!(true), None),
        "a user, and a contact that is not linked yet"
    );
    assert_eq!(answer.body["running"], false);
    assert_eq!(site.complaints(), Vec::<String>::new());
}

#[test]
fn everybody_is_found_in_whatever_form_their_address_is_stored() {
    everybody_is_found_as_the_lists_tell_them(&site());
}

#[test]
fn everybody_is_found_on_sqlite_too() {
    let Some(site) = newer_site() else { return };
    everybody_is_found_as_the_lists_tell_them(&site);
}

#[test]
fn it_needs_no_lease_heeds_no_pause_and_writes_nothing() {
    let site = site();
    people(&site);
    site.post(
        "/lease",
        &json!({ "holder": "another", "who": "Bo", "seconds": 0 }),
    )
    .is(200);
    site.sql("UPDATE wp_rehome_lease SET holder = 'another', who = 'Bo', until = 4000000000");
    site.php("update_option('rehome_paused', 1);");
    let dump = || -> Vec<Vec<Vec<String>>> {
        let options = "options WHERE option_name LIKE 'rehome%' ORDER BY option_id";
        let own = [
            "people",
            "fields",
            "source_keys",
            "tags",
            "holdings",
            "lease",
            "requests",
            "marks",
        ];
        own.iter()
            .map(|name| format!("rehome_{name} ORDER BY 1, 2"))
            .chain([
                "users ORDER BY ID".to_owned(),
                "usermeta WHERE meta_key <> '_application_passwords' ORDER BY umeta_id".to_owned(),
                options.to_owned(),
            ])
            .map(|table| site.rows(&format!("SELECT * FROM wp_{table}")))
            .collect()
    };
    let before = dump();
    let hooks = site.recorded("hooks.jsonl");
    let found = rows(&look(&site, &["ann@example.com", "twice@example.com"]).is(200));
    assert_eq!([found[0].len(), found[1].len()], [1, 2]);
    assert_eq!(dump(), before);
    assert_eq!(site.recorded("hooks.jsonl"), hooks);
    site.batch("r9", &[newcomer(0, "late@example.com")])
        .says(423, "rehome_paused");
    assert_eq!(rows(&look(&site, &["late@example.com"]))[0], Vec::<Value>::new());
}

#[test]
fn what_is_not_asked_as_the_contract_says_is_refused() {
    let site = site();
    let most: Vec<String> = (0..1001).map(|at| format!("p{at}@example.com")).collect();
    let bodies = [
        json!({ "membership": "companion" }),
        json!({ "emails": ["ann@example.com"] }),
        json!({ "membership": "other", "emails": ["ann@example.com"] }),
        json!({ "membership": "companion", "emails": [] }),
        json!({ "membership": "companion", "emails": "ann@example.com" }),
        json!({ "membership": "companion", "emails": { "a": "ann@example.com" } }),
        json!({ "membership": "companion", "emails": [1] }),
        json!({ "membership": "companion", "emails": ["Ann@example.com"] }),
        json!({ "membership": "companion", "emails": ["ann@example.com "] }),
        json!({ "membership": "companion", "emails": ["ann"] }),
        json!({ "membership": "companion", "emails": ["ann@example.com", "ann@example.com"] }),
        json!({ "membership": "companion", "emails": most }),
    ];
    for body in bodies {
        site.post("/look", &body).says(400, "rehome_bad_request");
    }
    site.post(
        "/look",
        &json!({ "membership": "companion", "emails": most[1..] }),
    )
    .is(200);
    site.post(
        "/look",
        &json!({ "membership": "accessally", "emails": ["ann@example.com"] }),
    )
    .says(409, "rehome_no_membership");
}

/// Code that asks the route within PHP, as a request would.
fn within(emails: &str, and_then: &str) -> String {
    format!(
        "wp_set_current_user(1);
         function look() {{
             $request = new WP_REST_Request('POST', '/rehome/v1/look');
             $request->set_header('content-type', 'application/json');
             $request->set_body(wp_json_encode(array('membership' => WITH, 'emails' => {emails})));
             return rest_do_request($request)->get_data();
         }}
         {and_then}"
    )
}

#[test]
fn a_thousand_addresses_take_as_many_statements_as_two() {
    let site = site();
    site.set_up();
    site.batch("r1", &newcomers(100)).confirmed(100);
    let told = site.php(&within(
        "array_slice(ASKED, 0, $GLOBALS['most'])",
        "const WITH = 'companion';
         define('ASKED', array_map(function ($at) { return sprintf('person%04d@example.com', $at); }, range(0, 999)));
         foreach (array(2, 2, 1000) as $most) {
             $before = $wpdb->num_queries;
             $found = look()['found'];
             $there = count(array_filter(array_column($found, 'rows')));
             echo count($found), ' ', $there, ' ', $wpdb->num_queries - $before, \"\\n\";
         }",
    ));
    let lines: Vec<Vec<u32>> = told
        .lines()
        .map(|line| line.split(' ').map(|number| number.parse().unwrap()).collect())
        .collect();
    assert_eq!(lines[1][..2], [2, 2], "{told}");
    assert_eq!(lines[2][..2], [1000, 100], "{told}");
    assert_eq!(lines[1][2], lines[2][2], "{told}");
    assert!(lines[1][2] < 12, "{told}");
}

#[test]
fn the_database_is_read_and_not_what_a_cache_remembers() {
    let site = site();
    site.set_up();
    site.batch("r1", &[newcomer(0, "ann@example.com")]).confirmed(1);
    site.tell("accessally", "Infusionsoft");
    for membership in ["companion", "accessally"] {
        // What PHP has cached by now another request changed in the database.
        let told = site.php(&within(
            "array('ann@example.com')",
            &format!(
                "const WITH = '{membership}';
                 $id = get_user_by('email', 'ann@example.com')->ID;
                 update_user_meta($id, '_standin_contact', '7');
                 update_user_meta($id, 'first_name', 'Old');
                 get_user_meta($id);
                 $wpdb->query(\"UPDATE $wpdb->usermeta SET meta_value = 'New' WHERE user_id = $id AND meta_key = 'first_name'\");
                 $wpdb->query(\"UPDATE $wpdb->usermeta SET meta_value = '9' WHERE user_id = $id AND meta_key = '_standin_contact'\");
                 $wpdb->query(\"UPDATE {{$wpdb->prefix}}rehome_people SET contact_id = '9' WHERE user_id = $id\");
                 $row = look()['found'][0]['rows'][0];
                 echo $row['first_name'], ' ', $row['contact_id'];"
            ),
        ));
        assert_eq!(told, "New 9", "{membership}");
    }
}

#[test]
fn users_of_accessally_are_found_and_no_contacts() {
    let site = site();
    people(&site);
    site.tell("accessally", "Infusionsoft");
    let body = json!({ "membership": "accessally", "emails": ["only@example.com", "twice@example.com"] });
    let found = rows(&site.post("/look", &body).is(200));
    assert_eq!([found[0].len(), found[1].len()], [0, 2]);
    assert_eq!(found[1][0]["user"], true);
}

#[test]
fn a_batch_that_may_be_at_work_is_told() {
    let site = site();
    people(&site);
    site.sql("UPDATE wp_rehome_requests SET running_until = 4000000000");
    assert_eq!(look(&site, &["ann@example.com"]).body["running"], true);
    // As invitations are noted.
    site.sql("UPDATE wp_rehome_requests SET client = ''");
    assert_eq!(look(&site, &["ann@example.com"]).body["running"], false);
}

#[test]
fn the_echo_is_given_back_wherever_something_is_read() {
    let site = site();
    for path in [
        "/hello",
        "/status",
        "/members",
        "/contacts",
        "/tags",
        "/offerings",
        "/emails",
    ] {
        let answer = site.get(&format!("{path}?echo=Run-7")).is(200);
        assert_eq!(answer.body["echo"], "Run-7", "{path}");
        assert!(site.get(path).is(200).body.get("echo").is_none(), "{path}");
        for wrong in ["", "a%0A", "a_b", &"x".repeat(65)] {
            site.get(&format!("{path}?echo={wrong}"))
                .says(400, "rehome_bad_request");
        }
    }
    let body = json!({ "membership": "companion", "emails": ["ann@example.com"] });
    let echoed = site.post("/look", &with(body.clone(), &json!({ "echo": "Run-8" })));
    assert_eq!(echoed.is(200).body["echo"], "Run-8");
    let echoed = site.post("/look?echo=Run-9", &body);
    assert_eq!(echoed.is(200).body["echo"], "Run-9");
    site.post("/look", &with(body, &json!({ "echo": 8 })))
        .says(400, "rehome_bad_request");
}

#[test]
fn a_list_of_which_a_part_cannot_be_read_is_not_told() {
    let site = site();
    people(&site);
    site.sql("RENAME TABLE wp_rehome_fields TO wp_rehome_fields_away");
    let answers = [
        site.get("/members"),
        site.get("/contacts"),
        look(&site, &["ann@example.com"]),
        site.get("/members?fields=login"),
    ];
    site.sql("RENAME TABLE wp_rehome_fields_away TO wp_rehome_fields");
    for answer in &answers[..3] {
        answer.clone().says(500, "rehome_database");
    }
    answers[3].clone().is(200);
}
