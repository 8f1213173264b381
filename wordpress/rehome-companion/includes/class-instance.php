<?php
/**
 * Which site this is: a random id that a copy of the database does not keep.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/**
 * The id stands beside the address and the environment for which it was made. Where these differ, the
 * database was cloned or pushed here: the id is made anew, and what only that other site did is forgotten.
 */
final class Instance {

	const OPTION = 'rehome_instance';

	/**
	 * The instance, made or renewed where needed.
	 *
	 * @return array id, since, environment, place; and was (the other site's id, place, environment and the
	 *               time it was noticed) or null.
	 */
	public static function current() {
		$known = get_option( self::OPTION );
		if ( is_array( $known ) && isset( $known['id'], $known['seal'] ) ) {
			if ( hash_equals( $known['seal'], self::seal( $known['id'] ) ) ) {
				return self::told( $known );
			}
			return self::told( self::renew( $known ) );
		}
		return self::told( self::renew( null ) );
	}

	/**
	 * Makes a new id and forgets marks and lease: they are another site's.
	 *
	 * @param array|null $was What stood there, if anything did.
	 * @return array
	 */
	private static function renew( $was ) {
		global $wpdb;
		$id  = bin2hex( random_bytes( 16 ) );
		$new = array(
			'id'          => $id,
			'since'       => time(),
			'environment' => wp_get_environment_type(),
			'place'       => base64_encode( home_url() ), // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- see seal().
			'seal'        => self::seal( $id ),
			'was'         => null,
		);
		if ( $was ) {
			$new['was'] = array(
				'id'          => $was['id'],
				'environment' => isset( $was['environment'] ) ? $was['environment'] : '',
				'place'       => isset( $was['place'] ) ? $was['place'] : '',
				'noticed'     => time(),
			);
			foreach ( array( 'marks', 'requests', 'lease' ) as $name ) {
				$table = Tables::name( $name );
				// phpcs:ignore WordPress.DB -- a table of our own.
				$wpdb->query( "DELETE FROM `$table`" );
			}
		}
		update_option( self::OPTION, $new, false );
		return $new;
	}

	/**
	 * Ties an id to this address and environment. A hash and base64: tools that move a database replace
	 * addresses wherever they can read them, and would hide the move.
	 *
	 * @param string $id The id.
	 * @return string
	 */
	private static function seal( $id ) {
		return hash( 'sha256', $id . "\n" . untrailingslashit( home_url() ) . "\n" . wp_get_environment_type() );
	}

	/**
	 * As it is told over REST.
	 *
	 * @param array $stored As it is stored.
	 * @return array
	 */
	private static function told( $stored ) {
		unset( $stored['seal'] );
		$stored['place'] = base64_decode( $stored['place'] ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- see seal().
		if ( $stored['was'] ) {
			$stored['was']['place'] = base64_decode( $stored['was']['place'] ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- see seal().
		}
		return $stored;
	}
}
