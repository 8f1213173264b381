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
fn a_lost_password_that_somebody_asks_for_is_sent() {
    let site = site();
    site.set_up();
    site.batch("r1", &[newcomer(0, "ann@example.com")]).confirmed(1);
    site.php("retrieve_password('ann@example.com');");
    assert_eq!(site.mails().len(), 1, "{:?}", site.recorded("mails.jsonl"));
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
