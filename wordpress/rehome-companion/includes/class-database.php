<?php
/**
 * What the database says about the last statement: by its number, never by its text, which may be in any language.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB -- the connection itself, not data.

/** WordPress ignores failed statements; every statement of this plugin goes through done() instead. */
final class Database {

	/** Errors of MySQL and MariaDB after which the transaction is lost, or the statement may be repeated. */
	const LOST = array( 1020, 1028, 1053, 1180, 1205, 1213, 1317, 1614, 1927, 1969, 2002, 2006, 2013, 2014, 2055, 3024, 3101, 3572, 4031 );

	/** The same for SQLite: busy, locked, interrupted, input or output error, full. */
	const LOST_SQLITE = array( 5, 6, 9, 10, 13 );

	/** A unique key has this value already. */
	const DUPLICATE = array( 1062, 1586, 1859 );

	/** SQLite has one number for every violated constraint, and the plugin's tables have only unique keys. */
	const DUPLICATE_SQLITE = array( 19 );

	/** Something failed, but WordPress stopped it before it reached the database. */
	const NOT_SENT = -1;

	/** Reasons that a person can act on. */
	const REASONS = array(
		self::NOT_SENT => 'it contains characters that the table cannot store, or is too long',
		1              => 'a table or column is missing; deactivate the plugin and activate it again (error 1)',
		13             => 'the disk is full (error 13)',
		1021           => 'the disk is full (error 1021)',
		1044           => 'the site\'s database user may not write (error 1044)',
		1054           => 'a column is missing; deactivate the plugin and activate it again (error 1054)',
		1114           => 'the table is full (error 1114)',
		1142           => 'the site\'s database user may not write (error 1142)',
		1146           => 'a table is missing; deactivate the plugin and activate it again (error 1146)',
		1264           => 'a number is too large (error 1264)',
		1267           => 'it contains characters that the table cannot store (error 1267)',
		1290           => 'the database is read-only (error 1290)',
		1366           => 'it contains characters that the table cannot store (error 1366)',
		1406           => 'it is too long (error 1406)',
		1836           => 'the database is read-only (error 1836)',
		3988           => 'it contains characters that the table cannot store (error 3988)',
	);

	/**
	 * The number of the error of the last statement.
	 *
	 * @return int 0 if there was none.
	 */
	public static function number() {
		global $wpdb;
		if ( Tables::is_sqlite() ) {
			if ( '' === (string) $wpdb->last_error ) {
				return 0;
			}
			return preg_match( '/SQLSTATE\[\w+\](?:: [^:<]*)?: (\d+) /', $wpdb->last_error, $found ) ? (int) $found[1] : self::NOT_SENT;
		}
		$link   = $wpdb->dbh;
		$number = $link instanceof \mysqli ? mysqli_errno( $link ) : 2006;
		return 0 === $number && '' !== (string) $wpdb->last_error ? self::NOT_SENT : $number;
	}

	/**
	 * Whether an error ended the transaction, or is only temporary.
	 *
	 * @param int $number The error.
	 * @return bool
	 */
	public static function is_lost( $number ) {
		return in_array( $number, Tables::is_sqlite() ? self::LOST_SQLITE : self::LOST, true );
	}

	/**
	 * Whether the last statement failed because a unique key has the value already.
	 *
	 * @return bool
	 */
	public static function is_duplicate() {
		return in_array( self::number(), Tables::is_sqlite() ? self::DUPLICATE_SQLITE : self::DUPLICATE, true );
	}

	/**
	 * The result of a statement, which must have succeeded.
	 *
	 * @param mixed  $result What wpdb returned; false if the statement failed.
	 * @param string $what   What was to be stored, for the message.
	 * @return mixed The result.
	 * @throws Try_Again If the statement may be repeated.
	 * @throws Refused Otherwise.
	 */
	public static function done( $result, $what ) {
		if ( false === $result ) {
			throw self::failure( $what );
		}
		return $result;
	}

	/**
	 * The result of a query, which must have succeeded: WordPress returns an empty result after an error.
	 *
	 * @param mixed  $result What wpdb returned.
	 * @param string $what   What was to be read, for the message.
	 * @return mixed The result.
	 * @throws Try_Again If the query may be repeated.
	 * @throws Refused Otherwise.
	 */
	public static function read( $result, $what ) {
		if ( 0 !== self::number() ) {
			throw self::failure( $what );
		}
		return $result;
	}

	/**
	 * What a failed statement means for the member.
	 *
	 * @param string $what What was to be stored or read.
	 * @return \Exception
	 */
	public static function failure( $what ) {
		$number = self::number();
		$why    = isset( self::REASONS[ $number ] ) ? self::REASONS[ $number ] : "error $number";
		return self::is_lost( $number )
			? new Try_Again( "$what: error $number" )
			: new Refused( "the database did not accept the $what: $why" );
	}

	/**
	 * A number that is another one after WordPress has reconnected.
	 *
	 * @return int
	 */
	public static function thread() {
		global $wpdb;
		return ! Tables::is_sqlite() && $wpdb->dbh instanceof \mysqli ? mysqli_thread_id( $wpdb->dbh ) : 0;
	}

	/**
	 * Connects again if the connection was lost.
	 *
	 * @throws Failure If the database cannot be reached.
	 */
	public static function reconnect() {
		global $wpdb;
		if ( ! Tables::is_sqlite() && ! $wpdb->check_connection( false ) ) {
			throw new Failure( 500, 'database', 'The connection to the database was lost.' );
		}
	}
}
