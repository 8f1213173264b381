//! The shorter way in which the companion lets WordPress write a new user's metas leaves what the long way leaves.

use super::{
    site::{Site, newer_site, site},
    writes::{newcomer, newcomers},
};

/// Makes two users, by the companion and by `wp_insert_user()` alone, and compares rows, what the process reads, and every hook of metas.
const COMPARE: &str = r#"
rest_get_server();
$heard = array();
foreach ( array( 'add' => 1, 'added' => 2, 'update' => 2, 'updated' => 2, 'deleted' => 2 ) as $hook => $from ) {
    add_action( "{$hook}_user_meta", function ( ...$all ) use ( $hook, $from ) { $GLOBALS['heard'][] = array( $hook, array_slice( $all, $from ) ); }, 20, 4 );
}
foreach ( array( 'set_user_role', 'user_register' ) as $hook ) {
    add_action( $hook, function () use ( $hook ) { $GLOBALS['heard'][] = $hook; }, 20, 0 );
}
function left( $login, $make ) {
    global $wpdb, $heard;
    $heard = array();
    $id    = $make( $login );
    $first = get_user_meta( $id );
    $rows  = $wpdb->get_results( $wpdb->prepare( "SELECT meta_key, meta_value FROM $wpdb->usermeta WHERE user_id = %d ORDER BY umeta_id", $id ), ARRAY_N );
    wp_cache_flush();
    $told = wp_json_encode( array( $rows, $first, get_user_meta( $id ), $heard ), JSON_UNESCAPED_UNICODE );
    return array( count( $rows ), str_replace( array( $login, "guest$id" ), array( 'LOGIN', 'GUEST' ), $told ) );
}
$names = array( "Zo\u{eb} O'\\\"Neil \u{1f600}", 'a:1:{i:0;i:7;}' );
$ours  = left( 'made-by-us', function ( $login ) use ( $names ) {
    return Rehome\Companion\New_User::make( "$login@example.com", $login, $names[0], $names[1], null );
} );
$its   = left( 'made-by-it', function ( $login ) use ( $names ) {
    return wp_insert_user( wp_slash( array( 'user_login' => $login, 'user_email' => "$login@example.com", 'user_pass' => 'x', 'first_name' => $names[0], 'last_name' => $names[1], 'role' => 'subscriber' ) ) );
} );
echo $ours[0] > 10 && $ours === $its ? 'the same' : "{$ours[1]}\n{$its[1]}";
"#;

/// What plugins of a site hang in.
const PLUGINS: [&str; 7] = [
    "",
    "add_filter( 'sanitize_user_meta_first_name', function ( $value ) { return \"[$value]\"; } );",
    "add_filter( 'update_user_metadata', function ( $taken, $id, $key ) { return 'locale' === $key ? true : $taken; }, 10, 3 );",
    "add_action( 'added_user_meta', function ( $mid, $id, $key ) { if ( 'nickname' === $key ) { add_user_meta( $id, 'last_name', 'Other' ); update_user_meta( $id, 'first_name', 'Early' ); } }, 10, 3 );",
    "add_action( 'add_user_meta', function ( $id, $key ) { if ( 'use_ssl' === $key ) { update_user_meta( $id, 'nickname', 'Nick' ); delete_user_meta( $id, 'locale' ); } }, 10, 2 );",
    "add_action( 'user_register', function ( $id ) { update_user_meta( $id, 'nickname', 'Nick' ); delete_user_meta( $id, 'admin_color' ); get_user_meta( $id ); } );",
    "add_action( 'added_user_meta', function ( $mid, $id, $key ) { static $n = 0; if ( 'description' === $key && $n++ % 2 === 0 ) { wp_insert_user( array( 'user_login' => \"guest$id\", 'user_pass' => 'x' ) ); } }, 10, 3 );",
];

fn leaves_the_same(site: &Site) {
    for plugin in PLUGINS {
        let said = site.php(&format!("{plugin}\n{COMPARE}"));
        assert_eq!(said.trim(), "the same", "{plugin}");
        site.clear();
    }
}

#[test]
fn a_new_user_has_the_metas_that_wordpress_gives_whatever_plugins_hang_in() {
    leaves_the_same(&site());
}

#[test]
fn and_so_on_a_newer_wordpress_on_sqlite() {
    if let Some(site) = newer_site() {
        leaves_the_same(&site);
    }
}

#[test]
fn metas_left_of_a_deleted_user_give_nobody_a_role() {
    let site = site();
    site.set_up();
    site.batch("r1", &[newcomer(0, "first@example.com")]).confirmed(1);
    let last = site.number("SELECT MAX(ID) FROM wp_users");
    for id in last + 1..last + 20 {
        site.sql(&format!(
            "INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES ({id}, 'wp_capabilities', 'a:1:{{s:13:\"administrator\";b:1;}}'), ({id}, 'first_name', 'Old')"
        ));
    }
    site.batch("r2", &newcomers(3)).is(200);
    let made = format!("user_id IN (SELECT ID FROM wp_users WHERE ID > {last})");
    let count = |what: &str| {
        site.number(&format!(
            "SELECT COUNT(*) FROM wp_usermeta WHERE {made} AND {what}"
        ))
    };
    assert_eq!(
        site.number(&format!("SELECT COUNT(*) FROM wp_users WHERE ID > {last}")),
        3
    );
    assert_eq!(count("meta_key = 'first_name'"), 3, "one each");
    assert_eq!(count("meta_key = 'wp_capabilities'"), 3, "one each");
    assert_eq!(count("meta_value LIKE '%administrator%'"), 0);
}

#[test]
fn wordpress_knows_how_many_users_there_are_after_a_batch() {
    let site = site();
    site.set_up();
    site.batch("r1", &newcomers(5)).confirmed(5);
    assert_eq!(site.php("echo get_user_count();").trim(), "7");
}
