<?php
/**
 * Sends one email of the plan to users, at most once to each, whatever happens.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- users read without caches, our own tables.

/** The mark is stored before the email is sent: a kill in between leaves a doubt, which only a person may settle. */
final class Invite {

	const MOST = 100;

	/** A request ends after this many failures in a row. */
	const FAILURES = 3;

	/**
	 * The email's key.
	 *
	 * @var string
	 */
	private $key;

	/**
	 * Who invites, in readable form.
	 *
	 * @var string
	 */
	private $who;

	/**
	 * The offerings that the email is for, of which a member must have at least one; null if the site cannot check that.
	 *
	 * @var string[]|null
	 */
	private $offerings;

	/**
	 * The limit per hour, or null.
	 *
	 * @var int|null
	 */
	private $per_hour;

	/**
	 * Processes a request.
	 *
	 * @param array $body The decoded body.
	 * @return array The response.
	 * @throws Failure If the whole request is rejected.
	 */
	public static function run( $body ) {
		$holder = Batch::word( $body, 'holder', 64 );
		Instance::must_be( Batch::word( $body, 'instance', 64 ) );
		$recipients = self::recipients( $body );
		$self       = self::from_body( $body, Status::membership( Batch::word( $body, 'membership', 20 ) ) );
		$test       = ! empty( $body['test'] );
		if ( $test && 1 !== count( $recipients ) ) {
			throw Batch::bad( 'a test must have exactly one recipient' );
		}
		Lease::take( $holder, $self->who, max( isset( $body['lease'] ) ? (int) $body['lease'] : 60, Batch::MARGIN ) );
		ignore_user_abort( true );
		$budget = Batch::budget( $body );
		// One request at a time: otherwise emails that another request is just sending would look like doubts. Holders of
		// batches are never empty, so no batch has this name.
		$running = Requests::open( '', 'invite', hash( 'sha256', 'invite' ), '', 0, (int) $budget + Batch::MARGIN );
		try {
			$answer = $test ? $self->test( $recipients[0] ) : $self->each( $recipients, $budget );
		} finally {
			$running->close();
		}
		return $answer + array(
			'done' => count( $answer['items'] ) === count( $recipients ),
			'next' => count( $answer['items'] ),
			'took' => round( timer_float(), 3 ),
		);
	}

	/**
	 * Invites recipients one after the other, until the time is over or the hourly limit is reached.
	 *
	 * @param array $recipients The parsed recipients.
	 * @param float $budget     Seconds since the request's start.
	 * @return array items, and wait if the hourly limit is reached.
	 */
	private function each( $recipients, $budget ) {
		$items    = array();
		$failures = 0;
		foreach ( $recipients as $recipient ) {
			// A mailer that fails several times in a row will fail for all: the client can check before it continues.
			if ( $failures >= self::FAILURES ) {
				break;
			}
			if ( $items && timer_float() >= $budget ) {
				break;
			}
			$item = $this->invite( $recipient, ! $items );
			if ( isset( $item['stop'] ) ) {
				return array( 'items' => $items ) + array_diff_key( $item, array( 'stop' => 1 ) );
			}
			$items[]  = array( 'email' => $recipient['email'] ) + $item;
			$failures = 'failed' === $item['outcome'] && ! isset( $item['attempt'] ) ? $failures + 1 : 0;
		}
		return array( 'items' => $items );
	}

	/**
	 * Invites one recipient.
	 *
	 * @param array $recipient The parsed recipient.
	 * @param bool  $first     Whether this is the first recipient of the request.
	 * @return array outcome and why; or stop, and wait (in seconds) if the hourly limit is the reason.
	 * @throws Failure If the database does not even store the mark of the first recipient.
	 */
	private function invite( $recipient, $first ) {
		global $wpdb;
		$errors  = Tables::errors();
		$address = $recipient['email'];
		$why     = self::why_not( $recipient );
		$user    = $why ? null : self::user( $address, $why );
		if ( $why ) {
			return self::item( 'refused', $why );
		}
		$mark = Invitations::find( $this->key, $user->ID, $address );
		if ( $mark ) {
			$item = $this->marked( $mark, $recipient['again'] );
			if ( $item ) {
				if ( Invitations::SENT === $mark['state'] ) {
					Quiet::stop_for( $user->ID );
				}
				return $item;
			}
		}
		$why = $this->why_not_now( $user, $address );
		if ( $why ) {
			return self::item( 'refused', $why );
		}
		$wait = Invitations::wait( $this->key, $this->per_hour );
		if ( Tables::errors() > $errors ) {
			// Whether someone has opted out or was invited before is not known.
			throw Tables::refused();
		}
		if ( $wait ) {
			return array(
				'stop' => true,
				'wait' => $wait,
			);
		}
		$id = $mark ? Invitations::claim_again( $mark, $this->who ) : Invitations::claim( $this->key, $user->ID, $address, $this->who );
		if ( $id ) {
			return $this->send( $id, $user, $recipient );
		}
		$now = Invitations::find( $this->key, $user->ID, $address );
		if ( $now ) {
			return $this->marked( $now, null );
		}
		if ( $first ) {
			throw new Failure( 500, 'database', 'The invitation could not be recorded, so it was not sent: ' . $wpdb->last_error );
		}
		return array( 'stop' => true );
	}

	/**
	 * Sends the email to a recipient whose mark is stored, and completes the mark.
	 *
	 * @param int      $mark      The mark's id.
	 * @param \WP_User $user      The user.
	 * @param array    $recipient The parsed recipient.
	 * @return array outcome and why.
	 */
	private function send( $mark, $user, $recipient ) {
		$result = Letter::send( $recipient['email'], $recipient['subject'], $recipient['html'], $recipient['text'] );
		if ( ! Invitations::settle( $mark, $result['state'], $result['why'] ) ) {
			return self::item( 'doubt', 'it was passed to the site\'s mailer, but the result could not be recorded' );
		}
		if ( Invitations::SENT === $result['state'] ) {
			Quiet::stop_for( $user->ID );
		}
		return self::item( Invitations::SENDING === $result['state'] ? 'doubt' : $result['state'], $result['why'] );
	}

	/**
	 * Sends a test email: no mark is stored, and no one counts as invited.
	 *
	 * @param array $recipient The parsed recipient, who need not be a user.
	 * @return array items.
	 */
	private function test( $recipient ) {
		$address = $recipient['email'];
		$why     = self::why_not( $recipient );
		$user    = $why ? false : get_user_by( 'email', Address::stored( $address ) );
		if ( ! $why && self::opted_out( $address, $user ? $user->ID : 0 ) ) {
			$why = 'has opted out';
		}
		if ( $why ) {
			$item = self::item( 'refused', $why );
		} else {
			$result = Letter::send( $address, $recipient['subject'], $recipient['html'], $recipient['text'] );
			$item   = self::item( Invitations::SENDING === $result['state'] ? 'doubt' : $result['state'], $result['why'] );
		}
		return array( 'items' => array( array( 'email' => $address ) + $item ) );
	}

	/**
	 * What an existing mark means.
	 *
	 * @param array    $mark  The mark.
	 * @param int|null $again The attempt that a person wants to repeat.
	 * @return array|null The item; null if the email may be sent again.
	 */
	private function marked( $mark, $again ) {
		$elsewhere = Instance::current()['id'] !== $mark['instance'];
		if ( (int) $mark['attempt'] === $again && ( $elsewhere || Invitations::SENT !== $mark['state'] ) ) {
			return null;
		}
		$outcomes = array(
			Invitations::SENT    => 'already',
			Invitations::SENDING => 'doubt',
			Invitations::FAILED  => 'failed',
		);
		$why      = $mark['why'];
		if ( Invitations::SENDING === $mark['state'] && '' === $why ) {
			$why = 'it was passed to the site\'s mailer, but the result was not recorded';
		}
		if ( $elsewhere ) {
			$why = rtrim( "on the site that this site was copied from; $why", '; ' );
		}
		return self::item( $outcomes[ $mark['state'] ], $why ) + array( 'attempt' => (int) $mark['attempt'] );
	}

	/**
	 * Why a user may not be invited now, or null.
	 *
	 * @param \WP_User $user    The user.
	 * @param string   $address The address.
	 * @return string|null
	 */
	private function why_not_now( $user, $address ) {
		if ( self::opted_out( $address, $user->ID ) ) {
			return 'has opted out';
		}
		foreach ( (array) $this->offerings as $key ) {
			if ( Access::has_offering( $key, $user ) ) {
				return null;
			}
		}
		return null === $this->offerings ? null : 'has no access to any offering of this email now';
	}

	/**
	 * Why the email can never be sent to a recipient, or null.
	 *
	 * @param array $recipient The parsed recipient.
	 * @return string|null
	 */
	private static function why_not( $recipient ) {
		$why = Address::why_not( $recipient['email'] );
		return $why ? $why : Letter::why_not( $recipient['subject'], $recipient['html'], $recipient['text'] );
	}

	/**
	 * The only user with an address.
	 *
	 * @param string $address The address.
	 * @param string $why     Receives the reason if there is no user who may be invited.
	 * @return \WP_User|null
	 */
	private static function user( $address, &$why ) {
		global $wpdb;
		$ids = array();
		// The database ignores accents when it compares; this comparison does not.
		foreach ( $wpdb->get_results( $wpdb->prepare( "SELECT ID, user_email FROM $wpdb->users WHERE user_email = %s", Address::stored( $address ) ) ) as $row ) {
			if ( Address::read( $row->user_email ) === $address ) {
				$ids[] = (int) $row->ID;
			}
		}
		$user = 1 === count( $ids ) ? get_userdata( $ids[0] ) : false;
		if ( ! $user ) {
			$why = $ids ? 'several users have this address' : 'no user has this address';
		} elseif ( ! $user->roles ) {
			$why = 'the user has no role on this site';
		} elseif ( Privilege::of_user( $user ) ) {
			$why = 'the user has more than subscriber rights';
		}
		return $user ? $user : null;
	}

	/**
	 * Whether the person has opted out of marketing, as far as the site knows.
	 *
	 * @param string $address The address.
	 * @param int    $user_id The user; 0 for none.
	 * @return bool
	 */
	private static function opted_out( $address, $user_id ) {
		global $wpdb;
		$people = Tables::name( 'people' );
		return (bool) $wpdb->get_var( $wpdb->prepare( "SELECT COUNT(*) FROM `$people` WHERE opted_out = 1 AND (email = %s OR (user_id = %d AND user_id <> 0))", $address, $user_id ) );
	}

	/**
	 * Parses what the request says about the email.
	 *
	 * @param array      $body       The body.
	 * @param Membership $membership What decides access.
	 * @return self
	 * @throws Failure If there is no such email.
	 */
	private static function from_body( $body, Membership $membership ) {
		$self           = new self();
		$self->key      = Batch::word( $body, 'email', 100 );
		$self->who      = isset( $body['who'] ) ? Batch::word( $body, 'who', 190 ) : (string) $body['holder'];
		$self->per_hour = isset( $body['per_hour'] ) ? max( 1, (int) $body['per_hour'] ) : null;
		// With AccessAlly the client has read from AccessAlly's own tags who has access.
		$is_companion = $membership instanceof Companion_Membership;
		foreach ( Catalogue::emails() as $email ) {
			if ( $email['key'] === $self->key ) {
				$limits          = array_filter( array( $self->per_hour, $email['per_hour'] ) );
				$self->per_hour  = $limits ? min( $limits ) : null;
				$self->offerings = $is_companion ? $email['offerings'] : null;
				if ( 'site' !== $email['via'] ) {
					throw new Failure( 422, 'no_email', "The email \"{$self->key}\" is not sent by the site: its \"via\" is \"{$email['via']}\"." );
				}
				return $self;
			}
		}
		if ( ! $is_companion ) {
			return $self;
		}
		throw new Failure( 422, 'no_email', "The email \"{$self->key}\" does not exist on the site. \"rehome apply\" creates it." );
	}

	/**
	 * Parses the recipients, all or none.
	 *
	 * @param array $body The body.
	 * @return array
	 * @throws Failure If one does not follow the contract.
	 */
	private static function recipients( $body ) {
		$list = isset( $body['recipients'] ) ? $body['recipients'] : null;
		if ( ! is_array( $list ) || ! $list || array_keys( $list ) !== array_keys( array_values( $list ) ) ) {
			throw Batch::bad( 'recipients must be a list with at least one recipient' );
		}
		if ( count( $list ) > self::MOST ) {
			throw new Failure( 413, 'too_many', 'A request may contain at most ' . self::MOST . ' recipients.', array( 'most' => self::MOST ) );
		}
		$known = array();
		foreach ( $list as $index => $recipient ) {
			foreach ( array( 'email', 'subject', 'html', 'text' ) as $name ) {
				if ( ! is_array( $recipient ) || ! isset( $recipient[ $name ] ) || ! is_string( $recipient[ $name ] ) ) {
					throw Batch::bad( "recipients[$index]: $name is required" );
				}
			}
			if ( isset( $known[ $recipient['email'] ] ) ) {
				throw Batch::bad( "recipients[$index]: the address appears twice in this request" );
			}
			$known[ $recipient['email'] ] = true;
			$list[ $index ]['again']      = isset( $recipient['again'] ) ? (int) $recipient['again'] : null;
		}
		return $list;
	}

	/**
	 * One item of the response.
	 *
	 * @param string $outcome The outcome.
	 * @param string $why     The reason, or empty.
	 * @return array
	 */
	private static function item( $outcome, $why ) {
		return array( 'outcome' => $outcome ) + ( '' === (string) $why ? array() : array( 'why' => $why ) );
	}
}
