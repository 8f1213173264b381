//! The worked example from the first plan to the last comparison, through the real command.

use std::fs;

use rehome::systems::local::DOUBLED_EFFECTS_SQL;
use rusqlite::Connection;

use crate::env::TestEnv;

/// Address and attribute of every effect that was written to the site twice.
pub(crate) fn doubled_effects(site: &Connection) -> Vec<(String, String)> {
    let mut query = site.prepare(DOUBLED_EFFECTS_SQL).unwrap();
    let rows = query.query_map([], |row| Ok((row.get(1)?, row.get(2)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// No effect was written to the site twice.
#[track_caller]
pub(crate) fn no_effect_is_doubled(site: &Connection) {
    assert_eq!(doubled_effects(site), []);
}

#[test]
fn lumen_moves_once_and_then_there_is_nothing_left_to_do() {
    let env = TestEnv::lumen();
    env.verb("plan", &[]).exits(0).first_lines(110).is("lumen-plan");
    env.apply()
        .exits(0)
        .only(&["Run 1", "Verified"])
        .prints(r"
        $ rehome apply lumen.toml --yes --waves off
        [...]
        Run 1: complete. 1,664 of 1,664 members done, 0 failed, 0 blocked.
        Verified by reading everything back: 1,664 members compared, 1,664 up to date, 0 different, 0 not compared because they failed or were blocked.
        [EOF, exit status 0]
        ");
    env.verb("plan", &["--summary"])
        .exits(0)
        .only(&["Nothing to do"])
        .prints(
            r"
        $ rehome plan lumen.toml --summary
        [...]
        Nothing to do.
        [EOF, exit status 0]
        ",
        );
    env.verb("plan", &["--detailed-exitcode"])
        .exits(0)
        .says("Nothing to do.");
    env.apply()
        .exits(0)
        .says("Nothing to do: everything is up to date.");
    env.verb("status", &[]).exits(0).is("lumen-status");
    env.verb("log", &[]).exits(0).prints(
        r"
    $ rehome log lumen.toml
    [TIME]  run 1 begins (plan, [DIR]/state/rehome/lumen/default/[HASH]/changes/[HASH].changes)
    [TIME]  run 1 ends (done): complete
    [EOF, exit status 0]
    ",
    );
    env.verb("verify", &[]).exits(0).prints(r"
    $ rehome verify lumen.toml
    Run 1. Verified by reading everything back: 1,664 members compared, 1,664 up to date, 0 different, 0 not compared because they failed or were blocked.
    Compared with the plan and its exports as they are now: 1,664 members, 0 different, 0 in conflict or blocked.
    Check a few yourself: can they log in, and do they see what they should?
      malik.orlova@north.example, logs in as malik.orlova@north.example, sees darkroom
      vera.orlova@north.example, logs in as vera.orlova@north.example, sees club
      sanna.weber@north.example, logs in as sanna.weber@north.example, sees club
      hamid.gutierrez@harbour.example, logs in as hamid.gutierrez@harbour.example, sees darkroom
      lena.marchetti+photo@example.com, logs in as lena.marchetti-photo@example.com, sees photo-101
      lucia.popescu@atelier.example, logs in as lucia.popescu@atelier.example, sees darkroom
      ivo.popescu@kestrel.example, logs in as ivo.popescu@kestrel.example, sees darkroom
      says.perhaps@example.org, logs in as says.perhaps@example.org, sees photo-101
      giulia.rahman@harbour.example, logs in as giulia.rahman@harbour.example, sees photo-101, light, complete
      yara.delgado@atelier.example, logs in as yara.delgado@atelier.example, sees photo-101
    [EOF, exit status 0]
    ");
    no_effect_is_doubled(&env.site());
}

#[test]
fn the_members_of_lumen_are_as_many_as_the_example_says() {
    let env = TestEnv::lumen();
    env.apply().exits(0);
    let expected: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(env.path("expected.json")).unwrap()).unwrap();
    let expected = &expected["exports"];
    let list = env.verb("members", &["--format", "json"]).exits(0).json();
    assert_eq!(list["version"], 1);
    let members = list["members"].as_array().unwrap();
    let users = members.iter().filter(|one| one["user"] == true).count();
    assert_eq!(expected["users"], users);
    assert_eq!(expected["contacts_only"], members.len() - users);
    for (key, counts) in expected["offerings"].as_object().unwrap() {
        let holders = members.iter().filter(|one| {
            one["offerings"]
                .as_array()
                .unwrap()
                .iter()
                .any(|held| held == key)
        });
        assert_eq!(counts["granted"], holders.count(), "{key}");
    }
    let opted_out = members.iter().filter(|one| one["opted_out"] == true).count();
    assert_eq!(expected["opted_out_wanted"], opted_out);
    let csv = env.verb("members", &["--format", "csv"]).exits(0);
    assert_eq!(csv.stdout.lines().count(), members.len() + 1);
}

#[test]
fn plan_leaves_nothing_behind() {
    let env = TestEnv::lumen();
    let before = env.listing();
    env.verb("plan", &["--full"]).exits(0);
    env.verb("members", &[]).exits(0);
    env.verb("check", &[]).exits(0);
    assert!(before == env.listing(), "a first plan changed a file");
    env.apply().exits(0);
    env.the_later_exports_arrive();
    let before = env.listing();
    env.verb("plan", &["--full"]).exits(0);
    env.verb("members", &[]).exits(0);
    env.verb("status", &[]).exits(0);
    env.verb("log", &[]).exits(0);
    let after = env.listing();
    for (path, stat) in &before {
        assert!(after.get(path) == Some(stat), "{} changed", path.display());
    }
    for path in after.keys() {
        assert!(before.contains_key(path), "{} is new", path.display());
    }
}
