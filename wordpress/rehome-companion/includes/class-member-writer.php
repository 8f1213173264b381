<?php
/**
 * Takes the changes of one member, compares them with the site, and writes all of them or none.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- our own tables, and users read without caches.

/** One object per request. */
final class Member_Writer {

	/** How often a member is tried when the database aborts the transaction. */
	const TRIES = 4;

	/**
	 * What decides access.
	 *
	 * @var Membership
	 */
	private $membership;

	/**
	 * The migration that grants.
	 *
	 * @var string
	 */
	private $granted_by;

	/**
	 * Where marks are stored.
	 *
	 * @var Requests
	 */
	private $requests;

	/**
	 * The member's transaction.
	 *
	 * @var Transaction
	 */
	private $transaction;

	/**
	 * The claims of this request.
	 *
	 * @var Claim
	 */
	private $claim;

	/**
	 * The id of the person whose user is being created, for the hook.
	 *
	 * @var int|null
	 */
	private $making;

	/**
	 * Prepares for the members of one request.
	 *
	 * @param Membership $membership What decides access.
	 * @param string     $granted_by The migration that grants.
	 * @param Requests   $requests   Where marks are stored.
	 */
	public function __construct( Membership $membership, $granted_by, Requests $requests ) {
		$this->membership  = $membership;
		$this->granted_by  = $granted_by;
		$this->requests    = $requests;
		$this->transaction = new Transaction();
		$this->claim       = new Claim( $this->transaction, $requests->id );
		add_action( 'user_register', array( $this, 'link_new_user' ), PHP_INT_MIN );
	}

	/**
	 * Writes one member and marks it.
	 *
	 * @param array $write As Batch parsed it.
	 * @return array outcome, contact_id, what.
	 */
	public function write( $write ) {
		for ( $try = 1; ; $try++ ) {
			try {
				$outcome = $this->in_transaction( $write );
				break;
			} catch ( \Throwable $thrown ) {
				// Conclusions from a transaction that the database aborted prove nothing.
				$lost = $thrown instanceof Try_Again || $this->transaction->is_lost();
				$this->roll_back( $write );
				if ( ! $lost || $try >= self::TRIES ) {
					$outcome = self::outcome_of( $thrown, $lost );
					break;
				}
				usleep( 10000 * $try );
			}
		}
		if ( 'confirmed' !== $outcome['outcome'] || empty( $outcome['marked'] ) ) {
			unset( $outcome['marked'] );
			$this->requests->mark( $write['place'], $outcome, $write['email'] );
		}
		unset( $outcome['marked'] );
		return $outcome;
	}

	/**
	 * The outcome for a member whose changes were rolled back after an exception.
	 *
	 * @param \Throwable $thrown The exception.
	 * @param bool       $lost   Whether the database aborted the transaction every time.
	 * @return array The outcome.
	 */
	private static function outcome_of( $thrown, $lost ) {
		if ( $lost ) {
			return self::outcome( 'refused', null, 'the database could not store this: ' . $thrown->getMessage() );
		}
		if ( $thrown instanceof Moved ) {
			return self::outcome( 'moved', null, $thrown->getMessage() );
		}
		if ( $thrown instanceof Refused ) {
			return self::outcome( 'refused', null, $thrown->getMessage() );
		}
		// Another plugin failed in one of its hooks: this member is rolled back, and the others continue.
		return self::outcome( 'refused', null, 'code on the site failed: ' . get_class( $thrown ) . ' in ' . basename( $thrown->getFile() ) . ' line ' . $thrown->getLine() );
	}

	/**
	 * One attempt.
	 *
	 * @param array $write The member.
	 * @return array The outcome.
	 * @throws Try_Again If the database aborted the transaction.
	 */
	private function in_transaction( $write ) {
		global $wpdb;
		$this->transaction->begin();
		$state = new Member_State();
		$this->claim->person( $write, $state );
		$this->read_users( $write, $state );
		if ( $state->users && Privilege::of_user( get_userdata( $state->users[0]->ID ) ) ) {
			throw new Refused( 'the user has more than subscriber rights and is never modified' );
		}
		$this->membership->read( $state );
		foreach ( $write['changes'] as $change ) {
			if ( $state->moved( $change ) ) {
				throw new Moved( self::what_changed( $state, $change ) );
			}
		}
		$todo       = array_values(
			array_filter(
				$write['changes'],
				function ( $change ) use ( $state ) {
					return ! $state->has( $change );
				}
			)
		);
		$incomplete = $state->users && ! metadata_exists( 'user', $state->users[0]->ID, $wpdb->get_blog_prefix() . 'capabilities' );
		if ( ! $todo && ! $incomplete ) {
			$contact_id = $state->contact_id;
			$this->transaction->roll_back();
			return self::outcome( 'confirmed', $contact_id, '' );
		}
		$contact_id = $this->apply( $write, $state, $todo, $incomplete );
		$altered    = $this->altered( $write, $state );
		$outcome    = self::outcome( 'confirmed', $contact_id, $altered );
		$this->requests->mark( $write['place'], $outcome, $write['email'] );
		$this->transaction->commit();
		return $outcome + array( 'marked' => true );
	}

	/**
	 * Checks the changes, then writes the person's data, the user, and what needs the user.
	 *
	 * @param array        $write      The member.
	 * @param Member_State $state      The current state.
	 * @param array        $todo       The changes that are not in place yet.
	 * @param bool         $incomplete Whether the user was left without a role.
	 * @return string|null The contact's ID.
	 */
	private function apply( $write, Member_State $state, $todo, $incomplete ) {
		$by_kind = array();
		foreach ( $todo as $change ) {
			$by_kind[ $change['attribute'][0] ] = $change;
		}
		$given = $write['contact_id'];
		if ( isset( $by_kind['contact-link'] ) && null !== $by_kind['contact-link']['after'] ) {
			$given = $by_kind['contact-link']['after'];
		}
		if ( ! isset( $by_kind['contact-link'] ) && ! isset( $by_kind['contact'] ) ) {
			$given = null;
		}
		$this->check( $write, $state, $by_kind );
		$this->membership->check( $state, $todo, $given );
		$this->membership->before_user( $state, $todo, $given, $this->granted_by );
		$user_id = $state->users ? (int) $state->users[0]->ID : null;
		if ( isset( $by_kind['user'] ) ) {
			$user_id = $this->create_user( $write, $state, $by_kind );
		} elseif ( null !== $user_id ) {
			$this->update_user( $write, $state, $by_kind, $incomplete );
		}
		return $this->membership->after_user( $state, $user_id, $todo, $given, $this->granted_by );
	}

	/**
	 * Rejects changes that are never allowed, whatever decides access.
	 *
	 * @param array        $write   The member.
	 * @param Member_State $state   The current state.
	 * @param array        $by_kind Changes by kind; of several tags, fields or keys only the last one.
	 * @throws Refused If a change cannot be applied.
	 */
	private function check( $write, Member_State $state, $by_kind ) {
		foreach ( array( 'user', 'contact', 'address' ) as $kind ) {
			if ( isset( $by_kind[ $kind ] ) && null === $by_kind[ $kind ]['after'] ) {
				throw new Refused( 'members are never deleted' );
			}
		}
		if ( isset( $by_kind['address'] ) && null === $by_kind['address']['before'] ) {
			throw new Refused( 'there is no member whose address could change' );
		}
		if ( isset( $by_kind['user'] ) ) {
			$why = Privilege::why_no_new_users();
			$why = $why ? $why : $this->login_taken( $by_kind['user']['after'], $write['email'], $state );
			if ( $why ) {
				throw new Refused( $why );
			}
		}
		if ( isset( $by_kind['contact-link'] ) && ! $state->users && ! isset( $by_kind['user'] ) ) {
			throw new Refused( 'there is no user to link' );
		}
	}

	/**
	 * Why a new user cannot have a login, or null. A login that equals another user's address, or an address that equals
	 * another user's login, would be ambiguous.
	 *
	 * @param string       $login The login.
	 * @param string       $email The new user's address.
	 * @param Member_State $state The current state.
	 * @return string|null
	 */
	private function login_taken( $login, $email, Member_State $state ) {
		global $wpdb;
		$why = Address::why_not_login( $login );
		if ( $why ) {
			return $why;
		}
		if ( isset( $state->person['login_of'] ) ) {
			return "the login \"$login\" is taken by {$state->person['login_of']}";
		}
		$rows = $wpdb->get_results( $wpdb->prepare( "SELECT user_login, user_email FROM $wpdb->users WHERE user_login IN (%s, %s) OR user_email = %s", $login, $email, Address::stored( $login ) ) );
		foreach ( $rows as $row ) {
			$other = Address::read( $row->user_email );
			if ( 0 === strcasecmp( $row->user_login, $login ) ) {
				return "the login \"$login\" is taken by $other";
			}
			if ( 0 === strcasecmp( $row->user_login, $email ) ) {
				return "the address is the login of another user, $other";
			}
			if ( $other !== $email ) {
				return "the login \"$login\" is the address of another user";
			}
		}
		return null;
	}

	/**
	 * Creates the user, with the names from the request or from the contact.
	 *
	 * @param array        $write   The member.
	 * @param Member_State $state   The current state.
	 * @param array        $by_kind Changes by kind.
	 * @return int The user's id.
	 */
	private function create_user( $write, Member_State $state, $by_kind ) {
		$names = array();
		foreach ( array( 'first-name', 'last-name' ) as $kind ) {
			$names[] = isset( $by_kind[ $kind ] ) ? (string) $by_kind[ $kind ]['after'] : (string) $state->person[ str_replace( '-', '_', $kind ) ];
		}
		$this->making = (int) $state->person['id'];
		try {
			return New_User::make( $write['email'], $by_kind['user']['after'], $names[0], $names[1], $write['registered'] );
		} finally {
			$this->making = null;
		}
	}

	/**
	 * Links user and person before any other hook runs, so that all of them see the user's access.
	 *
	 * @param int $user_id The new user.
	 */
	public function link_new_user( $user_id ) {
		global $wpdb;
		if ( null !== $this->making ) {
			$wpdb->update(
				Tables::name( 'people' ),
				array(
					'user_id' => $user_id,
					'made'    => 1,
					'quiet'   => 1,
				),
				array( 'id' => $this->making )
			);
		}
	}

	/**
	 * Updates names, address and link of an existing user, and assigns the role if the user was left without one.
	 *
	 * @param array        $write      The member.
	 * @param Member_State $state      The current state.
	 * @param array        $by_kind    Changes by kind.
	 * @param bool         $incomplete Whether the user was left without a role.
	 * @throws Refused If WordPress does not accept the update.
	 */
	private function update_user( $write, Member_State $state, $by_kind, $incomplete ) {
		global $wpdb;
		$id   = (int) $state->users[0]->ID;
		$data = array();
		foreach ( array( 'first-name', 'last-name' ) as $kind ) {
			if ( isset( $by_kind[ $kind ] ) ) {
				$data[ str_replace( '-', '_', $kind ) ] = (string) $by_kind[ $kind ]['after'];
			}
		}
		if ( isset( $by_kind['address'] ) ) {
			$data['user_email'] = $write['email'];
		}
		if ( $data ) {
			$done = wp_update_user( wp_slash( array( 'ID' => $id ) + $data ) );
			if ( is_wp_error( $done ) ) {
				throw new Refused( 'WordPress did not update the user: ' . wp_strip_all_tags( $done->get_error_message() ) );
			}
		}
		if ( $incomplete ) {
			( new \WP_User( $id ) )->set_role( Privilege::ROLE );
		}
		if ( isset( $by_kind['contact-link'] ) || isset( $by_kind['contact'] ) || $incomplete ) {
			$shown = $wpdb->suppress_errors( true );
			$done  = $wpdb->update( Tables::name( 'people' ), array( 'user_id' => $id ), array( 'id' => $state->person['id'] ) );
			$wpdb->suppress_errors( $shown );
			if ( false === $done ) {
				throw new Refused( 'the user is linked to a contact with another address' );
			}
		}
	}

	/**
	 * Reads the users with the address and, for a rename, with the old address.
	 *
	 * @param array        $write The member.
	 * @param Member_State $state Receives users and names.
	 * @throws Refused If two users have the address.
	 */
	private function read_users( $write, Member_State $state ) {
		global $wpdb;
		$found = array();
		foreach ( array_filter( array( $write['email'], $write['old_email'] ) ) as $address ) {
			$rows = $wpdb->get_results( $wpdb->prepare( "SELECT ID, user_login, user_email FROM $wpdb->users WHERE user_email = %s ORDER BY ID", Address::stored( $address ) ) );
			if ( count( $rows ) > 1 ) {
				throw new Refused( "two users have the address $address" );
			}
			if ( $rows ) {
				$found[ $address ] = $rows[0];
			}
		}
		if ( count( $found ) > 1 ) {
			$state->address = "{$write['old_email']},{$write['email']}";
		} elseif ( $found ) {
			$address        = key( $found );
			$both           = null !== $state->address && false !== strpos( $state->address, ',' );
			$other          = null !== $state->address && $state->address !== $address;
			$state->address = $both || ( $other && null !== $write['old_email'] ) ? "{$write['old_email']},{$write['email']}" : $address;
		}
		$state->users = array_values( $found );
		if ( $state->users ) {
			$id = (int) $state->users[0]->ID;
			// The cached data of the user may be older than the claim.
			wp_cache_delete( $id, 'users' );
			wp_cache_delete( $id, 'user_meta' );
			$state->names['first-name'] = self::text( Address::read_name( (string) get_user_meta( $id, 'first_name', true ) ) );
			$state->names['last-name']  = self::text( Address::read_name( (string) get_user_meta( $id, 'last_name', true ) ) );
		} else {
			$state->names['first-name'] = self::text( $state->person['first_name'] );
			$state->names['last-name']  = self::text( $state->person['last_name'] );
		}
	}

	/**
	 * Reports which names WordPress stores in another form.
	 *
	 * @param array        $write The member.
	 * @param Member_State $state The state before the changes.
	 * @return string
	 */
	private function altered( $write, Member_State $state ) {
		$altered = array();
		foreach ( $write['changes'] as $change ) {
			$kind = $change['attribute'][0];
			if ( null === $change['after'] || ! in_array( $kind, array( 'first-name', 'last-name' ), true ) ) {
				continue;
			}
			$kept = Address::kept_name( $change['after'] );
			if ( $kept !== $change['after'] && ( $state->users || null !== $write['login'] ) ) {
				$altered[] = str_replace( '-', ' ', $kind ) . " is stored as \"$kept\"";
			}
		}
		return implode( '; ', $altered );
	}

	/**
	 * Rolls a member back, in the database and in the caches.
	 *
	 * @param array $write The member.
	 */
	private function roll_back( $write ) {
		$this->transaction->roll_back();
		$this->forget( $write );
	}

	/**
	 * Removes from the caches what was rolled back.
	 *
	 * @param array $write The member.
	 */
	private function forget( $write ) {
		foreach ( array_filter( array( $write['email'], $write['old_email'] ) ) as $address ) {
			$id = wp_cache_get( Address::stored( $address ), 'useremail' );
			if ( $id ) {
				clean_user_cache( (int) $id );
				wp_cache_delete( (int) $id, 'users' );
				wp_cache_delete( (int) $id, 'user_meta' );
			}
			wp_cache_delete( Address::stored( $address ), 'useremail' );
		}
		if ( null !== $write['login'] ) {
			wp_cache_delete( $write['login'], 'userlogins' );
		}
	}

	/**
	 * Describes which attribute has changed.
	 *
	 * @param Member_State $state  The current state.
	 * @param array        $change The change.
	 * @return string
	 */
	private static function what_changed( Member_State $state, $change ) {
		list( $kind, $name ) = $change['attribute'];
		$quoted              = function ( $value ) {
			return null === $value ? 'not set' : "\"$value\"";
		};
		return sprintf(
			'%s is %s now; it was %s when the difference was computed',
			str_replace( '-', ' ', $kind ) . ( null === $name ? '' : " \"$name\"" ),
			$quoted( $state->value( $change['attribute'] ) ),
			$quoted( $change['before'] )
		);
	}

	/**
	 * One outcome.
	 *
	 * @param string      $outcome    confirmed, moved or refused.
	 * @param string|null $contact_id The contact's ID.
	 * @param string      $what       What has changed, or the reason.
	 * @return array
	 */
	private static function outcome( $outcome, $contact_id, $what ) {
		return array(
			'outcome'    => $outcome,
			'contact_id' => null === $contact_id ? null : (string) $contact_id,
			'what'       => $what,
		);
	}

	/**
	 * Null for an empty text.
	 *
	 * @param string|null $text The text.
	 * @return string|null
	 */
	private static function text( $text ) {
		return '' === (string) $text ? null : $text;
	}
}
