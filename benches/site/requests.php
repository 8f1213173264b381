<?php
/**
 * Writes the requests of a measurement as a configuration of curl, and their bodies beside it.
 *
 * requests.php SITE OUT bare|core|batch NAME PEOPLE SIZE
 *   SITE    the folder of `tests/wordpress/up`
 *   OUT     a folder that is made
 *   NAME    makes addresses and request ids unlike those of other measurements
 *   SIZE    people in a request
 */

list( , $dir, $out, $kind, $name, $people, $size ) = $argv;
$site = json_decode( file_get_contents( "$dir/site.json" ), true );
mkdir( $out );

function people( $name, $from, $count ) {
	$people = array();
	for ( $at = $from; $at < $from + $count; $at++ ) {
		$people[] = array(
			'email'      => "bench.$name.$at@example.com",
			'first_name' => "First$at",
			'last_name'  => "Last$at",
			'contact_id' => (string) crc32( "$name $at" ) . $at,
		);
	}
	return $people;
}

function core( $person ) {
	return array(
		'username'   => $person['email'],
		'email'      => $person['email'],
		'password'   => bin2hex( random_bytes( 32 ) ),
		'first_name' => $person['first_name'],
		'last_name'  => $person['last_name'],
		'roles'      => array( 'subscriber' ),
		'meta'       => array( 'bench_contact' => $person['contact_id'], 'bench_tags' => array( 1, 2 ) ),
	);
}

function change( $action, $attribute, $after ) {
	return compact( 'action', 'attribute', 'after' );
}

function batch( $site, $name, $people ) {
	$members = array();
	foreach ( $people as $seq => $person ) {
		$members[] = array(
			'seq'     => $seq,
			'email'   => $person['email'],
			'changes' => array(
				change( 'create', 'contact', 'there' ),
				change( 'create', 'user', $person['email'] ),
				change( 'link', 'contact-link', $person['contact_id'] ),
				change( 'update', 'first-name', $person['first_name'] ),
				change( 'update', 'last-name', $person['last_name'] ),
				change( 'add-tag', array( 'tag' => 'Photography 101' ), 'held' ),
				change( 'add-tag', array( 'tag' => 'VIP' ), 'held' ),
			),
		);
	}
	return array(
		'holder'     => 'bench',
		'who'        => 'a benchmark',
		'instance'   => $site['instance'],
		'membership' => 'companion',
		'request'    => $name,
		'granted_by' => 'bench',
		'members'    => $members,
	);
}

$route = array(
	'bare'  => 'bench/v1/bare',
	'core'  => 'wp/v2/users',
	'batch' => 'rehome/v1/batch',
)[ $kind ];
for ( $from = 0, $number = 0; $from < $people; $from += $size, $number++ ) {
	$some = people( $name, $from, min( $size, $people - $from ) );
	$body = array( 'members' => $some );
	if ( 'core' === $kind ) {
		$body = core( $some[0] );
	}
	if ( 'batch' === $kind ) {
		$body = batch( $site, "$name-$number", $some );
	}
	file_put_contents( "$out/$number.body", json_encode( $body ) );
	$lines = array(
		'url'          => "{$site['url']}/wp-json/$route",
		'user'         => "{$site['user']}:{$site['password']}",
		'header'       => 'Content-Type: application/json',
		'data-binary'  => "@$out/$number.body",
		'dump-header'  => "$out/$number.head",
		'output'       => "$out/$number.answer",
	);
	if ( 0 < $number ) {
		echo "next\n";
	}
	foreach ( $lines as $option => $value ) {
		echo "$option = \"$value\"\n";
	}
}
