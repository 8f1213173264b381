<?php
/**
 * The screen under Tools: what was written, who is writing, what was rejected; and the pause.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** For administrators who watch while someone else runs a migration. */
final class Screen {

	const PAGE       = 'rehome-companion';
	const NONCE      = 'rehome_pause';
	const CAPABILITY = 'manage_options';

	/** Adds the page. */
	public function register() {
		$hook = add_management_page( __( 'Rehome', 'rehome-companion' ), __( 'Rehome', 'rehome-companion' ), self::CAPABILITY, self::PAGE, array( $this, 'draw' ) );
		add_action( "load-$hook", array( $this, 'handle' ) );
	}

	/** Pauses or resumes, if the button was pressed. */
	public function handle() {
		if ( ! isset( $_POST['rehome_pause'] ) ) {
			return;
		}
		check_admin_referer( self::NONCE );
		if ( ! current_user_can( self::CAPABILITY ) ) {
			wp_die( esc_html__( 'You are not allowed to do this.', 'rehome-companion' ), '', array( 'response' => 403 ) );
		}
		if ( 'yes' === sanitize_key( $_POST['rehome_pause'] ) ) {
			update_option( Status::PAUSED, 1, false );
		} else {
			delete_option( Status::PAUSED );
		}
		wp_safe_redirect( admin_url( 'tools.php?page=' . self::PAGE ) );
		exit;
	}

	/** Renders the page. */
	public function draw() {
		if ( ! current_user_can( self::CAPABILITY ) ) {
			return;
		}
		// A narrow window scrolls a table, not the page.
		echo '<style>.rehome-table{overflow-x:auto}.rehome-table table{width:auto}.rehome-table td{white-space:nowrap}.rehome-table td.long{white-space:normal;min-width:15em}</style>';
		echo '<div class="wrap"><h1>' . esc_html__( 'Rehome', 'rehome-companion' ) . '</h1>';
		echo '<p>' . esc_html__( 'Rehome moves members to this site from another machine. This page shows what it has written, and lets you pause it. Viewing this page changes nothing.', 'rehome-companion' ) . '</p>';
		$this->state();
		$this->pause();
		$this->counts();
		$this->invitations();
		$this->runs();
		$this->refusals();
		$this->probe();
		echo '</div>';
	}

	/** Which site this is, and who is writing to it. */
	private function state() {
		$instance = Instance::current();
		$lease    = Lease::current();
		$rows     = array(
			__( 'Site', 'rehome-companion' )       => $instance['place'] . ' (' . $instance['environment'] . ')',
			__( 'Site ID', 'rehome-companion' )    => $instance['id'],
			__( 'In use by', 'rehome-companion' )  => $lease ? sprintf(
				/* translators: 1: who is writing, 2: time of day. */
				__( '%1$s, until %2$s unless renewed', 'rehome-companion' ),
				$lease['who'],
				wp_date( 'H:i:s', $lease['until'] )
			) : __( 'no one', 'rehome-companion' ),
			__( 'New users', 'rehome-companion' )  => Privilege::why_no_new_users() ?? __( 'can be created, as subscribers', 'rehome-companion' ),
			__( 'AccessAlly', 'rehome-companion' ) => $this->accessally(),
			__( 'Companion', 'rehome-companion' )  => VERSION,
		);
		if ( $instance['was'] ) {
			$rows[ __( 'Copied from', 'rehome-companion' ) ] = sprintf(
				/* translators: 1: address, 2: environment, 3: day. */
				__( '%1$s (%2$s), noticed on %3$s. The history of that site is not available here.', 'rehome-companion' ),
				$instance['was']['place'],
				$instance['was']['environment'],
				wp_date( 'Y-m-d H:i', $instance['was']['noticed'] )
			);
		}
		$this->table( array(), array_map( null, array_keys( $rows ), array_values( $rows ) ) );
	}

	/**
	 * Whether AccessAlly can be used, and with which contact system.
	 *
	 * @return string
	 */
	private function accessally() {
		$why = Accessally_Membership::why_not();
		if ( $why ) {
			return $why;
		}
		/* translators: %s: the contact system's name. */
		return sprintf( __( 'can be used; its contact system is "%s"', 'rehome-companion' ), Accessally_Membership::system()['word'] );
	}

	/** The button to pause or resume. */
	private function pause() {
		$paused = (bool) get_option( Status::PAUSED );
		echo '<h2>' . esc_html__( 'Incoming members', 'rehome-companion' ) . '</h2><form method="post">';
		wp_nonce_field( self::NONCE );
		if ( $paused ) {
			echo '<div class="notice notice-warning inline"><p>' . esc_html__( 'Paused. Rehome can read, but writes nothing until you allow it again.', 'rehome-companion' ) . '</p></div>';
		} else {
			echo '<p>' . esc_html__( 'Allowed. Anyone who may create users on this site can write members with Rehome. If you pause, a request that is already running is still completed, within a few seconds.', 'rehome-companion' ) . '</p>';
		}
		printf(
			'<p><button class="button" name="rehome_pause" value="%s">%s</button></p></form>',
			esc_attr( $paused ? 'no' : 'yes' ),
			esc_html( $paused ? __( 'Allow again', 'rehome-companion' ) : __( 'Pause', 'rehome-companion' ) )
		);
	}

	/** The numbers of users, contacts, tags and so on. */
	private function counts() {
		$words = array(
			'users'               => __( 'Users', 'rehome-companion' ),
			'contacts'            => __( 'Contacts', 'rehome-companion' ),
			'contacts_only'       => __( 'Contacts without a user', 'rehome-companion' ),
			'made'                => __( 'Users created by Rehome', 'rehome-companion' ),
			'quiet'               => __( 'Of these, receive no email until they are invited or log in', 'rehome-companion' ),
			'muted_mails'         => __( 'Emails to them that were suppressed', 'rehome-companion' ),
			'tags'                => __( 'Tags', 'rehome-companion' ),
			'offerings'           => __( 'Offerings', 'rehome-companion' ),
			'emails'              => __( 'Emails', 'rehome-companion' ),
			'invited'             => __( 'Invitations sent', 'rehome-companion' ),
			'invitations_doubted' => __( 'Invitations in doubt (it is not known whether they were sent)', 'rehome-companion' ),
			'invitations_failed'  => __( 'Invitations that the site could not send', 'rehome-companion' ),
		);
		$rows  = array();
		foreach ( Status::counts() as $name => $count ) {
			$rows[] = array( $words[ $name ], number_format_i18n( $count ) );
		}
		echo '<h2>' . esc_html__( 'Stored data', 'rehome-companion' ) . '</h2>';
		$this->table( array(), $rows );
	}

	/** Invitations, one row per email. */
	private function invitations() {
		$rows = array();
		foreach ( Invitations::by_email() as $email ) {
			$rows[] = array( $email['key'], number_format_i18n( $email['sent'] ), number_format_i18n( $email['sending'] ), number_format_i18n( $email['failed'] ), wp_date( 'Y-m-d H:i', $email['last'] ) );
		}
		echo '<h2>' . esc_html__( 'Invitations', 'rehome-companion' ) . '</h2>';
		$this->table(
			array(
				__( 'Email', 'rehome-companion' ),
				__( 'Sent', 'rehome-companion' ),
				__( 'In doubt', 'rehome-companion' ),
				__( 'Failed', 'rehome-companion' ),
				__( 'Last attempt', 'rehome-companion' ),
			),
			$rows
		);
	}

	/** Runs: the requests of one machine and one migration, taken together. */
	private function runs() {
		global $wpdb;
		$requests = Tables::name( 'requests' );
		$marks    = Tables::name( 'marks' );
		// phpcs:disable WordPress.DB -- our own tables.
		$runs = $wpdb->get_results(
			"SELECT r.client, r.granted_by, COUNT(DISTINCT r.id) AS requests, MIN(r.started) AS started, MAX(r.seen) AS seen,
				SUM(CASE WHEN m.outcome = 'confirmed' THEN 1 ELSE 0 END) AS confirmed,
				SUM(CASE WHEN m.outcome = 'moved' THEN 1 ELSE 0 END) AS moved,
				SUM(CASE WHEN m.outcome = 'refused' THEN 1 ELSE 0 END) AS refused
			FROM `$requests` r LEFT JOIN `$marks` m ON m.request = r.id
			WHERE r.client <> '' GROUP BY r.client, r.granted_by ORDER BY seen DESC LIMIT 20"
		);
		// phpcs:enable
		$rows = array();
		foreach ( $runs as $run ) {
			$rows[] = array( $run->granted_by, substr( $run->client, 0, 12 ), wp_date( 'Y-m-d H:i', (int) $run->started ), wp_date( 'Y-m-d H:i', (int) $run->seen ), $run->requests, (int) $run->confirmed, (int) $run->moved, (int) $run->refused );
		}
		echo '<h2>' . esc_html__( 'Runs', 'rehome-companion' ) . '</h2>';
		$this->table(
			array(
				__( 'Migration', 'rehome-companion' ),
				__( 'Machine', 'rehome-companion' ),
				__( 'Started', 'rehome-companion' ),
				__( 'Last request', 'rehome-companion' ),
				__( 'Requests', 'rehome-companion' ),
				__( 'Members confirmed', 'rehome-companion' ),
				__( 'Changed since', 'rehome-companion' ),
				__( 'Rejected', 'rehome-companion' ),
			),
			$rows
		);
	}

	/** The latest members who were not written, and why. */
	private function refusals() {
		global $wpdb;
		$requests = Tables::name( 'requests' );
		$marks    = Tables::name( 'marks' );
		// phpcs:disable WordPress.DB -- our own tables.
		$last = $wpdb->get_results( "SELECT r.granted_by, r.seen, m.email, m.outcome, m.what FROM `$marks` m JOIN `$requests` r ON r.id = m.request WHERE m.outcome <> 'confirmed' ORDER BY m.request DESC, m.place DESC LIMIT 20" );
		// phpcs:enable
		$rows = array();
		foreach ( $last as $one ) {
			$outcome = 'moved' === $one->outcome ? __( 'changed since', 'rehome-companion' ) : __( 'rejected', 'rehome-companion' );
			$rows[]  = array( wp_date( 'Y-m-d H:i', (int) $one->seen ), $one->granted_by, $one->email, $outcome, $one->what );
		}
		echo '<h2>' . esc_html__( 'Members who were not written', 'rehome-companion' ) . '</h2>';
		if ( $rows ) {
			echo '<p>' . esc_html__( 'The latest 20. Nothing was changed for these members. The person who runs Rehome sees all of them, with advice on what to do.', 'rehome-companion' ) . '</p>';
		}
		$this->table(
			array(
				__( 'When', 'rehome-companion' ),
				__( 'Migration', 'rehome-companion' ),
				__( 'Member', 'rehome-companion' ),
				__( 'Outcome', 'rehome-companion' ),
				__( 'Reason', 'rehome-companion' ),
			),
			$rows
		);
	}

	/** What AccessAlly's code looks like here, to paste into an issue. */
	private function probe() {
		$text = Probe::text();
		if ( '' !== $text ) {
			echo '<h2>' . esc_html__( 'AccessAlly on this site', 'rehome-companion' ) . '</h2><p>' . esc_html__( 'Names and structure only, no personal data. You can paste this into an issue when something about AccessAlly is unknown.', 'rehome-companion' ) . '</p>';
			echo '<textarea readonly rows="12" class="large-text code" onfocus="this.select()" aria-label="' . esc_attr__( 'AccessAlly on this site', 'rehome-companion' ) . '">' . esc_textarea( $text ) . '</textarea>';
		}
	}

	/**
	 * Renders a table.
	 *
	 * @param string[] $head The column heads; none for a table of names and values.
	 * @param array[]  $rows The cells, as text.
	 */
	private function table( $head, $rows ) {
		if ( ! $rows ) {
			echo '<p>' . esc_html__( 'None.', 'rehome-companion' ) . '</p>';
			return;
		}
		echo '<div class="rehome-table"><table class="widefat striped">';
		if ( $head ) {
			echo '<thead><tr>';
			foreach ( $head as $cell ) {
				echo '<th scope="col">' . esc_html( $cell ) . '</th>';
			}
			echo '</tr></thead>';
		}
		echo '<tbody>';
		foreach ( $rows as $row ) {
			echo '<tr>';
			foreach ( array_values( $row ) as $index => $cell ) {
				if ( 0 === $index && ! $head ) {
					echo '<th scope="row">' . esc_html( $cell ) . '</th>';
				} else {
					echo ( strlen( $cell ) > 30 ? '<td class="long">' : '<td>' ) . esc_html( $cell ) . '</td>';
				}
			}
			echo '</tr>';
		}
		echo '</tbody></table></div>';
	}
}
