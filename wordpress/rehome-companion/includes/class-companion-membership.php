<?php
/**
 * Membership kept by this plugin alone: contacts, tags and who granted them in its own tables.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- tables of our own.

/** Always possible. */
final class Companion_Membership implements Membership {

	/** Contact IDs that the site assigns start after this. */
	const IDS_FROM = 1000000;

	/** What hangs on people beside tags, and the column that names it. */
	const NAMED_BY = array(
		'fields'      => 'name',
		'source_keys' => 'source',
	);

	/**
	 * Names by id.
	 *
	 * @var array|null
	 */
	private $tags;

	/**
	 * Never a reason.
	 *
	 * @return null
	 */
	public static function why_not() {
		return null;
	}

	/**
	 * All tags: id => name.
	 *
	 * @return array
	 */
	public function tags() {
		global $wpdb;
		if ( null === $this->tags ) {
			$table      = Tables::name( 'tags' );
			$this->tags = wp_list_pluck( $wpdb->get_results( "SELECT id, name FROM `$table` ORDER BY id" ), 'name', 'id' );
		}
		return $this->tags;
	}

	/**
	 * Reads the person's row and what hangs on it.
	 *
	 * @param Member_State $state The state.
	 */
	public function read( Member_State $state ) {
		global $wpdb;
		if ( ! $state->person || ! empty( $state->person['new'] ) ) {
			return;
		}
		$person = (int) $state->person['id'];
		// A contact beside a user that is not linked with it: the user has what it holds, and not its ID.
		$linked            = ! $state->users || (int) $state->person['user_id'] === (int) $state->users[0]->ID;
		$state->contact_id = $linked ? $state->person['contact_id'] : null;
		$state->opted_out  = (bool) $state->person['opted_out'];
		$holdings          = Tables::name( 'holdings' );
		$names             = $this->tags();
		foreach ( $wpdb->get_results( $wpdb->prepare( "SELECT tag, granted_by FROM `$holdings` WHERE person = %d", $person ) ) as $row ) {
			if ( isset( $names[ $row->tag ] ) ) {
				$state->tags[ $names[ $row->tag ] ] = $row->granted_by;
			}
		}
		$fields        = Tables::name( 'fields' );
		$state->fields = wp_list_pluck( $wpdb->get_results( $wpdb->prepare( "SELECT name, value FROM `$fields` WHERE person = %d", $person ) ), 'value', 'name' );
		$state->keys   = Source_Keys::of( $person );
	}

	/**
	 * Refuses unknown tags, and what would need a contact that is not there.
	 *
	 * @param Member_State $state   As it is.
	 * @param array        $changes What is to do.
	 * @param string|null  $given   The contact ID that the request gives.
	 * @throws Refused Where a change cannot be carried out.
	 */
	public function check( Member_State $state, $changes, $given ) {
		$kinds   = array_column( array_column( $changes, 'attribute' ), 0 );
		$contact = null !== $state->person['contact_id'] || in_array( 'contact', $kinds, true ) || ( in_array( 'contact-link', $kinds, true ) && null !== $given );
		if ( in_array( 'contact-link', $kinds, true ) && ! $contact ) {
			throw new Refused( 'no contact ID is known to link' );
		}
		if ( null !== $given && strlen( $given ) > 64 ) {
			throw new Refused( 'the contact ID is longer than 64 characters' );
		}
		foreach ( $changes as $change ) {
			list( $kind, $name ) = $change['attribute'];
			if ( 'tag' === $kind && null !== $change['after'] && ! in_array( $name, $this->tags(), true ) ) {
				throw new Refused( "there is no tag \"$name\" on the site" );
			}
			if ( in_array( $kind, array( 'tag', 'field', 'source-key', 'opted-out' ), true ) && ! $contact ) {
				throw new Refused( "there is no contact that could hold $kind" . ( null === $name ? '' : " $name" ) );
			}
			if ( 'field' === $kind && strlen( $name ) > 100 ) {
				throw new Refused( 'the name of the field is longer than 100 characters' );
			}
			$why = 'source-key' === $kind ? Source_Keys::why_not( $name, $change['after'] ) : null;
			if ( $why ) {
				throw new Refused( $why );
			}
		}
	}

	/**
	 * Contact, tags, fields, keys: so that access is right the moment the user exists.
	 *
	 * @param Member_State $state   As it is.
	 * @param array        $changes What is to do.
	 * @param string|null  $given   The contact ID that the request gives.
	 * @param string       $by      Who grants.
	 */
	public function before_user( Member_State $state, $changes, $given, $by ) {
		global $wpdb;
		$person = (int) $state->person['id'];
		$row    = array();
		$tags   = array_flip( $this->tags() );
		$add    = array();
		foreach ( $changes as $change ) {
			list( $kind, $name ) = $change['attribute'];
			$after               = $change['after'];
			switch ( $kind ) {
				case 'contact':
				case 'contact-link':
					if ( null !== $given && $given !== $state->person['contact_id'] ) {
						$row['contact_id'] = $given;
					} elseif ( null === $state->person['contact_id'] ) {
						$row['contact_id'] = (string) ( self::IDS_FROM + $person );
					}
					break;
				case 'first-name':
				case 'last-name':
					$row[ str_replace( '-', '_', $kind ) ] = (string) $after;
					break;
				case 'opted-out':
					$row['opted_out'] = 'yes' === $after ? 1 : 0;
					break;
				case 'field':
					$this->set( $person, $name, $after );
					break;
				case 'source-key':
					Source_Keys::set( $person, $name, $after );
					break;
				case 'tag':
					if ( null !== $after ) {
						$add[] = $wpdb->prepare( '(%d, %d, %s)', $person, $tags[ $name ], $by );
					} else {
						$wpdb->delete(
							Tables::name( 'holdings' ),
							array(
								'person' => $person,
								'tag'    => isset( $tags[ $name ] ) ? $tags[ $name ] : 0,
							)
						);
					}
					break;
			}
		}
		if ( $row ) {
			$this->update( $state, $row, $given );
		}
		if ( $add ) {
			$holdings = Tables::name( 'holdings' );
			$wpdb->query( "INSERT INTO `$holdings` (person, tag, granted_by) VALUES " . implode( ', ', $add ) ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared -- each was prepared.
		}
	}

	/**
	 * Nothing is left to do; says the contact's ID.
	 *
	 * @param Member_State $state   As it was.
	 * @param int|null     $user_id The user, if there is one now.
	 * @param array        $changes What is to do.
	 * @param string|null  $given   The contact ID that the request gives.
	 * @param string       $by      Who grants.
	 * @return string|null
	 */
	public function after_user( Member_State $state, $user_id, $changes, $given, $by ) {
		return $state->person['contact_id'];
	}

	/**
	 * A page: one query for people, one for each thing asked for.
	 *
	 * @param int[]    $users Ascending.
	 * @param string[] $asked Fields asked for.
	 * @return array
	 */
	public function page( $users, $asked ) {
		global $wpdb;
		$people = Tables::name( 'people' );
		$among  = Tables::among( 'user_id', $users, true );
		$rows   = $wpdb->get_results( "SELECT id, user_id, contact_id, opted_out, quiet FROM `$people` WHERE $among" );
		$page   = array();
		$of     = array();
		$wanted = array_flip( $asked );
		foreach ( $rows as $row ) {
			$of[ $row->id ] = (int) $row->user_id;
			$told           = array();
			if ( isset( $wanted['contact_id'] ) && null !== $row->contact_id ) {
				$told['contact_id'] = $row->contact_id;
			}
			if ( isset( $wanted['opted_out'] ) && $row->opted_out ) {
				$told['opted_out'] = true;
			}
			if ( isset( $wanted['quiet'] ) && $row->quiet ) {
				$told['quiet'] = true;
			}
			$page[ (int) $row->user_id ] = $told;
		}
		foreach ( $this->hanging( array_keys( $of ), $asked ) as $person => $told ) {
			if ( isset( $of[ $person ] ) ) {
				$page[ $of[ $person ] ] += $told;
			}
		}
		return $page;
	}

	/**
	 * Contacts who are no users, a page of them.
	 *
	 * @param int      $after The last row before the page.
	 * @param int      $limit At most so many.
	 * @param string[] $asked Fields asked for.
	 * @return array
	 */
	public function contacts( $after, $limit, $asked ) {
		global $wpdb;
		$people = Tables::name( 'people' );
		$rows   = $wpdb->get_results( $wpdb->prepare( "SELECT id, email, contact_id, first_name, last_name, opted_out FROM `$people` WHERE id > %d AND user_id IS NULL AND contact_id IS NOT NULL ORDER BY id LIMIT %d", $after, $limit ) );
		return $this->told( $rows, $asked );
	}

	/**
	 * Contacts who are no users, under some addresses.
	 *
	 * @param string[] $emails The addresses.
	 * @param string[] $asked  Fields asked for.
	 * @return array
	 */
	public function contacts_at( $emails, $asked ) {
		global $wpdb;
		$people = Tables::name( 'people' );
		$holes  = implode( ', ', array_fill( 0, count( $emails ), '%s' ) );
		// phpcs:ignore WordPress.DB.PreparedSQLPlaceholders -- as many holes as addresses.
		$rows = $wpdb->get_results( $wpdb->prepare( "SELECT id, email, contact_id, first_name, last_name, opted_out FROM `$people` WHERE email IN ($holes) AND user_id IS NULL AND contact_id IS NOT NULL ORDER BY id", $emails ) );
		return $this->told( $rows, $asked );
	}

	/**
	 * Contacts as they are told.
	 *
	 * @param object[] $rows  Rows of people.
	 * @param string[] $asked Fields asked for.
	 * @return array[]
	 */
	private function told( $rows, $asked ) {
		$page = array();
		foreach ( $rows as $row ) {
			$told = array(
				'id'    => (int) $row->id,
				'email' => $row->email,
			);
			foreach ( array( 'contact_id', 'first_name', 'last_name' ) as $name ) {
				if ( in_array( $name, $asked, true ) && '' !== (string) $row->$name ) {
					$told[ $name ] = $row->$name;
				}
			}
			if ( in_array( 'opted_out', $asked, true ) && $row->opted_out ) {
				$told['opted_out'] = true;
			}
			$page[ $row->id ] = $told;
		}
		foreach ( $this->hanging( array_keys( $page ), $asked ) as $person => $told ) {
			if ( isset( $page[ $person ] ) ) {
				$page[ $person ] += $told;
			}
		}
		return array_values( $page );
	}

	/**
	 * Tags, fields and keys of people.
	 *
	 * @param int[]    $people Ids of rows.
	 * @param string[] $asked  Fields asked for.
	 * @return array Person => tags, fields, source_keys.
	 */
	private function hanging( $people, $asked ) {
		global $wpdb;
		if ( ! $people ) {
			return array();
		}
		$in  = Tables::among( 'person', $people, false );
		$all = array();
		if ( in_array( 'tags', $asked, true ) ) {
			$table = Tables::name( 'holdings' );
			foreach ( $wpdb->get_results( "SELECT person, tag, granted_by FROM `$table` WHERE $in" ) as $row ) {
				$all[ $row->person ]['tags'][] = array( (int) $row->tag, $row->granted_by );
			}
		}
		foreach ( self::NAMED_BY as $what => $column ) {
			if ( in_array( $what, $asked, true ) ) {
				$table = Tables::name( $what );
				foreach ( $wpdb->get_results( "SELECT person, $column, value FROM `$table` WHERE $in", ARRAY_N ) as $row ) {
					$all[ $row[0] ][ $what ][ $row[1] ] = $row[2];
				}
			}
		}
		return $all;
	}

	/**
	 * Sets or removes a field.
	 *
	 * @param int         $person Whose.
	 * @param string      $name   Its name.
	 * @param string|null $value  Its value; null or blank removes it.
	 */
	private function set( $person, $name, $value ) {
		global $wpdb;
		$key = array(
			'person' => $person,
			'name'   => $name,
		);
		if ( null === $value || '' === $value ) {
			$wpdb->delete( Tables::name( 'fields' ), $key );
		} else {
			$wpdb->replace( Tables::name( 'fields' ), $key + array( 'value' => $value ) );
		}
	}

	/**
	 * Updates the person's row, in the database and in the state.
	 *
	 * @param Member_State $state The state.
	 * @param array        $row   Columns.
	 * @param string|null  $given The contact ID that the request gives; else the site assigns it.
	 * @throws Refused Where the contact ID is another's.
	 */
	private function update( Member_State $state, $row, $given ) {
		global $wpdb;
		$people = Tables::name( 'people' );
		// The unique key decides, not a look before: another may write the same ID in this moment.
		$shown = $wpdb->suppress_errors( true );
		for ( $try = 1; ; $try++ ) {
			$done = $wpdb->update( $people, $row, array( 'id' => $state->person['id'] ) );
			if ( false !== $done || ! isset( $row['contact_id'] ) || $row['contact_id'] === $given || $try > 3 ) {
				break;
			}
			$row['contact_id'] = (string) ( (int) $row['contact_id'] + 1000003 );
		}
		$why = $wpdb->last_error;
		$wpdb->suppress_errors( $shown );
		if ( false === $done && isset( $row['contact_id'] ) ) {
			$owner = $wpdb->get_var( $wpdb->prepare( "SELECT email FROM `$people` WHERE contact_id = %s", $row['contact_id'] ) );
			throw new Refused( "contact ID {$row['contact_id']} belongs to " . ( $owner ? $owner : 'another' ) );
		}
		if ( false === $done ) {
			throw new Refused( 'the database does not take the contact: ' . $why );
		}
		$state->person = $row + $state->person;
	}
}
