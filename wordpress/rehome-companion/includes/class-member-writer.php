<?php
/**
 * One member's changes in; compared with what is there, then written whole or not at all.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- tables of our own, and users read past every cache.

/** Works for one request. */
final class Member_Writer {

	/** A person whom the database refused for a moment is tried so often. */
	const TRIES = 4;

	/**
	 * Who decides access.
	 *
	 * @var Membership
	 */
	private $membership;

	/**
	 * Who grants.
	 *
	 * @var string
	 */
	private $granted_by;

	/**
	 * Marks.
	 *
	 * @var Requests
	 */
	private $requests;

	/**
	 * The person's transaction.
	 *
	 * @var Transaction
	 */
	private $transaction;

	/**
	 * Claims people.
	 *
	 * @var Claim
	 */
	private $claim;

	/**
	 * The person whose user is being made, for the hook.
	 *
	 * @var int|null
	 */
	private $making;

	/**
	 * Starts.
	 *
	 * @param Membership $membership Who decides access.
	 * @param string     $granted_by Who grants.
	 * @param Requests   $requests   Where marks are made.
	 */
	public function __construct( Membership $membership, $granted_by, Requests $requests ) {
		$this->membership  = $membership;
		$this->granted_by  = $granted_by;
		$this->requests    = $requests;
		$this->transaction = new Transaction();
		$this->claim       = new Claim( $this->transaction, $requests->id );
		add_action( 'user_register', array( $this, 'user_is_there' ), PHP_INT_MIN );
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
			} catch ( \Throwable $end ) {
				// What was concluded from a transaction that the database gave up proves nothing.
				$lost = $end instanceof Try_Again || $this->transaction->is_lost();
				$this->roll_back( $write );
				if ( ! $lost || $try >= self::TRIES ) {
					$outcome = self::ended( $end, $lost );
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
	 * What an exception means for the member, of whom nothing was written.
	 *
	 * @param \Throwable $end  What ended the work.
	 * @param bool       $lost True where the database gave way again and again.
	 * @return array The outcome.
	 */
	private static function ended( $end, $lost ) {
		if ( $lost ) {
			return self::outcome( 'refused', null, 'the database could not carry this out: ' . $end->getMessage() );
		}
		if ( $end instanceof Moved ) {
			return self::outcome( 'moved', null, $end->getMessage() );
		}
		if ( $end instanceof Refused ) {
			return self::outcome( 'refused', null, $end->getMessage() );
		}
		// Another plugin failed in one of its hooks: this person is taken back, the others go on.
		return self::outcome( 'refused', null, 'code of the site failed: ' . get_class( $end ) . ' in ' . basename( $end->getFile() ) . ' line ' . $end->getLine() );
	}

	/**
	 * One try.
	 *
	 * @param array $write The member.
	 * @return array The outcome.
	 * @throws Try_Again Where the database gave way.
	 */
	private function in_transaction( $write ) {
		global $wpdb;
		$this->transaction->begin();
		$state = new Member_State();
		$this->claim->person( $write, $state );
		$this->read_users( $write, $state );
		if ( $state->users && Privilege::of_user( get_userdata( $state->users[0]->ID ) ) ) {
			throw new Refused( 'the user may do more than a subscriber and is never touched' );
		}
		$this->membership->read( $state );
		foreach ( $write['changes'] as $change ) {
			if ( $state->moved( $change ) ) {
				throw new Moved( self::what_moved( $state, $change ) );
			}
		}
		$todo = array_values(
			array_filter(
				$write['changes'],
				function ( $change ) use ( $state ) {
					return ! $state->has( $change );
				}
			)
		);
		$half = $state->users && ! metadata_exists( 'user', $state->users[0]->ID, $wpdb->get_blog_prefix() . 'capabilities' );
		if ( ! $todo && ! $half ) {
			$contact_id = $state->contact_id;
			$this->transaction->roll_back();
			return self::outcome( 'confirmed', $contact_id, '' );
		}
		$contact_id = $this->carry_out( $write, $state, $todo, $half );
		$altered    = $this->altered( $write, $state );
		$outcome    = self::outcome( 'confirmed', $contact_id, $altered );
		$this->requests->mark( $write['place'], $outcome, $write['email'] );
		$this->transaction->commit();
		return $outcome + array( 'marked' => true );
	}

	/**
	 * Checks, then writes: what hangs on the person, the user, what needs the user.
	 *
	 * @param array        $write The member.
	 * @param Member_State $state As it is.
	 * @param array        $todo  Changes that are not in place.
	 * @param bool         $half  True where the user was left without a role.
	 * @return string|null The contact's ID.
	 */
	private function carry_out( $write, Member_State $state, $todo, $half ) {
		$of = array();
		foreach ( $todo as $change ) {
			$of[ $change['attribute'][0] ] = $change;
		}
		$given = $write['contact_id'];
		if ( isset( $of['contact-link'] ) && null !== $of['contact-link']['after'] ) {
			$given = $of['contact-link']['after'];
		}
		if ( ! isset( $of['contact-link'] ) && ! isset( $of['contact'] ) ) {
			$given = null;
		}
		$this->check( $write, $state, $of );
		$this->membership->check( $state, $todo, $given );
		$this->membership->before_user( $state, $todo, $given, $this->granted_by );
		$user_id = $state->users ? (int) $state->users[0]->ID : null;
		if ( isset( $of['user'] ) ) {
			$user_id = $this->make_user( $write, $state, $of );
		} elseif ( null !== $user_id ) {
			$this->update_user( $write, $state, $of, $half );
		}
		return $this->membership->after_user( $state, $user_id, $todo, $given, $this->granted_by );
	}

	/**
	 * Refuses what no site carries out.
	 *
	 * @param array        $write The member.
	 * @param Member_State $state As it is.
	 * @param array        $of    Changes by kind; of tags, fields and keys only one.
	 * @throws Refused Where a change cannot be carried out.
	 */
	private function check( $write, Member_State $state, $of ) {
		foreach ( array( 'user', 'contact', 'address' ) as $kind ) {
			if ( isset( $of[ $kind ] ) && null === $of[ $kind ]['after'] ) {
				throw new Refused( 'people are never deleted' );
			}
		}
		if ( isset( $of['address'] ) && null === $of['address']['before'] ) {
			throw new Refused( 'there is nobody who could get another address' );
		}
		if ( isset( $of['user'] ) ) {
			$why = Privilege::why_no_new_users();
			$why = $why ? $why : $this->login_taken( $of['user']['after'], $write['email'], $state );
			if ( $why ) {
				throw new Refused( $why );
			}
		}
		if ( isset( $of['contact-link'] ) && ! $state->users && ! isset( $of['user'] ) ) {
			throw new Refused( 'there is no user to link' );
		}
	}

	/**
	 * Why a new user cannot have a login, or null. A login that is somebody's address, and an address that
	 * is somebody's login, would leave it open who logs in.
	 *
	 * @param string       $login The login.
	 * @param string       $email The new user's address.
	 * @param Member_State $state As it is.
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
	 * Makes the user, with the names that the request gives or the contact has.
	 *
	 * @param array        $write The member.
	 * @param Member_State $state As it is.
	 * @param array        $of    Changes by kind.
	 * @return int Its id.
	 */
	private function make_user( $write, Member_State $state, $of ) {
		$names = array();
		foreach ( array( 'first-name', 'last-name' ) as $kind ) {
			$names[] = isset( $of[ $kind ] ) ? (string) $of[ $kind ]['after'] : (string) $state->person[ str_replace( '-', '_', $kind ) ];
		}
		$this->making = (int) $state->person['id'];
		try {
			return New_User::make( $write['email'], $of['user']['after'], $names[0], $names[1], $write['registered'] );
		} finally {
			$this->making = null;
		}
	}

	/**
	 * Links user and person before any other hook hears of the user: so that all see its access.
	 *
	 * @param int $user_id The new user.
	 */
	public function user_is_there( $user_id ) {
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
	 * Names, address and link of a user that is there; a role, where it was left without one.
	 *
	 * @param array        $write The member.
	 * @param Member_State $state As it is.
	 * @param array        $of    Changes by kind.
	 * @param bool         $half  True where it was left without a role.
	 * @throws Refused Where WordPress does not take it.
	 */
	private function update_user( $write, Member_State $state, $of, $half ) {
		global $wpdb;
		$id   = (int) $state->users[0]->ID;
		$data = array();
		foreach ( array( 'first-name', 'last-name' ) as $kind ) {
			if ( isset( $of[ $kind ] ) ) {
				$data[ str_replace( '-', '_', $kind ) ] = (string) $of[ $kind ]['after'];
			}
		}
		if ( isset( $of['address'] ) ) {
			$data['user_email'] = $write['email'];
		}
		if ( $data ) {
			$done = wp_update_user( wp_slash( array( 'ID' => $id ) + $data ) );
			if ( is_wp_error( $done ) ) {
				throw new Refused( 'WordPress does not update the user: ' . wp_strip_all_tags( $done->get_error_message() ) );
			}
		}
		if ( $half ) {
			( new \WP_User( $id ) )->set_role( Privilege::ROLE );
		}
		if ( isset( $of['contact-link'] ) || isset( $of['contact'] ) || $half ) {
			$shown = $wpdb->suppress_errors( true );
			$done  = $wpdb->update( Tables::name( 'people' ), array( 'user_id' => $id ), array( 'id' => $state->person['id'] ) );
			$wpdb->suppress_errors( $shown );
			if ( false === $done ) {
				throw new Refused( 'the user is linked with a contact of another address' );
			}
		}
	}

	/**
	 * Reads the users under the address, and where a rename is asked for, under the old one too.
	 *
	 * @param array        $write The member.
	 * @param Member_State $state Gets users and names.
	 * @throws Refused Where two users have the address.
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
			// What this process knows of the user may be older than the claim.
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
	 * Says which names WordPress keeps in another form.
	 *
	 * @param array        $write The member.
	 * @param Member_State $state As it was.
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
				$altered[] = str_replace( '-', ' ', $kind ) . " is kept as \"$kept\"";
			}
		}
		return implode( '; ', $altered );
	}

	/**
	 * Takes a person back, in the database and in the caches.
	 *
	 * @param array $write The member.
	 */
	private function roll_back( $write ) {
		$this->transaction->roll_back();
		$this->forget( $write );
	}

	/**
	 * Caches must not keep what was taken back.
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
	 * What moved, for people.
	 *
	 * @param Member_State $state  As it is.
	 * @param array        $change The change.
	 * @return string
	 */
	private static function what_moved( Member_State $state, $change ) {
		list( $kind, $name ) = $change['attribute'];
		$words               = function ( $value ) {
			return null === $value ? 'absent' : "\"$value\"";
		};
		return sprintf(
			'%s is %s now and was %s when the difference was computed',
			str_replace( '-', ' ', $kind ) . ( null === $name ? '' : " \"$name\"" ),
			$words( $state->value( $change['attribute'] ) ),
			$words( $change['before'] )
		);
	}

	/**
	 * One outcome.
	 *
	 * @param string      $outcome    confirmed, moved or refused.
	 * @param string|null $contact_id The contact's ID.
	 * @param string      $what       What differs, or why not.
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
	 * Null for a blank text.
	 *
	 * @param string|null $text The text.
	 * @return string|null
	 */
	private static function text( $text ) {
		return '' === (string) $text ? null : $text;
	}
}
