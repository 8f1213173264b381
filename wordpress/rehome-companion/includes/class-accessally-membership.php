<?php
/**
 * Membership kept by AccessAlly, through its own classes only.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/**
 * AccessAlly is not a library: every class and method is asked for before it is called, and what is not
 * known of it is refused, never assumed. Its tables and metas are never written here. Never called:
 * add_user_and_password() (sets a new password for a user that is there) and release operations (mail).
 */
final class Accessally_Membership implements Membership {

	/** Without these there is no membership accessally. */
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

	/** The contact systems whose word in AccessAlly's settings is known. */
	const SYSTEMS = array(
		'drip'            => 'drip',
		'Ontraport'       => 'ontraport',
		'Infusionsoft'    => 'keap',
		'active-campaign' => 'activecampaign',
		'convertkit'      => 'kit',
	);

	/**
	 * Names by id.
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
			return 'AccessAlly older than 4.0.0 keeps tags elsewhere';
		}
		foreach ( self::NEEDED as $method ) {
			if ( ! method_exists( $method[0], $method[1] ) ) {
				return "AccessAlly has no {$method[0]}::{$method[1]}";
			}
		}
		if ( isset( \AccessAllySettingLicense::$accessally_enabled ) && ! \AccessAllySettingLicense::$accessally_enabled ) {
			return 'AccessAlly has no valid licence';
		}
		return null;
	}

	/**
	 * The contact system in use, where it can be read.
	 *
	 * @return array|null word is AccessAlly's own, system is Rehome's or null where it is not known.
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
	 * Offerings as their settings say: key, name, tags by role. Kind and bundles are not known to AccessAlly.
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
			// From the first to the last; null where a module has no tag of its own.
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
	 * Reads the user's contact ID and the site's own copy of its tags; no contact system is asked.
	 *
	 * @param Member_State $state The state.
	 */
	public function read( Member_State $state ) {
		if ( $state->person && empty( $state->person['new'] ) ) {
			$state->keys = Source_Keys::of( (int) $state->person['id'] );
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
	 * Refuses all that is not known to work.
	 *
	 * @param Member_State $state   As it is.
	 * @param array        $changes What is to do.
	 * @param string|null  $given   The contact ID that the request gives.
	 * @throws Refused Where a change cannot be carried out.
	 */
	public function check( Member_State $state, $changes, $given ) {
		$kinds = array_column( array_column( $changes, 'attribute' ), 0 );
		$user  = $state->users || in_array( 'user', $kinds, true );
		foreach ( $changes as $change ) {
			list( $kind, $name ) = $change['attribute'];
			if ( in_array( $kind, array( 'contact', 'field', 'opted-out' ), true ) ) {
				throw new Refused( "no way is known to write $kind through AccessAlly" );
			}
			$why = 'source-key' === $kind ? Source_Keys::why_not( $name, $change['after'] ) : null;
			if ( $why ) {
				throw new Refused( $why );
			}
			if ( 'contact-link' === $kind && null === $given ) {
				throw new Refused( 'no contact ID is known to link' );
			}
			if ( 'tag' !== $kind ) {
				continue;
			}
			if ( ! isset( self::SYSTEMS[ self::word() ] ) ) {
				throw new Refused( 'no way is known to write tags where AccessAlly\'s contact system is "' . self::word() . '"' );
			}
			if ( null !== $change['after'] && ! in_array( $name, $this->tags(), true ) ) {
				throw new Refused( "there is no tag \"$name\" in AccessAlly" );
			}
			if ( ! $user || ( null === $given && null === $state->contact_id ) ) {
				throw new Refused( 'there is no user with a contact that could hold tags' );
			}
		}
	}

	/**
	 * Claims the contact ID, so that two users never get the same.
	 *
	 * @param Member_State $state   As it is.
	 * @param array        $changes What is to do.
	 * @param string|null  $given   The contact ID that the request gives.
	 * @param string       $by      Who grants.
	 * @throws Refused Where it is another's.
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
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- a table of our own.
		$done = $wpdb->update( Tables::name( 'people' ), array( 'contact_id' => $given ), array( 'id' => $state->person['id'] ) );
		$wpdb->suppress_errors( $shown );
		if ( false === $done ) {
			throw new Refused( "contact ID $given belongs to another" );
		}
	}

	/**
	 * Links the contact, and sets the site's copy of its tags.
	 *
	 * @param Member_State $state   As it was.
	 * @param int|null     $user_id The user.
	 * @param array        $changes What is to do.
	 * @param string|null  $given   The contact ID that the request gives.
	 * @param string       $by      Who grants.
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
	 * A page, user by user: AccessAlly's tables are not known, its methods are.
	 *
	 * @param int[]    $users Ascending.
	 * @param string[] $asked Fields asked for.
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
			$told = array();
			if ( in_array( 'contact_id', $asked, true ) ) {
				$contact = self::contact_of( $id );
				if ( null !== $contact ) {
					$told['contact_id'] = $contact;
				}
			}
			if ( in_array( 'tags', $asked, true ) ) {
				foreach ( self::tags_of( $id ) as $tag ) {
					$told['tags'][] = array( (int) $tag, self::granted_by( $id, $tag ) );
				}
			}
			if ( isset( $keys[ $id ] ) ) {
				$told['source_keys'] = $keys[ $id ];
			}
			$page[ $id ] = $told;
		}
		return $page;
	}

	/**
	 * None: no way is known to ask AccessAlly for a contact without a user.
	 *
	 * @param string[] $emails The addresses.
	 * @param string[] $asked  Fields asked for.
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
	 * @return string[] Ids.
	 */
	private static function tags_of( $user_id ) {
		$tags = \AccessAllyUserPermission::get_cleaned_user_tags( $user_id );
		return isset( $tags['clean'] ) && is_array( $tags['clean'] ) ? array_map( 'strval', $tags['clean'] ) : array();
	}

	/**
	 * Who granted a tag: kept beside the user, since AccessAlly has no place for it.
	 *
	 * @param int    $user_id The user.
	 * @param string $tag     The tag's id.
	 * @return string
	 */
	private static function granted_by( $user_id, $tag ) {
		return (string) get_user_meta( $user_id, '_rehome_granted_' . $tag, true );
	}

	/**
	 * AccessAlly's own word for the contact system.
	 *
	 * @return string
	 */
	private static function word() {
		$settings = \AccessAllySettingSetup::get_api_settings();
		return isset( $settings['system'] ) ? (string) $settings['system'] : '';
	}
}
