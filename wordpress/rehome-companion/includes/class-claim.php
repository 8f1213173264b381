<?php
/**
 * The claim on a person: its row, made or taken before anything is read.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- a table of our own.

/** The unique keys of the table decide between requests that come at once. */
final class Claim {

	/**
	 * The person's transaction.
	 *
	 * @var Transaction
	 */
	private $transaction;

	/**
	 * The row of the request that claims.
	 *
	 * @var int
	 */
	private $request;

	/**
	 * Claims for one request.
	 *
	 * @param Transaction $transaction Where claims stand.
	 * @param int         $request     The row of the request.
	 */
	public function __construct( Transaction $transaction, $request ) {
		$this->transaction = $transaction;
		$this->request     = $request;
	}

	/**
	 * Makes or takes the person's row before anything is read: whoever comes for the same address or login
	 * waits here until this transaction ends.
	 *
	 * @param array        $write The member.
	 * @param Member_State $state Gets the row.
	 */
	public function person( $write, Member_State $state ) {
		global $wpdb;
		$people = Tables::name( 'people' );
		$old    = $write['old_email'];
		$shown  = $wpdb->suppress_errors( true );
		$place  = null === $old ? null : $this->rename_row( $write );
		$fresh  = null === $place ? $this->insert_row( $write ) : null;
		$taken  = $fresh ? null : $this->take_row( $write );
		$wpdb->suppress_errors( $shown );
		if ( $fresh ) {
			// Nothing hangs on a row that was not there.
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
		$state->person = $wpdb->get_row( $wpdb->prepare( "SELECT * FROM `$people` WHERE email = %s", $write['email'] ), ARRAY_A );
		if ( ! $state->person ) {
			throw new Try_Again( $wpdb->last_error );
		}
		if ( null !== $taken ) {
			$state->person['login_of'] = $taken;
		}
		$there = null !== $state->person['contact_id'];
		if ( 'both' === $place ) {
			$state->address = "$old,{$write['email']}";
		} elseif ( null !== $place ) {
			$state->address = $there ? $place : null;
		} else {
			$state->address = $there ? $write['email'] : null;
		}
	}

	/**
	 * Gives the row of the old address the new one.
	 *
	 * @param array $write The member.
	 * @return string|null The old address; both where the new one has a row; null where the old one has none.
	 */
	private function rename_row( $write ) {
		global $wpdb;
		$people  = Tables::name( 'people' );
		$renamed = $wpdb->query( $wpdb->prepare( "UPDATE `$people` SET email = %s WHERE email = %s", $write['email'], $write['old_email'] ) );
		$this->transaction->expected();
		if ( false === $renamed ) {
			return 'both';
		}
		return $renamed ? $write['old_email'] : null;
	}

	/**
	 * Makes a row for address and login, the common case.
	 *
	 * @param array $write The member.
	 * @return int|null Its id; null where address or login have one.
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
		}
		$made = $wpdb->insert( Tables::name( 'people' ), $row );
		if ( ! $made ) {
			$this->transaction->expected();
			return null;
		}
		return (int) $wpdb->insert_id;
	}

	/**
	 * Takes the row of the address, which another may hold, and claims the login for it.
	 *
	 * @param array $write The member.
	 * @return string|null Whose the login is, where it is not free.
	 * @throws Try_Again Where the database gave way.
	 */
	private function take_row( $write ) {
		global $wpdb;
		$people = Tables::name( 'people' );
		$made   = $wpdb->query( $wpdb->prepare( "INSERT INTO `$people` (email, first_name, last_name, request) VALUES (%s, '', '', %d) ON DUPLICATE KEY UPDATE request = VALUES(request)", $write['email'], $this->request ) );
		if ( false === $made ) {
			throw new Try_Again( $wpdb->last_error );
		}
		if ( null === $write['login'] ) {
			return null;
		}
		$claimed = $wpdb->query( $wpdb->prepare( "UPDATE `$people` SET login = %s WHERE email = %s", $write['login'], $write['email'] ) );
		if ( false !== $claimed ) {
			return null;
		}
		$this->transaction->expected();
		return $this->claim_stale_login( $write );
	}

	/**
	 * A login that another row claims, though no user has it any more, is taken over.
	 *
	 * @param array $write The member.
	 * @return string|null Whose it is, where it is not free.
	 */
	private function claim_stale_login( $write ) {
		global $wpdb;
		$people = Tables::name( 'people' );
		$owner  = $wpdb->get_var( $wpdb->prepare( "SELECT email FROM `$people` WHERE login = %s", $write['login'] ) );
		if ( $wpdb->get_var( $wpdb->prepare( "SELECT ID FROM $wpdb->users WHERE user_login = %s", $write['login'] ) ) ) {
			return (string) $owner;
		}
		$wpdb->query( $wpdb->prepare( "UPDATE `$people` SET login = NULL WHERE login = %s AND email <> %s", $write['login'], $write['email'] ) );
		$claimed = $wpdb->query( $wpdb->prepare( "UPDATE `$people` SET login = %s WHERE email = %s", $write['login'], $write['email'] ) );
		$this->transaction->expected();
		return false === $claimed ? 'another, in the same moment' : null;
	}
}
