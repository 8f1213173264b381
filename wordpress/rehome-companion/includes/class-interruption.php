<?php
/**
 * Answers a request even if code of the site ends PHP in the middle of it, and discards what such code prints.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** One request at a time; exit, wp_die() and fatal errors lead here. A killed process does not. */
final class Interruption {

	/**
	 * Gives the response after an interruption; null if no request is running.
	 *
	 * @var callable|null
	 */
	private static $answer;

	/**
	 * How many output buffers there were before the request.
	 *
	 * @var int
	 */
	private static $level = 0;

	/**
	 * Begins to watch.
	 *
	 * @param callable $answer Receives who ended PHP; returns the response.
	 */
	public static function watch( $answer ) {
		static $registered = false;
		if ( ! $registered ) {
			register_shutdown_function( array( __CLASS__, 'shutdown' ) );
			$registered = true;
		}
		self::$answer = $answer;
		self::$level  = ob_get_level();
		// Nothing that is printed may stand before the JSON.
		ob_start(
			function () {
				return '';
			}
		);
	}

	/** The request has ended as it should. */
	public static function over() {
		self::$answer = null;
		self::discard();
	}

	/** PHP ends. If a request is still running, its response is sent here. */
	public static function shutdown() {
		if ( null === self::$answer ) {
			return;
		}
		$answer       = self::$answer;
		self::$answer = null;
		try {
			$body = call_user_func( $answer, Culprit::of_shutdown() );
		} catch ( \Throwable $thrown ) {
			// The client does not get a response, and sends the request again.
			return;
		}
		self::discard();
		if ( ! headers_sent() ) {
			status_header( 200 );
			header( 'Content-Type: application/json; charset=UTF-8' );
			header( 'Cache-Control: no-store, private' );
			header_remove( 'Location' );
		}
		echo wp_json_encode( $body );
	}

	/** Discards what was printed. */
	private static function discard() {
		while ( ob_get_level() > self::$level ) {
			ob_end_clean();
		}
	}
}
