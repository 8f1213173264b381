<?php
/**
 * One member's transaction: everything in it is committed by the connection that began it, or nothing is.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- statements about transactions, not data.

/**
 * WordPress reconnects on its own and continues outside the transaction. While a transaction is open it must not: a
 * statement on a lost connection fails instead. A savepoint proves at the end that the transaction is still the same.
 */
final class Transaction {

	const SAVEPOINT = 'rehome_member';

	/** Statements that end a transaction, or that commit it before they run. */
	const ENDS = '#^[\s(;]*(?:/\*.*?\*/\s*)*(?:START\s+TRANSACTION|BEGIN\b|COMMIT\b|ROLLBACK\b(?!\s+(?:WORK\s+)?TO\b)|SET\s+(?:@@)?(?:SESSION[\s.]+|LOCAL[\s.]+|GLOBAL[\s.]+)?AUTOCOMMIT\b|LOCK\s+TABLE|UNLOCK\s+TABLE|XA\s|CREATE\b(?!\s+TEMPORARY\b)|ALTER\b|DROP\b(?!\s+TEMPORARY\b)|TRUNCATE\b|RENAME\b|GRANT\b|REVOKE\b|ANALYZE\b|OPTIMIZE\b|REPAIR\b|FLUSH\b|RESET\b)#is';

	/**
	 * Whether a member's transaction is open.
	 *
	 * @var bool
	 */
	private $open = false;

	/**
	 * Whether the transaction is lost: no more statements for this member are sent to the database.
	 *
	 * @var bool
	 */
	private $lost = false;

	/**
	 * Whether the statement is one of this class.
	 *
	 * @var bool
	 */
	private $own = false;

	/**
	 * The connection that began the transaction.
	 *
	 * @var int
	 */
	private $thread = 0;

	/**
	 * Who tried to end the transaction, and how; null if no one did.
	 *
	 * @var string|null
	 */
	private $meddler;

	/**
	 * How often WordPress would try to reconnect.
	 *
	 * @var int
	 */
	private $retries = 5;

	/** Hooks into every statement. */
	public function __construct() {
		add_filter( 'query', array( $this, 'guard' ), PHP_INT_MAX );
	}

	/**
	 * Begins a member's transaction.
	 *
	 * @throws Try_Again If the database does not begin one.
	 */
	public function begin() {
		$this->lost    = false;
		$this->meddler = null;
		$this->keep_connection();
		$this->open   = true;
		$this->thread = Database::thread();
		if ( ! $this->send( 'START TRANSACTION' ) || ! $this->send( 'SAVEPOINT ' . self::SAVEPOINT ) ) {
			throw new Try_Again( 'the transaction could not begin' );
		}
	}

	/**
	 * Looks at every statement before it is sent. After a deadlock or a lost connection the transaction is gone, and
	 * later statements would be committed on their own; other code must not end the transaction.
	 *
	 * @param string $query The statement.
	 * @return string Empty if it must not be sent.
	 */
	public function guard( $query ) {
		if ( ! $this->open || $this->own ) {
			return $query;
		}
		if ( $this->is_lost() ) {
			return '';
		}
		if ( preg_match( self::ENDS, $query ) ) {
			$this->meddler = Culprit::of_backtrace() . ' tried to end the database transaction (' . strtoupper( strtok( trim( $query ), " \n\t(;" ) ) . ')';
			return '';
		}
		return $query;
	}

	/**
	 * Whether the transaction has ended against the plugin's will.
	 *
	 * @return bool
	 */
	public function is_lost() {
		if ( $this->open && ! $this->lost ) {
			$this->lost = Database::is_lost( Database::number() ) || Database::thread() !== $this->thread;
		}
		return $this->lost;
	}

	/**
	 * Makes sure that the transaction is still the one that began, on the same connection. After this, only the mark is
	 * written before commit().
	 *
	 * @throws Try_Again If the transaction was lost.
	 * @throws Refused If other code ended it, or tried to.
	 */
	public function settle() {
		if ( $this->is_lost() ) {
			throw new Try_Again( 'the transaction was lost' );
		}
		if ( null !== $this->meddler ) {
			throw new Refused( $this->meddler );
		}
		if ( ! $this->send( 'RELEASE SAVEPOINT ' . self::SAVEPOINT ) ) {
			if ( $this->is_lost() ) {
				throw new Try_Again( 'the transaction was lost' );
			}
			throw new Refused( 'code on the site ended the database transaction without WordPress; what it had stored by then may be left' );
		}
	}

	/**
	 * Commits.
	 *
	 * @throws Try_Again If it is not certain that everything is stored.
	 */
	public function commit() {
		if ( $this->is_lost() || ! $this->send( 'COMMIT' ) || Database::thread() !== $this->thread ) {
			$this->lost = true;
			throw new Try_Again( 'the transaction was lost' );
		}
		$this->end();
	}

	/** Rolls everything back, and connects again if necessary. */
	public function roll_back() {
		if ( $this->open ) {
			try {
				$this->send( 'ROLLBACK' );
			} catch ( \Throwable $thrown ) { // phpcs:ignore Generic.CodeAnalysis.EmptyStatement -- the SQLite driver throws if there is no transaction any more.
				unset( $thrown );
			}
			$this->end();
		}
		Database::reconnect();
	}

	/** The transaction has ended. */
	private function end() {
		global $wpdb;
		$this->open              = false;
		$wpdb->reconnect_retries = $this->retries;
	}

	/**
	 * Keeps WordPress from reconnecting: it would send the statement again, outside the transaction. It gives up at
	 * once, and without ending PHP, if it believes that a page is being shown.
	 */
	private function keep_connection() {
		global $wpdb, $wp_actions;
		if ( ! $this->open && ! Tables::is_sqlite() ) {
			$this->retries           = max( 1, (int) $wpdb->reconnect_retries );
			$wpdb->reconnect_retries = 0;
			if ( ! did_action( 'template_redirect' ) ) {
				$wp_actions['template_redirect'] = 1; // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- for this request, which shows no page.
			}
		}
	}

	/**
	 * Sends a statement of this class.
	 *
	 * @param string $statement The statement.
	 * @return bool Whether it succeeded.
	 */
	private function send( $statement ) {
		global $wpdb;
		$this->own = true;
		$shown     = $wpdb->suppress_errors( true );
		try {
			if ( Tables::is_sqlite() && false !== strpos( $statement, 'SAVEPOINT' ) ) {
				// The driver knows no savepoints by name, but its connection does.
				return $this->send_to_sqlite( $statement );
			}
			return false !== $wpdb->query( $statement ) && 0 === Database::number(); // phpcs:ignore WordPress.DB.PreparedSQL -- a constant.
		} finally {
			$this->own = false;
			$wpdb->suppress_errors( $shown );
		}
	}

	/**
	 * Sends a statement past the driver.
	 *
	 * @param string $statement The statement.
	 * @return bool Whether it succeeded.
	 */
	private function send_to_sqlite( $statement ) {
		$pdo = isset( $GLOBALS['@pdo'] ) ? $GLOBALS['@pdo'] : null;
		if ( ! $pdo instanceof \PDO ) {
			return true;
		}
		try {
			return false !== $pdo->exec( $statement );
		} catch ( \PDOException $failed ) {
			return false;
		}
	}
}
