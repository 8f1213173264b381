<?php
/**
 * Plugin Name: Mailer for test sites
 * Description: Sends in one of the ways of the well-known mail plugins, as the file `mailer` says: "WAY PORT". What it sends is written to `sent.jsonl`.
 */

if ( ! file_exists( REHOME_TEST_DIR . '/mailer' ) ) {
	return;
}

list( $rehome_test_way, $rehome_test_port ) = explode( ' ', file_get_contents( REHOME_TEST_DIR . '/mailer' ) );

function rehome_test_sends( $way, $to ) {
	$to = array_filter( is_array( $to ) ? $to : explode( ',', (string) $to ) );
	if ( $to ) {
		rehome_test_record( 'sent.jsonl', array( 'way' => $way, 'to' => array_values( $to ) ) );
	}
	return true;
}

/** PHPMailer used directly, by a plugin that does not call wp_mail(). */
function rehome_test_direct( $to, $way, $port ) {
	foreach ( array( 'PHPMailer', 'SMTP', 'Exception' ) as $file ) {
		require_once ABSPATH . WPINC . "/PHPMailer/$file.php";
	}
	$mail = new PHPMailer\PHPMailer\PHPMailer( false );
	if ( 'phpmailer-smtp' === $way ) {
		$mail->isSMTP();
		$mail->Host    = '127.0.0.1';
		$mail->Port    = (int) $port;
		$mail->Timeout = 1;
	} elseif ( 'phpmailer-sendmail' === $way ) {
		$mail->isSendmail();
		$mail->Sendmail = REHOME_TEST_DIR . '/www/wp-content/sendmail';
	}
	$mail->setFrom( 'site@example.com' );
	$mail->addAddress( $to );
	$mail->Subject = 'Hello';
	$mail->Body    = 'x';
	$mail->send();
}

/** What the plugin does for a new user. */
function rehome_test_greet( $to ) {
	global $rehome_test_way, $rehome_test_port;
	if ( 0 === strpos( $rehome_test_way, 'phpmailer' ) ) {
		rehome_test_direct( $to, $rehome_test_way, $rehome_test_port );
	} elseif ( 'catcher' !== $rehome_test_way ) {
		wp_mail( $to, 'Welcome', 'x', array( 'Cc: ' . $to ) );
	}
}

add_action(
	'user_register',
	function ( $user ) use ( $rehome_test_way ) {
		$to = get_userdata( $user )->user_email;
		switch ( $rehome_test_way ) {
			case 'cron':
				wp_schedule_single_event( time() + 60, 'rehome_test_job', array( $to ) );
				break;
			case 'queue':
			case 'lost-password-later':
				update_option( 'rehome_test_queue', array_merge( (array) get_option( 'rehome_test_queue', array() ), array( $to ) ) );
				break;
			case 'shutdown':
				register_shutdown_function(
					function () use ( $to ) {
						rehome_test_record( 'tried.jsonl', $to );
						wp_mail( $to, 'Welcome', 'x' );
					}
				);
				break;
			case 'lost-password':
				rehome_test_record( 'tried.jsonl', $to );
				retrieve_password( get_userdata( $user )->user_login );
				break;
			default:
				rehome_test_greet( $to );
		}
	}
);
add_action(
	'rehome_test_job',
	function ( $to ) {
		rehome_test_record( 'tried.jsonl', $to );
		wp_mail( $to, 'Welcome', 'x' );
	}
);
add_action(
	'rehome_test_queue',
	function () use ( $rehome_test_way ) {
		foreach ( (array) get_option( 'rehome_test_queue', array() ) as $to ) {
			rehome_test_record( 'tried.jsonl', $to );
			if ( 'lost-password-later' === $rehome_test_way ) {
				retrieve_password( $to );
			} else {
				wp_mail( array( $to, $to ), 'Welcome', 'x', "Bcc: Somebody <$to>" );
			}
		}
		delete_option( 'rehome_test_queue' );
	}
);

switch ( $rehome_test_way ) {
	case 'replaces':
		function wp_mail( $to, $subject, $message, $headers = '', $attachments = array() ) {
			return rehome_test_sends( 'replaces', $to );
		}
		break;
	case 'filter':
		function wp_mail( $to, $subject, $message, $headers = '', $attachments = array() ) {
			$mail = apply_filters( 'wp_mail', compact( 'to', 'subject', 'message', 'headers', 'attachments' ) );
			foreach ( (array) $mail['headers'] as $line ) {
				rehome_test_sends( 'filter', preg_match( '/^b?cc:/i', $line ) ? array( $line ) : array() );
			}
			return rehome_test_sends( 'filter', $mail['to'] );
		}
		break;
	case 'pre':
	case 'pre-late':
		add_filter(
			'pre_wp_mail',
			function ( $taken, $mail ) use ( $rehome_test_way ) {
				foreach ( (array) $mail['headers'] as $line ) {
					rehome_test_sends( 'pre', preg_match( '/^b?cc:/i', $line ) ? array( $line ) : array() );
				}
				rehome_test_sends( $rehome_test_way, $mail['to'] );
				return 'pre-late' === $rehome_test_way ? null : true;
			},
			'pre' === $rehome_test_way ? -100 : PHP_INT_MAX,
			2
		);
		break;
	case 'within-filter':
		add_filter(
			'wp_mail',
			function ( $mail ) {
				rehome_test_sends( 'within-filter', $mail['to'] );
				return $mail;
			},
			-100
		);
		break;
	case 'catcher':
		// Takes the place of PHPMailer within wp_mail().
		add_action(
			'plugins_loaded',
			function () {
				rehome_test_postman( '' );
			}
		);
		add_action(
			'phpmailer_init',
			function ( $mailer ) {
				rehome_test_sends( 'catcher', array_column( $mailer->getToAddresses(), 0 ) );
			}
		);
		break;
}
