<?php
/**
 * A list of members in, an outcome for each out, within a budget of time.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** Checks the whole request before it touches anybody. */
final class Batch {

	const MOST    = 1000;
	const BUDGET  = 10.0;
	const MARGIN  = 30;
	const KINDS   = array( 'address', 'contact', 'user', 'contact-link', 'first-name', 'last-name', 'opted-out', 'field', 'source-key', 'tag' );
	const ACTIONS = array( 'create', 'update', 'link', 'relink', 'rename', 'add-tag', 'remove-tag' );

	/**
	 * Carries a request out, or goes on with it, or answers it again.
	 *
	 * @param array $body The decoded body.
	 * @return array The answer.
	 * @throws Failure Where the request as a whole is refused.
	 */
	public static function run( $body ) {
		$holder     = self::word( $body, 'holder', 64 );
		$request    = self::word( $body, 'request', 64 );
		$granted_by = self::word( $body, 'granted_by', 100 );
		$instance   = Instance::current();
		if ( self::word( $body, 'instance', 64 ) !== $instance['id'] ) {
			throw new Failure( 409, 'other_instance', 'This site is not the one that the request was made for; it may be a copy.', array( 'instance' => $instance ) );
		}
		$membership = Status::membership( self::word( $body, 'membership', 20 ) );
		$writes     = self::writes( $body );
		$seconds    = isset( $body['lease'] ) ? (int) $body['lease'] : 60;
		Lease::take( $holder, isset( $body['who'] ) ? substr( (string) $body['who'], 0, 190 ) : $holder, max( $seconds, self::MARGIN ) );
		$digest = hash( 'sha256', wp_json_encode( array( $granted_by, $body['membership'], $body['members'] ) ) );
		// Whoever goes away does not take the work along: it ends when it is done or its time is over.
		ignore_user_abort( true );
		$budget   = self::budget( $body );
		$requests = Requests::open( $holder, $request, $digest, $granted_by, count( $writes ), (int) $budget + self::MARGIN );
		Quiet::begin();
		// WordPress counts its users after each new one, in one row of its options: requests would wait for each other there.
		$counts = remove_action( 'user_register', 'wp_maybe_update_user_counts' );
		try {
			$items = self::each( $writes, $requests, new Member_Writer( $membership, $granted_by, $requests ), $budget );
		} finally {
			if ( $counts ) {
				wp_maybe_update_user_counts();
			}
			$requests->close();
		}
		if ( 0 === wp_rand( 0, 99 ) ) {
			Requests::purge();
		}
		return array(
			'items' => $items,
			'done'  => count( $items ) === count( $writes ),
			'next'  => count( $items ),
			'took'  => round( timer_float(), 3 ),
		);
	}

	/**
	 * How long a request may take, in seconds since its start.
	 *
	 * @param array $body The body; may ask for less.
	 * @return float
	 */
	public static function budget( $body = array() ) {
		$limit  = (int) ini_get( 'max_execution_time' );
		$budget = $limit > 0 ? min( self::BUDGET, $limit * 0.6 ) : self::BUDGET;
		/**
		 * The seconds of wall time that a batch may take, for sites whose gateway cuts earlier or later.
		 *
		 * @param float $budget Seconds.
		 */
		$budget = (float) apply_filters( 'rehome_time_budget', $budget );
		return isset( $body['budget'] ) ? min( $budget, max( 0.0, (float) $body['budget'] ) ) : $budget;
	}

	/**
	 * One after the other, until the time is over; always at least one more.
	 *
	 * @param array         $writes   The members.
	 * @param Requests      $requests What was done before.
	 * @param Member_Writer $writer   Writes.
	 * @param float         $budget   Seconds since the request's start.
	 * @return array Outcomes in order, from the first on.
	 */
	private static function each( $writes, Requests $requests, Member_Writer $writer, $budget ) {
		$marks  = $requests->marks();
		$items  = array();
		$worked = false;
		foreach ( $writes as $write ) {
			$outcome = isset( $marks[ $write['place'] ] ) ? $marks[ $write['place'] ] : null;
			if ( null === $outcome ) {
				if ( $worked && ( timer_float() >= $budget || self::memory_is_short() ) ) {
					break;
				}
				$worked  = true;
				$why     = Address::why_not( $write['email'] );
				$outcome = $why ? self::refuse( $requests, $write, $why ) : $writer->write( $write );
			}
			$item = array(
				'seq'     => $write['seq'],
				'outcome' => $outcome['outcome'],
			);
			if ( null !== $outcome['contact_id'] ) {
				$item['contact_id'] = $outcome['contact_id'];
			}
			if ( '' !== $outcome['what'] ) {
				$item[ 'moved' === $outcome['outcome'] ? 'what' : ( 'refused' === $outcome['outcome'] ? 'why' : 'altered' ) ] = $outcome['what'];
			}
			$items[] = $item;
		}
		return $items;
	}

	/**
	 * Refuses a member before it is looked at.
	 *
	 * @param Requests $requests For the mark.
	 * @param array    $write    The member.
	 * @param string   $why      Why.
	 * @return array
	 */
	private static function refuse( Requests $requests, $write, $why ) {
		$outcome = array(
			'outcome'    => 'refused',
			'contact_id' => null,
			'what'       => $why,
		);
		$requests->mark( $write['place'], $outcome, $write['email'] );
		return $outcome;
	}

	/**
	 * True where four fifths of PHP's memory are used.
	 *
	 * @return bool
	 */
	private static function memory_is_short() {
		$limit = wp_convert_hr_to_bytes( ini_get( 'memory_limit' ) );
		return $limit > 0 && memory_get_usage() > 0.8 * $limit;
	}

	/**
	 * Reads the members, all or none.
	 *
	 * @param array $body The body.
	 * @return array
	 * @throws Failure Where one is not as the contract says.
	 */
	private static function writes( $body ) {
		$members = isset( $body['members'] ) ? $body['members'] : null;
		if ( ! is_array( $members ) || array_keys( $members ) !== array_keys( array_values( $members ) ) || ! $members ) {
			throw self::bad( 'members is a list of at least one' );
		}
		if ( count( $members ) > self::MOST ) {
			throw new Failure( 413, 'too_many', 'A request takes at most ' . self::MOST . ' members.', array( 'most' => self::MOST ) );
		}
		$writes = array();
		$known  = array();
		foreach ( $members as $place => $member ) {
			$write = self::one( $place, $member );
			if ( isset( $known[ $write['email'] ] ) ) {
				throw self::bad( "members[$place]: the address stands in this request before" );
			}
			$known[ $write['email'] ] = true;
			$writes[]                 = $write;
		}
		return $writes;
	}

	/**
	 * Reads one member.
	 *
	 * @param int   $place  Its place.
	 * @param mixed $member As sent.
	 * @return array place, seq, email, old_email, login, contact_id, registered, changes.
	 * @throws Failure Where it is not as the contract says.
	 */
	private static function one( $place, $member ) {
		$at = "members[$place]";
		if ( ! is_array( $member ) || ! isset( $member['seq'], $member['email'], $member['changes'] ) || ! is_int( $member['seq'] ) || ! is_string( $member['email'] ) || ! is_array( $member['changes'] ) ) {
			throw self::bad( "$at needs seq, email and changes" );
		}
		$write = array(
			'place'      => $place,
			'seq'        => $member['seq'],
			'email'      => $member['email'],
			'old_email'  => null,
			'login'      => null,
			'contact_id' => self::text( $at, $member, 'contact_id' ),
			'registered' => self::moment( $at, self::text( $at, $member, 'registered' ) ),
			'changes'    => array(),
		);
		foreach ( $member['changes'] as $change ) {
			$change             = self::change( $at, $change );
			$write['changes'][] = $change;
			if ( 'address' === $change['attribute'][0] ) {
				$write['old_email'] = $change['before'];
			}
			if ( 'user' === $change['attribute'][0] ) {
				$write['login'] = $change['after'];
			}
		}
		return $write;
	}

	/**
	 * Reads one change.
	 *
	 * @param string $at     Where, for messages.
	 * @param mixed  $change As sent.
	 * @return array attribute (kind and name), before, after.
	 * @throws Failure Where it is not as the contract says.
	 */
	private static function change( $at, $change ) {
		if ( ! is_array( $change ) || ! isset( $change['attribute'], $change['action'] ) ) {
			throw self::bad( "$at: a change needs action and attribute" );
		}
		if ( ! in_array( $change['action'], self::ACTIONS, true ) ) {
			throw self::bad( "$at: the action is not work" );
		}
		$attribute = $change['attribute'];
		$named     = is_array( $attribute ) && 1 === count( $attribute );
		$kind      = $named ? key( $attribute ) : $attribute;
		$name      = $named ? current( $attribute ) : null;
		if ( ! in_array( $kind, self::KINDS, true ) || in_array( $kind, array( 'field', 'source-key', 'tag' ), true ) !== $named || ( $named && ( ! is_string( $name ) || '' === $name ) ) ) {
			throw self::bad( "$at: there is no such attribute" );
		}
		return array(
			'attribute' => array( $kind, $name ),
			'before'    => self::text( $at, $change, 'before' ),
			'after'     => self::text( $at, $change, 'after' ),
		);
	}

	/**
	 * Reads a text that may be absent.
	 *
	 * @param string $at   Where, for messages.
	 * @param array  $from From what.
	 * @param string $key  Its key.
	 * @return string|null
	 * @throws Failure Where it is no text.
	 */
	private static function text( $at, $from, $key ) {
		if ( ! isset( $from[ $key ] ) ) {
			return null;
		}
		if ( ! is_string( $from[ $key ] ) ) {
			throw self::bad( "$at: $key is a text" );
		}
		return $from[ $key ];
	}

	/**
	 * Reads a moment in UTC, for example 2019-04-01T10:00:00Z.
	 *
	 * @param string      $at   Where, for messages.
	 * @param string|null $text The moment.
	 * @return string|null As WordPress stores it.
	 * @throws Failure Where it is none.
	 */
	private static function moment( $at, $text ) {
		if ( null === $text ) {
			return null;
		}
		$moment = \DateTime::createFromFormat( '!Y-m-d\TH:i:s\Z', $text, new \DateTimeZone( 'UTC' ) );
		if ( ! $moment || $moment->format( 'Y-m-d\TH:i:s\Z' ) !== $text ) {
			throw self::bad( "$at: registered is a moment as 2019-04-01T10:00:00Z" );
		}
		return $moment->format( 'Y-m-d H:i:s' );
	}

	/**
	 * Reads a text that must be there.
	 *
	 * @param array  $body    The body.
	 * @param string $key     Its key.
	 * @param int    $longest Its greatest length.
	 * @return string
	 * @throws Failure Where it is missing or too long.
	 */
	public static function word( $body, $key, $longest ) {
		if ( ! isset( $body[ $key ] ) || ! is_string( $body[ $key ] ) || '' === $body[ $key ] || strlen( $body[ $key ] ) > $longest ) {
			throw self::bad( "$key is a text of 1 to $longest characters" );
		}
		return $body[ $key ];
	}

	/**
	 * A request that is not as the contract says.
	 *
	 * @param string $message What is wrong.
	 * @return Failure
	 */
	public static function bad( $message ) {
		return new Failure( 400, 'bad_request', $message );
	}
}
