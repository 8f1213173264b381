<?php
/** Shows whatever the query found, as classic themes do. */
?>
<!doctype html>
<html>
<head><title><?php wp_title(); ?></title><?php wp_head(); ?></head>
<body>
<?php
while ( have_posts() ) {
	the_post();
	the_title( '<h1>', '</h1>' );
	the_excerpt();
	the_content();
	the_meta();
	echo wp_kses_post( get_the_content( null, false, get_the_ID() ) );
	wp_link_pages();
	comments_template();
}
foreach ( get_comments( array( 'number' => 5 ) ) as $one ) {
	echo '<p>' . esc_html( get_comment_excerpt( $one ) ) . '</p>';
}
// The results of a search alone.
if ( ! is_search() ) {
	the_widget( 'WP_Widget_Recent_Comments' );
	the_widget( 'WP_Widget_Recent_Posts' );
}
wp_footer();
?>
</body>
</html>
