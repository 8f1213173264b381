<?php
/**
 * Plugin Name: Hostile plugin for test sites
 * Description: Behaves badly in a hook of users, as the file `hostile` says: "HOOK HOW ADDRESS"; ends connections as `ends` says.
 */

// The person whom WordPress is writing: most hooks do not say.
foreach ( array( 'pre_user_login', 'pre_user_email' ) as $hook ) {
	add_filter(
		$hook,
		function ( $value ) {
			$GLOBALS['rehome_test_whom'] = $value;
			return $value;
		},
		-1000
	);
}

function rehome_test_hostile( $how, $whom ) {
	global $wpdb;
	switch ( $how ) {
		case 'another-user':
			wp_insert_user( array( 'user_login' => 'parasite' . wp_rand(), 'user_email' => 'parasite' . wp_rand() . '@example.com', 'user_pass' => 'x', 'role' => 'subscriber' ) );
			break;
		case 'promote':
			foreach ( get_users( array( 'search' => $whom ) ) as $user ) {
				$user->add_role( 'editor' );
			}
			break;
		case 'exit':
			exit;
		case 'die':
			die( 'no' );
		case 'wp_die':
			wp_die( 'no' );
		case 'throw':
			throw new RuntimeException( 'no' );
		case 'error':
			nowhere();
			break;
		case 'fatal':
			eval( 'interface Rehome_Test_Broken { private function no(); }' );
			break;
		case 'print':
			echo '<br />Warning: something in /srv/x.php on line 3';
			break;
		case 'flush':
			echo 'x';
			wp_ob_end_flush_all();
			break;
		case 'commit':
		case 'rollback':
			$wpdb->query( $how );
			break;
		case 'begin':
			$wpdb->query( 'START TRANSACTION' );
			break;
		case 'ddl':
			$wpdb->query( 'CREATE TABLE IF NOT EXISTS ' . $wpdb->prefix . 'hostile (id int)' );
			break;
		case 'past-wpdb':
			mysqli_query( $wpdb->dbh, 'COMMIT' );
			break;
		case 'fails':
			$wpdb->query( 'INSERT INTO nowhere VALUES (1)' );
			break;
		case 'kill':
			posix_kill( getmypid(), 9 );
			sleep( 5 );
			break;
		case 'hang':
			while ( file_exists( REHOME_TEST_DIR . '/hostile' ) ) {
				usleep( 50000 );
				clearstatcache();
			}
			break;
	}
}

if ( file_exists( REHOME_TEST_DIR . '/hostile' ) ) {
	list( $hook, $how, $whom ) = explode( ' ', file_get_contents( REHOME_TEST_DIR . '/hostile' ) );
	add_filter(
		$hook,
		function ( $value = null ) use ( $how, $whom ) {
			static $done = false;
			if ( ! $done && isset( $GLOBALS['rehome_test_whom'] ) && $GLOBALS['rehome_test_whom'] === $whom ) {
				$done = true;
				rehome_test_hostile( $how, $whom );
			}
			return $value;
		}
	);
}

// "ends": the connection is ended before this statement of the first member's transaction.
if ( file_exists( REHOME_TEST_DIR . '/ends' ) ) {
	add_filter(
		'query',
		function ( $query ) {
			static $count = null;
			global $wpdb;
			if ( 'START TRANSACTION' === $query && null === $count ) {
				$count = 0;
			}
			if ( null !== $count && file_exists( REHOME_TEST_DIR . '/ends' ) && ++$count === (int) file_get_contents( REHOME_TEST_DIR . '/ends' ) ) {
				unlink( REHOME_TEST_DIR . '/ends' );
				list( , $socket ) = explode( ':', DB_HOST, 2 );
				$other = new mysqli( 'localhost', DB_USER, DB_PASSWORD, DB_NAME, 0, $socket );
				$other->query( 'KILL ' . mysqli_thread_id( $wpdb->dbh ) );
				usleep( 3000 );
			}
			return $query;
		},
		-1000
	);
}

// "reads-meanwhile": another process reads the user before the commit, into a persistent cache.
add_action(
	'profile_update',
	function ( $user ) {
		if ( file_exists( REHOME_TEST_DIR . '/reads-meanwhile' ) ) {
			unlink( REHOME_TEST_DIR . '/reads-meanwhile' );
			wp_cache_set( $user, array( 'first_name' => array( 'Ann' ), 'wp_capabilities' => array( serialize( array( 'subscriber' => true ) ) ) ), 'user_meta' );
		}
	},
	PHP_INT_MAX
);
