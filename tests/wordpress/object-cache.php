<?php
/**
 * A persistent object cache for tests: WordPress's own, but what it knows of users is kept in files.
 */
require_once ABSPATH . WPINC . '/class-wp-object-cache.php';

class Rehome_Test_Cache extends WP_Object_Cache {

	private function file( $key, $group ) {
		return REHOME_TEST_DIR . '/cache/' . md5( "$group:$key" );
	}

	private function is_kept( $group ) {
		return in_array( $group, array( 'users', 'userlogins', 'useremail', 'userslugs', 'user_meta' ), true );
	}

	public function get( $key, $group = 'default', $force = false, &$found = null ) {
		$group = $group ? $group : 'default';
		if ( ! $this->is_kept( $group ) ) {
			return parent::get( $key, $group, $force, $found );
		}
		$text  = file_exists( $this->file( $key, $group ) ) ? file_get_contents( $this->file( $key, $group ) ) : '';
		$found = '' !== $text;
		return $found ? unserialize( $text ) : false;
	}

	public function get_multiple( $keys, $group = 'default', $force = false ) {
		$values = array();
		foreach ( $keys as $key ) {
			$values[ $key ] = $this->get( $key, $group, $force );
		}
		return $values;
	}

	public function set( $key, $data, $group = 'default', $expire = 0 ) {
		$group = $group ? $group : 'default';
		if ( ! $this->is_kept( $group ) ) {
			return parent::set( $key, $data, $group, $expire );
		}
		file_put_contents( $this->file( $key, $group ), serialize( $data ), LOCK_EX );
		return true;
	}

	public function add( $key, $data, $group = 'default', $expire = 0 ) {
		$group = $group ? $group : 'default';
		if ( ! $this->is_kept( $group ) ) {
			return parent::add( $key, $data, $group, $expire );
		}
		$this->get( $key, $group, false, $found );
		return $found ? false : $this->set( $key, $data, $group, $expire );
	}

	public function delete( $key, $group = 'default', $deprecated = false ) {
		$group = $group ? $group : 'default';
		if ( ! $this->is_kept( $group ) ) {
			return parent::delete( $key, $group, $deprecated );
		}
		return file_exists( $this->file( $key, $group ) ) && unlink( $this->file( $key, $group ) );
	}

	public function flush() {
		array_map( 'unlink', (array) glob( REHOME_TEST_DIR . '/cache/*' ) );
		return parent::flush();
	}
}

function wp_cache_init() {
	if ( ! is_dir( REHOME_TEST_DIR . '/cache' ) ) {
		mkdir( REHOME_TEST_DIR . '/cache' );
	}
	$GLOBALS['wp_object_cache'] = new Rehome_Test_Cache();
}
function wp_cache_add( $key, $data, $group = '', $expire = 0 ) {
	return $GLOBALS['wp_object_cache']->add( $key, $data, $group, (int) $expire );
}
function wp_cache_replace( $key, $data, $group = '', $expire = 0 ) {
	return $GLOBALS['wp_object_cache']->replace( $key, $data, $group, (int) $expire );
}
function wp_cache_set( $key, $data, $group = '', $expire = 0 ) {
	return $GLOBALS['wp_object_cache']->set( $key, $data, $group, (int) $expire );
}
function wp_cache_get( $key, $group = '', $force = false, &$found = null ) {
	return $GLOBALS['wp_object_cache']->get( $key, $group, $force, $found );
}
function wp_cache_get_multiple( $keys, $group = '', $force = false ) {
	return $GLOBALS['wp_object_cache']->get_multiple( $keys, $group, $force );
}
function wp_cache_delete( $key, $group = '' ) {
	return $GLOBALS['wp_object_cache']->delete( $key, $group );
}
function wp_cache_incr( $key, $offset = 1, $group = '' ) {
	return $GLOBALS['wp_object_cache']->incr( $key, $offset, $group );
}
function wp_cache_decr( $key, $offset = 1, $group = '' ) {
	return $GLOBALS['wp_object_cache']->decr( $key, $offset, $group );
}
function wp_cache_flush() {
	return $GLOBALS['wp_object_cache']->flush();
}
function wp_cache_close() {
	return true;
}
function wp_cache_add_global_groups( $groups ) {
	$GLOBALS['wp_object_cache']->add_global_groups( $groups );
}
function wp_cache_add_non_persistent_groups( $groups ) {}
function wp_cache_switch_to_blog( $blog_id ) {}
