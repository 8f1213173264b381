<?php
/**
 * Membership managed by this plugin alone: contacts, tags and who granted them, in its own tables.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- our own tables.

/** Always possible. */
final class Companion_Membership implements Membership {

	/** Contact IDs assigned by the site start after this number. */
	const IDS_FROM = 1000000;

	/** Tables with data about people, besides tags, and the column that contains the name. */
	const NAMED_BY = array(
		'fields'      => 'name',
		'source_keys' => 'source',
	);

	/**
	 * Tag names by id.
	 *
	 * @var array|null
	 */
	private $tags;

	/**
	 * This kind of membership is always possible.
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
			$this->tags = wp_list_pluck( Database::read( $wpdb->get_results( "SELECT id, name FROM `$table` ORDER BY id" ), 'list of tags' ), 'name', 'id' );
		}
		return $this->tags;
	}

	/**
	 * Reads the data that belongs to the person's row.
	 *
	 * @param Member_State $state The state to complete.
	 */
	public function read( Member_State $state ) {
		global $wpdb;
		if ( ! $state->person || ! empty( $state->person['new'] ) ) {
			return;
		}
		$person = (int) $state->person['id'];
		// A contact and a user who are not linked: the user has the contact's tags and fields, but not its ID.
		$linked            = ! $state->users || (int) $state->person['user_id'] === (int) $state->users[0]->ID;
		$state->contact_id = $linked ? $state->person['contact_id'] : null;
		$state->opted_out  = (bool) $state->person['opted_out'];
		$holdings          = Tables::name( 'holdings' );
		$names             = $this->tags();
		foreach ( Database::read( $wpdb->get_results( $wpdb->prepare( "SELECT tag, granted_by FROM `$holdings` WHERE person = %d", $person ) ), 'tags' ) as $row ) {
			if ( isset( $names[ $row->tag ] ) ) {
				$state->tags[ $names[ $row->tag ] ] = $row->granted_by;
			}
		}
		if ( $state->needs( 'field' ) ) {
			$fields        = Tables::name( 'fields' );
			$state->fields = wp_list_pluck( Database::read( $wpdb->get_results( $wpdb->prepare( "SELECT name, value FROM `$fields` WHERE person = %d", $person ) ), 'fields' ), 'value', 'name' );
		}
		if ( $state->needs( 'source-key' ) ) {
			$state->keys = Source_Keys::of_person( $person );
		}
	}

	/**
	 * Rejects unknown tags, and changes that need a contact that does not exist.
	 *
	 * @param Member_State $state   The current state.
	 * @param array        $changes The changes to apply.
	 * @param string|null  $given   The contact ID in the request.
	 * @throws Refused If a change cannot be applied.
	 */
	public function check( Member_State $state, $changes, $given ) {
		$kinds   = array_column( array_column( $changes, 'attribute' ), 0 );
		$contact = null !== $state->person['contact_id'] || in_array( 'contact', $kinds, true ) || ( in_array( 'contact-link', $kinds, true ) && null !== $given );
		if ( in_array( 'contact-link', $kinds, true ) && ! $contact ) {
			throw new Refused( 'there is no contact ID to link' );
		}
		if ( null !== $given && strlen( $given ) > 64 ) {
			throw new Refused( 'the contact ID is longer than 64 characters' );
		}
		foreach ( $changes as $change ) {
			list( $kind, $name ) = $change['attribute'];
			if ( 'tag' === $kind && null !== $change['after'] && ! in_array( $name, $this->tags(), true ) ) {
				throw new Refused( "the tag \"$name\" does not exist on the site" );
			}
			if ( in_array( $kind, array( 'tag', 'field', 'source-key', 'opted-out' ), true ) && ! $contact ) {
				throw new Refused( "there is no contact for the change of $kind" . ( null === $name ? '' : " \"$name\"" ) );
			}
			if ( 'field' === $kind && strlen( $name ) > 100 ) {
				throw new Refused( 'the field name is longer than 100 characters' );
			}
			$why = 'source-key' === $kind ? Source_Keys::why_not( $name, $change['after'] ) : null;
			if ( $why ) {
				throw new Refused( $why );
			}
		}
	}

	/**
	 * Writes contact, tags, fields and keys, so that access is right from the moment the user exists.
	 *
	 * @param Member_State $state   The current state.
	 * @param array        $changes The changes to apply.
	 * @param string|null  $given   The contact ID in the request.
	 * @param string       $by      The migration that grants.
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
						$tag = array(
							'person' => $person,
							'tag'    => isset( $tags[ $name ] ) ? $tags[ $name ] : 0,
						);
						Database::done( $wpdb->delete( Tables::name( 'holdings' ), $tag ), "tag \"$name\"" );
					}
					break;
			}
		}
		if ( $row ) {
			$this->update( $state, $row, $given );
		}
		if ( $add ) {
			$holdings = Tables::name( 'holdings' );
			Database::done( $wpdb->query( "INSERT INTO `$holdings` (person, tag, granted_by) VALUES " . implode( ', ', $add ) ), 'tags' ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared -- each value was prepared.
		}
	}

	/**
	 * Nothing is left to write; returns the contact ID.
	 *
	 * @param Member_State $state   The state before the changes.
	 * @param int|null     $user_id The user, if there is one by now.
	 * @param array        $changes The changes to apply.
	 * @param string|null  $given   The contact ID in the request.
	 * @param string       $by      The migration that grants.
	 * @return string|null
	 */
	public function after_user( Member_State $state, $user_id, $changes, $given, $by ) {
		return $state->person['contact_id'];
	}

	/**
	 * A page: one query for the people, and one for each requested kind of data.
	 *
	 * @param int[]    $users Their ids, ascending.
	 * @param string[] $asked The requested fields.
	 * @return array
	 */
	public function page( $users, $asked ) {
		global $wpdb;
		$people   = Tables::name( 'people' );
		$among    = Tables::among( 'user_id', $users, true );
		$rows     = $wpdb->get_results( "SELECT id, user_id, contact_id, opted_out, quiet FROM `$people` WHERE $among" );
		$page     = array();
		$user_ids = array();
		$wanted   = array_flip( $asked );
		foreach ( $rows as $row ) {
			$user_ids[ $row->id ] = (int) $row->user_id;
			$data                 = array();
			if ( isset( $wanted['contact_id'] ) && null !== $row->contact_id ) {
				$data['contact_id'] = $row->contact_id;
			}
			if ( isset( $wanted['opted_out'] ) && $row->opted_out ) {
				$data['opted_out'] = true;
			}
			if ( isset( $wanted['quiet'] ) && $row->quiet ) {
				$data['quiet'] = true;
			}
			$page[ (int) $row->user_id ] = $data;
		}
		foreach ( $this->data_of( array_keys( $user_ids ), $asked ) as $person => $data ) {
			if ( isset( $user_ids[ $person ] ) ) {
				$page[ $user_ids[ $person ] ] += $data;
			}
		}
		return $page;
	}

	/**
	 * A page of contacts without a user.
	 *
	 * @param int      $after The last row before the page.
	 * @param int      $limit The most rows to return.
	 * @param string[] $asked The requested fields.
	 * @return array
	 */
	public function contacts( $after, $limit, $asked ) {
		global $wpdb;
		$people = Tables::name( 'people' );
		$rows   = $wpdb->get_results( $wpdb->prepare( "SELECT id, email, contact_id, first_name, last_name, opted_out FROM `$people` WHERE id > %d AND user_id IS NULL AND contact_id IS NOT NULL ORDER BY id LIMIT %d", $after, $limit ) );
		return $this->contact_rows( $rows, $asked );
	}

	/**
	 * Contacts without a user, by address.
	 *
	 * @param string[] $emails The addresses.
	 * @param string[] $asked  The requested fields.
	 * @return array
	 */
	public function contacts_at( $emails, $asked ) {
		global $wpdb;
		$people       = Tables::name( 'people' );
		$placeholders = implode( ', ', array_fill( 0, count( $emails ), '%s' ) );
		// phpcs:ignore WordPress.DB.PreparedSQLPlaceholders -- one placeholder per address.
		$rows = $wpdb->get_results( $wpdb->prepare( "SELECT id, email, contact_id, first_name, last_name, opted_out FROM `$people` WHERE email IN ($placeholders) AND user_id IS NULL AND contact_id IS NOT NULL ORDER BY id", $emails ) );
		return $this->contact_rows( $rows, $asked );
	}

	/**
	 * Contacts in the form of the REST response.
	 *
	 * @param object[] $rows  Rows of the table of people.
	 * @param string[] $asked The requested fields.
	 * @return array[]
	 */
	private function contact_rows( $rows, $asked ) {
		$page = array();
		foreach ( $rows as $row ) {
			$data = array(
				'id'    => (int) $row->id,
				'email' => $row->email,
			);
			foreach ( array( 'contact_id', 'first_name', 'last_name' ) as $name ) {
				if ( in_array( $name, $asked, true ) && '' !== (string) $row->$name ) {
					$data[ $name ] = $row->$name;
				}
			}
			if ( in_array( 'opted_out', $asked, true ) && $row->opted_out ) {
				$data['opted_out'] = true;
			}
			$page[ $row->id ] = $data;
		}
		foreach ( $this->data_of( array_keys( $page ), $asked ) as $person => $data ) {
			if ( isset( $page[ $person ] ) ) {
				$page[ $person ] += $data;
			}
		}
		return array_values( $page );
	}

	/**
	 * The tags, fields and keys of people.
	 *
	 * @param int[]    $people The ids of their rows.
	 * @param string[] $asked  The requested fields.
	 * @return array Person => tags, fields, source_keys.
	 */
	private function data_of( $people, $asked ) {
		global $wpdb;
		if ( ! $people ) {
			return array();
		}
		$among = Tables::among( 'person', $people, false );
		$all   = array();
		if ( in_array( 'tags', $asked, true ) ) {
			$table = Tables::name( 'holdings' );
			foreach ( $wpdb->get_results( "SELECT person, tag, granted_by FROM `$table` WHERE $among" ) as $row ) {
				$all[ $row->person ]['tags'][] = array( (int) $row->tag, $row->granted_by );
			}
		}
		foreach ( self::NAMED_BY as $what => $column ) {
			if ( in_array( $what, $asked, true ) ) {
				$table = Tables::name( $what );
				foreach ( $wpdb->get_results( "SELECT person, $column, value FROM `$table` WHERE $among", ARRAY_N ) as $row ) {
					$all[ $row[0] ][ $what ][ $row[1] ] = $row[2];
				}
			}
		}
		return $all;
	}

	/**
	 * Sets or removes a field.
	 *
	 * @param int         $person The id of the person's row.
	 * @param string      $name   The name of the field.
	 * @param string|null $value  The value; null or an empty text removes it.
	 */
	private function set( $person, $name, $value ) {
		global $wpdb;
		$key = array(
			'person' => $person,
			'name'   => $name,
		);
		if ( null === $value || '' === $value ) {
			Database::done( $wpdb->delete( Tables::name( 'fields' ), $key ), "field \"$name\"" );
		} else {
			Database::done( $wpdb->replace( Tables::name( 'fields' ), $key + array( 'value' => $value ) ), "field \"$name\"" );
		}
	}

	/**
	 * Updates the row of the person, in the database and in the state.
	 *
	 * @param Member_State $state The state to complete.
	 * @param array        $row   The columns to update.
	 * @param string|null  $given The contact ID in the request; otherwise the site assigns one.
	 * @throws Refused If the contact ID belongs to another contact.
	 */
	private function update( Member_State $state, $row, $given ) {
		global $wpdb;
		$people = Tables::name( 'people' );
		// The unique key decides, not a look-up in advance: another request may write the same ID at this moment.
		$shown = $wpdb->suppress_errors( true );
		for ( $try = 1; ; $try++ ) {
			$done = $wpdb->update( $people, $row, array( 'id' => $state->person['id'] ) );
			if ( false !== $done || ! Database::is_duplicate() || ! isset( $row['contact_id'] ) || $row['contact_id'] === $given || $try > 3 ) {
				break;
			}
			$row['contact_id'] = (string) ( (int) $row['contact_id'] + 1000003 );
		}
		$wpdb->suppress_errors( $shown );
		if ( false === $done && isset( $row['contact_id'] ) && Database::is_duplicate() ) {
			$owner = $wpdb->get_var( $wpdb->prepare( "SELECT email FROM `$people` WHERE contact_id = %s", $row['contact_id'] ) );
			throw new Refused( "contact ID {$row['contact_id']} belongs to " . ( $owner ? $owner : 'another contact' ) );
		}
		Database::done( $done, 'contact' );
		$state->person = $row + $state->person;
	}
}
