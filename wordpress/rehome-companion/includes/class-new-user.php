<?php
/**
 * A new user, with a password that nobody knows.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** Only here is a user made, and only here may a hash be cheap. */
final class New_User {

	/**
	 * The user that is being made, known to have no metas but those in $added; 0 where that is not known.
	 *
	 * @var int
	 */
	private static $fresh = 0;

	/**
	 * Keys of metas that it got since: key => true.
	 *
	 * @var array
	 */
	private static $added = array();

	/**
	 * What the cache holds of its metas at the moment before one is added.
	 *
	 * @var mixed
	 */
	private static $cached = false;

	/**
	 * Makes a subscriber.
	 *
	 * @param string      $email      The address.
	 * @param string      $login      The login.
	 * @param string      $first_name First name, or blank.
	 * @param string      $last_name  Last name, or blank.
	 * @param string|null $registered When the person registered, in UTC, or null for now.
	 * @return int The user's id.
	 * @throws Refused Where WordPress does not take it.
	 */
	public static function make( $email, $login, $first_name, $last_name, $registered ) {
		$data = array(
			'user_login' => $login,
			'user_email' => $email,
			'user_pass'  => bin2hex( random_bytes( 32 ) ),
			'first_name' => $first_name,
			'last_name'  => $last_name,
			'role'       => Privilege::ROLE,
		);
		if ( null !== $registered ) {
			$data['user_registered'] = $registered;
		}
		$id = self::cheaply( wp_slash( $data ) );
		if ( is_wp_error( $id ) ) {
			throw new Refused( 'WordPress does not make the user: ' . wp_strip_all_tags( $id->get_error_message() ) );
		}
		// For what it cannot store, for example a long address, WordPress returns 0 and no error.
		if ( ! $id ) {
			throw new Refused( 'WordPress could not store the user' );
		}
		return (int) $id;
	}

	/**
	 * WordPress is about to write the metas of a user. A row of users that is new may have the id of one that
	 * was deleted past WordPress, whose metas were left: only where there is none, nothing has to be looked for.
	 *
	 * @param array    $metas  The metas.
	 * @param \WP_User $user   Whose.
	 * @param bool     $update True where the user was there before.
	 * @return array The same metas.
	 */
	public static function metas_begin( $metas, $user, $update ) {
		global $wpdb;
		self::$fresh = 0;
		self::$added = array();
		if ( ! $update ) {
			// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- past every cache.
			$there       = $wpdb->get_var( $wpdb->prepare( "SELECT umeta_id FROM $wpdb->usermeta WHERE user_id = %d LIMIT 1", $user->ID ) );
			self::$fresh = null === $there && '' === $wpdb->last_error ? (int) $user->ID : 0;
		}
		return $metas;
	}

	/**
	 * Before WordPress adds a meta, it reads all metas of the user and looks for this one: two statements of three
	 * that a new user takes. Where it is known that there is none, it is added at once, with the same hooks.
	 *
	 * @param mixed  $taken    What another filter decided, else null.
	 * @param int    $user_id  Whose.
	 * @param string $key      The key.
	 * @param mixed  $value    The value, sanitized.
	 * @param mixed  $previous Only this value is to be updated.
	 * @return mixed
	 */
	public static function add_at_once( $taken, $user_id, $key, $value, $previous ) {
		if ( null !== $taken || ! self::$fresh || (int) $user_id !== self::$fresh || isset( self::$added[ $key ] ) || ! empty( $previous ) ) {
			return $taken;
		}
		// Adding sanitizes once more, which not every filter bears.
		if ( has_filter( "sanitize_user_meta_$key" ) || has_filter( "sanitize_user_meta_{$key}_for_user" ) ) {
			return $taken;
		}
		return false !== add_metadata( 'user', $user_id, wp_slash( $key ), wp_slash( $value ) );
	}

	/**
	 * A meta is about to be added, whoever does it.
	 *
	 * @param int $user_id Whose.
	 */
	public static function before_adding( $user_id ) {
		self::$cached = (int) $user_id === self::$fresh ? wp_cache_get( $user_id, 'user_meta' ) : false;
	}

	/**
	 * A meta was added, and the cache of the user's metas dropped for it: it is put back with the new one, before
	 * anybody reads all of them from the database again.
	 *
	 * @param int    $id      The meta's id.
	 * @param int    $user_id Whose.
	 * @param string $key     The key.
	 * @param mixed  $value   The value, not serialized.
	 */
	public static function was_added( $id, $user_id, $key, $value ) {
		if ( (int) $user_id !== self::$fresh ) {
			return;
		}
		self::$added[ $key ] = true;
		$stored              = maybe_serialize( $value );
		if ( is_array( self::$cached ) && is_scalar( $stored ) ) {
			self::$cached[ $key ][] = (string) $stored;
			wp_cache_add( $user_id, self::$cached, 'user_meta' );
		}
		self::$cached = false;
	}

	/** The metas are written: from here on the cache holds only what the database says. */
	public static function metas_end() {
		if ( self::$fresh ) {
			wp_cache_delete( self::$fresh, 'user_meta' );
		}
		self::$fresh = 0;
	}

	/**
	 * Inserts with a cheap hash. 256 random bits cannot be guessed however fast the hash is; whoever sets a
	 * password of their own later gets the site's full hash.
	 *
	 * @param array $data What wp_insert_user() takes, slashed.
	 * @return int|\WP_Error
	 */
	private static function cheaply( $data ) {
		global $wp_hasher;
		$before  = $wp_hasher;
		$options = function ( $options ) {
			return array( 'cost' => 4 ) + (array) $options;
		};
		if ( version_compare( get_bloginfo( 'version' ), '6.8-alpha', '>=' ) ) {
			add_filter( 'wp_hash_password_options', $options, PHP_INT_MAX );
		} else {
			require_once ABSPATH . WPINC . '/class-phpass.php';
			$wp_hasher = new \PasswordHash( 4, true ); // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- put back below.
		}
		add_filter( 'insert_user_meta', array( __CLASS__, 'metas_begin' ), PHP_INT_MAX, 3 );
		add_filter( 'update_user_metadata', array( __CLASS__, 'add_at_once' ), PHP_INT_MAX, 5 );
		add_action( 'add_user_meta', array( __CLASS__, 'before_adding' ), PHP_INT_MAX );
		add_action( 'added_user_meta', array( __CLASS__, 'was_added' ), PHP_INT_MIN, 4 );
		add_action( 'user_register', array( __CLASS__, 'metas_end' ), PHP_INT_MIN );
		try {
			return wp_insert_user( $data );
		} finally {
			self::metas_end();
			remove_filter( 'insert_user_meta', array( __CLASS__, 'metas_begin' ), PHP_INT_MAX );
			remove_filter( 'update_user_metadata', array( __CLASS__, 'add_at_once' ), PHP_INT_MAX );
			remove_action( 'add_user_meta', array( __CLASS__, 'before_adding' ), PHP_INT_MAX );
			remove_action( 'added_user_meta', array( __CLASS__, 'was_added' ), PHP_INT_MIN );
			remove_action( 'user_register', array( __CLASS__, 'metas_end' ), PHP_INT_MIN );
			$wp_hasher = $before; // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- as it was.
			remove_filter( 'wp_hash_password_options', $options, PHP_INT_MAX );
		}
	}
}
