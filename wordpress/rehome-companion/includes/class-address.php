<?php
/**
 * What WordPress makes of an address, a login or a name, and why it would not take it.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** Nothing is changed silently: what the site would alter is refused, or said. */
final class Address {

	const LONGEST       = 100;
	const LONGEST_LOGIN = 60;

	/**
	 * Why an address cannot be a user's, or null.
	 *
	 * @param string $email The address.
	 * @return string|null
	 */
	public static function why_not( $email ) {
		if ( strlen( self::stored( $email ) ) > self::LONGEST || strlen( $email ) > self::LONGEST ) {
			return 'the address is longer than ' . self::LONGEST . ' characters';
		}
		if ( strtolower( $email ) !== $email ) {
			return 'the address is not in lower case';
		}
		$kept = sanitize_email( $email );
		if ( $kept !== $email || ! is_email( $email ) ) {
			return 'WordPress does not take the address' . ( '' === $kept || $kept === $email ? '' : "; it would make $kept of it" );
		}
		return null;
	}

	/**
	 * Why a login cannot be a new user's, or null.
	 *
	 * @param string $login The login.
	 * @return string|null
	 */
	public static function why_not_login( $login ) {
		if ( '' === $login || sanitize_user( $login, true ) !== $login ) {
			return "WordPress does not take the login \"$login\"";
		}
		if ( strlen( $login ) > self::LONGEST_LOGIN ) {
			return 'the login is longer than ' . self::LONGEST_LOGIN . ' characters';
		}
		/** This filter is documented in wp-includes/user.php */
		$illegal = array_map( 'strtolower', (array) apply_filters( 'illegal_user_logins', array() ) ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- WordPress's own.
		return in_array( strtolower( $login ), $illegal, true ) ? "the site forbids the login \"$login\"" : null;
	}

	/**
	 * As the users table holds an address: WordPress writes & as &amp;.
	 *
	 * @param string $email The address.
	 * @return string
	 */
	public static function stored( $email ) {
		return wp_unslash( sanitize_user_field( 'user_email', wp_slash( $email ), 0, 'db' ) );
	}

	/**
	 * As an address was before WordPress stored it, in lower case.
	 *
	 * @param string $stored From the users table.
	 * @return string
	 */
	public static function read( $stored ) {
		return strtolower( str_replace( '&amp;', '&', $stored ) );
	}

	/**
	 * As a name was before WordPress stored it.
	 *
	 * @param string $stored From the user's meta.
	 * @return string
	 */
	public static function read_name( $stored ) {
		return wp_specialchars_decode( $stored, ENT_NOQUOTES );
	}

	/**
	 * As WordPress would read a name back that it is given: without markup and needless blanks.
	 *
	 * @param string $name The name.
	 * @return string
	 */
	public static function kept_name( $name ) {
		return self::read_name( wp_unslash( sanitize_user_field( 'first_name', wp_slash( $name ), 0, 'db' ) ) );
	}
}
