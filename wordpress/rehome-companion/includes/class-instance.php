<?php
/**
 * Identifies this site by a random id that does not survive a copy of the database.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/**
 * The id is stored together with the address and the environment for which it was created. If these differ, the
 * database was cloned or pushed here: a new id is created, and the request history of the other site is deleted.
 */
final class Instance {

	const OPTION = 'rehome_instance';

	/**
	 * The instance, created or renewed if necessary.
	 *
	 * @return array id, since, environment, place; and was (the other site's id, place and environment, and
	 *               when the copy was noticed) or null.
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
	 * Creates a new id and deletes marks, requests and lease: they belong to another site.
	 *
	 * @param array|null $was The previous instance, if there was one.
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
				// phpcs:ignore WordPress.DB -- our own table.
				$wpdb->query( "DELETE FROM `$table`" );
			}
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
		return hash( 'sha256', $id . "\n" . untrailingslashit( home_url() ) . "\n" . wp_get_environment_type() );
	}

	/**
	 * The instance as REST reports it.
	 *
	 * @param array $stored The instance as it is stored.
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
