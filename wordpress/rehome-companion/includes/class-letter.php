<?php
/**
 * Sends one email through the site's own wp_mail(), as HTML and as plain text.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** Uses whatever the site has for sending (SMTP plugins, mail services), as for its other emails. */
final class Letter {

	const LONGEST_SUBJECT = 500;
	const LONGEST_PART    = 500000;

	/**
	 * Why an email cannot be sent as it is, or null. The address is checked by Address.
	 *
	 * @param string $subject The subject.
	 * @param string $html    The HTML.
	 * @param string $text    The plain text.
	 * @return string|null
	 */
	public static function why_not( $subject, $html, $text ) {
		// Control characters and Unicode line breaks could end the header and start another one.
		if ( ! preg_match( '/^[^\x00-\x1f\x7f\x{80}-\x{9f}\x{2028}\x{2029}]+$/u', $subject ) || '' === trim( $subject ) ) {
			return 'the subject is empty or contains line breaks or other control characters';
		}
		if ( strlen( $subject ) > self::LONGEST_SUBJECT ) {
			return 'the subject is longer than ' . self::LONGEST_SUBJECT . ' bytes';
		}
		foreach ( array( $html, $text ) as $part ) {
			if ( '' === trim( $part ) || false !== strpos( $part, "\0" ) ) {
				return 'the HTML or the plain text is empty or contains a NUL byte';
			}
			if ( strlen( $part ) > self::LONGEST_PART ) {
				return 'the HTML or the plain text is longer than ' . self::LONGEST_PART . ' bytes';
			}
		}
		return null;
	}

	/**
	 * Sends an email.
	 *
	 * @param string $to      One address.
	 * @param string $subject The subject.
	 * @param string $html    The HTML.
	 * @param string $text    The plain text.
	 * @return array state (sent, failed, or sending if it is not known) and why.
	 */
	public static function send( $to, $subject, $html, $text ) {
		$error      = '';
		$parts      = function ( $mailer ) use ( $to, $html, $text ) {
			// Sets both parts, whatever another plugin has decided about the content type, but not in an email that
			// another plugin sends at the same time.
			// phpcs:disable WordPress.NamingConventions.ValidVariableName -- PHPMailer's names.
			if ( false !== strpos( (string) $mailer->Body, $html ) || in_array( array( $to, '' ), $mailer->getToAddresses(), true ) ) {
				$mailer->isHTML( true );
				$mailer->AltBody = $text;
			}
			// phpcs:enable
		};
		$keep_error = function ( $failed ) use ( &$error ) {
			$error = $failed instanceof \WP_Error ? $failed->get_error_message() : '';
		};
		add_action( 'phpmailer_init', $parts, 1000 );
		add_action( 'wp_mail_failed', $keep_error );
		Quiet::let_through( $to );
		try {
			$sent  = wp_mail( array( $to ), $subject, $html, array( 'Content-Type: text/html; charset=UTF-8' ) );
			$state = $sent ? Invitations::SENT : Invitations::FAILED;
			$why   = $sent ? '' : ( '' === $error ? 'the site did not send it and gave no reason' : $error );
		} catch ( \Throwable $thrown ) {
			// It is not known whether this happened before or after the email was sent.
			$state = Invitations::SENDING;
			$why   = 'code on the site failed: ' . get_class( $thrown ) . ' in ' . basename( $thrown->getFile() ) . ' line ' . $thrown->getLine();
		}
		Quiet::let_through( '' );
		remove_action( 'phpmailer_init', $parts, 1000 );
		remove_action( 'wp_mail_failed', $keep_error );
		return array(
			'state' => $state,
			'why'   => mb_substr( wp_check_invalid_utf8( $why, true ), 0, 500 ),
		);
	}
}
