<?php
/**
 * Sends one email of the plan to people: at most once each, whatever happens.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- users read past every cache, tables of our own.

/** The mark is there before the mail: a kill between them leaves a doubt, which only a person may settle. */
final class Invite {

	const MOST = 100;

	/** After so many failures in a row a request ends. */
	const FAILURES = 3;

	/**
	 * The email's key.
	 *
	 * @var string
	 */
	private $key;

	/**
	 * By whom, for people.
	 *
	 * @var string
	 */
	private $who;

	/**
	 * The offerings it is for, of which a member has at least one; null where that is not known here.
	 *
	 * @var string[]|null
	 */
	private $offerings;

	/**
	 * At most so many within an hour, or null.
	 *
	 * @var int|null
	 */
	private $per_hour;

	/**
	 * Carries a request out.
	 *
	 * @param array $body The decoded body.
	 * @return array The answer.
	 * @throws Failure Where the request as a whole is refused.
	 */
	public static function run( $body ) {
		$holder   = Batch::word( $body, 'holder', 64 );
		$instance = Instance::current();
		if ( Batch::word( $body, 'instance', 64 ) !== $instance['id'] ) {
			throw new Failure( 409, 'other_instance', 'This site is not the one that the request was made for; it may be a copy.', array( 'instance' => $instance ) );
		}
		$recipients = self::recipients( $body );
		$self       = self::of( $body, Status::membership( Batch::word( $body, 'membership', 20 ) ) );
		$test       = ! empty( $body['test'] );
		if ( $test && 1 !== count( $recipients ) ) {
			throw Batch::bad( 'a test goes to one address' );
		}
		Lease::take( $holder, $self->who, max( isset( $body['lease'] ) ? (int) $body['lease'] : 60, Batch::MARGIN ) );
		ignore_user_abort( true );
		$budget = Batch::budget( $body );
		// One request at a time: what another has under way is no doubt. No holder is empty, so no batch has this name.
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
	 * One after the other, until the time or the hour is used up.
	 *
	 * @param array $recipients As read.
	 * @param float $budget     Seconds since the request's start.
	 * @return array items, and wait where the hour is used up.
	 */
	private function each( $recipients, $budget ) {
		$items    = array();
		$failures = 0;
		foreach ( $recipients as $recipient ) {
			// A mailer that fails for one after the other fails for all: whoever asks may look before it goes on.
			if ( $failures >= self::FAILURES ) {
				break;
			}
			if ( $items && timer_float() >= $budget ) {
				break;
			}
			$item = $this->one( $recipient, ! $items );
			if ( isset( $item['stop'] ) ) {
				return array( 'items' => $items ) + array_diff_key( $item, array( 'stop' => 1 ) );
			}
			$items[]  = array( 'email' => $recipient['email'] ) + $item;
			$failures = 'failed' === $item['outcome'] && ! isset( $item['attempt'] ) ? $failures + 1 : 0;
		}
		return array( 'items' => $items );
	}

	/**
	 * One recipient.
	 *
	 * @param array $recipient As read.
	 * @param bool  $first     True for the first of the request.
	 * @return array outcome and why; or stop, and for how many seconds to wait where that is why.
	 * @throws Failure Where the database takes no mark, not even of the first.
	 */
	private function one( $recipient, $first ) {
		global $wpdb;
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
					Quiet::is_over( $user->ID );
				}
				return $item;
			}
		}
		$why = $this->why_not_now( $user, $address );
		if ( $why ) {
			return self::item( 'refused', $why );
		}
		$wait = Invitations::wait( $this->key, $this->per_hour );
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
			throw new Failure( 500, 'database', 'The invitation could not be noted, so it was not sent: ' . $wpdb->last_error );
		}
		return array( 'stop' => true );
	}

	/**
	 * Sends to whom the mark is made, and completes the mark.
	 *
	 * @param int      $mark      Its id.
	 * @param \WP_User $user      The user.
	 * @param array    $recipient As read.
	 * @return array outcome and why.
	 */
	private function send( $mark, $user, $recipient ) {
		$came = Letter::send( $recipient['email'], $recipient['subject'], $recipient['html'], $recipient['text'] );
		if ( ! Invitations::settle( $mark, $came['state'], $came['why'] ) ) {
			return self::item( 'doubt', 'it was handed to the site\'s mailer, and the database did not take what came of it' );
		}
		if ( Invitations::SENT === $came['state'] ) {
			Quiet::is_over( $user->ID );
		}
		return self::item( Invitations::SENDING === $came['state'] ? 'doubt' : $came['state'], $came['why'] );
	}

	/**
	 * A mail to look at: no mark is made, and nobody counts as invited.
	 *
	 * @param array $recipient As read. Need not be a user.
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
			$came = Letter::send( $address, $recipient['subject'], $recipient['html'], $recipient['text'] );
			$item = self::item( Invitations::SENDING === $came['state'] ? 'doubt' : $came['state'], $came['why'] );
		}
		return array( 'items' => array( array( 'email' => $address ) + $item ) );
	}

	/**
	 * What a mark that is there means.
	 *
	 * @param array    $mark  As found.
	 * @param int|null $again The attempt that a person wants repeated.
	 * @return array|null The item; null where it may be sent again.
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
			$why = 'it was handed to the site\'s mailer, and what came of it was not noted';
		}
		if ( $elsewhere ) {
			$why = rtrim( "on the site of which this is a copy; $why", '; ' );
		}
		return self::item( $outcomes[ $mark['state'] ], $why ) + array( 'attempt' => (int) $mark['attempt'] );
	}

	/**
	 * Why somebody gets no mail now, or null.
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
		return null === $this->offerings ? null : 'has access to none of the offerings of this email now';
	}

	/**
	 * Why a recipient cannot be written to at all, or null.
	 *
	 * @param array $recipient As read.
	 * @return string|null
	 */
	private static function why_not( $recipient ) {
		$why = Address::why_not( $recipient['email'] );
		return $why ? $why : Letter::why_not( $recipient['subject'], $recipient['html'], $recipient['text'] );
	}

	/**
	 * The one user of an address.
	 *
	 * @param string $address The address.
	 * @param string $why     Becomes why there is none who may be invited.
	 * @return \WP_User|null
	 */
	private static function user( $address, &$why ) {
		global $wpdb;
		$ids = array();
		// The database compares without regard to accents; here an address is itself.
		foreach ( $wpdb->get_results( $wpdb->prepare( "SELECT ID, user_email FROM $wpdb->users WHERE user_email = %s", Address::stored( $address ) ) ) as $row ) {
			if ( Address::read( $row->user_email ) === $address ) {
				$ids[] = (int) $row->ID;
			}
		}
		$user = 1 === count( $ids ) ? get_userdata( $ids[0] ) : false;
		if ( ! $user ) {
			$why = $ids ? 'several users have the address' : 'there is no user with the address';
		} elseif ( ! $user->roles ) {
			$why = 'the user has no role on this site';
		} elseif ( Privilege::of_user( $user ) ) {
			$why = 'the user may do more than a subscriber';
		}
		return $user ? $user : null;
	}

	/**
	 * True where the person refused marketing, as far as is known here.
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
	 * Reads what the request says of the email.
	 *
	 * @param array      $body       The body.
	 * @param Membership $membership Who decides access.
	 * @return self
	 * @throws Failure Where there is no such email.
	 */
	private static function of( $body, Membership $membership ) {
		$self           = new self();
		$self->key      = Batch::word( $body, 'email', 100 );
		$self->who      = isset( $body['who'] ) ? Batch::word( $body, 'who', 190 ) : (string) $body['holder'];
		$self->per_hour = isset( $body['per_hour'] ) ? max( 1, (int) $body['per_hour'] ) : null;
		// Who has access with AccessAlly, the client has read from AccessAlly's own tags.
		$ours = $membership instanceof Companion_Membership;
		foreach ( Catalogue::emails() as $email ) {
			if ( $email['key'] === $self->key ) {
				$limits          = array_filter( array( $self->per_hour, $email['per_hour'] ) );
				$self->per_hour  = $limits ? min( $limits ) : null;
				$self->offerings = $ours ? $email['offerings'] : null;
				if ( 'site' !== $email['via'] ) {
					throw new Failure( 422, 'no_email', "The email {$self->key} is not sent by the site: it goes by {$email['via']}." );
				}
				return $self;
			}
		}
		if ( ! $ours ) {
			return $self;
		}
		throw new Failure( 422, 'no_email', "There is no email {$self->key} on the site: apply makes it." );
	}

	/**
	 * Reads the recipients, all or none.
	 *
	 * @param array $body The body.
	 * @return array
	 * @throws Failure Where one is not as the contract says.
	 */
	private static function recipients( $body ) {
		$list = isset( $body['recipients'] ) ? $body['recipients'] : null;
		if ( ! is_array( $list ) || ! $list || array_keys( $list ) !== array_keys( array_values( $list ) ) ) {
			throw Batch::bad( 'recipients is a list of at least one' );
		}
		if ( count( $list ) > self::MOST ) {
			throw new Failure( 413, 'too_many', 'A request takes at most ' . self::MOST . ' recipients.', array( 'most' => self::MOST ) );
		}
		$known = array();
		foreach ( $list as $at => $recipient ) {
			foreach ( array( 'email', 'subject', 'html', 'text' ) as $name ) {
				if ( ! is_array( $recipient ) || ! isset( $recipient[ $name ] ) || ! is_string( $recipient[ $name ] ) ) {
					throw Batch::bad( "recipients[$at] needs $name" );
				}
			}
			if ( isset( $known[ $recipient['email'] ] ) ) {
				throw Batch::bad( "recipients[$at]: the address stands in this request before" );
			}
			$known[ $recipient['email'] ] = true;
			$list[ $at ]['again']         = isset( $recipient['again'] ) ? (int) $recipient['again'] : null;
		}
		return $list;
	}

	/**
	 * One item.
	 *
	 * @param string $outcome What came of it.
	 * @param string $why     Why.
	 * @return array
	 */
	private static function item( $outcome, $why ) {
		return array( 'outcome' => $outcome ) + ( '' === (string) $why ? array() : array( 'why' => $why ) );
	}
}
