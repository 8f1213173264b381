<?php
/**
 * Functions for themes and other plugins.
 *
 * @package Rehome
 */

if ( ! function_exists( 'rehome_has_offering' ) ) {
	/**
	 * Whether a user has effective access to an offering.
	 *
	 * @param string            $key    The offering's key.
	 * @param int|\WP_User|null $user   The user; null for the current visitor.
	 * @param int               $module The module, counted from 1; 0 for the offering itself.
	 * @return bool
	 */
	function rehome_has_offering( $key, $user = null, $module = 0 ) {
		return \Rehome\Companion\Access::has_offering( $key, $user, $module );
	}
}
