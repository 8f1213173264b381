<?php
/**
 * Identifies this site by a random id that does not survive a copy of the database.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/**
 * The id is stored together with the address and the environment for which it was created. If these differ, the
 * database was cloned or pushed here, and a new id is created. The address is the stored one without its scheme: filters
 * of other plugins and a change to https do not make it another site.
 */
final class Instance {

	const OPTION = 'rehome_instance';

	/** The tables whose content belongs to one site only. */
	const OF_ONE_SITE = array( 'marks', 'requests', 'lease' );

	/**
	 * The instance, created or renewed if necessary. Nothing of the other site is deleted here: this is also called by
	 * requests that only read.
	 *
	 * @return array id, since, environment, place; and was (the other site's id, place and environment, and
	 *               when the copy was noticed) or null.
	 */
	public static function current() {
		return self::told( self::stored() );
	}

	/**
	 * Makes sure that a request that writes is meant for this site, and removes what belongs to the site that this one
	 * was copied from.
	 *
	 * @param string $id The id that the request names.
	 * @throws Failure If it is another site.
	 */
	public static function must_be( $id ) {
		$instance = self::current();
		if ( $id !== $instance['id'] ) {
			throw new Failure( 409, 'other_instance', 'This is not the site that the request was made for; it may be a copy.', array( 'instance' => $instance ) );
		}
		self::clear_inherited();
	}

	/**
	 * Deletes marks, requests and lease of the site that this one was copied from. Never called by a read.
	 *
	 * @throws Failure If the database does not delete them.
	 */
	public static function clear_inherited() {
		global $wpdb;
		$stored = self::stored();
		if ( empty( $stored['inherited'] ) ) {
			return;
		}
		foreach ( self::OF_ONE_SITE as $name ) {
			$table = Tables::name( $name );
			// phpcs:ignore WordPress.DB -- our own table.
			if ( false === $wpdb->query( "DELETE FROM `$table`" ) ) {
				throw new Failure( 500, 'database', 'The history of the site that this one was copied from could not be deleted: ' . $wpdb->last_error );
			}
		}
		unset( $stored['inherited'] );
		update_option( self::OPTION, $stored, false );
	}

	/**
	 * Whether marks, requests and lease belong to the site that this one was copied from.
	 *
	 * @return bool
	 */
	public static function is_inherited() {
		$stored = self::stored();
		return ! empty( $stored['inherited'] );
	}

	/**
	 * The instance as it is stored.
	 *
	 * @return array
	 */
	private static function stored() {
		$known = self::read();
		if ( ! is_array( $known ) || ! isset( $known['id'] ) || ! ( isset( $known['seal'] ) || isset( $known['sealed'] ) ) ) {
			return self::renew( null );
		}
		if ( isset( $known['sealed'] ) ) {
			return hash_equals( $known['sealed'], self::seal( $known['id'] ) ) ? $known : self::renew( $known );
		}
		// An earlier seal was of the filtered address with its scheme.
		foreach ( array( home_url(), 'https://' . self::address(), 'http://' . self::address() ) as $address ) {
			if ( hash_equals( $known['seal'], hash( 'sha256', $known['id'] . "\n" . untrailingslashit( $address ) . "\n" . wp_get_environment_type() ) ) ) {
				unset( $known['seal'] );
				$known['sealed'] = self::seal( $known['id'] );
				update_option( self::OPTION, $known, false );
				return $known;
			}
		}
		return self::renew( $known );
	}

	/**
	 * Reads the option. WordPress also says that there is none if the database did not answer, or a cache is wrong: a new
	 * id then would make this another site.
	 *
	 * @return mixed
	 * @throws Failure If the database does not answer.
	 */
	private static function read() {
		global $wpdb;
		$known = get_option( self::OPTION );
		if ( is_array( $known ) && '' !== self::address() ) {
			return $known;
		}
		// phpcs:ignore WordPress.DB -- past the cache.
		$stored = $wpdb->get_var( $wpdb->prepare( "SELECT option_value FROM $wpdb->options WHERE option_name = %s", self::OPTION ) );
		if ( '' !== (string) $wpdb->last_error || '' === self::address() ) {
			require_once __DIR__ . '/class-failure.php';
			throw new Failure( 500, 'database', 'The database did not answer: which site this is could not be read.' );
		}
		return null === $stored ? null : maybe_unserialize( $stored );
	}

	/**
	 * Creates a new id.
	 *
	 * @param array|null $was The previous instance, if there was one.
	 * @return array
	 */
	private static function renew( $was ) {
		$id  = bin2hex( random_bytes( 16 ) );
		$new = array(
			'id'          => $id,
			'since'       => time(),
			'environment' => wp_get_environment_type(),
			'place'       => base64_encode( home_url() ), // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- see seal().
			'sealed'      => self::seal( $id ),
			'was'         => null,
		);
		if ( $was ) {
			$new['inherited'] = true;
			$new['was']       = array(
				'id'          => $was['id'],
				'environment' => isset( $was['environment'] ) ? $was['environment'] : '',
				'place'       => isset( $was['place'] ) ? $was['place'] : '',
				'noticed'     => time(),
			);
		}
		update_option( self::OPTION, $new, false );
		return $new;
	}

	/**
	 * Ties an id to this address and environment. It is a hash, and addresses are stored in base64: migration tools
	 * replace every address that they can read, which would hide the move.
	 *
	 * @param string $id The id.
	 * @return string
	 */
	private static function seal( $id ) {
		return hash( 'sha256', $id . "\n" . self::address() . "\n" . wp_get_environment_type() );
	}

	/**
	 * The address of the site as wp-config.php or the database has it, past every filter, without scheme and slash at
	 * the end.
	 *
	 * @return string
	 */
	private static function address() {
		global $wpdb;
		static $stored = null;
		if ( defined( 'WP_HOME' ) ) {
			$address = (string) WP_HOME;
		} else {
			// phpcs:ignore WordPress.DB -- get_option() is filtered.
			$stored  = null === $stored ? (string) $wpdb->get_var( "SELECT option_value FROM $wpdb->options WHERE option_name = 'home' LIMIT 1" ) : $stored;
			$address = $stored;
		}
		return strtolower( untrailingslashit( preg_replace( '#^[a-z]+://#i', '', trim( $address ) ) ) );
	}

	/**
	 * The instance as REST reports it.
	 *
	 * @param array $stored The instance as it is stored.
	 * @return array
	 */
	private static function told( $stored ) {
		unset( $stored['seal'], $stored['sealed'], $stored['inherited'] );
		$stored['place'] = base64_decode( $stored['place'] ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- see seal().
		if ( $stored['was'] ) {
			$stored['was']['place'] = base64_decode( $stored['was']['place'] ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- see seal().
		}
		return $stored;
	}
}
