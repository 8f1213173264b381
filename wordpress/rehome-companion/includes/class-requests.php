<?php
/**
 * Which requests were processed, with the outcome of each member, so that no request is processed twice.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** One request, from open() to close(). */
final class Requests {

	/** How long marks are kept after a request was last seen, in seconds. */
	const KEPT = 7776000;

	/**
	 * The row's id.
	 *
	 * @var int
	 */
	public $id;

	/**
	 * How often in a row the request has ended without an answer while the same member was being written.
	 *
	 * @var int
	 */
	public $deaths = 0;

	/**
	 * Whether the last attempt was still running long after its time, and was ended.
	 *
	 * @var bool
	 */
	public $overdue = false;

	/**
	 * The name of the lock that is held while the request runs.
	 *
	 * @var string
	 */
	private $lock;

	/**
	 * Opens a request: creates its row, or finds the existing one.
	 *
	 * @param string $client     The holder of the lease.
	 * @param string $request    Its id, unique for the client.
	 * @param string $digest     A hash of its content.
	 * @param string $granted_by The migration.
	 * @param int    $items      The number of members.
	 * @param int    $seconds    How long the request may run.
	 * @return self
	 * @throws Failure If it is running already, or was sent before with other content.
	 */
	public static function open( $client, $request, $digest, $granted_by, $items, $seconds ) {
		global $wpdb;
		$self       = new self();
		$self->lock = 'rehome:' . substr( hash( 'sha256', DB_NAME . "\n" . $wpdb->prefix . "\n" . $client . "\n" . $request ), 0, 40 );
		$table      = Tables::name( 'requests' );
		$now        = time();
		// phpcs:disable WordPress.DB -- our own table, read without caches.
		$read = $wpdb->prepare( "SELECT id, digest, running_until, died_at, deaths FROM `$table` WHERE client = %s AND request = %s", $client, $request );
		$self->hold_or_end( $read, $now );
		$wpdb->query( $wpdb->prepare( "INSERT IGNORE INTO `$table` (client, request, digest, granted_by, items, started, seen) VALUES (%s, %s, %s, %s, %d, %d, %d)", $client, $request, $digest, $granted_by, $items, $now, $now ) );
		$row = $wpdb->get_row( $read, ARRAY_A );
		if ( ! $row ) {
			throw new Failure( 500, 'database', 'The request could not be recorded: ' . $wpdb->last_error );
		}
		$self->id = (int) $row['id'];
		if ( ! hash_equals( $row['digest'], $digest ) ) {
			$self->let_go();
			throw new Failure( 409, 'other_content', 'A request with this id was sent before with other content.' );
		}
		$died_at = null;
		if ( (int) $row['running_until'] > 0 ) {
			// It ended without an answer: members are written in order, so it was at the first one without a mark.
			$died_at      = $self->first_unmarked();
			$again        = null !== $row['died_at'] && (int) $row['died_at'] === $died_at;
			$self->deaths = $again ? (int) $row['deaths'] + 1 : 1;
		}
		$set = $wpdb->prepare( "UPDATE `$table` SET running_until = %d, seen = %d, deaths = %d, died_at = %d WHERE id = %d", $now + $seconds, $now, $self->deaths, (int) $died_at, $self->id );
		// SQLite has no such locks: there the row says until when the request may still be running.
		if ( Tables::is_sqlite() ) {
			$set .= $wpdb->prepare( ' AND running_until <= %d', $now );
		}
		$taken = $wpdb->query( $set );
		if ( ! $taken && Tables::is_sqlite() ) {
			throw self::running( (int) $row['running_until'] - $now );
		}
		if ( false === $taken ) {
			throw new Failure( 500, 'database', 'The request could not be recorded: ' . $wpdb->last_error );
		}
		// phpcs:enable
		return $self;
	}

	/**
	 * Closes the request, whether it is complete or not.
	 */
	public function close() {
		global $wpdb;
		// phpcs:ignore WordPress.DB -- our own table.
		$wpdb->update(
			Tables::name( 'requests' ),
			array(
				'running_until' => 0,
				'deaths'        => 0,
				'seen'          => time(),
			),
			array( 'id' => $this->id )
		);
		$this->let_go();
	}

	/**
	 * The outcomes so far, by member.
	 *
	 * @return array Place => outcome, contact_id, what.
	 */
	public function marks() {
		global $wpdb;
		$table = Tables::name( 'marks' );
		$marks = array();
		// phpcs:ignore WordPress.DB -- our own table.
		foreach ( $wpdb->get_results( $wpdb->prepare( "SELECT place, outcome, contact_id, what FROM `$table` WHERE request = %d", $this->id ), ARRAY_A ) as $row ) {
			$marks[ (int) $row['place'] ] = $row;
		}
		return $marks;
	}

	/**
	 * The outcome of one member, if there is one.
	 *
	 * @param int $place The member's place in the request.
	 * @return array|null outcome, contact_id, what.
	 */
	public function marked( $place ) {
		global $wpdb;
		$table = Tables::name( 'marks' );
		// phpcs:ignore WordPress.DB -- our own table.
		return $wpdb->get_row( $wpdb->prepare( "SELECT outcome, contact_id, what FROM `$table` WHERE request = %d AND place = %d", $this->id, $place ), ARRAY_A );
	}

	/**
	 * The place of the first member without a mark.
	 *
	 * @return int
	 */
	private function first_unmarked() {
		$marks = $this->marks();
		$place = 0;
		while ( isset( $marks[ $place ] ) ) {
			++$place;
		}
		return $place;
	}

	/**
	 * Marks one member, within its transaction, so that the mark and the changes are stored together or not at all.
	 *
	 * @param int    $place   The member's place in the request.
	 * @param array  $outcome The outcome, contact_id and what.
	 * @param string $email   The member's address; kept for the screen if nothing was written for the member.
	 * @throws Failure If the mark is not stored: an outcome without one would not survive a repeated request.
	 * @throws Try_Again If it may be stored in another attempt.
	 */
	public function mark( $place, $outcome, $email ) {
		global $wpdb;
		// phpcs:ignore WordPress.DB -- our own table.
		$done = $wpdb->replace(
			Tables::name( 'marks' ),
			array(
				'request' => $this->id,
				'place'   => $place,
				'email'   => 'confirmed' === $outcome['outcome'] ? '' : mb_substr( $email, 0, 190 ),
			) + $outcome
		);
		if ( false === $done && Database::is_lost( Database::number() ) ) {
			throw new Try_Again( 'the mark was not stored' );
		}
		if ( false === $done ) {
			throw new Failure( 500, 'database', 'The outcome of a member could not be recorded: ' . $wpdb->last_error );
		}
	}

	/** Deletes requests that are too old to be sent again, with their marks. Called by WordPress once a day. */
	public static function purge() {
		global $wpdb;
		$marks    = Tables::name( 'marks' );
		$requests = Tables::name( 'requests' );
		$before   = time() - self::KEPT;
		// phpcs:disable WordPress.DB -- our own tables.
		do {
			$old = $wpdb->get_col( $wpdb->prepare( "SELECT id FROM `$requests` WHERE seen < %d LIMIT 100", $before ) );
			foreach ( $old as $id ) {
				if ( false === $wpdb->delete( $marks, array( 'request' => $id ) ) || false === $wpdb->delete( $requests, array( 'id' => $id ) ) ) {
					return;
				}
			}
		} while ( $old );
		// phpcs:enable
	}

	/**
	 * Takes a lock that ends with the connection, so also if the process is killed.
	 *
	 * @throws Failure If the request is running already.
	 */
	public function hold() {
		if ( ! Tables::is_sqlite() && ! $this->take( 0 ) ) {
			throw self::running( 2 );
		}
	}

	/**
	 * Takes the lock. If the request should have ended long ago, code on the site does not return: the connection that
	 * has the lock is ended, and with it the transaction.
	 *
	 * @param string $read SQL that reads the row.
	 * @param int    $now  The time.
	 * @throws Failure If the request is running already.
	 */
	private function hold_or_end( $read, $now ) {
		global $wpdb;
		if ( Tables::is_sqlite() || $this->take( 0 ) ) {
			return;
		}
		// phpcs:disable WordPress.DB -- our own table, and a lock.
		$row    = $wpdb->get_row( $read, ARRAY_A );
		$until  = $row ? (int) $row['running_until'] : 0;
		$thread = (int) $wpdb->get_var( $wpdb->prepare( 'SELECT IS_USED_LOCK(%s)', $this->lock ) );
		if ( ! $until || $until > $now || ! $thread ) {
			throw self::running( $until > $now ? min( 30, $until - $now ) : 2 );
		}
		$wpdb->query( "KILL $thread" );
		// phpcs:enable
		if ( ! $this->take( 2 ) ) {
			throw self::running( 2 );
		}
		$this->overdue = true;
	}

	/**
	 * Takes the lock, if it is free.
	 *
	 * @param int $seconds How long to wait for it.
	 * @return bool
	 */
	private function take( $seconds ) {
		global $wpdb;
		// phpcs:ignore WordPress.DB -- a lock, not data.
		return '0' !== (string) $wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK(%s, %d)', $this->lock, $seconds ) );
	}

	/** Releases the lock. */
	private function let_go() {
		global $wpdb;
		if ( ! Tables::is_sqlite() ) {
			// phpcs:ignore WordPress.DB -- a lock, not data.
			$wpdb->get_var( $wpdb->prepare( 'SELECT RELEASE_LOCK(%s)', $this->lock ) );
		}
	}

	/**
	 * The failure for a request that is running already.
	 *
	 * @param int $left The most seconds that it may still run.
	 * @return Failure
	 */
	private static function running( $left ) {
		return new Failure( 423, 'running', 'This request is still being processed.', array( 'left' => max( 1, $left ) ) );
	}
}
