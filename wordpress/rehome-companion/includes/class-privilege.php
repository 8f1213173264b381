<?php
/**
 * Who may do more than a subscriber, and is therefore never touched.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/**
 * Judged by capabilities, not by names of roles: shops and courses bring roles of their own.
 */
final class Privilege {

	/** Whoever holds one of these is privileged. The list is fixed: no filter may shorten it. */
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

	/** The only role that is ever given. */
	const ROLE = 'subscriber';

	/**
	 * True where the stored value of a user's capabilities makes it privileged. For lists; a filter of
	 * another plugin is not asked.
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
	 * True where the user may do more, by whatever way. For one user that is about to be written.
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
	 * True where a role holds one of the capabilities.
	 *
	 * @param string $role Its name.
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
	 * Why new users cannot be made here, or null.
	 *
	 * @return string|null
	 */
	public static function why_no_new_users() {
		if ( ! get_role( self::ROLE ) ) {
			return 'the site has no role subscriber';
		}
		return self::of_role( self::ROLE ) ? 'the site\'s role subscriber may do more than read' : null;
	}
}
