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
    site.post("/batch", &body).says(409, "rehome_other_instance");
    assert_eq!(
        site.number("SELECT COUNT(*) FROM wp_rehome_marks"),
        0,
        "marks are another site's"
    );
    assert!(site.get("/status").body["lease"].is_null());
    assert_eq!(
        site.get("/status").body["counts"]["quiet"],
        1,
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
    site.php("$i = get_option('rehome_instance'); $i['seal'] = hash('sha256', $i['id'] . \"\\nhttps://live.example\\nlocal\"); $i['place'] = base64_encode('https://live.example'); update_option('rehome_instance', $i);");
    let after = site.get("/status").body["instance"].clone();
    assert_ne!(after["id"], before["id"]);
    assert_eq!(after["was"]["place"], "https://live.example");
    assert_eq!(after["place"], json!(site.url()));
}
