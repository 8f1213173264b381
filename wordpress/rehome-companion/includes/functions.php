<?php
/**
 * What themes and other plugins may call.
 *
 * @package Rehome
 */

if ( ! function_exists( 'rehome_has_offering' ) ) {
	/**
	 * True where a user has effective access to an offering.
	 *
	 * @param string            $key    The offering's key.
	 * @param int|\WP_User|null $user   The user; null for the visitor.
	 * @param int               $module The module, from 1; 0 for the offering itself.
	 * @return bool
	 */
	function rehome_has_offering( $key, $user = null, $module = 0 ) {
		return \Rehome\Companion\Access::has_offering( $key, $user, $module );
	}
}
