<?php
/**
 * Suppresses email during a batch, and to users whom Rehome created until they are invited or log in.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/**
 * Works on every email that goes through wp_mail(). A plugin that sends in another way (PHP's mail(), its own mail
 * service) is not covered.
 */
final class Quiet {

	const COUNT = 'rehome_muted';

	/**
	 * Whether a batch is running.
	 *
	 * @var bool
	 */
	private static $batch = false;

	/**
	 * Emails suppressed in this request.
	 *
	 * @var int
	 */
	private static $muted = 0;

	/**
	 * The address that may receive one email although it is quiet: its invitation.
	 *
	 * @var string
	 */
	private static $through = '';

	/** Registers the hooks. */
	public static function register() {
		add_filter( 'wp_mail', array( __CLASS__, 'without_quiet_people' ), PHP_INT_MAX );
		add_filter( 'pre_wp_mail', array( __CLASS__, 'mute' ), 1, 2 );
		add_action( 'shutdown', array( __CLASS__, 'count' ) );
		add_action( 'wp_login', array( __CLASS__, 'end' ), 10, 2 );
	}

	/** Suppresses all email for the rest of this request. */
	public static function begin() {
		self::$batch = true;
		add_filter( 'send_password_change_email', '__return_false', PHP_INT_MAX );
		add_filter( 'send_email_change_email', '__return_false', PHP_INT_MAX );
	}

	/**
	 * Lets email to this address through, even if its user is quiet.
	 *
	 * @param string $address The address in lowercase; empty to end it.
	 */
	public static function let_through( $address ) {
		self::$through = $address;
	}

	/**
	 * Removes quiet users from the recipients of an email.
	 *
	 * @param array $mail to, subject, message, headers, attachments.
	 * @return array
	 */
	public static function without_quiet_people( $mail ) {
		if ( self::$batch || self::is_password_request() ) {
			return $mail;
		}
		$list = is_array( $mail['to'] ) ? $mail['to'] : explode( ',', (string) $mail['to'] );
		$kept = self::not_quiet( $list );
		if ( count( $kept ) !== count( $list ) ) {
			$mail['to'] = $kept;
		}
		$headers         = isset( $mail['headers'] ) ? $mail['headers'] : '';
		$mail['headers'] = self::headers( $headers );
		return $mail;
	}

	/**
	 * Suppresses an email: during a batch every one, otherwise one that has no recipients left.
	 *
	 * @param mixed $taken What another filter decided.
	 * @param array $mail  The email.
	 * @return mixed True if the email is suppressed.
	 */
	public static function mute( $taken, $mail ) {
		if ( self::$batch || array() === $mail['to'] ) {
			++self::$muted;
			return true;
		}
		return $taken;
	}

	/**
	 * Ends the quiet time of a user who logs in.
	 *
	 * @param string   $login The login.
	 * @param \WP_User $user  The user.
	 */
	public static function end( $login, $user ) {
		self::stop_for( $user->ID );
	}

	/**
	 * Ends the quiet time of a user, who receives all email from now on.
	 *
	 * @param int $user_id The user.
	 */
	public static function stop_for( $user_id ) {
		global $wpdb;
		// phpcs:ignore WordPress.DB -- our own table.
		$wpdb->update( Tables::name( 'people' ), array( 'quiet' => 0 ), array( 'user_id' => $user_id ) );
	}

	/** Adds the emails suppressed in this request to the count that the screen shows. */
	public static function count() {
		if ( self::$muted ) {
			update_option( self::COUNT, (int) get_option( self::COUNT ) + self::$muted, false );
			self::$muted = 0;
		}
	}

	/**
	 * The recipients whose users are not quiet.
	 *
	 * @param string[] $recipients Addresses, possibly in the form Name <address>.
	 * @return string[]
	 */
	private static function not_quiet( $recipients ) {
		global $wpdb;
		$addresses = array();
		foreach ( $recipients as $recipient ) {
			$addresses[ $recipient ] = strtolower( trim( preg_match( '/<([^<>]*)>\s*$/', $recipient, $found ) ? $found[1] : $recipient ) );
		}
		if ( ! $addresses ) {
			return $recipients;
		}
		$table        = Tables::name( 'people' );
		$placeholders = implode( ', ', array_fill( 0, count( $addresses ), '%s' ) );
		// phpcs:ignore WordPress.DB -- our own table; one placeholder per address.
		$quiet = $wpdb->get_col( $wpdb->prepare( "SELECT email FROM `$table` WHERE quiet = 1 AND email IN ($placeholders)", array_values( $addresses ) ) );
		$quiet = array_diff( $quiet, array( self::$through ) );
		return array_values(
			array_filter(
				$recipients,
				function ( $recipient ) use ( $addresses, $quiet ) {
					return ! in_array( $addresses[ $recipient ], $quiet, true );
				}
			)
		);
	}

	/**
	 * The headers without quiet users in Cc and Bcc.
	 *
	 * @param string|string[] $headers The headers as wp_mail() accepts them.
	 * @return string|string[]
	 */
	private static function headers( $headers ) {
		$lines = is_array( $headers ) ? $headers : explode( "\n", str_replace( "\r\n", "\n", (string) $headers ) );
		$kept  = array();
		foreach ( $lines as $line ) {
			if ( preg_match( '/^\s*(cc|bcc)\s*:(.*)$/i', $line, $found ) ) {
				$addressees = self::not_quiet( explode( ',', $found[2] ) );
				if ( $addressees ) {
					$kept[] = $found[1] . ': ' . implode( ',', $addressees );
				}
			} else {
				$kept[] = $line;
			}
		}
		return is_array( $headers ) ? $kept : implode( "\n", $kept );
	}

	/**
	 * Whether a visitor has just asked for a new password: that email is wanted, even by a quiet user.
	 *
	 * @return bool
	 */
	private static function is_password_request() {
		return did_action( 'lostpassword_post' ) && ! wp_doing_cron();
	}
}
