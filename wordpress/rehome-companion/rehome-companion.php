<?php
/**
 * Plugin Name:       Rehome Companion
 * Description:       Lets Rehome move members to this site: lists the existing users, writes members in batches, and manages offerings, tags and access if no membership plugin does.
 * Version:           0.2.0
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       rehome-companion
 *
 * @package Rehome
 */

namespace Rehome\Companion;

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

const VERSION = '0.2.0';

/** The daily job that deletes old requests and marks. */
const PURGE = 'rehome_purge';

require_once __DIR__ . '/includes/class-tables.php';
require_once __DIR__ . '/includes/class-instance.php';
require_once __DIR__ . '/includes/class-privilege.php';
require_once __DIR__ . '/includes/class-address.php';
require_once __DIR__ . '/includes/class-quiet.php';
require_once __DIR__ . '/includes/class-invitations.php';
require_once __DIR__ . '/includes/class-people.php';
require_once __DIR__ . '/includes/class-access.php';
require_once __DIR__ . '/includes/class-protection.php';
require_once __DIR__ . '/includes/class-privacy.php';
require_once __DIR__ . '/includes/functions.php';

// Code that only the REST routes and the admin screen need is loaded with them.
add_action(
	'rest_api_init',
	function () {
		require_once __DIR__ . '/includes/load-rest.php';
		( new Rest() )->register();
	}
);
add_action(
	'admin_menu',
	function () {
		require_once __DIR__ . '/includes/load-rest.php';
		require_once __DIR__ . '/includes/class-screen.php';
		( new Screen() )->register();
	}
);
add_action(
	'init',
	function () {
		Tables::upgrade();
		if ( ! wp_next_scheduled( PURGE ) ) {
			wp_schedule_event( time(), 'daily', PURGE );
		}
	},
	1
);
add_action(
	PURGE,
	function () {
		require_once __DIR__ . '/includes/load-rest.php';
		Requests::purge();
	}
);

Quiet::register();
People::register();
Access::register();
Protection::register();
Privacy::register();

register_activation_hook(
	__FILE__,
	function () {
		if ( is_multisite() ) {
			wp_die( esc_html__( 'Rehome Companion does not support networks of sites (multisite).', 'rehome-companion' ) );
		}
		Tables::install();
		Instance::current();
	}
);

register_deactivation_hook(
	__FILE__,
	function () {
		wp_clear_scheduled_hook( PURGE );
	}
);
