//! Names change: keys of the plan, the migration's own, the folder. What the site remembers is found or told.

use crate::{
    env::TestEnv,
    support::plan::{PlanBuilder, plan},
};

const ROWS: &str = "ID,Email,First\n1,ana@example.com,Ana\n2,bo@example.com,Bo\n";

/// Both in the club, by a source with keys of people.
fn keyed(migration: &str, source: &str) -> PlanBuilder {
    plan(migration)
        .offering("club", "Club")
        .table(source, "people.csv")
        .columns("first_name = \"First\"")
        .toml("key = \"ID\"")
        .each_row("grant = \"club\"")
}

/// A plan with an email; `key` and `was` of it.
fn emailed(key: &str, was: &str) -> String {
    let text = plan("move").offering("club", "Club").text();
    format!(
        "{text}\n[emails.{key}]\n{was}for = [\"club\"]\nvia = \"file\"\nsubject = \"Welcome\"\nbody = \"w.md\"\n\
         [sources.people]\nprofile = \"table\"\nfile = \"people.csv\"\ncolumns = {{ email = \"Email\" }}\n\
         each_row = {{ grant = \"club\" }}\n"
    )
}

fn count(env: &TestEnv, sql: &str) -> i64 {
    env.site().query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn what_another_migration_made_is_refused_by_name_unless_it_is_taken_over() {
    let env = keyed("photo", "people").env().and_file("people.csv", ROWS);
    env.apply().exits(0);
    let books = keyed("books", "readers")
        .text()
        .replace("\"Club\"", "\"Book Club\"");
    env.write("plan.toml", &books);
    env.verb("plan", &[])
        .exits(1)
        .says("error[D019]: the offering `club` (`Club`) on the site belongs to the migration `photo`")
        .says("in [offerings.club]: takes_over = \"photo\"");
    env.apply().exits(1).says("D019");
    assert_eq!(
        count(&env, "SELECT count(*) FROM offerings WHERE name = 'Club'"),
        1
    );
    // A tag of it, given by a map or under another offering.
    let tag = keyed("books", "readers")
        .text()
        .replace("[offerings.club]", "[offerings.books]");
    env.write("plan.toml", tag.replace("grant = \"club\"", "grant = \"books\""));
    env.verb("plan", &[])
        .exits(1)
        .says("the tag `Club` of the offering `books` on the site belongs to the migration `photo`");
    let taken = books.replace(
        "name = \"Book Club\"",
        "name = \"Book Club\"\ntakes_over = \"photo\"",
    );
    env.write("plan.toml", &taken);
    // The two of the other plan count.
    env.verb("plan", &[])
        .exits(0)
        .says("name \"Club\" -> \"Book Club\"");
}

#[test]
fn a_renamed_migration_is_refused_until_it_says_what_it_was_called() {
    let revoking = |name: &str| {
        let text = keyed(name, "people").text();
        text.replace("key = \"ID\"", "key = \"ID\"\ncomplete = true\ngone = \"revoke\"")
            + "[policy.limits]\nlost_access = 1\n"
    };
    let env = TestEnv::with_plan(&revoking("move")).and_file("people.csv", ROWS);
    env.apply().exits(0);
    env.write("people.csv", "ID,Email,First\n1,ana@example.com,Ana\n");
    env.write("plan.toml", revoking("move-2026"));
    env.verb("plan", &[])
        .exits(1)
        .says("in [migration]: was = [\"move\"]");
    let named =
        revoking("move-2026").replace("name = \"move-2026\"", "name = \"move-2026\"\nwas = [\"move\"]");
    env.write("plan.toml", named);
    // Its runs are found, and so is what it granted.
    env.verb("status", &[]).exits(0).says("had another name or place");
    env.apply().exits(0).says("1 member LOSES ACCESS");
    env.verb("verify", &[]).exits(0);
    env.verb("undo", &["--yes"]).exits(0);
}

#[test]
fn a_renamed_source_is_told_and_kept_with_was() {
    let env = keyed("move", "people").env().and_file("people.csv", ROWS);
    env.apply().exits(0);
    env.change_file("people.csv", "ana@example.com", "ana.new@example.com");
    env.write("plan.toml", keyed("move", "members").text());
    env.verb("plan", &[])
        .says("warning[D020]: the site has keys of the source `people`, which the plan does not contain")
        .says("[sources.members]: was = \"people\"");
    env.change_plan("key = \"ID\"", "key = \"ID\"\nwas = \"people\"");
    env.verb("plan", &["--accept", "renames", "--details"])
        .never_says("D020")
        .says("ana@example.com");
    env.verb("apply", &["--yes", "--accept", "renames"]).exits(0);
    assert_eq!(count(&env, "SELECT count(*) FROM users"), 2);
    assert_eq!(
        count(&env, "SELECT count(*) FROM source_keys WHERE source = 'people'"),
        2
    );
}

#[test]
fn a_renamed_offering_is_told_and_kept_with_was() {
    let env = keyed("move", "people").env().and_file("people.csv", ROWS);
    env.apply().exits(0);
    env.change_plan("[offerings.club]", "[offerings.society]");
    env.change_plan("grant = \"club\"", "grant = \"society\"");
    env.verb("plan", &[])
        .says("the site has the offering `club` (`Club`), which the plan does not contain")
        .says("[offerings.society]: was = \"club\"");
    env.change_plan("name = \"Club\"", "name = \"Club\"\nwas = \"club\"");
    env.apply()
        .exits(0)
        .says("Nothing to do: everything is up to date.");
    assert_eq!(count(&env, "SELECT count(*) FROM offerings"), 1);
}

#[test]
fn a_renamed_email_is_told_before_it_is_sent_again_and_kept_with_was() {
    let env = TestEnv::with_plan(&emailed("welcome", "")).and_file("people.csv", ROWS);
    env.write("w.md", "Hello\n");
    env.apply().exits(0);
    let mails = env.path("mails").to_str().unwrap().to_owned();
    env.verb("invite", &["--yes", "--out", &mails])
        .exits(0)
        .says("2 written");
    env.write("plan.toml", emailed("hello", ""));
    env.verb("plan", &[]).says("[emails.hello]: was = \"welcome\"");
    env.verb("invite", &["--out", &mails])
        .says("2 people were emailed under the key \"welcome\"")
        .says("[emails.hello]: was = \"welcome\"");
    env.write("plan.toml", emailed("hello", "was = \"welcome\"\n"));
    env.verb("invite", &["--yes", "--out", &mails, "--email", "hello"])
        .exits(0)
        .never_says("emailed under the key")
        .says("2 already");
}

#[test]
fn the_runs_of_a_moved_folder_are_found_by_the_id_of_the_site() {
    let env = keyed("move", "people").env().and_file("people.csv", ROWS);
    env.apply().exits(0);
    let new = env.path("elsewhere");
    std::fs::create_dir(&new).unwrap();
    for name in ["plan.toml", "people.csv", "site.sqlite"] {
        std::fs::rename(env.path(name), new.join(name)).unwrap();
    }
    let moved = new.join("plan.toml").to_str().unwrap().to_owned();
    for verb in ["status", "verify"] {
        env.run(&[verb, &moved])
            .exits(0)
            .says("had another name or place");
    }
    env.run(&["undo", &moved, "--yes"]).exits(0);
    let site = rusqlite::Connection::open(new.join("site.sqlite")).unwrap();
    let held: i64 = site
        .query_row("SELECT count(*) FROM holdings", [], |row| row.get(0))
        .unwrap();
    assert_eq!(held, 0);
}

#[test]
fn a_copy_of_a_site_does_not_take_the_runs_of_the_original() {
    let env = keyed("move", "people").env().and_file("people.csv", ROWS);
    env.apply().exits(0);
    let new = env.path("copy");
    std::fs::create_dir(&new).unwrap();
    for name in ["plan.toml", "people.csv", "site.sqlite"] {
        std::fs::copy(env.path(name), new.join(name)).unwrap();
    }
    let copy = new.join("plan.toml").to_str().unwrap().to_owned();
    env.run(&["undo", &copy, "--yes"])
        .exits(1)
        .says("No run of this plan was found in")
        .says("this site is a copy of it");
    env.verb("verify", &[]).exits(0);
}

#[test]
fn two_entries_cannot_have_one_key_on_the_site() {
    let text = keyed("move", "people").offering("society", "Society").text();
    let env = TestEnv::with_plan(&text.replace("name = \"Society\"", "name = \"Society\"\nwas = \"club\""))
        .and_file("people.csv", ROWS);
    env.verb("plan", &[])
        .exits(1)
        .says("`club` is also the key of [club]");
}

#[test]
fn the_limits_of_the_real_site_apply_to_its_rehearsal() {
    let long = "ü".repeat(96);
    let text = keyed("move", "people")
        .text()
        .replace("\"Club\"", &format!("\"{long}\""));
    let env = TestEnv::with_plan(&text).and_file("people.csv", ROWS);
    env.verb("plan", &[]).exits(0);
    env.change_plan(
        "path = \"site.sqlite\"",
        "path = \"site.sqlite\"\nlike = \"wordpress\"",
    );
    env.verb("plan", &[]).exits(1).says(&format!(
        "the name of the tag \"{long}\" has 192 bytes, and the site takes at most 190"
    ));
    let longer = "ü".repeat(251);
    let tags = "tags = { base = \"Club\", instant = false, revoke = false }";
    env.change_plan(&format!("\"{long}\""), &format!("\"{longer}\"\n{tags}"));
    env.verb("plan", &[])
        .exits(1)
        .says("has 502 bytes, and the site takes at most 500");
    env.change_plan("like = \"wordpress\"", "");
    env.apply().exits(0);
}

#[test]
fn one_process_writes_to_a_contact_system_at_a_time_whatever_its_plan() {
    let folder = tempfile::tempdir().unwrap();
    let practice = crate::practice::Practice::serve(folder.path(), 0);
    let env = plan("move")
        .practice_crm(&practice.address)
        .offering("club", "Club")
        .table("people", "people.csv")
        .each_row("grant = \"club\"")
        .env()
        .and_file("people.csv", ROWS);
    let apply = || {
        let mut command = env.command(&["apply", "plan.toml", "--yes"]);
        let output = command
            .env(crate::practice::TOKEN, crate::practice::SECRET)
            .output()
            .unwrap();
        env.ran("apply", &output)
    };
    apply().exits(6);
    let mut locks = std::fs::read_dir(env.state().join("rehome/locks")).unwrap();
    let lock = std::fs::File::open(locks.next().unwrap().unwrap().path()).unwrap();
    lock.lock().unwrap();
    // Another plan, for another site and with another state, but for the same account.
    env.change_plan("name = \"move\"", "name = \"other\"");
    env.change_plan("site.sqlite", "other.sqlite");
    apply().exits(1).says("Another Rehome process is writing to");
    drop(lock);
    apply().exits(6);
}
