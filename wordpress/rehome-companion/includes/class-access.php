<?php
/**
 * Whether a user has access to an offering, and pages and parts of pages that only such users see.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** For membership companion. AccessAlly does this itself. */
final class Access {

	const META   = '_rehome_offerings';
	const MODULE = '_rehome_module';
	const NONCE  = 'rehome_restriction';

	/** Registers the hooks. */
	public static function register() {
		add_shortcode( 'rehome_offering', array( __CLASS__, 'shortcode' ) );
		add_filter( 'render_block_core/shortcode', array( __CLASS__, 'block' ) );
		add_filter( 'rehome_has_offering', array( __CLASS__, 'filter' ), 10, 4 );
		add_action( 'template_redirect', array( __CLASS__, 'no_cache' ) );
		add_filter( 'the_content', array( __CLASS__, 'content' ), PHP_INT_MAX );
		add_filter( 'get_the_excerpt', array( __CLASS__, 'excerpt' ), PHP_INT_MAX, 2 );
		add_action( 'add_meta_boxes', array( __CLASS__, 'box' ) );
		add_action( 'save_post', array( __CLASS__, 'save' ) );
	}

	/**
	 * Whether a user has effective access: the instant or base tag of the offering, and not its revoke tag. For one
	 * module, the tag of the module counts instead of the base tag, if the module has one.
	 *
	 * @param string            $key    The offering's key.
	 * @param int|\WP_User|null $user   The user; null for the current visitor.
	 * @param int               $module The module, counted from 1; 0 for the offering itself.
	 * @return bool
	 */
	public static function has_offering( $key, $user = null, $module = 0 ) {
		if ( null === $user ) {
			$user = get_current_user_id();
		}
		$id = $user instanceof \WP_User ? $user->ID : (int) $user;
		if ( ! $id ) {
			return false;
		}
		$held = self::roles_held( $id );
		$own  = isset( $held[ $key ] ) ? $held[ $key ] : array();
		if ( in_array( 'revoke', $own, true ) ) {
			return false;
		}
		$opens = $module > 0 && self::has_module( $key, $module ) ? "module-$module" : 'base';
		return in_array( 'instant', $own, true ) || in_array( $opens, $own, true );
	}

	/**
	 * The same as a filter: apply_filters( 'rehome_has_offering', false, 'photo-101', $user_id, 2 ).
	 *
	 * @param bool     $has    The result so far.
	 * @param string   $key    The offering's key.
	 * @param int|null $user   The user.
	 * @param int      $module The module; 0 for the offering itself.
	 * @return bool
	 */
	public static function filter( $has, $key = '', $user = null, $module = 0 ) {
		return $has || self::has_offering( (string) $key, $user, (int) $module );
	}

	/**
	 * Shows the enclosed content to users who have the offering, or one of several offerings separated by commas.
	 *
	 * @param array  $attributes key, module, and otherwise: the text for other visitors.
	 * @param string $content    The enclosed content.
	 * @return string
	 */
	public static function shortcode( $attributes, $content = '' ) {
		$attributes = shortcode_atts(
			array(
				'key'       => '',
				'module'    => 0,
				'otherwise' => '',
			),
			$attributes,
			'rehome_offering'
		);
		self::no_page_cache();
		if ( self::has_any( explode( ',', $attributes['key'] ), (int) $attributes['module'] ) ) {
			return do_shortcode( $content );
		}
		$otherwise = esc_html( $attributes['otherwise'] );
		// Paragraphs are replaced by a paragraph, words within a paragraph by words.
		return '' !== $otherwise && preg_match( '/<(p|div|ul|ol|h[1-6]|figure|table|blockquote|pre)\b/i', $content ) ? "<p>$otherwise</p>" : $otherwise;
	}

	/**
	 * Keeps the paragraph of a shortcode block: WordPress removes it around a shortcode, and block themes would then
	 * place the text at the edge of the window.
	 *
	 * @param string $html The block.
	 * @return string
	 */
	public static function block( $html ) {
		return preg_replace( '#^\s*<p>(\s*\[rehome_offering\b(?:(?!</?p\b).)*\[/rehome_offering\]\s*)</p>\s*$#s', '<p class="rehome-part">$1</p>', $html );
	}

	/**
	 * Replaces the content of a restricted page for visitors who may not see it.
	 *
	 * @param string $content The content.
	 * @return string
	 */
	public static function content( $content ) {
		$post = get_post();
		return ! $post || self::may_see( $post->ID ) ? $content : self::notice( $post );
	}

	/**
	 * Empties the excerpt, which would reveal what the page hides.
	 *
	 * @param string   $excerpt The excerpt.
	 * @param \WP_Post $post    The page.
	 * @return string
	 */
	public static function excerpt( $excerpt, $post = null ) {
		return ! $post || self::may_see( $post->ID ) ? $excerpt : '';
	}

	/** Keeps caches from showing one member's page to another: a page, or a list or feed that contains one. */
	public static function no_cache() {
		global $wp_query;
		foreach ( (array) $wp_query->posts as $post ) {
			if ( $post instanceof \WP_Post && ( self::keys( $post->ID ) || has_shortcode( $post->post_content, 'rehome_offering' ) ) ) {
				self::no_page_cache();
				return;
			}
		}
	}

	/** Tells page caches, also if content for members turns up late: in a template or a widget. */
	public static function no_page_cache() {
		if ( ! defined( 'DONOTCACHEPAGE' ) ) {
			define( 'DONOTCACHEPAGE', true ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- the constant that page caches read.
		}
		if ( ! headers_sent() && 'cli' !== PHP_SAPI ) {
			nocache_headers();
		}
	}

	/** Adds the box to the editor of pages and posts. */
	public static function box() {
		add_meta_box( 'rehome-offerings', __( 'Only for members', 'rehome-companion' ), array( __CLASS__, 'draw_box' ), array( 'page', 'post' ), 'side' );
	}

	/**
	 * Renders the box.
	 *
	 * @param \WP_Post $post The page.
	 */
	public static function draw_box( $post ) {
		global $wpdb;
		$table = Tables::name( 'offerings' );
		// phpcs:ignore WordPress.DB -- our own table.
		$offerings = wp_list_pluck( $wpdb->get_results( "SELECT offering, name FROM `$table` ORDER BY name" ), 'name', 'offering' );
		$chosen    = self::keys( $post->ID );
		// An offering that no longer exists stays selected: otherwise saving the page would open it to all visitors.
		$offerings += array_combine( $chosen, $chosen );
		wp_nonce_field( self::NONCE, self::NONCE );
		if ( ! $offerings ) {
			echo '<p>' . esc_html__( 'There are no offerings yet. Rehome creates them when it moves the first members.', 'rehome-companion' ) . '</p>';
			return;
		}
		echo '<p>' . esc_html__( 'Only users with one of the selected offerings see the content. If none is selected, the page is public.', 'rehome-companion' ) . '</p>';
		foreach ( $offerings as $key => $name ) {
			printf(
				'<p><label><input type="checkbox" name="rehome_offerings[]" value="%s"%s> %s</label></p>',
				esc_attr( $key ),
				checked( in_array( (string) $key, $chosen, true ), true, false ),
				esc_html( $name )
			);
		}
		echo '<p class="description">' . esc_html__( 'Not protected: the title, the featured image, and every file (image, video, PDF) for those who know its own address. Keep such files outside the media library.', 'rehome-companion' ) . '</p>';
		printf(
			'<p><label>%s<br><input type="number" min="0" max="999" class="small-text" name="rehome_module" value="%d"></label></p>',
			esc_html__( 'Module that the page belongs to (0 for the whole offering)', 'rehome-companion' ),
			(int) get_post_meta( $post->ID, self::MODULE, true )
		);
	}

	/**
	 * Saves the selection.
	 *
	 * @param int $post_id The page.
	 */
	public static function save( $post_id ) {
		if ( ! isset( $_POST[ self::NONCE ] ) || ! wp_verify_nonce( sanitize_key( $_POST[ self::NONCE ] ), self::NONCE ) || ! current_user_can( 'edit_post', $post_id ) || wp_is_post_autosave( $post_id ) ) {
			return;
		}
		$keys = isset( $_POST['rehome_offerings'] ) ? array_map( 'sanitize_text_field', wp_unslash( (array) $_POST['rehome_offerings'] ) ) : array();
		if ( $keys ) {
			update_post_meta( $post_id, self::META, array_values( $keys ) );
		} else {
			delete_post_meta( $post_id, self::META );
		}
		$module = isset( $_POST['rehome_module'] ) ? absint( $_POST['rehome_module'] ) : 0;
		if ( $keys && $module ) {
			update_post_meta( $post_id, self::MODULE, $module );
		} else {
			delete_post_meta( $post_id, self::MODULE );
		}
	}

	/**
	 * Whether the visitor may see a page: it is not restricted, they have one of the offerings, or they may edit it.
	 *
	 * @param int $post_id The page, or a file or revision that belongs to it.
	 * @return bool
	 */
	public static function may_see( $post_id ) {
		$owner = self::owner( $post_id );
		$keys  = self::keys( $owner );
		if ( ! $keys ) {
			return true;
		}
		self::no_page_cache();
		return self::has_any( $keys, (int) get_post_meta( $owner, self::MODULE, true ) ) || current_user_can( 'edit_post', $owner );
	}

	/**
	 * The page whose restriction counts: files and revisions of a page are as restricted as the page.
	 *
	 * @param int $post_id The page, file or revision.
	 * @return int
	 */
	private static function owner( $post_id ) {
		$post = self::keys( $post_id ) ? null : get_post( $post_id );
		return $post && $post->post_parent && in_array( $post->post_type, array( 'attachment', 'revision' ), true ) ? (int) $post->post_parent : (int) $post_id;
	}

	/**
	 * The offerings that a page itself is restricted to.
	 *
	 * @param int $post_id The page.
	 * @return string[]
	 */
	private static function keys( $post_id ) {
		$keys = get_post_meta( $post_id, self::META, true );
		return is_array( $keys ) ? $keys : array();
	}

	/**
	 * Whether the visitor has one of several offerings.
	 *
	 * @param string[] $keys   The offerings.
	 * @param int      $module The module; 0 for the offerings themselves.
	 * @return bool
	 */
	private static function has_any( $keys, $module ) {
		foreach ( $keys as $key ) {
			/** This filter is documented above. */
			if ( apply_filters( 'rehome_has_offering', false, trim( $key ), get_current_user_id(), $module ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * What other visitors see instead of a page.
	 *
	 * @param \WP_Post $post The page.
	 * @return string
	 */
	private static function notice( $post ) {
		$html = is_user_logged_in()
			? esc_html__( 'You do not have access to this page.', 'rehome-companion' )
			: esc_html__( 'This page is for members only.', 'rehome-companion' )
				. ' <a href="' . esc_url( wp_login_url( get_permalink( $post ) ) ) . '">' . esc_html__( 'Log in', 'rehome-companion' ) . '</a>';
		/**
		 * Filters what a visitor sees instead of a restricted page.
		 *
		 * @param string $html The notice, escaped.
		 */
		return apply_filters( 'rehome_restricted_notice', '<p class="rehome-restricted">' . $html . '</p>' );
	}

	/**
	 * Whether an offering has a tag for a module.
	 *
	 * @param string $key    The offering.
	 * @param int    $module The module.
	 * @return bool
	 */
	private static function has_module( $key, $module ) {
		global $wpdb;
		$owned = Tables::name( 'offering_tags' );
		// phpcs:ignore WordPress.DB -- our own table.
		return (bool) $wpdb->get_var( $wpdb->prepare( "SELECT 1 FROM `$owned` WHERE offering = %s AND role = %s", $key, "module-$module" ) );
	}

	/**
	 * Which tags of which offerings a user has.
	 *
	 * @param int $user_id The user.
	 * @return array Offering => roles.
	 */
	private static function roles_held( $user_id ) {
		global $wpdb;
		$people   = Tables::name( 'people' );
		$holdings = Tables::name( 'holdings' );
		$owned    = Tables::name( 'offering_tags' );
		$held     = array();
		// phpcs:ignore WordPress.DB -- our own tables; access must not be stale.
		foreach ( $wpdb->get_results( $wpdb->prepare( "SELECT o.offering, o.role FROM `$people` p JOIN `$holdings` h ON h.person = p.id JOIN `$owned` o ON o.tag = h.tag WHERE p.user_id = %d", $user_id ) ) as $row ) {
			$held[ $row->offering ][] = $row->role;
		}
		return $held;
	}
}
