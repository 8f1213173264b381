<?php
/**
 * Keeps PHPMailer from sending while a batch is written, also where other code uses it directly.
 *
 * PHPMailer calls PHP's functions without a leading backslash, so PHP looks for them in PHPMailer's own namespace first.
 * This file is loaded in requests that write a batch, and in no others.
 *
 * @package Rehome
 */

// phpcs:disable WordPress.NamingConventions.PrefixAllGlobals -- PHPMailer's namespace.

namespace PHPMailer\PHPMailer;

if ( ! function_exists( __NAMESPACE__ . '\\mail' ) ) {
	/**
	 * In place of PHP's function: sends nothing.
	 *
	 * @return bool
	 */
	function mail() {
		return false;
	}
}

if ( ! function_exists( __NAMESPACE__ . '\\popen' ) ) {
	/**
	 * In place of PHP's function: starts no sendmail.
	 *
	 * @return bool
	 */
	function popen() {
		return false;
	}
}

if ( ! function_exists( __NAMESPACE__ . '\\fsockopen' ) ) {
	/**
	 * In place of PHP's function: connects to no server.
	 *
	 * @return bool
	 */
	function fsockopen() {
		return false;
	}
}

if ( ! function_exists( __NAMESPACE__ . '\\stream_socket_client' ) ) {
	/**
	 * In place of PHP's function: connects to no server.
	 *
	 * @return bool
	 */
	function stream_socket_client() {
		return false;
	}
}
