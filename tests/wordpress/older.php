<?php
/**
 * Reports what is newer than PHP 7.4 in PHP files: `php older.php FILE…`. Prints nothing if there is nothing to report.
 *
 * Debian has only one version of PHP. This script reads the syntax tree of nikic/php-parser, and knows the grammar and the
 * functions that PHP 8.0 to 8.4 added. It does not know about changed behaviour of functions.
 */

require_once 'PhpParser/autoload.php';

use PhpParser\Node;

// Functions that WordPress 6.1 provides itself are not listed: str_contains(), str_starts_with(), str_ends_with().
const NEW_FUNCTIONS = array(
	'array_all', 'array_any', 'array_find', 'array_find_key', 'array_is_list', 'enum_exists', 'fdatasync', 'fdiv', 'fsync', 'get_debug_type',
	'get_mangled_object_vars', 'get_resource_id', 'http_clear_last_response_headers', 'http_get_last_response_headers', 'ini_parse_quantity',
	'json_validate', 'mb_lcfirst', 'mb_ltrim', 'mb_rtrim', 'mb_str_pad', 'mb_trim', 'mb_ucfirst', 'memory_reset_peak_usage',
	'mysqli_execute_query', 'preg_last_error_msg', 'request_parse_body', 'str_decrement', 'str_increment', 'stream_context_set_options',
);
const NEW_TYPES     = array( 'mixed', 'static', 'never', 'null', 'false', 'true' );

class Newer extends PhpParser\NodeVisitorAbstract {
	public $found = array();

	public function enterNode( Node $node ) {
		$what = $this->what( $node );
		if ( null !== $what ) {
			$this->found[] = $node->getStartLine() . ": $what";
		}
	}

	private function what( Node $node ) {
		switch ( true ) {
			case $node instanceof Node\AttributeGroup:
				return 'an attribute';
			case $node instanceof Node\Expr\Match_:
				return 'match';
			case $node instanceof Node\Expr\NullsafePropertyFetch:
			case $node instanceof Node\Expr\NullsafeMethodCall:
				return 'the operator ?->';
			case $node instanceof Node\Stmt\Enum_:
				return 'an enum';
			case $node instanceof Node\UnionType:
			case $node instanceof Node\IntersectionType:
				return 'a type of several';
			case $node instanceof Node\VariadicPlaceholder:
				return 'a callable f(...)';
			case $node instanceof Node\Expr\Throw_:
				return 'throw within an expression';
			case $node instanceof Node\Stmt\Catch_ && null === $node->var:
				return 'catch without a variable';
			case $node instanceof Node\Arg && null !== $node->name:
				return 'a named argument';
			case $node instanceof Node\Param && 0 !== $node->flags:
				return 'a promoted parameter';
			case $node instanceof Node\Param && $node->default && $this->makes( $node->default ):
			case $node instanceof Node\Stmt\StaticVar && $node->default && $this->makes( $node->default ):
				return 'new in a default';
			case $node instanceof Node\Stmt\Property && 0 !== ( $node->flags & Node\Stmt\Class_::MODIFIER_READONLY ):
			case $node instanceof Node\Stmt\Class_ && 0 !== ( $node->flags & Node\Stmt\Class_::MODIFIER_READONLY ):
				return 'readonly';
			case $node instanceof Node\Stmt\ClassConst && 0 !== ( $node->flags & Node\Stmt\Class_::MODIFIER_FINAL ):
				return 'a final constant';
			case $node instanceof Node\Expr\ClassConstFetch && $node->class instanceof Node\Expr:
				return '$object::class';
			case $node instanceof Node\Scalar\LNumber && 0 === stripos( (string) $node->getAttribute( 'rawValue' ), '0o' ):
				return 'a number 0o…';
			case $node instanceof Node\FunctionLike && in_array( $this->type( $node->getReturnType() ), NEW_TYPES, true ):
			case $node instanceof Node\Param && in_array( $this->type( $node->type ), NEW_TYPES, true ):
			case $node instanceof Node\Stmt\Property && in_array( $this->type( $node->type ), NEW_TYPES, true ):
				return 'a type mixed, static, never, null, false or true';
			case $node instanceof Node\Expr\FuncCall && $node->name instanceof Node\Name && in_array( $node->name->toLowerString(), NEW_FUNCTIONS, true ):
				return 'the function ' . $node->name->toString() . '()';
		}
		return null;
	}

	private function makes( Node $default ) {
		return null !== ( new PhpParser\NodeFinder() )->findFirstInstanceOf( $default, Node\Expr\New_::class );
	}

	private function type( $type ) {
		$type = $type instanceof Node\NullableType ? $type->type : $type;
		return $type instanceof Node\Name || $type instanceof Node\Identifier ? $type->toLowerString() : '';
	}
}

/** A comma after the last parameter, or after the last variable of use(), does not appear in the syntax tree. */
function commas( $code ) {
	$found  = array();
	$tokens = array_values(
		array_filter(
			token_get_all( $code ),
			function ( $token ) {
				return ! is_array( $token ) || ! in_array( $token[0], array( T_WHITESPACE, T_COMMENT, T_DOC_COMMENT ), true );
			}
		)
	);
	foreach ( $tokens as $at => $token ) {
		if ( ! is_array( $token ) || ! in_array( $token[0], array( T_FUNCTION, T_FN, T_USE ), true ) ) {
			continue;
		}
		$open = $at + 1;
		while ( isset( $tokens[ $open ] ) && '(' !== $tokens[ $open ] && $open < $at + 4 ) {
			++$open;
		}
		if ( ! isset( $tokens[ $open ] ) || '(' !== $tokens[ $open ] ) {
			continue;
		}
		for ( $depth = 0, $end = $open; isset( $tokens[ $end ] ); $end++ ) {
			$depth += '(' === $tokens[ $end ] ? 1 : ( ')' === $tokens[ $end ] ? -1 : 0 );
			if ( 0 === $depth ) {
				break;
			}
		}
		if ( ',' === $tokens[ $end - 1 ] ) {
			$found[] = $token[2] . ': a comma after the last parameter';
		}
	}
	return $found;
}

$lexer  = new PhpParser\Lexer\Emulative( array( 'phpVersion' => PhpParser\Lexer\Emulative::PHP_8_2 ) );
$parser = ( new PhpParser\ParserFactory() )->create( PhpParser\ParserFactory::ONLY_PHP7, $lexer );
foreach ( array_slice( $argv, 1 ) as $file ) {
	$code      = file_get_contents( $file );
	$newer     = new Newer();
	$traverser = new PhpParser\NodeTraverser();
	$traverser->addVisitor( $newer );
	$traverser->traverse( $parser->parse( $code ) );
	foreach ( array_merge( $newer->found, commas( $code ) ) as $what ) {
		echo "$file:$what\n";
	}
}
