<?php
/**
 * A new user, with a password that nobody knows.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** Only here is a user made, and only here may a hash be cheap. */
final class New_User {

	/**
	 * Makes a subscriber.
	 *
	 * @param string      $email      The address.
	 * @param string      $login      The login.
	 * @param string      $first_name First name, or blank.
	 * @param string      $last_name  Last name, or blank.
	 * @param string|null $registered When the person registered, in UTC, or null for now.
	 * @return int The user's id.
	 * @throws Refused Where WordPress does not take it.
	 */
	public static function make( $email, $login, $first_name, $last_name, $registered ) {
		$data = array(
			'user_login' => $login,
			'user_email' => $email,
			'user_pass'  => bin2hex( random_bytes( 32 ) ),
			'first_name' => $first_name,
			'last_name'  => $last_name,
			'role'       => Privilege::ROLE,
		);
		if ( null !== $registered ) {
			$data['user_registered'] = $registered;
		}
		$id = self::cheaply( wp_slash( $data ) );
		if ( is_wp_error( $id ) ) {
			throw new Refused( 'WordPress does not make the user: ' . wp_strip_all_tags( $id->get_error_message() ) );
		}
		// For what it cannot store, for example a long address, WordPress returns 0 and no error.
		if ( ! $id ) {
			throw new Refused( 'WordPress could not store the user' );
		}
		return (int) $id;
	}

	/**
	 * Inserts with a cheap hash. 256 random bits cannot be guessed however fast the hash is; whoever sets a
	 * password of their own later gets the site's full hash.
	 *
	 * @param array $data What wp_insert_user() takes, slashed.
	 * @return int|\WP_Error
	 */
	private static function cheaply( $data ) {
		global $wp_hasher;
		$before  = $wp_hasher;
		$options = function ( $options ) {
			return array( 'cost' => 4 ) + (array) $options;
		};
		if ( version_compare( get_bloginfo( 'version' ), '6.8-alpha', '>=' ) ) {
			add_filter( 'wp_hash_password_options', $options, PHP_INT_MAX );
		} else {
			require_once ABSPATH . WPINC . '/class-phpass.php';
			$wp_hasher = new \PasswordHash( 4, true ); // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- put back below.
		}
		try {
			return wp_insert_user( $data );
		} finally {
			$wp_hasher = $before; // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- as it was.
			remove_filter( 'wp_hash_password_options', $options, PHP_INT_MAX );
		}
	}
}
