//! Membership AccessAlly, with a stand-in for its PHP surface (not AccessAlly itself) and the practice CRM.

use super::{Moved, site_table};
use crate::{
    companion::site::site,
    env::TestEnv,
    practice::{Practice, SECRET},
};

const ROWS: &[&str] = &[
    "ann@example.com,Ann,Bell,\"Course, VIP\",active",
    "bo@example.com,Bo,Cray,Course,active",
];

/// The small plan without its club, on AccessAlly.
fn moved(system: &str, rows: &[&str]) -> (Moved, Practice) {
    let site = site();
    site.php("delete_option('_standin_tags');");
    site.tell("accessally", system);
    let env = TestEnv::small(rows);
    let practice = Practice::serve(&env.plans(), 0);
    env.write("site.password", site.password());
    env.write("crm.token", SECRET);
    env.change_plan(
        "kind = \"local\"\npath = \"site.sqlite\"",
        &site_table(site.url(), "accessally"),
    );
    env.change_plan(
        "system = \"managed\"",
        &format!(
            "system = \"simulated\"\nurl = \"{}\"\ntoken = {{ file = \"crm.token\" }}",
            practice.address
        ),
    );
    env.change_plan("[offerings.club]\nname = \"Club\"\nkind = \"membership\"\n", "");
    env.change_plan(
        "\"Club\" = { grant = \"club\", when = { Status = [\"active\"] }, otherwise = \"revoke\" }\n",
        "",
    );
    (Moved { env, site }, practice)
}

#[test]
fn offerings_are_found_by_name_and_their_own_tags_are_used() {
    let (moved, practice) = moved("Infusionsoft", ROWS);
    moved
        .verb("plan", &[])
        .exits(6)
        .says("the offering \"Course\" has 1 module there and no modules in the plan; set modules = 1");
    moved
        .env
        .change_plan("name = \"Course\"", "name = \"Course\"\nmodules = 1");
    moved.env.change_plan(
        "{ grant = \"course\" }",
        "{ grant = \"course\", release = \"start\" }",
    );
    moved
        .verb("plan", &[])
        .exits(0)
        .says("(membership accessally)")
        .says("+ add tag \"Course 1\"");
    moved
        .apply()
        .exits(6)
        .says("maintenance-mode")
        .says("production-site-url");
    assert_eq!(moved.users(), 0);
    moved.env.verb("confirm", &["maintenance-mode"]).exits(0);
    moved.env.verb("confirm", &["production-site-url"]).exits(0);
    moved.apply().exits(6).says("automations");
    moved.env.verb("confirm", &["automations"]).exits(0);
    moved.apply().exits(0).says("2 members compared, 2 up to date");
    moved.is_sound();
    let calls: Vec<String> = moved
        .site
        .recorded("accessally.jsonl")
        .iter()
        .map(|line| line["call"].to_string())
        .collect();
    assert!(
        calls.iter().any(|call| call.contains("set_user_contact_id")),
        "{calls:?}"
    );
    assert!(
        !calls.iter().any(|call| call.contains("add_user_and_password")),
        "{calls:?}"
    );
    let crm = rusqlite::Connection::open(&practice.database).unwrap();
    let contacts: i64 = crm
        .query_row("SELECT count(*) FROM contacts", [], |row| row.get(0))
        .unwrap();
    assert_eq!(contacts, 2);
    moved.apply().exits(0).says("Nothing to do");
}

#[test]
fn what_accessally_lacks_is_said_before_anything_is_written() {
    let (moved, _practice) = moved("Infusionsoft", ROWS);
    moved
        .env
        .change_plan("name = \"Course\"", "name = \"Another course\"");
    moved
        .verb("plan", &[])
        .exits(6)
        .says("the offering \"Another course\" does not exist: create it in AccessAlly");
    moved.apply().exits(6);
    assert_eq!(moved.users(), 0);
}

#[test]
fn a_contact_system_that_is_not_known_is_only_read() {
    let (moved, _practice) = moved("accessally-managed", ROWS);
    moved
        .env
        .change_plan("name = \"Course\"", "name = \"Course\"\nmodules = 1");
    moved.env.change_plan(
        "{ grant = \"course\" }",
        "{ grant = \"course\", release = \"start\" }",
    );
    moved
        .verb("plan", &[])
        .exits(0)
        .says("Rehome cannot write tags with it");
    moved.apply().exits(1).says("cannot be written to");
    assert_eq!(moved.users(), 0);
}

#[test]
fn without_accessally_the_plan_is_refused() {
    let (moved, _practice) = moved("Infusionsoft", ROWS);
    std::fs::remove_file(moved.site.folder().join("accessally")).unwrap();
    moved.verb("plan", &[]).exits(1).says("AccessAlly is not active");
}

#[test]
fn invitations_go_out_by_access_as_accessally_has_it() {
    let (moved, _practice) = moved("Infusionsoft", ROWS);
    let env = &moved.env;
    env.change_plan("name = \"Course\"", "name = \"Course\"\nmodules = 1");
    env.change_plan(
        "{ grant = \"course\" }",
        "{ grant = \"course\", release = \"start\" }",
    );
    env.write(
        "welcome.md",
        "Dear {{ member.first_name }}, you have {{ offerings }}.",
    );
    env.change_plan(
        "[sources.people]",
        "[emails.welcome]\nfor = [\"course\"]\nvia = \"site\"\nsubject = \"Welcome\"\nbody = \"welcome.md\"\n\n[sources.people]",
    );
    moved.apply().exits(6);
    for checkpoint in ["maintenance-mode", "production-site-url", "automations"] {
        env.verb("confirm", &[checkpoint]).exits(0);
    }
    moved.apply().exits(0);
    moved
        .verb("invite", &["--yes"])
        .exits(0)
        .says("welcome: 2 sent")
        .says("you have Course.");
    moved.verb("invite", &["--yes"]).exits(0).says("2 already had it");
    assert_eq!(moved.site.mails().len(), 2);
}
