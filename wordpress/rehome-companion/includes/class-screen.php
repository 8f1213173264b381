<?php
/**
 * The screen under Tools: what came in, who holds the site, what was refused; and the pause.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** For administrators who look while somebody else runs a move. */
final class Screen {

	const PAGE       = 'rehome-companion';
	const NONCE      = 'rehome_pause';
	const CAPABILITY = 'manage_options';

	/** Adds the page. */
	public function register() {
		$hook = add_management_page( __( 'Rehome', 'rehome-companion' ), __( 'Rehome', 'rehome-companion' ), self::CAPABILITY, self::PAGE, array( $this, 'draw' ) );
		add_action( "load-$hook", array( $this, 'handle' ) );
	}

	/** Pauses or goes on, where the button was pressed. */
	public function handle() {
		if ( ! isset( $_POST['rehome_pause'] ) ) {
			return;
		}
		check_admin_referer( self::NONCE );
		if ( ! current_user_can( self::CAPABILITY ) ) {
			wp_die( esc_html__( 'You may not do this.', 'rehome-companion' ), '', array( 'response' => 403 ) );
		}
		if ( 'yes' === sanitize_key( $_POST['rehome_pause'] ) ) {
			update_option( Status::PAUSED, 1, false );
		} else {
			delete_option( Status::PAUSED );
		}
		wp_safe_redirect( admin_url( 'tools.php?page=' . self::PAGE ) );
		exit;
	}

	/** Draws the page. */
	public function draw() {
		if ( ! current_user_can( self::CAPABILITY ) ) {
			return;
		}
		echo '<div class="wrap"><h1>' . esc_html__( 'Rehome', 'rehome-companion' ) . '</h1>';
		$this->state();
		$this->pause();
		$this->counts();
		$this->invitations();
		$this->runs();
		$this->refusals();
		$this->probe();
		echo '</div>';
	}

	/** Which site this is, and who holds it. */
	private function state() {
		$instance = Instance::current();
		$lease    = Lease::current();
		$rows     = array(
			__( 'Site', 'rehome-companion' )       => $instance['place'] . ' (' . $instance['environment'] . ')',
			__( 'Id of the site', 'rehome-companion' ) => $instance['id'],
			__( 'Held by', 'rehome-companion' )    => $lease ? sprintf(
				/* translators: 1: who, 2: number of seconds. */
				__( '%1$s, for %2$d more seconds', 'rehome-companion' ),
				$lease['who'],
				$lease['until'] - $lease['now']
			) : __( 'nobody', 'rehome-companion' ),
			__( 'Companion', 'rehome-companion' )  => VERSION,
			__( 'AccessAlly', 'rehome-companion' ) => Accessally_Membership::why_not() ?? __( 'can be used', 'rehome-companion' ),
		);
		if ( $instance['was'] ) {
			$rows[ __( 'Was', 'rehome-companion' ) ] = sprintf(
				/* translators: 1: address, 2: environment, 3: day. */
				__( '%1$s (%2$s) until %3$s: a copy. What was done there is not known here.', 'rehome-companion' ),
				$instance['was']['place'],
				$instance['was']['environment'],
				wp_date( 'Y-m-d H:i', $instance['was']['noticed'] )
			);
		}
		$this->table( array(), array_map( null, array_keys( $rows ), array_values( $rows ) ) );
	}

	/** The button. */
	private function pause() {
		$paused = (bool) get_option( Status::PAUSED );
		echo '<h2>' . esc_html__( 'Incoming writes', 'rehome-companion' ) . '</h2><form method="post">';
		wp_nonce_field( self::NONCE );
		echo '<p>' . esc_html( $paused ? __( 'Paused: Rehome can read, and writes nothing.', 'rehome-companion' ) : __( 'Open: who may create users can run a move.', 'rehome-companion' ) ) . '</p>';
		printf(
			'<button class="button" name="rehome_pause" value="%s">%s</button></form>',
			esc_attr( $paused ? 'no' : 'yes' ),
			esc_html( $paused ? __( 'Go on', 'rehome-companion' ) : __( 'Pause', 'rehome-companion' ) )
		);
	}

	/** How many there are. */
	private function counts() {
		$words = array(
			'users'               => __( 'Users', 'rehome-companion' ),
			'contacts'            => __( 'Contacts', 'rehome-companion' ),
			'contacts_only'       => __( 'Contacts without a user', 'rehome-companion' ),
			'made'                => __( 'Users made by Rehome', 'rehome-companion' ),
			'quiet'               => __( 'People who get no mail until invited', 'rehome-companion' ),
			'muted_mails'         => __( 'Mails kept back', 'rehome-companion' ),
			'tags'                => __( 'Tags', 'rehome-companion' ),
			'offerings'           => __( 'Offerings', 'rehome-companion' ),
			'emails'              => __( 'Emails', 'rehome-companion' ),
			'invited'             => __( 'Invitations sent', 'rehome-companion' ),
			'invitations_doubted' => __( 'Invitations of which it is not known whether they went out', 'rehome-companion' ),
			'invitations_failed'  => __( 'Invitations that the site could not send', 'rehome-companion' ),
		);
		$rows  = array();
		foreach ( Status::counts() as $name => $count ) {
			$rows[] = array( $words[ $name ], number_format_i18n( $count ) );
		}
		echo '<h2>' . esc_html__( 'What is here', 'rehome-companion' ) . '</h2>';
		$this->table( array(), $rows );
	}

	/** Invitations, an email a line. */
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
				__( 'Last', 'rehome-companion' ),
			),
			$rows
		);
	}

	/** Runs: requests of one machine and one migration, together. */
	private function runs() {
		global $wpdb;
		$requests = Tables::name( 'requests' );
		$marks    = Tables::name( 'marks' );
		// phpcs:disable WordPress.DB -- tables of our own.
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
				__( 'From', 'rehome-companion' ),
				__( 'Until', 'rehome-companion' ),
				__( 'Requests', 'rehome-companion' ),
				__( 'Members written', 'rehome-companion' ),
				__( 'Moved', 'rehome-companion' ),
				__( 'Refused', 'rehome-companion' ),
			),
			$rows
		);
	}

	/** The last members who were not taken, and why. */
	private function refusals() {
		global $wpdb;
		$requests = Tables::name( 'requests' );
		$marks    = Tables::name( 'marks' );
		// phpcs:disable WordPress.DB -- tables of our own.
		$last = $wpdb->get_results( "SELECT r.granted_by, r.request, r.seen, m.place, m.outcome, m.what FROM `$marks` m JOIN `$requests` r ON r.id = m.request WHERE m.outcome <> 'confirmed' ORDER BY m.request DESC, m.place DESC LIMIT 20" );
		// phpcs:enable
		$rows = array();
		foreach ( $last as $one ) {
			$rows[] = array( wp_date( 'Y-m-d H:i', (int) $one->seen ), $one->granted_by, $one->request . ', ' . ( 1 + (int) $one->place ), $one->outcome, $one->what );
		}
		echo '<h2>' . esc_html__( 'Members who were not taken', 'rehome-companion' ) . '</h2>';
		$this->table(
			array(
				__( 'When', 'rehome-companion' ),
				__( 'Migration', 'rehome-companion' ),
				__( 'Request, place', 'rehome-companion' ),
				__( 'Outcome', 'rehome-companion' ),
				__( 'Why', 'rehome-companion' ),
			),
			$rows
		);
	}

	/** What AccessAlly's code looks like here, to paste into an issue. */
	private function probe() {
		$text = Probe::text();
		if ( '' !== $text ) {
			echo '<h2>' . esc_html__( 'AccessAlly on this site', 'rehome-companion' ) . '</h2><p>' . esc_html__( 'Names and shapes only, nothing of any person: paste it into an issue where something is unknown.', 'rehome-companion' ) . '</p>';
			echo '<textarea readonly rows="12" class="large-text code">' . esc_textarea( $text ) . '</textarea>';
		}
	}

	/**
	 * One table.
	 *
	 * @param string[] $head Columns; none for a table of names and values.
	 * @param array[]  $rows Cells, as text.
	 */
	private function table( $head, $rows ) {
		if ( ! $rows ) {
			echo '<p>' . esc_html__( 'None.', 'rehome-companion' ) . '</p>';
			return;
		}
		echo '<table class="widefat striped" style="width:auto">';
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
			foreach ( array_values( $row ) as $at => $cell ) {
				$tag = 0 === $at && ! $head ? 'th' : 'td';
				printf( '<%1$s>%2$s</%1$s>', esc_attr( $tag ), esc_html( (string) $cell ) );
			}
			echo '</tr>';
		}
		echo '</tbody></table>';
	}
}
