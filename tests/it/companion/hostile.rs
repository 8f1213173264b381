//! Plugins of the site that behave badly while a member is written: that member is rejected with their name, the
//! others are written, and access goes to nobody else.

use serde_json::Value;

use super::{
    site::{Lent, Site, newer_site, site},
    writes::{newcomer, newcomers},
};

/// Hooks of WordPress that run while a user is created.
const HOOKS: &[&str] = &[
    "pre_user_login",
    "pre_user_email",
    "pre_user_first_name",
    "wp_pre_insert_user_data",
    "insert_user_meta",
    "added_user_meta",
    "add_user_role",
    "set_user_role",
    "user_register",
];

/// Whoever is on the site has a person with contact and tag, and every person has a user of the same address.
#[track_caller]
fn is_whole(site: &Site, what: &str) {
    for query in [
        "SELECT COUNT(*) FROM wp_rehome_people p WHERE NOT EXISTS (SELECT 1 FROM wp_users u WHERE u.ID = p.user_id AND u.user_email = p.email AND u.user_login = p.login)",
        "SELECT COUNT(*) FROM wp_rehome_people p WHERE p.quiet = 0 OR p.contact_id IS NULL OR NOT EXISTS (SELECT 1 FROM wp_rehome_holdings h WHERE h.person = p.id)",
        "SELECT COUNT(*) FROM wp_rehome_holdings h WHERE NOT EXISTS (SELECT 1 FROM wp_rehome_people p WHERE p.id = h.person)",
        "SELECT COUNT(*) FROM wp_users u WHERE u.user_email LIKE 'person%' AND NOT EXISTS (SELECT 1 FROM wp_rehome_people p WHERE p.user_id = u.ID)",
        "SELECT COUNT(*) - COUNT(DISTINCT user_email) FROM wp_users",
        "SELECT COUNT(*) FROM wp_users u WHERE NOT EXISTS (SELECT 1 FROM wp_usermeta m WHERE m.user_id = u.ID AND m.meta_key = 'wp_capabilities')",
        "SELECT ABS((SELECT COUNT(*) FROM wp_rehome_marks WHERE outcome = 'confirmed') - (SELECT COUNT(*) FROM wp_rehome_people))",
    ] {
        assert_eq!(site.number(query), 0, "{what}: {query}");
    }
    assert_eq!(site.mails(), Vec::<Value>::new(), "{what}");
}

/// Sends five members, the third of whom meets the hostile plugin; gives the outcomes and the reason.
fn five(site: &Site, hook: &str, how: &str) -> (Vec<String>, String) {
    site.tell("hostile", &format!("{hook} {how} person0002@example.com"));
    let mut members = newcomers(5);
    let mut outcomes = Vec::new();
    let mut why = String::new();
    for request in 0..12 {
        let answer = site.batch(&format!("{hook}-{how}-{request}-{}", members.len()), &members);
        if answer.status != 200 || answer.body.get("items").is_none() {
            // The same request again, as the command sends it.
            let again = site.batch(&format!("{hook}-{how}-{request}-{}", members.len()), &members);
            assert!(
                again.status == 200 || again.status == 0 || again.status >= 423,
                "{again:?}"
            );
            if again.body.get("items").is_none() {
                continue;
            }
        }
        let answer = site
            .batch(&format!("{hook}-{how}-{request}-{}", members.len()), &members)
            .is(200);
        let items = answer.body["items"].as_array().unwrap();
        for item in items {
            outcomes.push(item["outcome"].as_str().unwrap().to_owned());
            if let Some(text) = item["why"].as_str() {
                text.clone_into(&mut why);
            }
        }
        members.drain(..items.len());
        if members.is_empty() {
            break;
        }
    }
    (outcomes, why)
}

fn clear(site: &Site) {
    site.clear();
    site.set_up();
}

const ONE_REJECTED: [&str; 5] = ["confirmed", "confirmed", "refused", "confirmed", "confirmed"];

fn who_ends_or_breaks_php_costs_one_member(site: &Lent) {
    for how in ["exit", "die", "wp_die", "throw", "error", "fatal"] {
        for hook in HOOKS {
            clear(site);
            let (outcomes, why) = five(site, hook, how);
            assert_eq!(outcomes, ONE_REJECTED, "{how} in {hook}: {why}");
            assert!(why.contains("hostile.php"), "{how} in {hook}: {why}");
            is_whole(site, &format!("{how} in {hook}"));
        }
    }
}

#[test]
fn a_plugin_that_ends_or_breaks_php_in_any_hook_costs_one_member() {
    who_ends_or_breaks_php_costs_one_member(&site());
}

#[test]
fn the_same_on_sqlite() {
    if let Some(site) = newer_site() {
        who_ends_or_breaks_php_costs_one_member(&site);
    }
}

fn who_ends_the_transaction_costs_one_member(site: &Lent) {
    for how in ["commit", "rollback", "begin", "ddl"] {
        for hook in HOOKS {
            clear(site);
            let (outcomes, why) = five(site, hook, how);
            assert_eq!(outcomes, ONE_REJECTED, "{how} in {hook}: {why}");
            assert!(
                why.contains("the must-use plugin \"hostile.php\" tried to end the database transaction"),
                "{how} in {hook}: {why}"
            );
            is_whole(site, &format!("{how} in {hook}"));
        }
    }
}

#[test]
fn a_plugin_that_ends_the_transaction_or_alters_tables_costs_one_member() {
    who_ends_the_transaction_costs_one_member(&site());
}

#[test]
fn the_same_on_sqlite_for_transactions() {
    if let Some(site) = newer_site() {
        who_ends_the_transaction_costs_one_member(&site);
    }
}

#[test]
fn a_transaction_that_ends_past_wordpress_is_noticed_and_nobody_is_confirmed_or_heard() {
    let site = site();
    for hook in HOOKS {
        clear(&site);
        let (outcomes, why) = five(&site, hook, "past-wpdb");
        assert_eq!(outcomes, ONE_REJECTED, "{hook}: {why}");
        assert!(why.contains("ended the database transaction"), "{hook}: {why}");
        // What was stored by then cannot be taken back; it is quiet, and the next run completes it.
        assert_eq!(
            site.number("SELECT COUNT(*) FROM wp_rehome_people WHERE quiet = 0"),
            0
        );
        assert_eq!(
            site.number("SELECT COUNT(*) FROM wp_rehome_marks WHERE outcome = 'confirmed'"),
            4
        );
        std::fs::remove_file(site.place().join("hostile")).unwrap();
        site.php("wp_mail('person0002@example.com', 'Welcome', 'x');");
        assert_eq!(site.mails(), Vec::<Value>::new(), "{hook}");
    }
}

#[test]
fn another_user_who_is_made_meanwhile_gets_nothing() {
    let site = site();
    for hook in HOOKS {
        clear(&site);
        let (outcomes, why) = five(&site, hook, "another-user");
        assert_eq!(outcomes, ["confirmed"; 5], "{hook}: {why}");
        is_whole(&site, hook);
        assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 8, "{hook}");
        let theirs = site.php(
            "foreach (get_users(array('search' => 'parasite*')) as $user) { echo rehome_has_offering('course', $user) ? 'access' : 'none'; }",
        );
        assert_eq!(theirs, "none", "{hook}");
    }
}

#[test]
fn what_plugins_print_stands_in_no_answer_and_costs_nobody() {
    for site in [Some(site()), newer_site()].into_iter().flatten() {
        for how in ["print", "flush", "fails"] {
            clear(&site);
            let (outcomes, why) = five(&site, "user_register", how);
            assert_eq!(outcomes, ["confirmed"; 5], "{how}: {why}");
            is_whole(&site, how);
        }
    }
}

#[test]
fn who_gives_new_users_more_rights_costs_that_member() {
    let site = site();
    site.set_up();
    let (outcomes, why) = five(&site, "user_register", "promote");
    assert_eq!(outcomes, ONE_REJECTED, "{why}");
    assert!(why.contains("more than subscriber rights"), "{why}");
    is_whole(&site, "promote");
}

#[test]
fn a_member_at_whom_php_dies_again_and_again_is_rejected_and_the_others_are_written() {
    let site = site();
    site.set_up();
    site.tell("hostile", "user_register kill person0002@example.com");
    let members = newcomers(5);
    let body = site.batch_body("r1", &members);
    let mut lost = 0;
    let answer = loop {
        let answer = site.post("/batch", &body);
        if answer.status == 200 {
            break answer;
        }
        lost += u32::from(answer.status != 423);
        assert!(lost < 8, "the command would have given up: {answer:?}");
        std::thread::sleep(std::time::Duration::from_millis(60));
    };
    assert_eq!(answer.outcomes(), ONE_REJECTED);
    assert_eq!(lost, 3);
    let why = answer.body["items"][2]["why"].as_str().unwrap();
    assert!(why.starts_with("PHP was killed 3 times"), "{why}");
    is_whole(&site, "kill");
}

#[test]
fn a_member_at_whom_php_never_returns_is_rejected_and_the_others_are_written() {
    let site = site();
    site.set_up();
    site.tell("hostile", "user_register hang person0002@example.com");
    let body = site.batch_body("r1", &newcomers(5));
    // The gateway gives up; the process goes on.
    let output = std::process::Command::new("curl")
        .args(["-s", "-m", "2", "-H", "Content-Type: application/json", "-u"])
        .arg(format!("admin:{}", site.password()))
        .arg("-d")
        .arg(body.to_string())
        .arg(format!("{}/wp-json/rehome/v1/batch", site.url()))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(28), "no answer in time");
    site.post("/batch", &body).says(423, "rehome_running");
    // Its time is over.
    site.sql("UPDATE wp_rehome_requests SET running_until = 1");
    let answer = site.post("/batch", &body).is(200);
    assert_eq!(answer.outcomes(), ONE_REJECTED);
    assert_eq!(
        answer.body["items"][2]["why"],
        "code on the site did not return while the member was written"
    );
    std::fs::remove_file(site.place().join("hostile")).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    is_whole(&site, "hang");
    // The process that was stuck has written nothing after that.
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 6);
    let again = site.batch("r2", &[newcomer(0, "person0002@example.com")]);
    again.confirmed(1);
}
