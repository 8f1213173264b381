<?php
/**
 * Installs WordPress in DIR/www, an administrator with an application password, and the companion.
 * Prints what a test needs to know, as JSON.
 */
define( 'WP_INSTALLING', true );
list( , $dir, $url ) = $argv;
$_SERVER['HTTP_HOST'] = parse_url( $url, PHP_URL_HOST ) . ':' . parse_url( $url, PHP_URL_PORT );
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';

function wp_new_blog_notification() {}

ob_start();
require "$dir/www/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';

wp_install( 'Test site', 'admin', 'owner@example.com', false, '', 'a long password of the owner' );
update_option( 'permalink_structure', '/%postname%/' );
list( $password ) = WP_Application_Passwords::create_new_application_password( 1, array( 'name' => 'rehome' ) );

wp_insert_user(
	array(
		'user_login' => 'weak',
		'user_email' => 'weak@example.com',
		'user_pass'  => 'a long password of a subscriber',
		'role'       => 'subscriber',
	)
);
list( $weak ) = WP_Application_Passwords::create_new_application_password( get_user_by( 'login', 'weak' )->ID, array( 'name' => 'rehome' ) );

$error = activate_plugin( 'rehome-companion/rehome-companion.php' );
$noise = ob_get_clean();
if ( is_wp_error( $error ) ) {
	fwrite( STDERR, $error->get_error_message() . "\n" );
	exit( 1 );
}
if ( '' !== trim( $noise ) ) {
	fwrite( STDERR, $noise );
}

echo wp_json_encode(
	array(
		'url'           => $url,
		'wordpress'     => get_bloginfo( 'version' ),
		'user'          => 'admin',
		'password'      => $password,
		'weak_password' => $weak,
	),
	JSON_PRETTY_PRINT
), "\n";
