<?php
/**
 * Which users may do more than a subscriber and are therefore never modified.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/**
 * Judged by capabilities, not by role names: shop and course plugins add roles of their own.
 */
final class Privilege {

	/** A user with any of these is privileged. The list is fixed: no filter can shorten it. */
	const CAPABILITIES = array(
		'activate_plugins',
		'create_users',
		'customize',
		'delete_others_posts',
		'delete_pages',
		'delete_posts',
		'delete_published_posts',
		'delete_users',
		'edit_dashboard',
		'edit_files',
		'edit_others_posts',
		'edit_others_pages',
		'edit_pages',
		'edit_plugins',
		'edit_posts',
		'edit_private_posts',
		'edit_products',
		'edit_published_posts',
		'edit_shop_orders',
		'edit_theme_options',
		'edit_themes',
		'edit_users',
		'export',
		'import',
		'install_plugins',
		'install_themes',
		'list_users',
		'manage_categories',
		'manage_links',
		'manage_network',
		'manage_options',
		'manage_woocommerce',
		'moderate_comments',
		'promote_users',
		'publish_pages',
		'publish_posts',
		'read_private_pages',
		'read_private_posts',
		'remove_users',
		'switch_themes',
		'unfiltered_html',
		'unfiltered_upload',
		'update_core',
		'update_plugins',
		'update_themes',
		'upload_files',
		'view_woocommerce_reports',
	);

	/** The only role that the plugin assigns. */
	const ROLE = 'subscriber';

	/**
	 * Whether the stored capabilities make a user privileged. Used for lists; filters of other plugins are
	 * not applied.
	 *
	 * @param mixed $stored The unserialised user meta: role or capability => granted.
	 * @return bool
	 */
	public static function of_stored( $stored ) {
		if ( ! is_array( $stored ) ) {
			return false;
		}
		foreach ( array_keys( array_filter( $stored ) ) as $name ) {
			if ( in_array( (string) $name, self::CAPABILITIES, true ) || self::of_role( (string) $name ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Whether a user is privileged in any way, filters of other plugins included. Used before a user is written.
	 *
	 * @param \WP_User $user The user.
	 * @return bool
	 */
	public static function of_user( $user ) {
		if ( is_super_admin( $user->ID ) || self::of_stored( $user->caps ) ) {
			return true;
		}
		foreach ( array( 'edit_posts', 'list_users', 'manage_options', 'upload_files', 'edit_users' ) as $capability ) {
			if ( $user->has_cap( $capability ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Whether a role has any of the capabilities.
	 *
	 * @param string $role The name of the role.
	 * @return bool
	 */
	public static function of_role( $role ) {
		static $known = array();
		if ( ! isset( $known[ $role ] ) ) {
			$object         = get_role( $role );
			$granted        = $object ? array_keys( array_filter( $object->capabilities ) ) : array();
			$known[ $role ] = (bool) array_intersect( $granted, self::CAPABILITIES );
		}
		return $known[ $role ];
	}

	/**
	 * Why new users cannot be created on this site, or null.
	 *
	 * @return string|null
	 */
	public static function why_no_new_users() {
		if ( ! get_role( self::ROLE ) ) {
			return 'the site has no "subscriber" role';
		}
		return self::of_role( self::ROLE ) ? 'the site\'s "subscriber" role has more rights than reading' : null;
	}
}
