//! A database that moved to another place is another site.

use serde_json::json;

use super::{site::site, writes::newcomer};

#[test]
fn a_copy_with_another_environment_starts_anew_and_says_what_it_was() {
    let site = site();
    site.set_up();
    let body = site.batch_body("r1", &[newcomer(0, "ann@example.com")]);
    site.post("/batch", &body).confirmed(1);
    let before = site.get("/status").body["instance"].clone();
    assert!(before["was"].is_null());
    site.tell("environment", "staging");
    let after = site.get("/status").is(200).body["instance"].clone();
    assert_ne!(after["id"], before["id"]);
    assert_eq!(after["environment"], "staging");
    assert_eq!(after["was"]["id"], before["id"]);
    assert_eq!(after["was"]["environment"], "local");
    assert_eq!(
        site.get("/status").body["instance"],
        after,
        "said until the next move"
    );
    assert!(site.get("/status").body["lease"].is_null());
    site.post("/batch", &body).says(409, "rehome_other_instance");
    assert_eq!(
        site.number("SELECT COUNT(*) FROM wp_rehome_marks"),
        1,
        "neither a read nor a request for another site deletes anything"
    );
    site.batch("r1", &[newcomer(0, "bo@example.com")]).confirmed(1);
    assert_eq!(
        site.number("SELECT COUNT(*) FROM wp_rehome_requests"),
        1,
        "marks of the other site are not its own"
    );
    assert_eq!(
        site.get("/status").body["counts"]["quiet"],
        2,
        "nobody is mailed because of a copy"
    );
}

#[test]
fn a_tool_that_replaces_addresses_everywhere_does_not_hide_the_move() {
    let site = site();
    let before = site.get("/status").body["instance"].clone();
    // As a staging tool does it: the address of the other site, wherever it can be read.
    let stored =
        site.rows("SELECT option_value FROM wp_options WHERE option_name = 'rehome_instance'")[0][0].clone();
    assert!(!stored.contains("127.0.0.1"), "{stored}");
    site.php("$i = get_option('rehome_instance'); $i['sealed'] = hash('sha256', $i['id'] . \"\\nlive.example\\nlocal\"); $i['place'] = base64_encode('https://live.example'); update_option('rehome_instance', $i);");
    let after = site.get("/status").body["instance"].clone();
    assert_ne!(after["id"], before["id"]);
    assert_eq!(after["was"]["place"], "https://live.example");
    assert_eq!(after["place"], json!(site.url()));
}

#[test]
fn a_change_to_https_and_a_filtered_address_change_nothing() {
    let site = site();
    site.set_up();
    site.batch("r1", &[newcomer(0, "ann@example.com")]).confirmed(1);
    let before = site.get("/status").body["instance"]["id"].clone();
    site.php(
        "add_filter('home_url', function () { return 'https://shop.example/de'; }, 99);
         add_filter('option_home', function () { return 'https://other.example'; }, 99);
         echo Rehome\\Companion\\Instance::current()['id'];",
    );
    // The seal of 0.2.0 was of the filtered address with its scheme, here before the change to https.
    site.php("$i = get_option('rehome_instance'); unset($i['sealed']); $i['seal'] = hash('sha256', $i['id'] . \"\\n\" . str_replace('http:', 'https:', home_url()) . \"\\nlocal\"); update_option('rehome_instance', $i);");
    let after = site.get("/status").body["instance"].clone();
    assert_eq!(after["id"], before);
    assert!(after["was"].is_null());
    let stored = site.rows("SELECT option_value FROM wp_options WHERE option_name = 'rehome_instance'");
    assert!(stored[0][0].contains("sealed"), "{stored:?}");
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_rehome_marks"), 1);
}

#[test]
fn marks_expire_by_age_on_a_schedule() {
    let site = site();
    site.set_up();
    for at in 0..3 {
        site.batch(&format!("r{at}"), &[newcomer(0, &format!("p{at}@example.com"))])
            .confirmed(1);
    }
    site.sql("UPDATE wp_rehome_requests SET seen = seen - 7776100 WHERE request = 'r0'");
    let next = site.php("echo wp_get_schedule('rehome_purge');");
    assert_eq!(next, "daily");
    site.php("do_action('rehome_purge');");
    let left = site.rows("SELECT r.request, COUNT(m.place) FROM wp_rehome_requests r JOIN wp_rehome_marks m ON m.request = r.id GROUP BY r.request ORDER BY r.request");
    assert_eq!(left, [["r1", "1"], ["r2", "1"]]);
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_rehome_marks"), 2);
}
