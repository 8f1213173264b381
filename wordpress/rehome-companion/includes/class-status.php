<?php
/**
 * What this site is, what it can do, and what it contains.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- counts in our own tables.

/** Clients make decisions by this data. */
final class Status {

	const PAUSED = 'rehome_paused';

	/**
	 * The part that needs no password: is the plugin active, and do credentials arrive?
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
	 * The site's name, and the addresses that people are sent to.
	 *
	 * @return array
	 */
	private static function site() {
		return array(
			// WordPress stores the name escaped.
			'name'            => wp_specialchars_decode( get_option( 'blogname' ), ENT_QUOTES ),
			'home'            => home_url(),
			'lost_password'   => wp_lostpassword_url(),
			'admin_edit_user' => admin_url( 'user-edit.php?user_id=' ),
		);
	}

	/**
	 * The membership that a client names; it is never replaced by the other one.
	 *
	 * @param string $word companion or accessally.
	 * @return Membership
	 * @throws Failure If it is not possible on this site.
	 */
	public static function membership( $word ) {
		$kinds = array(
			'companion'  => Companion_Membership::class,
			'accessally' => Accessally_Membership::class,
		);
		if ( ! isset( $kinds[ $word ] ) ) {
			throw Batch::bad( 'membership must be companion or accessally' );
		}
		$why = call_user_func( array( $kinds[ $word ], 'why_not' ) );
		if ( $why ) {
			throw new Failure( 409, 'no_membership', "Membership \"$word\" is not possible on this site: $why" );
		}
		return new $kinds[ $word ]();
	}

	/**
	 * What the plugin can do, and what it cannot do.
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
			'harmless'         => Privilege::harmless(),
			'attributes'       => Batch::KINDS,
			'member_fields'    => Member_List::FIELDS,
			'cannot'           => array( 'delete-user', 'set-password', 'set-role' ),
		);
	}

	/**
	 * The number of users, contacts, tags and so on.
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
