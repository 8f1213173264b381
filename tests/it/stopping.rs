//! Questions, waves, Ctrl-C, a second process, a lease, checkpoints: how a run stops and continues.

use std::{
    fs,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags};

use crate::{
    env::{TestEnv, binary},
    whole_way::no_effect_is_doubled,
};

/// Waits until the run has sent something, or says that it ended before.
fn until_something_was_sent(env: &TestEnv, child: &mut Child) -> bool {
    let patience = Instant::now() + Duration::from_secs(30);
    while Instant::now() < patience && child.try_wait().unwrap().is_none() {
        let sent = env.state_files("journal.sqlite").iter().any(|journal| {
            Connection::open_with_flags(journal, OpenFlags::SQLITE_OPEN_READ_ONLY)
                .and_then(|db| db.query_row("SELECT count(*) FROM intents", [], |row| row.get::<_, i64>(0)))
                .is_ok_and(|count| count > 0)
        });
        if sent {
            return true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    false
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("sh")
        .args(["-c", &format!("kill -{name} {}", child.id())])
        .status()
        .unwrap();
    assert!(sent.success());
}

fn holders(env: &TestEnv) -> i64 {
    env.site()
        .query_row("SELECT count(*) FROM users", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn with_nobody_to_ask_nothing_is_carried_out() {
    let env = TestEnv::crowd(20);
    env.verb("apply", &[])
        .exits(1)
        .only(&["Members by action"])
        .prints(
            r"
        $ rehome apply plan.toml
        [...]
        Members by action: 9 items to create first; 20 create, 20 link, 20 add-tag.
        stderr: This is not an interactive terminal; pass --yes to continue without a prompt.
        stderr: Nothing was changed, because it was not confirmed.
        [EOF, exit status 1]
        ",
        );
    assert!(!env.path("site.sqlite").exists());
    env.verb("apply", &["--yes"]).exits(0);
    assert_eq!(holders(&env), 20);
}

#[test]
fn a_test_member_of_whom_nothing_is_to_be_done_is_said_not_to_go_first() {
    let env = TestEnv::crowd(3);
    env.change_plan(
        "[tags.vip]",
        "[canary]\nemail = \"preson00001@example.com\"\n\n[tags.vip]",
    );
    env.verb("plan", &["--summary"]).exits(0).says(
        "the test member preson00001@example.com of [canary]: no source and no system has the address; the first member by address goes first",
    );
    env.change_plan("preson", "person");
    env.verb("plan", &["--summary"]).exits(0).never_says("not first");
    env.apply().exits(0);
    env.verb("plan", &["--summary"]).exits(0).never_says("not first");
    env.write_people(&[
        "person00001@example.com,First1,Last1,Course,active",
        "ana@example.com,Ana,Moll,Course,",
    ]);
    env.verb("plan", &["--summary"])
        .exits(0)
        .says("person00001@example.com of [canary]: it has no changes;");
    let document = env.verb("plan", &["--format", "json"]).exits(0).json();
    assert_eq!(document["idle_canary"]["known"], true);
}

#[test]
fn the_test_member_goes_first_then_ten_then_a_hundred_then_all() {
    let env = TestEnv::crowd(300);
    env.change_plan(
        "[tags.vip]",
        "[canary]\nemail = \"person00150@example.com\"\n\n[tags.vip]",
    );
    env.verb("apply", &["--yes"])
        .exits(0)
        .only(&["Run 1", "Verified"])
        .prints(r"
        $ rehome apply plan.toml --yes
        [...]
        Run 1: complete. 300 of 300 members done, 0 failed, 0 blocked.
        Verified by reading everything back: 300 members compared, 300 up to date, 0 different, 0 not compared because they failed or were blocked.
        [EOF, exit status 0]
        ");
    let site = env.site();
    let mut query = site
        .prepare("SELECT count(DISTINCT email), min(email) FROM effects GROUP BY request ORDER BY min(seq)")
        .unwrap();
    let requests: Vec<(i64, String)> = query
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(requests[0], (1, "person00150@example.com".to_owned()));
    let mut so_far = 0;
    let through: Vec<i64> = requests
        .iter()
        .map(|(members, _)| {
            so_far += members;
            so_far
        })
        .collect();
    for barrier in [1, 11, 111, 300] {
        assert!(
            through.contains(&barrier),
            "no wave ends at {barrier}: {through:?}"
        );
    }
}

#[test]
fn an_answer_of_no_after_the_first_wave_stops_there_and_the_next_apply_goes_on() {
    if !std::path::Path::new("/usr/bin/script").exists() {
        println!("left out: no `script` to play a terminal");
        return;
    }
    let env = TestEnv::crowd(60);
    let mut command = Command::new("/usr/bin/script");
    env.surround(&mut command);
    let typed = format!("{} apply plan.toml", binary().display());
    let mut child = command
        .args(["-qec", &typed, "/dev/null"])
        .env("TERM", "dumb")
        .env("SHELL", "/bin/sh")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut keys = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut keys, b"yes\nno\n").unwrap();
    let output = child.wait_with_output().unwrap();
    drop(keys);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("Wave 1 complete: 1 member"), "{said}");
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(holders(&env), 1);
    env.verb("apply", &["--yes"]).exits(0).says("Resuming run 1");
    assert_eq!(holders(&env), 60);
    no_effect_is_doubled(&env.site());
}

#[test]
fn ctrl_c_finishes_what_is_in_flight_and_the_next_apply_goes_on() {
    for name in ["INT", "TERM"] {
        let env = TestEnv::crowd(7_000);
        let mut child = env
            .command(&["apply", "plan.toml", "--yes", "--waves", "off"])
            .spawn()
            .unwrap();
        assert!(
            until_something_was_sent(&env, &mut child),
            "the run ended too early"
        );
        signal(&child, name);
        let ran = env.wait("apply", child).exits(130).says("rehome apply plan.toml");
        let there = holders(&env);
        assert!(there < 7_000, "nothing was left: {ran}");
        let again = env.apply().exits(0).says("Resuming run 1");
        assert_eq!(holders(&env), 7_000, "{again}");
        no_effect_is_doubled(&env.site());
        env.apply().exits(0).says("Nothing to do");
    }
}

#[test]
fn a_second_process_is_told_to_wait() {
    let env = TestEnv::crowd(5_000);
    let mut child = env
        .command(&["apply", "plan.toml", "--yes", "--waves", "off"])
        .spawn()
        .unwrap();
    assert!(
        until_something_was_sent(&env, &mut child),
        "the run ended too early"
    );
    env.apply().exits(1).prints(r"
    $ rehome apply plan.toml --yes --waves off
    stderr: error: Another Rehome process is working on this migration (its state is in [DIR]/state/rehome/small/default/[HASH]); wait until it has finished
    [EOF, exit status 1]
    ");
    // Commands that only read do not wait.
    env.verb("status", &[]).exits(0).says("open");
    env.wait("apply", child).exits(0);
    no_effect_is_doubled(&env.site());
}

#[test]
fn a_lease_of_another_machine_is_respected_until_it_runs_out() {
    let env = TestEnv::crowd(5);
    env.apply().exits(0);
    env.write_people(&["zoe@example.com,Zoe,Abt,Course,"]);
    env.on_the_site(
        "INSERT INTO lease (one, holder, who, until) VALUES (1, 'else', 'ines on laptop, process 4', unixepoch() + 100)",
    );
    env.apply()
        .exits(1)
        .says("ines on laptop")
        .says("0 of 1 member done");
    assert_eq!(holders(&env), 5);
    env.on_the_site("UPDATE lease SET until = unixepoch() - 1");
    env.apply().exits(0);
    assert_eq!(holders(&env), 6);
}

#[test]
fn a_lease_that_a_killed_run_left_is_taken_over_at_once() {
    let env = TestEnv::crowd(5_000);
    let mut child = env
        .command(&["apply", "plan.toml", "--yes", "--waves", "off"])
        .spawn()
        .unwrap();
    assert!(
        until_something_was_sent(&env, &mut child),
        "the run ended too early"
    );
    child.kill().unwrap();
    child.wait().unwrap();
    env.verb("status", &[]).exits(0).says("open");
    env.apply().exits(0).says("5,000 of 5,000 members done");
    no_effect_is_doubled(&env.site());
}

#[test]
fn a_checkpoint_is_waited_for_until_a_person_confirms_it() {
    let env = TestEnv::crowd(5);
    env.change_plan(
        "[tags.vip]",
        "[checkpoints.backup]\nsay = \"Make a backup of the site.\"\nbefore = \"contacts\"\n\n[tags.vip]",
    );
    env.apply().exits(6).only(&["Run 1"]).prints(
        r"
        $ rehome apply plan.toml --yes --waves off
        [...]
        Run 1: waiting for a person to confirm: backup. 0 of 5 members done, 0 failed, 0 blocked.
          backup: Make a backup of the site.
        stderr: When it is done: rehome confirm plan.toml backup; then rehome apply plan.toml; to undo what was done: rehome undo plan.toml
        [EOF, exit status 6]
        ",
    );
    env.verb("confirm", &["backups"]).exits(64).prints(
        r#"
        $ rehome confirm plan.toml backups
        stderr: error: the plan has no checkpoint "backups"; its checkpoints are backup
        [EOF, exit status 64]
        "#,
    );
    env.verb("confirm", &["backup"]).exits(0).prints(
        r"
        $ rehome confirm plan.toml backup
        Recorded: backup is done (confirmed by tester on [HOST], process [PID]).
        [EOF, exit status 0]
        ",
    );
    env.apply().exits(0).says("5 of 5 members done");
}

#[test]
fn another_plan_supersedes_a_run_that_was_stopped() {
    let env = TestEnv::crowd(7_000);
    let mut child = env
        .command(&["apply", "plan.toml", "--yes", "--waves", "off"])
        .spawn()
        .unwrap();
    assert!(
        until_something_was_sent(&env, &mut child),
        "the run ended too early"
    );
    child.kill().unwrap();
    child.wait().unwrap();
    let people = fs::read_to_string(env.path("people.csv")).unwrap();
    env.write("people.csv", people.replace("person00001@", "another00001@"));
    env.apply().exits(0);
    env.verb("status", &[]).exits(0).says("superseded");
    let list = env.verb("members", &["--format", "csv"]).exits(0);
    assert!(list.stdout.contains("another00001@"));
    env.verb("plan", &["--detailed-exitcode"]).exits(0);
    no_effect_is_doubled(&env.site());
}
