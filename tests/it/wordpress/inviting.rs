//! `rehome invite` on a real WordPress, as a person runs it; every email is recorded.

use std::{
    collections::BTreeSet,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    companion::site::{Site, site},
    env::TestEnv,
    verbs::{documented, keys},
};

const BODY: &str = "Dear {{ member.first_name or \"friend\" }},

**{{ site.name }}** has a new home. You have:

{% for name in offerings %}- {{ name }}
{% endfor %}
[Choose a password]({{ lost_password_url }}) and log in as {{ member.login }}.
";

/// A plan for this site: a course, a club, and the email `welcome` for the course.
fn plan(site: &Site, of_the_email: &str) -> String {
    let url = site.url();
    format!(
        r#"[migration]
name = "small"
as_of = 2026-11-16

[site]
kind = "wordpress"
url = "{url}"
membership = "companion"
user = "admin"
password = {{ file = "password" }}

[contacts]
system = "managed"

[offerings.course]
name = "Course <One>"

[offerings.club]
name = "Club"
kind = "membership"

[emails.welcome]
for = ["course"]
subject = "Welcome, {{{{ member.first_name }}}}"
body = "welcome.md"
{of_the_email}

[sources.people]
profile = "table"
file = "people.csv"
columns = {{ email = "Email", first_name = "First", last_name = "Last" }}
lists = {{ Products = "," }}
consent = {{ column = "Status", opted_out = ["unsubscribed"] }}

[sources.people.map.Products]
"Course" = {{ grant = "course" }}
"Club" = {{ grant = "club" }}
"Old" = {{ ignore = "gone" }}
"#
    )
}

/// The plan with its members, applied: so many people in the course.
fn applied(site: &Site, people: usize, of_the_email: &str) -> TestEnv {
    let rows: Vec<String> = (0..people)
        .map(|at| format!("p{at:03}@example.com,First{at},Last,Course,active"))
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    applied_with(site, &rows, of_the_email)
}

fn applied_with(site: &Site, rows: &[&str], of_the_email: &str) -> TestEnv {
    let env = TestEnv::with_plan(&plan(site, of_the_email))
        .and_file("password", site.password())
        .and_file("welcome.md", BODY)
        .and_people(rows);
    env.apply().exits_one_of(&[0, 3]);
    assert_eq!(site.mails(), Vec::<Value>::new(), "apply sends nothing");
    env
}

const BY_SITE: &str = "via = \"site\"";

fn mails_to(site: &Site, whom: &str) -> usize {
    site.mails()
        .iter()
        .filter(|mail| mail["to"] == json!([whom]))
        .count()
}

/// No member got two emails, and so many got one.
#[track_caller]
fn one_mail_each(site: &Site, people: usize) {
    let mut to: Vec<String> = site.mails().iter().map(|mail| mail["to"].to_string()).collect();
    to.sort();
    let all = to.len();
    to.dedup();
    assert_eq!((to.len(), all), (people, people), "{to:?}");
}

#[test]
fn everybody_is_shown_asked_about_and_written_to_once() {
    let site = site();
    let env = applied_with(
        &site,
        &[
            "ann@example.com,*Ann* & {{ x }},Bell,\"Course, Club\",active",
            "bo@example.com,,,Course,active",
            "cy@example.com,Cy,,Club,active",
            "di@example.com,Di,,Course,unsubscribed",
            "ed@example.com,Ed,,Old,active",
            "owner@example.com,Owner,,Course,active",
        ],
        "via = \"site\"\nper_hour = 200",
    );
    let asked = env.verb("invite", &[]).exits(1);
    let shown = asked
        .says("welcome: 2 emails to send, 200 an hour: at once")
        .says("1 of the plan left out: they have opted out")
        .says("1 of the plan left out: they have more than subscriber rights")
        .says("1 of the plan left out: they have no access to any of its offerings now")
        .says("1 have no first name, which the email uses")
        .says("To: ann@example.com\n  Subject: Welcome, *Ann* & {{ x }}\n")
        .says("| - Course <One>")
        .says("wp-login.php?action=lostpassword")
        .says("whose environment is local")
        .says("pass --yes")
        .says("Nothing was sent, because it was not confirmed.");
    assert!(shown.stdout.contains("| Dear friend,"), "{shown}");
    assert_eq!(site.mails(), Vec::<Value>::new());

    let sent = env.verb("invite", &["--yes"]).exits(0);
    sent.says("welcome: 2 sent, 0 already had it, 0 in doubt, 0 failed, 0 rejected, 0 left.");
    one_mail_each(&site, 2);
    let ann = &site.mails()[0];
    assert_eq!(ann["subject"], "Welcome, *Ann* & {{ x }}");
    let html = ann["message"].as_str().unwrap();
    assert!(html.contains("<p>Dear *Ann* &amp; {{ x }},</p>"), "{html}");
    assert!(html.contains("<li>Course &lt;One&gt;</li>") && html.contains("<strong>Test site</strong>"));

    env.verb("invite", &["--yes"])
        .exits(0)
        .says("Nothing to do: there is no one to email.")
        .says("2 already had it");
    one_mail_each(&site, 2);
    env.verb("log", &[]).exits(0).says("invitations welcome: 2 sent");
    env.verb("status", &[]).exits(0).says("welcome: 2 people sent");
    let told = env.verb("invite", &["--yes", "--format", "json"]).exits(0).json();
    assert_eq!((&told["version"], &told["end"]), (&json!(1), &json!("nothing")));
    assert_eq!(told["emails"][0]["already"], 2);
    assert_eq!(site.complaints(), Vec::<String>::new());
}

#[test]
fn a_few_first_and_a_test_that_counts_for_nothing() {
    let site = site();
    let env = applied(&site, 5, BY_SITE);
    env.verb("invite", &["--to", "me@example.org"])
        .exits(0)
        .says("welcome: a test went to me@example.org, as p000@example.com would get it");
    env.verb("invite", &["--to", "P003@example.com"])
        .exits(0)
        .says("as p003@example.com would get it");
    let tests = site.mails();
    assert_eq!(tests[0]["subject"], "[Test] Welcome, First0");
    assert_eq!(
        (&tests[1]["subject"], tests.len()),
        (&json!("[Test] Welcome, First3"), 2)
    );

    env.verb("invite", &["--yes", "--limit", "2"])
        .exits(0)
        .says("3 more are beyond --limit")
        .says("welcome: 2 sent, 0 already had it, 0 in doubt, 0 failed, 0 rejected, 3 left.");
    env.verb("invite", &["--yes"])
        .exits(0)
        .says("welcome: 3 sent, 2 already had it");
    for at in 0..5 {
        let tested = usize::from(at == 3);
        assert_eq!(mails_to(&site, &format!("p{at:03}@example.com")), 1 + tested);
    }
}

#[test]
fn a_doubt_is_listed_and_repeated_only_when_a_person_says_so() {
    let site = site();
    let env = applied(&site, 3, BY_SITE);
    site.tell("dies", "after die p001@example.com");
    let doubted = env
        .verb("invite", &["--yes"])
        .exits(3)
        .says("welcome: 2 sent, 0 already had it, 1 in doubt")
        .says("--email welcome --again ADDRESS");
    assert!(
        doubted.stdout.contains("    p001@example.com: it was passed"),
        "{doubted}"
    );
    site.tell("dies", "never x nobody");
    env.verb("invite", &["--yes"])
        .exits(0)
        .says("Nothing to do")
        .says("p001@example.com: it was passed");
    one_mail_each(&site, 3);

    env.verb(
        "invite",
        &[
            "--yes",
            "--again",
            "p001@example.com,p002@example.com,x@example.com",
        ],
    )
    .exits(3)
    .says("welcome: 1 sent")
    .says("p002@example.com: already received it; `--to` sends a copy")
    .says("x@example.com: is not a member of the plan");
    assert_eq!(mails_to(&site, "p001@example.com"), 2, "once for each decision");
    env.verb("invite", &["--yes", "--again", "p001@example.com"])
        .exits(3)
        .says("p001@example.com: already received it");
    assert_eq!(mails_to(&site, "p001@example.com"), 2);
}

#[test]
fn a_mailer_that_fails_stops_the_rest() {
    let site = site();
    let env = applied(&site, 8, BY_SITE);
    site.tell("postman", "SMTP connect() failed.");
    env.verb("invite", &["--yes"])
        .exits(3)
        .says("Stopped: the site's mailer keeps failing: SMTP connect() failed.")
        .says("0 sent, 0 already had it, 0 in doubt, 3 failed, 0 rejected, 5 left.");
    site.tell("postman", "");
    env.verb("invite", &["--yes"])
        .exits(0)
        .says("5 sent, 0 already had it, 0 in doubt, 3 failed");
    let again = "p000@example.com,p001@example.com,p002@example.com";
    env.verb("invite", &["--yes", "--again", again])
        .exits(0)
        .says("3 sent");
    let letters = std::fs::read_to_string(site.place().join("letters")).unwrap();
    assert_eq!(letters.matches("multipart/alternative").count(), 8);
}

/// Sends a signal to a command once so many emails went out.
fn signalled(site: &Site, env: &TestEnv, signal: &str, mails: usize, args: &[&str]) -> crate::env::Ran {
    let mut all = vec!["invite", "plan.toml", "--yes"];
    all.extend(args);
    let child = env.command(&all).spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(30);
    while site.mails().len() < mails {
        assert!(
            Instant::now() < patience,
            "no {mails} mails: {:?}",
            child.wait_with_output()
        );
        thread::sleep(Duration::from_millis(5));
    }
    let killed = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    env.wait("invite", child)
}

#[test]
fn killed_at_any_moment_it_goes_on_and_nobody_gets_two() {
    let site = site();
    let env = applied(&site, 30, BY_SITE);
    site.tell("slow-mail", "15");
    for mails in [1, 7, 13, 22] {
        let killed = signalled(&site, &env, "-9", mails, &[]);
        assert_eq!(killed.signal, Some(9));
        // PHP continues with what it was asked for: the next command meets it at work.
        thread::sleep(Duration::from_millis(10 * mails as u64));
    }
    env.verb("invite", &["--yes"]).exits(0);
    one_mail_each(&site, 30);
    assert_eq!(
        site.number("SELECT COUNT(*) FROM wp_rehome_invitations WHERE state = 'sent'"),
        30
    );
}

#[test]
fn so_many_an_hour_are_kept_over_a_stop_and_a_kill() {
    let site = site();
    let env = applied(&site, 5, "via = \"site\"\nper_hour = 120");
    env.verb("invite", &[]).exits(1).says("120 an hour: about 2 min");
    let stopped = signalled(&site, &env, "-INT", 2, &[]);
    let stopped = stopped
        .exits(130)
        .says("welcome: 2 sent, 0 already had it, 0 in doubt, 0 failed, 0 rejected, 3 left.")
        .says("To resume: rehome invite plan.toml");
    assert!(stopped.stdout.contains("Stopped."), "{stopped}");
    // At once again, also after a kill: nothing goes out before its time.
    let mut waiting = env.command(&["invite", "plan.toml", "--yes"]).spawn().unwrap();
    thread::sleep(Duration::from_millis(1_500));
    waiting.kill().unwrap();
    let killed = env.wait("invite", waiting);
    killed.says("Waiting until 20");
    one_mail_each(&site, 2);
    // Another machine, whose journal knows nothing: the site keeps count for the whole hour.
    site.sql("DELETE FROM wp_rehome_lease");
    env.change_plan("per_hour = 120", "per_hour = 2");
    let other = env.path("elsewhere").display().to_string();
    let mut waiting = env
        .command(&["invite", "plan.toml", "--yes", "--state", &other])
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_millis(2_500));
    waiting.kill().unwrap();
    env.wait("invite", waiting).says("Waiting until 20");
    one_mail_each(&site, 2);
}

#[test]
fn a_site_that_was_set_back_does_not_make_anybody_get_two() {
    let site = site();
    let env = applied(&site, 3, BY_SITE);
    env.verb("invite", &["--yes"]).exits(0).says("3 sent");
    site.sql("DELETE FROM wp_rehome_invitations");
    env.verb("invite", &["--yes"])
        .exits(0)
        .says("Nothing to do")
        .says("3 already had it");
    // Also when the journal has forgotten the addresses.
    env.verb("purge", &["--yes"]).exits(0);
    env.verb("invite", &["--yes"]).exits(0).says("Nothing to do");
    one_mail_each(&site, 3);
    env.verb("invite", &["--yes", "--again", "p001@example.com"])
        .exits(0)
        .says("1 sent");
    assert_eq!(mails_to(&site, "p001@example.com"), 2);
}

#[test]
fn whom_the_site_refuses_meanwhile_is_told_and_a_pause_is_heeded() {
    let site = site();
    let env = applied(&site, 3, BY_SITE);
    site.php("update_option('rehome_paused', 1);");
    env.verb("invite", &["--yes"])
        .exits(1)
        .says("paused incoming writes");
    site.php("delete_option('rehome_paused');");
    site.post(
        "/lease",
        &json!({ "holder": "machine-b", "who": "Bo", "seconds": 60 }),
    )
    .is(200);
    env.verb("invite", &["--yes"])
        .exits(1)
        .says("the site is in use by Bo")
        .says("To resume: rehome invite plan.toml");
    site.sql("DELETE FROM wp_rehome_lease");
    assert_eq!(site.mails(), Vec::<Value>::new());
    env.verb("invite", &["--yes", "--email", "nothing"])
        .exits(64)
        .says("the plan has no email \"nothing\"; it has welcome");
    env.verb("invite", &["--to", "nobody"]).exits(64);
}

#[test]
fn the_page_on_json_lists_the_keys_that_invite_writes() {
    let site = site();
    let env = applied(&site, 6, BY_SITE);
    let json = |more: &[&str]| env.verb("invite", &[more, &["--format", "json"]].concat()).json();
    let declined = json(&[]);
    let tested = json(&["--to", "me@example.org"]);
    site.tell("postman", "no");
    let fails = json(&["--yes"]);
    assert_eq!(
        (&fails["end"], &fails["why"]),
        (&json!("mailer-fails"), &json!("no"))
    );
    assert_eq!(fails["emails"][0]["failed"].as_array().unwrap().len(), 3);
    site.tell("postman", "");
    let done = json(&["--yes"]);
    assert_eq!(
        (&done["end"], &done["emails"][0]["sent"]),
        (&json!("done"), &json!(3))
    );
    assert_eq!(tested["mails"], json!([["welcome", "p000@example.com", null]]));
    let (all, always) = documented("invite");
    let mut seen = BTreeSet::new();
    for document in [declined, tested, fails, done] {
        let keys = keys(&document);
        assert!(keys.is_superset(&always), "{document}");
        seen.extend(keys);
    }
    assert_eq!(seen, all);
}
