//! A WordPress read by its own REST interface, without a word to the companion: judged by the database, and by
//! what the companion says of the same people.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use rehome::{
    model::{HttpBody, HttpMethod, HttpRequest, Observed, Safety},
    systems::{
        Sending, SystemError, Wire,
        transport::{Credentials, HttpTransport, PacedWire, Pacer, RetryPolicy, TransportOptions, drive},
        wordpress::{CONVENTIONS, CoreCursor},
    },
};

use super::site::{Lent, Site, newer_site, site};

/// A wire that calls someone before each request is sent, with its number.
struct Watched<F> {
    wire: PacedWire,
    before: Mutex<(usize, F)>,
}

impl<F: FnMut(usize) + Send> Wire for Watched<F> {
    fn send<'a>(&'a self, request: &'a HttpRequest) -> Sending<'a> {
        assert_eq!(
            (request.method, request.safety, &request.body),
            (HttpMethod::Get, Safety::Read, &HttpBody::None),
            "it only reads"
        );
        let mut before = self.before.lock().unwrap();
        let number = before.0;
        before.0 += 1;
        (before.1)(number);
        self.wire.send(request)
    }
}

/// Reads the site as someone, by the transport; `before` is called before each request is sent, with its
/// number.
fn read_as(
    site: &Site,
    user: &str,
    password: &str,
    before: impl FnMut(usize) + Send,
) -> Result<Observed, SystemError> {
    let credentials = Credentials::Basic {
        user: user.to_owned(),
        password: password.to_owned(),
    };
    let transport = HttpTransport::new(site.url(), credentials, TransportOptions::default())?;
    let pacer = Arc::new(Mutex::new(Pacer::unlimited()));
    let wire = Watched {
        wire: PacedWire::new(transport, CONVENTIONS, pacer),
        before: Mutex::new((0, before)),
    };
    let policy = RetryPolicy {
        attempts: 2,
        first: Duration::from_millis(1),
        ..RetryPolicy::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut cursor = CoreCursor::new(site.url().to_owned(), "x7".to_owned());
    runtime.block_on(drive(&mut cursor, &wire, policy))
}

fn read(site: &Site) -> Result<Observed, SystemError> {
    read_as(site, "admin", &site.password(), |_| {})
}

/// Login, address, first name, last name, role, as they are given to WordPress.
const PEOPLE: &[(&str, &str, &str, &str, &str)] = &[
    ("plus", "ann+vip@example.com", "Ann", "Bell", "subscriber"),
    ("quote", "o'neil@example.com", "Shane", "O'Neil", "subscriber"),
    ("amp", "tom&co@example.com", "Tom & Co", "A &amp; B", "subscriber"),
    ("upper", "Mixed.Case@Example.COM", "Ünal", "Zoë 😀", "subscriber"),
    ("less", "less@example.com", "1 < 2", "a > b", "subscriber"),
    (
        "hostile",
        "hostile@example.com",
        "=HYPERLINK(1)",
        "'; DROP TABLE x; --",
        "subscriber",
    ),
    (
        "back",
        "back@example.com",
        "C:\\temp",
        "a:1:{i:0;s:1:\"x\";}",
        "subscriber",
    ),
    ("Ann B_c.d-e@x", "login@example.com", "", "", "subscriber"),
    (
        "plus@example.com",
        "another@example.com",
        "Login",
        "Of another",
        "subscriber",
    ),
    ("nobody", "nobody@example.com", "No", "Role", ""),
    ("customer", "customer@example.com", "Cy", "Us", "customer"),
    ("tutor", "tutor@example.com", "Tu", "Tor", "tutor"),
    (
        "contributor",
        "contributor@example.com",
        "Con",
        "Tri",
        "contributor",
    ),
    ("author", "author@example.com", "Au", "Thor", "author"),
    ("editor", "editor@example.com", "Ed", "Itor", "editor"),
    ("second", "second@example.com", "Se", "Cond", "administrator"),
    ("own", "own@example.com", "Own", "Right", "subscriber"),
    ("denied", "denied@example.com", "De", "Nied", "subscriber"),
];

/// Anyone who of them may do more.
const PRIVILEGED: &[&str] = &[
    "admin",
    "author",
    "contributor",
    "editor",
    "own",
    "second",
    "tutor",
];

/// The people, and plain subscribers up to so many users in all.
fn fill(site: &Site, users: u64) {
    let mut php = "add_role('tutor', 'Tutor', array('read' => true, 'edit_posts' => true));
                   add_role('customer', 'Customer', array('read' => true));"
        .to_owned();
    for (login, email, first, last, role) in PEOPLE {
        let text = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
        php += &format!(
            "$id = wp_insert_user(wp_slash(array('user_login' => {}, 'user_email' => {}, 'first_name' => {}, 'last_name' => {}, 'role' => {}, 'user_pass' => 'x')));
             if (is_wp_error($id)) {{ throw new Exception($id->get_error_message()); }}",
            text(login), text(email), text(first), text(last), text(role)
        );
    }
    php += "get_user_by('login', 'own')->add_cap('list_users');
            get_user_by('login', 'denied')->add_cap('edit_posts', false);";
    site.php(&php);
    subscribers(site, 1_000, users - site.number("SELECT COUNT(*) FROM wp_users"));
}

/// So many subscribers with ids from here on, past WordPress.
fn subscribers(site: &Site, from: u64, count: u64) {
    let ids = || from..from + count;
    let users: Vec<String> = ids()
        .map(|id| format!("({id}, 'u{id}', 'x', 'u{id}', 'u{id}@example.com', 'U {id}')"))
        .collect();
    let metas: Vec<String> = ids()
        .map(|id| format!("({id}, 'wp_capabilities', 'a:1:{{s:10:\"subscriber\";b:1;}}'), ({id}, 'first_name', 'First {id}')"))
        .collect();
    site.sql(&format!(
        "INSERT INTO wp_users (ID, user_login, user_pass, user_nicename, user_email, display_name) VALUES {};
         INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES {};",
        users.join(", "),
        metas.join(", ")
    ));
}

/// What was read, by login: address, first name, last name, privileged.
fn by_login(observed: &Observed) -> BTreeMap<String, (String, String, String, bool)> {
    (0..observed.len())
        .map(|at| {
            let one = observed.get(at).unwrap();
            assert!(one.user && one.contact.is_empty() && !one.opted_out);
            let rest = (
                one.email.to_owned(),
                one.first.to_owned(),
                one.last.to_owned(),
                one.privileged,
            );
            (one.login.to_owned(), rest)
        })
        .collect()
}

fn everybody_is_read(site: &Lent) {
    fill(site, 252);
    let before = site.rows("SELECT ID, user_login, user_email, user_pass FROM wp_users ORDER BY ID");
    let observed = read(site).unwrap();
    assert_eq!(observed.account.kind, "wordpress");
    assert_eq!(observed.account.id, format!("core:{}", site.url()));
    assert!(observed.tags.is_empty() && observed.offerings.is_empty() && observed.fields.is_empty());
    // The database contains exactly these.
    let read = by_login(&observed);
    assert_eq!((read.len(), observed.len()), (252, 252));
    let rows = site.rows("SELECT user_login, user_email FROM wp_users");
    assert_eq!(rows.len(), 252);
    for row in rows {
        let stored = row[1].replace("&amp;", "&").to_lowercase();
        assert_eq!(read[&row[0]].0, stored, "{row:?}");
    }
    // People are as they were given.
    for (login, email, first, last, _) in PEOPLE {
        let one = &read[*login];
        assert_eq!(one.0, email.to_lowercase());
        // WordPress takes the entity for what it stands for.
        assert_eq!(
            (one.1.as_str(), one.2.as_str()),
            (*first, last.replace("&amp;", "&").as_str()),
            "{login}"
        );
    }
    let high: Vec<&str> = read
        .iter()
        .filter(|(_, one)| one.3)
        .map(|(login, _)| login.as_str())
        .collect();
    assert_eq!(high, PRIVILEGED);
    // The companion says the same of everyone.
    let theirs = site.get("/members").is(200).body;
    let theirs: BTreeMap<_, _> = theirs["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
            let rest = (
                text("email"),
                text("first_name"),
                text("last_name"),
                one["privileged"] == true,
            );
            (text("login"), rest)
        })
        .collect();
    assert_eq!(read, theirs);
    // Reading changes nothing.
    assert_eq!(
        site.rows("SELECT ID, user_login, user_email, user_pass FROM wp_users ORDER BY ID"),
        before
    );
    assert_eq!(site.mails(), Vec::<serde_json::Value>::new());
    assert_eq!(site.complaints(), Vec::<String>::new());
    site.php("remove_role('tutor'); remove_role('customer');");
}

#[test]
fn everybody_is_read_by_wordpresss_own_interface() {
    everybody_is_read(&site());
}

#[test]
fn everybody_is_read_by_a_newer_wordpresss_own_interface() {
    if let Some(site) = newer_site() {
        everybody_is_read(&site);
    }
}

#[track_caller]
fn says(read: Result<Observed, SystemError>, words: &str) {
    let error = read.map(|observed| observed.len()).unwrap_err().to_string();
    assert!(error.contains(words), "{error:?} lacks {words:?}");
}

fn strangers_are_told(site: &Site) {
    for (user, password) in [
        ("admin", "wrong"),
        ("nobody", "wrong"),
        ("nobody@example.com", "wrong"),
        ("", ""),
    ] {
        let read = read_as(site, user, password, |_| {});
        assert!(
            matches!(read, Err(SystemError::Unauthorised { .. })),
            "{user}: {read:?}"
        );
        says(read, "(rest_not_logged_in)");
    }
    let weak = read_as(site, "weak", &site.weak_password(), |_| {});
    assert!(matches!(weak, Err(SystemError::Unauthorised { .. })), "{weak:?}");
    says(
        weak,
        "\"weak\" has no permission to list_users, edit_users, create_users",
    );
}

#[test]
fn strangers_and_the_weak_read_nothing() {
    let site = site();
    strangers_are_told(&site);
    // Where something logs in early, WordPress says more.
    let _plugin = Plugin::add(
        &site,
        "early",
        "add_filter('application_password_is_api_request', '__return_true');",
        "",
    );
    let read = |user: &str| read_as(&site, user, "wrong", |_| {});
    says(read("admin"), "(incorrect_password)");
    says(read("nobody"), "(invalid_username)");
    says(read("nobody@example.com"), "(invalid_email)");
    assert!(read_as(&site, "admin", &site.password(), |_| {}).is_ok());
}

#[test]
fn strangers_read_nothing_of_a_newer_wordpress() {
    if let Some(site) = newer_site() {
        strangers_are_told(&site);
    }
}

#[test]
fn whoever_is_deleted_meanwhile_makes_no_short_list() {
    let site = site();
    subscribers(&site, 1_000, 248);
    let read = |before: &mut (dyn FnMut(usize) + Send)| read_as(&site, "admin", &site.password(), before);
    for moment in [3, 4] {
        says(
            read(&mut |number| {
                if number == moment {
                    site.sql(&format!("DELETE FROM wp_users WHERE ID = {}", 1_010 + moment));
                }
            }),
            "during reading; try again",
        );
        // One goes, another one comes: the count stays.
        says(
            read(&mut |number| {
                if number == moment {
                    site.sql(&format!("DELETE FROM wp_users WHERE ID = {}", 1_020 + moment));
                    subscribers(&site, 5_000 + moment as u64, 1);
                }
            }),
            "during reading; try again",
        );
    }
    let before = site.number("SELECT COUNT(*) FROM wp_users");
    let observed = read(&mut |number| {
        if number == 4 {
            subscribers(&site, 6_000, 130);
        }
    });
    assert_eq!(
        observed.unwrap().len() as u64,
        before + 130,
        "who comes is read too"
    );
}

#[test]
fn what_stands_before_wordpress_is_told() {
    let site = site();
    subscribers(&site, 1_000, 10);
    let with = |name: &str, code: &str, hook: &str| {
        let _plugin = Plugin::add(&site, name, code, hook);
        read(&site)
    };
    // A plugin of the site, each of these, while it is active.
    says(
        with(
            "warns",
            "echo '<br /><b>Warning</b>:  Undefined variable $x in <b>/srv/a.php</b> on line <b>3</b><br />';",
            "",
        ),
        "PHP prints into the response: Warning: Undefined variable $x in /srv/a.php on line 3.",
    );
    says(
        with("dies", "nowhere();", ""),
        "WordPress failed with 500 internal_server_error",
    );
    says(
        with(
            "wall",
            "header('Location: /wp-login.php'); http_response_code(302); exit;",
            "",
        ),
        "it redirects (302) to /wp-login.php",
    );
    says(
        with(
            "blocks",
            "http_response_code(403); exit('<html><title>Blocked</title>');",
            "",
        ),
        "403 with a web page (\"Blocked\")",
    );
    says(
        with("cached", "exit('<html><title>Home</title>');", ""),
        "a web page (\"Home\") instead of JSON",
    );
    says(with("silent", "exit;", ""), "200 with nothing");
    says(
        with(
            "mended",
            "wp_die('Briefly unavailable', 'Maintenance', array('response' => 503));",
            "init",
        ),
        "it answers 503 wp_die: Briefly unavailable",
    );
    says(
        with(
            "closed",
            "add_filter('rest_authentication_errors', function () { return new WP_Error('rest_login_required', 'Members only.', array('status' => 401)); }, 999);",
            "",
        ),
        "rest_login_required, \"Members only.\"",
    );
    says(
        with(
            "off",
            "add_filter('wp_is_application_passwords_available', '__return_false', 99);",
            "init",
        ),
        "application passwords are disabled",
    );
    says(
        with(
            "routeless",
            "add_filter('rest_endpoints', function ($all) { unset($all['/wp/v2/users/me']); return $all; });",
            "",
        ),
        "no such route (rest_no_route)",
    );
    says(
        with(
            "hides",
            "add_filter('rest_user_query', function ($query) { $query['exclude'] = array(1); return $query; });",
            "",
        ),
        "does not contain \"admin\"",
    );
    says(
        with(
            "bare",
            "add_filter('rest_prepare_user', function ($answer) { $data = $answer->get_data(); unset($data['email']); $answer->set_data($data); return $answer; });",
            "",
        ),
        "missing field `email`",
    );
    // Without pretty addresses the same is read.
    site.php("update_option('permalink_structure', '');");
    let plain = read(&site);
    site.php("update_option('permalink_structure', '/%postname%/');");
    assert_eq!(plain.unwrap().len(), 12);
    // A byte order mark says nothing, but after it PHP can send no header, and so no count.
    says(with("marked", "echo \"\\xEF\\xBB\\xBF\";", ""), "X-WP-Total");
    assert_eq!(read(&site).unwrap().len(), 12, "all of it is over");
}

/// A plugin that exists as long as this is: code for requests only, at once or in a hook.
struct Plugin<'a> {
    site: &'a Site,
    name: String,
}

impl<'a> Plugin<'a> {
    fn add(site: &'a Site, name: &str, code: &str, hook: &str) -> Self {
        let code = if hook.is_empty() {
            code.to_owned()
        } else {
            format!("add_action('{hook}', function () {{ {code} }});")
        };
        let file = format!("<?php if (PHP_SAPI !== 'cli') {{ {code} }}");
        let file = file.replace('\\', "\\\\").replace('\'', "\\'");
        let plugin = Self {
            site,
            name: name.to_owned(),
        };
        site.php(&format!(
            "file_put_contents(WPMU_PLUGIN_DIR . '/{name}.php', '{file}');"
        ));
        plugin
    }
}

impl Drop for Plugin<'_> {
    fn drop(&mut self) {
        self.site
            .php(&format!("unlink(WPMU_PLUGIN_DIR . '/{}.php');", self.name));
    }
}
