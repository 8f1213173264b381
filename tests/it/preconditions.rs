//! What happened on the site between a difference and its run: whoever it concerns is blocked and named.

use crate::env::TestEnv;

const PLAN: &str = r#"
[migration]
name = "move"
as_of = 2026-11-16
[site]
kind = "local"
path = "site.sqlite"
[contacts]
system = "managed"
[policy.limits]
lost_access = 9
updates = "100%"
[offerings.club]
name = "Club"
[offerings.photo]
name = "Photo"
[sources.people]
profile = "table"
file = "people.csv"
columns = { email = "Email", first_name = "First" }
[sources.people.map.Product]
"Club" = { grant = "club", when = { Status = ["active"] }, otherwise = "revoke" }
"Both" = { grant = ["club", "photo"] }
"#;

/// Three with the club, applied.
fn club() -> TestEnv {
    let env = TestEnv::with_plan(&PLAN.replace("\"Both\" = { grant = [\"club\", \"photo\"] }\n", "")).and_file(
        "people.csv",
        "Email,First,Product,Status\nada@example.com,Ada,Club,active\nbo@example.com,Bo,Club,active\ncy@example.com,Cy,Club,active\n",
    );
    env.apply().exits(0);
    env
}

/// The change set that takes the club from all three.
fn all_revoked(env: &TestEnv) -> String {
    env.change_file("people.csv", "Ada,Club,active", "Ada,Club,ended");
    env.change_file("people.csv", "Bo,Club,active", "Bo,Club,ended");
    env.change_file("people.csv", "Cy,Club,active", "Cy,Club,ended");
    let file = env.path("saved.changes").to_str().unwrap().to_owned();
    env.verb("plan", &["--out", &file])
        .exits(0)
        .says("3 members LOSE ACCESS");
    file
}

fn has_tag(env: &TestEnv, email: &str, tag: &str) -> bool {
    let sql = "SELECT 1 FROM contacts c JOIN holdings h ON h.contact = c.id JOIN tags t ON t.id = h.tag
               WHERE c.email = ?1 AND t.name = ?2";
    env.site().prepare(sql).unwrap().exists([email, tag]).unwrap()
}

#[test]
fn whoever_bought_meanwhile_keeps_it_and_is_named() {
    let env = club();
    let file = all_revoked(&env);
    env.on_the_site(
        "UPDATE holdings SET granted_by = 'shop' WHERE contact = (SELECT id FROM contacts WHERE email = 'bo@example.com')",
    );
    env.run(&["apply", &file, "--yes"])
        .exits(3)
        .says("bo@example.com: the tag \"Club\" is now from \"shop\", not from this migration");
    assert!(!has_tag(&env, "bo@example.com", "Club (revoked)"));
    assert!(has_tag(&env, "ada@example.com", "Club (revoked)"));
    // As when the difference is computed afterwards.
    env.verb("plan", &[]).says("not-ours");
}

#[test]
fn whose_user_was_deleted_or_unlinked_is_blocked_and_named() {
    let env = club();
    let file = all_revoked(&env);
    env.on_the_site("DELETE FROM users WHERE email = 'ada@example.com'");
    env.on_the_site("UPDATE users SET contact = NULL WHERE email = 'bo@example.com'");
    env.run(&["apply", &file, "--yes"])
        .exits(3)
        .says("ada@example.com: the user no longer exists")
        .says("bo@example.com: the user is linked to no contact now");
    assert!(!has_tag(&env, "ada@example.com", "Club (revoked)"));
    assert!(!has_tag(&env, "bo@example.com", "Club (revoked)"));
    assert!(has_tag(&env, "cy@example.com", "Club (revoked)"));
}

#[test]
fn undo_does_not_take_what_somebody_else_gave_meanwhile() {
    let env = club();
    env.change_plan(
        "[sources.people]",
        "[checkpoints.look]\nsay = \"look\"\nbefore = \"contacts\"\n[sources.people]",
    );
    env.on_the_site("UPDATE holdings SET granted_by = 'shop' WHERE contact = (SELECT id FROM contacts WHERE email = 'cy@example.com')");
    env.verb("undo", &["--yes"])
        .exits(3)
        .says("cy@example.com: changed since Rehome wrote it; left alone (changed-since)");
    assert!(has_tag(&env, "cy@example.com", "Club") && !has_tag(&env, "bo@example.com", "Club"));
}

#[test]
fn an_email_whose_text_differs_is_a_change() {
    let env = club();
    let email =
        "[emails.hello]\nsubject = \"Wellcome\"\nbody = \"hello.md\"\nfor = [\"club\"]\nvia = \"file\"\n";
    env.write("hello.md", "Hello {{ member.first_name }}\n");
    env.change_plan("[sources.people]", &format!("{email}[sources.people]"));
    env.apply().exits(0).says("email hello (created, not sent)");
    env.change_plan("Wellcome", "Welcome");
    env.verb("plan", &[])
        .says("~ email hello: subject \"Wellcome\" -> \"Welcome\" (changed, not sent)");
    env.apply().exits(0);
    env.apply()
        .exits(0)
        .says("Nothing to do: everything is up to date.");
    env.verb("undo", &["--yes"]).exits(0);
    let subject: String = env
        .site()
        .query_row("SELECT subject FROM emails", [], |row| row.get(0))
        .unwrap();
    assert_eq!(subject, "Wellcome");
}

#[test]
fn whoever_waits_is_named_by_apply_and_verify_and_the_status_says_so() {
    let env = club();
    env.on_the_site("UPDATE users SET role = 'editor' WHERE email = 'ada@example.com'");
    env.change_file("people.csv", "Ada,Club,active", "Ada,Club,ended");
    let said = "ada@example.com: the user has more than subscriber rights; never modified (privileged)";
    env.apply().exits(3).says("Nothing to apply now.").says(said);
    env.verb("verify", &[]).exits(3).says(said);
    env.verb("plan", &["--detailed-exitcode"]).exits(3);
    let json = env.verb("apply", &["--yes", "--format", "json"]).json();
    assert_eq!(
        (&json["applied"], &json["not_applied"]["blocked"]),
        (&"nothing".into(), &1.into())
    );
}

#[test]
fn a_run_that_waits_can_be_undone_or_resumed() {
    let env = club();
    env.change_file("people.csv", "Ada,Club,active", "Ada,Club,ended");
    env.change_plan(
        "[sources.people]",
        "[checkpoints.look]\nsay = \"look\"\nbefore = \"verify\"\n[sources.people]",
    );
    env.apply()
        .exits(6)
        .says("to undo what was done: rehome undo plan.toml");
    assert!(has_tag(&env, "ada@example.com", "Club (revoked)"));
    // Nobody agrees: both choices stay open.
    env.verb("undo", &[]).exits(1);
    env.verb("purge", &["--yes"])
        .exits(1)
        .says("resume it with `rehome apply`, or undo it with `rehome undo`");
    env.verb("undo", &["--yes"]);
    assert!(!has_tag(&env, "ada@example.com", "Club (revoked)"));
    env.verb("status", &[]).says("superseded");
}

#[test]
fn offerings_whose_tags_changed_meanwhile_block_whoever_they_concern() {
    let env = club();
    let file = all_revoked(&env);
    // An administrator gives the offering another base tag: who loses access by the revoke tag is another question now.
    env.on_the_site("INSERT INTO tags (name) VALUES ('Other')");
    env.on_the_site(
        "UPDATE offering_tags SET tag = (SELECT id FROM tags WHERE name = 'Other') WHERE offering = 'club' AND role = 'base'",
    );
    env.run(&["apply", &file, "--yes"])
        .exits(3)
        .says("the offering \"club\" has other tags now than when the difference was computed");
    assert!(!has_tag(&env, "ada@example.com", "Club (revoked)"));
}

#[test]
fn whoever_loses_access_by_an_undo_without_the_run_having_given_it_is_limited() {
    let env = club();
    // The offering gets another tag; somebody then buys it on the site.
    env.change_plan("name = \"Club\"", "name = \"Club\"\ntags.base = \"Society\"");
    env.apply().exits(0);
    env.on_the_site(
        "INSERT INTO contacts (email, id, contact_id) VALUES ('walk.in@example.com', 1900001, '1900001')",
    );
    env.on_the_site(
        "INSERT INTO users (email, login, contact) VALUES ('walk.in@example.com', 'walk.in', 1900001)",
    );
    env.on_the_site("INSERT INTO holdings SELECT 1900001, id, 'shop' FROM tags WHERE name = 'Society'");
    env.change_plan("lost_access = 9", "lost_access = 0");
    env.verb("undo", &["--yes"])
        .exits(4)
        .says("1 member would lose access to an offering")
        .says("--accept lost_access=1");
    let name = "SELECT t.name FROM offering_tags o JOIN tags t ON t.id = o.tag WHERE o.offering = 'club' AND o.role = 'base'";
    let base = || -> String { env.site().query_row(name, [], |row| row.get(0)).unwrap() };
    assert_eq!(base(), "Society");
    env.verb("undo", &["--yes", "--accept", "lost_access=1"]);
    assert_eq!(base(), "Club");
}
