<?php
/**
 * How WordPress stores an address, a login or a name, and why it would reject it.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** Nothing is changed silently: a value that WordPress would alter is rejected or reported. */
final class Address {

	const LONGEST       = 100;
	const LONGEST_LOGIN = 60;

	/**
	 * Why an address cannot be used for a user, or null.
	 *
	 * @param string $email The address.
	 * @return string|null
	 */
	public static function why_not( $email ) {
		if ( strlen( self::stored( $email ) ) > self::LONGEST || strlen( $email ) > self::LONGEST ) {
			return 'the email address is longer than ' . self::LONGEST . ' characters';
		}
		if ( strtolower( $email ) !== $email ) {
			return 'the email address is not in lowercase';
		}
		$kept = sanitize_email( $email );
		if ( $kept !== $email || ! is_email( $email ) ) {
			return 'WordPress does not accept the email address' . ( '' === $kept || $kept === $email ? '' : "; it would change it to $kept" );
		}
		return null;
	}

	/**
	 * Why a login cannot be used for a new user, or null.
	 *
	 * @param string $login The login.
	 * @return string|null
	 */
	public static function why_not_login( $login ) {
		if ( '' === $login || sanitize_user( $login, true ) !== $login ) {
			return "WordPress does not accept the login \"$login\"";
		}
		if ( strlen( $login ) > self::LONGEST_LOGIN ) {
			return 'the login is longer than ' . self::LONGEST_LOGIN . ' characters';
		}
		/** This filter is documented in wp-includes/user.php */
		$illegal = array_map( 'strtolower', (array) apply_filters( 'illegal_user_logins', array() ) ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- WordPress's own.
		return in_array( strtolower( $login ), $illegal, true ) ? "the site does not allow the login \"$login\"" : null;
	}

	/**
	 * A valid address in the form of the users table: WordPress stores & as &amp;. Its filters are not called here, since
	 * code of the site may hook into them.
	 *
	 * @param string $email The address.
	 * @return string
	 */
	public static function stored( $email ) {
		return str_replace( '&', '&amp;', $email );
	}

	/**
	 * An address as it was before WordPress stored it, in lowercase.
	 *
	 * @param string $stored The value in the users table.
	 * @return string
	 */
	public static function read( $stored ) {
		return strtolower( str_replace( '&amp;', '&', $stored ) );
	}

	/**
	 * A name as it was before WordPress stored it.
	 *
	 * @param string $stored The value in the user's metadata.
	 * @return string
	 */
	public static function read_name( $stored ) {
		// A name that looked serialised was serialised once more.
		if ( is_serialized_string( $stored ) ) {
			$stored = (string) unserialize( $stored, array( 'allowed_classes' => false ) ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- texts only.
		}
		return wp_specialchars_decode( $stored, ENT_NOQUOTES );
	}

	/**
	 * A name as WordPress returns it after storing it: without markup and superfluous spaces. WordPress takes "0" for
	 * no name.
	 *
	 * @param string $name The name.
	 * @return string
	 */
	public static function kept_name( $name ) {
		if ( empty( $name ) ) {
			return '';
		}
		return wp_specialchars_decode( wp_unslash( sanitize_user_field( 'first_name', wp_slash( $name ), 0, 'db' ) ), ENT_NOQUOTES );
	}
}
