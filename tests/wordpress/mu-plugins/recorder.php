<?php
/**
 * Plugin Name: Recorder of a test site
 * Description: Writes every mail and every user hook to files beside the site, and sends no mail.
 */

function rehome_test_record( $file, $line ) {
	file_put_contents( REHOME_TEST_DIR . '/' . $file, wp_json_encode( $line ) . "\n", FILE_APPEND | LOCK_EX );
}

// Last of all, so that it sees whether somebody before it took the mail away.
add_filter(
	'pre_wp_mail',
	function ( $taken, $mail ) {
		rehome_test_record(
			'mails.jsonl',
			array(
				'to'      => $mail['to'],
				'subject' => $mail['subject'],
				'headers' => $mail['headers'],
				'muted'   => null !== $taken,
			)
		);
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

// A plugin as sites have them: greets everybody who is made, at once or slowly.
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

if ( file_exists( REHOME_TEST_DIR . '/accessally' ) ) {
	require_once WP_CONTENT_DIR . '/accessally-stand-in.php';
}

// Loopback without TLS.
add_filter( 'wp_is_application_passwords_available', '__return_true' );
