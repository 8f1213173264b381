<?php
/**
 * Runs the SQL of standard input on a site's database, past WordPress; prints the rows of the last statement as JSON.
 *
 * sql.php SITE: the folder of `tests/wordpress/up`.
 */

$dir = $argv[1];
$sql = stream_get_contents( STDIN );
if ( is_dir( "$dir/database" ) ) {
	$db = new PDO( "sqlite:$dir/database/site.sqlite", null, null, array( PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::ATTR_TIMEOUT => 30 ) );
	if ( 0 === stripos( $sql, 'SELECT' ) ) {
		echo json_encode( $db->query( $sql )->fetchAll( PDO::FETCH_NUM ) ), "\n";
	} else {
		$db->exec( "BEGIN;\n$sql;\nCOMMIT;" );
	}
	exit;
}
mysqli_report( MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT );
$db = new mysqli( null, 'root', '', 'wordpress', 0, "$dir/run/db.sock" );
$db->set_charset( 'utf8mb4' );
$db->begin_transaction();
$rows = null;
// One by one: together they may be longer than what the server takes at once.
foreach ( array_filter( array_map( 'trim', preg_split( '/;\s/', $sql . ' ' ) ) ) as $statement ) {
	$result = $db->query( $statement );
	$rows   = true === $result ? $rows : $result->fetch_all();
}
$db->commit();
if ( null !== $rows ) {
	echo json_encode( $rows ), "\n";
}
