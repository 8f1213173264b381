<?php
/**
 * Takes the changes of one member, compares them with the site, and writes all of them or none.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared, WordPress.DB.SlowDBQuery -- our own tables, and users read without caches.

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
	 * The names of the migration: what was granted under one of them is its own.
	 *
	 * @var string[]
	 */
	private $names;

	/**
	 * Tags of offerings that are not as the request expects them => why.
	 *
	 * @var string[]
	 */
	private $stale;

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
	 * Reads members.
	 *
	 * @var Member_Reader
	 */
	private $reader;

	/**
	 * The claims of this request.
	 *
	 * @var Claim
	 */
	private $claim;

	/**
	 * The person whose user is being created, for the hook: id, login, email.
	 *
	 * @var array|null
	 */
	private $making;

	/**
	 * The connection that the request began with: the request's lock ends with it.
	 *
	 * @var int
	 */
	private $thread;

	/**
	 * Prepares for the members of one request.
	 *
	 * @param Membership $membership What decides access.
	 * @param string[]   $names      The migration that grants, and the names that it had before.
	 * @param string[]   $stale      Tags of offerings that are not as expected => why.
	 * @param Requests   $requests   Where marks are stored.
	 */
	public function __construct( Membership $membership, $names, $stale, Requests $requests ) {
		$this->membership  = $membership;
		$this->granted_by  = $names[0];
		$this->names       = $names;
		$this->stale       = $stale;
		$this->requests    = $requests;
		$this->transaction = new Transaction();
		$this->claim       = new Claim( $requests->id );
		$this->reader      = new Member_Reader( $membership );
		$this->thread      = Database::thread();
		add_action( 'user_register', array( $this, 'link_new_user' ), PHP_INT_MIN, 2 );
	}

	/**
	 * Writes one member and marks it.
	 *
	 * @param array $write As Batch parsed it.
	 * @return array outcome, contact_id, what.
	 * @throws Failure If the database cannot be reached, or another process continues this request.
	 */
	public function write( $write ) {
		$place = $write['place'];
		for ( $try = 1; ; $try++ ) {
			try {
				return $this->in_transaction( $write );
			} catch ( Failure $failure ) {
				$this->roll_back( $write );
				throw $failure;
			} catch ( \Throwable $thrown ) {
				// Conclusions from a transaction that the database aborted prove nothing.
				$lost = $thrown instanceof Try_Again || $this->transaction->is_lost();
				$this->roll_back( $write );
				// The answer to a COMMIT may have been lost: the mark shows whether it was carried out.
				$marked = $lost ? $this->requests->marked( $place ) : null;
				if ( $marked ) {
					return $marked;
				}
				if ( ! $lost || $try >= self::TRIES ) {
					$outcome = self::outcome_of( $thrown, $lost );
					$this->requests->mark( $place, $outcome, $write['email'] );
					return $outcome;
				}
				usleep( 10000 * $try );
			}
		}
	}

	/**
	 * Rejects a member during whose writing PHP was ended.
	 *
	 * @param array  $write The member.
	 * @param string $why   The reason.
	 * @return array The outcome.
	 */
	public function interrupted( $write, $why ) {
		$this->roll_back( $write );
		// PHP may have been ended just after the member was stored.
		$marked = $this->requests->marked( $write['place'] );
		return $marked ? $marked : $this->refuse( $write, $why );
	}

	/**
	 * Rejects a member about whom nothing was written.
	 *
	 * @param array  $write The member.
	 * @param string $why   The reason.
	 * @return array The outcome.
	 */
	public function refuse( $write, $why ) {
		$outcome = self::outcome( 'refused', null, $why );
		$this->requests->mark( $write['place'], $outcome, $write['email'] );
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
		$where = get_class( $thrown ) . ' in ' . basename( $thrown->getFile() ) . ' line ' . $thrown->getLine();
		$who   = Culprit::of_throwable( $thrown );
		return self::outcome( 'refused', null, "code on the site failed: $where" . ( Culprit::UNKNOWN === $who ? '' : " ($who)" ) );
	}

	/**
	 * One attempt.
	 *
	 * @param array $write The member.
	 * @return array The outcome.
	 * @throws Refused If the member cannot be written.
	 * @throws Moved If the member has changed.
	 */
	private function in_transaction( $write ) {
		global $wpdb;
		$this->forget( $write );
		$this->transaction->begin();
		$state = new Member_State();
		$this->claim->person( $write, $state );
		$this->reader->users( $write, $state );
		$incomplete = $state->users && Member_Reader::is_incomplete( (int) $state->users[0]->ID );
		if ( $state->users && ! $incomplete && Privilege::of_user( new \WP_User( $state->users[0]->ID ) ) ) {
			throw new Refused( 'the user has more than subscriber rights and is never modified' );
		}
		$this->membership->read( $state );
		$this->check_expected( $write, $state );
		foreach ( $write['changes'] as $change ) {
			if ( $state->moved( $change ) ) {
				throw new Moved( self::what_changed( $state, $change ) );
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
		if ( ! $todo && ! $incomplete ) {
			$this->transaction->roll_back();
			$outcome = self::outcome( 'confirmed', $state->contact_id, '' );
			$this->requests->mark( $write['place'], $outcome, $write['email'] );
			return $outcome;
		}
		$contact_id = $this->apply( $write, $state, $todo, $incomplete );
		$this->reader->read_back( $write, $state, $todo );
		$outcome = self::outcome( 'confirmed', $contact_id, $this->altered( $write, $state ) );
		$this->transaction->settle();
		$this->requests->mark( $write['place'], $outcome, $write['email'] );
		$this->transaction->commit();
		// What other processes cached in the meantime is from before the commit.
		$this->forget( $write );
		return $outcome;
	}

	/**
	 * Checks what was true of the member when the difference was computed, and must still be.
	 *
	 * @param array        $write The member.
	 * @param Member_State $state The current state.
	 * @throws Moved If it no longer is.
	 */
	private function check_expected( $write, Member_State $state ) {
		if ( null !== $write['user_of'] ) {
			if ( ! $state->users ) {
				throw new Moved( 'the user no longer exists' );
			}
			if ( (string) $state->contact_id !== $write['user_of'] ) {
				$now = null === $state->contact_id ? 'no contact' : "contact $state->contact_id";
				throw new Moved( "the user is linked to $now now, and not to contact {$write['user_of']}" ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped -- answered as JSON.
			}
		}
		foreach ( $write['changes'] as $change ) {
			if ( 'tag' === $change['attribute'][0] && isset( $this->stale[ $change['attribute'][1] ] ) ) {
				throw new Moved( $this->stale[ $change['attribute'][1] ] ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped -- answered as JSON.
			}
		}
		foreach ( $write['ours'] as $tag ) {
			if ( isset( $state->tags[ $tag ] ) && ! in_array( (string) $state->tags[ $tag ], $this->names, true ) ) {
				throw new Moved( "the tag \"$tag\" is now from \"{$state->tags[ $tag ]}\", not from this migration" ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped -- answered as JSON.
			}
		}
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
		$listed = array();
		foreach ( $write['changes'] as $change ) {
			$name = implode( ' ', array_filter( $change['attribute'] ) );
			if ( isset( $listed[ $name ] ) ) {
				throw new Refused( "$name is listed twice" );
			}
			$listed[ $name ] = true;
		}
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
		$rows = Database::read( $wpdb->get_results( $wpdb->prepare( "SELECT user_login, user_email FROM $wpdb->users WHERE user_login IN (%s, %s) OR user_email IN (%s, %s)", $login, $email, Address::stored( $login ), Address::stored( $email ) ) ), 'login' );
		foreach ( $rows as $row ) {
			$other = Address::read( $row->user_email );
			if ( 0 === strcasecmp( $row->user_login, $login ) ) {
				return "the login \"$login\" is taken by $other";
			}
			if ( 0 === strcasecmp( $row->user_login, $email ) ) {
				return "the address is the login of another user, $other";
			}
			if ( $other === $login ) {
				return "the login \"$login\" is the address of another user";
			}
			// The database takes both for equal: it may ignore accents, or spaces at the end.
			if ( $other !== $email ) {
				return "the database does not distinguish the login or address from those of another user, {$row->user_login} ($other)";
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
		$login = $by_kind['user']['after'];
		if ( empty( $state->person['new'] ) ) {
			$this->set_person( $state, array( 'quiet' => 1 ) );
		}
		$this->making = array( (int) $state->person['id'], $login, $write['email'] );
		try {
			return New_User::make( $write['email'], $login, $names[0], $names[1], $write['registered'] );
		} finally {
			$this->making = null;
		}
	}

	/**
	 * Links user and person before any other hook runs, so that all of them see the user's access. Code on the site may
	 * create other users meanwhile: only the requested one is linked.
	 *
	 * @param int   $user_id The new user.
	 * @param array $data    What wp_insert_user() was given, slashed.
	 */
	public function link_new_user( $user_id, $data = array() ) {
		global $wpdb;
		if ( null === $this->making || ! isset( $data['user_login'], $data['user_email'] ) ) {
			return;
		}
		list( $person, $login, $email ) = $this->making;
		if ( wp_unslash( $data['user_login'] ) !== $login || wp_unslash( $data['user_email'] ) !== $email ) {
			return;
		}
		$link = array(
			'user_id' => $user_id,
			'made'    => 1,
			'quiet'   => 1,
		);
		Database::done( $wpdb->update( Tables::name( 'people' ), $link, array( 'id' => $person ) ), 'link to the user' );
	}

	/**
	 * Updates the row of the person.
	 *
	 * @param Member_State $state  The current state.
	 * @param array        $values Column => value.
	 */
	private function set_person( Member_State $state, $values ) {
		global $wpdb;
		Database::done( $wpdb->update( Tables::name( 'people' ), $values, array( 'id' => $state->person['id'] ) ), 'person' );
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
			if ( false === $done && Database::is_duplicate() ) {
				throw new Refused( 'the user is linked to a contact with another address' );
			}
			Database::done( $done, 'link to the user' );
		}
		if ( $incomplete ) {
			// Adopted: as quiet as a user whom this request had created.
			$this->set_person(
				$state,
				array(
					'made'  => 1,
					'quiet' => 1,
				)
			);
		} elseif ( ! empty( $state->person['new'] ) && null !== $write['login'] ) {
			// The row was created for a new user, but the user existed.
			$this->set_person( $state, array( 'quiet' => 0 ) );
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
				$altered[] = str_replace( '-', ' ', $kind ) . ( '' === $kept ? " \"{$change['after']}\" is not stored: WordPress takes it for no name" : " is stored as \"$kept\"" );
			}
		}
		return implode( '; ', $altered );
	}

	/**
	 * Rolls a member back, in the database and in the caches.
	 *
	 * @param array $write The member.
	 * @throws Failure If the database cannot be reached, or another process continues this request.
	 */
	private function roll_back( $write ) {
		$this->transaction->roll_back();
		$this->forget( $write );
		if ( Database::thread() !== $this->thread ) {
			// The lock of the request ended with the connection.
			$this->requests->hold();
			$this->thread = Database::thread();
		}
	}

	/**
	 * Removes a member from the caches, which may outlive this process: a kill between database and cache must not leave
	 * a user there who does not exist.
	 *
	 * @param array $write The member.
	 */
	public function forget( $write ) {
		$ids = array();
		foreach ( array_filter( array( $write['email'], $write['old_email'] ) ) as $address ) {
			// WordPress stores the address as it was written; it need not be in lowercase.
			$ids[] = wp_cache_get( Address::stored( $address ), 'useremail' );
			wp_cache_delete( Address::stored( $address ), 'useremail' );
		}
		if ( null !== $write['login'] ) {
			$ids[] = wp_cache_get( $write['login'], 'userlogins' );
			wp_cache_delete( $write['login'], 'userlogins' );
			wp_cache_delete( sanitize_title( $write['login'] ), 'userslugs' );
		}
		foreach ( array_unique( array_filter( array_map( 'intval', $ids ) ) ) as $id ) {
			wp_cache_delete( $id, 'users' );
			wp_cache_delete( $id, 'user_meta' );
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
}
