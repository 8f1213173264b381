//! What members pay for, by every way in which WordPress itself shows a page: for a visitor, for a member without
//! access, and for a member with access. The table in docs/wordpress.md has the same rows.

use std::{collections::BTreeMap, process::Command};

use super::{
    site::{Site, newer_site, site},
    writes::newcomer,
};

/// Makes a restricted page and a restricted post with everything that WordPress can store with them, and public pages
/// that list them. Prints the ids.
const MAKE: &str = r#"
function rehome_make( $type, $name, $more = array() ) {
    return wp_insert_post( wp_slash( $more + array( 'post_type' => $type, 'post_status' => 'publish', 'post_title' => "Title $name", 'post_name' => $name, 'post_author' => 1 ) ) );
}
$body = '<!-- wp:paragraph --><p>SECRETBODY zebra</p><!-- /wp:paragraph --><!-- wp:image --><figure class="wp-block-image"><img src="https://x.example/SECRETIMAGE.jpg" alt=""/></figure><!-- /wp:image --><!-- wp:footnotes /--><!--nextpage-->SECRETPART';
$ids = array();
foreach ( array( 'page', 'post' ) as $type ) {
    $id = rehome_make( $type, "lesson-$type", array( 'post_content' => 'SECRETREVISION zebra', 'post_excerpt' => 'page' === $type ? 'SECRETEXCERPT' : '' ) );
    wp_update_post( wp_slash( array( 'ID' => $id, 'post_content' => $body ) ) );
    update_post_meta( $id, '_rehome_offerings', array( 'course' ) );
    update_post_meta( $id, 'footnotes', wp_slash( wp_json_encode( array( array( 'id' => 'n1', 'content' => 'SECRETNOTE' ) ) ) ) );
    update_post_meta( $id, 'colour', 'SECRETMETA' );
    add_post_meta( $id, 'enclosure', "https://x.example/SECRETFILE.mp3\n1\naudio/mpeg" );
    $ids["comment-$type"] = wp_insert_comment( array( 'comment_post_ID' => $id, 'comment_content' => 'SECRETCOMMENT', 'comment_author' => 'SECRETAUTHOR', 'comment_approved' => 1 ) );
    $upload = wp_upload_bits( "lesson-$type.jpg", null, 'a file that is sold' );
    $ids["file-$type"] = wp_insert_attachment( array( 'post_mime_type' => 'image/jpeg', 'post_title' => 'Title file', 'post_content' => 'SECRETDESCRIPTION', 'post_excerpt' => 'SECRETCAPTION', 'post_parent' => $id ), $upload['file'], $id );
    update_post_meta( $ids["file-$type"], '_wp_attachment_image_alt', 'SECRETALT' );
    $ids["url-$type"] = $upload['url'];
    $revisions = array_keys( wp_get_post_revisions( $id ) );
    $ids["revision-$type"] = end( $revisions );
    $ids[$type] = $id;
}
$query = '<!-- wp:query {"query":{"perPage":9,"postType":"TYPE","inherit":false}} --><div class="wp-block-query"><!-- wp:post-template --><!-- wp:post-title /--><!-- wp:post-featured-image {"useFirstImageFromPost":true} /--><!-- wp:post-excerpt /--><!-- wp:post-content /--><!-- wp:footnotes /--><!-- /wp:post-template --></div><!-- /wp:query -->';
$ids['lists'] = rehome_make( 'page', 'lists', array( 'post_content' => '<!-- wp:latest-posts {"displayPostContent":true,"displayPostContentRadio":"full_post"} /--><!-- wp:latest-posts {"displayPostContent":true} /--><!-- wp:latest-comments /-->' . str_replace( 'TYPE', 'page', $query ) . str_replace( 'TYPE', 'post', $query ) ) );
$ids['pattern'] = rehome_make( 'wp_block', 'pattern', array( 'post_content' => '<!-- wp:paragraph --><p>SECRETPATTERN</p><!-- /wp:paragraph -->' ) );
$with = rehome_make( 'page', 'with-pattern', array( 'post_content' => '<!-- wp:block {"ref":' . $ids['pattern'] . '} /-->' ) );
update_post_meta( $with, '_rehome_offerings', array( 'course' ) );
$ids['with-pattern'] = $with;
$ids['embeds'] = rehome_make( 'page', 'embeds', array( 'post_content' => "\n" . get_permalink( $ids['post'] ) . "\n" ) );
foreach ( array( 'weak', 'bo@example.com' ) as $login ) {
    $user = get_user_by( 'login', $login );
    $token = WP_Session_Tokens::get_instance( $user->ID )->create( time() + 3600 );
    $cookie = wp_generate_auth_cookie( $user->ID, time() + 3600, 'logged_in', $token );
    $_COOKIE[ LOGGED_IN_COOKIE ] = $cookie;
    wp_set_current_user( $user->ID );
    $ids["cookie-$login"] = LOGGED_IN_COOKIE . '=' . rawurlencode( $cookie );
    $ids["nonce-$login"] = wp_create_nonce( 'wp_rest' );
}
foreach ( $ids as $name => $id ) { echo "$name $id\n"; }
"#;

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    Visitor,
    WithoutAccess,
    WithAccess,
}

use Reader::{Visitor, WithAccess, WithoutAccess};

struct Made<'a> {
    site: &'a Site,
    ids: BTreeMap<String, String>,
}

impl<'a> Made<'a> {
    fn new(site: &'a Site) -> Self {
        site.set_up();
        site.batch("r1", &[newcomer(0, "bo@example.com")]).confirmed(1);
        let told = site.php(MAKE);
        let ids = told
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(name, id)| (name.to_owned(), id.to_owned()))
            .collect();
        Self { site, ids }
    }

    /// A path with `{name}` replaced by the id of that name.
    fn path(&self, path: &str) -> String {
        let mut path = path.to_owned();
        for (name, id) in &self.ids {
            path = path.replace(&format!("{{{name}}}"), id);
        }
        path
    }

    /// Headers and body of an answer.
    fn read(&self, reader: Reader, path: &str, body: Option<&str>) -> String {
        let path = self.path(path);
        let mut curl = Command::new("curl");
        curl.args(["-s", "-g", "-L", "-i", "-m", "30"]);
        let login = match reader {
            Visitor => None,
            WithoutAccess => Some("weak"),
            WithAccess => Some("bo@example.com"),
        };
        if let Some(login) = login {
            curl.arg("-b").arg(&self.ids[&format!("cookie-{login}")]);
            curl.arg("-H")
                .arg(format!("X-WP-Nonce: {}", self.ids[&format!("nonce-{login}")]));
        }
        if let Some(body) = body {
            curl.arg("-d").arg(self.path(body));
        }
        let output = curl.arg(format!("{}{path}", self.site.url())).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// A way to read: its name, the path, the form that is sent, and what a member with access sees; nothing if members do
/// not get anything this way either.
type Way = (
    &'static str,
    &'static str,
    Option<&'static str>,
    &'static [&'static str],
);

const WAYS: &[Way] = &[
    (
        "the page",
        "/?page_id={page}",
        None,
        &["SECRETBODY", "SECRETCOMMENT", "SECRETEXCERPT"],
    ),
    ("the post", "/?p={post}", None, &["SECRETBODY", "SECRETCOMMENT"]),
    ("its second part", "/?p={post}&page=2", None, &["SECRETPART"]),
    (
        "a page with a synced pattern",
        "/?page_id={with-pattern}",
        None,
        &["SECRETPATTERN"],
    ),
    ("the list of posts", "/?post_type=post", None, &["SECRETBODY"]),
    ("an archive", "/?author=1", None, &["SECRETBODY"]),
    (
        "Latest Posts, Latest Comments and Query blocks",
        "/?page_id={lists}",
        None,
        &["SECRETBODY", "SECRETCOMMENT", "SECRETEXCERPT"],
    ),
    ("a page that embeds it", "/?page_id={embeds}", None, &[]),
    (
        "the embedded view",
        "/?p={post}&embed=true",
        None,
        &["SECRETBODY"],
    ),
    (
        "the embedded view of the page",
        "/?page_id={page}&embed=true",
        None,
        &["SECRETEXCERPT"],
    ),
    (
        "oEmbed",
        "/?rest_route=/oembed/1.0/embed&url={home}/%3Fp={post}",
        None,
        &[],
    ),
    ("the page of a file", "/?attachment_id={file-page}", None, &[]),
    (
        "the embedded view of a file",
        "/?attachment_id={file-page}&embed=true",
        None,
        &[],
    ),
    ("a revision", "/?p={revision-page}", None, &[]),
    ("a preview", "/?p={post}&preview=true", None, &[]),
    ("the feed", "/?feed=rss2", None, &["SECRETBODY", "SECRETFILE"]),
    (
        "the Atom feed",
        "/?feed=atom",
        None,
        &["SECRETBODY", "SECRETFILE"],
    ),
    ("the RDF feed", "/?feed=rdf", None, &["SECRETBODY"]),
    (
        "the feed of comments",
        "/?feed=comments-rss2",
        None,
        &["SECRETCOMMENT"],
    ),
    (
        "the feed of the post's comments",
        "/?p={post}&feed=rss2",
        None,
        &["SECRETCOMMENT"],
    ),
    (
        "the feed of the post's comments, Atom",
        "/?p={post}&feed=atom",
        None,
        &["SECRETCOMMENT"],
    ),
    (
        "the sitemaps",
        "/?sitemap=posts&sitemap-subtype=page&paged=1",
        None,
        &[],
    ),
    (
        "REST: the page",
        "/?rest_route=/wp/v2/pages/{page}",
        None,
        &["SECRETBODY", "SECRETEXCERPT"],
    ),
    (
        "REST: pages",
        "/?rest_route=/wp/v2/pages&include={page}",
        None,
        &["SECRETBODY"],
    ),
    (
        "REST: posts with what belongs to them",
        "/?rest_route=/wp/v2/posts&_embed=1",
        None,
        &["SECRETBODY", "SECRETCOMMENT"],
    ),
    (
        "REST: the page for editing",
        "/?rest_route=/wp/v2/pages/{page}&context=edit",
        None,
        &[],
    ),
    (
        "REST: revisions",
        "/?rest_route=/wp/v2/pages/{page}/revisions",
        None,
        &[],
    ),
    (
        "REST: a revision",
        "/?rest_route=/wp/v2/pages/{page}/revisions/{revision-page}",
        None,
        &[],
    ),
    (
        "REST: autosaves",
        "/?rest_route=/wp/v2/pages/{page}/autosaves",
        None,
        &[],
    ),
    (
        "REST: comments",
        "/?rest_route=/wp/v2/comments",
        None,
        &["SECRETCOMMENT"],
    ),
    (
        "REST: comments of the page",
        "/?rest_route=/wp/v2/comments&post={page}",
        None,
        &["SECRETCOMMENT"],
    ),
    (
        "REST: one comment",
        "/?rest_route=/wp/v2/comments/{comment-page}",
        None,
        &["SECRETCOMMENT"],
    ),
    (
        "REST: files",
        "/?rest_route=/wp/v2/media",
        None,
        &["SECRETCAPTION", "SECRETDESCRIPTION"],
    ),
    (
        "REST: files of the page",
        "/?rest_route=/wp/v2/media&parent={page}",
        None,
        &["SECRETCAPTION", "SECRETALT"],
    ),
    (
        "REST: one file",
        "/?rest_route=/wp/v2/media/{file-page}",
        None,
        &["SECRETCAPTION"],
    ),
    ("REST: synced patterns", "/?rest_route=/wp/v2/blocks", None, &[]),
    (
        "REST: one synced pattern",
        "/?rest_route=/wp/v2/blocks/{pattern}",
        None,
        &[],
    ),
    (
        "REST: rendering a block",
        "/?rest_route=/wp/v2/block-renderer/core/latest-posts&attributes[displayPostContent]=1",
        None,
        &[],
    ),
    (
        "REST: several at once",
        "/?rest_route=/batch/v1",
        Some("{\"requests\":[{\"method\":\"GET\",\"path\":\"/wp/v2/pages/{page}\"}]}"),
        &[],
    ),
    (
        "AJAX: files",
        "/wp-admin/admin-ajax.php",
        Some("action=query-attachments"),
        &[],
    ),
    (
        "AJAX: one file",
        "/wp-admin/admin-ajax.php",
        Some("action=get-attachment&id={file-page}"),
        &[],
    ),
    (
        "AJAX: a gallery",
        "/wp-admin/admin-ajax.php",
        Some("action=parse-media-shortcode&post_ID={page}&shortcode=[gallery id={page}]"),
        &[],
    ),
    (
        "AJAX: an embed",
        "/wp-admin/admin-ajax.php",
        Some("action=parse-embed&post_ID={page}&shortcode=[embed]{home}/?p={post}[/embed]"),
        &[],
    ),
    (
        "AJAX: revisions",
        "/wp-admin/admin-ajax.php",
        Some("action=get-revision-diffs&post_id={page}&compare[]={revision-page}:{revision-page}"),
        &[],
    ),
    (
        "AJAX: finding posts",
        "/wp-admin/admin-ajax.php",
        Some("action=find_posts&ps=zebra"),
        &[],
    ),
    (
        "AJAX: comments",
        "/wp-admin/admin-ajax.php",
        Some("action=get-comments&p={page}"),
        &[],
    ),
    (
        "AJAX: heartbeat",
        "/wp-admin/admin-ajax.php",
        Some("action=heartbeat&data[wp-refresh-post-lock][post_id]={page}"),
        &[],
    ),
];

/// The calls of XML-RPC that return something about a page: a member may log in there too.
const CALLS: &[(&str, &str)] = &[
    ("wp.getPost", "<int>{page}</int>"),
    ("wp.getPosts", ""),
    ("wp.getPage", ""),
    ("wp.getPages", ""),
    ("wp.getRevisions", "<int>{page}</int>"),
    (
        "wp.getComments",
        "<struct><member><name>post_id</name><value><int>{page}</int></value></member></struct>",
    ),
    ("wp.getComment", "<int>{comment-page}</int>"),
    ("wp.getMediaLibrary", ""),
    ("wp.getMediaItem", "<int>{file-page}</int>"),
    ("metaWeblog.getRecentPosts", "<int>9</int>"),
    ("mt.getRecentPostTitles", "<int>9</int>"),
    ("blogger.getRecentPosts", "<int>9</int>"),
];

#[track_caller]
fn hides_everything(text: &str, what: &str) {
    let found = text.find("SECRET").map(|at| &text[at..(at + 40).min(text.len())]);
    assert_eq!(found, None, "{what}:\n{text}");
    assert!(!text.contains("PHP Fatal"), "{what}: {text}");
}

fn what_is_restricted_is_read_by_nobody_else(site: &Site) {
    for theme in ["plain-classic", "plain-blocks"] {
        site.clear();
        site.php(&format!(
            "switch_theme('{theme}'); foreach (get_posts(array('post_type' => array('post', 'page', 'attachment', 'wp_block', 'revision'), 'post_status' => 'any', 'numberposts' => -1)) as $post) {{ wp_delete_post($post->ID, true); }}"
        ));
        let mut made = Made::new(site);
        made.ids.insert("home".to_owned(), site.url().to_owned());
        for (name, path, body, shown) in WAYS {
            for reader in [Visitor, WithoutAccess] {
                let text = made.read(reader, path, *body);
                assert!(text.starts_with("HTTP/"), "{name}: no answer");
                hides_everything(&text, &format!("{theme}: {name}, {reader:?}"));
            }
            let text = made.read(WithAccess, path, *body);
            for secret in *shown {
                assert!(
                    text.contains(secret),
                    "{theme}: {name} lacks {secret} for a member:\n{text}"
                );
            }
            if !shown.is_empty() {
                let headers = text.split("\r\n\r\n").next().unwrap().to_lowercase();
                assert!(
                    headers.contains("no-cache") || headers.contains("no-store"),
                    "{name} may be cached: {headers}"
                );
            }
        }
        searches_find_nothing(&made);
        for (call, parameter) in CALLS {
            let parameter = if parameter.is_empty() {
                String::new()
            } else {
                format!("<param><value>{parameter}</value></param>")
            };
            let id = if *call == "wp.getPage" { "{page}" } else { "1" };
            let xml = format!(
                "<?xml version=\"1.0\"?><methodCall><methodName>{call}</methodName><params><param><value><int>{id}</int></value></param><param><value><string>weak</string></value></param><param><value><string>a long password of a subscriber</string></value></param>{parameter}</params></methodCall>"
            );
            let text = made.read(Visitor, "/xmlrpc.php", Some(&xml));
            assert!(text.contains("methodResponse"), "{call}: {text}");
            hides_everything(&text, call);
        }
        may_not_comment(&made);
        // What cannot be protected, and is said where the owner decides.
        let file = Command::new("curl")
            .args(["-s", &made.ids["url-page"]])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&file.stdout), "a file that is sold");
        let boxed = site.php(&format!(
            "Rehome\\Companion\\Access::draw_box(get_post({}));",
            made.ids["page"]
        ));
        assert!(
            boxed.contains("every file (image, video, PDF) for those who know its own address"),
            "{boxed}"
        );
        assert_eq!(site.complaints(), Vec::<String>::new());
    }
}

/// That a word finds a page shows that the word is on it.
fn searches_find_nothing(made: &Made) {
    for path in [
        "/?s=zebra",
        "/?s=zebra&feed=rss2",
        "/?rest_route=/wp/v2/search&search=zebra",
        "/?rest_route=/wp/v2/pages&search=zebra",
        "/?rest_route=/wp/v2/pages&search=zebra&include={page}",
        "/?rest_route=/wp/v2/posts&search=SECRETMETA",
        "/?rest_route=/wp/v2/media&search=SECRETCAPTION",
        "/?rest_route=/wp/v2/comments&search=SECRETCOMMENT",
    ] {
        for reader in [Visitor, WithoutAccess] {
            let text = made.read(reader, path, None);
            assert!(
                !text.contains("Title lesson") && !text.contains("Title file"),
                "{path}, {reader:?}: {text}"
            );
            let items = text.split("\r\n\r\n").nth(1).unwrap();
            assert!(
                !path.contains("rest_route") || items.trim() == "[]",
                "{path}: {items}"
            );
        }
        let text = made.read(WithAccess, path, None);
        assert!(
            path.contains("SECRETMETA") || text.contains("esson-"),
            "{path}, member: {text}"
        );
    }
}

/// Who may not read does not write either.
fn may_not_comment(made: &Made) {
    let before = made.site.number("SELECT COUNT(*) FROM wp_comments");
    for reader in [Visitor, WithoutAccess] {
        made.read(
            reader,
            "/wp-comments-post.php",
            Some("comment_post_ID={page}&comment=hello&author=x&email=x@example.com"),
        );
    }
    assert_eq!(made.site.number("SELECT COUNT(*) FROM wp_comments"), before);
}

#[test]
fn what_members_pay_for_is_read_by_nobody_else() {
    what_is_restricted_is_read_by_nobody_else(&site());
}

#[test]
fn what_members_pay_for_is_read_by_nobody_else_on_a_newer_wordpress() {
    if let Some(site) = newer_site() {
        what_is_restricted_is_read_by_nobody_else(&site);
    }
}
