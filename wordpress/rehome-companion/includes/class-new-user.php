<?php
/**
 * Creates users, with a random password that no one knows.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** Users are created only here, and only here may a password hash be cheap. */
final class New_User {

	/**
	 * The user being created, who has no metadata except the keys in $added; 0 if that is not certain.
	 *
	 * @var int
	 */
	private static $fresh = 0;

	/**
	 * Keys of the metadata added since: key => true.
	 *
	 * @var array
	 */
	private static $added = array();

	/**
	 * The user's cached metadata just before another entry is added.
	 *
	 * @var mixed
	 */
	private static $cached = false;

	/**
	 * Creates a subscriber.
	 *
	 * @param string      $email      The address.
	 * @param string      $login      The login.
	 * @param string      $first_name First name, or blank.
	 * @param string      $last_name  Last name, or blank.
	 * @param string|null $registered When the person registered, in UTC, or null for now.
	 * @return int The user's id.
	 * @throws Refused If WordPress does not accept the user.
	 */
	public static function make( $email, $login, $first_name, $last_name, $registered ) {
		$data  = array(
			'user_login' => $login,
			'user_email' => $email,
			'user_pass'  => bin2hex( random_bytes( 32 ) ),
			'first_name' => $first_name,
			'last_name'  => $last_name,
			'role'       => Privilege::ROLE,
		);
		$data += self::shown_names( $login, trim( Address::kept_name( $first_name ) . ' ' . Address::kept_name( $last_name ) ) );
		if ( null !== $registered ) {
			$data['user_registered'] = $registered;
		}
		$id = self::cheaply( wp_slash( $data ) );
		if ( is_wp_error( $id ) ) {
			throw new Refused( 'WordPress did not create the user: ' . wp_strip_all_tags( $id->get_error_message() ) );
		}
		// If WordPress cannot store a value, for example a long address, it returns 0 and no error.
		if ( ! $id ) {
			throw new Refused( 'WordPress could not store the user' );
		}
		return (int) $id;
	}

	/**
	 * Names that other users and visitors may see. WordPress would show the login, which often is the address.
	 *
	 * @param string $login The login.
	 * @param string $name  First and last name.
	 * @return array Of display_name and nickname those that WordPress must not choose itself.
	 */
	private static function shown_names( $login, $name ) {
		$shown = false === strpos( '' === $name ? $login : $name, '@' ) ? $name : __( 'Member', 'rehome-companion' );
		$names = array();
		if ( $shown !== $name ) {
			$names['display_name'] = $shown;
		}
		if ( false !== strpos( $login, '@' ) ) {
			$names['nickname'] = $shown;
		}
		return $names;
	}

	/**
	 * WordPress is about to write the metadata of a user. A new user may have the id of one who was deleted directly in
	 * the database and whose metadata remained: only if there is none at all, the look-ups can be skipped.
	 *
	 * @param array    $metas  The metadata.
	 * @param \WP_User $user   The user.
	 * @param bool     $update Whether the user existed before.
	 * @return array The same metadata.
	 */
	public static function metas_begin( $metas, $user, $update ) {
		global $wpdb;
		self::$fresh = 0;
		self::$added = array();
		if ( ! $update ) {
			// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- must bypass every cache.
			$existing    = $wpdb->get_var( $wpdb->prepare( "SELECT umeta_id FROM $wpdb->usermeta WHERE user_id = %d LIMIT 1", $user->ID ) );
			self::$fresh = null === $existing && '' === $wpdb->last_error ? (int) $user->ID : 0;
		}
		return $metas;
	}

	/**
	 * Before WordPress adds metadata, it reads all metadata of the user and looks for the key: two thirds of the
	 * statements for a new user. If there certainly is none, the entry is added directly, with the same hooks.
	 *
	 * @param mixed  $taken    What another filter decided, otherwise null.
	 * @param int    $user_id  The user.
	 * @param string $key      The key.
	 * @param mixed  $value    The value, sanitized.
	 * @param mixed  $previous Only this value may be updated.
	 * @return mixed
	 */
	public static function add_at_once( $taken, $user_id, $key, $value, $previous ) {
		if ( null !== $taken || ! self::$fresh || (int) $user_id !== self::$fresh || isset( self::$added[ $key ] ) || ! empty( $previous ) ) {
			return $taken;
		}
		// Adding sanitizes the value a second time, which not every filter tolerates.
		if ( has_filter( "sanitize_user_meta_$key" ) || has_filter( "sanitize_user_meta_{$key}_for_user" ) ) {
			return $taken;
		}
		return false !== add_metadata( 'user', $user_id, wp_slash( $key ), wp_slash( $value ) );
	}

	/**
	 * Metadata is about to be added, by this class or by other code.
	 *
	 * @param int $user_id The user.
	 */
	public static function before_adding( $user_id ) {
		self::$cached = (int) $user_id === self::$fresh ? wp_cache_get( $user_id, 'user_meta' ) : false;
	}

	/**
	 * Metadata was added, and WordPress dropped the user's cached metadata: it is put back with the new entry, so that
	 * it need not be read from the database again.
	 *
	 * @param int    $id      The id of the metadata.
	 * @param int    $user_id The user.
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

	/** The metadata is written: from now on the cache is filled only from the database. */
	public static function metas_end() {
		if ( self::$fresh ) {
			wp_cache_delete( self::$fresh, 'user_meta' );
		}
		self::$fresh = 0;
	}

	/**
	 * Inserts the user with a cheap hash. 256 random bits cannot be guessed, however fast the hash is; a password that
	 * the user chooses later gets the site's full hash.
	 *
	 * @param array $data The arguments of wp_insert_user(), slashed.
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
			$wp_hasher = new \PasswordHash( 4, true ); // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- restored below.
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
			$wp_hasher = $before; // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- the original value.
			remove_filter( 'wp_hash_password_options', $options, PHP_INT_MAX );
		}
	}
}
