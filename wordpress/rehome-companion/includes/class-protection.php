<?php
/**
 * Keeps everything that belongs to a restricted page from those who may not see it, wherever WordPress shows it.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** Access decides; the page's content and excerpt are handled there. docs/wordpress.md has the table. */
final class Protection {

	/** Keys of a file's REST response that show it or describe it. */
	const OF_FILES = array( 'caption', 'description', 'alt_text', 'media_details', 'source_url', 'guid' );

	/** Registers the hooks. */
	public static function register() {
		add_filter( 'content_pagination', array( __CLASS__, 'parts' ), PHP_INT_MAX, 2 );
		add_filter( 'get_post_metadata', array( __CLASS__, 'meta' ), PHP_INT_MAX, 4 );
		add_filter( 'the_excerpt_embed', array( __CLASS__, 'embed' ), PHP_INT_MAX );
		add_filter( 'render_block_data', array( __CLASS__, 'before_block' ), PHP_INT_MAX );
		add_filter( 'render_block_core/latest-posts', array( __CLASS__, 'after_latest_posts' ), PHP_INT_MIN );
		add_filter( 'render_block_core/post-featured-image', array( __CLASS__, 'first_image' ), PHP_INT_MAX, 3 );
		add_action( 'template_redirect', array( __CLASS__, 'file_page' ) );
		add_action( 'pre_get_posts', array( __CLASS__, 'search' ), PHP_INT_MAX );
		add_action( 'pre_get_comments', array( __CLASS__, 'comments' ), PHP_INT_MAX );
		add_filter( 'comment_feed_where', array( __CLASS__, 'comment_feed' ), PHP_INT_MAX );
		add_filter( 'comments_open', array( __CLASS__, 'may_comment' ), PHP_INT_MAX, 2 );
		add_filter( 'rest_prepare_comment', array( __CLASS__, 'rest_comment' ), PHP_INT_MAX, 2 );
		add_action( 'rest_api_init', array( __CLASS__, 'register_rest' ), PHP_INT_MAX );
		add_action( 'wp_ajax_parse-media-shortcode', array( __CLASS__, 'editors_only' ), 0 );
		add_action( 'wp_ajax_parse-embed', array( __CLASS__, 'editors_only' ), 0 );
	}

	/**
	 * The editor's preview of galleries and players: WordPress shows that of any page to every user who is logged in, with
	 * the files of the page.
	 */
	public static function editors_only() {
		if ( ! current_user_can( 'edit_posts' ) ) {
			wp_send_json_error();
		}
	}

	/** Registers the hooks of all kinds of posts that REST shows. */
	public static function register_rest() {
		foreach ( get_post_types( array( 'show_in_rest' => true ) ) as $type ) {
			add_filter( "rest_prepare_$type", array( __CLASS__, 'rest' ), PHP_INT_MAX, 2 );
		}
	}

	/**
	 * Empties the parts of a page that get_the_content() returns, for code that does not filter them.
	 *
	 * @param string[] $parts The parts, as separated by <!--nextpage-->.
	 * @param \WP_Post $post  The page.
	 * @return string[]
	 */
	public static function parts( $parts, $post = null ) {
		return $post instanceof \WP_Post && ! Access::may_see( $post->ID ) ? array( '' ) : $parts;
	}

	/**
	 * Hides the metadata of a page that WordPress shows: footnotes, custom fields, enclosures. Keys that begin with an
	 * underscore are never shown.
	 *
	 * @param mixed  $value   What another filter decided.
	 * @param int    $post_id The page.
	 * @param string $key     The key; empty for all.
	 * @param bool   $single  Whether one value is requested.
	 * @return mixed
	 */
	public static function meta( $value, $post_id, $key, $single ) {
		if ( 0 === strpos( (string) $key, '_' ) || self::is_background() || Access::may_see( $post_id ) ) {
			return $value;
		}
		/**
		 * Filters the keys of metadata that everyone may see on restricted pages, for example settings of the theme.
		 *
		 * @param string[] $keys    The keys.
		 * @param int      $post_id The page.
		 */
		$shown = (array) apply_filters( 'rehome_shown_meta', array(), $post_id );
		if ( '' !== (string) $key ) {
			return in_array( $key, $shown, true ) ? $value : array_fill( 0, $single ? 1 : 0, '' );
		}
		remove_filter( 'get_post_metadata', array( __CLASS__, 'meta' ), PHP_INT_MAX );
		$all = get_metadata( 'post', $post_id );
		add_filter( 'get_post_metadata', array( __CLASS__, 'meta' ), PHP_INT_MAX, 4 );
		foreach ( is_array( $all ) ? array_keys( $all ) : array() as $name ) {
			if ( 0 !== strpos( (string) $name, '_' ) && ! in_array( $name, $shown, true ) ) {
				unset( $all[ $name ] );
			}
		}
		return $all;
	}

	/**
	 * Empties what an embedded page shows of its content, images included.
	 *
	 * @param string $excerpt The excerpt.
	 * @return string
	 */
	public static function embed( $excerpt ) {
		$post = get_post();
		return $post && ! Access::may_see( $post->ID ) ? '' : $excerpt;
	}

	/**
	 * The block "Latest Posts" prints the content of posts past all filters: while it runs, the content is not loaded.
	 *
	 * @param array $block The parsed block.
	 * @return array
	 */
	public static function before_block( $block ) {
		if ( isset( $block['blockName'] ) && 'core/latest-posts' === $block['blockName'] ) {
			add_action( 'pre_get_posts', array( __CLASS__, 'with_filters' ), PHP_INT_MAX );
			add_filter( 'the_posts', array( __CLASS__, 'without_content' ), PHP_INT_MAX );
		}
		return $block;
	}

	/**
	 * The block has run.
	 *
	 * @param string $html The block.
	 * @return string
	 */
	public static function after_latest_posts( $html ) {
		remove_action( 'pre_get_posts', array( __CLASS__, 'with_filters' ), PHP_INT_MAX );
		remove_filter( 'the_posts', array( __CLASS__, 'without_content' ), PHP_INT_MAX );
		return $html;
	}

	/**
	 * Lets a query apply its filters.
	 *
	 * @param \WP_Query $query The query.
	 */
	public static function with_filters( $query ) {
		$query->set( 'suppress_filters', false );
	}

	/**
	 * Empties the content of posts that the visitor may not see.
	 *
	 * @param \WP_Post[] $posts The posts.
	 * @return \WP_Post[]
	 */
	public static function without_content( $posts ) {
		foreach ( (array) $posts as $index => $post ) {
			if ( $post instanceof \WP_Post && ! Access::may_see( $post->ID ) ) {
				$posts[ $index ]               = clone $post;
				$posts[ $index ]->post_content = '';
			}
		}
		return $posts;
	}

	/**
	 * The block "Featured Image" can show the first image of the content in its place.
	 *
	 * @param string    $html   The block.
	 * @param array     $parsed The parsed block.
	 * @param \WP_Block $block  The block.
	 * @return string
	 */
	public static function first_image( $html, $parsed = array(), $block = null ) {
		$post_id = $block instanceof \WP_Block && isset( $block->context['postId'] ) ? (int) $block->context['postId'] : 0;
		return $post_id && ! empty( $parsed['attrs']['useFirstImageFromPost'] ) && ! has_post_thumbnail( $post_id ) && ! Access::may_see( $post_id ) ? '' : $html;
	}

	/** Sends visitors of the page of a file to the restricted page that the file belongs to. */
	public static function file_page() {
		$file = is_attachment() ? get_queried_object() : null;
		if ( $file instanceof \WP_Post && $file->post_parent && ! Access::may_see( $file->ID ) ) {
			wp_safe_redirect( get_permalink( $file->post_parent ) );
			exit;
		}
	}

	/**
	 * Leaves pages out of searches of those who may not see them: that a word finds a page shows what is on it.
	 *
	 * @param \WP_Query $query The query.
	 */
	public static function search( $query ) {
		if ( '' === trim( (string) $query->get( 's' ) ) || self::is_background() ) {
			return;
		}
		$hidden = self::hidden();
		if ( ! $hidden ) {
			return;
		}
		Access::no_page_cache();
		$only = array_filter( array_map( 'intval', (array) $query->get( 'post__in' ) ) );
		if ( $only ) {
			// WordPress ignores post__not_in beside post__in.
			$left = array_diff( $only, $hidden );
			$query->set( 'post__in', $left ? array_values( $left ) : array( 0 ) );
		} else {
			$query->set( 'post__not_in', array_merge( (array) $query->get( 'post__not_in' ), $hidden ) );
		}
	}

	/**
	 * Leaves comments out of lists for those who may not see the page.
	 *
	 * @param \WP_Comment_Query $query The query.
	 */
	public static function comments( $query ) {
		if ( self::is_background() || current_user_can( 'moderate_comments' ) ) {
			return;
		}
		$hidden = self::hidden();
		if ( $hidden ) {
			$query->query_vars['post__not_in'] = array_merge( array_filter( (array) $query->query_vars['post__not_in'] ), $hidden );
		}
	}

	/**
	 * Leaves comments out of feeds, which do not use the same query.
	 *
	 * @param string $where The SQL condition.
	 * @return string
	 */
	public static function comment_feed( $where ) {
		$hidden = self::hidden();
		return $hidden ? $where . ' AND comment_post_ID NOT IN (' . implode( ',', $hidden ) . ')' : $where;
	}

	/**
	 * Whether the visitor may comment on a page.
	 *
	 * @param bool $open    Whether comments are open.
	 * @param int  $post_id The page.
	 * @return bool
	 */
	public static function may_comment( $open, $post_id = 0 ) {
		return $open && ( ! $post_id || Access::may_see( (int) $post_id ) );
	}

	/**
	 * Empties a comment in REST.
	 *
	 * @param \WP_REST_Response $response The response.
	 * @param \WP_Comment       $comment  The comment.
	 * @return \WP_REST_Response
	 */
	public static function rest_comment( $response, $comment ) {
		if ( $response instanceof \WP_REST_Response && ! Access::may_see( (int) $comment->comment_post_ID ) ) {
			$response->data = array_intersect_key( $response->data, array_flip( array( 'id', 'post', 'parent', 'date', 'date_gmt', 'status', 'type' ) ) );
		}
		return $response;
	}

	/**
	 * Empties a page or file in REST.
	 *
	 * @param \WP_REST_Response $response The response.
	 * @param \WP_Post          $post     The page or file.
	 * @return \WP_REST_Response
	 */
	public static function rest( $response, $post ) {
		if ( ! $response instanceof \WP_REST_Response || Access::may_see( $post->ID ) ) {
			return $response;
		}
		foreach ( array( 'content', 'excerpt' ) as $part ) {
			if ( isset( $response->data[ $part ] ) ) {
				$response->data[ $part ] = array(
					'rendered'  => '',
					'protected' => true,
				);
			}
		}
		if ( 'attachment' === $post->post_type ) {
			$response->data = array_diff_key( $response->data, array_flip( self::OF_FILES ) );
		}
		return $response;
	}

	/**
	 * The restricted pages, and their files, that the visitor may not see.
	 *
	 * @return int[]
	 */
	private static function hidden() {
		global $wpdb;
		static $known = array();
		$user         = get_current_user_id();
		if ( ! isset( $known[ $user ] ) ) {
			// phpcs:disable WordPress.DB -- a list of ids, once per request.
			$hidden = array_filter(
				array_map( 'intval', $wpdb->get_col( $wpdb->prepare( "SELECT DISTINCT post_id FROM $wpdb->postmeta WHERE meta_key = %s", Access::META ) ) ),
				function ( $post_id ) {
					return ! Access::may_see( $post_id );
				}
			);
			if ( $hidden ) {
				$files  = $wpdb->get_col( "SELECT ID FROM $wpdb->posts WHERE post_type = 'attachment' AND post_parent IN (" . implode( ',', $hidden ) . ')' );
				$hidden = array_merge( $hidden, array_map( 'intval', $files ) );
			}
			// phpcs:enable
			$known[ $user ] = array_values( $hidden );
		}
		return $known[ $user ];
	}

	/**
	 * Whether no visitor is there to whom anything is shown.
	 *
	 * @return bool
	 */
	private static function is_background() {
		return wp_doing_cron() || ( defined( 'WP_CLI' ) && WP_CLI );
	}
}
