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
fn what_others_see_stands_in_a_paragraph_where_it_takes_the_place_of_one() {
    let site = site();
    site.set_up();
    let seen = |content: &str| {
        site.php(&format!(
            "wp_set_current_user(0); echo trim(apply_filters('the_content', '{content}'));"
        ))
    };
    let part = r#"[rehome_offering key="course" otherwise="Not yet."]"#;
    for (content, wanted) in [
        (
            format!("<!-- wp:shortcode -->{part}secret[/rehome_offering]<!-- /wp:shortcode -->"),
            "<p class=\"rehome-part\">Not yet.</p>",
        ),
        (
            format!("<!-- wp:shortcode -->{part}<p>secret</p>[/rehome_offering]<!-- /wp:shortcode -->"),
            "<p>Not yet.</p>",
        ),
        (
            format!(
                "<!-- wp:shortcode -->{part}<!-- /wp:shortcode --><!-- wp:paragraph --><p>secret</p><!-- /wp:paragraph --><!-- wp:shortcode -->[/rehome_offering]<!-- /wp:shortcode -->"
            ),
            "<p>Not yet.</p>",
        ),
        (
            format!(
                "<!-- wp:paragraph --><p>You: {part}secret[/rehome_offering] Ok.</p><!-- /wp:paragraph -->"
            ),
            "<p>You: Not yet. Ok.</p>",
        ),
        (
            format!("You: {part}secret[/rehome_offering] Ok."),
            "<p>You: Not yet. Ok.</p>",
        ),
    ] {
        assert_eq!(seen(&content), wanted, "{content}");
    }
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
fn a_visitor_gets_a_link_that_leads_back_and_no_markup_of_others() {
    let site = site();
    site.set_up();
    let seen = site.php(
        "$id = wp_insert_post(array('post_type' => 'page', 'post_status' => 'publish', 'post_title' => 'Lesson', 'post_name' => 'lesson', 'post_content' => 'the secret lesson'));
         update_post_meta($id, '_rehome_offerings', array('course'));
         $GLOBALS['post'] = get_post($id); setup_postdata($GLOBALS['post']);
         foreach (array(0, get_user_by('login', 'weak')->ID) as $user) { wp_set_current_user($user); echo apply_filters('the_content', 'x'), \"\\n\"; }",
    );
    let url = site.url();
    let back: String = format!("{url}/lesson/")
        .bytes()
        .map(|byte| match byte {
            b':' | b'/' => format!("%{byte:02X}"),
            _ => char::from(byte).to_string(),
        })
        .collect();
    assert_eq!(
        seen,
        format!(
            "<p class=\"rehome-restricted\">This page is for members only. <a href=\"{url}/wp-login.php?redirect_to={back}\">Log in</a></p>\n\
             <p class=\"rehome-restricted\">You do not have access to this page.</p>\n"
        )
    );
}

#[test]
fn what_not_everybody_sees_is_kept_by_no_cache() {
    let site = site();
    site.set_up();
    let ids = site.php(
        "foreach (array('lesson' => 'secret', 'part' => '[rehome_offering key=\"course\"]secret[/rehome_offering]', 'open' => 'for all') as $name => $content) {
             $id = wp_insert_post(array('post_type' => 'post', 'post_status' => 'publish', 'post_title' => $name, 'post_content' => $content, 'post_date' => 'open' === $name ? '2020-01-01 00:00:00' : ''));
             if ('lesson' === $name) { update_post_meta($id, '_rehome_offerings', array('course')); }
             echo $id, ' ';
         }",
    );
    let ids: Vec<&str> = ids.split_whitespace().collect();
    let kept_by_none = |path: &str| {
        let output = std::process::Command::new("curl")
            .args(["-s", "-L", "-o", "/dev/null", "-D", "-"])
            .arg(format!("{}/{path}", site.url()))
            .output()
            .unwrap();
        let headers = String::from_utf8(output.stdout).unwrap().to_lowercase();
        assert!(headers.contains(" 200 "), "{path}: {headers}");
        headers.contains("no-cache")
    };
    let seen = [
        kept_by_none(&format!("?p={}", ids[0])),
        kept_by_none(&format!("?p={}", ids[1])),
        kept_by_none("?s=secret"),
        kept_by_none("?feed=rss2"),
        kept_by_none(&format!("?p={}", ids[2])),
        kept_by_none("?m=2020"),
    ];
    site.php(&format!(
        "foreach (array({}) as $id) {{ wp_delete_post($id, true); }}",
        ids.join(", ")
    ));
    assert_eq!(seen, [true, true, true, true, false, false]);
}

#[test]
fn the_box_keeps_an_offering_that_is_not_there_any_more() {
    let site = site();
    let drawn = |chosen: &str| {
        site.php(&format!(
            "$id = wp_insert_post(array('post_type' => 'page', 'post_status' => 'publish', 'post_title' => 'Lesson'));
             update_post_meta($id, '_rehome_offerings', array({chosen}));
             Rehome\\Companion\\Access::draw_box(get_post($id));"
        ))
    };
    assert!(drawn("").contains("There are no offerings yet"));
    site.set_up();
    let html = drawn("'gone'");
    assert!(html.contains("value=\"course\">"), "{html}");
    assert!(html.contains("value=\"gone\" checked='checked'>"), "{html}");
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
