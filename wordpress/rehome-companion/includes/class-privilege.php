<?php
/**
 * Which users may do more than a subscriber and are therefore never modified.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/**
 * Judged by capabilities, not by role names: shop and course plugins add roles of their own. Whatever is not known to
 * be harmless is a privilege.
 */
final class Privilege {

	/**
	 * What a member may do: reading, and taking part in a forum. No filter changes the list; the owner of the site can
	 * add to it in wp-config.php: define( 'REHOME_HARMLESS_CAPABILITIES', 'customer, view_lessons' ).
	 */
	const HARMLESS = array(
		'read',
		'level_0',
		'subscriber',
		'customer',
		'bbp_participant',
		'bbp_spectator',
		'spectate',
		'participate',
		'publish_topics',
		'edit_topics',
		'publish_replies',
		'edit_replies',
		'assign_topic_tags',
	);

	/** The only role that the plugin assigns. */
	const ROLE = 'subscriber';

	/** WordPress's own filters of a user's capabilities, which grant nothing to those who have no others. */
	const OF_WORDPRESS = array( 'wp_maybe_grant_install_languages_cap', 'wp_maybe_grant_resume_extensions_caps', 'wp_maybe_grant_site_health_caps' );

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
			// The name of a role is no right; that of a role that no longer exists may become one again.
			if ( get_role( (string) $name ) ? self::of_role( (string) $name ) : ! self::is_harmless( (string) $name ) ) {
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
		if ( ! self::is_filtered() ) {
			return false;
		}
		foreach ( self::all() as $capability ) {
			if ( $user->has_cap( $capability ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Whether a role can do anything that is not known to be harmless.
	 *
	 * @param string $role The name of the role.
	 * @return bool
	 */
	public static function of_role( $role ) {
		static $known = array();
		if ( ! isset( $known[ $role ] ) ) {
			$object         = get_role( $role );
			$granted        = $object ? array_keys( array_filter( $object->capabilities ) ) : array();
			$known[ $role ] = (bool) array_filter(
				$granted,
				function ( $capability ) {
					return ! self::is_harmless( (string) $capability );
				}
			);
		}
		return $known[ $role ];
	}

	/**
	 * What is known to be harmless.
	 *
	 * @return string[]
	 */
	public static function harmless() {
		static $all = null;
		if ( null === $all ) {
			$added = defined( 'REHOME_HARMLESS_CAPABILITIES' ) ? preg_split( '/[\s,]+/', (string) constant( 'REHOME_HARMLESS_CAPABILITIES' ), -1, PREG_SPLIT_NO_EMPTY ) : array();
			$all   = array_values( array_unique( array_merge( self::HARMLESS, $added ) ) );
		}
		return $all;
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
		$why = Quiet::why_not();
		if ( $why ) {
			return $why;
		}
		return self::of_role( self::ROLE ) ? 'the site\'s "subscriber" role has more rights than reading' : null;
	}

	/**
	 * Whether a capability is known to be harmless.
	 *
	 * @param string $capability The capability.
	 * @return bool
	 */
	private static function is_harmless( $capability ) {
		return in_array( $capability, self::harmless(), true );
	}

	/**
	 * Whether code of the site may grant capabilities that are not stored.
	 *
	 * @return bool
	 */
	private static function is_filtered() {
		global $wp_filter;
		foreach ( array( 'user_has_cap', 'map_meta_cap' ) as $hook ) {
			foreach ( isset( $wp_filter[ $hook ] ) ? $wp_filter[ $hook ]->callbacks : array() as $callbacks ) {
				foreach ( $callbacks as $callback ) {
					if ( ! in_array( $callback['function'], self::OF_WORDPRESS, true ) ) {
						return true;
					}
				}
			}
		}
		return false;
	}

	/**
	 * Every capability that any role of the site has and that is not known to be harmless.
	 *
	 * @return string[]
	 */
	private static function all() {
		static $all = null;
		if ( null === $all ) {
			$all = array( 'manage_options', 'edit_users', 'edit_posts', 'upload_files', 'install_plugins', 'unfiltered_html' );
			foreach ( wp_roles()->roles as $role ) {
				$all = array_merge( $all, array_map( 'strval', array_keys( (array) $role['capabilities'] ) ) );
			}
			$all = array_diff( array_unique( $all ), self::harmless() );
		}
		return $all;
	}
}
