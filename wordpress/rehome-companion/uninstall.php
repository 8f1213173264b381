<?php
/**
 * Removes everything that the plugin added: tables, options and metadata. Users and their roles are kept.
 *
 * @package Rehome
 */

if ( ! defined( 'WP_UNINSTALL_PLUGIN' ) ) {
	exit;
}

require_once __DIR__ . '/includes/class-tables.php';

\Rehome\Companion\Tables::drop();
foreach ( array( 'rehome_format', 'rehome_instance', 'rehome_paused', 'rehome_muted' ) as $rehome_option ) {
	delete_option( $rehome_option );
}
wp_clear_scheduled_hook( 'rehome_purge' );
delete_post_meta_by_key( '_rehome_offerings' );
delete_post_meta_by_key( '_rehome_module' );

global $wpdb;
// phpcs:ignore WordPress.DB -- our own metadata, found by its prefix.
$wpdb->query( $wpdb->prepare( "DELETE FROM $wpdb->usermeta WHERE meta_key LIKE %s", $wpdb->esc_like( '_rehome_' ) . '%' ) );
wp_cache_flush();
