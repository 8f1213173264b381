<?php
/**
 * Tags, offerings and emails of the site: lists them, and creates or updates them.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- our own tables.

/** Every ensure method can be repeated without effect. */
final class Catalogue {

	/** How often storing an offering is tried. */
	const TRIES = 5;

	/**
	 * All tags.
	 *
	 * @return array Rows of id, name, made_by.
	 */
	public static function tags() {
		global $wpdb;
		$table = Tables::name( 'tags' );
		$tags  = array();
		foreach ( $wpdb->get_results( "SELECT id, name, made_by FROM `$table` ORDER BY id" ) as $row ) {
			$tags[] = array(
				'id'      => (int) $row->id,
				'name'    => $row->name,
				'made_by' => $row->made_by,
			);
		}
		return $tags;
	}

	/**
	 * Creates a tag if it does not exist.
	 *
	 * @param array $body name, made_by.
	 * @return array id and name.
	 */
	public static function ensure_tag( $body ) {
		$name = Batch::word( $body, 'name', 190 );
		return array(
			'id'   => self::tag( $name, self::maker( $body ) ),
			'name' => $name,
		);
	}

	/**
	 * All offerings.
	 *
	 * @return array Rows of key, name, kind, includes, made_by, tags.
	 */
	public static function offerings() {
		global $wpdb;
		$offerings = Tables::name( 'offerings' );
		$owned     = Tables::name( 'offering_tags' );
		$tags      = Tables::name( 'tags' );
		$all       = array();
		foreach ( $wpdb->get_results( "SELECT offering, name, kind, includes, made_by FROM `$offerings` ORDER BY offering" ) as $row ) {
			$all[ $row->offering ] = array(
				'key'      => $row->offering,
				'name'     => $row->name,
				'kind'     => $row->kind,
				'includes' => (array) json_decode( $row->includes, true ),
				'made_by'  => $row->made_by,
				'tags'     => array(
					'base'    => null,
					'instant' => null,
					'revoke'  => null,
					'modules' => array(),
				),
			);
		}
		foreach ( $wpdb->get_results( "SELECT o.offering, o.role, t.name FROM `$owned` o JOIN `$tags` t ON t.id = o.tag ORDER BY o.offering, LENGTH(o.role), o.role" ) as $row ) {
			if ( 0 === strpos( $row->role, 'module-' ) ) {
				$all[ $row->offering ]['tags']['modules'][] = $row->name;
			} else {
				$all[ $row->offering ]['tags'][ $row->role ] = $row->name;
			}
		}
		return array_values( $all );
	}

	/**
	 * Creates or updates an offering with its tags.
	 *
	 * @param array $body key, name, kind, includes, tags, made_by.
	 * @return array The offering.
	 * @throws Failure If it does not follow the contract.
	 */
	public static function ensure_offering( $body ) {
		global $wpdb;
		$key  = Batch::word( $body, 'key', 100 );
		$kind = Batch::word( $body, 'kind', 20 );
		if ( ! in_array( $kind, array( 'course', 'membership', 'bundle' ), true ) ) {
			throw Batch::bad( 'kind must be course, membership or bundle' );
		}
		$maker = self::maker( $body );
		$roles = self::roles( isset( $body['tags'] ) ? $body['tags'] : array() );
		$row   = array(
			'offering' => $key,
			'name'     => Batch::word( $body, 'name', 500 ),
			'kind'     => $kind,
			'includes' => wp_json_encode( Batch::texts( $body, 'includes' ) ),
			'made_by'  => $maker,
		);
		$owned = array();
		foreach ( $roles as $role => $name ) {
			$owned[ $role ] = self::tag( $name, $maker );
		}
		// Two offerings stored at the same time may deadlock: the database then rolls one of them back.
		$stored = self::store_offering( $row, $owned );
		for ( $try = 1; ! $stored && $try < self::TRIES; $try++ ) {
			usleep( wp_rand( 5000, 50000 ) * $try );
			$stored = self::store_offering( $row, $owned );
		}
		foreach ( self::offerings() as $offering ) {
			if ( $offering['key'] === $key ) {
				return $offering;
			}
		}
		throw new Failure( 500, 'database', 'The offering could not be stored: ' . $wpdb->last_error );
	}

	/**
	 * Stores an offering and its tags, all or nothing.
	 *
	 * @param array $row   The offering's row.
	 * @param array $owned Role => id of the tag.
	 * @return bool
	 */
	private static function store_offering( $row, $owned ) {
		global $wpdb;
		$wpdb->query( 'START TRANSACTION' );
		$stored = false !== $wpdb->replace( Tables::name( 'offerings' ), $row )
			&& false !== $wpdb->delete( Tables::name( 'offering_tags' ), array( 'offering' => $row['offering'] ) );
		foreach ( $owned as $role => $tag ) {
			$stored = $stored && false !== $wpdb->insert(
				Tables::name( 'offering_tags' ),
				array(
					'offering' => $row['offering'],
					'role'     => $role,
					'tag'      => $tag,
				)
			);
		}
		if ( $stored ) {
			return false !== $wpdb->query( 'COMMIT' );
		}
		$wpdb->query( 'ROLLBACK' );
		return false;
	}

	/**
	 * All emails.
	 *
	 * @return array Rows of key, via, per_hour, subject, body, offerings, made_by.
	 */
	public static function emails() {
		global $wpdb;
		$table = Tables::name( 'emails' );
		$all   = array();
		foreach ( $wpdb->get_results( "SELECT email, via, per_hour, subject, body, offerings, made_by FROM `$table` ORDER BY email" ) as $row ) {
			$all[] = array(
				'key'       => $row->email,
				'via'       => $row->via,
				'per_hour'  => null === $row->per_hour ? null : (int) $row->per_hour,
				'subject'   => $row->subject,
				'body'      => $row->body,
				'offerings' => (array) json_decode( $row->offerings, true ),
				'made_by'   => $row->made_by,
			);
		}
		return $all;
	}

	/**
	 * Creates or updates an email. Nothing is sent.
	 *
	 * @param array $body key, via, per_hour, subject, body, offerings, made_by.
	 * @return array The email.
	 * @throws Failure If it does not follow the contract.
	 */
	public static function ensure_email( $body ) {
		global $wpdb;
		$key = Batch::word( $body, 'key', 100 );
		$via = Batch::word( $body, 'via', 10 );
		if ( ! in_array( $via, array( 'tag', 'site', 'file' ), true ) ) {
			throw Batch::bad( 'via must be tag, site or file' );
		}
		$offerings = Batch::texts( $body, 'offerings' );
		// AccessAlly's own offerings do not have the plan's keys.
		$known   = 'companion' === Batch::word( $body, 'membership', 20 ) ? array_column( self::offerings(), 'key' ) : $offerings;
		$missing = array_diff( $offerings, $known );
		if ( $missing ) {
			throw new Failure( 422, 'no_offering', "The email \"$key\" is for the offering \"" . reset( $missing ) . '", which does not exist on the site.' );
		}
		$row = array(
			'email'     => $key,
			'via'       => $via,
			'per_hour'  => isset( $body['per_hour'] ) ? (int) $body['per_hour'] : null,
			'subject'   => isset( $body['subject'] ) ? (string) $body['subject'] : '',
			'body'      => isset( $body['body'] ) ? (string) $body['body'] : '',
			'offerings' => wp_json_encode( $offerings ),
			'made_by'   => self::maker( $body ),
		);
		if ( false === $wpdb->replace( Tables::name( 'emails' ), $row ) ) {
			throw new Failure( 500, 'database', 'The email could not be stored: ' . $wpdb->last_error );
		}
		return array(
			'key'       => $key,
			'offerings' => $offerings,
		) + array_diff_key( $row, array( 'email' => 1 ) );
	}

	/**
	 * The id of a tag, which is created if it does not exist.
	 *
	 * @param string      $name  Its name.
	 * @param string|null $maker The migration that creates it.
	 * @return int
	 * @throws Failure If the database does not store it.
	 */
	private static function tag( $name, $maker ) {
		global $wpdb;
		$table = Tables::name( 'tags' );
		$known = $wpdb->get_var( $wpdb->prepare( "SELECT id FROM `$table` WHERE name = %s", $name ) );
		if ( null === $known ) {
			$made_by = null === $maker ? 'NULL' : $wpdb->prepare( '%s', $maker );
			$wpdb->query( $wpdb->prepare( "INSERT IGNORE INTO `$table` (name, made_by) VALUES (%s, $made_by)", $name ) );
		}
		$row = $wpdb->get_row( $wpdb->prepare( "SELECT id, name FROM `$table` WHERE name = %s", $name ), ARRAY_A );
		if ( ! $row ) {
			throw new Failure( 500, 'database', 'The tag could not be stored: ' . $wpdb->last_error );
		}
		// The database may ignore spaces at the end, or cut the name off.
		if ( $row['name'] !== $name ) {
			throw new Failure( 422, 'no_tag', "The tag \"$name\" cannot be distinguished from the tag \"{$row['name']}\"." );
		}
		return (int) $row['id'];
	}

	/**
	 * The migration that creates something.
	 *
	 * @param array $body May contain made_by.
	 * @return string|null
	 */
	private static function maker( $body ) {
		return isset( $body['made_by'] ) ? Batch::word( $body, 'made_by', 100 ) : null;
	}

	/**
	 * Roles and names of an offering's tags.
	 *
	 * @param mixed $tags base, instant, revoke and modules.
	 * @return array Role => name.
	 * @throws Failure If they do not follow the contract.
	 */
	private static function roles( $tags ) {
		if ( ! is_array( $tags ) ) {
			throw Batch::bad( 'tags must be an object with base, instant, revoke and modules' );
		}
		$roles = array();
		foreach ( array( 'base', 'instant', 'revoke' ) as $role ) {
			if ( isset( $tags[ $role ] ) ) {
				$roles[ $role ] = Batch::word( $tags, $role, 190 );
			}
		}
		foreach ( array_values( Batch::texts( $tags, 'modules' ) ) as $index => $name ) {
			$roles[ 'module-' . ( $index + 1 ) ] = $name;
		}
		return $roles;
	}

	/**
	 * The tags of offerings that are not as a request expects them.
	 *
	 * @param mixed $expected Rows of key, tags (a list of the forms that the offering may have), may_be_missing.
	 * @return string[] Name of the tag => what is wrong with its offering.
	 * @throws Failure If they do not follow the contract.
	 */
	public static function stale_tags( $expected ) {
		if ( ! is_array( $expected ) ) {
			throw Batch::bad( 'offerings must be a list' );
		}
		$there = $expected ? array_column( self::offerings(), null, 'key' ) : array();
		$stale = array();
		foreach ( $expected as $one ) {
			if ( ! is_array( $one ) || ! isset( $one['tags'] ) || ! is_array( $one['tags'] ) ) {
				throw Batch::bad( 'offerings must have key and tags' );
			}
			$key   = Batch::word( $one, 'key', 100 );
			$forms = array_map( array( __CLASS__, 'roles' ), $one['tags'] );
			$now   = isset( $there[ $key ] ) ? self::roles( $there[ $key ]['tags'] ) : null;
			if ( null === $now ? ! empty( $one['may_be_missing'] ) : in_array( $now, $forms, true ) ) {
				continue;
			}
			$why = "the offering \"$key\" " . ( null === $now ? 'no longer exists' : 'has other tags now than when the difference was computed' );
			foreach ( $forms as $roles ) {
				$stale += array_fill_keys( array_values( $roles ), $why );
			}
		}
		return $stale;
	}
}
