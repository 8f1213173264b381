<?php
/**
 * One person's transaction, and whether all that was sent in it arrived.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- no data, only its frame.

/** WordPress does not look at failed statements; here they count. */
final class Transaction {

	/** What the database says where a transaction is lost. */
	const LOST = '/deadlock|lock wait timeout|try restarting transaction|gone away|lost connection|database is locked/i';

	/**
	 * True once a transaction is lost: nothing more of that person is sent to the database.
	 *
	 * @var bool
	 */
	private $lost = false;

	/**
	 * How many errors wpdb had noted when the transaction began.
	 *
	 * @var int
	 */
	private $errors = 0;

	/** Listens to every statement. */
	public function __construct() {
		add_filter( 'query', array( $this, 'nothing_after_a_loss' ), PHP_INT_MAX );
	}

	/** Begins a person's transaction. */
	public function begin() {
		global $wpdb;
		$this->lost = false;
		$this->expected();
		$wpdb->query( 'START TRANSACTION' );
	}

	/** An error that was looked for is none. */
	public function expected() {
		global $EZSQL_ERROR, $wpdb; // phpcs:ignore WordPress.NamingConventions.ValidVariableName
		$this->errors = is_array( $EZSQL_ERROR ) ? count( $EZSQL_ERROR ) : 0; // phpcs:ignore WordPress.NamingConventions.ValidVariableName
		if ( '' !== $wpdb->last_error && preg_match( self::LOST, $wpdb->last_error ) ) {
			$this->lost = true;
		}
	}

	/**
	 * After a deadlock the transaction is gone, and what followed would stand alone: it is not sent.
	 *
	 * @param string $query The statement.
	 * @return string
	 */
	public function nothing_after_a_loss( $query ) {
		return $this->is_lost() && 'ROLLBACK' !== $query ? '' : $query;
	}

	/**
	 * True where one of the errors since the beginning ended the transaction.
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
		for ( $at = $this->errors; $at < $count; $at++ ) {
			if ( preg_match( self::LOST, (string) $errors[ $at ]['error_str'] ) ) {
				$this->lost = true;
				return true;
			}
		}
		$this->errors = $count;
		return false;
	}

	/**
	 * Asks whether everything of this person arrived.
	 *
	 * @throws Try_Again Where it did not.
	 */
	public function still_whole() {
		if ( $this->is_lost() ) {
			throw new Try_Again( 'the transaction was lost' );
		}
	}

	/**
	 * Commits.
	 *
	 * @throws Try_Again Where not everything arrived.
	 */
	public function commit() {
		global $wpdb;
		$this->still_whole();
		if ( false === $wpdb->query( 'COMMIT' ) ) {
			throw new Try_Again( $wpdb->last_error );
		}
	}

	/** Takes all back. */
	public function roll_back() {
		global $wpdb;
		$wpdb->query( 'ROLLBACK' );
		$this->expected();
		$this->lost = false;
	}
}
