<?php
/**
 * What this site is, can do and holds.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- counts of our own tables.

/** Everything here is data that a client decides by. */
final class Status {

	const PAUSED = 'rehome_paused';

	/**
	 * The part that needs no password: is the plugin there, and do credentials arrive?
	 *
	 * @return array
	 */
	public static function hello() {
		$user = wp_get_current_user();
		return array(
			'plugin'        => 'rehome-companion',
			'version'       => VERSION,
			'authorization' => isset( $_SERVER['HTTP_AUTHORIZATION'] ) || isset( $_SERVER['PHP_AUTH_USER'] ) || isset( $_SERVER['REDIRECT_HTTP_AUTHORIZATION'] ),
			'known'         => $user->exists(),
			'passwords'     => wp_is_application_passwords_available(),
			'multisite'     => is_multisite(),
		);
	}

	/**
	 * The whole status.
	 *
	 * @return array
	 */
	public static function all() {
		global $wpdb, $wp_version;
		$user = wp_get_current_user();
		return array(
			'version'      => VERSION,
			'me'           => array(
				'id'    => $user->ID,
				'login' => $user->user_login,
			),
			'instance'     => Instance::current(),
			'site'         => self::site(),
			'now'          => time(),
			'paused'       => (bool) get_option( self::PAUSED ),
			'lease'        => Lease::current(),
			'wordpress'    => $wp_version,
			'php'          => PHP_VERSION,
			'database'     => array(
				'kind'         => Tables::is_sqlite() ? 'sqlite' : 'mysql',
				'version'      => (string) $wpdb->db_version(),
				'transactions' => Tables::transactional(),
			),
			'limits'       => array(
				'post_max_size'      => wp_convert_hr_to_bytes( ini_get( 'post_max_size' ) ),
				'memory_limit'       => wp_convert_hr_to_bytes( ini_get( 'memory_limit' ) ),
				'max_execution_time' => (int) ini_get( 'max_execution_time' ),
				'budget'             => Batch::budget(),
				'members'            => Batch::MOST,
				'recipients'         => Invite::MOST,
				'page'               => Member_List::MOST,
			),
			'timezone'     => wp_timezone_string(),
			'object_cache' => (bool) wp_using_ext_object_cache(),
			'membership'   => array(
				'companion'  => Companion_Membership::why_not(),
				'accessally' => Accessally_Membership::why_not(),
			),
			'contacts'     => Accessally_Membership::system(),
			'capabilities' => self::capabilities(),
			'counts'       => self::counts(),
			'probe'        => Probe::facts(),
		);
	}

	/**
	 * What the site is called, and where people are sent.
	 *
	 * @return array
	 */
	private static function site() {
		return array(
			// WordPress keeps the name escaped.
			'name'            => wp_specialchars_decode( get_option( 'blogname' ), ENT_QUOTES ),
			'home'            => home_url(),
			'lost_password'   => wp_lostpassword_url(),
			'admin_edit_user' => admin_url( 'user-edit.php?user_id=' ),
		);
	}

	/**
	 * The membership that a client names; there is no other instead.
	 *
	 * @param string $word companion or accessally.
	 * @return Membership
	 * @throws Failure Where it is not possible here.
	 */
	public static function membership( $word ) {
		$kinds = array(
			'companion'  => Companion_Membership::class,
			'accessally' => Accessally_Membership::class,
		);
		if ( ! isset( $kinds[ $word ] ) ) {
			throw Batch::bad( 'membership is companion or accessally' );
		}
		$why = call_user_func( array( $kinds[ $word ], 'why_not' ) );
		if ( $why ) {
			throw new Failure( 409, 'no_membership', "Membership $word is not possible here: $why" );
		}
		return new $kinds[ $word ]();
	}

	/**
	 * What it can do, and what it cannot.
	 *
	 * @return array
	 */
	private static function capabilities() {
		return array(
			'email_longest'    => Address::LONGEST,
			'login_longest'    => Address::LONGEST_LOGIN,
			'login_characters' => 'A-Z a-z 0-9 space _ . - @',
			'role'             => Privilege::ROLE,
			'new_users'        => Privilege::why_no_new_users(),
			'privileged'       => Privilege::CAPABILITIES,
			'attributes'       => Batch::KINDS,
			'member_fields'    => Member_List::FIELDS,
			'cannot'           => array( 'delete-user', 'set-password', 'set-role' ),
		);
	}

	/**
	 * How many there are.
	 *
	 * @return array
	 */
	public static function counts() {
		global $wpdb;
		$people = Tables::name( 'people' );
		$counts = array(
			'users'         => Member_List::totals()['users'],
			'contacts'      => (int) $wpdb->get_var( "SELECT COUNT(*) FROM `$people` WHERE contact_id IS NOT NULL" ),
			'contacts_only' => (int) $wpdb->get_var( "SELECT COUNT(*) FROM `$people` WHERE contact_id IS NOT NULL AND user_id IS NULL" ),
			'made'          => (int) $wpdb->get_var( "SELECT COUNT(*) FROM `$people` WHERE made = 1" ),
			'quiet'         => (int) $wpdb->get_var( "SELECT COUNT(*) FROM `$people` WHERE quiet = 1" ),
			'muted_mails'   => (int) get_option( Quiet::COUNT ),
		);
		foreach ( array( 'tags', 'offerings', 'emails' ) as $name ) {
			$table           = Tables::name( $name );
			$counts[ $name ] = (int) $wpdb->get_var( "SELECT COUNT(*) FROM `$table`" );
		}
		return $counts + Invitations::counts();
	}
}
