//! Firewalls, caches and faults of a site: reported clearly, and nothing doubled.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use super::{
    Moved,
    meddler::{Deed, Meddler, page},
    nothing_holds_the_password,
};
use crate::{companion::site::site, env::TestEnv};

const ROW: &[&str] = &["ann@example.com,Ann,Bell,Course,active"];

fn html(status: &str) -> String {
    page(status, "text/html", "<html><title>Blocked</title>no</html>")
}

/// A crowd whose requests of this route are meddled with: the first of them, by this deed.
fn first_of(route: &'static str, deed: Deed) -> Moved {
    let site = site();
    let met = AtomicUsize::new(0);
    let meddler = Meddler::before(site.url(), move |_, line| {
        if line.contains(route) && met.fetch_add(1, Ordering::Relaxed) == 0 {
            deed.clone()
        } else {
            Deed::Pass
        }
    });
    Moved::by(site, TestEnv::crowd(30), &meddler.url)
}

#[test]
fn a_wrong_password_or_user_is_said_and_is_in_no_output() {
    let moved = Moved::small(ROW);
    moved.env.write("site.password", "0penSesame4711");
    moved
        .verb("plan", &[])
        .exits(1)
        .says("the user or the application password is wrong")
        .never_says("0penSesame4711");
    moved.env.write("site.password", moved.site.password());
    moved.env.change_plan("user = \"admin\"", "user = \"nobody\"");
    moved
        .verb("plan", &[])
        .exits(1)
        .says("application password is wrong");
    moved.env.change_plan("user = \"nobody\"", "user = \"weak\"");
    moved.env.write("site.password", moved.site.weak_password());
    moved.verb("plan", &[]).exits(1).says("no permission for this");
    moved.env.change_plan(
        "password = { file = \"site.password\" }",
        "password = { env = \"NOT_SET\" }",
    );
    moved.verb("plan", &[]).exits(1).says("NOT_SET");
    assert_eq!(moved.users(), 0);
}

#[test]
fn plain_http_is_refused_but_on_this_machine() {
    let moved = Moved::small(ROW);
    moved
        .env
        .change_plan(moved.site.url(), "http://members.example.com");
    moved.verb("plan", &[]).exits(1).says("unencrypted");
}

#[test]
fn whatever_answers_in_place_of_the_site_is_named() {
    for (deed, words) in [
        (
            Deed::Answer(
                "HTTP/1.1 301 Moved\r\nLocation: https://www.members.example/\r\nContent-Length: 0\r\n\r\n"
                    .to_owned(),
            ),
            "https://www.members.example/",
        ),
        (
            Deed::Answer(html("403 Forbidden")),
            "a firewall or a security plugin",
        ),
        (
            Deed::Answer(html("200 OK")),
            "a login page, a security plugin, a cache",
        ),
        (Deed::Answer(html("404 Not Found")), "404"),
        (
            Deed::Answer(page(
                "500 Oops",
                "text/html",
                "<b>Fatal error</b>: Uncaught in /x/y.php on line 3",
            )),
            "PHP failed on the site",
        ),
        (
            Deed::Answer(page("200 OK", "application/json", "{\"plugin\":\"rehome-comp")),
            "is cut off",
        ),
        (
            Deed::Answer(page("200 OK", "application/json", "")),
            "with nothing",
        ),
    ] {
        let site = site();
        let answer = deed.clone();
        let meddler = Meddler::before(site.url(), move |_, _| answer.clone());
        let moved = Moved::by(site, TestEnv::small(ROW), &meddler.url);
        moved.verb("plan", &[]).exits(1).says(words);
    }
}

#[test]
fn a_page_caches_stale_copy_is_not_believed() {
    let site = site();
    let kept = Arc::new(Mutex::new(None::<String>));
    let meddler = Meddler::before(site.url(), {
        let stale = page(
            "200 OK",
            "application/json",
            "{\"echo\":\"yesterday\",\"members\":[],\"next\":null,\"total\":0}",
        );
        *kept.lock().unwrap() = Some(stale);
        move |_, line| match (line.contains("/members"), kept.lock().unwrap().clone()) {
            (true, Some(stale)) => Deed::Answer(stale),
            _ => Deed::Pass,
        }
    });
    let moved = Moved::by(site, TestEnv::small(ROW), &meddler.url);
    moved
        .verb("plan", &[])
        .exits(1)
        .says("a page cache responds instead of the site");
}

#[test]
fn a_cut_page_is_asked_for_again_and_a_site_that_only_cuts_is_an_error() {
    let moved = first_of("/members", Deed::Cut(20));
    moved.verb("plan", &[]).exits(0);
    let site = moved.site;
    let meddler = Meddler::before(site.url(), |_, line| {
        if line.contains("/members") {
            Deed::Cut(20)
        } else {
            Deed::Pass
        }
    });
    let moved = Moved::by(site, TestEnv::small(ROW), &meddler.url);
    moved.verb("plan", &[]).exits(1);
}

#[test]
fn lost_answers_double_nothing() {
    for deed in [
        Deed::LoseTheAnswer,
        Deed::Close,
        Deed::Cut(30),
        Deed::Instead(html("502 Bad Gateway")),
        Deed::Instead(html("504 Gateway Time-out")),
        Deed::Instead(page("200 OK", "text/html", "<html>cached</html>")),
    ] {
        let moved = first_of("/batch", deed.clone());
        let ran = moved.apply();
        assert!(ran.code == Some(0), "{deed:?}: {ran}");
        assert!(
            ran.stdout.contains("30 members compared, 30 up to date"),
            "{deed:?}: {ran}"
        );
        assert_eq!(moved.users(), 30, "{deed:?}");
        moved.is_sound();
    }
}

#[test]
fn a_firewall_in_the_middle_of_a_run_stops_it_and_it_goes_on_later() {
    let site = site();
    let open = Arc::new(AtomicUsize::new(0));
    let meddler = Meddler::before(site.url(), {
        let open = Arc::clone(&open);
        move |_, line| {
            let blocks = line.contains("/batch") && open.load(Ordering::Relaxed) == 0;
            if blocks {
                Deed::Answer(html("403 Forbidden"))
            } else {
                Deed::Pass
            }
        }
    });
    let moved = Moved::by(site, TestEnv::crowd(30), &meddler.url);
    moved.apply().exits(1).says("not a response from WordPress");
    assert_eq!(moved.users(), 0);
    open.store(1, Ordering::Relaxed);
    moved.apply().exits(0).says("30 up to date");
    moved.is_sound();
    nothing_holds_the_password(&moved);
}

#[test]
fn the_plugin_deactivated_half_way_stops_the_run_and_it_goes_on_later() {
    let site = site();
    let url = site.url().to_owned();
    let gone = Arc::new(AtomicUsize::new(0));
    let no_route = page(
        "404 Not Found",
        "application/json",
        "{\"code\":\"rest_no_route\",\"message\":\"No route was found\",\"data\":{\"status\":404}}",
    );
    let meddler = Meddler::before(&url, {
        let gone = Arc::clone(&gone);
        move |_, line| {
            let away = gone.load(Ordering::Relaxed) == 0 && line.contains("/batch");
            if away {
                Deed::Answer(no_route.clone())
            } else {
                Deed::Pass
            }
        }
    });
    let moved = Moved::by(site, TestEnv::crowd(5), &meddler.url);
    moved.apply().exits(1).says("the companion plugin is gone");
    gone.store(1, Ordering::Relaxed);
    moved.apply().exits(0).says("5 up to date");
    moved.is_sound();
}

#[test]
fn without_the_plugin_the_site_is_read_and_nothing_is_written() {
    let moved = Moved::small(ROW);
    moved.site.php("require_once ABSPATH . 'wp-admin/includes/plugin.php'; deactivate_plugins('rehome-companion/rehome-companion.php', true);");
    let planned = moved.verb("plan", &[]);
    let applied = moved.apply();
    moved.site.php("require_once ABSPATH . 'wp-admin/includes/plugin.php'; activate_plugin('rehome-companion/rehome-companion.php', '', false, true);");
    planned
        .exits(0)
        .says("This site cannot be written to at the moment: the companion plugin is not active there")
        .says("2 not in any source (left alone)");
    applied.exits(1).says("cannot be written to");
    assert_eq!(moved.users(), 0);
    moved.apply().exits(0).says("1 up to date");
}

#[test]
fn a_paused_site_is_read_and_not_written() {
    let moved = Moved::small(ROW);
    moved.site.php("update_option('rehome_paused', '1');");
    moved
        .verb("plan", &[])
        .exits(0)
        .says("has paused incoming writes");
    moved.apply().exits(1).says("has paused incoming writes");
    assert_eq!(moved.users(), 0);
    moved.site.php("delete_option('rehome_paused');");
    moved.apply().exits(0).says("1 up to date");
}

#[test]
fn the_second_of_two_machines_is_told_who_is_at_work() {
    let moved = Moved::small(ROW);
    let other = serde_json::json!({ "holder": "other", "who": "bo on a laptop, process 7", "seconds": 60 });
    moved.site.post("/lease", &other).is(200);
    moved
        .apply()
        .exits(1)
        .says("in use by bo on a laptop, process 7 for another");
    assert_eq!(moved.users(), 0);
    let gives_back = serde_json::json!({ "holder": "other", "who": "bo", "seconds": 0 });
    moved.site.post("/lease", &gives_back).is(200);
    moved.apply().exits(0);
    let lease = &moved.site.get("/status").body["lease"];
    assert!(lease.is_null(), "the lease is given back: {lease}");
}

#[test]
fn members_who_change_meanwhile_are_held_back_and_the_others_go_on() {
    let moved = Moved::small(&[
        "ann@example.com,Ann,Bell,Course,active",
        "bo@example.com,Bo,Cray,Course,active",
    ]);
    moved.site.php(
        "wp_insert_user(['user_login' => 'ann', 'user_email' => 'ann@example.com', 'user_pass' => 'hers']);",
    );
    moved
        .env
        .run(&["plan", "plan.toml", "--out", "changes.rehome"])
        .exits(0);
    moved
        .site
        .php("update_user_meta(get_user_by('login', 'ann')->ID, 'first_name', 'Anna');");
    moved
        .env
        .run(&["apply", "changes.rehome", "--yes"])
        .exits(3)
        .says("1 blocked")
        .says("first name is \"Anna\" now");
    let name = "SELECT meta_value FROM wp_usermeta m JOIN wp_users u ON u.ID = m.user_id WHERE meta_key = 'first_name' AND user_login = 'ann'";
    assert_eq!(moved.site.rows(name), [["Anna"]]);
    moved.is_sound();
}

#[test]
fn a_site_that_has_little_time_is_asked_for_less() {
    let moved = Moved::to(site(), TestEnv::crowd(60));
    // The time of a batch is over at once: every request does one member.
    moved.site.tell("budget", "0.001");
    moved.apply().exits(0).says("60 up to date");
    assert_eq!(moved.users(), 60);
    moved.is_sound();
    let open = moved.env.verb("status", &[]).exits(0);
    assert!(open.stdout.contains("done"), "{open}");
}
