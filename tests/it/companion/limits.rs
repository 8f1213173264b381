//! Addresses, logins and names that a site does not take, or takes in its own way.

use serde_json::{Value, json};

use super::{
    site::site,
    writes::{change, member, newcomer, newcomer_as},
};

fn long(length: usize) -> String {
    format!("{}@example.com", "x".repeat(length - "@example.com".len()))
}

#[test]
fn addresses_are_taken_as_they_are_or_refused_with_the_reason() {
    let site = site();
    site.set_up();
    let taken = [
        long(100),
        "o'neil@example.com".into(),
        "ann+vip@example.com".into(),
        "a&b@example.com".into(),
    ];
    let refused = [
        long(101),
        "jörg@example.com".into(),
        "ann@bücher.example".into(),
        "ann".into(),
        "ann@localhost".into(),
        " ann@example.com".into(),
        "Ann@example.com".into(),
        "ann@example.com\u{a0}".into(),
        "a b@example.com".into(),
        String::new(),
    ];
    let members: Vec<Value> = taken
        .iter()
        .chain(&refused)
        .enumerate()
        .map(|(at, email)| newcomer_as(at, email, &format!("login{at}")))
        .collect();
    let answer = site.batch("r1", &members).is(200);
    for (at, (email, outcome)) in taken.iter().chain(&refused).zip(answer.outcomes()).enumerate() {
        let wanted = if at < taken.len() { "confirmed" } else { "refused" };
        assert_eq!(outcome, wanted, "{email}: {answer:?}");
    }
    let why = |at: usize| answer.body["items"][taken.len() + at]["why"].clone();
    assert_eq!(
        why(1),
        "WordPress does not accept the email address; it would change it to jrg@example.com"
    );
    assert_eq!(why(3), "WordPress does not accept the email address");
    let listed = site.get("/members?after=2").is(200);
    let there: Vec<&str> = listed.body["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["email"].as_str().unwrap())
        .collect();
    assert_eq!(there, taken, "they read back as they were sent");
    assert_eq!(
        site.rows("SELECT user_email FROM wp_users WHERE user_login = 'login3'"),
        [["a&amp;b@example.com"]]
    );
    let members: Vec<Value> = taken
        .iter()
        .enumerate()
        .map(|(at, email)| newcomer_as(at, email, &format!("other{at}")))
        .collect();
    site.batch("r2", &members).confirmed(4);
    assert_eq!(
        site.number("SELECT COUNT(*) FROM wp_users"),
        6,
        "each was found again"
    );
    assert_eq!(site.complaints(), Vec::<String>::new());
}

#[test]
fn a_login_is_never_changed_silently() {
    let site = site();
    site.set_up();
    site.php("wp_insert_user(array('user_login' => 'cy@example.com', 'user_email' => 'elsewhere@example.com', 'user_pass' => 'x', 'role' => 'subscriber'));");
    let cases = [
        ("ann@example.com", "ann"),
        ("bo@example.com", "ANN"),
        ("plus@example.com", "plus+vip@example.com"),
        ("dot@example.com", "jörg"),
        ("blank@example.com", ""),
        ("long@example.com", &"x".repeat(61)),
        ("sixty@example.com", &"y".repeat(60)),
        ("other@example.com", "owner@example.com"),
        ("cy@example.com", "cyril"),
        ("markup@example.com", "<b>ann</b>"),
    ];
    let members: Vec<Value> = cases
        .iter()
        .enumerate()
        .map(|(at, (email, login))| newcomer_as(at, email, login))
        .collect();
    let answer = site.batch("r1", &members).is(200);
    let wanted = [
        "confirmed",
        "refused",
        "refused",
        "refused",
        "refused",
        "refused",
        "confirmed",
        "refused",
        "refused",
        "refused",
    ];
    assert_eq!(answer.outcomes(), wanted, "{answer:?}");
    assert_eq!(
        answer.body["items"][1]["why"],
        "the login \"ANN\" is taken by ann@example.com"
    );
    assert_eq!(
        answer.body["items"][7]["why"],
        "the login \"owner@example.com\" is the address of another user"
    );
    assert_eq!(
        answer.body["items"][8]["why"],
        "the address is the login of another user, elsewhere@example.com"
    );
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 5);
}

#[test]
fn hostile_names_are_stored_as_text_and_what_is_altered_is_said() {
    let site = site();
    site.set_up();
    let names = [
        ("O'Neil", "O'Neil"),
        ("Zoë 🎉", "Zoë 🎉"),
        ("Tom & Jerry", "Tom & Jerry"),
        ("a < b", "a < b"),
        ("\\'; DROP TABLE wp_users; --", "\\'; DROP TABLE wp_users; --"),
        ("a:1:{s:1:\"x\";b:1;}", "a:1:{s:1:\"x\";b:1;}"),
        ("=HYPERLINK(\"x\")", "=HYPERLINK(\"x\")"),
        ("back\\slash", "back\\slash"),
        ("<script>alert(1)</script>Ann", "Ann"),
        ("100%25 Ann", "100 Ann"),
    ];
    let members: Vec<Value> = names
        .iter()
        .enumerate()
        .map(|(at, (name, _))| {
            let email = format!("p{at}@example.com");
            member(
                at,
                &email,
                &[
                    change("create", "contact", None, Some("there")),
                    change("create", "user", None, Some(&email)),
                    change("link", "contact-link", None, None),
                    change("update", "first-name", None, Some(name)),
                    change("update", json!({ "field": "note" }), None, Some(name)),
                ],
            )
        })
        .collect();
    let answer = site.batch("r1", &members).is(200).confirmed(names.len());
    let listed = site.get("/members?after=2").is(200);
    for (at, (sent, kept)) in names.iter().enumerate() {
        let read = &listed.body["members"][at];
        assert_eq!(read["first_name"], **kept, "{sent}");
        assert_eq!(read["fields"]["note"], **sent, "fields are kept as they are");
        assert_eq!(
            answer.body["items"][at].get("altered").is_some(),
            sent != kept,
            "{sent}: {answer:?}"
        );
    }
    let again = site.batch(
        "r2",
        &members
            .iter()
            .map(|one| {
                let changes = one["changes"].as_array().unwrap();
                member(
                    usize::try_from(one["seq"].as_u64().unwrap()).unwrap(),
                    one["email"].as_str().unwrap(),
                    &changes[3..4],
                )
            })
            .collect::<Vec<_>>(),
    );
    again.confirmed(names.len());
    assert_eq!(
        site.hooks("profile_update"),
        0,
        "a name in WordPress's own form is in place"
    );
}

#[test]
fn a_body_larger_than_php_takes_is_refused_as_json() {
    let site = site();
    let body = format!("{{\"members\": \"{}\"}}", "x".repeat(9 << 20));
    let answer = site.request("admin", &site.password(), "POST", "/batch", Some(body));
    assert!(matches!(answer.status, 400 | 413), "{answer:?}");
    assert!(answer.body["code"].is_string(), "{answer:?}");
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 2);
}

#[test]
fn unknown_tags_are_refused_and_the_others_go_on() {
    let site = site();
    site.set_up();
    let strange = member(
        0,
        "ann@example.com",
        &[
            change("create", "contact", None, Some("there")),
            change("add-tag", json!({ "tag": "vip" }), None, Some("held")),
        ],
    );
    let answer = site.batch("r1", &[strange, newcomer(1, "bo@example.com")]);
    assert_eq!(answer.outcomes(), ["refused", "confirmed"]);
    assert_eq!(
        answer.body["items"][0]["why"],
        "the tag \"vip\" does not exist on the site"
    );
}
