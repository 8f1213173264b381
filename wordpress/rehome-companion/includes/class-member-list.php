<?php
/**
 * All users, page by page in order of id, with the requested fields only.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- a list of all users, read without caches.

/** A client can prove that it has seen all users: ids ascend, and the totals at the start and at the end agree. */
final class Member_List {

	const MOST   = 20000;
	const FIELDS = array( 'login', 'first_name', 'last_name', 'registered', 'privileged', 'half_made', 'contact_id', 'tags', 'opted_out', 'quiet', 'fields', 'source_keys' );
	const COLUMN = array(
		'first_name' => 'first_name',
		'last_name'  => 'last_name',
	);

	/**
	 * One page of users.
	 *
	 * @param Membership $membership What decides access.
	 * @param int        $after      The last id before the page.
	 * @param int        $limit      The most rows to return.
	 * @param string[]   $asked      The requested fields; email and id are always included.
	 * @return array members, next (null on the last page), total, highest.
	 */
	public static function page( Membership $membership, $after, $limit, $asked ) {
		global $wpdb;
		// One more than the page, so that it is known whether another page follows.
		$users  = $wpdb->get_results( $wpdb->prepare( "SELECT ID, user_login, user_email, user_registered FROM $wpdb->users WHERE ID > %d ORDER BY ID LIMIT %d", $after, $limit + 1 ) );
		$more   = count( $users ) > $limit;
		$users  = array_slice( $users, 0, $limit );
		$rows   = self::rows( $membership, $users, $asked );
		$totals = self::totals();
		return array(
			'members' => $rows,
			'next'    => $more ? $rows[ count( $rows ) - 1 ]['id'] : null,
			'total'   => $totals['users'],
			'highest' => $totals['highest'],
		);
	}

	/**
	 * Users in the form of the REST response.
	 *
	 * @param Membership $membership What decides access.
	 * @param object[]   $users      ID, user_login, user_email, user_registered of each, ascending.
	 * @param string[]   $asked      The requested fields.
	 * @return array[]
	 */
	public static function rows( Membership $membership, $users, $asked ) {
		$rows = array();
		if ( ! $users ) {
			return $rows;
		}
		$ids   = array_map( 'intval', array_column( $users, 'ID' ) );
		$metas = self::metas( $ids, $asked );
		$held  = $membership->page( $ids, $asked );
		$asked = array_flip( $asked );
		foreach ( $users as $user ) {
			$id     = (int) $user->ID;
			$rows[] = self::row( $user, isset( $metas[ $id ] ) ? $metas[ $id ] : array(), $asked ) + ( isset( $held[ $id ] ) ? $held[ $id ] : array() );
		}
		return $rows;
	}

	/**
	 * The number of users, and the highest id.
	 *
	 * @return array
	 */
	public static function totals() {
		global $wpdb;
		$row = $wpdb->get_row( "SELECT COUNT(*) AS users, MAX(ID) AS highest FROM $wpdb->users", ARRAY_A );
		return array(
			'users'   => (int) $row['users'],
			'highest' => (int) $row['highest'],
		);
	}

	/**
	 * The fields that a client requests.
	 *
	 * @param string|null $text Names separated by commas; null for all of them.
	 * @return string[]
	 * @throws Failure If one is unknown.
	 */
	public static function asked( $text ) {
		if ( null === $text ) {
			return self::FIELDS;
		}
		$asked = '' === $text ? array() : explode( ',', $text );
		foreach ( $asked as $name ) {
			if ( 'email' !== $name && ! in_array( $name, self::FIELDS, true ) ) {
				throw Batch::bad( "fields: unknown field $name" );
			}
		}
		return $asked;
	}

	/**
	 * The user's own part of a row. Empty and false values are left out.
	 *
	 * @param object $user  ID, user_login, user_email, user_registered.
	 * @param array  $metas Meta key => value.
	 * @param array  $asked The requested fields, as keys.
	 * @return array
	 */
	private static function row( $user, $metas, $asked ) {
		global $wpdb;
		$row = array(
			'id'    => (int) $user->ID,
			'email' => Address::read( $user->user_email ),
		);
		if ( isset( $asked['login'] ) ) {
			$row['login'] = $user->user_login;
		}
		if ( isset( $asked['registered'] ) ) {
			$row['registered'] = str_replace( ' ', 'T', $user->user_registered ) . 'Z';
		}
		foreach ( array( 'first_name', 'last_name' ) as $name ) {
			if ( isset( $metas[ $name ] ) && '' !== $metas[ $name ] ) {
				$row[ $name ] = Address::read_name( $metas[ $name ] );
			}
		}
		$key = $wpdb->get_blog_prefix() . 'capabilities';
		if ( isset( $asked['privileged'], $metas[ $key ] ) && self::privileged( $metas[ $key ] ) ) {
			$row['privileged'] = true;
		}
		if ( isset( $asked['half_made'] ) && ! isset( $metas[ $key ] ) ) {
			$row['half_made'] = true;
		}
		return $row;
	}

	/**
	 * Whether the stored capabilities make a user privileged. Cached, since there are few distinct texts.
	 *
	 * @param string $text The capabilities, serialised.
	 * @return bool
	 */
	private static function privileged( $text ) {
		static $known = array();
		if ( ! isset( $known[ $text ] ) ) {
			$known[ $text ] = Privilege::of_stored( maybe_unserialize( $text ) );
		}
		return $known[ $text ];
	}

	/**
	 * The metadata of a page of users.
	 *
	 * @param int[]    $ids   Their ids, ascending.
	 * @param string[] $asked The requested fields.
	 * @return array User id => meta key => value.
	 */
	private static function metas( $ids, $asked ) {
		global $wpdb;
		$keys = array_values( array_intersect_key( self::COLUMN, array_flip( $asked ) ) );
		if ( array_intersect( array( 'privileged', 'half_made' ), $asked ) ) {
			$keys[] = $wpdb->get_blog_prefix() . 'capabilities';
		}
		if ( ! $keys ) {
			return array();
		}
		$among        = Tables::among( 'user_id', $ids, true );
		$placeholders = implode( ', ', array_fill( 0, count( $keys ), '%s' ) );
		// phpcs:ignore WordPress.DB.PreparedSQLPlaceholders -- one placeholder per key.
		$rows  = $wpdb->get_results( $wpdb->prepare( "SELECT user_id, meta_key, meta_value FROM $wpdb->usermeta WHERE $among AND meta_key IN ($placeholders)", $keys ) );
		$metas = array();
		foreach ( $rows as $row ) {
			// If a key has several values, the first one counts, as in get_user_meta().
			$key = $row->meta_key;
			if ( ! isset( $metas[ $row->user_id ][ $key ] ) ) {
				$metas[ $row->user_id ][ $key ] = (string) $row->meta_value;
			}
		}
		return $metas;
	}
}
