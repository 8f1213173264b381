//! What a visitor with an offering sees, and others do not.

use serde_json::json;

use super::{
    site::site,
    writes::{change, member, newcomer, tag},
};

#[test]
fn access_is_the_base_tag_without_the_revoke_tag() {
    let site = site();
    site.set_up();
    let stopped = member(0, "ann@example.com", &[tag("Course (stopped)")]);
    site.batch(
        "r1",
        &[newcomer(0, "ann@example.com"), newcomer(1, "bo@example.com")],
    )
    .confirmed(2);
    site.batch("r2", &[stopped]).confirmed(1);
    let seen = site.php(
        "foreach (array('ann', 'bo', 'owner') as $name) {
             $user = get_user_by('email', \"$name@example.com\");
             wp_set_current_user($user->ID);
             echo $name, ':', var_export(rehome_has_offering('course'), true), ',', var_export(rehome_has_offering('course', $user), true), ',',
                 var_export(apply_filters('rehome_has_offering', false, 'course', $user->ID), true), ',',
                 do_shortcode('[rehome_offering key=\"course\" otherwise=\"<no>\"]<b>yes</b>[/rehome_offering]'), \"\\n\";
         }
         wp_set_current_user(0); echo var_export(rehome_has_offering('course'), true);",
    );
    assert_eq!(
        seen,
        "ann:false,false,false,&lt;no&gt;\nbo:true,true,true,<b>yes</b>\nowner:false,false,false,&lt;no&gt;\nfalse"
    );
}

#[test]
fn a_restricted_page_is_hidden_from_the_page_the_feed_and_rest() {
    let site = site();
    site.set_up();
    site.batch("r1", &[newcomer(0, "bo@example.com")]).confirmed(1);
    let page = site.php(
        "$id = wp_insert_post(array('post_type' => 'page', 'post_status' => 'publish', 'post_title' => 'Lesson', 'post_name' => 'lesson', 'post_content' => 'the secret lesson', 'post_excerpt' => 'the secret excerpt'));
         update_post_meta($id, '_rehome_offerings', array('course')); echo $id;",
    );
    let rest = site
        .request("", "", "GET", &format!("//wp/v2/pages/{page}"), None)
        .is(200);
    assert!(!rest.body.to_string().contains("secret"), "{rest:?}");
    let found = site
        .request("", "", "GET", "//wp/v2/pages?search=secret", None)
        .is(200);
    assert!(!found.body.to_string().contains("the secret"), "{found:?}");
    let seen = site.php(&format!(
        "$GLOBALS['post'] = get_post({page}); setup_postdata($GLOBALS['post']);
         foreach (array('bo@example.com', 'weak@example.com', 'owner@example.com') as $email) {{
             wp_set_current_user(get_user_by('email', $email)->ID);
             echo false !== strpos(apply_filters('the_content', get_post({page})->post_content), 'secret') ? 'seen ' : 'hidden ';
         }}"
    ));
    assert_eq!(seen, "seen hidden seen ");
}

#[test]
fn a_module_opens_itself_and_not_the_offering() {
    let site = site();
    site.set_up();
    let one = member(
        0,
        "ann@example.com",
        &[
            change("create", "contact", None, Some("there")),
            change("create", "user", None, Some("ann")),
            change("link", "contact-link", None, None),
            change("add-tag", json!({ "tag": "Course 1" }), None, Some("held")),
        ],
    );
    site.batch("r1", &[one]).confirmed(1);
    let seen = site.php(
        "wp_set_current_user(get_user_by('login', 'ann')->ID);
         foreach (array(0, 1, 2, 3) as $module) { echo rehome_has_offering('course', null, $module) ? 'yes ' : 'no '; }
         echo do_shortcode('[rehome_offering key=\"course\" module=\"1\"]one[/rehome_offering][rehome_offering key=\"course\" module=\"2\"]two[/rehome_offering]');",
    );
    assert_eq!(seen, "no yes no no one");
}
