//! Uninstalling the plugin removes everything of it, and keeps all users.

use super::{site::site, writes::newcomers};

#[test]
fn uninstall_removes_all_that_it_added_and_no_user() {
    let site = site();
    site.set_up();
    site.batch("r1", &newcomers(3)).confirmed(3);
    site.php("add_post_meta(1, '_rehome_offerings', array('course')); add_user_meta(3, '_rehome_granted_1', 'lumen'); update_option('rehome_paused', 1); update_option('rehome_muted', 3);");
    site.php(
        "require_once ABSPATH . 'wp-admin/includes/plugin.php';
         deactivate_plugins('rehome-companion/rehome-companion.php');
         uninstall_plugin('rehome-companion/rehome-companion.php');",
    );
    let tables = site.rows("SHOW TABLES LIKE '%rehome%'");
    let options = site.rows("SELECT option_name FROM wp_options WHERE option_name LIKE '%rehome%'");
    let metas = site.rows("SELECT meta_key FROM wp_usermeta WHERE meta_key LIKE '%rehome%' UNION SELECT meta_key FROM wp_postmeta WHERE meta_key LIKE '%rehome%'");
    let users = site.number("SELECT COUNT(*) FROM wp_users");
    let gone = site.get("/hello").status;
    site.php(
        "require_once ABSPATH . 'wp-admin/includes/plugin.php';
         activate_plugin('rehome-companion/rehome-companion.php');",
    );
    assert_eq!((tables, options, metas), (vec![], vec![], vec![]));
    assert_eq!(users, 5);
    assert_eq!(gone, 404);
    assert_eq!(site.get("/hello").status, 200);
}
