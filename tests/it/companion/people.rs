//! Who may ask, and which users no one may change.

use serde_json::json;

use super::{
    site::{site, with},
    writes::{change, member, newcomer, tag},
};

#[test]
fn a_wrong_password_is_told_from_a_right_one() {
    let site = site();
    for (user, password) in [("admin", "wrong"), ("nobody", "wrong"), ("", "")] {
        let answer = site.request(user, password, "GET", "/status", None);
        assert_eq!(answer.status, 401, "{answer:?}");
        let hello = site.request(user, password, "GET", "/hello", None).is(200);
        assert_eq!(hello.body["authorization"], !user.is_empty());
        assert_eq!(hello.body["known"], false);
        assert!(hello.body.get("me").is_none());
    }
    let hello = site.get("/hello").is(200);
    assert_eq!(hello.body["known"], true);
    assert_eq!(site.get("/status").is(200).body["me"]["login"], "admin");
}

#[test]
fn the_status_says_what_the_site_is_called_and_where_people_are_sent() {
    let site = site();
    site.php("update_option('blogname', \"Lumen & <i>Friends</i>, 'Ltd'\");");
    let told = site.get("/status").is(200).body["site"].clone();
    site.php("update_option('blogname', 'Test site');");
    let url = site.url();
    let wanted = json!({ "name": "Lumen & <i>Friends</i>, 'Ltd'", "home": url,
        "lost_password": format!("{url}/wp-login.php?action=lostpassword"),
        "admin_edit_user": format!("{url}/wp-admin/user-edit.php?user_id=") });
    assert_eq!(told, wanted);
}

#[test]
fn a_user_who_may_not_make_users_is_refused_everywhere() {
    let site = site();
    let weak = site.weak_password();
    for (method, path) in [
        ("GET", "/status"),
        ("GET", "/members"),
        ("GET", "/contacts"),
        ("GET", "/tags"),
        ("GET", "/offerings"),
        ("GET", "/emails"),
        ("POST", "/tags"),
        ("POST", "/offerings"),
        ("POST", "/emails"),
        ("POST", "/lease"),
        ("POST", "/batch"),
        ("POST", "/look"),
        ("POST", "/invite"),
        ("GET", "/invitations"),
    ] {
        let answer = site.request(
            "weak",
            &weak,
            method,
            path,
            (method == "POST").then(|| "{}".to_owned()),
        );
        assert_eq!(answer.status, 403, "{method} {path}: {answer:?}");
    }
}

#[test]
fn privileged_users_are_left_alone_whatever_their_role_is_called() {
    let site = site();
    site.set_up();
    site.php(
        "add_role('tutor', 'Tutor', array('read' => true, 'edit_posts' => true));
         add_role('customer', 'Customer', array('read' => true));
         foreach (array('editor', 'tutor', 'customer') as $role) {
             wp_insert_user(array('user_login' => $role, 'user_email' => \"$role@example.com\", 'user_pass' => 'x', 'role' => $role));
         }
         $one = wp_insert_user(array('user_login' => 'own', 'user_email' => 'own@example.com', 'user_pass' => 'x', 'role' => 'subscriber'));
         get_userdata($one)->add_cap('list_users');",
    );
    let before = site.rows("SELECT * FROM wp_users ORDER BY ID");
    let metas = site.rows("SELECT * FROM wp_usermeta WHERE meta_key NOT LIKE '%session%' AND meta_key NOT LIKE '%application%' ORDER BY umeta_id");
    let reach = |seq, email: &str| {
        member(
            seq,
            email,
            &[
                change("create", "contact", None, Some("there")),
                change("link", "contact-link", None, None),
                change("update", "first-name", None, Some("Changed")),
                tag("VIP"),
            ],
        )
    };
    let answer = site.batch(
        "r1",
        &[
            reach(0, "owner@example.com"),
            reach(1, "editor@example.com"),
            reach(2, "tutor@example.com"),
            reach(3, "own@example.com"),
            reach(4, "customer@example.com"),
        ],
    );
    assert_eq!(
        answer.outcomes(),
        ["refused", "refused", "refused", "refused", "confirmed"],
        "{answer:?}"
    );
    assert_eq!(site.rows("SELECT * FROM wp_users ORDER BY ID"), before);
    let changed = site.rows("SELECT * FROM wp_usermeta WHERE meta_key NOT LIKE '%session%' AND meta_key NOT LIKE '%application%' ORDER BY umeta_id");
    let different: Vec<_> = changed.iter().filter(|row| !metas.contains(row)).collect();
    assert_eq!(different.len(), 1, "only the customer's name: {different:?}");
    assert!(site.rows("SELECT meta_value FROM wp_usermeta m JOIN wp_users u ON u.ID = m.user_id WHERE u.user_login = 'customer' AND meta_key = 'wp_capabilities'")[0][0].contains("customer"));
    let listed = site.get("/members?fields=login,privileged").is(200);
    let privileged: Vec<_> = listed.body["members"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["privileged"] == true)
        .map(|one| one["login"].as_str().unwrap())
        .collect();
    assert_eq!(privileged, ["admin", "editor", "tutor", "own"]);
    site.php("remove_role('tutor'); remove_role('customer');");
}

#[test]
fn nobody_is_made_where_a_subscriber_may_do_more() {
    let site = site();
    site.set_up();
    site.php("get_role('subscriber')->add_cap('edit_posts');");
    let answer = site.batch("r1", &[newcomer(0, "ann@example.com")]);
    site.php("get_role('subscriber')->remove_cap('edit_posts');");
    assert_eq!(answer.outcomes(), ["refused"]);
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 2);
}

#[test]
fn an_administrator_can_pause_what_comes_in() {
    let site = site();
    site.set_up();
    let body = site.batch_body("r1", &[newcomer(0, "ann@example.com")]);
    site.php("update_option('rehome_paused', 1);");
    site.post("/batch", &body).says(423, "rehome_paused");
    site.post("/tags", &with(site.writing(), &json!({ "name": "Late" })))
        .says(423, "rehome_paused");
    assert_eq!(site.get("/status").body["paused"], true);
    assert_eq!(site.get("/members").is(200).body["total"], 2, "reading goes on");
    site.php("delete_option('rehome_paused');");
    site.post("/batch", &body).is(200).confirmed(1);
}
