<?php
/**
 * Who was invited by which email: one mark a person and email, made before the mail is.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- a table of our own, read as it is now.

/**
 * A person is both a user and an address: whoever got another address, and whoever was deleted and made anew, was
 * invited all the same. Marks outlive a move of the database to another site: the mails went to the same people.
 */
final class Invitations {

	/** Handed to the site's mailer, and no more is known: it may have gone out. */
	const SENDING = 'sending';
	const SENT    = 'sent';
	const FAILED  = 'failed';

	/** How long after an attempt it counts against per_hour, in seconds. */
	const HOUR = 3600;

	/**
	 * The mark of a person, the one that says most where user and address have one each.
	 *
	 * @param string $key     The email's key.
	 * @param int    $user_id The user.
	 * @param string $address The address, in lower case.
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
	 * Makes the mark of a first attempt. It is committed when this returns.
	 *
	 * @param string $key     The email's key.
	 * @param int    $user_id The user.
	 * @param string $address The address.
	 * @param string $who     By whom, for people.
	 * @return int|null The mark's id; null where the database took none.
	 */
	public static function claim( $key, $user_id, $address, $who ) {
		global $wpdb;
		// Unique keys decide: a second one that comes at once makes no mark.
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
	 * Makes a mark one of a further attempt, if it still is as it was found.
	 *
	 * @param array  $mark As found.
	 * @param string $who  By whom.
	 * @return int|null The mark's id; null where another was faster.
	 */
	public static function claim_again( $mark, $who ) {
		global $wpdb;
		$table = Tables::name( 'invitations' );
		$taken = $wpdb->query( $wpdb->prepare( "UPDATE `$table` SET state = %s, attempt = attempt + 1, started = %d, ended = NULL, who = %s, why = '', instance = %s WHERE id = %d AND attempt = %d AND state = %s", self::SENDING, time(), $who, Instance::current()['id'], $mark['id'], $mark['attempt'], $mark['state'] ) );
		return 1 === $taken ? (int) $mark['id'] : null;
	}

	/**
	 * Says what came of an attempt.
	 *
	 * @param int    $id    The mark.
	 * @param string $state sent or failed.
	 * @param string $why   What the site's mailer said.
	 * @return bool False where the database did not take it: the mark goes on saying "sending".
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
	 * Seconds until one more of an email may go out; 0 where it may now.
	 *
	 * @param string   $key      The email's key.
	 * @param int|null $per_hour At most so many within an hour.
	 * @return int
	 */
	public static function wait( $key, $per_hour ) {
		global $wpdb;
		if ( null === $per_hour ) {
			return 0;
		}
		$table = Tables::name( 'invitations' );
		$since = time() - self::HOUR;
		// Whichever attempt is the last but so many: when it is an hour old, there is room again.
		$oldest = $wpdb->get_var( $wpdb->prepare( "SELECT started FROM `$table` WHERE email_key = %s AND started > %d ORDER BY started DESC LIMIT 1 OFFSET %d", $key, $since, $per_hour - 1 ) );
		return null === $oldest ? 0 : max( 1, (int) $oldest - $since );
	}

	/**
	 * A page of marks, in order of their id.
	 *
	 * @param string|null $key   The email's key; null for all.
	 * @param int         $after The last id before the page.
	 * @param int         $limit At most so many.
	 * @return array invitations, next (null on the last page), total.
	 */
	public static function page( $key, $after, $limit ) {
		global $wpdb;
		$table = Tables::name( 'invitations' );
		$of    = null === $key ? '1 = 1' : $wpdb->prepare( 'email_key = %s', $key );
		$here  = Instance::current()['id'];
		$rows  = $wpdb->get_results( $wpdb->prepare( "SELECT id, email_key, address, user_id, state, attempt, started, ended, who, why, instance FROM `$table` WHERE id > %d AND $of ORDER BY id LIMIT %d", $after, $limit + 1 ), ARRAY_A );
		$more  = count( $rows ) > $limit;
		$page  = array();
		foreach ( array_slice( $rows, 0, $limit ) as $row ) {
			$told = array(
				'id'      => (int) $row['id'],
				'key'     => $row['email_key'],
				'email'   => $row['address'],
				'state'   => $row['state'],
				'attempt' => (int) $row['attempt'],
				'started' => (int) $row['started'],
				'who'     => $row['who'],
			);
			if ( null !== $row['user_id'] ) {
				$told['user'] = (int) $row['user_id'];
			}
			if ( null !== $row['ended'] ) {
				$told['ended'] = (int) $row['ended'];
			}
			if ( '' !== $row['why'] ) {
				$told['why'] = $row['why'];
			}
			if ( $row['instance'] !== $here ) {
				$told['elsewhere'] = true;
			}
			$page[] = $told;
		}
		return array(
			'invitations' => $page,
			'next'        => $more ? $page[ count( $page ) - 1 ]['id'] : null,
			'total'       => (int) $wpdb->get_var( "SELECT COUNT(*) FROM `$table` WHERE $of" ),
		);
	}

	/**
	 * How many marks there are, by state.
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
	 * The same an email.
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
	 * A deleted user's id may come to another; the address remembers.
	 *
	 * @param int $user_id The user.
	 */
	public static function user_is_gone( $user_id ) {
		global $wpdb;
		$wpdb->update( Tables::name( 'invitations' ), array( 'user_id' => null ), array( 'user_id' => $user_id ) );
	}

	/**
	 * How much a state says.
	 *
	 * @param string $state The state.
	 * @return int
	 */
	private static function weight( $state ) {
		return array_search( $state, array( self::FAILED, self::SENDING, self::SENT ), true );
	}
}
