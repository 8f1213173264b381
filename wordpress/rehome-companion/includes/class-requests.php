<?php
/**
 * Which requests were carried out, and what came of each member: so that a request is done once.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** One request, from its opening to its close. */
final class Requests {

	/** Marks are kept so long after a request was last seen, in seconds. */
	const KEPT = 7776000;

	/**
	 * The row's id.
	 *
	 * @var int
	 */
	public $id;

	/**
	 * The name of the lock that is held while it runs.
	 *
	 * @var string
	 */
	private $lock;

	/**
	 * Opens a request: makes its row, or finds it again.
	 *
	 * @param string $client     The holder of the lease.
	 * @param string $request    Its id, unique at the client.
	 * @param string $digest     A hash of its content.
	 * @param string $granted_by The migration.
	 * @param int    $items      How many members it has.
	 * @param int    $seconds    How long it may run.
	 * @return self
	 * @throws Failure Where it runs already, or was sent before with other content.
	 */
	public static function open( $client, $request, $digest, $granted_by, $items, $seconds ) {
		global $wpdb;
		$self       = new self();
		$self->lock = 'rehome:' . substr( hash( 'sha256', DB_NAME . "\n" . $wpdb->prefix . "\n" . $client . "\n" . $request ), 0, 40 );
		$table      = Tables::name( 'requests' );
		$now        = time();
		$self->hold();
		// phpcs:disable WordPress.DB -- a table of our own, read as it is now.
		$wpdb->query( $wpdb->prepare( "INSERT IGNORE INTO `$table` (client, request, digest, granted_by, items, started, seen) VALUES (%s, %s, %s, %s, %d, %d, %d)", $client, $request, $digest, $granted_by, $items, $now, $now ) );
		$row = $wpdb->get_row( $wpdb->prepare( "SELECT id, digest, running_until FROM `$table` WHERE client = %s AND request = %s", $client, $request ), ARRAY_A );
		if ( ! $row ) {
			throw new Failure( 500, 'database', 'The request could not be noted: ' . $wpdb->last_error );
		}
		$self->id = (int) $row['id'];
		if ( ! hash_equals( $row['digest'], $digest ) ) {
			$self->let_go();
			throw new Failure( 409, 'other_content', 'This request was sent before with other content.' );
		}
		// Where the lock of the database is none (SQLite), the row says until when it may still run.
		if ( Tables::is_sqlite() ) {
			$taken = $wpdb->query( $wpdb->prepare( "UPDATE `$table` SET running_until = %d, seen = %d WHERE id = %d AND running_until <= %d", $now + $seconds, $now, $self->id, $now ) );
			if ( ! $taken ) {
				throw self::running( (int) $row['running_until'] - $now );
			}
		} else {
			$wpdb->query( $wpdb->prepare( "UPDATE `$table` SET running_until = %d, seen = %d WHERE id = %d", $now + $seconds, $now, $self->id ) );
		}
		// phpcs:enable
		return $self;
	}

	/**
	 * Closes the request, done or in part.
	 */
	public function close() {
		global $wpdb;
		// phpcs:ignore WordPress.DB -- a table of our own.
		$wpdb->update(
			Tables::name( 'requests' ),
			array(
				'running_until' => 0,
				'seen'          => time(),
			),
			array( 'id' => $this->id )
		);
		$this->let_go();
	}

	/**
	 * What came of each member so far.
	 *
	 * @return array Place => outcome, contact_id, what.
	 */
	public function marks() {
		global $wpdb;
		$table = Tables::name( 'marks' );
		$marks = array();
		// phpcs:ignore WordPress.DB -- a table of our own.
		foreach ( $wpdb->get_results( $wpdb->prepare( "SELECT place, outcome, contact_id, what FROM `$table` WHERE request = %d", $this->id ), ARRAY_A ) as $row ) {
			$marks[ (int) $row['place'] ] = $row;
		}
		return $marks;
	}

	/**
	 * Marks one member. Within its transaction, so that mark and work are there together or not at all.
	 *
	 * @param int    $place   Its place in the request.
	 * @param array  $outcome The outcome, contact_id and what.
	 * @param string $email   Whose; kept for the screen where nothing of the member was written.
	 */
	public function mark( $place, $outcome, $email ) {
		global $wpdb;
		// phpcs:ignore WordPress.DB -- a table of our own.
		$wpdb->insert(
			Tables::name( 'marks' ),
			array(
				'request' => $this->id,
				'place'   => $place,
				'email'   => 'confirmed' === $outcome['outcome'] ? '' : mb_substr( $email, 0, 190 ),
			) + $outcome
		);
	}

	/** Forgets what nobody will send again. */
	public static function purge() {
		global $wpdb;
		$marks    = Tables::name( 'marks' );
		$requests = Tables::name( 'requests' );
		$before   = time() - self::KEPT;
		// phpcs:disable WordPress.DB -- tables of our own.
		$old = $wpdb->get_col( $wpdb->prepare( "SELECT id FROM `$requests` WHERE seen < %d LIMIT 20", $before ) );
		foreach ( $old as $id ) {
			$wpdb->delete( $marks, array( 'request' => $id ) );
			$wpdb->delete( $requests, array( 'id' => $id ) );
		}
		// phpcs:enable
	}

	/** Holds a lock that ends with the connection, so also with a killed process. */
	private function hold() {
		global $wpdb;
		if ( Tables::is_sqlite() ) {
			return;
		}
		// phpcs:ignore WordPress.DB -- a lock, not data.
		if ( '0' === (string) $wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK(%s, 0)', $this->lock ) ) ) {
			throw self::running( 2 );
		}
	}

	/** Gives the lock back. */
	private function let_go() {
		global $wpdb;
		if ( ! Tables::is_sqlite() ) {
			// phpcs:ignore WordPress.DB -- a lock, not data.
			$wpdb->get_var( $wpdb->prepare( 'SELECT RELEASE_LOCK(%s)', $this->lock ) );
		}
	}

	/**
	 * The failure of a request that runs already.
	 *
	 * @param int $left For how many seconds at most.
	 * @return Failure
	 */
	private static function running( $left ) {
		return new Failure( 423, 'running', 'This request is being carried out.', array( 'left' => max( 1, $left ) ) );
	}
}
