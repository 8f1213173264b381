<?php
/**
 * Adds what the plugin stores about a person to WordPress's own export and erasure of personal data.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- our own tables.

/** Tools > Export Personal Data and Erase Personal Data. */
final class Privacy {

	const ID = 'rehome-companion';

	/** Registers the hooks. */
	public static function register() {
		add_filter( 'wp_privacy_personal_data_exporters', array( __CLASS__, 'exporters' ) );
		add_filter( 'wp_privacy_personal_data_erasers', array( __CLASS__, 'erasers' ) );
	}

	/**
	 * Adds the exporter.
	 *
	 * @param array $exporters The exporters so far.
	 * @return array
	 */
	public static function exporters( $exporters ) {
		$exporters[ self::ID ] = array(
			'exporter_friendly_name' => __( 'Rehome', 'rehome-companion' ),
			'callback'               => array( __CLASS__, 'export' ),
		);
		return $exporters;
	}

	/**
	 * Adds the eraser.
	 *
	 * @param array $erasers The erasers so far.
	 * @return array
	 */
	public static function erasers( $erasers ) {
		$erasers[ self::ID ] = array(
			'eraser_friendly_name' => __( 'Rehome', 'rehome-companion' ),
			'callback'             => array( __CLASS__, 'erase' ),
		);
		return $erasers;
	}

	/**
	 * Everything that is stored about a person.
	 *
	 * @param string $email The address.
	 * @return array data and done, as WordPress expects them.
	 */
	public static function export( $email ) {
		global $wpdb;
		$address = Address::read( $email );
		$groups  = array();
		$person  = self::person( $address );
		if ( $person ) {
			$values = array(
				__( 'Contact ID', 'rehome-companion' ) => (string) $person['contact_id'],
				__( 'First name', 'rehome-companion' ) => $person['first_name'],
				__( 'Last name', 'rehome-companion' )  => $person['last_name'],
				__( 'Login', 'rehome-companion' )      => (string) $person['login'],
				__( 'Opted out of marketing', 'rehome-companion' ) => $person['opted_out'] ? __( 'yes', 'rehome-companion' ) : '',
			);
			$id     = $person['id'];
			foreach ( self::pairs( 'fields', 'name', $id ) as $name => $value ) {
				/* translators: %s: the name of a field. */
				$values[ sprintf( __( 'Field "%s"', 'rehome-companion' ), $name ) ] = $value;
			}
			foreach ( self::pairs( 'source_keys', 'source', $id ) as $source => $key ) {
				/* translators: %s: the name of a platform. */
				$values[ sprintf( __( 'ID on "%s"', 'rehome-companion' ), $source ) ] = $key;
			}
			$tags                                       = Tables::name( 'tags' );
			$holdings                                   = Tables::name( 'holdings' );
			$held                                       = $wpdb->get_col( $wpdb->prepare( "SELECT t.name FROM `$holdings` h JOIN `$tags` t ON t.id = h.tag WHERE h.person = %d ORDER BY t.name", $id ) );
			$values[ __( 'Tags', 'rehome-companion' ) ] = implode( ', ', $held );
			$groups[]                                   = self::group( 'member', __( 'Membership', 'rehome-companion' ), "rehome-member-$id", $values );
		}
		$invitations = Tables::name( 'invitations' );
		foreach ( $wpdb->get_results( $wpdb->prepare( "SELECT id, email_key, address, state, started FROM `$invitations` WHERE address = %s OR (user_id = %d AND user_id <> 0) ORDER BY id", $address, $person ? (int) $person['user_id'] : 0 ), ARRAY_A ) as $row ) {
			$values   = array(
				__( 'Email', 'rehome-companion' )   => $row['email_key'],
				__( 'Address', 'rehome-companion' ) => $row['address'],
				__( 'State', 'rehome-companion' )   => $row['state'],
				__( 'Time', 'rehome-companion' )    => gmdate( 'Y-m-d H:i:s', (int) $row['started'] ) . ' UTC',
			);
			$groups[] = self::group( 'invitations', __( 'Invitations', 'rehome-companion' ), "rehome-invitation-{$row['id']}", $values );
		}
		$marks = Tables::name( 'marks' );
		foreach ( $wpdb->get_results( $wpdb->prepare( "SELECT request, place, email, what FROM `$marks` WHERE email = %s", $address ), ARRAY_A ) as $row ) {
			$values   = array(
				__( 'Address', 'rehome-companion' ) => $row['email'],
				__( 'Why not written', 'rehome-companion' ) => $row['what'],
			);
			$groups[] = self::group( 'requests', __( 'Requests', 'rehome-companion' ), "rehome-mark-{$row['request']}-{$row['place']}", $values );
		}
		return array(
			'data' => $groups,
			'done' => true,
		);
	}

	/**
	 * Erases what is stored about a person. A member who has a user keeps access: contact ID and tags remain until the
	 * user is deleted. That an invitation was sent remains too, without the address.
	 *
	 * @param string $email The address.
	 * @return array As WordPress expects it.
	 */
	public static function erase( $email ) {
		global $wpdb;
		$address  = Address::read( $email );
		$person   = self::person( $address );
		$removed  = 0;
		$messages = array();
		$errors   = Tables::errors();
		if ( $person ) {
			$by       = array( 'person' => $person['id'] );
			$removed += (int) $wpdb->delete( Tables::name( 'fields' ), $by ) + (int) $wpdb->delete( Tables::name( 'source_keys' ), $by );
			if ( null === $person['user_id'] ) {
				$removed += (int) $wpdb->delete( Tables::name( 'holdings' ), $by ) + (int) $wpdb->delete( Tables::name( 'people' ), array( 'id' => $person['id'] ) );
			} else {
				$blank      = array(
					'first_name' => '',
					'last_name'  => '',
				);
				$removed   += (int) $wpdb->update( Tables::name( 'people' ), $blank, array( 'id' => $person['id'] ) );
				$messages[] = __( 'Rehome keeps the contact ID, the consent and the tags that give access, until the user is deleted.', 'rehome-companion' );
			}
		}
		$gone     = array(
			'address' => 'erased-' . substr( hash( 'sha256', wp_salt() . $address ), 0, 32 ),
			'why'     => '',
		);
		$removed += (int) $wpdb->update( Tables::name( 'invitations' ), $gone, array( 'address' => $address ) );
		$removed += (int) $wpdb->update( Tables::name( 'marks' ), array( 'email' => '' ), array( 'email' => $address ) );
		if ( Tables::errors() > $errors ) {
			$messages[] = __( 'Rehome could not erase everything: the database failed.', 'rehome-companion' );
		}
		return array(
			'items_removed'  => $removed > 0,
			'items_retained' => (bool) $messages,
			'messages'       => $messages,
			'done'           => true,
		);
	}

	/**
	 * The row of a person, by address or by the user who has the address.
	 *
	 * @param string $address The address, in lowercase.
	 * @return array|null
	 */
	private static function person( $address ) {
		global $wpdb;
		$people = Tables::name( 'people' );
		$row    = $wpdb->get_row( $wpdb->prepare( "SELECT * FROM `$people` WHERE email = %s", $address ), ARRAY_A );
		if ( $row ) {
			return $row;
		}
		$user = get_user_by( 'email', Address::stored( $address ) );
		return $user ? $wpdb->get_row( $wpdb->prepare( "SELECT * FROM `$people` WHERE user_id = %d", $user->ID ), ARRAY_A ) : null;
	}

	/**
	 * Names and values of a person.
	 *
	 * @param string $table  fields or source_keys.
	 * @param string $column The column of the name.
	 * @param int    $person The id of the person's row.
	 * @return array Name => value.
	 */
	private static function pairs( $table, $column, $person ) {
		global $wpdb;
		$table = Tables::name( $table );
		return wp_list_pluck( $wpdb->get_results( $wpdb->prepare( "SELECT $column, value FROM `$table` WHERE person = %d ORDER BY $column", $person ), ARRAY_A ), 'value', $column );
	}

	/**
	 * One group of the export. Empty values are left out.
	 *
	 * @param string $group  The group's id.
	 * @param string $label  Its heading.
	 * @param string $item   The item's id.
	 * @param array  $values Name => value.
	 * @return array
	 */
	private static function group( $group, $label, $item, $values ) {
		$data = array();
		foreach ( $values as $name => $value ) {
			if ( '' !== (string) $value ) {
				$data[] = array(
					'name'  => $name,
					'value' => $value,
				);
			}
		}
		return array(
			'group_id'    => "rehome-$group",
			'group_label' => $label,
			'item_id'     => $item,
			'data'        => $data,
		);
	}
}
