<?php
/**
 * Membership managed by AccessAlly, through its own classes only.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/**
 * AccessAlly is not a library: the existence of every class and method is checked before a call, and what is not
 * known about it is rejected, never assumed. Its tables and metadata are never written here. Never called:
 * add_user_and_password() (sets a new password for an existing user) and release operations (email).
 */
final class Accessally_Membership implements Membership {

	/** Membership accessally is only possible with all of these. */
	const NEEDED = array(
		array( 'AccessAllyUserPermission', 'get_user_contact_id' ),
		array( 'AccessAllyUserPermission', 'set_user_contact_id' ),
		array( 'AccessAllyUserPermission', 'get_cleaned_user_tags' ),
		array( 'AccessAllyMembershipUtilities', 'get_all_tags' ),
		array( 'AccessAllyUserTags', 'sync_user_tag_list' ),
		array( 'AccessAllySettingSetup', 'get_api_settings' ),
		array( 'AccessAllyOfferings', 'get_all_offering_settings' ),
		array( 'AccessAllyOfferings', 'get_configured_tag_value' ),
	);

	/** The contact systems whose name in AccessAlly's settings is known. */
	const SYSTEMS = array(
		'drip'            => 'drip',
		'Ontraport'       => 'ontraport',
		'Infusionsoft'    => 'keap',
		'active-campaign' => 'activecampaign',
		'convertkit'      => 'kit',
	);

	/**
	 * Tag names by id.
	 *
	 * @var array|null
	 */
	private $tags;

	/**
	 * Why AccessAlly cannot be used, or null.
	 *
	 * @return string|null
	 */
	public static function why_not() {
		if ( ! class_exists( 'AccessAlly' ) ) {
			return 'AccessAlly is not active';
		}
		if ( ! defined( 'AccessAlly::VERSION' ) || version_compare( \AccessAlly::VERSION, '4.0.0', '<' ) ) {
			return 'this version of AccessAlly is too old: 4.0.0 or newer is required';
		}
		foreach ( self::NEEDED as $method ) {
			if ( ! method_exists( $method[0], $method[1] ) ) {
				return "AccessAlly has no method {$method[0]}::{$method[1]}";
			}
		}
		if ( isset( \AccessAllySettingLicense::$accessally_enabled ) && ! \AccessAllySettingLicense::$accessally_enabled ) {
			return 'AccessAlly has no valid licence';
		}
		return null;
	}

	/**
	 * The contact system in use, if it can be determined.
	 *
	 * @return array|null word is AccessAlly's name for it; system is Rehome's, or null if it is not known.
	 */
	public static function system() {
		if ( null !== self::why_not() ) {
			return null;
		}
		$word = self::word();
		return array(
			'word'   => $word,
			'system' => isset( self::SYSTEMS[ $word ] ) ? self::SYSTEMS[ $word ] : null,
		);
	}

	/**
	 * All tags: id => name.
	 *
	 * @return array
	 */
	public function tags() {
		if ( null === $this->tags ) {
			$this->tags = array();
			foreach ( (array) \AccessAllyMembershipUtilities::get_all_tags() as $tag ) {
				$tag = (array) $tag;
				if ( isset( $tag['Id'], $tag['TagName'] ) ) {
					$this->tags[ (string) $tag['Id'] ] = (string) $tag['TagName'];
				}
			}
		}
		return $this->tags;
	}

	/**
	 * The offerings according to their settings: key, name, tags by role. AccessAlly has no kinds or bundles.
	 *
	 * @return array
	 */
	public function offerings() {
		$names = $this->tags();
		$all   = array();
		foreach ( (array) \AccessAllyOfferings::get_all_offering_settings() as $key => $settings ) {
			$tags = array(
				'base'    => null,
				'instant' => null,
				'revoke'  => null,
				'modules' => array(),
			);
			foreach ( array_keys( isset( $settings['tags'] ) ? (array) $settings['tags'] : array() ) as $role ) {
				$id   = (string) \AccessAllyOfferings::get_configured_tag_value( $settings['tags'][ $role ] );
				$name = isset( $names[ $id ] ) ? $names[ $id ] : null;
				if ( 0 === strpos( (string) $role, 'module-' ) ) {
					$tags['modules'][ (int) substr( $role, 7 ) ] = $name;
				} elseif ( array_key_exists( $role, $tags ) ) {
					$tags[ $role ] = $name;
				}
			}
			// From the first to the last; null if a module has no tag of its own.
			$count           = $tags['modules'] ? max( array_keys( $tags['modules'] ) ) : 0;
			$tags['modules'] = $count < 1 ? array() : array_replace( array_fill( 1, $count, null ), $tags['modules'] );
			$tags['modules'] = array_values( $tags['modules'] );
			$all[]           = array(
				'key'      => (string) $key,
				'name'     => isset( $settings['name'] ) ? (string) $settings['name'] : '',
				'kind'     => null,
				'includes' => array(),
				'tags'     => $tags,
			);
		}
		return $all;
	}

	/**
	 * Reads the user's contact ID and the site's own copy of the tags; the contact system is not asked.
	 *
	 * @param Member_State $state The state to complete.
	 */
	public function read( Member_State $state ) {
		if ( $state->person && empty( $state->person['new'] ) ) {
			$state->keys = Source_Keys::of_person( (int) $state->person['id'] );
		}
		if ( ! $state->users ) {
			return;
		}
		$id                = (int) $state->users[0]->ID;
		$state->contact_id = self::contact_of( $id );
		$names             = $this->tags();
		foreach ( self::tags_of( $id ) as $tag ) {
			if ( isset( $names[ $tag ] ) ) {
				$state->tags[ $names[ $tag ] ] = self::granted_by( $id, $tag );
			}
		}
	}

	/**
	 * Rejects everything that is not known to work.
	 *
	 * @param Member_State $state   The current state.
	 * @param array        $changes The changes to apply.
	 * @param string|null  $given   The contact ID in the request.
	 * @throws Refused If a change cannot be applied.
	 */
	public function check( Member_State $state, $changes, $given ) {
		$kinds = array_column( array_column( $changes, 'attribute' ), 0 );
		$user  = $state->users || in_array( 'user', $kinds, true );
		foreach ( $changes as $change ) {
			list( $kind, $name ) = $change['attribute'];
			if ( in_array( $kind, array( 'contact', 'field', 'opted-out' ), true ) ) {
				throw new Refused( "there is no known way to write $kind through AccessAlly" );
			}
			$why = 'source-key' === $kind ? Source_Keys::why_not( $name, $change['after'] ) : null;
			if ( $why ) {
				throw new Refused( $why );
			}
			if ( 'contact-link' === $kind && null === $given ) {
				throw new Refused( 'there is no contact ID to link' );
			}
			if ( 'tag' !== $kind ) {
				continue;
			}
			if ( ! isset( self::SYSTEMS[ self::word() ] ) ) {
				throw new Refused( 'there is no known way to write tags when AccessAlly\'s contact system is "' . self::word() . '"' );
			}
			if ( null !== $change['after'] && ! in_array( $name, $this->tags(), true ) ) {
				throw new Refused( "the tag \"$name\" does not exist in AccessAlly" );
			}
			if ( ! $user || ( null === $given && null === $state->contact_id ) ) {
				throw new Refused( 'there is no user with a contact ID, so tags cannot be written' );
			}
		}
	}

	/**
	 * Claims the contact ID, so that two users never get the same one.
	 *
	 * @param Member_State $state   The current state.
	 * @param array        $changes The changes to apply.
	 * @param string|null  $given   The contact ID in the request.
	 * @param string       $by      The migration that grants.
	 * @throws Refused If it belongs to another contact.
	 */
	public function before_user( Member_State $state, $changes, $given, $by ) {
		global $wpdb;
		foreach ( $changes as $change ) {
			if ( 'source-key' === $change['attribute'][0] ) {
				Source_Keys::set( (int) $state->person['id'], $change['attribute'][1], $change['after'] );
			}
		}
		if ( null === $given ) {
			return;
		}
		$shown = $wpdb->suppress_errors( true );
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- our own table.
		$done = $wpdb->update( Tables::name( 'people' ), array( 'contact_id' => $given ), array( 'id' => $state->person['id'] ) );
		$wpdb->suppress_errors( $shown );
		if ( false === $done && Database::is_duplicate() ) {
			throw new Refused( "contact ID $given belongs to another user" );
		}
		Database::done( $done, 'contact ID' );
	}

	/**
	 * Links the contact, and writes the site's copy of its tags.
	 *
	 * @param Member_State $state   The state before the changes.
	 * @param int|null     $user_id The user.
	 * @param array        $changes The changes to apply.
	 * @param string|null  $given   The contact ID in the request.
	 * @param string       $by      The migration that grants.
	 * @return string|null
	 */
	public function after_user( Member_State $state, $user_id, $changes, $given, $by ) {
		if ( null === $user_id ) {
			return null;
		}
		if ( null !== $given ) {
			\AccessAllyUserPermission::set_user_contact_id( $user_id, $given );
		}
		$contact = self::contact_of( $user_id );
		$ids     = array_flip( $this->tags() );
		$held    = array_fill_keys( self::tags_of( $user_id ), true );
		$touched = false;
		foreach ( $changes as $change ) {
			list( $kind, $name ) = $change['attribute'];
			if ( 'tag' !== $kind || ! isset( $ids[ $name ] ) ) {
				continue;
			}
			$touched = true;
			$tag     = (string) $ids[ $name ];
			if ( null !== $change['after'] ) {
				$held[ $tag ] = true;
				update_user_meta( $user_id, '_rehome_granted_' . $tag, wp_slash( $by ) );
			} else {
				unset( $held[ $tag ] );
				delete_user_meta( $user_id, '_rehome_granted_' . $tag );
			}
		}
		if ( $touched ) {
			\AccessAllyUserTags::sync_user_tag_list( $contact, array_map( 'intval', array_keys( $held ) ), self::word() );
		}
		return $contact;
	}

	/**
	 * A page, user by user: AccessAlly's methods are known, its tables are not.
	 *
	 * @param int[]    $users Their ids, ascending.
	 * @param string[] $asked The requested fields.
	 * @return array
	 */
	public function page( $users, $asked ) {
		$page = array();
		if ( ! array_intersect( array( 'contact_id', 'tags', 'source_keys' ), $asked ) ) {
			return $page;
		}
		$keys = in_array( 'source_keys', $asked, true ) ? Source_Keys::of_users( $users ) : array();
		update_meta_cache( 'user', $users );
		foreach ( $users as $id ) {
			$data = array();
			if ( in_array( 'contact_id', $asked, true ) ) {
				$contact = self::contact_of( $id );
				if ( null !== $contact ) {
					$data['contact_id'] = $contact;
				}
			}
			if ( in_array( 'tags', $asked, true ) ) {
				foreach ( self::tags_of( $id ) as $tag ) {
					$data['tags'][] = array( (int) $tag, self::granted_by( $id, $tag ) );
				}
			}
			if ( isset( $keys[ $id ] ) ) {
				$data['source_keys'] = $keys[ $id ];
			}
			$page[ $id ] = $data;
		}
		return $page;
	}

	/**
	 * None: there is no known way to ask AccessAlly for a contact without a user.
	 *
	 * @param string[] $emails The addresses.
	 * @param string[] $asked  The requested fields.
	 * @return array[]
	 */
	public function contacts_at( $emails, $asked ) {
		return array();
	}

	/**
	 * The contact ID of a user.
	 *
	 * @param int $user_id The user.
	 * @return string|null
	 */
	private static function contact_of( $user_id ) {
		$id = \AccessAllyUserPermission::get_user_contact_id( $user_id );
		return is_scalar( $id ) && '' !== (string) $id && '0' !== (string) $id && false !== $id ? (string) $id : null;
	}

	/**
	 * The tags of a user, from the site's own copy.
	 *
	 * @param int $user_id The user.
	 * @return string[] Tag ids.
	 */
	private static function tags_of( $user_id ) {
		$tags = \AccessAllyUserPermission::get_cleaned_user_tags( $user_id );
		return isset( $tags['clean'] ) && is_array( $tags['clean'] ) ? array_map( 'strval', $tags['clean'] ) : array();
	}

	/**
	 * Who granted a tag: kept in the user's metadata, since AccessAlly has no place for it.
	 *
	 * @param int    $user_id The user.
	 * @param string $tag     The tag's id.
	 * @return string
	 */
	private static function granted_by( $user_id, $tag ) {
		return (string) get_user_meta( $user_id, '_rehome_granted_' . $tag, true );
	}

	/**
	 * AccessAlly's name for the contact system.
	 *
	 * @return string
	 */
	private static function word() {
		$settings = \AccessAllySettingSetup::get_api_settings();
		return isset( $settings['system'] ) ? (string) $settings['system'] : '';
	}
}
