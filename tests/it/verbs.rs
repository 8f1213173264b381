//! The verbs that only read, through the real command, on a small school with one of every kind of member.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use crate::env::TestEnv;

const PLAN: &str = r#"[migration]
name = "school"
as_of = 2026-11-16

[site]
kind = "local"
path = "site.sqlite"

[contacts]
system = "managed"

[members]
users = "granted"
contacts = "mapped"

[offerings.drawing]
name = "Drawing"

[offerings.ink]
name = "Ink"

[offerings.both]
name = "Both Courses"
kind = "bundle"
includes = ["drawing", "ink"]

[offerings.club]
name = "Club"
kind = "membership"

[tags.vip]
name = "VIP"

[emails.welcome]
for = ["drawing", "ink"]
via = "site"
subject = "Welcome"
body = "welcome.md"

[sources.people]
profile = "kajabi-contacts"
file = "people.csv"
consent = { column = "Marketing", opted_out = ["no"], opted_in = ["yes"] }

[sources.people.map.Products]
"Drawing" = { grant = "drawing" }
"Drawing, and Ink" = { grant = "both" }
"Old *" = { ignore = "no longer taught" }

[sources.people.map.Tags]
"VIP*" = { tag = "vip" }

[sources.people.fields]
city = "City"

[sources.subscriptions]
profile = "table"
file = "subscriptions.csv"
columns = { email = "Email", name = "Name" }

[sources.subscriptions.map.Plan]
"Club *" = { grant = "club", when = { Status = ["active", "trial"] }, otherwise = "revoke" }

[policy.limits]
updates = "90%"
lost_access = 5
"#;

const PEOPLE: &str = "Name,First Name,Last Name,Email,Products,Tags,Marketing,City,Orders
,Anna,Berg,anna@example.com,Drawing,VIP 2024,yes,Oslo,3
,Bo,Lind,bo@example.com,\"Drawing, and Ink\",,no,,1
,Carl,Dahl,Carl@Example.com,\"Old Webinar\",,,Bergen,1
,Dora,Holm,dora@example.com,Drawing,,yes,,1
,Eva,Ness,eva@example.com,Drawing,,yes,,1
,Erik,Moe,erik@example.com,Drawing,,yes,,1
,Frida,Vik,frida@example.com,Old Webinar,,yes,,0
,Gro,Aas,two@@example.com,Drawing,,yes,,1
,Bosse,Lind,bo@example.com,,,yes,Lund,1
";

const SUBSCRIPTIONS: &str = "Email,Name,Plan,Status
carl@example.com,Carl Dahl,Club Monthly,active
anna@example.com,Anna Berg,Club Yearly,canceled
anna@example.com,Anna Berg,Club Monthly,active
hanna.vold@example.com,\"Vold, Hanna\",Club Monthly,active
";

/// A school whose first move is done, some of whose people were changed on the site by hand since, and
/// whose exports are newer.
fn school() -> TestEnv {
    let env = new_school();
    env.apply().exits(0);
    env.on_the_site(
        "UPDATE users SET role = 'editor' WHERE email = 'erik@example.com';
         DELETE FROM users WHERE email = 'eva@example.com';
         UPDATE users SET contact = (SELECT id FROM contacts WHERE email = 'eva@example.com')
             WHERE email = 'dora@example.com';
         UPDATE users SET first_name = 'Annika' WHERE email = 'anna@example.com';",
    );
    env.write(
        "people.csv",
        PEOPLE.replace(
            "erik@example.com,Drawing",
            "erik@example.com,\"Drawing, and Ink\"",
        ) + ",Ida,Lie,ida@example.com,Drawing,,yes,Oslo,0\n",
    );
    env.write(
        "subscriptions.csv",
        SUBSCRIPTIONS.replacen("Club Monthly,active", "Club Monthly,canceled", 1),
    );
    env
}

fn new_school() -> TestEnv {
    TestEnv::with_plan(PLAN)
        .and_file("people.csv", PEOPLE)
        .and_file("subscriptions.csv", SUBSCRIPTIONS)
        .and_file("welcome.md", "Welcome.\n")
}

#[test]
fn a_difference_names_who_gains_loses_and_waits() {
    let env = school();
    env.verb("plan", &[]).exits(0).is("school-plan");
}

#[test]
fn who_is_made_alike_is_one_group_and_markdown_says_the_same() {
    let env = new_school();
    env.verb("plan", &[]).exits(0).is("school-first-plan");
    env.verb("plan", &["--format", "markdown"])
        .exits(0)
        .is("school-first-plan-markdown");
}

#[test]
fn a_member_is_explained_from_the_records_to_the_changes() {
    let env = school();
    for (email, golden) in [
        ("anna@example.com", "school-explain-kept"),
        ("bo@example.com", "school-explain-conflicting-records"),
        ("Carl@example.com", "school-explain-loses"),
        ("dora@example.com", "school-explain-conflict"),
        ("erik@example.com", "school-explain-hold"),
        ("frida@example.com", "school-explain-left-out"),
        ("ida@example.com", "school-explain-gains"),
        ("nobody@example.com", "school-explain-nobody"),
    ] {
        env.verb("explain", &[email]).exits(0).is(golden);
    }
    env.verb("explain", &["carl@example.com", "--format", "json"])
        .exits(0)
        .is("school-explain-json");
}

#[test]
fn every_hold_conflict_gain_and_loss_is_explained_with_file_and_line() {
    let env = school();
    let plan = env.verb("plan", &["--full", "--format", "json"]).exits(0).json();
    let changes = plan["changes"].as_array().unwrap();
    assert!(changes.len() >= 4, "{changes:?}");
    for member in changes {
        let email = member["email"].as_str().unwrap();
        let story = env.verb("explain", &[email, "--format", "json"]).exits(0).json();
        for change in story["changes"].as_array().unwrap() {
            let records = change["records"].as_array().unwrap();
            assert!(!records.is_empty(), "{email}: {change}");
            for record in records {
                let (file, line) = record.as_str().unwrap().split_once(':').unwrap();
                let text = fs::read_to_string(env.path(file)).unwrap();
                let row = text.lines().nth(line.parse::<usize>().unwrap() - 1).unwrap();
                assert!(row.to_lowercase().contains(email), "{email}: {row}");
            }
        }
    }
}

#[test]
fn a_record_that_was_turned_away_is_found_by_its_address() {
    let env = new_school().and_file(
        "people.csv",
        format!("{PEOPLE},A,B,\"x@example.com; y@example.com\",Drawing,,,,\n"),
    );
    env.verb("explain", &["x@example.com"])
        .exits(0)
        .says("people.csv:11: rejected, the cell contains two different addresses (two-emails)");
}

#[test]
fn a_code_is_explained_and_an_unknown_one_names_the_nearest() {
    let env = new_school();
    env.run(&["explain", "P003"]).exits(0).says("P003 unknown-key");
    env.run(&["explain", "possible-typo"]).exits(0).prints(
        r"
        $ rehome explain possible-typo
        possible-typo, a finding about the data: the domain looks like a misspelling of a well-known one.

        It stops nothing. rehome audit PLAN lists every place.
        [EOF, exit status 0]
        ",
    );
    env.run(&["explain", "not-ours"]).exits(0).prints(
        r"
    $ rehome explain not-ours
    not-ours, the reason for a change: Rehome did not grant it, or it was changed since; left alone.

    rehome explain PLAN EMAIL shows which records cause it for one member.
    [EOF, exit status 0]
    ",
    );
    env.run(&["explain", "blocked"]).exits(0).prints(r"
    $ rehome explain blocked
    blocked: a word of Rehome's glossary.

    A change that Rehome will not apply now, with the reason. For example, a member is not granted anything now, has a rename that has not been accepted, or is a privileged user. Blocked changes are counted and listed, and do not stop the others.
    [EOF, exit status 0]
    ");
    env.run(&["explain", "canery"]).exits(64).says("canary");
    env.run(&["explain", "possible-tpyo"])
        .exits(64)
        .says("possible-typo");
    env.run(&["explain", "plan.toml"])
        .exits(64)
        .says("add a member's address");
    env.verb("explain", &["no-at"])
        .exits(64)
        .says("is not an email address");
}

#[test]
fn an_audit_shows_the_people_by_source_by_offering_and_in_all() {
    let env = new_school();
    env.verb("audit", &[]).exits(0).is("school-audit");
    env.verb("audit", &["--source", "subscriptions"])
        .exits(0)
        .is("school-audit-source");
    env.verb("audit", &["--format", "csv"])
        .exits(0)
        .prints(r#"
        $ rehome audit plan.toml --format csv
        email,code,rejected,place,other,detail,meaning
        ,invalid-email,yes,people.csv:9,,two@@example.com,the address is not valid on a site
        bo@example.com,name-conflict,no,people.csv:10,people.csv:3,Bo / Bosse,two records of the member disagree about the name; the first counts
        bo@example.com,consent-conflict,no,people.csv:10,people.csv:3,yes,one record opted out and another did not; opted out counts
        hanna.vold@example.com,name-split,no,subscriptions.csv:5,,"Vold, Hanna",first and last name come from one column
        anna@example.com,grant-beats-revoke,no,subscriptions.csv:4,subscriptions.csv:3,club,one record grants the offering and another revokes it; the grant counts
        frida@example.com,nothing-granted,no,people.csv:8,,,no record grants them anything
        stderr: warning[D016]: the condition on "Status" has values that do not occur: no record of [sources.subscriptions] to which it applies contains "trial"
        stderr:   --> plan.toml:62:39
        stderr:    |
        stderr: 62 | "Club *" = { grant = "club", when = { Status = ["active", "trial"] }, otherwise = "revoke" }
        stderr:    |                                       ^^^^^^ the condition
        stderr:    |
        stderr:    = at: subscriptions.csv:2: first seen here: "active"
        stderr:    = help: Compare the values with the cells of the export; if no one has them now, leave the condition as it is
        stderr:
        stderr: 1 warning
        [EOF, exit status 0]
        "#);
    env.verb("audit", &["--format", "json"])
        .exits(0)
        .is("school-audit-json");
    env.verb("audit", &["--source", "subscription"])
        .exits(64)
        .says("The nearest: subscriptions");
}

#[test]
fn the_counts_of_an_audit_add_up() {
    for env in [new_school(), TestEnv::lumen()] {
        let audit = env.verb("audit", &["--format", "json"]).exits(0).json();
        let number = |part: &Value, key: &str| part[key].as_u64().unwrap();
        let records = &audit["records"];
        let sum: u64 = ["members", "merged", "rejected", "ignored"]
            .iter()
            .map(|key| number(records, key))
            .sum();
        assert_eq!(number(records, "read"), sum);
        let people = &audit["people"];
        let sum: u64 = ["users", "contacts_only", "left_out"]
            .iter()
            .map(|key| number(people, key))
            .sum();
        assert_eq!(number(people, "members"), sum);
        let listed = audit["left_out"].as_array().unwrap().len() as u64;
        assert_eq!(number(people, "left_out"), listed);
        let read: u64 = audit["sources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|source| number(&source["records"], "read"))
            .sum();
        assert_eq!(number(records, "read"), read);
        for finding in audit["findings"].as_array().unwrap() {
            let places = finding["places"].as_array().unwrap().len() as u64;
            assert_eq!(number(finding, "count"), places, "{}", finding["code"]);
        }
    }
}

#[test]
fn the_steps_of_a_run_are_shown_as_a_list_a_drawing_and_json() {
    let env = new_school();
    env.verb("graph", &[]).exits(0).is("school-graph");
    env.verb("graph", &["--format", "dot", "--waves", "off"])
        .exits(0)
        .is("school-graph-dot");
    let graph = env.verb("graph", &["--format", "json"]).exits(0).json();
    for (at, step) in graph["steps"].as_array().unwrap().iter().enumerate() {
        assert_eq!(step["id"], at);
        for need in step["needs"].as_array().unwrap() {
            assert!(need.as_u64().unwrap() < at as u64, "{step}");
        }
    }
}

#[test]
fn what_needs_no_plan_is_printed() {
    let env = new_school();
    let mut listed = env.run(&["profiles"]).exits(0);
    for profile in rehome::sources::profiles() {
        listed = listed.says(&profile.name).says(&profile.title);
    }
    env.run(&["profiles", "kajabi-contacts"]).exits(0).is("profile");
    env.run(&["profiles", "kajabi"]).exits(64).says("kajabi-contacts");
    let schema = env.run(&["schema"]).exits(0).json();
    assert!(schema["properties"]["migration"].is_object());
    for shell in ["bash", "zsh", "fish", "powershell"] {
        env.run(&["completions", shell]).exits(0).says("REHOME_COMPLETE");
    }
}

#[test]
fn reading_changes_no_file() {
    let env = school();
    let before = env.listing();
    for (verb, more) in [
        ("audit", None),
        ("graph", None),
        ("plan", None),
        ("explain", Some("anna@example.com")),
    ] {
        let more: Vec<&str> = more.into_iter().collect();
        env.verb(verb, &more).exits(0);
    }
    assert!(before == env.listing());
}

/// The keys that `docs/json.md` lists under a heading, and those of them that are always there.
pub(crate) fn documented(heading: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md")).unwrap();
    let section = page
        .split("\n## ")
        .find(|section| section.lines().next() == Some(heading))
        .unwrap_or_else(|| panic!("docs/json.md has no section {heading}"));
    let (mut all, mut always) = (BTreeSet::new(), BTreeSet::new());
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = row.split('|').map(str::trim).skip(1);
        let key = cells.next().unwrap().trim_matches('`').to_owned();
        if key.contains(['.', '[']) {
            continue;
        }
        if !cells.next().unwrap().ends_with('?') {
            always.insert(key.clone());
        }
        all.insert(key);
    }
    (all, always)
}

pub(crate) fn keys(document: &Value) -> BTreeSet<String> {
    document.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_page_on_json_lists_the_keys_that_the_program_writes() {
    let env = new_school();
    let json = |verb: &str, more: &[&str]| {
        let mut args = more.to_vec();
        args.extend(["--format", "json"]);
        env.verb(verb, &args).json()
    };
    let mut written: Vec<(&str, Vec<Value>)> = vec![
        ("check", vec![json("check", &[])]),
        (
            "plan",
            vec![
                json("plan", &[]),
                json("plan", &["--summary"]),
                json("plan", &["--full", "--values"]),
            ],
        ),
        ("graph", vec![json("graph", &[])]),
        (
            "audit",
            vec![json("audit", &[]), json("audit", &["--source", "people"])],
        ),
        ("explain PLAN EMAIL", vec![json("explain", &["anna@example.com"])]),
        (
            "explain CODE",
            vec![env.run(&["explain", "P003", "--format", "json"]).json()],
        ),
    ];
    let apply = |yes: &[&str]| json("apply", &[yes, &["--waves", "off"]].concat());
    let declined = apply(&[]);
    let ran = apply(&["--yes"]);
    let nothing = apply(&["--yes"]);
    written.extend([
        ("apply", vec![declined, ran, nothing]),
        ("members", vec![json("members", &[])]),
        ("status", vec![json("status", &[])]),
        ("log", vec![json("log", &[])]),
        ("verify", vec![json("verify", &[])]),
    ]);
    env.change_plan("[tags.vip]", "[tags.vip]\ncolour = 1");
    written[0].1.push(json("check", &[]));
    for (heading, documents) in written {
        let (all, always) = documented(heading);
        let mut seen = BTreeSet::new();
        for document in &documents {
            assert_eq!(
                document["version"],
                if heading == "plan" { 2 } else { 1 },
                "{heading}"
            );
            let keys = keys(document);
            assert!(keys.is_superset(&always), "{heading}: {always:?} in {keys:?}");
            seen.extend(keys);
        }
        assert_eq!(seen, all, "{heading}");
    }
}
