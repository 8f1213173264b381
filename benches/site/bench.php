<?php
/**
 * Plugin Name: What a benchmark needs of a site
 * Description: A bare loop of wp_insert_user(), the upper bound of the companion, and how many statements an answer took.
 */

/** The fields that core REST takes for a user, as a plugin of a CRM would have them. */
add_action(
	'init',
	function () {
		register_meta( 'user', 'bench_contact', array( 'type' => 'string', 'single' => true, 'show_in_rest' => true ) );
		$items = array( 'schema' => array( 'type' => 'array', 'items' => array( 'type' => 'integer' ) ) );
		register_meta( 'user', 'bench_tags', array( 'type' => 'array', 'single' => true, 'show_in_rest' => $items ) );
	}
);

/** One user: the companion's cheap hash, two metas, a transaction. No claim, no comparison, no mark. */
function rehome_bench_one( $member ) {
	global $wpdb, $wp_hasher;
	if ( version_compare( get_bloginfo( 'version' ), '6.8-alpha', '<' ) ) {
		require_once ABSPATH . WPINC . '/class-phpass.php';
		$wp_hasher = new PasswordHash( 4, true );
	}
	$wpdb->query( 'START TRANSACTION' );
	$id = wp_insert_user(
		wp_slash(
			array(
				'user_login' => $member['email'],
				'user_email' => $member['email'],
				'user_pass'  => bin2hex( random_bytes( 32 ) ),
				'first_name' => $member['first_name'],
				'last_name'  => $member['last_name'],
				'role'       => 'subscriber',
				'meta_input' => array( '_bench_contact' => $member['contact_id'], '_bench_tags' => array( 1, 2 ) ),
			)
		)
	);
	$wpdb->query( 'COMMIT' );
	return is_wp_error( $id ) || ! $id ? 0 : 1;
}

add_action(
	'rest_api_init',
	function () {
		register_rest_route(
			'bench/v1',
			'/bare',
			array(
				'methods'             => 'POST',
				'permission_callback' => function () {
					return current_user_can( 'create_users' ) && current_user_can( 'edit_users' ) && current_user_can( 'promote_users' );
				},
				'callback'            => function ( $request ) {
					add_filter(
						'wp_hash_password_options',
						function () {
							return array( 'cost' => 4 );
						}
					);
					return array( 'made' => array_sum( array_map( 'rehome_bench_one', json_decode( $request->get_body(), true )['members'] ) ) );
				},
			)
		);
	}
);

add_filter(
	'rest_post_dispatch',
	function ( $response ) {
		$response->header( 'X-Bench-Statements', (string) $GLOBALS['wpdb']->num_queries );
		return $response;
	}
);
