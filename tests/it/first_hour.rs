//! What a new user meets first: the demo, the doctor, the manual pages and the completions, through the real command.

use std::{fs, os::unix::fs::PermissionsExt as _};

use crate::{
    env::TestEnv,
    practice::{Practice, SECRET, TOKEN},
};

#[test]
fn the_demo_is_written_anywhere_and_overwrites_nothing() {
    let env = TestEnv::with_plan("");
    env.run(&["demo"])
        .exits(0)
        .says("rehome plan lumen/lumen.toml --summary");
    env.run(&["demo", "a school/of mine"])
        .exits(0)
        .says("rehome plan \"a school/of mine/lumen.toml\" --summary");
    env.run(&["check", "a school/of mine/lumen.toml"]).exits(0);
    env.write("lumen/lumen.toml", "mine");
    fs::remove_file(env.path("lumen/exports/people.csv")).unwrap();
    let before = env.listing();
    env.run(&["demo"])
        .exits(64)
        .says("exists already, and nothing is overwritten");
    assert_eq!(env.listing(), before, "nothing is written beside it either");
    env.write("a-file", "");
    env.run(&["demo", "a-file"]).exits(1).says("cannot write a-file/");
}

#[test]
fn the_doctor_changes_nothing_and_names_what_is_missing_of_an_embedded_site() {
    let env = TestEnv::small(&["ana@example.com,Ana,Moll,Course,"]);
    let before = env.listing();
    env.verb("doctor", &[])
        .exits(0)
        .says("Everything that a run needs is in place");
    assert_eq!(env.listing(), before);
    let document = env.verb("doctor", &["--format", "json"]).exits(0).json();
    assert_eq!(document["ready"], true);
    let checks = document["checks"].as_array().unwrap();
    for name in ["site", "permissions", "contacts", "email", "run state", "disk"] {
        assert!(
            checks.iter().any(|one| one["check"] == name),
            "{name}: {document}"
        );
    }
    env.write("site.sqlite", "not a site");
    env.verb("doctor", &[]).exits(1).says("site       missing");
    env.verb("doctor", &["--state", "plan.toml/below"]).exits(1);
}

#[test]
fn run_state_that_others_may_read_is_a_warning() {
    let env = TestEnv::small(&["ana@example.com,Ana,Moll,Course,"]);
    env.apply().exits(0);
    let folder = env.state_file("journal.sqlite").parent().unwrap().to_owned();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    env.verb("doctor", &[])
        .exits(0)
        .says("other users of this machine can read")
        .says("chmod 700");
}

#[test]
fn the_doctor_asks_the_contact_system_and_never_shows_its_secret() {
    let env = TestEnv::small(&["ana@example.com,Ana,Moll,Course,"]);
    let practice = Practice::serve(&env.plans(), 0);
    let contacts = format!(
        "system = \"simulated\"\nurl = \"{}\"\ntoken = {{ env = \"{TOKEN}\" }}",
        practice.address
    );
    env.change_plan("system = \"managed\"", &contacts);
    env.verb("doctor", &[])
        .exits(1)
        .says(&format!("export {TOKEN}="))
        .says("1 thing is missing");
    let examine = |token: &str| {
        let mut command = env.command(&["doctor", "plan.toml"]);
        let output = command.env(TOKEN, token).output().unwrap();
        env.ran("doctor plan.toml", &output).never_says(SECRET)
    };
    examine(SECRET).exits(0).says("contacts clock").says("answers");
    examine("wrong").exits(1).says("contacts     missing");
    drop(practice);
    examine(SECRET).exits(1).says("contacts     missing");
}

#[test]
fn manual_pages_are_written_for_every_verb_that_the_help_shows() {
    let env = TestEnv::with_plan("");
    env.run(&["man", "man1"]).exits(0);
    let page = fs::read_to_string(env.path("man1/rehome-plan.1")).unwrap();
    assert!(
        page.contains(".TH rehome-plan") && page.contains("summary for sign"),
        "{page}"
    );
    assert!(env.path("man1/rehome.1").exists() && !env.path("man1/rehome-man.1").exists());
}

/// What a shell is offered for the last of these words.
fn offered(env: &TestEnv, words: &[&str]) -> Vec<String> {
    let mut args = vec!["--", "rehome"];
    args.extend(words);
    let mut command = env.command(&args);
    command
        .env("REHOME_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .env("_CLAP_COMPLETE_COMP_TYPE", "9")
        .env("_CLAP_COMPLETE_SPACE", "true")
        .env("_CLAP_IFS", "\n");
    let ran = env.ran("complete", &command.output().unwrap());
    ran.stdout.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn completions_offer_the_values_of_the_plan_that_is_typed() {
    let env = TestEnv::lumen();
    assert_eq!(offered(&env, &["plan", "lumen.toml", "--env", ""]), ["practice"]);
    let sources = offered(&env, &["audit", "lumen.toml", "--source", "s"]);
    assert_eq!(sources, ["subscriptions"]);
    assert!(offered(&env, &["explain", "P00"]).contains(&"P003".to_owned()));
    assert!(offered(&env, &["confirm", "lumen.toml", "auto"]).contains(&"automations".to_owned()));
    assert!(offered(&env, &["profiles", "kajabi-con"]).contains(&"kajabi-contacts".to_owned()));
    assert_eq!(offered(&env, &["plan", "missing.toml", "--env", ""]), [""; 0]);
    for shell in ["bash", "zsh", "fish", "powershell"] {
        env.run(&["completions", shell]).exits(0).says("REHOME_COMPLETE");
    }
}

#[test]
fn errors_are_json_for_programs() {
    let env = TestEnv::small(&["ana@example.com,Ana,Moll,Course,"]);
    let wrong = env.run(&["plan", "missing.toml", "--format", "json"]).exits(1);
    assert_eq!(wrong.stderr, "");
    let document = wrong.json();
    assert_eq!(
        (&document["version"], &document["status"]),
        (&1.into(), &1.into())
    );
    assert_eq!(document["diagnostics"][0]["code"], "P001");
    let usage = env
        .run(&["plan", "plan.toml", "--format=json", "--moon"])
        .exits(64)
        .json();
    assert!(usage["error"].as_str().unwrap().contains("--moon"), "{usage}");
}

#[test]
fn status_and_log_say_that_there_has_been_no_run() {
    let env = TestEnv::small(&["ana@example.com,Ana,Moll,Course,"]);
    for verb in ["status", "log"] {
        env.verb(verb, &[])
            .exits(0)
            .says("There has been no run yet")
            .says("Next: rehome plan plan.toml");
        let document = env.verb(verb, &["--format", "json"]).exits(0).json();
        assert_eq!(document["runs"], serde_json::json!([]));
    }
}

#[test]
fn an_unknown_address_names_the_nearest_one() {
    let env = TestEnv::small(&[
        "ana@example.com,Ana,Moll,Course,",
        "bo@example.org,Bo,Sund,Course,",
    ]);
    env.verb("explain", &["anna@example.com"])
        .exits(0)
        .says("The nearest one: ana@example.com");
    env.verb("explain", &["ana@example.com"]).never_says("nearest");
    env.verb("explain", &["zoltan@elsewhere.example"])
        .never_says("nearest");
}
