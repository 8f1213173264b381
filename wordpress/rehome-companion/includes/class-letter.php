<?php
/**
 * One mail through the site's own wp_mail(): HTML, and the same as plain text.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** Whatever the site has for sending (SMTP plugins, services) is used, as for its other mails. */
final class Letter {

	const LONGEST_SUBJECT = 500;
	const LONGEST_PART    = 500000;

	/**
	 * Why a mail cannot be sent as it is, or null. The address is judged by Address.
	 *
	 * @param string $subject The subject.
	 * @param string $html    The HTML.
	 * @param string $text    The plain text.
	 * @return string|null
	 */
	public static function why_not( $subject, $html, $text ) {
		// Control characters (and Unicode's own line breaks) would end the header and begin another.
		if ( ! preg_match( '/^[^\x00-\x1f\x7f\x{80}-\x{9f}\x{2028}\x{2029}]+$/u', $subject ) || '' === trim( $subject ) ) {
			return 'the subject is empty or holds line breaks or other control characters';
		}
		if ( strlen( $subject ) > self::LONGEST_SUBJECT ) {
			return 'the subject is longer than ' . self::LONGEST_SUBJECT . ' bytes';
		}
		foreach ( array( $html, $text ) as $part ) {
			if ( '' === trim( $part ) || false !== strpos( $part, "\0" ) ) {
				return 'a part of the mail is empty or holds a NUL byte';
			}
			if ( strlen( $part ) > self::LONGEST_PART ) {
				return 'a part of the mail is longer than ' . self::LONGEST_PART . ' bytes';
			}
		}
		return null;
	}

	/**
	 * Sends.
	 *
	 * @param string $to      One address.
	 * @param string $subject The subject.
	 * @param string $html    The HTML.
	 * @param string $text    The plain text.
	 * @return array state (sent, failed; sending where nobody knows) and why.
	 */
	public static function send( $to, $subject, $html, $text ) {
		$error = '';
		$parts = function ( $mailer ) use ( $to, $html, $text ) {
			// Both parts, whatever a plugin has decided about the kind of mails; and not in a mail that another plugin
			// sends on this occasion.
			// phpcs:disable WordPress.NamingConventions.ValidVariableName -- PHPMailer's names.
			if ( false !== strpos( (string) $mailer->Body, $html ) || in_array( array( $to, '' ), $mailer->getToAddresses(), true ) ) {
				$mailer->isHTML( true );
				$mailer->AltBody = $text;
			}
			// phpcs:enable
		};
		$hears = function ( $failed ) use ( &$error ) {
			$error = $failed instanceof \WP_Error ? $failed->get_error_message() : '';
		};
		add_action( 'phpmailer_init', $parts, 1000 );
		add_action( 'wp_mail_failed', $hears );
		Quiet::let_through( $to );
		try {
			$sent  = wp_mail( array( $to ), $subject, $html, array( 'Content-Type: text/html; charset=UTF-8' ) );
			$state = $sent ? Invitations::SENT : Invitations::FAILED;
			$why   = $sent ? '' : ( '' === $error ? 'the site did not send it and does not say why' : $error );
		} catch ( \Throwable $end ) {
			// Before or after it went out: that is not known.
			$state = Invitations::SENDING;
			$why   = 'code of the site failed: ' . get_class( $end ) . ' in ' . basename( $end->getFile() ) . ' line ' . $end->getLine();
		}
		Quiet::let_through( '' );
		remove_action( 'phpmailer_init', $parts, 1000 );
		remove_action( 'wp_mail_failed', $hears );
		return array(
			'state' => $state,
			'why'   => mb_substr( wp_check_invalid_utf8( $why, true ), 0, 500 ),
		);
	}
}
