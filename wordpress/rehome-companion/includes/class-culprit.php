<?php
/**
 * Finds out which plugin or theme the code belongs to that failed, stopped PHP, or ended a transaction.
 *
 * @package Rehome
 */

namespace Rehome\Companion;

/** A name that the owner of the site knows, where it can be determined. */
final class Culprit {

	/** What is said if the name cannot be determined. */
	const UNKNOWN = 'code on the site';

	/**
	 * The code that calls this, as far as it is not WordPress or this plugin.
	 *
	 * @return string
	 */
	public static function of_backtrace() {
		return self::of_frames( debug_backtrace( DEBUG_BACKTRACE_IGNORE_ARGS ) ); // phpcs:ignore WordPress.PHP.DevelopmentFunctions -- to name the plugin in the answer.
	}

	/**
	 * The code that threw.
	 *
	 * @param \Throwable $thrown What was thrown.
	 * @return string
	 */
	public static function of_throwable( $thrown ) {
		$own = self::of_file( $thrown->getFile() );
		return null !== $own ? $own : self::of_frames( $thrown->getTrace() );
	}

	/**
	 * The code that stopped PHP: of a fatal error, or of the hook that was running.
	 *
	 * @return string
	 */
	public static function of_shutdown() {
		$error = error_get_last();
		if ( $error && in_array( $error['type'], array( E_ERROR, E_PARSE, E_CORE_ERROR, E_COMPILE_ERROR, E_USER_ERROR, E_RECOVERABLE_ERROR ), true ) ) {
			$own = self::of_file( $error['file'] );
			if ( null !== $own ) {
				return $own;
			}
		}
		global $wp_filter, $wp_current_filter;
		foreach ( array_reverse( (array) $wp_current_filter ) as $hook ) {
			$priority = isset( $wp_filter[ $hook ] ) ? $wp_filter[ $hook ]->current_priority() : false;
			if ( false === $priority || ! isset( $wp_filter[ $hook ]->callbacks[ $priority ] ) ) {
				continue;
			}
			$names = array();
			foreach ( $wp_filter[ $hook ]->callbacks[ $priority ] as $callback ) {
				$names[] = self::of_callback( $callback['function'] );
			}
			$names = array_unique( array_filter( $names ) );
			if ( $names ) {
				return implode( ' or ', $names );
			}
		}
		return self::UNKNOWN;
	}

	/**
	 * The plugin that a function belongs to.
	 *
	 * @param callable|string $callback The function.
	 * @return string|null Null for WordPress and this plugin.
	 */
	public static function of_callback( $callback ) {
		try {
			if ( is_array( $callback ) ) {
				$function = new \ReflectionMethod( $callback[0], $callback[1] );
			} elseif ( is_object( $callback ) && ! $callback instanceof \Closure ) {
				$function = new \ReflectionMethod( $callback, '__invoke' );
			} elseif ( is_string( $callback ) && false !== strpos( $callback, '::' ) ) {
				$function = new \ReflectionMethod( $callback );
			} else {
				$function = new \ReflectionFunction( $callback );
			}
		} catch ( \ReflectionException $unknown ) {
			return null;
		}
		return self::of_file( (string) $function->getFileName() );
	}

	/**
	 * The plugin or theme that a file belongs to.
	 *
	 * @param string $file The file.
	 * @return string|null Null for WordPress and this plugin.
	 */
	public static function of_file( $file ) {
		$file = wp_normalize_path( $file );
		$own  = wp_normalize_path( dirname( __DIR__ ) );
		foreach (
			array(
				'the must-use plugin' => WPMU_PLUGIN_DIR,
				'the plugin'          => WP_PLUGIN_DIR,
				'the theme'           => get_theme_root(),
			) as $kind => $folder
		) {
			$folder = trailingslashit( wp_normalize_path( $folder ) );
			if ( 0 === strpos( $file, $folder ) && 0 !== strpos( $file, $own . '/' ) && 0 !== strpos( $file, $folder . 'rehome-companion/' ) ) {
				return "$kind \"" . strtok( substr( $file, strlen( $folder ) ), '/' ) . '"';
			}
		}
		return null;
	}

	/**
	 * The first frame that belongs to a plugin or theme.
	 *
	 * @param array $frames The backtrace.
	 * @return string
	 */
	private static function of_frames( $frames ) {
		global $wpdb;
		// Sites have database classes of their own, every statement goes through them.
		$database = wp_normalize_path( dirname( (string) ( new \ReflectionObject( $wpdb ) )->getFileName() ) );
		foreach ( $frames as $frame ) {
			if ( isset( $frame['file'] ) && 0 === strpos( wp_normalize_path( $frame['file'] ), "$database/" ) ) {
				continue;
			}
			$name = isset( $frame['file'] ) ? self::of_file( $frame['file'] ) : null;
			if ( null !== $name ) {
				return $name;
			}
		}
		return self::UNKNOWN;
	}
}
