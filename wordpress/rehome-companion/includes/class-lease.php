<?php
/**
 * Who may write, until when: one row, so that two machines never run at once.
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
	 * @param string $holder  Who: an id of the machine's state directory.
	 * @param string $who     Who, for people.
	 * @param int    $seconds For how long, from now.
	 * @return array The lease as it is now.
	 * @throws Failure Where another holds it.
	 */
	public static function take( $holder, $who, $seconds ) {
		global $wpdb;
		$table   = Tables::name( 'lease' );
		$now     = time();
		$seconds = max( 1, min( self::LONGEST, (int) $seconds ) );
		// phpcs:disable WordPress.DB -- a table of our own, read as it is now.
		$wpdb->query( "INSERT IGNORE INTO `$table` (one, holder, who, until) VALUES (1, '', '', 0)" );
		// One statement decides: two that come at once are put in order by the row.
		$wpdb->query( $wpdb->prepare( "UPDATE `$table` SET holder = %s, who = %s, until = %d WHERE one = 1 AND (holder = %s OR until <= %d)", $holder, $who, $now + $seconds, $holder, $now ) );
		// phpcs:enable
		$lease = self::current();
		if ( ! $lease || $lease['holder'] !== $holder ) {
			self::refuse( $lease );
		}
		return $lease;
	}

	/**
	 * Gives the lease back, if it is this holder's.
	 *
	 * @param string $holder The holder.
	 */
	public static function release( $holder ) {
		global $wpdb;
		// phpcs:ignore WordPress.DB -- a table of our own.
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
	 * The lease, where one is held.
	 *
	 * @return array|null holder, who, until, now.
	 */
	public static function current() {
		global $wpdb;
		$table = Tables::name( 'lease' );
		// phpcs:ignore WordPress.DB -- a table of our own, read as it is now.
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
	 * Says who holds it.
	 *
	 * @param array|null $lease The lease as read.
	 * @throws Failure Always.
	 */
	private static function refuse( $lease ) {
		$who  = $lease ? $lease['who'] : 'another';
		$left = $lease ? $lease['until'] - $lease['now'] : 0;
		throw new Failure(
			423,
			'leased',
			sprintf( 'The site is held by %s for %d more seconds.', $who, $left ),
			array(
				'who'   => $who,
				'left'  => $left,
				'until' => $lease ? $lease['until'] : 0,
			)
		);
	}
}
