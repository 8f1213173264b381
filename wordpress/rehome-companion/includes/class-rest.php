<?php
/**
 * The routes of rehome/v1.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** Every route except hello checks permissions; every route that writes takes the lease and respects the pause. */
final class Rest {

	const SPACE = 'rehome/v1';

	/** Registers the routes. */
	public function register() {
		$this->reading( '/hello', 'GET', array( Status::class, 'hello' ), '__return_true' );
		$this->reading( '/status', 'GET', array( $this, 'status' ) );
		$this->reading( '/members', 'GET', array( $this, 'members' ) );
		$this->reading( '/contacts', 'GET', array( $this, 'contacts' ) );
		$this->reading( '/tags', 'GET', array( $this, 'tags' ) );
		$this->reading( '/offerings', 'GET', array( $this, 'offerings' ) );
		$this->reading( '/emails', 'GET', array( $this, 'emails' ) );
		$this->reading( '/look', 'POST', array( $this, 'look' ) );
		$this->route( '/tags', 'POST', array( $this, 'ensure_tag' ) );
		$this->route( '/offerings', 'POST', array( $this, 'ensure_offering' ) );
		$this->route( '/emails', 'POST', array( $this, 'ensure_email' ) );
		$this->route( '/lease', 'POST', array( $this, 'take' ) );
		$this->route( '/batch', 'POST', array( $this, 'batch' ) );
		$this->route( '/invite', 'POST', array( $this, 'invite' ) );
		$this->reading( '/invitations', 'GET', array( $this, 'invitations' ) );
	}

	/**
	 * Whether the current user may call the routes.
	 *
	 * @return bool|\WP_Error
	 */
	public function allowed() {
		if ( is_multisite() ) {
			return new \WP_Error( 'rehome_multisite', 'Rehome Companion does not support networks of sites (multisite).', array( 'status' => 501 ) );
		}
		return current_user_can( 'create_users' ) && current_user_can( 'edit_users' ) && current_user_can( 'promote_users' );
	}

	/**
	 * The status.
	 *
	 * @return array
	 */
	public function status() {
		return Status::all();
	}

	/**
	 * A page of users.
	 *
	 * @param \WP_REST_Request $request after, limit, fields, membership.
	 * @return array
	 */
	public function members( $request ) {
		list( $membership, $after, $limit, $asked ) = $this->asked( $request );
		return Member_List::page( $membership, $after, $limit, $asked );
	}

	/**
	 * A page of contacts without a user.
	 *
	 * @param \WP_REST_Request $request after, limit, fields, membership.
	 * @return array
	 * @throws Failure If the site's contacts cannot be listed.
	 */
	public function contacts( $request ) {
		list( $membership, $after, $limit, $asked ) = $this->asked( $request );
		if ( ! $membership instanceof Companion_Membership ) {
			throw new Failure( 501, 'unsupported', 'There is no known way to list AccessAlly\'s contacts without a user.' );
		}
		$rows = $membership->contacts( $after, $limit + 1, $asked );
		$more = count( $rows ) > $limit;
		$rows = array_slice( $rows, 0, $limit );
		return array(
			'contacts' => $rows,
			'next'     => $more ? $rows[ count( $rows ) - 1 ]['id'] : null,
			'total'    => Status::counts()['contacts_only'],
		);
	}

	/**
	 * All tags.
	 *
	 * @param \WP_REST_Request $request membership.
	 * @return array
	 */
	public function tags( $request ) {
		$membership = $this->membership( $request );
		if ( ! $membership instanceof Accessally_Membership ) {
			return array( 'tags' => Catalogue::tags() );
		}
		$tags = array();
		foreach ( $membership->tags() as $id => $name ) {
			$tags[] = array(
				'id'   => (int) $id,
				'name' => (string) $name,
			);
		}
		return array( 'tags' => $tags );
	}

	/**
	 * All offerings.
	 *
	 * @param \WP_REST_Request $request membership.
	 * @return array
	 */
	public function offerings( $request ) {
		$membership = $this->membership( $request );
		return array( 'offerings' => $membership instanceof Accessally_Membership ? $membership->offerings() : Catalogue::offerings() );
	}

	/**
	 * All emails.
	 *
	 * @return array
	 */
	public function emails() {
		return array( 'emails' => Catalogue::emails() );
	}

	/**
	 * Looks up addresses. A POST, since a thousand addresses are too long for a URL.
	 *
	 * @param \WP_REST_Request $request membership, emails.
	 * @return array
	 */
	public function look( $request ) {
		$body = $this->body( $request );
		return Look::at( Status::membership( Batch::word( $body, 'membership', 20 ) ), $body );
	}

	/**
	 * Creates a tag if it does not exist.
	 *
	 * @param \WP_REST_Request $request The tag, holder and instance.
	 * @return array
	 */
	public function ensure_tag( $request ) {
		return Catalogue::ensure_tag( $this->writing( $request ) );
	}

	/**
	 * Creates or updates an offering.
	 *
	 * @param \WP_REST_Request $request The offering, holder and instance.
	 * @return array
	 */
	public function ensure_offering( $request ) {
		return Catalogue::ensure_offering( $this->writing( $request ) );
	}

	/**
	 * Creates or updates an email.
	 *
	 * @param \WP_REST_Request $request The email, holder and instance.
	 * @return array
	 */
	public function ensure_email( $request ) {
		return Catalogue::ensure_email( $this->writing( $request, false ) );
	}

	/**
	 * Takes, renews or (with 0 seconds) releases the lease. Not a DELETE, which many firewalls block.
	 *
	 * @param \WP_REST_Request $request holder, who, seconds.
	 * @return array
	 */
	public function take( $request ) {
		$body   = $this->body( $request );
		$holder = Batch::word( $body, 'holder', 64 );
		Instance::clear_inherited();
		$seconds = isset( $body['seconds'] ) ? (int) $body['seconds'] : 60;
		if ( 0 === $seconds ) {
			Lease::release( $holder );
			return array( 'lease' => Lease::current() );
		}
		return array( 'lease' => Lease::take( $holder, Batch::word( $body, 'who', 190 ), $seconds ) );
	}

	/**
	 * Processes a batch.
	 *
	 * @param \WP_REST_Request $request See Batch.
	 * @return array
	 */
	public function batch( $request ) {
		$body = $this->body( $request );
		$this->refuse_if_paused();
		return Batch::run( $body );
	}

	/**
	 * Adds a route that only reads: it returns the requested echo, and never a partial result.
	 *
	 * @param string        $path       The path.
	 * @param string        $method     GET or POST.
	 * @param callable      $callback   Receives the request.
	 * @param callable|null $permission Who may call it; null for users who may move members.
	 */
	private function reading( $path, $method, $callback, $permission = null ) {
		$this->route(
			$path,
			$method,
			function ( $request ) use ( $path, $callback ) {
				$echo   = self::asked_echo( $request );
				$errors = Tables::errors();
				$answer = call_user_func( $callback, $request );
				if ( Tables::errors() > $errors && ! in_array( $path, array( '/hello', '/status' ), true ) ) {
					throw Tables::refused();
				}
				return null === $echo ? $answer : $answer + array( 'echo' => $echo );
			},
			$permission
		);
	}

	/**
	 * The echo that the client asks for: a stale copy in a page cache cannot contain it.
	 *
	 * @param \WP_REST_Request $request echo.
	 * @return string|null
	 * @throws Failure If it is not valid.
	 */
	private static function asked_echo( $request ) {
		$echo = $request['echo'];
		if ( null !== $echo && ( ! is_string( $echo ) || ! preg_match( '/^[A-Za-z0-9-]{1,64}\z/', $echo ) ) ) {
			throw Batch::bad( 'echo must be a text of 1 to 64 of the characters A-Z a-z 0-9 -' );
		}
		return $echo;
	}

	/**
	 * Sends an email to users.
	 *
	 * @param \WP_REST_Request $request See Invite.
	 * @return array
	 */
	public function invite( $request ) {
		$body = $this->body( $request );
		$this->refuse_if_paused();
		return Invite::run( $body );
	}

	/**
	 * A page of invitations.
	 *
	 * @param \WP_REST_Request $request email, after, limit.
	 * @return array
	 */
	public function invitations( $request ) {
		list( , $after, $limit ) = $this->asked( $request );
		return Invitations::page( null === $request['email'] ? null : (string) $request['email'], $after, $limit );
	}

	/**
	 * Adds a route that checks permissions and turns failures into REST errors.
	 *
	 * @param string        $path       The path.
	 * @param string        $method     GET or POST.
	 * @param callable      $callback   Receives the request.
	 * @param callable|null $permission Who may call it; null for users who may move members.
	 */
	private function route( $path, $method, $callback, $permission = null ) {
		register_rest_route(
			self::SPACE,
			$path,
			array(
				'methods'             => $method,
				'permission_callback' => null === $permission ? array( $this, 'allowed' ) : $permission,
				'callback'            => function ( $request ) use ( $callback ) {
					try {
						$response = new \WP_REST_Response( call_user_func( $callback, $request ) );
					} catch ( Failure $failure ) {
						$response = rest_convert_error_to_response( $failure->error() );
						if ( isset( $failure->data['left'] ) ) {
							$response->header( 'Retry-After', (string) $failure->data['left'] );
						}
					}
					// No page cache may keep a response.
					$response->header( 'Cache-Control', 'no-store, private' );
					return $response;
				},
			)
		);
	}

	/**
	 * The parameters of a list.
	 *
	 * @param \WP_REST_Request $request after, limit, fields, membership.
	 * @return array membership, after, limit, fields.
	 */
	private function asked( $request ) {
		$limit = null === $request['limit'] ? 5000 : (int) $request['limit'];
		if ( $limit < 1 || $limit > Member_List::MOST ) {
			throw Batch::bad( 'limit must be from 1 to ' . Member_List::MOST );
		}
		return array( $this->membership( $request ), max( 0, (int) $request['after'] ), $limit, Member_List::asked( $request['fields'] ) );
	}

	/**
	 * The membership in the request.
	 *
	 * @param \WP_REST_Request $request membership.
	 * @return Membership
	 */
	private function membership( $request ) {
		return Status::membership( null === $request['membership'] ? 'companion' : (string) $request['membership'] );
	}

	/**
	 * The body of a small write, after respecting the pause, checking the instance and taking the lease.
	 *
	 * @param \WP_REST_Request $request        The request.
	 * @param bool             $companion_only Whether AccessAlly manages these objects itself.
	 * @return array
	 * @throws Failure If the client may not write.
	 */
	private function writing( $request, $companion_only = true ) {
		$body = $this->body( $request );
		$this->refuse_if_paused();
		Instance::must_be( Batch::word( $body, 'instance', 64 ) );
		if ( $companion_only && 'companion' !== Batch::word( $body, 'membership', 20 ) ) {
			throw new Failure( 501, 'unsupported', 'There is no known way to create tags or offerings in AccessAlly from outside. Create them in AccessAlly; Rehome finds them by name.' );
		}
		$holder = Batch::word( $body, 'holder', 64 );
		Lease::take( $holder, isset( $body['who'] ) ? (string) $body['who'] : $holder, isset( $body['lease'] ) ? (int) $body['lease'] : 60 );
		return $body;
	}

	/**
	 * The decoded body.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return array
	 * @throws Failure If it is not a JSON object.
	 */
	private function body( $request ) {
		$sent = isset( $_SERVER['CONTENT_LENGTH'] ) ? (int) $_SERVER['CONTENT_LENGTH'] : 0;
		if ( $sent > 0 && '' === $request->get_body() ) {
			throw new Failure( 413, 'too_large', 'The body did not arrive: it is larger than the server accepts.', array( 'most' => wp_convert_hr_to_bytes( ini_get( 'post_max_size' ) ) ) );
		}
		$body = json_decode( $request->get_body(), true, 32, JSON_BIGINT_AS_STRING );
		if ( ! is_array( $body ) ) {
			throw Batch::bad( 'the body must be a JSON object' );
		}
		return $body;
	}

	/**
	 * Rejects the request while an administrator has paused incoming writes.
	 *
	 * @throws Failure If writes are paused.
	 */
	private function refuse_if_paused() {
		if ( get_option( Status::PAUSED ) ) {
			throw new Failure( 423, 'paused', 'An administrator of the site has paused incoming writes (Tools > Rehome).' );
		}
	}
}
