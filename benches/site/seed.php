<?php
/**
 * Prints the SQL that puts people of an export of `generate apply-bench` onto a site, as an apply would have left them.
 *
 * seed.php CSV FROM TO TAGS HIGHEST: the people FROM up to, and without, TO; TAGS is JSON, name => id; HIGHEST the
 * highest id of a user or person that is there: those of the seed follow, as those of a site do.
 */

list( , $csv, $from, $to, $tags, $highest ) = $argv;
$tags  = json_decode( $tags, true );
$metas = array(
	'description'          => '',
	'rich_editing'         => 'true',
	'syntax_highlighting'  => 'true',
	'comment_shortcuts'    => 'false',
	'admin_color'          => 'fresh',
	'use_ssl'              => '0',
	'show_admin_bar_front' => 'true',
	'locale'               => '',
	'wp_capabilities'      => 'a:1:{s:10:"subscriber";b:1;}',
	'wp_user_level'        => '0',
);

function text( $text ) {
	return "'" . str_replace( "'", "''", $text ) . "'";
}

function insert( $table, $columns, &$rows, $at_least = 1 ) {
	if ( count( $rows ) >= $at_least ) {
		echo "INSERT INTO $table ($columns) VALUES " . implode( ",\n", $rows ) . ";\n";
		$rows = array();
	}
}

function write( &$users, &$values, &$people, &$held, $at_least ) {
	insert( 'wp_users', 'ID, user_login, user_pass, user_nicename, user_email, user_url, user_registered, user_activation_key, user_status, display_name', $users, $at_least );
	insert( 'wp_usermeta', 'user_id, meta_key, meta_value', $values, $at_least );
	insert( 'wp_rehome_people', 'id, email, contact_id, login, user_id, first_name, last_name, opted_out, made, quiet, request', $people, $at_least );
	insert( 'wp_rehome_holdings', 'person, tag, granted_by', $held, $at_least );
}

$file  = fopen( $csv, 'r' );
$names = fgetcsv( $file );
list( $users, $values, $people, $held ) = array( array(), array(), array(), array() );
for ( $number = 0; $number < $to; $number++ ) {
	$row = array_combine( $names, fgetcsv( $file ) );
	if ( $number < $from ) {
		continue;
	}
	$id       = $highest + 1 + $number - $from;
	$email    = text( $row['Email'] );
	$first    = text( $row['First Name'] );
	$last     = text( $row['Last Name'] );
	$nice     = text( 'bench-' . $number );
	$users[]  = "($id, $email, 'none', $nice, $email, '', '2026-01-01 00:00:00', '', 0, " . text( $row['Name'] ) . ')';
	$people[] = "($id, $email, '" . ( 1000000 + $id ) . "', $email, $id, $first, $last, 0, 1, 1, 1)";
	$values[] = "($id, 'nickname', $email)";
	$values[] = "($id, 'first_name', $first)";
	$values[] = "($id, 'last_name', $last)";
	foreach ( $metas as $key => $value ) {
		$values[] = "($id, '$key', " . text( $value ) . ')';
	}
	foreach ( array( $row['Products'], $row['Tags'] ) as $tag ) {
		$held[] = "($id, {$tags[ $tag ]}, 'bench')";
	}
	write( $users, $values, $people, $held, 500 );
}
write( $users, $values, $people, $held, 1 );
