//! What may answer in place of WordPress, as text: what each becomes, and that none is ever data.

use serde_json::Value;

use super::{super::SystemError, answer::judge};
use crate::model::HttpResponse;

pub(super) fn answer(status: u16, body: &str) -> HttpResponse {
    HttpResponse::new(status, body)
}

/// The kind of an error, in a word.
pub(super) fn kind(error: &SystemError) -> &'static str {
    match error {
        SystemError::Unlike { .. } => "unlike",
        SystemError::Unreachable { .. } => "unreachable",
        SystemError::Unauthorised { .. } => "unauthorised",
        SystemError::Incomplete { .. } => "incomplete",
        SystemError::Leased { .. } => "leased",
        SystemError::Interrupted => "interrupted",
    }
}

const PLACE: &str = "https://members.example";
const LIST: &str = r#"[{"id":1}]"#;
const LOGIN: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head>\n<title>Log In &lsaquo; Lumen</title></head><body class=\"login\">";
const FIREWALL: &str = "<HTML><HEAD><TITLE>\n Access denied\n</TITLE></HEAD><BODY>Your access to this site has been limited</BODY></HTML>";
const GATEWAY: &str = "<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body></body></html>";
const MOVED: &str = "<html>\r\n<head><title>301 Moved Permanently</title></head></html>";
const MAINTENANCE: &str = "<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Briefly unavailable for scheduled maintenance.</body></html>";
const NOT_FOUND: &str =
    "<!doctype html><html><head><title>Page not found &#8211; Lumen</title></head></html>";
const FATAL: &str = "<br />\n<b>Fatal error</b>:  Uncaught Error: Call to undefined function foo() in /srv/www/wp-content/plugins/bad/bad.php:12\nStack trace:\n#0 {main}\n  thrown in <b>/srv/www/wp-content/plugins/bad/bad.php</b> on line <b>12</b><br />";
const UPDATING: &str = r#"{"code":"wp_die","message":"Briefly unavailable for scheduled maintenance. Check back in a minute.","data":{"status":503},"additional_errors":[]}"#;
const CRITICAL: &str = r#"{"code":"internal_server_error","message":"<p>There has been a critical error on this website.<\/p><p><a href=\"https:\/\/wordpress.org\/\">Learn more<\/a><\/p>","data":{"status":500},"additional_errors":[]}"#;
const NOTICE: &str = "<br />\n<b>Warning</b>:  Undefined variable $x in <b>/srv/www/wp-content/themes/old/functions.php</b> on line <b>3</b><br />\n[{\"id\":1,\"email\":\"ann@example.com\"}]";
const NOTICE_IN_TEXT: &str = "\nDeprecated: Creation of dynamic property A::$b is deprecated in /srv/www/a.php on line 7\n[{\"id\":1}]";
const NOTICE_BEHIND: &str = "[{\"id\":1}]<br />\n<b>Notice</b>:  Trying to access array offset in <b>/srv/www/b.php</b> on line <b>9</b><br />";
const NOT_LOGGED_IN: &str =
    r#"{"code":"rest_not_logged_in","message":"You are not currently logged in.","data":{"status":401}}"#;
const INCORRECT: &str = r#"{"code":"incorrect_password","message":"<strong>Error:<\/strong> The provided password is an invalid application password.","data":{"status":401}}"#;
const UNKNOWN: &str = r#"{"code":"invalid_username","message":"<strong>Error:<\/strong> Unknown username.","data":{"status":401}}"#;
const UNKNOWN_MAIL: &str = r#"{"code":"invalid_email","message":"<strong>Error:<\/strong> Unknown email address.","data":{"status":401}}"#;
const OFF: &str = r#"{"code":"application_passwords_disabled","message":"Application passwords are not available.","data":{"status":501}}"#;
const CONTEXT: &str = r#"{"code":"rest_forbidden_context","message":"Sorry, you are not allowed to edit users.","data":{"status":401}}"#;
const WEAK: &str = r#"{"code":"rest_forbidden_context","message":"Sorry, you are not allowed to edit users.","data":{"status":403}}"#;
const PLUGIN: &str = r#"{"code":"rest_login_required","message":"REST API <b>restricted<\/b> to authenticated users.","data":{"status":401}}"#;
const NO_ROUTE: &str = r#"{"code":"rest_no_route","message":"No route was found matching the URL and request method.","data":{"status":404}}"#;
const PARAM: &str = r#"{"code":"rest_invalid_param","message":"Invalid parameter(s): per_page","data":{"status":400,"params":{}}}"#;

/// Status, body, kind of error, words that are in it.
const TABLE: &[(u16, &str, &str, &[&str])] = &[
    // Something is before WordPress.
    (
        200,
        LOGIN,
        "unlike",
        &["\"Log In ‹ Lumen\"", "instead of JSON", "allow /wp-json/"],
    ),
    (
        200,
        MAINTENANCE,
        "unlike",
        &["\"Maintenance\"", "maintenance page"],
    ),
    (200, "<html>", "unlike", &["a web page instead"]),
    (200, "OK", "unlike", &["\"OK\" instead of JSON"]),
    (
        403,
        FIREWALL,
        "unlike",
        &[
            "403 with a web page (\"Access denied\")",
            "firewall",
            "allow /wp-json/",
        ],
    ),
    (403, "", "unlike", &["403 with nothing", "firewall"]),
    (406, FIREWALL, "unlike", &["406 with a web page"]),
    (
        401,
        FIREWALL,
        "unauthorised",
        &["the web server asks for a password of its own"],
    ),
    (401, "", "unauthorised", &["the web server asks"]),
    (301, MOVED, "unlike", &["redirects (301)", "without an address"]),
    (302, "", "unlike", &["redirects (302)"]),
    (308, MOVED, "unlike", &["redirects (308)"]),
    (404, NOT_FOUND, "unlike", &["404", "not that of WordPress itself"]),
    (503, MAINTENANCE, "unreachable", &["503", "in maintenance"]),
    (
        503,
        UPDATING,
        "unreachable",
        &[
            "503 wp_die: Briefly unavailable",
            "in maintenance",
            "try again later",
        ],
    ),
    (502, "", "unreachable", &["502 with nothing", "try again later"]),
    (504, GATEWAY, "unreachable", &["too slow"]),
    (429, "slow down", "unreachable", &["429", "`share`"]),
    // PHP.
    (
        500,
        FATAL,
        "unreachable",
        &[
            "PHP failed on the site (500)",
            "Fatal error: Uncaught Error",
            "bad.php",
            "error log",
        ],
    ),
    (
        502,
        FATAL,
        "unreachable",
        &["PHP failed on the site (502)", "bad.php"],
    ),
    (
        200,
        FATAL,
        "unreachable",
        &["PHP failed on the site (200)", "bad.php"],
    ),
    (
        500,
        CRITICAL,
        "unreachable",
        &["500 internal_server_error: There has been a critical error"],
    ),
    (500, "", "unreachable", &["PHP failed on the site (500): nothing"]),
    (
        200,
        NOTICE,
        "unreachable",
        &[
            "PHP prints into the response: Warning: Undefined variable",
            "functions.php on line 3.",
            "WP_DEBUG_DISPLAY",
            "does not trust",
        ],
    ),
    (
        200,
        NOTICE_IN_TEXT,
        "unreachable",
        &["Deprecated: Creation", "a.php on line 7."],
    ),
    (
        200,
        NOTICE_BEHIND,
        "unreachable",
        &["Notice: Trying", "b.php on line 9."],
    ),
    // Cut.
    (200, "", "unreachable", &["200 with nothing"]),
    (204, "", "unreachable", &["204 with nothing"]),
    (200, " \n\u{feff}", "unreachable", &["200 with nothing"]),
    (
        200,
        r#"[{"id":1,"email":"ann@exa"#,
        "incomplete",
        &["cut off after 25 bytes"],
    ),
    (200, r#"{"code":"rest_not_lo"#, "incomplete", &["is cut off"]),
    (
        200,
        "[{\"email\":\"ann@example.com\"}]x",
        "unlike",
        &["starts like JSON but is not"],
    ),
    // JSON of another shape.
    (200, "{}", "unlike", &["not what WordPress returns there"]),
    (
        200,
        r#"{"0":{"id":1},"2":{"id":3}}"#,
        "unlike",
        &["not what WordPress returns there"],
    ),
    (200, "null", "unlike", &["not what WordPress returns there"]),
    (200, r#""[]""#, "unlike", &["not what WordPress returns there"]),
    // WordPress itself refuses.
    (
        401,
        NOT_LOGGED_IN,
        "unauthorised",
        &[
            "does not recognize the user",
            "rest_not_logged_in",
            "Authorization header",
        ],
    ),
    (
        401,
        CONTEXT,
        "unauthorised",
        &["does not recognize the user", "rest_forbidden_context"],
    ),
    (
        401,
        INCORRECT,
        "unauthorised",
        &["the application password is wrong or was revoked"],
    ),
    (401, UNKNOWN, "unauthorised", &["no such user (invalid_username)"]),
    (
        401,
        UNKNOWN_MAIL,
        "unauthorised",
        &["no such user (invalid_email)"],
    ),
    (401, OFF, "unauthorised", &["application passwords are disabled"]),
    (
        401,
        PLUGIN,
        "unauthorised",
        &[
            "rest_login_required, \"REST API restricted to authenticated users.\"",
            "a plugin of the site, not WordPress",
        ],
    ),
    (
        403,
        WEAK,
        "unauthorised",
        &["no permission for this", "administrator"],
    ),
    (404, NO_ROUTE, "unlike", &["no such route"]),
    (
        400,
        PARAM,
        "unreachable",
        &["rejects the request with 400 rest_invalid_param: Invalid parameter(s)"],
    ),
    // The same under a wrong status: something printed before it has fixed the status.
    (
        200,
        NOT_LOGGED_IN,
        "unauthorised",
        &["does not recognize the user"],
    ),
    (
        200,
        "\u{feff}{\"code\":\"rest_forbidden_context\",\"message\":\"no\",\"data\":{\"status\":403}}",
        "unauthorised",
        &["administrator"],
    ),
    (200, CRITICAL, "unreachable", &["internal_server_error"]),
];

#[test]
fn whatever_is_not_wordpress_says_what_it_is_and_what_to_do() {
    for (status, body, expected, words) in TABLE {
        let error = judge::<Vec<Value>>(PLACE, &answer(*status, body)).unwrap_err();
        assert_eq!(kind(&error), *expected, "{status} {body}: {error}");
        let text = error.to_string();
        assert!(text.contains(PLACE), "{text}");
        for word in *words {
            assert!(text.contains(word), "{status} {body}: {text:?} lacks {word:?}");
        }
        assert!(
            text.len() < 700 && !text.contains(['\n', '\r', '\u{1b}']),
            "{text}"
        );
        assert!(
            !text.contains("ann@example.com"),
            "somebody's data in an error: {text}"
        );
    }
}

#[test]
fn a_redirection_says_where_the_site_is() {
    let moved = answer(301, MOVED).header("Location", "https://www.members.example/wp-json/\n");
    let error = judge::<Value>(PLACE, &moved).unwrap_err().to_string();
    assert!(
        error.contains("(301) to https://www.members.example/wp-json/,"),
        "{error}"
    );
    assert!(error.contains("`url`") && !error.contains('\n'), "{error}");
}

#[test]
fn a_byte_order_mark_and_blanks_around_an_answer_say_nothing() {
    for body in [
        LIST,
        "\u{feff}[{\"id\":1}]",
        "\u{feff}\u{feff}\r\n [{\"id\":1}] \n",
    ] {
        let read: Vec<Value> = judge(PLACE, &answer(200, body)).unwrap();
        assert_eq!(read, [serde_json::json!({ "id": 1 })]);
    }
    // Data may look like an error: only the shape of one is one.
    let text = r#"{"code":"x","message":"y","data":{"status":200}}"#;
    assert!(judge::<Value>(PLACE, &answer(200, text)).is_ok());
    let text = r#"{"code":7,"message":"y","data":{"status":401}}"#;
    assert!(judge::<Value>(PLACE, &answer(200, text)).is_ok());
}

#[test]
fn no_bytes_make_it_panic() {
    let parts = [
        "<",
        ">",
        "<title",
        "<TITLE>",
        "</title",
        "{",
        "}",
        "[",
        "]",
        "\"code\"",
        ":",
        ",",
        "\"",
        "\\",
        "\u{feff}",
        "Warning: ",
        ".php on line ",
        ".php:",
        "1",
        "é",
        "😀",
        "\u{0}",
        "\u{130}",
        "&amp;",
        " ",
        "\n",
        "data",
        "null",
        "{\"code\":\"a\",\"message\":\"b\",\"data\":",
        "{\"status\":401}}",
        "{\"status\":99999}}",
    ];
    for seed in 0..2_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut body = String::new();
        for _ in 0..random.usize(0..40) {
            if random.u8(..) < 40 {
                body.push(random.char(..));
            } else {
                body.push_str(parts[random.usize(..parts.len())]);
            }
        }
        let status = [200, 200, 200, 204, 301, 401, 403, 404, 429, 500, 503, 0, 999][random.usize(..13)];
        if let Err(error) = judge::<Vec<Value>>(PLACE, &answer(status, &body)) {
            assert!(error.to_string().len() < 1_600, "seed {seed}");
        }
    }
    let deep = "[".repeat(100_000);
    assert!(judge::<Value>(PLACE, &answer(200, &deep)).is_err());
}
