<?php
/**
 * What is there under some addresses, in the database as it is now.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL, WordPress.DB.PreparedSQLPlaceholders -- users read past every cache; as many holes as addresses.

/** Whoever lost an answer sees with it what became of each member, without asking for everybody. */
final class Look {

	const MOST = 1000;

	/**
	 * Looks.
	 *
	 * @param Membership $membership Who decides access.
	 * @param array      $body       emails.
	 * @return array found, an entry for every address in the order asked; the tags named there; and running.
	 * @throws Failure Where the body is not as the contract says.
	 */
	public static function at( Membership $membership, $body ) {
		$emails  = self::emails( $body );
		$running = self::running();
		$there   = array_fill_keys( $emails, array() );
		$users   = self::users( $emails );
		foreach ( $users as $user ) {
			// Code of other plugins may ask the caches for it, and they may be older than the database.
			wp_cache_delete( (int) $user->ID, 'users' );
			wp_cache_delete( (int) $user->ID, 'user_meta' );
		}
		foreach ( Member_List::rows( $membership, $users, Member_List::FIELDS ) as $row ) {
			$there[ $row['email'] ][] = $row + array( 'user' => true );
		}
		foreach ( $membership->contacts_at( $emails, Member_List::FIELDS ) as $row ) {
			$there[ $row['email'] ][] = $row;
		}
		$found = array();
		foreach ( $emails as $email ) {
			$found[] = array(
				'email' => $email,
				'rows'  => $there[ $email ],
			);
		}
		return array(
			'found'   => $found,
			'tags'    => self::tags( $membership, $there ),
			'running' => $running || self::running(),
		);
	}

	/**
	 * The names of the tags that rows name by their ids.
	 *
	 * @param Membership $membership Who decides access.
	 * @param array      $there      Rows by address.
	 * @return array[] id and name of each.
	 */
	private static function tags( Membership $membership, $there ) {
		$named = array();
		foreach ( $there as $rows ) {
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
	 * The users who have one of the addresses, in whatever form WordPress stored it.
	 *
	 * @param string[] $emails The addresses.
	 * @return array[] ID, login, e-mail, registered of each, ascending.
	 * @throws Failure Where the database could not answer.
	 */
	private static function users( $emails ) {
		global $wpdb;
		$plain = array();
		$other = array();
		foreach ( $emails as $email ) {
			if ( false === strpos( $email, '&' ) ) {
				$plain[] = $email;
			} else {
				// Each & may stand as it is or as &amp;: an index does not help, and such addresses are rare.
				$other[] = $email;
			}
		}
		$users = array();
		$ways  = array(
			'user_email'                               => $plain,
			"REPLACE(LOWER(user_email), '&amp;', '&')" => $other,
		);
		foreach ( $ways as $column => $some ) {
			if ( $some ) {
				$holes = implode( ', ', array_fill( 0, count( $some ), '%s' ) );
				$users = array_merge( $users, $wpdb->get_results( $wpdb->prepare( "SELECT ID, user_login, user_email, user_registered FROM $wpdb->users WHERE $column IN ($holes)", $some ) ) );
				// WordPress does not even send what the table's characters cannot hold.
				if ( '' !== $wpdb->last_error ) {
					throw Tables::refused();
				}
			}
		}
		// The database takes é for e, and this does not.
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
	 * True where a batch may be at work: what it does is then not all here yet.
	 *
	 * @return bool
	 */
	private static function running() {
		global $wpdb;
		$requests = Tables::name( 'requests' );
		// Invitations, which have no client, change no member.
		return (bool) $wpdb->get_var( $wpdb->prepare( "SELECT COUNT(*) FROM `$requests` WHERE running_until > %d AND client <> ''", time() ) );
	}

	/**
	 * Reads the addresses, all or none.
	 *
	 * @param array $body The body.
	 * @return string[]
	 * @throws Failure Where one is not as the contract says.
	 */
	private static function emails( $body ) {
		$emails = isset( $body['emails'] ) ? $body['emails'] : null;
		if ( ! is_array( $emails ) || array_keys( $emails ) !== array_keys( array_values( $emails ) ) || ! $emails || count( $emails ) > self::MOST ) {
			throw Batch::bad( 'emails is a list of 1 to ' . self::MOST . ' addresses' );
		}
		$known = array();
		foreach ( $emails as $place => $email ) {
			if ( ! is_string( $email ) || false === strpos( $email, '@' ) || strlen( $email ) > 320 || trim( $email ) !== $email || strtolower( $email ) !== $email ) {
				throw Batch::bad( "emails[$place] is no address in lower case" );
			}
			if ( isset( $known[ $email ] ) ) {
				throw Batch::bad( "emails[$place]: the address stands in this request before" );
			}
			$known[ $email ] = true;
		}
		return $emails;
	}
}
