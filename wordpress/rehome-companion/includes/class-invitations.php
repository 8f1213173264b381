<?php
/**
 * Which user was sent which email: one mark per user and email, stored before the email is sent.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- our own table, read without caches.

/**
 * A mark belongs to a user id and to an address, so that a user with a new address, or one who was deleted and created
 * again, still counts as invited. Marks survive a move of the database to another site: the recipients are the same.
 */
final class Invitations {

	/** Handed to the site's mailer, result unknown: the email may have been sent. */
	const SENDING = 'sending';
	const SENT    = 'sent';
	const FAILED  = 'failed';

	/** How long an attempt counts towards per_hour, in seconds. */
	const HOUR = 3600;

	/**
	 * The mark of a user. If user id and address have one each, the one with the most definite state.
	 *
	 * @param string $key     The email's key.
	 * @param int    $user_id The user.
	 * @param string $address The address, in lowercase.
	 * @return array|null id, state, attempt, why, instance.
	 */
	public static function find( $key, $user_id, $address ) {
		global $wpdb;
		$table = Tables::name( 'invitations' );
		$found = null;
		foreach ( $wpdb->get_results( $wpdb->prepare( "SELECT id, state, attempt, why, instance FROM `$table` WHERE email_key = %s AND (user_id = %d OR address = %s)", $key, $user_id, $address ), ARRAY_A ) as $row ) {
			if ( ! $found || self::weight( $row['state'] ) > self::weight( $found['state'] ) ) {
				$found = $row;
			}
		}
		return $found;
	}

	/**
	 * Stores the mark of a first attempt. It is committed when this method returns.
	 *
	 * @param string $key     The email's key.
	 * @param int    $user_id The user.
	 * @param string $address The address.
	 * @param string $who     Who invites, in readable form.
	 * @return int|null The mark's id; null if the database did not store it.
	 */
	public static function claim( $key, $user_id, $address, $who ) {
		global $wpdb;
		// The unique keys decide: a second request at the same moment stores no mark.
		$shown = $wpdb->suppress_errors( true );
		$made  = $wpdb->insert(
			Tables::name( 'invitations' ),
			array(
				'email_key' => $key,
				'address'   => $address,
				'user_id'   => $user_id,
				'state'     => self::SENDING,
				'attempt'   => 1,
				'started'   => time(),
				'who'       => $who,
				'why'       => '',
				'instance'  => Instance::current()['id'],
			)
		);
		$id    = (int) $wpdb->insert_id;
		$wpdb->suppress_errors( $shown );
		return $made ? $id : null;
	}

	/**
	 * Turns a mark into that of another attempt, if it has not changed since it was read.
	 *
	 * @param array  $mark The mark as it was read.
	 * @param string $who  Who invites.
	 * @return int|null The mark's id; null if another request was faster.
	 */
	public static function claim_again( $mark, $who ) {
		global $wpdb;
		$table = Tables::name( 'invitations' );
		$taken = $wpdb->query( $wpdb->prepare( "UPDATE `$table` SET state = %s, attempt = attempt + 1, started = %d, ended = NULL, who = %s, why = '', instance = %s WHERE id = %d AND attempt = %d AND state = %s", self::SENDING, time(), $who, Instance::current()['id'], $mark['id'], $mark['attempt'], $mark['state'] ) );
		return 1 === $taken ? (int) $mark['id'] : null;
	}

	/**
	 * Stores the result of an attempt.
	 *
	 * @param int    $id    The mark.
	 * @param string $state sent or failed.
	 * @param string $why   What the site's mailer said.
	 * @return bool False if the database did not store it: the mark keeps the state "sending".
	 */
	public static function settle( $id, $state, $why ) {
		global $wpdb;
		$row = array(
			'state' => $state,
			'ended' => time(),
			'why'   => $why,
		);
		return (bool) $wpdb->update( Tables::name( 'invitations' ), $row, array( 'id' => $id ) );
	}

	/**
	 * Seconds until another copy of an email may be sent; 0 if it may be sent now.
	 *
	 * @param string   $key      The email's key.
	 * @param int|null $per_hour The limit per hour, or null.
	 * @return int
	 */
	public static function wait( $key, $per_hour ) {
		global $wpdb;
		if ( null === $per_hour ) {
			return 0;
		}
		$table = Tables::name( 'invitations' );
		$since = time() - self::HOUR;
		// The oldest attempt that still fills the limit: when it is an hour old, another one may be sent.
		$oldest = $wpdb->get_var( $wpdb->prepare( "SELECT started FROM `$table` WHERE email_key = %s AND started > %d ORDER BY started DESC LIMIT 1 OFFSET %d", $key, $since, $per_hour - 1 ) );
		return null === $oldest ? 0 : max( 1, (int) $oldest - $since );
	}

	/**
	 * A page of marks, in order of their id.
	 *
	 * @param string|null $key   The email's key; null for all.
	 * @param int         $after The last id before the page.
	 * @param int         $limit The most rows to return.
	 * @return array invitations, next (null on the last page), total.
	 */
	public static function page( $key, $after, $limit ) {
		global $wpdb;
		$table  = Tables::name( 'invitations' );
		$filter = null === $key ? '1 = 1' : $wpdb->prepare( 'email_key = %s', $key );
		$here   = Instance::current()['id'];
		$rows   = $wpdb->get_results( $wpdb->prepare( "SELECT id, email_key, address, user_id, state, attempt, started, ended, who, why, instance FROM `$table` WHERE id > %d AND $filter ORDER BY id LIMIT %d", $after, $limit + 1 ), ARRAY_A );
		$more   = count( $rows ) > $limit;
		$page   = array();
		foreach ( array_slice( $rows, 0, $limit ) as $row ) {
			$mark = array(
				'id'      => (int) $row['id'],
				'key'     => $row['email_key'],
				'email'   => $row['address'],
				'state'   => $row['state'],
				'attempt' => (int) $row['attempt'],
				'started' => (int) $row['started'],
				'who'     => $row['who'],
			);
			if ( null !== $row['user_id'] ) {
				$mark['user'] = (int) $row['user_id'];
			}
			if ( null !== $row['ended'] ) {
				$mark['ended'] = (int) $row['ended'];
			}
			if ( '' !== $row['why'] ) {
				$mark['why'] = $row['why'];
			}
			if ( $row['instance'] !== $here ) {
				$mark['elsewhere'] = true;
			}
			$page[] = $mark;
		}
		return array(
			'invitations' => $page,
			'next'        => $more ? $page[ count( $page ) - 1 ]['id'] : null,
			'total'       => (int) $wpdb->get_var( "SELECT COUNT(*) FROM `$table` WHERE $filter" ),
		);
	}

	/**
	 * The number of marks, by state.
	 *
	 * @return array
	 */
	public static function counts() {
		$counts = array(
			'invited'             => 0,
			'invitations_doubted' => 0,
			'invitations_failed'  => 0,
		);
		foreach ( self::by_email() as $row ) {
			$counts['invited']             += $row['sent'];
			$counts['invitations_doubted'] += $row['sending'];
			$counts['invitations_failed']  += $row['failed'];
		}
		return $counts;
	}

	/**
	 * The number of marks by state, for each email.
	 *
	 * @return array Rows of key, sent, sending, failed, last.
	 */
	public static function by_email() {
		global $wpdb;
		$table = Tables::name( 'invitations' );
		$all   = array();
		foreach ( $wpdb->get_results( "SELECT email_key, state, COUNT(*) AS marks, MAX(started) AS last FROM `$table` GROUP BY email_key, state ORDER BY email_key", ARRAY_A ) as $row ) {
			$key = $row['email_key'];
			if ( ! isset( $all[ $key ] ) ) {
				$all[ $key ] = array(
					'key'     => $key,
					'sent'    => 0,
					'sending' => 0,
					'failed'  => 0,
					'last'    => 0,
				);
			}
			$all[ $key ][ $row['state'] ] = (int) $row['marks'];
			$all[ $key ]['last']          = max( $all[ $key ]['last'], (int) $row['last'] );
		}
		return array_values( $all );
	}

	/**
	 * Removes the id of a deleted user, which may be given to another user; the address stays.
	 *
	 * @param int $user_id The user.
	 */
	public static function user_is_gone( $user_id ) {
		global $wpdb;
		$wpdb->update( Tables::name( 'invitations' ), array( 'user_id' => null ), array( 'user_id' => $user_id ) );
	}

	/**
	 * How definite a state is.
	 *
	 * @param string $state The state.
	 * @return int
	 */
	private static function weight( $state ) {
		return array_search( $state, array( self::FAILED, self::SENDING, self::SENT ), true );
	}
}
