<?php
/**
 * What decides access on this site: the operations that both kinds of membership support.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** One object per request. It rejects what is not certain to work, and never falls back to the other kind. */
interface Membership {

	/**
	 * Why this kind of membership is not possible on this site, or null.
	 *
	 * @return string|null
	 */
	public static function why_not();

	/**
	 * All tags: id => name.
	 *
	 * @return array
	 */
	public function tags();

	/**
	 * Reads contact, tags, fields, keys and consent into a state whose users and person are known.
	 *
	 * @param Member_State $state The state to complete.
	 */
	public function read( Member_State $state );

	/**
	 * Rejects changes that cannot be applied, before anything is written.
	 *
	 * @param Member_State $state   The current state.
	 * @param array        $changes The changes to apply.
	 * @param string|null  $given   The contact ID in the request.
	 * @throws Refused If a change cannot be applied.
	 */
	public function check( Member_State $state, $changes, $given );

	/**
	 * Writes what can be written before the user is created.
	 *
	 * @param Member_State $state   The current state.
	 * @param array        $changes The changes to apply.
	 * @param string|null  $given   The contact ID in the request.
	 * @param string       $by      The migration that grants.
	 */
	public function before_user( Member_State $state, $changes, $given, $by );

	/**
	 * Writes what needs the user.
	 *
	 * @param Member_State $state   The state before the changes.
	 * @param int|null     $user_id The user, if there is one by now.
	 * @param array        $changes The changes to apply.
	 * @param string|null  $given   The contact ID in the request.
	 * @param string       $by      The migration that grants.
	 * @return string|null The contact's ID.
	 */
	public function after_user( Member_State $state, $user_id, $changes, $given, $by );

	/**
	 * Contact IDs, tags and other requested fields of a page of users.
	 *
	 * @param int[]    $users Their ids, ascending.
	 * @param string[] $asked The requested fields.
	 * @return array User id => additions to its row.
	 */
	public function page( $users, $asked );

	/**
	 * Contacts without a user, by address.
	 *
	 * @param string[] $emails The addresses.
	 * @param string[] $asked  The requested fields.
	 * @return array[] In the form of the list of contacts.
	 */
	public function contacts_at( $emails, $asked );
}
