<?php
/**
 * Looks up addresses in the database as it is now.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL, WordPress.DB.PreparedSQLPlaceholders -- users read without caches; one placeholder per address.

/** A client that lost a response finds out what became of each member, without reading all users. */
final class Look {

	const MOST = 1000;

	/**
	 * Looks up addresses.
	 *
	 * @param Membership $membership What decides access.
	 * @param array      $body       emails.
	 * @return array found, with an entry for every address in the requested order; the tags that appear in it; running.
	 * @throws Failure If the body does not follow the contract.
	 */
	public static function at( Membership $membership, $body ) {
		$emails        = self::emails( $body );
		$running       = self::running();
		$rows_by_email = array_fill_keys( $emails, array() );
		$users         = self::users( $emails );
		foreach ( $users as $user ) {
			// Other plugins may read the user from the caches, which may be older than the database.
			wp_cache_delete( (int) $user->ID, 'users' );
			wp_cache_delete( (int) $user->ID, 'user_meta' );
		}
		foreach ( Member_List::rows( $membership, $users, Member_List::FIELDS ) as $row ) {
			$rows_by_email[ $row['email'] ][] = $row + array( 'user' => true );
		}
		foreach ( $membership->contacts_at( $emails, Member_List::FIELDS ) as $row ) {
			$rows_by_email[ $row['email'] ][] = $row;
		}
		$found = array();
		foreach ( $emails as $email ) {
			$found[] = array(
				'email' => $email,
				'rows'  => $rows_by_email[ $email ],
			);
		}
		return array(
			'found'   => $found,
			'tags'    => self::tags( $membership, $rows_by_email ),
			'running' => $running || self::running(),
		);
	}

	/**
	 * The tags that the rows refer to by id.
	 *
	 * @param Membership $membership    What decides access.
	 * @param array      $rows_by_email Rows by address.
	 * @return array[] id and name of each.
	 */
	private static function tags( Membership $membership, $rows_by_email ) {
		$named = array();
		foreach ( $rows_by_email as $rows ) {
			foreach ( $rows as $row ) {
				foreach ( isset( $row['tags'] ) ? $row['tags'] : array() as $tag ) {
					$named[ $tag[0] ] = true;
				}
			}
		}
		$tags = array();
		foreach ( $membership->tags() as $id => $name ) {
			if ( isset( $named[ (int) $id ] ) ) {
				$tags[] = array(
					'id'   => (int) $id,
					'name' => (string) $name,
				);
			}
		}
		return $tags;
	}

	/**
	 * The users with one of the addresses, in whatever form WordPress stored it.
	 *
	 * @param string[] $emails The addresses.
	 * @return array[] ID, login, email and registration date of each, ascending.
	 * @throws Failure If the database did not answer.
	 */
	private static function users( $emails ) {
		global $wpdb;
		$plain = array();
		$other = array();
		foreach ( $emails as $email ) {
			if ( false === strpos( $email, '&' ) ) {
				$plain[] = $email;
			} else {
				// Each & may be stored as & or as &amp;. An index does not help, but such addresses are rare.
				$other[] = $email;
			}
		}
		$users   = array();
		$columns = array(
			'user_email'                               => $plain,
			"REPLACE(LOWER(user_email), '&amp;', '&')" => $other,
		);
		foreach ( $columns as $column => $addresses ) {
			if ( $addresses ) {
				$placeholders = implode( ', ', array_fill( 0, count( $addresses ), '%s' ) );
				$users        = array_merge( $users, $wpdb->get_results( $wpdb->prepare( "SELECT ID, user_login, user_email, user_registered FROM $wpdb->users WHERE $column IN ($placeholders)", $addresses ) ) );
				// WordPress does not even send a statement with characters that the table cannot store.
				if ( '' !== $wpdb->last_error ) {
					throw Tables::refused();
				}
			}
		}
		// The database treats é and e as equal; this comparison does not.
		$asked = array_fill_keys( $emails, true );
		$users = array_filter(
			$users,
			function ( $user ) use ( $asked ) {
				return isset( $asked[ Address::read( $user->user_email ) ] );
			}
		);
		usort(
			$users,
			function ( $one, $other ) {
				return (int) $one->ID - (int) $other->ID;
			}
		);
		return $users;
	}

	/**
	 * Whether a batch may be running, so that its changes are not all visible yet.
	 *
	 * @return bool
	 */
	private static function running() {
		global $wpdb;
		$requests = Tables::name( 'requests' );
		// Requests of invitations have no client, and change no member.
		return (bool) $wpdb->get_var( $wpdb->prepare( "SELECT COUNT(*) FROM `$requests` WHERE running_until > %d AND client <> ''", time() ) );
	}

	/**
	 * Parses the addresses, all or none.
	 *
	 * @param array $body The body.
	 * @return string[]
	 * @throws Failure If one does not follow the contract.
	 */
	private static function emails( $body ) {
		$emails = isset( $body['emails'] ) ? $body['emails'] : null;
		if ( ! is_array( $emails ) || array_keys( $emails ) !== array_keys( array_values( $emails ) ) || ! $emails || count( $emails ) > self::MOST ) {
			throw Batch::bad( 'emails must be a list of 1 to ' . self::MOST . ' addresses' );
		}
		$known = array();
		foreach ( $emails as $place => $email ) {
			if ( ! is_string( $email ) || false === strpos( $email, '@' ) || strlen( $email ) > 320 || trim( $email ) !== $email || strtolower( $email ) !== $email ) {
				throw Batch::bad( "emails[$place] is not an email address in lowercase" );
			}
			if ( isset( $known[ $email ] ) ) {
				throw Batch::bad( "emails[$place]: the address appears twice in this request" );
			}
			$known[ $email ] = true;
		}
		return $emails;
	}
}
