<?php
/**
 * The plugin's own tables: their names, their creation on activation, and their removal.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/**
 * Texts that must be compared byte by byte (addresses, contact IDs, keys, names of tags) use a binary
 * collation: the site's default collation would treat "Café" and "CAFE" as equal.
 */
final class Tables {

	const FORMAT = 4;
	const OPTION = 'rehome_format';
	const NAMES  = array( 'people', 'fields', 'source_keys', 'tags', 'holdings', 'offerings', 'offering_tags', 'emails', 'lease', 'requests', 'marks', 'invitations' );

	/**
	 * The full name of a table.
	 *
	 * @param string $name One of NAMES.
	 * @return string
	 */
	public static function name( $name ) {
		global $wpdb;
		return $wpdb->prefix . 'rehome_' . $name;
	}

	/** Creates or alters all tables. DDL is confined to this method, because it would commit an open transaction. */
	public static function install() {
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		foreach ( self::schema() as $statement ) {
			dbDelta( $statement );
		}
		update_option( self::OPTION, self::FORMAT, true );
	}

	/** Upgrades the tables to a newer format, after the plugin's files have been replaced. */
	public static function upgrade() {
		if ( (int) get_option( self::OPTION ) !== self::FORMAT ) {
			self::install();
		}
	}

	/** Removes all tables. */
	public static function drop() {
		global $wpdb;
		foreach ( self::NAMES as $name ) {
			$table = self::name( $name );
			// phpcs:ignore WordPress.DB -- our own table name; uninstalling.
			$wpdb->query( "DROP TABLE IF EXISTS `$table`" );
		}
	}

	/**
	 * A SQL condition for ids: a range if they are close together (as in a page of a list), otherwise an IN list. The
	 * range may include other ids. The SQLite driver parses statements in PHP and needs seconds for a long IN list.
	 *
	 * @param string $column The column.
	 * @param int[]  $ids    At least one.
	 * @param bool   $users  True for user ids: more than 1,000 of them are a page, with no other user in between.
	 * @return string SQL.
	 */
	public static function among( $column, $ids, $users ) {
		$ids   = array_map( 'intval', $ids );
		$low   = min( $ids );
		$top   = max( $ids );
		$many  = count( $ids ) > Look::MOST;
		$range = $top - $low < 4 * count( $ids ) || ( $many && ( $users || self::is_sqlite() ) );
		return $range ? "$column BETWEEN $low AND $top" : "$column IN (" . implode( ',', $ids ) . ')';
	}

	/**
	 * How many errors the database has reported in this request. WordPress ignores them, and a list that was only
	 * partly read would look like a complete, shorter list.
	 *
	 * @return int
	 */
	public static function errors() {
		global $EZSQL_ERROR; // phpcs:ignore WordPress.NamingConventions.ValidVariableName
		return is_array( $EZSQL_ERROR ) ? count( $EZSQL_ERROR ) : 0; // phpcs:ignore WordPress.NamingConventions.ValidVariableName
	}

	/**
	 * The failure for data that could not be read completely.
	 *
	 * @return Failure
	 */
	public static function refused() {
		return new Failure( 500, 'database', 'The database did not answer. No result is returned, because it would be incomplete.' );
	}

	/**
	 * Whether transactions can be rolled back.
	 *
	 * @return bool
	 */
	public static function transactional() {
		global $wpdb;
		static $known = null;
		if ( null === $known ) {
			if ( self::is_sqlite() ) {
				$known = true;
			} else {
				// phpcs:ignore WordPress.DB -- the engine may be changed at any time, so it is read once per request.
				$engines = $wpdb->get_col( $wpdb->prepare( 'SELECT engine FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name IN (%s, %s, %s)', $wpdb->users, $wpdb->usermeta, self::name( 'people' ) ) );
				$known   = count( $engines ) === 3 && array( 'INNODB' ) === array_unique( array_map( 'strtoupper', $engines ) );
			}
		}
		return $known;
	}

	/**
	 * Whether WordPress runs on SQLite, through its drop-in.
	 *
	 * @return bool
	 */
	public static function is_sqlite() {
		return ( defined( 'DB_ENGINE' ) && 'sqlite' === DB_ENGINE ) || class_exists( 'WP_SQLite_DB', false );
	}

	/**
	 * The statements, in the form that dbDelta() expects.
	 *
	 * @return string[]
	 */
	private static function schema() {
		$charset = 'DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';
		$table   = array();
		foreach ( self::NAMES as $name ) {
			$table[ $name ] = self::name( $name );
		}
		// One row per person whom Rehome wrote or who is a contact here. The row is also the claim: a request locks the
		// row before it writes the person.
		return array(
			"CREATE TABLE {$table['people']} (
				id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
				email varchar(100) NOT NULL,
				contact_id varchar(64) DEFAULT NULL,
				login varchar(60) DEFAULT NULL,
				user_id bigint(20) unsigned DEFAULT NULL,
				first_name text NOT NULL,
				last_name text NOT NULL,
				opted_out tinyint(1) NOT NULL DEFAULT 0,
				made tinyint(1) NOT NULL DEFAULT 0,
				quiet tinyint(1) NOT NULL DEFAULT 0,
				request bigint(20) unsigned NOT NULL DEFAULT 0,
				PRIMARY KEY  (id),
				UNIQUE KEY email (email),
				UNIQUE KEY contact_id (contact_id),
				UNIQUE KEY login (login),
				UNIQUE KEY user_id (user_id)
			) $charset;",
			"CREATE TABLE {$table['fields']} (
				person bigint(20) unsigned NOT NULL,
				name varchar(100) NOT NULL,
				value longtext NOT NULL,
				PRIMARY KEY  (person,name)
			) $charset;",
			"CREATE TABLE {$table['source_keys']} (
				person bigint(20) unsigned NOT NULL,
				source varchar(100) NOT NULL,
				value varchar(190) NOT NULL,
				PRIMARY KEY  (person,source)
			) $charset;",
			"CREATE TABLE {$table['tags']} (
				id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
				name varchar(190) NOT NULL,
				made_by varchar(100) DEFAULT NULL,
				PRIMARY KEY  (id),
				UNIQUE KEY name (name)
			) $charset;",
			"CREATE TABLE {$table['holdings']} (
				person bigint(20) unsigned NOT NULL,
				tag bigint(20) unsigned NOT NULL,
				granted_by varchar(100) NOT NULL,
				PRIMARY KEY  (person,tag),
				KEY tag (tag)
			) $charset;",
			"CREATE TABLE {$table['offerings']} (
				offering varchar(100) NOT NULL,
				name text NOT NULL,
				kind varchar(20) NOT NULL,
				includes longtext NOT NULL,
				made_by varchar(100) DEFAULT NULL,
				PRIMARY KEY  (offering)
			) $charset;",
			"CREATE TABLE {$table['offering_tags']} (
				offering varchar(100) NOT NULL,
				role varchar(20) NOT NULL,
				tag bigint(20) unsigned NOT NULL,
				PRIMARY KEY  (offering,role)
			) $charset;",
			"CREATE TABLE {$table['emails']} (
				email varchar(100) NOT NULL,
				via varchar(10) NOT NULL,
				per_hour bigint(20) unsigned DEFAULT NULL,
				subject text NOT NULL,
				body longtext NOT NULL,
				offerings longtext NOT NULL,
				made_by varchar(100) DEFAULT NULL,
				PRIMARY KEY  (email)
			) $charset;",
			"CREATE TABLE {$table['lease']} (
				one tinyint(1) NOT NULL,
				holder varchar(64) NOT NULL,
				who varchar(190) NOT NULL,
				until bigint(20) NOT NULL,
				PRIMARY KEY  (one)
			) $charset;",
			"CREATE TABLE {$table['requests']} (
				id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
				client varchar(64) NOT NULL,
				request varchar(64) NOT NULL,
				digest char(64) NOT NULL,
				granted_by varchar(100) NOT NULL,
				items bigint(20) unsigned NOT NULL,
				running_until bigint(20) NOT NULL DEFAULT 0,
				died_at bigint(20) DEFAULT NULL,
				deaths bigint(20) NOT NULL DEFAULT 0,
				started bigint(20) NOT NULL,
				seen bigint(20) NOT NULL,
				PRIMARY KEY  (id),
				UNIQUE KEY once (client,request),
				KEY seen (seen)
			) $charset;",
			"CREATE TABLE {$table['marks']} (
				request bigint(20) unsigned NOT NULL,
				place bigint(20) unsigned NOT NULL,
				outcome varchar(20) NOT NULL,
				contact_id varchar(64) DEFAULT NULL,
				what text NOT NULL,
				email varchar(190) NOT NULL DEFAULT '',
				PRIMARY KEY  (request,place)
			) $charset;",
			// Since format 2 (0.2.0). Written before an email is sent; two unique keys, see Invitations.
			"CREATE TABLE {$table['invitations']} (
				id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
				email_key varchar(100) NOT NULL,
				address varchar(100) NOT NULL,
				user_id bigint(20) unsigned DEFAULT NULL,
				state varchar(20) NOT NULL,
				attempt bigint(20) unsigned NOT NULL,
				started bigint(20) NOT NULL,
				ended bigint(20) DEFAULT NULL,
				who varchar(190) NOT NULL,
				why text NOT NULL,
				instance varchar(64) NOT NULL,
				PRIMARY KEY  (id),
				UNIQUE KEY address (email_key,address),
				UNIQUE KEY user_id (email_key,user_id),
				KEY started (email_key,started)
			) $charset;",
		);
	}
}
