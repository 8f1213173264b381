<?php
/**
 * The keys that old platforms use for people: kept with either membership, so that a changed address is noticed.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- our own table.

/** One key per person and source. */
final class Source_Keys {

	/**
	 * Why a key cannot be stored, or null.
	 *
	 * @param string      $source The source.
	 * @param string|null $key    The key.
	 * @return string|null
	 */
	public static function why_not( $source, $key ) {
		if ( strlen( $source ) > 100 ) {
			return 'the source name is longer than 100 characters';
		}
		return strlen( (string) $key ) > 190 ? "the key from source \"$source\" is longer than 190 characters" : null;
	}

	/**
	 * The keys of a person.
	 *
	 * @param int $person The id of the person's row.
	 * @return array Source => key.
	 */
	public static function of_person( $person ) {
		global $wpdb;
		$keys = Tables::name( 'source_keys' );
		return wp_list_pluck( Database::read( $wpdb->get_results( $wpdb->prepare( "SELECT source, value FROM `$keys` WHERE person = %d", $person ) ), 'source keys' ), 'value', 'source' );
	}

	/**
	 * Sets or removes a key.
	 *
	 * @param int         $person The id of the person's row.
	 * @param string      $source The source.
	 * @param string|null $key    The key; null or an empty text removes it.
	 */
	public static function set( $person, $source, $key ) {
		global $wpdb;
		$row = array(
			'person' => $person,
			'source' => $source,
		);
		if ( null === $key || '' === $key ) {
			Database::done( $wpdb->delete( Tables::name( 'source_keys' ), $row ), "key of \"$source\"" );
		} else {
			Database::done( $wpdb->replace( Tables::name( 'source_keys' ), $row + array( 'value' => $key ) ), "key of \"$source\"" );
		}
	}

	/**
	 * The keys of several users.
	 *
	 * @param int[] $users Their ids.
	 * @return array User id => source => key.
	 */
	public static function of_users( $users ) {
		global $wpdb;
		$all = array();
		if ( $users ) {
			$keys   = Tables::name( 'source_keys' );
			$people = Tables::name( 'people' );
			$among  = Tables::among( 'p.user_id', $users, true );
			foreach ( $wpdb->get_results( "SELECT p.user_id, k.source, k.value FROM `$people` p JOIN `$keys` k ON k.person = p.id WHERE $among", ARRAY_N ) as $row ) {
				$all[ (int) $row[0] ][ $row[1] ] = $row[2];
			}
		}
		return $all;
	}
}
