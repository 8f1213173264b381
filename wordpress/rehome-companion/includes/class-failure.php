<?php
/**
 * Why a whole request, or one member of it, is not carried out.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/**
 * The request is refused as a whole: becomes an error answer of REST.
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
	 * What else the answer's data hold.
	 *
	 * @var array
	 */
	public $data;

	/**
	 * Makes one.
	 *
	 * @param int    $status  The HTTP status.
	 * @param string $reason  The code, without its prefix rehome_.
	 * @param string $message For people.
	 * @param array  $data    What else a client needs.
	 */
	public function __construct( $status, $reason, $message, $data = array() ) {
		parent::__construct( $message );
		$this->status = $status;
		$this->reason = 'rehome_' . $reason;
		$this->data   = $data;
	}

	/**
	 * As REST answers it.
	 *
	 * @return \WP_Error
	 */
	public function error() {
		return new \WP_Error( $this->reason, $this->getMessage(), array( 'status' => $this->status ) + $this->data );
	}
}

/** One member is refused: nothing of it was written. */
final class Refused extends \Exception {}

/** One member is not as the change set says: nothing of it was written. */
final class Moved extends \Exception {}

/** The database gave way (deadlock, lost lock): this person may be tried again. */
final class Try_Again extends \Exception {}
