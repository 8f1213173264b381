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
	 * @param string            $key  The offering's key.
	 * @param int|\WP_User|null $user The user; null for the visitor.
	 * @return bool
	 */
	function rehome_has_offering( $key, $user = null ) {
		return \Rehome\Companion\Access::has_offering( $key, $user );
	}
}
