<?php
/**
 * The current state of one member on the site, and whether a change fits it.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** Values are texts; null means that there is no such user, contact or tag, or that the name is empty. */
final class Member_State {

	/**
	 * The users with the address, incomplete ones too: objects with ID, user_login, user_email.
	 *
	 * @var object[]
	 */
	public $users = array();

	/**
	 * The row of the person as an array, or null.
	 *
	 * @var array|null
	 */
	public $person;

	/**
	 * The address under which the member exists; both, separated by a comma, if a rename finds two.
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
	 * Whether the member has opted out of marketing.
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
	 * Tags: name => who granted it.
	 *
	 * @var array
	 */
	public $tags = array();

	/**
	 * The stored capabilities of the user: role or capability => granted.
	 *
	 * @var mixed
	 */
	public $caps;

	/**
	 * The kinds of attributes that are needed; null for all.
	 *
	 * @var string[]|null
	 */
	public $kinds;

	/**
	 * Whether a kind of attribute has to be read.
	 *
	 * @param string $kind The kind.
	 * @return bool
	 */
	public function needs( $kind ) {
		return null === $this->kinds || in_array( $kind, $this->kinds, true );
	}

	/**
	 * The user, if there is one.
	 *
	 * @return object|null
	 */
	public function user() {
		return $this->users ? $this->users[0] : null;
	}

	/**
	 * The value of an attribute, in the form that changes use.
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
	 * Whether a change is in place already. Once there is a user or contact, the requested login or contact ID does
	 * not matter, unless the change names the ID.
	 *
	 * @param array $change attribute, before, after.
	 * @return bool
	 */
	public function has( $change ) {
		$value = $this->value( $change['attribute'] );
		$kind  = $change['attribute'][0];
		$after = $change['after'];
		if ( null === $after ? 'contact-link' === $kind : in_array( $kind, array( 'user', 'contact' ), true ) ) {
			return null !== $value;
		}
		if ( null !== $after && in_array( $kind, array( 'first-name', 'last-name' ), true ) && $this->users ) {
			// A name that WordPress stores in another form counts as in place in that form.
			return in_array( (string) $value, array( $after, Address::kept_name( $after ) ), true );
		}
		return $value === $after;
	}

	/**
	 * Whether an attribute has neither the value before the change nor the value after it.
	 *
	 * @param array $change attribute, before, after.
	 * @return bool
	 */
	public function moved( $change ) {
		return ! $this->has( $change ) && $this->value( $change['attribute'] ) !== $change['before'];
	}
}
