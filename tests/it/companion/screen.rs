//! The screen under Tools, as an administrator sees it, and the pause button.

use super::{
    invitations::{body, letter, welcome},
    site::site,
    writes::{change, member, newcomer},
};

/// Draws the screen as PHP, logged in as a user.
fn drawn(site: &super::site::Lent, login: &str) -> String {
    site.php(&format!(
        "wp_set_current_user(get_user_by('login', '{login}')->ID); define('WP_ADMIN', true);
         require_once ABSPATH . 'wp-admin/includes/admin.php';
         require_once WP_PLUGIN_DIR . '/rehome-companion/includes/load-rest.php';
         require_once WP_PLUGIN_DIR . '/rehome-companion/includes/class-screen.php';
         (new Rehome\\Companion\\Screen())->draw();"
    ))
}

/// The same without what is only looks.
fn cells(html: &str) -> String {
    let mut plain = String::new();
    let mut left = html;
    while let Some(at) = left.find(" style=\"") {
        plain.push_str(&left[..at]);
        let rest = &left[at + " style=\"".len()..];
        left = rest.split_once('"').unwrap().1;
    }
    plain + left
}

#[test]
fn it_shows_runs_counts_refusals_and_the_lease_escaped() {
    let site = site();
    site.set_up();
    let strange = member(
        1,
        "bo@example.com",
        &[
            change("create", "contact", None, Some("there")),
            change(
                "add-tag",
                serde_json::json!({ "tag": "<script>alert(1)</script>" }),
                None,
                Some("held"),
            ),
        ],
    );
    site.batch("r1", &[newcomer(0, "ann@example.com"), strange])
        .is(200);
    let html = drawn(&site, "admin");
    for text in [
        "lumen",
        "bo@example.com",
        "Ann on her laptop",
        "Users created by Rehome",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "_wpnonce",
    ] {
        assert!(html.contains(text), "no {text} in {html}");
    }
    assert!(!html.contains("<script>"), "{html}");
    assert!(
        !html.contains("ann@example.com"),
        "whoever was written is not listed: {html}"
    );
    assert_eq!(drawn(&site, "weak"), "");
}

#[test]
fn who_was_refused_for_a_long_address_is_noted_too() {
    let site = site();
    site.set_up();
    let long = format!("{}@example.com", "ü".repeat(300));
    let answer = site.batch("r1", &[newcomer(0, &long)]);
    assert_eq!(answer.outcomes(), ["refused"]);
    assert!(drawn(&site, "admin").contains(&"ü".repeat(190)));
}

#[test]
fn tables_of_an_older_format_are_altered_and_keep_their_rows() {
    let site = site();
    site.set_up();
    let body = site.batch_body("r1", &[newcomer(0, "ann@example.com")]);
    let first = site.post("/batch", &body).confirmed(1);
    site.sql("ALTER TABLE wp_rehome_marks DROP COLUMN email");
    site.php("update_option('rehome_format', 1);");
    assert_eq!(site.post("/batch", &body).body["items"], first.body["items"]);
    assert_eq!(site.batch("r2", &[newcomer(0, "Bo")]).outcomes(), ["refused"]);
    assert_eq!(
        site.rows("SELECT email FROM wp_rehome_marks ORDER BY request"),
        [[""], ["Bo"]]
    );
    assert_eq!(
        site.number("SELECT option_value FROM wp_options WHERE option_name = 'rehome_format'"),
        4
    );
}

#[test]
fn the_pause_button_needs_its_nonce() {
    let site = site();
    let press = |nonce: &str| {
        site.php(&format!(
            "wp_set_current_user(1); define('WP_ADMIN', true);
             require_once ABSPATH . 'wp-admin/includes/admin.php';
             require_once WP_PLUGIN_DIR . '/rehome-companion/includes/load-rest.php';
             require_once WP_PLUGIN_DIR . '/rehome-companion/includes/class-screen.php';
             add_filter('wp_die_handler', function () {{ return function () {{ echo 'refused'; exit; }}; }});
             $_POST['rehome_pause'] = 'yes'; $_REQUEST['_wpnonce'] = {nonce};
             (new Rehome\\Companion\\Screen())->handle();"
        ))
    };
    assert_eq!(press("'wrong'"), "refused");
    assert_eq!(site.get("/status").body["paused"], false);
    press("wp_create_nonce('rehome_pause')");
    assert_eq!(site.get("/status").body["paused"], true);
}

#[test]
fn it_counts_invitations_by_email() {
    let site = site();
    site.set_up();
    welcome(&site, None);
    site.batch("r1", &[newcomer(0, "ann@example.com")]).confirmed(1);
    site.post("/invite", &body(&site, &[letter("ann@example.com")]))
        .is(200);
    let html = drawn(&site, "admin");
    assert!(
        cells(&html).contains("<tr><td>welcome</td><td>1</td><td>0</td><td>0</td>"),
        "{html}"
    );
    assert!(cells(&html).contains("Invitations sent</th><td>1</td>"), "{html}");
    assert_eq!(
        cells(&html).matches("<td>lumen</td>").count(),
        1,
        "an invitation is no run: {html}"
    );
}
