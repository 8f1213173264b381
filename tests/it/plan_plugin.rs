//! The worked plan of a WordPress plugin: its difference, its list of logins, and what comes of them on the site.

use std::{collections::BTreeMap, fs};

use crate::{
    env::{TestEnv, golden},
    practice::{Practice, SECRET, TOKEN},
};

fn plugin() -> TestEnv {
    TestEnv::worked("plugin")
}

/// Users on the site by address, with their logins.
fn on_site(env: &TestEnv) -> BTreeMap<String, String> {
    let site = env.site();
    let mut users = site.prepare("SELECT email, login FROM users").unwrap();
    let rows = users.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// What the list of logins says, by address.
fn listed(env: &TestEnv) -> BTreeMap<String, String> {
    csv::Reader::from_reader(logins(env).as_bytes())
        .records()
        .map(Result::unwrap)
        .map(|row| (row[0].to_owned(), row[1].to_owned()))
        .collect()
}

fn logins(env: &TestEnv) -> String {
    env.verb("plan", &["--summary", "--lists", "lists"]).exits(0);
    fs::read_to_string(env.path("lists/logins.csv")).unwrap()
}

#[test]
fn the_difference_and_the_list_say_who_logs_in_with_what() {
    let env = plugin();
    env.verb("check", &[]).exits(0);
    env.verb("plan", &[]).exits(0).is("plugin-plan");
    golden("plugin-logins", &logins(&env));
    env.verb("explain", &["olga@example.com"])
        .exits(0)
        .is("plugin-explain");
}

#[test]
fn everybody_logs_in_as_the_list_says_and_a_second_plan_finds_nothing() {
    let env = plugin();
    let listed = listed(&env);
    env.apply().exits(0).says("complete");
    assert_eq!(on_site(&env), listed);
    env.verb("plan", &["--detailed-exitcode"]).exits(0);
    env.verb("verify", &[]).exits(0);
}

#[test]
fn a_user_name_that_changes_at_the_source_changes_no_login() {
    let env = plugin();
    env.apply().exits(0);
    let members = fs::read_to_string(env.path("exports/members.csv")).unwrap();
    env.write(
        "exports/members.csv",
        members.replace("\"mara\"", "\"mara-the-baker\""),
    );
    env.verb("plan", &["--detailed-exitcode"])
        .exits(0)
        .says("Nothing to do");
    assert!(logins(&env).contains("mara.lindqvist@example.com,mara,existing,,,\n"));
}

#[test]
fn with_a_contact_system_the_logins_are_the_same() {
    let env = plugin();
    let listed = listed(&env);
    let practice = Practice::serve(&env.plans(), 0);
    let simulated = format!(
        "system = \"simulated\"\nurl = \"{}\"\ntoken = {{ env = \"{TOKEN}\" }}",
        practice.address
    );
    env.change_plan("system = \"managed\"", &simulated);
    let run = |args: &[&str]| {
        let output = env.command(args).env(TOKEN, SECRET).output().unwrap();
        env.ran(&args.join(" "), &output)
    };
    let apply = ["apply", "plugin.toml", "--yes", "--waves", "off"];
    run(&apply).exits(6);
    run(&["confirm", "plugin.toml", "automations"]).exits(0);
    run(&apply).exits(0).says("complete");
    assert_eq!(on_site(&env), listed);
    run(&apply).exits(0).says("Nothing to do");
}
