//! Reading a WordPress without the companion, as text: what is asked, and what each answer becomes.

use serde_json::{Value, json};

use super::{
    super::{Exchange, ExchangeStep, SystemError},
    CONVENTIONS, CoreCursor,
    answer_tests::{answer, kind},
};
use crate::model::{Fault, HttpBody, HttpMethod, HttpRequest, HttpResponse, Observed, Safety, Side};

const PLACE: &str = "https://members.example";

/// A WordPress that answers from a list of users, with a page's worth of what can go wrong.
struct Site {
    index: Value,
    users: Vec<Value>,
    asked: Vec<String>,
    /// Without pretty addresses.
    plain: bool,
}

fn administrator(id: u64, login: &str) -> Value {
    user(
        id,
        login,
        &json!({ "administrator": true, "list_users": true, "edit_users": true, "create_users": true, "manage_options": true }),
    )
}

fn user(id: u64, login: &str, capabilities: &Value) -> Value {
    json!({ "id": id, "username": login, "email": format!("{login}@example.com"), "first_name": "", "last_name": "",
            "roles": ["subscriber"], "capabilities": capabilities })
}

fn subscriber(id: u64) -> Value {
    user(
        id,
        &format!("u{id}"),
        &json!({ "read": true, "level_0": true, "subscriber": true }),
    )
}

impl Site {
    /// An administrator, and subscribers up to so many users.
    fn of(users: u64) -> Self {
        let authorization = "https://members.example/wp-admin/authorize-application.php";
        Self {
            index: json!({ "home": PLACE, "namespaces": ["oembed/1.0", "wp/v2"],
                "authentication": { "application-passwords": { "endpoints": { "authorization": authorization } } } }),
            users: std::iter::once(administrator(1, "admin"))
                .chain((2..=users).map(subscriber))
                .collect(),
            asked: Vec::new(),
            plain: false,
        }
    }

    fn answer(&mut self, request: &HttpRequest) -> HttpResponse {
        if self.plain && request.path.starts_with("/wp-json/") {
            return answer(404, "<html><title>Page not found</title></html>");
        }
        assert_eq!(
            (request.method, request.safety, &request.body),
            (HttpMethod::Get, Safety::Read, &HttpBody::None)
        );
        self.asked.push(request.path.clone());
        let (path, query) = match request.path.strip_prefix("/?rest_route=") {
            Some(rest) => rest.split_once('&').unwrap(),
            None => request
                .path
                .strip_prefix("/wp-json")
                .unwrap()
                .split_once('?')
                .unwrap(),
        };
        assert!(query.ends_with(&format!(
            "&rehome=x7-{}",
            self.asked.len() + usize::from(self.plain)
        )));
        match path {
            "/" => answer(200, &self.index.to_string()),
            "/wp/v2/users/me" => answer(200, &self.users[0].to_string()),
            "/wp/v2/users" => {
                let part = |name: &str| {
                    let parts = query.split('&').filter_map(|part| part.split_once('='));
                    parts
                        .filter(|(key, _)| *key == name)
                        .map(|(_, value)| value)
                        .next()
                        .unwrap()
                };
                assert_eq!(
                    (part("context"), part("orderby"), part("order")),
                    ("edit", "id", "asc")
                );
                let (offset, limit): (usize, usize) =
                    (part("offset").parse().unwrap(), part("per_page").parse().unwrap());
                let page: Vec<&Value> = self.users.iter().skip(offset).take(limit).collect();
                counted(&json!(page).to_string(), &self.users.len().to_string())
            }
            other => panic!("asked for {other}"),
        }
    }

    /// Reads all; `between` may change site and answer, told the number of the request (from 0).
    fn read_with(
        &mut self,
        mut between: impl FnMut(usize, &mut Self, HttpResponse) -> HttpResponse,
    ) -> Result<Observed, SystemError> {
        self.asked.clear();
        let mut cursor = CoreCursor::new(PLACE.to_owned(), "x7".to_owned());
        let mut last = None;
        for number in 0.. {
            match cursor.next(last.as_ref().map(Ok)) {
                ExchangeStep::Done(observed) => {
                    assert_eq!(cursor.progress().unwrap().0, observed.len() as u64);
                    let again = cursor.next(last.as_ref().map(Ok));
                    assert!(matches!(again, ExchangeStep::Failed(_)), "it ends once");
                    return Ok(observed);
                }
                ExchangeStep::Failed(error) => return Err(error),
                ExchangeStep::Wait(_) | ExchangeStep::Again(_) => panic!("it never waits"),
                ExchangeStep::Send(request) => {
                    let response = self.answer(&request);
                    last = Some(between(number, self, response));
                }
            }
        }
        unreachable!()
    }

    fn read(&mut self) -> Result<Observed, SystemError> {
        self.read_with(|_, _, response| response)
    }

    /// Answers one request (by its number) with another text.
    #[track_caller]
    fn fails_at(&mut self, number: usize, other: &HttpResponse, expected: &str, words: &[&str]) {
        let error = self
            .read_with(|at, _, response| if at == number { other.clone() } else { response })
            .unwrap_err();
        says(&error, expected, words);
    }
}

#[track_caller]
fn says(error: &SystemError, expected: &str, words: &[&str]) {
    let text = error.to_string();
    assert_eq!(kind(error), expected, "{text}");
    for word in words {
        assert!(text.contains(word), "{text:?} lacks {word:?}");
    }
}

/// A page that says how many there are in all.
fn counted(body: &str, total: &str) -> HttpResponse {
    answer(200, body).header("X-WP-Total", total)
}

/// A page of these users that says there are so many.
fn page(users: &[Value], total: u64) -> HttpResponse {
    counted(&json!(users).to_string(), &total.to_string())
}

fn logins(observed: &Observed) -> Vec<&str> {
    let mut all: Vec<&str> = (0..observed.len())
        .filter_map(|at| Some(observed.get(at)?.login))
        .collect();
    all.sort_unstable();
    all
}

#[test]
fn who_is_asking_comes_first_then_pages_and_who_is_asking_again() {
    let mut site = Site::of(250);
    let observed = site.read().unwrap();
    assert_eq!(observed.len(), 250);
    let account = &observed.account;
    assert_eq!(
        (
            account.side,
            account.kind.as_str(),
            account.id.as_str(),
            account.place.as_str()
        ),
        (Side::Site, "wordpress", "core:https://members.example", PLACE)
    );
    let list = "/wp-json/wp/v2/users?context=edit&per_page=100&orderby=id&order=asc&offset=";
    let fields = "&_fields=id,username,email,first_name,last_name,roles,capabilities";
    let me = "/wp-json/wp/v2/users/me?context=edit&_fields=id,username,capabilities";
    assert_eq!(
        site.asked,
        [
            "/wp-json/?_fields=home,namespaces,authentication&rehome=x7-1".to_owned(),
            format!("{me}&rehome=x7-2"),
            format!("{list}0{fields}&rehome=x7-3"),
            format!("{list}99{fields}&rehome=x7-4"),
            format!("{list}198{fields}&rehome=x7-5"),
            format!("{me}&rehome=x7-6"),
        ]
    );
    assert!(observed.tags.is_empty() && observed.offerings.is_empty() && observed.emails.is_empty());
    let privileged = (0..observed.len()).filter(|at| observed.get(*at).unwrap().privileged);
    assert_eq!(privileged.count(), 1);
}

#[test]
fn without_pretty_addresses_routes_are_a_parameter() {
    let mut site = Site::of(150);
    site.plain = true;
    assert_eq!(site.read().unwrap().len(), 150);
    assert!(site.asked.iter().all(|path| path.starts_with("/?rest_route=/")));
}

#[test]
fn only_what_may_pass_is_tried_again_by_the_transport() {
    let fault = |status, body| (CONVENTIONS.fault)(&HttpRequest::get("/"), &answer(status, body));
    for status in [200, 301, 400, 401, 403, 404] {
        assert_eq!(
            fault(status, "<html></html>"),
            None,
            "{status}: the cursor tells it"
        );
    }
    assert!(matches!(fault(429, ""), Some(Fault::Throttled { .. })));
    for status in [500, 502, 503] {
        let Some(Fault::Transient { why }) = fault(status, "<html><title>Oh</title></html>") else {
            panic!("{status}");
        };
        assert!(
            why.contains("\"Oh\"") && why.contains(&status.to_string()),
            "{why}"
        );
    }
}

#[test]
fn every_number_of_users_around_a_page_is_read_whole() {
    for users in [1, 2, 98, 99, 100, 101, 102, 198, 199, 200, 201, 298] {
        let mut site = Site::of(users);
        assert_eq!(site.read().unwrap().len() as u64, users);
        let pages = site.asked.len() - 3;
        assert_eq!(pages as u64, 1 + (users - 1) / 99, "{users}");
    }
}

#[test]
fn addresses_and_names_are_as_they_were_before_wordpress_stored_them() {
    let mut site = Site::of(1);
    let odd = [
        (
            7,
            "Ann+Vip@Example.COM",
            "Ann",
            "O'Neil",
            "ann+vip@example.com",
            "Ann",
            "O'Neil",
        ),
        (
            8,
            "tom&amp;co@example.com",
            "Tom &amp; Co",
            "&lt;b&gt;x",
            "tom&co@example.com",
            "Tom & Co",
            "<b>x",
        ),
        (9, "", "", "=HYPERLINK(\"x\")", "", "", "=HYPERLINK(\"x\")"),
        (
            12,
            "zoë@example.com",
            "Zoë 😀",
            "\\'; DROP",
            "zoë@example.com",
            "Zoë 😀",
            "\\'; DROP",
        ),
    ];
    for (id, email, first, last, ..) in odd {
        let mut one = subscriber(id);
        one["email"] = email.into();
        one["first_name"] = first.into();
        one["last_name"] = last.into();
        site.users.push(one);
    }
    let observed = site.read().unwrap();
    for (id, .., email, first, last) in odd {
        let rows = observed.find(email);
        let member = observed.get(rows.start).unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(
            (member.login, member.first, member.last),
            (&*format!("u{id}"), first, last)
        );
        assert!(member.user && !member.privileged && !member.opted_out && member.contact.is_empty());
    }
}

#[test]
fn privileged_is_who_may_do_more_whatever_the_role_is_called() {
    let mut site = Site::of(1);
    let rows = [
        (
            json!(["subscriber"]),
            json!({ "read": true, "subscriber": true }),
            false,
        ),
        (json!([]), json!({}), false),
        (
            json!(["customer"]),
            json!({ "read": true, "customer": true, "edit_posts": false }),
            false,
        ),
        (
            json!(["tutor"]),
            json!({ "read": true, "tutor": true, "edit_posts": true }),
            true,
        ),
        (
            json!(["subscriber"]),
            json!({ "read": true, "list_users": "1" }),
            true,
        ),
        (
            json!(["subscriber"]),
            json!({ "upload_files": 0, "export": "" }),
            false,
        ),
        (json!(["shop_manager"]), json!({ "manage_woocommerce": 1 }), true),
        (json!(["subscriber", "editor"]), json!({ "read": true }), true),
        (json!(["administrator"]), json!({}), true),
    ];
    for (at, (roles, capabilities, _)) in (10..).zip(&rows) {
        let mut one = user(at, &format!("u{at}"), capabilities);
        one["roles"] = roles.clone();
        site.users.push(one);
    }
    let observed = site.read().unwrap();
    for (at, (.., privileged)) in (10..).zip(&rows) {
        let member = observed
            .get(observed.find(&format!("u{at}@example.com")).start)
            .unwrap();
        assert_eq!(member.privileged, *privileged, "{:?}", rows[at - 10]);
    }
}

#[test]
fn two_users_of_one_address_are_two_rows() {
    let mut site = Site::of(3);
    site.users[2]["email"] = "U2@example.com".into();
    let observed = site.read().unwrap();
    assert_eq!(observed.find("u2@example.com").len(), 2);
}

#[test]
fn what_is_no_wordpress_is_told_at_the_index() {
    let mut site = Site::of(3);
    let shop = answer(200, r#"{"shop":"x","version":2}"#);
    site.fails_at(0, &shop, "unlike", &[PLACE, "not what WordPress returns"]);
    let bare = answer(
        200,
        r#"{"home":"https://x.example","namespaces":["oembed/1.0"],"authentication":[]}"#,
    );
    site.fails_at(0, &bare, "unlike", &["no wp/v2"]);
    let nowhere = answer(200, r#"{"home":"/","namespaces":["wp/v2"]}"#);
    site.fails_at(0, &nowhere, "unlike", &["report its address"]);
    let missing = answer(
        404,
        r#"{"code":"rest_no_route","message":"x","data":{"status":404}}"#,
    );
    site.fails_at(0, &missing, "unlike", &["no such route"]);
    let error = site
        .read_with(|_, _, _| answer(404, "<html></html>"))
        .unwrap_err();
    says(&error, "unlike", &["not that of WordPress itself"]);
}

#[test]
fn the_accounts_id_does_not_hang_on_how_the_url_was_written() {
    let mut site = Site::of(1);
    site.index["home"] = "https://members.example/".into();
    assert_eq!(site.read().unwrap().account.id, "core:https://members.example");
    site.index["home"] = "https://other.example/club".into();
    assert_eq!(site.read().unwrap().account.id, "core:https://other.example/club");
}

#[test]
fn refused_credentials_are_told_before_any_list_is_asked_for() {
    let refusals = [
        (401, "rest_not_logged_in", "does not recognize the user"),
        (401, "incorrect_password", "wrong or was revoked"),
        (401, "invalid_username", "no such user"),
        (401, "invalid_email", "no such user"),
        (403, "rest_forbidden", "no permission for this"),
    ];
    for (status, code, words) in refusals {
        let mut site = Site::of(3);
        let body = json!({ "code": code, "message": "x", "data": { "status": status } }).to_string();
        site.fails_at(1, &answer(status, &body), "unauthorised", &[words]);
        assert_eq!(site.asked.len(), 2);
        // Where application passwords are off, that is why.
        site.index["authentication"] = json!([]);
        site.fails_at(1, &answer(status, &body), "unauthorised", &[words, "disabled"]);
    }
    let mut site = Site::of(3);
    site.index["authentication"] = json!([]);
    assert!(
        site.read().is_ok(),
        "an index may hide it; what counts is who is asking"
    );
}

#[test]
fn who_may_not_see_everybody_is_refused() {
    for lacking in ["list_users", "edit_users", "create_users"] {
        let mut site = Site::of(3);
        site.users[0]["capabilities"][lacking] = false.into();
        let error = site.read().unwrap_err();
        says(
            &error,
            "unauthorised",
            &["\"admin\" has no permission", lacking, "administrator"],
        );
        assert_eq!(site.asked.len(), 2);
    }
    let mut site = Site::of(3);
    let public = answer(200, r#"{"id":1,"name":"Admin","slug":"admin"}"#);
    site.fails_at(1, &public, "unlike", &["not what WordPress returns"]);
}

#[test]
fn public_authors_are_never_taken_for_the_list_of_users() {
    let mut site = Site::of(3);
    let authors = counted(
        r#"[{"id":1,"name":"Admin","url":"","description":"","link":"","slug":"admin"}]"#,
        "1",
    );
    site.fails_at(
        2,
        &authors,
        "unlike",
        &["not what WordPress returns", "missing field"],
    );
    let revoked = answer(
        401,
        r#"{"code":"rest_forbidden_context","message":"x","data":{"status":401}}"#,
    );
    site.fails_at(2, &revoked, "unauthorised", &["does not recognize the user"]);
    // Each part of a user is needed to judge whether anybody may touch them.
    for part in [
        "id",
        "username",
        "email",
        "first_name",
        "last_name",
        "roles",
        "capabilities",
    ] {
        let mut one = subscriber(2);
        one.as_object_mut().unwrap().remove(part);
        site.fails_at(2, &page(&[one.clone()], 1), "unlike", &[part]);
        one[part] = Value::Null;
        site.fails_at(2, &page(&[one], 1), "unlike", &["invalid type"]);
    }
}

#[test]
fn a_deletion_meanwhile_is_an_error_and_never_a_short_list() {
    for gone in [0, 1, 50, 98, 99, 100] {
        // At whatever moment: before the second page and before the third.
        for moment in [2, 3] {
            let mut site = Site::of(250);
            let error = site.read_with(|number, site, response| {
                if number == moment {
                    site.users.remove(gone);
                }
                response
            });
            says(&error.unwrap_err(), "incomplete", &["during reading; try again"]);
            // A new user hides it from a reader that only counts.
            let mut site = Site::of(250);
            let error = site.read_with(|number, site, response| {
                if number == moment {
                    site.users.remove(gone);
                    site.users.push(subscriber(900));
                }
                response
            });
            if gone < 99 * (moment - 1) + 1 {
                says(&error.unwrap_err(), "incomplete", &["try again"]);
            } else {
                // Deleted before they were read: all that exist were read.
                assert_eq!(logins(&error.unwrap()), logins(&site.read().unwrap()));
            }
        }
    }
}

#[test]
fn who_comes_meanwhile_is_read_too() {
    for moment in [2, 3] {
        let mut site = Site::of(250);
        let observed = site.read_with(|number, site, response| {
            if number == moment {
                site.users.extend((300..420).map(subscriber));
            }
            response
        });
        assert_eq!(observed.unwrap().len(), 370);
    }
}

#[test]
fn pages_that_do_not_prove_themselves_are_errors() {
    let mut site = Site::of(3);
    let all = site.users.clone();
    let me_missing = [subscriber(2), subscriber(3)];
    let cases: &[(HttpResponse, &str)] = &[
        (answer(200, &json!(all).to_string()), "X-WP-Total"),
        (counted(&json!(all).to_string(), "many"), "X-WP-Total"),
        (counted(&json!(all).to_string(), "-1"), "X-WP-Total"),
        (page(&all, 3).header("x-wp-total", "3"), "X-WP-Total"),
        (page(&all, 2), "counts 2 users but lists 3"),
        (page(&[], 3), "counts 3 users but lists 0"),
        (page(&[], 0), "hides users"),
        (page(&me_missing, 2), "hides users"),
        (
            page(&[all[0].clone(), all[2].clone(), all[1].clone()], 3),
            "user 2 comes after 3",
        ),
        (page(&[all[0].clone(), all[0].clone()], 2), "user 1 comes after 1"),
        (page(&[user(0, "zero", &json!({}))], 1), "user 0 comes after 0"),
        (page(&[user(1, "other", &json!({}))], 1), "\"other\" in the list"),
        (
            page(&(1..=101).map(subscriber).collect::<Vec<_>>(), 101),
            "101 users instead of 100",
        ),
    ];
    for (response, words) in cases {
        site.fails_at(2, response, "incomplete", &[words]);
    }
    // A later page.
    let mut site = Site::of(150);
    let first = page(&site.users[..100], 150);
    site.fails_at(3, &first, "incomplete", &["user 100 moved between pages"]);
    site.fails_at(3, &page(&[], 150), "incomplete", &["moved between pages"]);
    let stuck = page(&site.users[99..100], 150);
    site.fails_at(3, &stuck, "incomplete", &["counts 150 users but lists 100"]);
    site.fails_at(3, &answer(200, "{}"), "unlike", &["expected a sequence"]);
    site.fails_at(
        3,
        &answer(200, r#"[{"id":100,"usern"#),
        "incomplete",
        &["is cut off"],
    );
    site.fails_at(
        3,
        &answer(200, "<html><title>Log In</title>"),
        "unlike",
        &["Log In"],
    );
    // A count that is too low, on whatever page, is not believed.
    let error = site.read_with(|_, _, response| match response.headers.get("X-WP-Total") {
        Some(_) => counted(&response.body, "100"),
        None => response,
    });
    says(
        &error.unwrap_err(),
        "incomplete",
        &["counts 100 users but lists 150"],
    );
    // Something that hides single users of each page, and counts them.
    for hidden in [2, 100, 101, 150] {
        let mut site = Site::of(150);
        let error = site.read_with(|_, _, response| {
            let Ok(Value::Array(mut users)) = serde_json::from_str(&response.body) else {
                return response;
            };
            users.retain(|user| user["id"] != hidden);
            HttpResponse {
                body: json!(users).to_string(),
                ..response
            }
        });
        says(&error.unwrap_err(), "incomplete", &[]);
    }
}

#[test]
fn another_account_at_the_end_is_an_error() {
    for other in [administrator(2, "admin"), administrator(1, "another")] {
        let other = answer(200, &other.to_string());
        Site::of(3).fails_at(3, &other, "incomplete", &["as the user at the end"]);
    }
    let revoked = answer(
        401,
        r#"{"code":"rest_not_logged_in","message":"x","data":{"status":401}}"#,
    );
    Site::of(3).fails_at(3, &revoked, "unauthorised", &["does not recognize the user"]);
}

#[test]
fn no_bytes_make_it_panic_or_read_less_than_all() {
    for seed in 0..600 {
        let mut random = fastrand::Rng::with_seed(seed);
        let users = 1 + random.u64(0..130);
        let mut site = Site::of(users);
        let hit = random.usize(..6);
        let mut changed = false;
        let read = site.read_with(|number, _, response| {
            if number != hit {
                return response;
            }
            let mut bytes = response.body.clone().into_bytes();
            match random.u8(..4) {
                0 => bytes.truncate(random.usize(..bytes.len())),
                1 => {
                    for _ in 0..=random.usize(..3) {
                        let at = random.usize(..bytes.len());
                        bytes[at] = random.u8(..);
                    }
                }
                2 => bytes = (0..random.usize(..200)).map(|_| random.u8(..)).collect(),
                _ => {
                    let at = random.usize(..bytes.len());
                    bytes
                        .splice(at..at, (0..random.usize(..9)).map(|_| random.u8(..)))
                        .for_each(drop);
                }
            }
            let body = String::from_utf8_lossy(&bytes).into_owned();
            changed = body != response.body;
            if random.bool() {
                return HttpResponse { body, ..response };
            }
            counted(&body, &random.u64(..140).to_string())
        });
        match read {
            Ok(observed) => assert_eq!(observed.len() as u64, users, "seed {seed}"),
            Err(_) => assert!(changed || hit >= 2, "seed {seed}"),
        }
    }
}
