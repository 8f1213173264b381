//! An object cache that outlives the process: whatever it holds, nobody is rejected, doubled, or seen as they were.

use std::{fs, thread, time::Duration};

use super::{
    site::{Lent, site},
    writes::{change, member, newcomer, newcomers},
};

/// The site with a persistent cache, until this is dropped.
struct Cached {
    site: Lent,
}

impl Cached {
    fn new() -> Self {
        let site = site();
        let content = site.place().join("www/wp-content");
        fs::copy(
            content.join("cache-for-tests.php"),
            content.join("object-cache.php"),
        )
        .unwrap();
        site.set_up();
        Self { site }
    }
}

impl Drop for Cached {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.site.place().join("www/wp-content/object-cache.php"));
        let _ = fs::remove_dir_all(self.site.place().join("cache"));
    }
}

#[test]
fn what_a_killed_request_left_in_a_cache_rejects_and_doubles_nobody() {
    let cached = Cached::new();
    let site = &cached.site;
    // The process dies when the user is in the cache and not yet committed.
    site.tell("hostile", "user_register kill person0001@example.com");
    let body = site.batch_body("r1", &newcomers(3));
    assert_ne!(site.post("/batch", &body).status, 200);
    fs::remove_file(site.place().join("hostile")).unwrap();
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 3);
    // Worse: the cache has a user under the address, the login and the number that come next.
    site.php(
        "global $wpdb; $next = (int) $wpdb->get_var(\"SELECT AUTO_INCREMENT FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'wp_users'\");
         $ghost = (object) array('ID' => $next, 'user_login' => 'person0001@example.com', 'user_pass' => 'x', 'user_nicename' => 'ghost', 'user_email' => 'person0001@example.com', 'user_url' => '', 'user_registered' => '2026-01-01 00:00:00', 'user_activation_key' => '', 'user_status' => 0, 'display_name' => 'ghost');
         wp_cache_set($next, $ghost, 'users'); wp_cache_set('person0001@example.com', $next, 'useremail'); wp_cache_set('person0001@example.com', $next, 'userlogins');
         wp_cache_set($next, array('first_name' => array('Ghost'), 'wp_capabilities' => array(serialize(array('administrator' => true)))), 'user_meta');",
    );
    let answer = loop {
        let answer = site.post("/batch", &body);
        if answer.status != 423 {
            break answer;
        }
        thread::sleep(Duration::from_millis(50));
    };
    answer.is(200).confirmed(3);
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 5);
    let seen = site.php("foreach (array('person0000', 'person0001', 'person0002') as $name) { $user = get_user_by('email', \"$name@example.com\"); echo $user->first_name, ' ', implode(',', $user->roles), ' '; }");
    assert_eq!(seen, "Ann subscriber Ann subscriber Ann subscriber ");
}

#[test]
fn a_change_is_seen_at_once_whatever_was_cached_before_the_commit() {
    let cached = Cached::new();
    let site = &cached.site;
    site.batch("r1", &[newcomer(0, "ann@example.com")]).confirmed(1);
    let name = "echo get_user_by('email', 'ann@example.com')->first_name;";
    assert_eq!(site.php(name), "Ann");
    // Somebody reads the user between the statement and the commit, and caches what was there before.
    site.tell("reads-meanwhile", "");
    let anna = member(
        0,
        "ann@example.com",
        &[change("update", "first-name", Some("Ann"), Some("Anna"))],
    );
    site.batch("r2", &[anna]).confirmed(1);
    assert_eq!(site.php(name), "Anna");
}
