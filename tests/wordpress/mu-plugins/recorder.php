<?php
/**
 * Plugin Name: Recorder for test sites
 * Description: Writes every email and every user hook to files next to the site, and sends no email.
 */

function rehome_test_record( $file, $line ) {
	file_put_contents( REHOME_TEST_DIR . '/' . $file, wp_json_encode( $line ) . "\n", FILE_APPEND | LOCK_EX );
}

/** Kills PHP (`die`), exits (`exit`) or throws (`throw`) before or after an email to an address is sent: "before die ann@example.com". */
function rehome_test_dies( $when, $mail ) {
	if ( ! file_exists( REHOME_TEST_DIR . '/dies' ) ) {
		return;
	}
	list( $moment, $how, $whom ) = explode( ' ', file_get_contents( REHOME_TEST_DIR . '/dies' ) );
	if ( $moment !== $when || array( $whom ) !== (array) $mail['to'] ) {
		return;
	}
	if ( 'die' === $how ) {
		posix_kill( getmypid(), 9 );
		sleep( 5 );
	}
	if ( 'exit' === $how ) {
		exit;
	}
	throw new RuntimeException( 'a plugin that fails' );
}

/** Runs WordPress's own mailer up to the point of sending: the email is written to `letters`, or fails with this message. */
function rehome_test_postman( $words ) {
	require_once ABSPATH . WPINC . '/PHPMailer/PHPMailer.php';
	require_once ABSPATH . WPINC . '/PHPMailer/SMTP.php';
	require_once ABSPATH . WPINC . '/PHPMailer/Exception.php';
	require_once REHOME_TEST_DIR . '/www/wp-content/postman.php';
	// PHPMailer rejects an address whose host is a number.
	add_filter(
		'wp_mail_from',
		function () {
			return 'site@example.com';
		}
	);
	$GLOBALS['phpmailer']        = new Rehome_Test_Postman( true );
	$GLOBALS['phpmailer']->words = $words;
}

// Last of all filters, so that it sees whether an earlier one suppressed the email.
add_filter(
	'pre_wp_mail',
	function ( $taken, $mail ) {
		rehome_test_dies( 'before', $mail );
		rehome_test_record(
			'mails.jsonl',
			array(
				'to'      => $mail['to'],
				'subject' => $mail['subject'],
				'headers' => $mail['headers'],
				'message' => $mail['message'],
				'muted'   => null !== $taken,
			)
		);
		rehome_test_dies( 'after', $mail );
		if ( file_exists( REHOME_TEST_DIR . '/tells-others' ) && 'told' !== $mail['subject'] ) {
			wp_mail( file_get_contents( REHOME_TEST_DIR . '/tells-others' ), 'told', 'Somebody was written to.' );
		}
		if ( file_exists( REHOME_TEST_DIR . '/slow-mail' ) ) {
			usleep( 1000 * (int) file_get_contents( REHOME_TEST_DIR . '/slow-mail' ) );
		}
		if ( null === $taken && file_exists( REHOME_TEST_DIR . '/postman' ) ) {
			rehome_test_postman( file_get_contents( REHOME_TEST_DIR . '/postman' ) );
			return null;
		}
		return true;
	},
	PHP_INT_MAX,
	2
);

foreach ( array( 'user_register', 'profile_update', 'set_user_role', 'add_user_role', 'delete_user', 'after_password_reset', 'password_reset' ) as $hook ) {
	add_action(
		$hook,
		function ( $user ) use ( $hook ) {
			rehome_test_record( 'hooks.jsonl', array( 'hook' => $hook, 'user' => is_object( $user ) ? $user->ID : (int) $user ) );
		},
		PHP_INT_MAX
	);
}

// Acts like a typical plugin: greets every new user, at once or slowly.
add_action(
	'user_register',
	function ( $user ) {
		if ( file_exists( REHOME_TEST_DIR . '/greets' ) ) {
			$made = get_userdata( $user );
			wp_mail( $made->user_email, 'Welcome', 'You have an account.' );
		}
		if ( file_exists( REHOME_TEST_DIR . '/slow' ) ) {
			usleep( 1000 * (int) file_get_contents( REHOME_TEST_DIR . '/slow' ) );
		}
		if ( file_exists( REHOME_TEST_DIR . '/breaks' ) ) {
			list( $how, $whom ) = explode( ' ', file_get_contents( REHOME_TEST_DIR . '/breaks' ) );
			if ( get_userdata( $user )->user_email === $whom ) {
				if ( 'exit' === $how ) {
					exit;
				}
				throw new RuntimeException( 'a plugin that fails' );
			}
		}
		if ( file_exists( REHOME_TEST_DIR . '/access-seen' ) && function_exists( 'rehome_has_offering' ) ) {
			rehome_test_record( 'access-seen', array( 'user' => $user, 'course' => rehome_has_offering( 'course', $user ) ) );
		}
	}
);

// The time budget of a batch, in seconds.
add_filter(
	'rehome_time_budget',
	function ( $seconds ) {
		return file_exists( REHOME_TEST_DIR . '/budget' ) ? (float) file_get_contents( REHOME_TEST_DIR . '/budget' ) : $seconds;
	}
);

if ( file_exists( REHOME_TEST_DIR . '/accessally' ) ) {
	require_once WP_CONTENT_DIR . '/accessally-stand-in.php';
}

// Loopback without TLS.
add_filter( 'wp_is_application_passwords_available', '__return_true' );
