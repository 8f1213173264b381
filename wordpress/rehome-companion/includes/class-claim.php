<?php
/**
 * The claim on a person: the row is created or locked before anything is read.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- our own table.

/** The unique keys of the table decide between simultaneous requests. */
final class Claim {

	/**
	 * The id of the row of the request.
	 *
	 * @var int
	 */
	private $request;

	/**
	 * Prepares claims for one request.
	 *
	 * @param int $request The id of the row of the request.
	 */
	public function __construct( $request ) {
		$this->request = $request;
	}

	/**
	 * Creates or locks the person's row before anything is read: another request for the same address or login waits
	 * here until this transaction ends.
	 *
	 * @param array        $write The member.
	 * @param Member_State $state Receives the row.
	 * @throws Try_Again If the row has disappeared.
	 */
	public function person( $write, Member_State $state ) {
		global $wpdb;
		$people = Tables::name( 'people' );
		$old    = $write['old_email'];
		$shown  = $wpdb->suppress_errors( true );
		try {
			$renamed = null === $old ? null : $this->rename_row( $write );
			$fresh   = null === $renamed ? $this->insert_row( $write ) : null;
			$taken   = $fresh ? null : $this->take_row( $write );
		} finally {
			$wpdb->suppress_errors( $shown );
		}
		if ( $fresh ) {
			// A new row has no tags, fields or keys yet.
			$state->person = array(
				'id'         => $fresh,
				'email'      => $write['email'],
				'contact_id' => null,
				'user_id'    => null,
				'first_name' => '',
				'last_name'  => '',
				'new'        => true,
			);
			return;
		}
		$state->person = Database::read( $wpdb->get_row( $wpdb->prepare( "SELECT * FROM `$people` WHERE email = %s", $write['email'] ), ARRAY_A ), 'person' );
		if ( ! $state->person ) {
			throw new Try_Again( 'the row of the person has disappeared' );
		}
		if ( null !== $taken ) {
			$state->person['login_of'] = $taken;
		}
		$is_contact = null !== $state->person['contact_id'];
		if ( 'both' === $renamed ) {
			$state->address = "$old,{$write['email']}";
		} elseif ( null !== $renamed ) {
			$state->address = $is_contact ? $renamed : null;
		} else {
			$state->address = $is_contact ? $write['email'] : null;
		}
	}

	/**
	 * Gives the row of the old address the new address.
	 *
	 * @param array $write The member.
	 * @return string|null The old address; "both" if the new address has a row already; null if the old one has none.
	 * @throws \Exception If the database fails.
	 */
	private function rename_row( $write ) {
		global $wpdb;
		$people  = Tables::name( 'people' );
		$renamed = $wpdb->query( $wpdb->prepare( "UPDATE `$people` SET email = %s WHERE email = %s", $write['email'], $write['old_email'] ) );
		if ( false === $renamed ) {
			if ( ! Database::is_duplicate() ) {
				throw Database::failure( 'new address' );
			}
			return 'both';
		}
		return $renamed ? $write['old_email'] : null;
	}

	/**
	 * Creates a row for address and login, the common case.
	 *
	 * @param array $write The member.
	 * @return int|null Its id; null if the address or the login has a row already.
	 * @throws \Exception If the database fails.
	 */
	private function insert_row( $write ) {
		global $wpdb;
		$row = array(
			'email'      => $write['email'],
			'first_name' => '',
			'last_name'  => '',
			'request'    => $this->request,
		);
		if ( null !== $write['login'] ) {
			$row['login'] = $write['login'];
			// Whatever happens, no user exists before the row that keeps email from them.
			$row['quiet'] = 1;
		}
		$made = $wpdb->insert( Tables::name( 'people' ), $row );
		if ( ! $made ) {
			if ( ! Database::is_duplicate() ) {
				throw Database::failure( 'person' );
			}
			return null;
		}
		return (int) $wpdb->insert_id;
	}

	/**
	 * Locks the row of the address, possibly waiting for another request, and claims the login for it.
	 *
	 * @param array $write The member.
	 * @return string|null Who has the login, if it is not free.
	 * @throws \Exception If the database fails.
	 */
	private function take_row( $write ) {
		global $wpdb;
		$people = Tables::name( 'people' );
		Database::done( $wpdb->query( $wpdb->prepare( "INSERT INTO `$people` (email, first_name, last_name, request) VALUES (%s, '', '', %d) ON DUPLICATE KEY UPDATE request = VALUES(request)", $write['email'], $this->request ) ), 'person' );
		if ( null === $write['login'] ) {
			return null;
		}
		$claimed = $wpdb->query( $wpdb->prepare( "UPDATE `$people` SET login = %s WHERE email = %s", $write['login'], $write['email'] ) );
		if ( false !== $claimed ) {
			return null;
		}
		if ( ! Database::is_duplicate() ) {
			throw Database::failure( 'login' );
		}
		return $this->claim_stale_login( $write );
	}

	/**
	 * Takes over a login that another row claims although no user has it any more.
	 *
	 * @param array $write The member.
	 * @return string|null Who has it, if it is not free.
	 * @throws \Exception If the database fails.
	 */
	private function claim_stale_login( $write ) {
		global $wpdb;
		$people = Tables::name( 'people' );
		$owner  = Database::read( $wpdb->get_var( $wpdb->prepare( "SELECT email FROM `$people` WHERE login = %s", $write['login'] ) ), 'login' );
		if ( Database::read( $wpdb->get_var( $wpdb->prepare( "SELECT ID FROM $wpdb->users WHERE user_login = %s", $write['login'] ) ), 'login' ) ) {
			return (string) $owner;
		}
		Database::done( $wpdb->query( $wpdb->prepare( "UPDATE `$people` SET login = NULL WHERE login = %s AND email <> %s", $write['login'], $write['email'] ) ), 'login' );
		$claimed = $wpdb->query( $wpdb->prepare( "UPDATE `$people` SET login = %s WHERE email = %s", $write['login'], $write['email'] ) );
		if ( false === $claimed && ! Database::is_duplicate() ) {
			throw Database::failure( 'login' );
		}
		return false === $claimed ? 'another request at the same moment' : null;
	}
}
