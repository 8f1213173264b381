//! Every statement of a member succeeds on the connection that began the transaction, or the member is not confirmed.

use serde_json::{Value, json};

use super::{
    site::{Site, newer_site, site},
    writes::{change, member, newcomer, newcomers, tag},
};

/// A newcomer with everything that is stored about a person.
fn everything(seq: usize, email: &str) -> Value {
    let mut one = newcomer(seq, email);
    let more = [
        change("update", "opted-out", Some("no"), Some("yes")),
        change("update", json!({ "field": "phone" }), None, Some("+1 555 0100")),
        change("update", json!({ "source-key": "kajabi" }), None, Some("k-1")),
        tag("VIP"),
    ];
    one["changes"].as_array_mut().unwrap().extend(more);
    one
}

/// Whoever is confirmed is there whole, and nothing belongs to nobody.
#[track_caller]
fn is_whole(site: &Site, people: u64, what: &str) {
    for (query, wanted) in [
        ("SELECT COUNT(*) FROM wp_users WHERE ID > 2", people),
        (
            "SELECT COUNT(*) FROM wp_rehome_people p JOIN wp_users u ON u.ID = p.user_id AND u.user_email = p.email WHERE p.contact_id IS NOT NULL AND p.quiet = 1",
            people,
        ),
        ("SELECT COUNT(*) FROM wp_rehome_people", people),
        (
            "SELECT COUNT(*) FROM wp_rehome_marks WHERE outcome = 'confirmed'",
            people,
        ),
        ("SELECT COUNT(DISTINCT person) FROM wp_rehome_holdings", people),
        (
            "SELECT COUNT(*) FROM wp_rehome_holdings WHERE person NOT IN (SELECT id FROM wp_rehome_people)",
            0,
        ),
        (
            "SELECT COUNT(*) FROM wp_usermeta WHERE user_id NOT IN (SELECT ID FROM wp_users)",
            0,
        ),
        (
            "SELECT COUNT(*) FROM wp_usermeta WHERE user_id > 2 AND meta_key = 'wp_capabilities'",
            people,
        ),
        (
            "SELECT COUNT(*) FROM wp_usermeta WHERE user_id > 2 AND meta_key = 'first_name' AND meta_value = 'Ann'",
            people,
        ),
    ] {
        assert_eq!(site.number(query), wanted, "{what}: {query}");
    }
    assert_eq!(site.mails(), Vec::<Value>::new(), "{what}");
}

#[test]
fn a_connection_that_ends_at_any_statement_of_a_member_leaves_nothing_half_done() {
    let site = site();
    site.tell("greets", "");
    let mut at = 0;
    loop {
        at += 1;
        site.clear();
        site.set_up();
        site.tell("ends", &at.to_string());
        let members = [
            everything(0, "ann@example.com"),
            newcomer(1, "bo@example.com"),
            newcomer(2, "cy@example.com"),
        ];
        let answer = site.batch(&format!("r{at}"), &members).is(200).confirmed(3);
        is_whole(&site, 3, &format!("statement {at}: {answer:?}"));
        assert_eq!(
            site.number("SELECT (SELECT COUNT(*) FROM wp_rehome_holdings) * 100 + (SELECT COUNT(*) FROM wp_rehome_fields) * 10 + (SELECT COUNT(*) FROM wp_rehome_source_keys)"),
            411,
            "statement {at}"
        );
        if site.place().join("ends").exists() {
            break;
        }
    }
    assert!((80..200).contains(&at), "three members took {at} statements");
}

#[test]
fn the_servers_messages_may_be_in_any_language() {
    let site = site();
    let shared: &Site = &site;
    site.set_up();
    site.sql("SET GLOBAL innodb_lock_wait_timeout = 1");
    for language in ["en_US", "de_DE", "fr_FR", "es_ES", "ja_JP", "ru_RU", "pt_PT"] {
        site.sql(&format!("SET GLOBAL lc_messages = '{language}'"));
        let email = format!("{}@example.com", language.to_lowercase().replace('_', "."));
        let members = [newcomer(0, &email), newcomer(1, &format!("x{email}"))];
        let body = site.batch_body(language, &members);
        // Another connection has the row for longer than the member waits once.
        let hold = format!(
            "START TRANSACTION; INSERT INTO wp_rehome_people (email, first_name, last_name) VALUES ('{email}', '', ''); DO SLEEP(1.6); ROLLBACK;"
        );
        std::thread::scope(|scope| {
            let other = scope.spawn(|| shared.sql(&hold));
            std::thread::sleep(std::time::Duration::from_millis(150));
            site.post("/batch", &body).is(200).confirmed(2);
            other.join().unwrap();
        });
        // A unique key that is violated is not taken for anything else.
        let taken = site.batch(
            &format!("{language}-taken"),
            &[member(
                0,
                &format!("y{email}"),
                &[
                    change("create", "contact", None, Some("there")),
                    change("create", "user", None, Some(&email)),
                ],
            )],
        );
        assert_eq!(taken.outcomes(), ["refused"], "{language}");
        let why = taken.body["items"][0]["why"].as_str().unwrap();
        assert!(why.contains("is taken by"), "{language}: {why}");
    }
    site.sql("SET GLOBAL lc_messages = 'en_US'; SET GLOBAL innodb_lock_wait_timeout = 50");
    is_whole(&site, 14, "languages");
}

#[test]
fn a_deadlock_is_tried_again_and_one_that_stays_is_no_confirmation() {
    let site = site();
    site.set_up();
    // A trigger says what the server says, in the words of another language: at first twice, then always.
    site.sql("CREATE TABLE wp_count (n int) ENGINE=MyISAM; INSERT INTO wp_count VALUES (0)");
    for (most, outcome) in [(2, "confirmed"), (99, "refused")] {
        site.sql(&format!(
            "DROP TRIGGER IF EXISTS wp_deadlock; UPDATE wp_count SET n = 0;
DELIMITER //
CREATE TRIGGER wp_deadlock BEFORE INSERT ON wp_rehome_holdings FOR EACH ROW BEGIN
    IF (SELECT n FROM wp_count) < {most} THEN
        UPDATE wp_count SET n = n + 1;
        SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'Verklemmung';
    END IF;
END //
DELIMITER ;"
        ));
        let answer = site.batch(
            &format!("r{most}"),
            &[newcomer(0, &format!("p{most}@example.com"))],
        );
        assert_eq!(answer.outcomes(), [outcome], "{answer:?}");
        if outcome == "refused" {
            assert!(
                answer.body["items"][0]["why"].as_str().unwrap().contains("1213"),
                "{answer:?}"
            );
        }
    }
    site.sql("DROP TRIGGER wp_deadlock; DROP TABLE wp_count");
    is_whole(&site, 1, "deadlocks");
}

/// Tables of the plugin that a member needs, one after the other, are not there.
fn missing_tables(site: &Site) {
    for table in ["holdings", "fields", "source_keys", "people"] {
        site.clear();
        site.set_up();
        site.sql(&format!("ALTER TABLE wp_rehome_{table} RENAME TO wp_rehome_gone"));
        let answer = site.batch(
            "r1",
            &[everything(0, "ann@example.com"), everything(1, "bo@example.com")],
        );
        site.sql(&format!("ALTER TABLE wp_rehome_gone RENAME TO wp_rehome_{table}"));
        assert_eq!(answer.outcomes(), ["refused", "refused"], "{table}: {answer:?}");
        let why = answer.body["items"][0]["why"].as_str().unwrap();
        assert!(why.contains("missing; deactivate the plugin"), "{table}: {why}");
        is_whole(site, 0, table);
        site.batch(
            "r2",
            &[everything(0, "ann@example.com"), everything(1, "bo@example.com")],
        )
        .confirmed(2);
        is_whole(site, 2, table);
    }
    // Without marks nothing is confirmed, since a repeated request would not know of it.
    site.clear();
    site.set_up();
    let body = site.batch_body("r1", &[newcomer(0, "ann@example.com")]);
    site.sql("ALTER TABLE wp_rehome_marks RENAME TO wp_rehome_gone");
    let answer = site.post("/batch", &body);
    site.sql("ALTER TABLE wp_rehome_gone RENAME TO wp_rehome_marks");
    answer.says(500, "rehome_database");
    is_whole(site, 0, "marks");
    site.post("/batch", &body).confirmed(1);
    is_whole(site, 1, "marks");
}

#[test]
fn a_missing_table_is_said_and_nobody_is_confirmed() {
    missing_tables(&site());
}

#[test]
fn and_so_on_sqlite() {
    if let Some(site) = newer_site() {
        missing_tables(&site);
    }
}

/// A statement of one member fails, in each way that SQLite knows; the members after it are whole.
#[test]
fn a_statement_that_fails_on_sqlite_reaches_no_other_member() {
    let Some(site) = newer_site() else { return };
    for table in [
        "wp_usermeta",
        "wp_users",
        "wp_rehome_holdings",
        "wp_rehome_people",
    ] {
        for how in ["ABORT", "FAIL", "ROLLBACK"] {
            site.clear();
            site.set_up();
            let when = match table {
                "wp_users" => "NEW.user_email = 'person0001@example.com'",
                "wp_rehome_people" => "NEW.email = 'person0001@example.com'",
                "wp_usermeta" => "NEW.meta_key = 'last_name' AND NEW.meta_value = 'Fails'",
                _ => {
                    "NEW.granted_by = 'lumen' AND NEW.person = (SELECT id FROM wp_rehome_people WHERE email = 'person0001@example.com')"
                }
            };
            site.sql(&format!(
                "CREATE TRIGGER fails BEFORE INSERT ON {table} WHEN {when} BEGIN SELECT RAISE({how}, 'no'); END"
            ));
            let mut members = newcomers(4);
            members[1]["changes"][4]["after"] = json!("Fails");
            let answer = site.batch("r1", &members);
            site.sql("DROP TRIGGER fails");
            let what = format!("{how} in {table}: {answer:?}");
            assert_eq!(
                answer.outcomes(),
                ["confirmed", "refused", "confirmed", "confirmed"],
                "{what}"
            );
            is_whole(&site, 3, &what);
        }
    }
}

#[test]
fn what_the_tables_cannot_store_is_said() {
    let site = site();
    site.set_up();
    site.sql("ALTER TABLE wp_usermeta CONVERT TO CHARACTER SET utf8mb3");
    let mut ann = newcomer(0, "ann@example.com");
    ann["changes"][3]["after"] = json!("Ann 😀");
    let answer = site.batch("r1", &[ann.clone(), newcomer(1, "bo@example.com")]);
    site.sql("ALTER TABLE wp_usermeta CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci");
    assert_eq!(answer.outcomes(), ["refused", "confirmed"], "{answer:?}");
    let why = answer.body["items"][0]["why"].as_str().unwrap();
    assert!(
        why.contains("first name is not stored as requested") && why.contains("emoji"),
        "{why}"
    );
    is_whole(&site, 1, "emoji");
    site.batch("r2", &[ann]).confirmed(1);
}

#[test]
fn a_change_that_is_listed_twice_is_rejected_and_a_name_that_wordpress_drops_is_said() {
    for site in [Some(site()), newer_site()].into_iter().flatten() {
        site.set_up();
        let mut twice = newcomer(0, "ann@example.com");
        twice["changes"].as_array_mut().unwrap().push(tag("Course"));
        let mut zero = newcomer(1, "bo@example.com");
        zero["changes"][3]["after"] = json!("0");
        let answer = site.batch("r1", &[twice, zero.clone()]);
        assert_eq!(answer.outcomes(), ["refused", "confirmed"], "{answer:?}");
        assert_eq!(answer.body["items"][0]["why"], "tag Course is listed twice");
        assert_eq!(
            answer.body["items"][1]["altered"],
            "first name \"0\" is not stored: WordPress takes it for no name"
        );
        let again = site.batch("r2", &[zero]).confirmed(1);
        assert!(again.body["items"][0].get("why").is_none());
    }
}
