<?php
/**
 * The rows of people: which user is which person, and what becomes of a row when its user goes or moves.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** Keeps the rows true when somebody changes users by hand. */
final class People {

	/** Hooks in. */
	public static function register() {
		add_action( 'deleted_user', array( __CLASS__, 'user_is_gone' ) );
		add_action( 'profile_update', array( __CLASS__, 'user_has_moved' ), 10, 2 );
	}

	/**
	 * The person of a user.
	 *
	 * @param int $user_id The user.
	 * @return int|null The row's id.
	 */
	public static function of_user( $user_id ) {
		global $wpdb;
		$table = Tables::name( 'people' );
		// phpcs:ignore WordPress.DB -- a table of our own.
		$id = $wpdb->get_var( $wpdb->prepare( "SELECT id FROM `$table` WHERE user_id = %d", $user_id ) );
		return $id ? (int) $id : null;
	}

	/**
	 * A deleted user's contact stays; its login is free again.
	 *
	 * @param int $user_id The user.
	 */
	public static function user_is_gone( $user_id ) {
		global $wpdb;
		$table = Tables::name( 'people' );
		// phpcs:ignore WordPress.DB -- a table of our own.
		$wpdb->query( $wpdb->prepare( "UPDATE `$table` SET user_id = NULL, login = NULL, made = 0, quiet = 0 WHERE user_id = %d", $user_id ) );
		Invitations::user_is_gone( $user_id );
	}

	/**
	 * A user that was given another address by hand takes its person along, unless another has the address.
	 *
	 * @param int      $user_id The user.
	 * @param \WP_User $before  As it was.
	 */
	public static function user_has_moved( $user_id, $before ) {
		global $wpdb;
		$user = get_userdata( $user_id );
		if ( ! $user || $user->user_email === $before->user_email ) {
			return;
		}
		$shown = $wpdb->suppress_errors( true );
		// phpcs:ignore WordPress.DB -- a table of our own.
		$wpdb->update( Tables::name( 'people' ), array( 'email' => Address::read( $user->user_email ) ), array( 'user_id' => $user_id ) );
		$wpdb->suppress_errors( $shown );
	}
}
