<?php
/**
 * Takes a list of members and returns an outcome for each, within a time budget.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** Checks the whole request before anything is written. */
final class Batch {

	const MOST   = 1000;
	const BUDGET = 10.0;
	const MARGIN = 30;

	/** A member is rejected after so many attempts in a row that ended without an answer. */
	const DEATHS = 3;

	const KINDS   = array( 'address', 'contact', 'user', 'contact-link', 'first-name', 'last-name', 'opted-out', 'field', 'source-key', 'tag' );
	const ACTIONS = array( 'create', 'update', 'link', 'relink', 'rename', 'add-tag', 'remove-tag' );

	/**
	 * Processes a request, continues it, or answers it again.
	 *
	 * @param array $body The decoded body.
	 * @return array The response.
	 * @throws Failure If the whole request is rejected.
	 */
	public static function run( $body ) {
		$holder     = self::word( $body, 'holder', 64 );
		$request    = self::word( $body, 'request', 64 );
		$granted_by = self::word( $body, 'granted_by', 100 );
		Instance::must_be( self::word( $body, 'instance', 64 ) );
		$why = Quiet::why_not();
		if ( $why ) {
			throw new Failure( 409, 'email', $why . '.' );
		}
		$membership = Status::membership( self::word( $body, 'membership', 20 ) );
		$writes     = self::writes( $body );
		$seconds    = isset( $body['lease'] ) ? (int) $body['lease'] : 60;
		Lease::take( $holder, isset( $body['who'] ) ? substr( (string) $body['who'], 0, 190 ) : $holder, max( $seconds, self::MARGIN ) );
		$before = self::texts( $body, 'granted_before' );
		$stale  = Catalogue::stale_tags( isset( $body['offerings'] ) ? $body['offerings'] : array() );
		$digest = hash( 'sha256', wp_json_encode( array( $granted_by, $body['membership'], $body['members'] ) ) );
		// If the client disconnects, the work continues until it is complete or its time is over.
		ignore_user_abort( true );
		$budget   = self::budget( $body );
		$requests = Requests::open( $holder, $request, $digest, $granted_by, count( $writes ), (int) $budget + self::MARGIN );
		Quiet::begin();
		// WordPress counts its users after each new one, in a single option: requests would wait for each other there.
		$counts = remove_action( 'user_register', 'wp_maybe_update_user_counts' );
		$writer = new Member_Writer( $membership, array_merge( array( $granted_by ), $before ), $stale, $requests );
		$items  = array();
		$write  = null;
		$answer = function () use ( &$items, $writes ) {
			return array(
				'items' => $items,
				'done'  => count( $items ) === count( $writes ),
				'next'  => count( $items ),
				'took'  => round( timer_float(), 3 ),
			);
		};
		Interruption::watch(
			function ( $culprit ) use ( &$items, &$write, $writer, $requests, $answer ) {
				if ( null !== $write ) {
					$items[] = self::item( $write, $writer->interrupted( $write, "$culprit ended PHP while the member was written" ) );
				}
				$requests->close();
				return $answer();
			}
		);
		try {
			self::each( $writes, $requests, $writer, $budget, $items, $write );
		} finally {
			Interruption::over();
			if ( $counts ) {
				wp_maybe_update_user_counts();
			}
			$requests->close();
		}
		return $answer();
	}

	/**
	 * How long a request may run, in seconds since its start.
	 *
	 * @param array $body The body, which may ask for less.
	 * @return float
	 */
	public static function budget( $body = array() ) {
		$limit  = (int) ini_get( 'max_execution_time' );
		$budget = $limit > 0 ? min( self::BUDGET, $limit * 0.6 ) : self::BUDGET;
		/**
		 * Filters how long a batch may run, for sites whose gateway has a shorter or longer time limit.
		 *
		 * @param float $budget Seconds.
		 */
		$budget = (float) apply_filters( 'rehome_time_budget', $budget );
		return isset( $body['budget'] ) ? min( $budget, max( 0.0, (float) $body['budget'] ) ) : $budget;
	}

	/**
	 * Writes members one after the other until the time is over, but always at least one more.
	 *
	 * @param array         $writes   The members.
	 * @param Requests      $requests The request with its marks so far.
	 * @param Member_Writer $writer   Writes one member.
	 * @param float         $budget   Seconds since the request's start.
	 * @param array         $items    Receives the outcomes in order, starting with the first member.
	 * @param array|null    $current  Receives the member that is being written.
	 */
	private static function each( $writes, Requests $requests, Member_Writer $writer, $budget, &$items, &$current ) {
		$marks  = $requests->marks();
		$worked = false;
		foreach ( $writes as $write ) {
			$outcome = isset( $marks[ $write['place'] ] ) ? $marks[ $write['place'] ] : null;
			if ( null !== $outcome && $requests->deaths ) {
				// The process may have been killed between database and cache.
				$writer->forget( $write );
			}
			if ( null === $outcome ) {
				if ( $worked && ( timer_float() >= $budget || self::memory_is_short() ) ) {
					break;
				}
				$current = $write;
				$why     = $worked ? null : self::why_dangerous( $requests );
				$why     = null === $why ? Address::why_not( $write['email'] ) : $why;
				$worked  = true;
				$outcome = null === $why ? $writer->write( $write ) : $writer->refuse( $write, $why );
				$current = null;
			}
			$items[] = self::item( $write, $outcome );
		}
	}

	/**
	 * Why the first member that is left is not tried again, or null: the request ended at it again and again.
	 *
	 * @param Requests $requests The request.
	 * @return string|null
	 */
	private static function why_dangerous( Requests $requests ) {
		if ( $requests->overdue ) {
			return 'code on the site did not return while the member was written';
		}
		return $requests->deaths >= self::DEATHS ? "PHP was killed {$requests->deaths} times while the member was written; code on the site crashes it or takes too long" : null;
	}

	/**
	 * A member's part of the response.
	 *
	 * @param array $write   The member.
	 * @param array $outcome outcome, contact_id, what.
	 * @return array
	 */
	private static function item( $write, $outcome ) {
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
		return $item;
	}

	/**
	 * Whether four fifths of PHP's memory limit are used.
	 *
	 * @return bool
	 */
	private static function memory_is_short() {
		$limit = wp_convert_hr_to_bytes( ini_get( 'memory_limit' ) );
		return $limit > 0 && memory_get_usage() > 0.8 * $limit;
	}

	/**
	 * Reads an optional list of texts.
	 *
	 * @param array  $body The array that contains it.
	 * @param string $key  Its key.
	 * @return string[]
	 * @throws Failure If it is not a list of texts.
	 */
	public static function texts( $body, $key ) {
		$texts = isset( $body[ $key ] ) ? $body[ $key ] : array();
		if ( ! is_array( $texts ) || array_filter( $texts, 'is_string' ) !== $texts ) {
			throw self::bad( "$key must be a list of texts" );
		}
		return array_values( $texts );
	}

	/**
	 * Parses the members, all or none.
	 *
	 * @param array $body The body.
	 * @return array
	 * @throws Failure If one does not follow the contract.
	 */
	private static function writes( $body ) {
		$members = isset( $body['members'] ) ? $body['members'] : null;
		if ( ! is_array( $members ) || array_keys( $members ) !== array_keys( array_values( $members ) ) || ! $members ) {
			throw self::bad( 'members must be a list with at least one member' );
		}
		if ( count( $members ) > self::MOST ) {
			throw new Failure( 413, 'too_many', 'A request may contain at most ' . self::MOST . ' members.', array( 'most' => self::MOST ) );
		}
		$writes = array();
		$known  = array();
		foreach ( $members as $place => $member ) {
			$write = self::member( $place, $member );
			if ( isset( $known[ $write['email'] ] ) ) {
				throw self::bad( "members[$place]: the address appears twice in this request" );
			}
			$known[ $write['email'] ] = true;
			$writes[]                 = $write;
		}
		return $writes;
	}

	/**
	 * Parses one member.
	 *
	 * @param int   $place  The member's place in the list.
	 * @param mixed $member The member as it was sent.
	 * @return array place, seq, email, old_email, login, contact_id, registered, user_of, ours, changes.
	 * @throws Failure If it does not follow the contract.
	 */
	private static function member( $place, $member ) {
		$where = "members[$place]";
		if ( ! is_array( $member ) || ! isset( $member['seq'], $member['email'], $member['changes'] ) || ! is_int( $member['seq'] ) || ! is_string( $member['email'] ) || ! is_array( $member['changes'] ) ) {
			throw self::bad( "$where: seq, email and changes are required" );
		}
		$write = array(
			'place'      => $place,
			'seq'        => $member['seq'],
			'email'      => $member['email'],
			'old_email'  => null,
			'login'      => null,
			'contact_id' => self::text( $where, $member, 'contact_id' ),
			'registered' => self::moment( $where, self::text( $where, $member, 'registered' ) ),
			'user_of'    => null,
			'ours'       => array(),
			'changes'    => array(),
		);
		if ( isset( $member['expect'] ) ) {
			$expect = $member['expect'];
			if ( ! is_array( $expect ) ) {
				throw self::bad( "$where: expect must be an object" );
			}
			$write['user_of'] = self::text( $where, $expect, 'user_of' );
			$ours             = isset( $expect['ours'] ) ? $expect['ours'] : array();
			if ( ! is_array( $ours ) || array_filter( $ours, 'is_string' ) !== $ours ) {
				throw self::bad( "$where: ours must be a list of tags" );
			}
			$write['ours'] = array_values( $ours );
		}
		foreach ( $member['changes'] as $change ) {
			$change             = self::change( $where, $change );
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
	 * Parses one change.
	 *
	 * @param string $where  The place in the request, for messages.
	 * @param mixed  $change The change as it was sent.
	 * @return array attribute (kind and name), before, after.
	 * @throws Failure If it does not follow the contract.
	 */
	private static function change( $where, $change ) {
		if ( ! is_array( $change ) || ! isset( $change['attribute'], $change['action'] ) ) {
			throw self::bad( "$where: action and attribute are required for a change" );
		}
		if ( ! in_array( $change['action'], self::ACTIONS, true ) ) {
			throw self::bad( "$where: this action cannot be applied" );
		}
		$attribute = $change['attribute'];
		$named     = is_array( $attribute ) && 1 === count( $attribute );
		$kind      = $named ? key( $attribute ) : $attribute;
		$name      = $named ? current( $attribute ) : null;
		if ( ! in_array( $kind, self::KINDS, true ) || in_array( $kind, array( 'field', 'source-key', 'tag' ), true ) !== $named || ( $named && ( ! is_string( $name ) || '' === $name ) ) ) {
			throw self::bad( "$where: unknown attribute" );
		}
		return array(
			'attribute' => array( $kind, $name ),
			'before'    => self::text( $where, $change, 'before' ),
			'after'     => self::text( $where, $change, 'after' ),
		);
	}

	/**
	 * Reads an optional text.
	 *
	 * @param string $where The place in the request, for messages.
	 * @param array  $from  The array that contains it.
	 * @param string $key   Its key.
	 * @return string|null
	 * @throws Failure If it is not a text.
	 */
	private static function text( $where, $from, $key ) {
		if ( ! isset( $from[ $key ] ) ) {
			return null;
		}
		if ( ! is_string( $from[ $key ] ) ) {
			throw self::bad( "$where: $key must be a text" );
		}
		return $from[ $key ];
	}

	/**
	 * Parses a moment in UTC, for example 2019-04-01T10:00:00Z.
	 *
	 * @param string      $where The place in the request, for messages.
	 * @param string|null $text  The moment.
	 * @return string|null The moment in the form that WordPress stores.
	 * @throws Failure If it is not a moment.
	 */
	private static function moment( $where, $text ) {
		if ( null === $text ) {
			return null;
		}
		$moment = \DateTime::createFromFormat( '!Y-m-d\TH:i:s\Z', $text, new \DateTimeZone( 'UTC' ) );
		if ( ! $moment || $moment->format( 'Y-m-d\TH:i:s\Z' ) !== $text ) {
			throw self::bad( "$where: registered must be a moment such as 2019-04-01T10:00:00Z" );
		}
		return $moment->format( 'Y-m-d H:i:s' );
	}

	/**
	 * Reads a required text.
	 *
	 * @param array  $body    The body.
	 * @param string $key     Its key.
	 * @param int    $longest Its maximum length.
	 * @return string
	 * @throws Failure If it is missing or too long.
	 */
	public static function word( $body, $key, $longest ) {
		if ( ! isset( $body[ $key ] ) || ! is_string( $body[ $key ] ) || '' === $body[ $key ] || strlen( $body[ $key ] ) > $longest ) {
			throw self::bad( "$key must be a text of 1 to $longest characters" );
		}
		return $body[ $key ];
	}

	/**
	 * The failure for a request that does not follow the contract.
	 *
	 * @param string $message What is wrong.
	 * @return Failure
	 */
	public static function bad( $message ) {
		return new Failure( 400, 'bad_request', $message );
	}
}
