<?php
/**
 * The table of people: which user is which person, and what happens to a row when its user is deleted or changed.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** Keeps the rows correct when users are changed by hand. */
final class People {

	/** Registers the hooks. */
	public static function register() {
		add_action( 'deleted_user', array( __CLASS__, 'user_is_gone' ) );
		add_action( 'profile_update', array( __CLASS__, 'address_has_changed' ), 10, 2 );
	}

	/**
	 * The row that belongs to a user.
	 *
	 * @param int $user_id The user.
	 * @return int|null The row's id.
	 */
	public static function of_user( $user_id ) {
		global $wpdb;
		$table = Tables::name( 'people' );
		// phpcs:ignore WordPress.DB -- our own table.
		$id = $wpdb->get_var( $wpdb->prepare( "SELECT id FROM `$table` WHERE user_id = %d", $user_id ) );
		return $id ? (int) $id : null;
	}

	/**
	 * Keeps the contact of a deleted user, and frees its login.
	 *
	 * @param int $user_id The user.
	 */
	public static function user_is_gone( $user_id ) {
		global $wpdb;
		$table = Tables::name( 'people' );
		// phpcs:ignore WordPress.DB -- our own table.
		$wpdb->query( $wpdb->prepare( "UPDATE `$table` SET user_id = NULL, login = NULL, made = 0, quiet = 0 WHERE user_id = %d", $user_id ) );
		Invitations::user_is_gone( $user_id );
	}

	/**
	 * Gives the row the new address of a user whose address was changed by hand, unless another row has it.
	 *
	 * @param int      $user_id The user.
	 * @param \WP_User $before  The user before the change.
	 */
	public static function address_has_changed( $user_id, $before ) {
		global $wpdb;
		$user = get_userdata( $user_id );
		if ( ! $user || $user->user_email === $before->user_email ) {
			return;
		}
		$shown = $wpdb->suppress_errors( true );
		// phpcs:ignore WordPress.DB -- our own table.
		$wpdb->update( Tables::name( 'people' ), array( 'email' => Address::read( $user->user_email ) ), array( 'user_id' => $user_id ) );
		$wpdb->suppress_errors( $shown );
	}
}
