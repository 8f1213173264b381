<?php
/**
 * Why a whole request, or one member in it, is rejected.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/**
 * The whole request is rejected: becomes a REST error.
 */
final class Failure extends \Exception {

	/**
	 * The code that a client acts on.
	 *
	 * @var string
	 */
	public $reason;

	/**
	 * The HTTP status.
	 *
	 * @var int
	 */
	public $status;

	/**
	 * Further data of the response.
	 *
	 * @var array
	 */
	public $data;

	/**
	 * Creates a failure.
	 *
	 * @param int    $status  The HTTP status.
	 * @param string $reason  The code, without its prefix rehome_.
	 * @param string $message A text to read.
	 * @param array  $data    Further data that a client needs.
	 */
	public function __construct( $status, $reason, $message, $data = array() ) {
		parent::__construct( $message );
		$this->status = $status;
		$this->reason = 'rehome_' . $reason;
		$this->data   = $data;
	}

	/**
	 * The failure as a REST error.
	 *
	 * @return \WP_Error
	 */
	public function error() {
		return new \WP_Error( $this->reason, $this->getMessage(), array( 'status' => $this->status ) + $this->data );
	}
}

/** One member is rejected: nothing was written for it. */
final class Refused extends \Exception {}

/** One member has changed since the change set was computed: nothing was written for it. */
final class Moved extends \Exception {}

/** The database aborted the transaction (deadlock, lost lock): this member may be tried again. */
final class Try_Again extends \Exception {}
