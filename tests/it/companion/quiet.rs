//! Users that Rehome created get no email until they are invited; all others get theirs as usual.

use super::{site::site, writes::newcomer};

#[test]
fn mail_to_a_new_person_is_kept_back_later_too_and_others_get_theirs() {
    let site = site();
    site.set_up();
    site.batch("r1", &[newcomer(0, "ann@example.com")]).confirmed(1);
    site.php(
        "wp_mail('ann@example.com', 'alone', 'x');
         wp_mail('Ann <Ann@Example.com>', 'by name', 'x');
         wp_mail(array('ann@example.com', 'owner@example.com'), 'both', 'x', array('Cc: ann@example.com', 'Bcc: Ann <ann@example.com>, weak@example.com'));
         wp_mail('weak@example.com', 'other', 'x');",
    );
    let sent = site.mails();
    let subjects: Vec<_> = sent
        .iter()
        .map(|mail| mail["subject"].as_str().unwrap())
        .collect();
    assert_eq!(subjects, ["both", "other"]);
    let both = sent[0].to_string().to_lowercase();
    assert!(!both.contains("ann@example.com"), "{both}");
    assert!(
        both.contains("owner@example.com") && both.contains("weak@example.com"),
        "{both}"
    );
    assert_eq!(site.get("/status").body["counts"]["muted_mails"], 2);
}

#[test]
fn a_lost_password_that_a_person_asks_for_is_sent_and_one_that_the_site_asks_for_is_not() {
    let site = site();
    site.set_up();
    site.batch("r1", &[newcomer(0, "ann@example.com")]).confirmed(1);
    // Code of the site, in a scheduled job or in any other request.
    site.php("retrieve_password('ann@example.com');");
    site.php("define('DOING_CRON', true); retrieve_password('ann@example.com');");
    site.php("$_SERVER['REQUEST_METHOD'] = 'POST'; $_POST = array('name' => 'Bo'); retrieve_password('ann@example.com');");
    assert_eq!(site.mails(), Vec::<serde_json::Value>::new());
    // A person, in WordPress's own form.
    let form = std::process::Command::new("curl")
        .args([
            "-s",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            "-d",
            "user_login=ann@example.com",
        ])
        .arg(format!("{}/wp-login.php?action=lostpassword", site.url()))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(form.stdout).unwrap(), "302");
    let mails = site.mails();
    assert_eq!(mails.len(), 1, "{:?}", site.recorded("mails.jsonl"));
    assert!(
        mails[0]["message"].as_str().unwrap().contains("action=rp"),
        "{mails:?}"
    );
}

#[test]
fn a_deleted_user_leaves_a_contact_and_frees_the_login() {
    let site = site();
    site.set_up();
    site.batch("r1", &[newcomer(0, "ann@example.com")]).confirmed(1);
    site.php("require_once ABSPATH . 'wp-admin/includes/user.php'; wp_delete_user(get_user_by('email', 'ann@example.com')->ID);");
    assert_eq!(
        site.rows("SELECT email, login, user_id, quiet FROM wp_rehome_people"),
        [["ann@example.com", "NULL", "NULL", "0"]]
    );
    site.batch("r2", &[newcomer(0, "ann@example.com")]).confirmed(1);
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 3);
}

#[test]
fn whoever_has_logged_in_hears_what_members_hear() {
    let site = site();
    site.set_up();
    site.batch("r1", &[newcomer(0, "ann@example.com")]).confirmed(1);
    site.php(
        "$ann = get_user_by('email', 'ann@example.com'); do_action('wp_login', $ann->user_login, $ann); wp_mail('ann@example.com', 'news', 'x');",
    );
    assert_eq!(site.mails().len(), 1);
}
