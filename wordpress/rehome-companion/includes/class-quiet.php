<?php
/**
 * No mail within a batch, and none to a person whom Rehome made until that person is invited or logs in.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/**
 * Hears every mail that goes through wp_mail(). A plugin that sends by other ways (PHP's mail(), a mail
 * service of its own) is not heard.
 */
final class Quiet {

	const COUNT = 'rehome_muted';

	/**
	 * True within a batch.
	 *
	 * @var bool
	 */
	private static $batch = false;

	/**
	 * Mails taken away in this request.
	 *
	 * @var int
	 */
	private static $muted = 0;

	/**
	 * The address that hears one mail all the same: its invitation.
	 *
	 * @var string
	 */
	private static $through = '';

	/** Hooks in. */
	public static function register() {
		add_filter( 'wp_mail', array( __CLASS__, 'without_quiet_people' ), PHP_INT_MAX );
		add_filter( 'pre_wp_mail', array( __CLASS__, 'mute' ), 1, 2 );
		add_action( 'shutdown', array( __CLASS__, 'count' ) );
		add_action( 'wp_login', array( __CLASS__, 'end' ), 10, 2 );
	}

	/** From now on, no mail in this request. */
	public static function begin() {
		self::$batch = true;
		add_filter( 'send_password_change_email', '__return_false', PHP_INT_MAX );
		add_filter( 'send_email_change_email', '__return_false', PHP_INT_MAX );
	}

	/**
	 * From now on mail to this address goes through, whoever is quiet.
	 *
	 * @param string $address In lower case; blank ends it.
	 */
	public static function let_through( $address ) {
		self::$through = $address;
	}

	/**
	 * Takes quiet people out of a mail's recipients.
	 *
	 * @param array $mail to, subject, message, headers, attachments.
	 * @return array
	 */
	public static function without_quiet_people( $mail ) {
		if ( self::$batch || self::asked_for() ) {
			return $mail;
		}
		$list = is_array( $mail['to'] ) ? $mail['to'] : explode( ',', (string) $mail['to'] );
		$kept = self::heard( $list );
		if ( count( $kept ) !== count( $list ) ) {
			$mail['to'] = $kept;
		}
		$headers         = isset( $mail['headers'] ) ? $mail['headers'] : '';
		$mail['headers'] = self::headers( $headers );
		return $mail;
	}

	/**
	 * Takes a mail away: in a batch every one, else one that has nobody left to go to.
	 *
	 * @param mixed $taken What another filter decided.
	 * @param array $mail  The mail.
	 * @return mixed True where it is taken.
	 */
	public static function mute( $taken, $mail ) {
		if ( self::$batch || array() === $mail['to'] ) {
			++self::$muted;
			return true;
		}
		return $taken;
	}

	/**
	 * Whoever logs in has come: from now on they hear what members hear.
	 *
	 * @param string   $login The login.
	 * @param \WP_User $user  The user.
	 */
	public static function end( $login, $user ) {
		self::is_over( $user->ID );
	}

	/**
	 * Whoever is invited or has come hears what members hear.
	 *
	 * @param int $user_id The user.
	 */
	public static function is_over( $user_id ) {
		global $wpdb;
		// phpcs:ignore WordPress.DB -- a table of our own.
		$wpdb->update( Tables::name( 'people' ), array( 'quiet' => 0 ), array( 'user_id' => $user_id ) );
	}

	/** Adds this request's mails to the count that the screen shows. */
	public static function count() {
		if ( self::$muted ) {
			update_option( self::COUNT, (int) get_option( self::COUNT ) + self::$muted, false );
			self::$muted = 0;
		}
	}

	/**
	 * The recipients who are not quiet.
	 *
	 * @param string[] $recipients Addresses, also in the form Name <address>.
	 * @return string[]
	 */
	private static function heard( $recipients ) {
		global $wpdb;
		$of = array();
		foreach ( $recipients as $recipient ) {
			$of[ $recipient ] = strtolower( trim( preg_match( '/<([^<>]*)>\s*$/', $recipient, $found ) ? $found[1] : $recipient ) );
		}
		if ( ! $of ) {
			return $recipients;
		}
		$table = Tables::name( 'people' );
		$holes = implode( ', ', array_fill( 0, count( $of ), '%s' ) );
		// phpcs:ignore WordPress.DB -- a table of our own; as many holes as addresses.
		$quiet = $wpdb->get_col( $wpdb->prepare( "SELECT email FROM `$table` WHERE quiet = 1 AND email IN ($holes)", array_values( $of ) ) );
		$quiet = array_diff( $quiet, array( self::$through ) );
		return array_values(
			array_filter(
				$recipients,
				function ( $recipient ) use ( $of, $quiet ) {
					return ! in_array( $of[ $recipient ], $quiet, true );
				}
			)
		);
	}

	/**
	 * The headers without quiet people in Cc and Bcc.
	 *
	 * @param string|string[] $headers As wp_mail() takes them.
	 * @return string|string[]
	 */
	private static function headers( $headers ) {
		$lines = is_array( $headers ) ? $headers : explode( "\n", str_replace( "\r\n", "\n", (string) $headers ) );
		$kept  = array();
		foreach ( $lines as $line ) {
			if ( preg_match( '/^\s*(cc|bcc)\s*:(.*)$/i', $line, $found ) ) {
				$heard = self::heard( explode( ',', $found[2] ) );
				if ( $heard ) {
					$kept[] = $found[1] . ': ' . implode( ',', $heard );
				}
			} else {
				$kept[] = $line;
			}
		}
		return is_array( $headers ) ? $kept : implode( "\n", $kept );
	}

	/**
	 * True while somebody asks for a lost password at the site: that mail was asked for.
	 *
	 * @return bool
	 */
	private static function asked_for() {
		return did_action( 'lostpassword_post' ) && ! wp_doing_cron();
	}
}
