<?php
/**
 * A stand-in for AccessAlly's PHP interface, for tests only. This is NOT AccessAlly.
 *
 * It has the classes, methods and parameters that public code is known to call, with its own storage, and nothing that is
 * unknown about the real plugin. Every call is recorded. The recorder loads it while the file `accessally` exists next to
 * the site; that file contains the name of the contact system.
 */

function rehome_test_called( $what, $arguments ) {
	rehome_test_record( 'accessally.jsonl', array( 'call' => $what, 'with' => $arguments ) );
}

class AccessAlly {
	const VERSION = '4.2.0';

	public static function add_user_and_password( $contact_id, $one = false, $two = true, $three = array(), $four = true ) {
		rehome_test_called( __METHOD__, func_get_args() );
	}
}

class AccessAllySettingLicense {
	public static $accessally_enabled = true;
}

class AccessAllySettingSetup {
	public static function get_api_settings() {
		return array( 'system' => trim( file_get_contents( REHOME_TEST_DIR . '/accessally' ) ) );
	}
}

class AccessAllyUserPermission {
	public static function get_user_contact_id( $user_id ) {
		return get_user_meta( $user_id, '_standin_contact', true );
	}

	public static function set_user_contact_id( $user_id, $contact_id ) {
		rehome_test_called( __METHOD__, func_get_args() );
		update_user_meta( $user_id, '_standin_contact', $contact_id );
	}

	public static function get_cleaned_user_tags( $user_id ) {
		$all = get_option( '_standin_tags', array() );
		$id  = self::get_user_contact_id( $user_id );
		return array( 'clean' => isset( $all[ $id ] ) ? $all[ $id ] : array() );
	}
}

class AccessAllyMembershipUtilities {
	public static function get_all_tags() {
		return array(
			array( 'Id' => 101, 'TagName' => 'Course' ),
			array( 'Id' => 102, 'TagName' => 'Course (stopped)' ),
			array( 'Id' => 103, 'TagName' => 'VIP' ),
			array( 'Id' => 104, 'TagName' => 'Course 1' ),
		);
	}

	public static function get_contact_tags( $contact_id ) {
		rehome_test_called( __METHOD__, func_get_args() );
		return array();
	}

	public static function add_contact_tags( $contact_id, $tags ) {
		rehome_test_called( __METHOD__, func_get_args() );
	}

	public static function remove_contact_tags( $contact_id, $tags ) {
		rehome_test_called( __METHOD__, func_get_args() );
	}
}

class AccessAllyUserTags {
	public static function sync_user_tag_list( $contact_id, $tags, $system ) {
		rehome_test_called( __METHOD__, func_get_args() );
		$all                = get_option( '_standin_tags', array() );
		$all[ $contact_id ] = $tags;
		update_option( '_standin_tags', $all );
	}
}

class AccessAllyOfferings {
	public static function get_all_offering_settings() {
		return array(
			'_accessally_offering_7' => array(
				'name' => 'Course',
				'tags' => array(
					'base'     => array( 'selected' => 101 ),
					'revoke'   => array( 'selected' => 102 ),
					'module-1' => array( 'selected' => 104 ),
				),
			),
		);
	}

	public static function get_configured_tag_value( $value ) {
		return $value['selected'];
	}
}
