//! Change sets kept in files: applied later, twice, too late, on another site.

use std::fs;

use crate::{
    env::{SMALL, TestEnv},
    whole_way::no_effect_is_doubled,
};

const THREE: [&str; 3] = [
    "ana@example.com,,Moll,Course,",
    "bo@example.com,Bo,Sund,Course,",
    "cy@example.com,Cy,Tan,\"Course, Club\",active",
];

#[test]
fn a_change_set_is_applied_without_its_sources_and_only_once() {
    let env = TestEnv::small(&THREE);
    env.verb("plan", &["--out", "a.changes"])
        .exits(0)
        .only(&["Members by action"])
        .prints(
            r"
        $ rehome plan plan.toml --out a.changes
        [...]
        Members by action: 9 items to create first; 3 create, 3 link, 3 add-tag.
        stderr: Next: rehome apply a.changes
        [EOF, exit status 0]
        ",
        );
    fs::remove_file(env.path("people.csv")).unwrap();
    env.run(&["apply", "a.changes", "--yes"])
        .exits(0)
        .only(&["Run 1", "Verified"])
        .prints(r"
        $ rehome apply a.changes --yes
        [...]
        Run 1: complete. 3 of 3 members done, 0 failed, 0 blocked.
        Verified by reading everything back: 3 members compared, 3 up to date, 0 different, 0 not compared because they failed or were blocked.
        stderr: The change set was computed less than an hour ago. Members who have changed on the site since then are blocked and named.
        [EOF, exit status 0]
        ");
    env.run(&["apply", "a.changes", "--yes"])
        .exits(0)
        .says("Nothing to do");
    no_effect_is_doubled(&env.site());
    env.write_people(&THREE);
    env.verb("plan", &["--detailed-exitcode"]).exits(0);
}

#[test]
fn a_change_set_of_another_site_is_refused() {
    let env = TestEnv::small(&THREE);
    env.apply().exits(0);
    env.write_people(&["dan@example.com,Dan,Ek,Course,"]);
    env.verb("plan", &["--out", "a.changes"]).exits(0);
    fs::remove_file(env.path("site.sqlite")).unwrap();
    env.run(&["apply", "a.changes", "--yes"])
        .exits(5)
        .prints(r"
        $ rehome apply a.changes --yes
        stderr: error: The change set was computed for another system than the one at [DIR]/plans/site.sqlite: then its id was [HASH], now there is none. Compute it again with `rehome plan`
        [EOF, exit status 5]
        ");
    assert!(!env.path("site.sqlite").exists());
    env.write("other.toml", SMALL.replace("\"small\"", "\"other\""));
    env.run(&["apply", "other.toml", "--yes"]).exits(0);
    let before = fs::read(env.path("site.sqlite")).unwrap();
    env.run(&["apply", "a.changes", "--yes"])
        .exits(5)
        .prints(r"
        $ rehome apply a.changes --yes
        stderr: error: The change set was computed for another system than the one at [DIR]/plans/site.sqlite: then its id was [HASH], now it is [HASH]. Compute it again with `rehome plan`
        [EOF, exit status 5]
        ");
    assert!(before == fs::read(env.path("site.sqlite")).unwrap());
}

#[test]
fn a_member_who_moved_meanwhile_is_held_back_and_the_others_go_on() {
    let env = TestEnv::small(&THREE);
    env.apply().exits(0);
    env.write_people(&[
        "ana@example.com,Ana,Moll,\"Course, VIP\",",
        "bo@example.com,Bo,Sund,\"Course, VIP\",",
        "dan@example.com,Dan,Ek,Course,",
    ]);
    env.verb("plan", &["--out", "a.changes"]).exits(0);
    env.on_the_site(
        "UPDATE users SET first_name = 'Anna' WHERE email = 'ana@example.com';
         UPDATE contacts SET first_name = 'Anna' WHERE email = 'ana@example.com';",
    );
    env.run(&["apply", "a.changes", "--yes", "--waves", "off"])
        .exits(3)
        .only(&["Run 2", "Verified"])
        .prints(r#"
        $ rehome apply a.changes --yes --waves off
        [...]
        Run 2: finished, but some members failed or were blocked. 2 of 3 members done, 0 failed, 1 blocked.
          1 member: first name is now "Anna", and was blank when the difference was computed
            ana@example.com: first name is now "Anna", and was blank when the difference was computed
        Verified by reading everything back: 2 members compared, 2 up to date, 0 different, 1 not compared because they failed or were blocked.
        stderr: The change set was computed less than an hour ago. Members who have changed on the site since then are blocked and named.
        stderr: To see what is left: rehome plan PLAN
        [EOF, exit status 3]
        "#);
    let list = env.verb("members", &["--format", "json"]).exits(0).json();
    let held = |email: &str| {
        let member = list["members"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["email"] == email);
        let tags = member.map(|one| one["tags"].to_string()).unwrap_or_default();
        (member.is_some(), tags.contains("VIP"))
    };
    assert_eq!(
        held("ana@example.com"),
        (true, false),
        "a member who moved was written"
    );
    assert_eq!(held("bo@example.com"), (true, true));
    assert_eq!(held("dan@example.com"), (true, false));
    env.verb("status", &[]).exits(0).says("ana@example.com");
    // A new plan sees the member as it is now.
    env.apply().exits(0);
    env.verb("plan", &["--detailed-exitcode"]).exits(0);
    no_effect_is_doubled(&env.site());
}

#[test]
fn too_many_who_moved_stop_the_run() {
    let env = TestEnv::crowd(200);
    env.apply().exits(0);
    let rows: Vec<String> = (0..200)
        .map(|at| format!("person{at:05}@example.com,First{at},Last{at},\"Course, VIP\","))
        .collect();
    env.change_plan("[tags.vip]", "[policy]\nexisting_fields = \"overwrite\"\n[policy.limits]\nupdates = \"100%\"\nlost_access = 200\n\n[tags.vip]");
    let renamed: Vec<String> = rows.iter().map(|row| row.replace("First", "Second")).collect();
    env.write_people(&renamed.iter().map(String::as_str).collect::<Vec<_>>());
    env.verb("plan", &["--out", "a.changes"]).exits(0);
    env.on_the_site("UPDATE users SET first_name = 'Moved'; UPDATE contacts SET first_name = 'Moved';");
    env.run(&["apply", "a.changes", "--yes"])
        .exits(5)
        .only(&["Run 2"])
        .first_lines(6)
        .prints(r#"
        $ rehome apply a.changes --yes
        [...]
        Run 2: too many members were changed since the difference was computed. 0 of 200 members done, 0 failed, 111 blocked.
          1 member: first name is now "Moved", and was "First0" when the difference was computed
          1 member: first name is now "Moved", and was "First1" when the difference was computed
          1 member: first name is now "Moved", and was "First10" when the difference was computed
          1 member: first name is now "Moved", and was "First100" when the difference was computed
        [26 more lines]
        stderr: The change set was computed less than an hour ago. Members who have changed on the site since then are blocked and named.
        stderr: Stopping: too many members were changed since the difference was computed
        stderr: To see what is left: rehome plan PLAN
        [EOF, exit status 5]
        "#);
    let moved: i64 = env
        .site()
        .query_row(
            "SELECT count(*) FROM users WHERE first_name = 'Moved'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(moved, 200);
}

#[test]
fn a_change_set_gone_on_with_after_the_plan_changed_is_superseded() {
    let env = TestEnv::small(&THREE);
    env.verb("plan", &["--out", "old.changes"]).exits(0);
    env.apply().exits(0);
    env.on_the_site("DELETE FROM holdings WHERE granted_by = 'small'");
    env.run(&["apply", "old.changes", "--yes"])
        .prints(r"
        $ rehome apply old.changes --yes
        stderr: error: The change set was computed for another system than the one at [DIR]/plans/site.sqlite: then there was none, now it is [HASH]. Compute it again with `rehome plan`
        [EOF, exit status 5]
        ");
}

#[test]
fn files_that_are_no_change_sets_are_told_apart() {
    let env = TestEnv::small(&THREE);
    env.verb("plan", &["--out", "whole.changes"]).exits(0);
    let whole = fs::read(env.path("whole.changes")).unwrap();
    env.write("half.changes", &whole[..whole.len() / 2]);
    env.run(&["apply", "half.changes", "--yes"])
        .exits(1)
        .prints(r"
        $ rehome apply half.changes --yes
        stderr: error: half.changes is damaged: it was truncated: 10264 of 20528 bytes are present; compute it again with `rehome plan PLAN --out FILE`
        [EOF, exit status 1]
        ");
    env.write("short.changes", &whole[..600]);
    env.run(&["apply", "short.changes", "--yes"])
        .exits(1)
        .prints(r"
        $ rehome apply short.changes --yes
        stderr: error: short.changes is damaged: it was truncated: 600 of 20528 bytes are present; compute it again with `rehome plan PLAN --out FILE`
        [EOF, exit status 1]
        ");
    let mut garbage = whole.clone();
    for byte in &mut garbage[100..] {
        *byte = byte.wrapping_mul(7).wrapping_add(3);
    }
    env.write("garbage.changes", garbage);
    env.run(&["apply", "garbage.changes", "--yes"])
        .exits(1)
        .prints(r"
        $ rehome apply garbage.changes --yes
        stderr: error: garbage.changes is damaged: its checksum does not match: it was changed since it was written; compute it again with `rehome plan PLAN --out FILE`
        [EOF, exit status 1]
        ");
    rusqlite::Connection::open(env.path("other.changes"))
        .unwrap()
        .execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1);")
        .unwrap();
    env.run(&["apply", "other.changes", "--yes"])
        .exits(1)
        .prints(r"
        $ rehome apply other.changes --yes
        stderr: error: other.changes is not a change set: it is another program's database; make one with `rehome plan PLAN --out FILE`
        [EOF, exit status 1]
        ");
    env.run(&["apply", "whole.changes", "--yes", "--env", "x"])
        .exits(64);
    env.run(&["apply", "none.changes", "--yes"]).exits(1);
    assert!(
        !env.path("site.sqlite").exists(),
        "a wrong change set made a site"
    );
}

/// The same change set with some SQL applied and a checksum of its own, as somebody hostile can make it.
fn altered(env: &TestEnv, whole: &[u8], sql: &str) {
    env.write("altered.changes", &whole[..whole.len() - 48]);
    let path = env.path("altered.changes");
    let file = rusqlite::Connection::open(&path).unwrap();
    file.execute_batch(sql).unwrap();
    drop(file);
    let mut bytes = fs::read(&path).unwrap();
    let (length, hash) = (bytes.len() as u64, blake3::hash(&bytes));
    bytes.extend_from_slice(b"rehome\xffC");
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(hash.as_bytes());
    env.write("altered.changes", bytes);
}

#[test]
fn a_flipped_byte_anywhere_in_a_change_set_is_noticed_and_so_is_a_longer_or_shorter_one() {
    let env = TestEnv::small(&THREE);
    env.verb("plan", &["--out", "whole.changes"]).exits(0);
    let whole = fs::read(env.path("whole.changes")).unwrap();
    for step in 0..60 {
        let at = step * (whole.len() - 1) / 59;
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        env.write("damaged.changes", damaged);
        env.run(&["apply", "damaged.changes", "--yes"]).exits(1);
    }
    for (name, bytes) in [
        ("grown", [&whole[..], b"x"].concat()),
        ("truncated", whole[..whole.len() - 1].to_vec()),
        ("truncated", whole[..whole.len() - 48].to_vec()),
    ] {
        env.write("other.changes", bytes);
        env.run(&["apply", "other.changes", "--yes"]).exits(1).says(name);
    }
    assert!(!env.path("site.sqlite").exists());
    assert!(!env.state().exists(), "nothing is created before the answer");
}

#[test]
fn a_change_set_of_an_older_format_is_named_as_such() {
    let env = TestEnv::small(&THREE);
    env.verb("plan", &["--out", "whole.changes"]).exits(0);
    let whole = fs::read(env.path("whole.changes")).unwrap();
    altered(&env, &whole, "PRAGMA user_version = 0");
    env.run(&["apply", "altered.changes", "--yes"])
        .exits(1)
        .says("has a format before 4");
    altered(&env, &whole, "PRAGMA user_version = 9");
    env.run(&["apply", "altered.changes", "--yes"])
        .exits(1)
        .says("has format 9, and this Rehome reads format 4");
}

#[test]
fn a_summary_that_hides_what_the_rows_do_is_refused_whatever_its_checksum_says() {
    let env = TestEnv::small(&THREE);
    env.apply().exits(0);
    env.write_people(&["bo@example.com,Bo,Sund,Course,"]);
    env.change_plan(
        "[tags.vip]",
        "[policy.limits]\nlost_access = 5\nupdates = \"100%\"\n\n[tags.vip]",
    );
    env.change_plan("profile = ", "complete = true\ngone = \"revoke\"\nprofile = ");
    env.verb("plan", &["--out", "whole.changes"])
        .exits(0)
        .says("LOSE ACCESS");
    let whole = fs::read(env.path("whole.changes")).unwrap();
    let difference = |path: &str, value: &str| {
        format!("UPDATE difference SET json = json_set(json, '$.{path}', json('{value}'))")
    };
    for sql in [
        difference("totals.counts.lose", "0"),
        difference("named.losers", "[]"),
        difference("totals.actions", "{}"),
        difference("offerings[0].lose", "0"),
        difference("offerings[0].gain", "7"),
        difference("changes.by_shape[0].count", "9"),
        "UPDATE members SET loses = '' WHERE loses <> ''".to_owned(),
        "UPDATE members SET loses = '99' WHERE loses <> ''".to_owned(),
        "UPDATE members SET email = 'zoe@example.com' WHERE n = 1".to_owned(),
        "DELETE FROM members WHERE n = (SELECT max(n) FROM members)".to_owned(),
        "DELETE FROM work".to_owned(),
    ] {
        altered(&env, &whole, &sql);
        let ran = env.run(&["apply", "altered.changes", "--yes"]);
        assert_eq!(ran.code, Some(1), "{sql}: {ran}");
        ran.says("is damaged");
    }
    // A limit counts whatever the file says of refusals.
    altered(
        &env,
        &whole,
        "UPDATE header SET json = json_set(json, '$.limits.lost_access', 0)",
    );
    env.run(&["apply", "altered.changes", "--yes"]).exits(4);
    for (path, value) in [
        ("targets.migration", "../../../tmp/x"),
        ("targets.migration", ""),
        ("targets.environment", "../x"),
    ] {
        let sql = format!("UPDATE header SET json = json_set(json, '$.{path}', '{value}')");
        altered(&env, &whole, &sql);
        env.run(&["apply", "altered.changes", "--yes"])
            .exits(64)
            .says("is not the name of a migration or an environment");
    }
}

#[test]
fn no_single_damaged_byte_of_a_change_set_ends_in_a_panic() {
    let env = TestEnv::small(&THREE);
    env.verb("plan", &["--out", "whole.changes"]).exits(0);
    let whole = fs::read(env.path("whole.changes")).unwrap();
    for step in 0..40 {
        let at = 16 + step * (whole.len() - 16) / 40;
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        env.write("damaged.changes", damaged);
        let ran = env.run(&["apply", "damaged.changes", "--yes"]);
        assert!(ran.code.is_some(), "byte {at}: {ran}");
        let _ = fs::remove_file(env.path("site.sqlite"));
        let _ = fs::remove_dir_all(env.state());
    }
}

/// The small plan with a contact system whose token is in a variable.
const CRM: &str = "[contacts]\nsystem = \"simulated\"\nurl = \"http://127.0.0.1:9\"\ntoken = { env = \"PRACTICE_TOKEN\" }\n";

/// A change set that asks for a secret for an address, made from one that asks for none.
fn with_contacts(env: &TestEnv, secret: &str) {
    env.verb("plan", &["--out", "whole.changes"]).exits(0);
    let whole = fs::read(env.path("whole.changes")).unwrap();
    let contacts = format!(
        r#"{{"external":{{"system":"simulated","title":"the practice CRM","url":"http://127.0.0.1:9","secrets":{{"token":{secret}}},"share_permille":1000,"plugin_word":"simulated"}}}}"#
    );
    let sql = format!("UPDATE header SET json = json_set(json, '$.targets.contacts', json('{contacts}'))");
    altered(env, &whole, &sql);
}

#[test]
fn a_change_set_of_somebody_else_gets_no_secret_that_no_plan_here_sends_there() {
    let env = TestEnv::small(&THREE);
    for (secret, why) in [
        (r#"{"env":"HOME"}"#, "no plan on this machine uses these secrets"),
        (r#"{"file":"/etc/hostname"}"#, "asks for the file /etc/hostname"),
        (r#"{"file":"people.csv"}"#, "asks for the file people.csv"),
        (r#"{"file":"../plans/people.csv"}"#, "asks for the file"),
    ] {
        with_contacts(&env, secret);
        let ran = env.run(&["apply", "altered.changes", "--yes"]);
        assert_eq!(ran.code, Some(1), "{ran}");
        let said = ran.to_string();
        assert!(
            said.contains("http://127.0.0.1:9"),
            "the address is shown: {said}"
        );
        assert!(said.contains(why), "{said}");
        assert!(
            !env.state().exists() && !env.path("site.sqlite").exists(),
            "{said}"
        );
    }
    // Without --yes and without a terminal nothing is agreed to either.
    with_contacts(&env, r#"{"env":"HOME"}"#);
    env.run(&["apply", "altered.changes"])
        .exits(1)
        .says("the environment variable HOME");
    assert!(!env.state().exists());
}

#[test]
fn a_secret_that_a_plan_here_sends_to_that_address_is_used_without_a_question() {
    let env = TestEnv::small(&THREE);
    with_contacts(&env, r#"{"env":"PRACTICE_TOKEN"}"#);
    env.change_plan("[contacts]\nsystem = \"managed\"\n", CRM);
    // It goes as far as asking for the secret, which is not set.
    env.run(&["apply", "altered.changes", "--yes"])
        .exits(1)
        .says("Cannot read the secret from the environment variable PRACTICE_TOKEN: it is not set");
}
