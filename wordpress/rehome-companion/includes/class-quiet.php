<?php
/**
 * Suppresses email during a batch, and to users whom Rehome created until they are invited or log in.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/**
 * Works on every email that goes through wp_mail(), also where a plugin has replaced that function or takes over the
 * sending, as long as it calls WordPress's filters. During a batch, PHPMailer cannot send either. A plugin that sends in
 * another way (PHP's mail(), its own mail service) is not covered.
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
	 * The user for whom a new password was requested in this request, or null.
	 *
	 * @var \WP_User|null
	 */
	private static $password_for;

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
		// Before every plugin that takes over the sending; and after them, for plugins that replace what others decided.
		add_filter( 'pre_wp_mail', array( __CLASS__, 'mute' ), PHP_INT_MIN, 2 );
		add_filter( 'pre_wp_mail', array( __CLASS__, 'keep_muted' ), PHP_INT_MAX, 2 );
		add_action( 'lostpassword_post', array( __CLASS__, 'password_requested' ), PHP_INT_MAX, 2 );
		add_action( 'shutdown', array( __CLASS__, 'count' ) );
		add_action( 'wp_login', array( __CLASS__, 'end' ), 10, 2 );
	}

	/** Suppresses all email for the rest of this request. */
	public static function begin() {
		self::$batch = true;
		// Plugins that send within this filter see no recipients either.
		add_filter( 'wp_mail', array( __CLASS__, 'without_recipients' ), PHP_INT_MIN );
		add_filter( 'wp_mail', array( __CLASS__, 'without_recipients' ), PHP_INT_MAX );
		require_once __DIR__ . '/seal-phpmailer.php';
		add_filter( 'send_password_change_email', '__return_false', PHP_INT_MAX );
		add_filter( 'send_email_change_email', '__return_false', PHP_INT_MAX );
	}

	/**
	 * Why email cannot be kept back on this site, or null: a plugin has replaced wp_mail() by a function that calls none
	 * of WordPress's filters.
	 *
	 * @return string|null
	 */
	public static function why_not() {
		try {
			$function = new \ReflectionFunction( 'wp_mail' );
		} catch ( \ReflectionException $missing ) {
			return null;
		}
		$file = wp_normalize_path( (string) $function->getFileName() );
		if ( 0 === strpos( $file, wp_normalize_path( ABSPATH . WPINC ) . '/' ) ) {
			return null;
		}
		$lines = is_readable( $file ) ? array_slice( (array) file( $file ), $function->getStartLine() - 1, $function->getEndLine() - $function->getStartLine() + 1 ) : array();
		if ( preg_match( '/apply_filters(?:_ref_array)?\s*\(\s*[\'"](?:pre_)?wp_mail[\'"]/', implode( '', $lines ) ) ) {
			return null;
		}
		require_once __DIR__ . '/class-culprit.php';
		$who = Culprit::of_file( $file );
		return ( null === $who ? Culprit::UNKNOWN : $who ) . ' replaces wp_mail() by a function that WordPress\'s filters cannot stop; members would receive email before they are invited. Deactivate it until the move is complete';
	}

	/**
	 * Takes all recipients out of an email, during a batch.
	 *
	 * @param array $mail to, subject, message, headers, attachments.
	 * @return array
	 */
	public static function without_recipients( $mail ) {
		if ( is_array( $mail ) ) {
			$mail['to']      = array();
			$mail['headers'] = array();
		}
		return $mail;
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
		if ( self::$batch || self::is_password_request( $mail ) ) {
			return $mail;
		}
		$list = self::recipients( $mail );
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
	 * Keeps a suppressed email suppressed, whatever other filters decided.
	 *
	 * @param mixed $taken What another filter decided.
	 * @param array $mail  The email.
	 * @return mixed True if the email is suppressed.
	 */
	public static function keep_muted( $taken, $mail ) {
		return self::$batch || array() === $mail['to'] ? true : $taken;
	}

	/**
	 * Remembers for whom a person requests a new password.
	 *
	 * @param \WP_Error      $errors Not used.
	 * @param \WP_User|false $user   The user.
	 */
	public static function password_requested( $errors, $user = false ) {
		self::$password_for = $user instanceof \WP_User && self::is_asked_by_a_person( $user ) ? $user : null;
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
	 * The recipients of an email.
	 *
	 * @param array $mail The email as wp_mail() accepts it.
	 * @return string[]
	 */
	private static function recipients( $mail ) {
		return is_array( $mail['to'] ) ? $mail['to'] : explode( ',', (string) $mail['to'] );
	}

	/**
	 * Whether an email is the one with which a person sets a new password: it is wanted, even by a quiet user.
	 *
	 * @param array $mail The email.
	 * @return bool
	 */
	private static function is_password_request( $mail ) {
		if ( ! self::$password_for ) {
			return false;
		}
		$list = self::recipients( $mail );
		return 1 === count( $list ) && 0 === strcasecmp( trim( (string) reset( $list ) ), self::$password_for->user_email );
	}

	/**
	 * Whether a person requests the password in this request: someone typed the login or the address into a form, or an
	 * administrator requested it. Code of the site that requests passwords on its own is not a person.
	 *
	 * @param \WP_User $user The user.
	 * @return bool
	 */
	private static function is_asked_by_a_person( $user ) {
		if ( wp_doing_cron() || ! isset( $_SERVER['REQUEST_METHOD'] ) ) {
			return false;
		}
		if ( is_admin() && current_user_can( 'edit_user', $user->ID ) && get_current_user_id() !== $user->ID ) {
			return true;
		}
		if ( 'POST' !== $_SERVER['REQUEST_METHOD'] ) {
			return false;
		}
		// Forms of some plugins are sent as JSON.
		$body = json_decode( (string) file_get_contents( 'php://input' ), true );
		// phpcs:ignore WordPress.Security -- only compared; the form is checked by whoever processes it.
		foreach ( array_merge( array_values( $_POST ), is_array( $body ) ? array_values( $body ) : array() ) as $typed ) {
			$typed = is_string( $typed ) ? trim( wp_unslash( $typed ) ) : '';
			if ( '' !== $typed && ( 0 === strcasecmp( $typed, $user->user_email ) || 0 === strcasecmp( $typed, $user->user_login ) ) ) {
				return true;
			}
		}
		return false;
	}
}
