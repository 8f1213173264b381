<?php
/**
 * One member as the site holds it now, and whether a change fits it.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** Values are texts; null means absent: no such user, contact or tag, or a blank name. */
final class Member_State {

	/**
	 * The users' rows under the address, half-made ones too: objects with ID, user_login, user_email.
	 *
	 * @var object[]
	 */
	public $users = array();

	/**
	 * The person's row as an array, or null.
	 *
	 * @var array|null
	 */
	public $person;

	/**
	 * Under which address somebody is there; both with a comma between where a rename finds two.
	 *
	 * @var string|null
	 */
	public $address;

	/**
	 * The contact's ID.
	 *
	 * @var string|null
	 */
	public $contact_id;

	/**
	 * First and last name, by attribute.
	 *
	 * @var array
	 */
	public $names = array(
		'first-name' => null,
		'last-name'  => null,
	);

	/**
	 * Refused marketing.
	 *
	 * @var bool
	 */
	public $opted_out = false;

	/**
	 * Fields by name.
	 *
	 * @var array
	 */
	public $fields = array();

	/**
	 * The sources' own keys, by source.
	 *
	 * @var array
	 */
	public $keys = array();

	/**
	 * Tags held: name => who granted it.
	 *
	 * @var array
	 */
	public $tags = array();

	/**
	 * The one user, where there is one.
	 *
	 * @return object|null
	 */
	public function user() {
		return $this->users ? $this->users[0] : null;
	}

	/**
	 * The value of an attribute, as a change says it.
	 *
	 * @param array $attribute Kind and name.
	 * @return string|null
	 */
	public function value( $attribute ) {
		list( $kind, $name ) = $attribute;
		switch ( $kind ) {
			case 'address':
				return $this->address;
			case 'contact':
				return null === $this->contact_id ? null : 'there';
			case 'user':
				return $this->users ? $this->users[0]->user_login : null;
			case 'contact-link':
				return $this->contact_id;
			case 'first-name':
			case 'last-name':
				return $this->names[ $kind ];
			case 'opted-out':
				return $this->opted_out ? 'yes' : 'no';
			case 'field':
				return isset( $this->fields[ $name ] ) ? $this->fields[ $name ] : null;
			case 'source-key':
				return isset( $this->keys[ $name ] ) ? $this->keys[ $name ] : null;
			default:
				return isset( $this->tags[ $name ] ) ? 'held' : null;
		}
	}

	/**
	 * True when a change is in place already. Which login or contact ID was asked for does not matter once
	 * there is one, unless the change names the ID.
	 *
	 * @param array $change attribute, before, after.
	 * @return bool
	 */
	public function has( $change ) {
		$there = $this->value( $change['attribute'] );
		$kind  = $change['attribute'][0];
		$after = $change['after'];
		if ( null === $after ? 'contact-link' === $kind : in_array( $kind, array( 'user', 'contact' ), true ) ) {
			return null !== $there;
		}
		if ( null !== $after && in_array( $kind, array( 'first-name', 'last-name' ), true ) && $this->users ) {
			// A name that WordPress keeps in another form is in place in that form.
			return in_array( $there, array( $after, Address::kept_name( $after ) ), true );
		}
		return $there === $after;
	}

	/**
	 * True when a change's attribute is neither as it was nor as it shall be.
	 *
	 * @param array $change attribute, before, after.
	 * @return bool
	 */
	public function moved( $change ) {
		return ! $this->has( $change ) && $this->value( $change['attribute'] ) !== $change['before'];
	}
}
