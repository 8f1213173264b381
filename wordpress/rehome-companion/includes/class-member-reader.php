<?php
/**
 * Reads one member from the database, past every cache: before the changes, and after them.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared, WordPress.DB.SlowDBQuery -- our own tables, and users read without caches.

/** Addresses are compared byte by byte, whatever the database takes for equal. */
final class Member_Reader {

	/**
	 * What decides access.
	 *
	 * @var Membership
	 */
	private $membership;

	/**
	 * Prepares for the members of one request.
	 *
	 * @param Membership $membership What decides access.
	 */
	public function __construct( Membership $membership ) {
		$this->membership = $membership;
	}

	/**
	 * Reads the users with the address and, for a rename, with the old address.
	 *
	 * @param array        $write The member.
	 * @param Member_State $state Receives users and names.
	 * @throws Refused If two users have the address.
	 */
	public function users( $write, Member_State $state ) {
		global $wpdb;
		$found = array();
		foreach ( array_filter( array( $write['email'], $write['old_email'] ) ) as $address ) {
			// The database may take other addresses for equal: it may ignore accents, or spaces at the end.
			$rows = array_values(
				array_filter(
					Database::read( $wpdb->get_results( $wpdb->prepare( "SELECT ID, user_login, user_email FROM $wpdb->users WHERE user_email = %s ORDER BY ID", Address::stored( $address ) ) ), 'users' ),
					function ( $row ) use ( $address ) {
						return Address::read( $row->user_email ) === $address;
					}
				)
			);
			if ( count( $rows ) > 1 ) {
				throw new Refused( "two users have the address $address" );
			}
			if ( $rows ) {
				$found[ $address ] = $rows[0];
			}
		}
		if ( count( $found ) > 1 ) {
			$state->address = "{$write['old_email']},{$write['email']}";
		} elseif ( $found ) {
			$address        = key( $found );
			$both           = null !== $state->address && false !== strpos( $state->address, ',' );
			$other          = null !== $state->address && $state->address !== $address;
			$state->address = $both || ( $other && null !== $write['old_email'] ) ? "{$write['old_email']},{$write['email']}" : $address;
		}
		$state->users = array_values( $found );
		if ( $state->users ) {
			$this->read_metas( $state );
		} else {
			$state->names['first-name'] = self::text( $state->person['first_name'] );
			$state->names['last-name']  = self::text( $state->person['last_name'] );
		}
	}

	/**
	 * Reads names and rights of the user, without caches.
	 *
	 * @param Member_State $state Receives them.
	 */
	private function read_metas( Member_State $state ) {
		global $wpdb;
		$id   = (int) $state->users[0]->ID;
		$caps = $wpdb->get_blog_prefix() . 'capabilities';
		$rows = Database::read( $wpdb->get_results( $wpdb->prepare( "SELECT meta_key, meta_value FROM $wpdb->usermeta WHERE user_id = %d AND meta_key IN ('first_name', 'last_name', %s) ORDER BY umeta_id DESC", $id, $caps ) ), 'names' );
		// If a key has several values, the first one counts, as in get_user_meta().
		$metas       = wp_list_pluck( $rows, 'meta_value', 'meta_key' );
		$state->caps = isset( $metas[ $caps ] ) ? maybe_unserialize( $metas[ $caps ] ) : null;
		foreach ( array( 'first-name', 'last-name' ) as $kind ) {
			$key                   = str_replace( '-', '_', $kind );
			$state->names[ $kind ] = isset( $metas[ $key ] ) ? self::text( Address::read_name( $metas[ $key ] ) ) : null;
		}
		// What is cached may be older than the claim.
		wp_cache_delete( $id, 'users' );
		wp_cache_delete( $id, 'user_meta' );
	}

	/**
	 * Whether a user was left without a role by a killed request. A user from whom someone took every role is never
	 * adopted: WordPress then stores an empty list of capabilities.
	 *
	 * @param int $user_id The user.
	 * @return bool
	 * @throws Refused If someone took every role from the user.
	 */
	public static function is_incomplete( $user_id ) {
		global $wpdb;
		$stored = Database::read( $wpdb->get_var( $wpdb->prepare( "SELECT meta_value FROM $wpdb->usermeta WHERE user_id = %d AND meta_key = %s LIMIT 1", $user_id, $wpdb->get_blog_prefix() . 'capabilities' ) ), 'rights' );
		if ( null === $stored ) {
			return true;
		}
		if ( ! array_filter( (array) maybe_unserialize( $stored ) ) ) {
			throw new Refused( 'the user has no role on this site: someone took it away. Give the user a role first' );
		}
		return false;
	}

	/**
	 * Reads what was written, in the same transaction and without caches: only what is there is confirmed.
	 *
	 * @param array        $write  The member.
	 * @param Member_State $before The state before the changes.
	 * @param array        $todo   The changes that were applied.
	 * @throws Refused If something is missing.
	 */
	public function read_back( $write, Member_State $before, $todo ) {
		global $wpdb;
		$people        = Tables::name( 'people' );
		$state         = new Member_State();
		$state->kinds  = array_column( array_column( $todo, 'attribute' ), 0 );
		$state->person = Database::read( $wpdb->get_row( $wpdb->prepare( "SELECT * FROM `$people` WHERE id = %d", $before->person['id'] ), ARRAY_A ), 'person' );
		if ( ! $state->person || $state->person['email'] !== $write['email'] ) {
			throw new Refused( 'the person is not stored as requested' );
		}
		$state->address = null === $state->person['contact_id'] ? null : $write['email'];
		$this->users( $write, $state );
		$this->membership->read( $state );
		foreach ( $todo as $change ) {
			$value = $state->value( $change['attribute'] );
			if ( ! $state->has( $change ) || ( 'user' === $change['attribute'][0] && $value !== $change['after'] ) ) {
				throw new Refused( self::not_stored( $change, $value ) );
			}
		}
		if ( ! $state->users ) {
			return;
		}
		$made = array_intersect( array( 'user', 'contact', 'contact-link' ), $state->kinds );
		if ( $made && (int) $state->person['user_id'] !== (int) $state->users[0]->ID ) {
			throw new Refused( 'the contact is not linked to the user' );
		}
		if ( ! $before->users && ! $state->person['quiet'] ) {
			throw new Refused( 'the new user would receive email' );
		}
		if ( ! $before->users && ( ! $state->caps || Privilege::of_stored( $state->caps ) ) ) {
			throw new Refused( $state->caps ? 'code on the site gives new users more than subscriber rights' : 'the new user\'s role is not stored' );
		}
	}

	/**
	 * Says what is not stored.
	 *
	 * @param array       $change The change.
	 * @param string|null $value  What is stored.
	 * @return string
	 */
	private static function not_stored( $change, $value ) {
		list( $kind, $name ) = $change['attribute'];
		$what                = str_replace( '-', ' ', $kind ) . ( null === $name ? '' : " \"$name\"" );
		$wide                = is_string( $change['after'] ) && preg_match( '/[\x{10000}-\x{10FFFF}]/u', $change['after'] );
		return "$what is not stored as requested" . ( null === $value ? '' : ", but as \"$value\"" )
			. ( $wide ? '; the site\'s table may not be able to store characters such as emoji' : '' );
	}

	/**
	 * Null for an empty text.
	 *
	 * @param string|null $text The text.
	 * @return string|null
	 */
	private static function text( $text ) {
		return '' === (string) $text ? null : $text;
	}
}
