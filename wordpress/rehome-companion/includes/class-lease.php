<?php
/**
 * Who may write, and until when: one row, so that two machines never write at once.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** Times are the server's own, in seconds since 1970. */
final class Lease {

	const LONGEST = 3600;

	/**
	 * Takes or renews the lease.
	 *
	 * @param string $holder  An id of the client's run state directory.
	 * @param string $who     Who writes, in readable form.
	 * @param int    $seconds For how long, from now.
	 * @return array The lease as it is now.
	 * @throws Failure If another client has it.
	 */
	public static function take( $holder, $who, $seconds ) {
		global $wpdb;
		$table   = Tables::name( 'lease' );
		$now     = time();
		$seconds = max( 1, min( self::LONGEST, (int) $seconds ) );
		// phpcs:disable WordPress.DB -- our own table, read without caches.
		$wpdb->query( "INSERT IGNORE INTO `$table` (one, holder, who, until) VALUES (1, '', '', 0)" );
		// A single statement decides: the row lock puts simultaneous requests in order.
		$wpdb->query( $wpdb->prepare( "UPDATE `$table` SET holder = %s, who = %s, until = %d WHERE one = 1 AND (holder = %s OR until <= %d)", $holder, $who, $now + $seconds, $holder, $now ) );
		// phpcs:enable
		$lease = self::current();
		if ( ! $lease || $lease['holder'] !== $holder ) {
			self::refuse( $lease );
		}
		return $lease;
	}

	/**
	 * Releases the lease, if it belongs to this holder.
	 *
	 * @param string $holder The holder.
	 */
	public static function release( $holder ) {
		global $wpdb;
		// phpcs:ignore WordPress.DB -- our own table.
		$wpdb->update(
			Tables::name( 'lease' ),
			array( 'until' => 0 ),
			array(
				'one'    => 1,
				'holder' => $holder,
			)
		);
	}

	/**
	 * The lease, if there is one.
	 *
	 * @return array|null holder, who, until, now.
	 */
	public static function current() {
		global $wpdb;
		if ( Instance::is_inherited() ) {
			return null;
		}
		$table = Tables::name( 'lease' );
		// phpcs:ignore WordPress.DB -- our own table, read without caches.
		$row = $wpdb->get_row( "SELECT holder, who, until FROM `$table` WHERE one = 1", ARRAY_A );
		$now = time();
		if ( ! $row || (int) $row['until'] <= $now ) {
			return null;
		}
		return array(
			'holder' => $row['holder'],
			'who'    => $row['who'],
			'until'  => (int) $row['until'],
			'now'    => $now,
		);
	}

	/**
	 * Reports who has the lease.
	 *
	 * @param array|null $lease The lease as read.
	 * @throws Failure Always.
	 */
	private static function refuse( $lease ) {
		$who  = $lease ? $lease['who'] : 'another client';
		$left = $lease ? $lease['until'] - $lease['now'] : 0;
		throw new Failure(
			423,
			'leased',
			sprintf( '%s is writing to the site; the lease expires in %d seconds.', $who, $left ),
			array(
				'who'   => $who,
				'left'  => $left,
				'until' => $lease ? $lease['until'] : 0,
			)
		);
	}
}
