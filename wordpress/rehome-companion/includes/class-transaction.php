<?php
/**
 * One member's transaction, and whether all of its statements succeeded.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- statements about transactions, not data.

/** WordPress ignores failed statements; here they count. */
final class Transaction {

	/** The database's messages when a transaction is lost. */
	const LOST = '/deadlock|lock wait timeout|try restarting transaction|gone away|lost connection|database is locked/i';

	/**
	 * Whether the transaction is lost: no more statements for this member are sent to the database.
	 *
	 * @var bool
	 */
	private $lost = false;

	/**
	 * How many errors wpdb had recorded when the transaction began.
	 *
	 * @var int
	 */
	private $errors = 0;

	/** Hooks into every statement. */
	public function __construct() {
		add_filter( 'query', array( $this, 'nothing_after_a_loss' ), PHP_INT_MAX );
	}

	/** Begins a member's transaction. */
	public function begin() {
		global $wpdb;
		$this->lost = false;
		$this->expected();
		$wpdb->query( 'START TRANSACTION' );
	}

	/** Disregards the errors so far: they were expected. */
	public function expected() {
		global $EZSQL_ERROR, $wpdb; // phpcs:ignore WordPress.NamingConventions.ValidVariableName
		$this->errors = is_array( $EZSQL_ERROR ) ? count( $EZSQL_ERROR ) : 0; // phpcs:ignore WordPress.NamingConventions.ValidVariableName
		if ( '' !== $wpdb->last_error && preg_match( self::LOST, $wpdb->last_error ) ) {
			$this->lost = true;
		}
	}

	/**
	 * After a deadlock the transaction is gone, and later statements would be committed on their own: they are not sent.
	 *
	 * @param string $query The statement.
	 * @return string
	 */
	public function nothing_after_a_loss( $query ) {
		return $this->is_lost() && 'ROLLBACK' !== $query ? '' : $query;
	}

	/**
	 * Whether one of the errors since the beginning ended the transaction.
	 *
	 * @return bool
	 */
	public function is_lost() {
		if ( $this->lost ) {
			return true;
		}
		global $EZSQL_ERROR; // phpcs:ignore WordPress.NamingConventions.ValidVariableName
		$errors = is_array( $EZSQL_ERROR ) ? $EZSQL_ERROR : array(); // phpcs:ignore WordPress.NamingConventions.ValidVariableName
		$count  = count( $errors );
		for ( $index = $this->errors; $index < $count; $index++ ) {
			if ( preg_match( self::LOST, (string) $errors[ $index ]['error_str'] ) ) {
				$this->lost = true;
				return true;
			}
		}
		$this->errors = $count;
		return false;
	}

	/**
	 * Makes sure that all statements for this member succeeded.
	 *
	 * @throws Try_Again If the transaction was lost.
	 */
	public function still_whole() {
		if ( $this->is_lost() ) {
			throw new Try_Again( 'the transaction was lost' );
		}
	}

	/**
	 * Commits.
	 *
	 * @throws Try_Again If not all statements succeeded.
	 */
	public function commit() {
		global $wpdb;
		$this->still_whole();
		if ( false === $wpdb->query( 'COMMIT' ) ) {
			throw new Try_Again( $wpdb->last_error );
		}
	}

	/** Rolls everything back. */
	public function roll_back() {
		global $wpdb;
		$wpdb->query( 'ROLLBACK' );
		$this->expected();
		$this->lost = false;
	}
}
