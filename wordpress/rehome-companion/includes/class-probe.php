<?php
/**
 * What AccessAlly's code looks like on this site, to answer the questions that code can answer.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** Names and structure only: no personal data, no keys, no addresses. */
final class Probe {

	const CLASSES = array( 'AccessAlly', 'AccessAllyAPI', 'AccessAllyUserPermission', 'AccessAllyMembershipUtilities', 'AccessAllyUserTags', 'AccessAllySettingSetup', 'AccessAllySettingLicense', 'AccessAllyOfferings', 'AccessAllyUtilities', 'AccessAllyPostPermission' );

	/** Of these classes, the methods whose names contain one of these words are reported. */
	const WORDS = '/tag|contact|offering|user|system|setting|custom|operation|maintenance|production|table/i';

	/**
	 * All facts.
	 *
	 * @return array|null Null if AccessAlly is not active.
	 */
	public static function facts() {
		if ( ! class_exists( 'AccessAlly' ) ) {
			return null;
		}
		return array(
			'version'   => defined( 'AccessAlly::VERSION' ) ? (string) \AccessAlly::VERSION : null,
			'classes'   => self::classes(),
			'tables'    => self::tables(),
			'options'   => self::options(),
			'metas'     => self::metas(),
			'system'    => Accessally_Membership::system(),
			'offerings' => self::offering_shape(),
		);
	}

	/**
	 * The facts as a text to paste into an issue.
	 *
	 * @return string
	 */
	public static function text() {
		$facts = self::facts();
		return null === $facts ? '' : (string) wp_json_encode( $facts, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES );
	}

	/**
	 * Which classes exist, with which methods and parameters.
	 *
	 * @return array
	 */
	private static function classes() {
		$classes = array();
		foreach ( self::CLASSES as $class ) {
			if ( ! class_exists( $class ) ) {
				$classes[ $class ] = null;
				continue;
			}
			$reflected         = new \ReflectionClass( $class );
			$classes[ $class ] = array(
				'methods'   => array(),
				'constants' => array_keys( $reflected->getConstants() ),
			);
			foreach ( $reflected->getMethods() as $method ) {
				if ( preg_match( self::WORDS, $method->getName() ) ) {
					$classes[ $class ]['methods'][] = self::signature( $method );
				}
			}
			sort( $classes[ $class ]['methods'] );
		}
		return $classes;
	}

	/**
	 * A method with its parameters, for example static get( $id, $all = ? ).
	 *
	 * @param \ReflectionMethod $method The method.
	 * @return string
	 */
	private static function signature( $method ) {
		$parameters = array_map(
			function ( $parameter ) {
				return '$' . $parameter->getName() . ( $parameter->isOptional() ? ' = ?' : '' );
			},
			$method->getParameters()
		);
		return ( $method->isStatic() ? 'static ' : '' ) . ( $method->isPublic() ? '' : 'not public ' ) . $method->getName() . '(' . implode( ', ', $parameters ) . ')';
	}

	/**
	 * AccessAlly's tables and their columns.
	 *
	 * @return array Table name without prefix => column => type.
	 */
	private static function tables() {
		global $wpdb;
		$tables = array();
		foreach ( array( 'aal\_', 'accessally', 'pa\_user' ) as $start ) {
			// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- names of tables.
			foreach ( $wpdb->get_col( $wpdb->prepare( 'SHOW TABLES LIKE %s', $wpdb->esc_like( $wpdb->prefix ) . $start . '%' ) ) as $table ) {
				// phpcs:ignore WordPress.DB -- a table name from the database.
				foreach ( $wpdb->get_results( "SHOW COLUMNS FROM `$table`" ) as $column ) {
					$tables[ substr( $table, strlen( $wpdb->prefix ) ) ][ $column->Field ] = $column->Type; // phpcs:ignore WordPress.NamingConventions.ValidVariableName
				}
			}
		}
		return $tables;
	}

	/**
	 * The names of options and the structure of their values.
	 *
	 * @return array Name => structure; numbers are shown as #.
	 */
	private static function options() {
		global $wpdb;
		$shapes = array();
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- names of options.
		$rows = $wpdb->get_results( $wpdb->prepare( "SELECT option_name, option_value FROM $wpdb->options WHERE option_name LIKE %s OR option_name LIKE %s LIMIT 500", '%accessally%', '%progressally%' ) );
		foreach ( $rows as $row ) {
			$shapes[ preg_replace( '/\d+/', '#', $row->option_name ) ] = self::shape( maybe_unserialize( $row->option_value ), 1 );
		}
		ksort( $shapes );
		return $shapes;
	}

	/**
	 * The names of AccessAlly's user metadata, and how many users have each.
	 *
	 * @return array
	 */
	private static function metas() {
		global $wpdb;
		$names = array();
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- names of metadata.
		$rows = $wpdb->get_results( $wpdb->prepare( "SELECT meta_key, COUNT(*) AS users FROM $wpdb->usermeta WHERE meta_key LIKE %s OR meta_key LIKE %s GROUP BY meta_key LIMIT 500", '%accessally%', '%aal\_%' ) );
		foreach ( $rows as $row ) {
			$name           = preg_replace( '/\d+/', '#', $row->meta_key );
			$names[ $name ] = ( isset( $names[ $name ] ) ? $names[ $name ] : 0 ) + (int) $row->users;
		}
		return $names;
	}

	/**
	 * The structure of the first offering's settings.
	 *
	 * @return array|null
	 */
	private static function offering_shape() {
		if ( ! method_exists( 'AccessAllyOfferings', 'get_all_offering_settings' ) ) {
			return null;
		}
		$all = (array) \AccessAllyOfferings::get_all_offering_settings();
		return array(
			'count' => count( $all ),
			'key'   => $all ? preg_replace( '/\d+/', '#', (string) key( $all ) ) : null,
			'shape' => $all ? self::shape( current( $all ), 3 ) : null,
		);
	}

	/**
	 * The structure of a value, without the value.
	 *
	 * @param mixed $value The value.
	 * @param int   $depth The number of levels to show.
	 * @return mixed
	 */
	private static function shape( $value, $depth ) {
		if ( ! is_array( $value ) ) {
			return is_object( $value ) ? 'object ' . get_class( $value ) : gettype( $value );
		}
		if ( 0 === $depth ) {
			return 'array of ' . count( $value );
		}
		$shape = array();
		foreach ( array_slice( $value, 0, 60, true ) as $key => $inner ) {
			// Keys may be data, for example an address: only keys that look like code are reported.
			$name           = is_int( $key ) ? '#' : ( preg_match( '/^[a-z][a-z0-9_-]{0,40}$/', (string) $key ) ? preg_replace( '/\d+/', '#', $key ) : '(key)' );
			$shape[ $name ] = self::shape( $inner, $depth - 1 );
		}
		return $shape;
	}
}
