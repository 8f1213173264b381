<?php
/**
 * Who decides access on this site: what both kinds of membership can do.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** One object a request. What it is not sure of it refuses; it never falls back to the other kind. */
interface Membership {

	/**
	 * Why this site cannot have it, or null.
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
	 * Reads contact, tags, fields, keys and consent into a state that has its users and person.
	 *
	 * @param Member_State $state The state.
	 */
	public function read( Member_State $state );

	/**
	 * Refuses what it cannot carry out, before anything is written.
	 *
	 * @param Member_State $state   As it is.
	 * @param array        $changes What is to do.
	 * @param string|null  $given   The contact ID that the request gives.
	 * @throws Refused Where a change cannot be carried out.
	 */
	public function check( Member_State $state, $changes, $given );

	/**
	 * Writes what can be written before a user is made.
	 *
	 * @param Member_State $state   As it is.
	 * @param array        $changes What is to do.
	 * @param string|null  $given   The contact ID that the request gives.
	 * @param string       $by      Who grants.
	 */
	public function before_user( Member_State $state, $changes, $given, $by );

	/**
	 * Writes what needs the user.
	 *
	 * @param Member_State $state   As it was.
	 * @param int|null     $user_id The user, if there is one now.
	 * @param array        $changes What is to do.
	 * @param string|null  $given   The contact ID that the request gives.
	 * @param string       $by      Who grants.
	 * @return string|null The contact's ID.
	 */
	public function after_user( Member_State $state, $user_id, $changes, $given, $by );

	/**
	 * Contact IDs and tags of a page of users.
	 *
	 * @param int[]    $users Ascending.
	 * @param string[] $asked Fields asked for.
	 * @return array User id => what is added to its row.
	 */
	public function page( $users, $asked );

	/**
	 * Contacts who are no users, under some addresses.
	 *
	 * @param string[] $emails The addresses.
	 * @param string[] $asked  Fields asked for.
	 * @return array[] As the list of contacts tells them.
	 */
	public function contacts_at( $emails, $asked );
}
