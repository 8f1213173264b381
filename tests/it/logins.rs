//! How new users log in, through the real command; and laws over random people, logins and sites.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rehome::{
    diff::{MemberDiff, Observations, Shapes, compare},
    model::{Account, Attribute, LoginRules, Observed, ObservedBuilder, ObservedMember, RowBatch, Side},
    plan::Plan,
    wanted::{RecordFold, Wanted},
};

use crate::{
    env::{TestEnv, golden},
    support::plan::{PlanBuilder, plan},
};

/// New users log in by this rule of the whole plan, people by this one of their source.
fn logins(of_all: &str, of_people: &str) -> PlanBuilder {
    plan("logins")
        .toml(&format!("\n[members]\n{of_all}"))
        .offering("course", "Course")
        .source("people")
        .toml(of_people)
        .each_row("grant = \"course\"")
}

fn by_column() -> PlanBuilder {
    logins("login = \"email\"", "username = \"Login\"")
}

/// The plan with these rows: email and login.
fn with_logins(rows: &[&str]) -> TestEnv {
    by_column()
        .env()
        .and_file("people.csv", format!("Email,Login\n{}\n", rows.join("\n")))
}

/// Users on the site by address, with their logins.
fn on_site(env: &TestEnv) -> BTreeMap<String, String> {
    let site = env.site();
    let mut users = site.prepare("SELECT email, login FROM users").unwrap();
    let rows = users.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// `logins.csv`, whole.
fn list(env: &TestEnv) -> String {
    env.verb("plan", &["--summary", "--lists", "lists"]).exits(0);
    std::fs::read_to_string(env.path("lists/logins.csv")).unwrap()
}

/// Makes the site with these users by hand, before anything is planned.
fn with_users(env: &TestEnv, users: &[(&str, &str)]) {
    let people = std::fs::read(env.path("people.csv")).unwrap();
    env.write("people.csv", "Email,Login\nfirst@example.com,first\n");
    env.apply().exits(0);
    for (email, login) in users {
        env.on_the_site(&format!(
            "INSERT INTO users (email, login) VALUES ('{email}', '{login}')"
        ));
    }
    env.write("people.csv", people);
}

/// Every trap at once.
fn traps() -> TestEnv {
    let long = "l".repeat(61);
    let long_address = format!("long@{}.example", "d".repeat(60));
    let env = with_logins(&[
        "ann@example.com,AnnB",
        "bob@example.com,annb",
        "cat@example.com,",
        "dan+news@example.com,N/A",
        "eve@example.com,😀😀",
        "fay@example.com,fay 😀 rey",
        "gus@example.com,cat@example.com",
        "hal@example.com,stranger@example.com",
        &format!("ivy@example.com,{long}"),
        &format!("{long_address},"),
        "jo@example.com,jörg",
        "kim@example.com,KIM@example.com",
        "lee@example.com,taken",
        "max@example.com,",
        "ned@example.com,ned-new",
        "dan-news@example.com,",
    ]);
    with_users(
        &env,
        &[
            ("stranger@example.com", "Stranger"),
            ("other@example.com", "TAKEN"),
            ("third@example.com", "max@example.com"),
            ("ned@example.com", "ned-old"),
        ],
    );
    env
}

#[test]
fn every_odd_login_is_given_one_that_the_site_takes_and_the_reason_is_listed() {
    let env = traps();
    golden("logins-list", &list(&env));
    env.verb("plan", &["--details"])
        .exits(0)
        .only(&["16 records", "1 member\n", "14 members\n"])
        .prints(r#"
        $ rehome plan plan.toml --details
        [...]
          16 records = 16 members + 0 merged + 0 rejected + 0 ignored
          16 members = 16 users + 0 contacts only + 0 left out
          1 already on the site; 14 to create, 1 to update, 0 up to date; 4 not in any source (left alone)
          15 members gain access: ann@example.com, cat@example.com, kim@example.com, …
          passwords changed: 0; emails sent: 0; automations that may start: 0
          14 new logins: 3 the email address, 1 the value of a column, 5 the nearest login that the site accepts (login-cleaned), 5 a free login, because the requested one is taken (login-taken)
          about 3 write requests to the site
          1 member in conflict: needs manual attention
            max@example.com: this address is another user's login; possibly the same person, so no user is created (address-is-login)
        [...]
          1 member
            ! conflict about the user: this address is another user's login; possibly the same person, so no user is created
              max@example.com
          14 members
            + create the contact: does not exist yet
            + create the user: does not exist yet
            ~ link the user to its contact: does not exist yet
            + add tag "Course": a record grants the offering
            + with a login other than the requested one: 10 of 14
              ann@example.com
              cat@example.com
              kim@example.com
              … and 11 more
          1 member
            + create the contact: does not exist yet
            ~ link the user to its contact: the user has no contact ID yet
            + add tag "Course": a record grants the offering
              ned@example.com
        [...]
        stderr: Next: rehome apply plan.toml
        [EOF, exit status 0]
        "#);
    env.verb("plan", &["--member", "bob@example.com"])
        .exits(0)
        .says("(none) -> \"annb-2\"");
    let counts = env
        .verb("plan", &["--summary", "--format", "json"])
        .exits(0)
        .json();
    let expected = serde_json::json!({ "email": 3, "local_part": 0, "column": 1, "cleaned": 5, "taken": 5 });
    assert_eq!(counts["logins"], expected);
}

#[test]
fn what_was_planned_is_what_is_made_and_is_never_changed_again() {
    let env = traps();
    let listed: BTreeMap<String, String> = csv::Reader::from_reader(list(&env).as_bytes())
        .records()
        .map(|row| row.unwrap())
        .map(|row| (row[0].to_owned(), row[1].to_owned()))
        .collect();
    env.apply().exits(3).says("complete");
    let site = on_site(&env);
    for (email, login) in &listed {
        assert_eq!(site.get(email), Some(login), "{email}");
    }
    env.verb("plan", &["--detailed-exitcode"])
        .exits(3)
        .says("Nothing to do");
    env.verb("verify", &[]).exits(3);
    // Other logins at the source change no one's.
    let people = std::fs::read_to_string(env.path("people.csv")).unwrap();
    env.write("people.csv", people.replace("AnnB", "somebody-else"));
    env.verb("plan", &["--detailed-exitcode"]).exits(3);
    assert!(list(&env).contains("ann@example.com,AnnB,existing,,,"));
}

#[test]
fn explain_says_how_a_member_logs_in_and_why() {
    let env = traps();
    for (email, says) in [
        (
            "ann@example.com",
            "logs in as \"AnnB\", by the column Login (people.csv:2)",
        ),
        (
            "bob@example.com",
            "logs in as \"annb-2\", not as \"annb\" by the column Login (people.csv:3): ",
        ),
        (
            "cat@example.com",
            "logs in as \"cat@example.com\", by the email address",
        ),
        (
            "ned@example.com",
            "logs in as \"ned-old\", the existing login; logins never change",
        ),
    ] {
        env.verb("explain", &[email]).exits(0).says(says);
    }
    let story = env
        .verb("explain", &["gus@example.com", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(story["login"]["login"], "gus@example.com");
    assert_eq!(story["login"]["asked"], "cat@example.com");
    assert_eq!(story["login"]["why"]["code"], "login-taken");
    env.run(&["explain", "login-cleaned"]).exits(0);
    env.run(&["explain", "login-conflict"]).exits(0);
}

#[test]
fn ten_people_with_one_local_part_are_numbered_in_order_of_address() {
    let rows: Vec<String> = (0..10).map(|at| format!("info@site{at}.example,")).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let env = with_logins(&rows);
    env.change_plan("login = \"email\"", "login = \"local-part\"");
    env.apply().exits(0);
    let expected: Vec<String> = std::iter::once("info".to_owned())
        .chain((2..=10).map(|number| format!("info-{number}")))
        .collect();
    let logins: Vec<String> = on_site(&env).into_values().collect();
    assert_eq!(logins, expected);
    env.verb("plan", &["--detailed-exitcode"]).exits(0);
}

#[test]
fn the_first_record_whose_source_has_a_rule_says_the_login() {
    let env = by_column()
        .source("more")
        .toml("username = \"Nick\"")
        .each_row("grant = \"course\"")
        .env()
        .and_file(
            "people.csv",
            "Email,Login\nann@example.com,ann\nann@example.com,Ann\nann@example.com,annie\nbob@example.com,\n",
        )
        .and_file(
            "more.csv",
            "Email,Nick\nann@example.com,nana\nbob@example.com,bobby\ncat@example.com,cat\n",
        );
    env.verb("plan", &["--details"])
        .exits(0)
        .says("login-conflict 2 records")
        .says("people.csv:4 and people.csv:2: \"ann / annie\"")
        .says("more.csv:2 and people.csv:2: \"ann / nana\"");
    env.change_plan("username = \"Nick\"", "login = \"local-part\"");
    env.change_plan("username = \"Login\"\n", "");
    env.change_plan("login = \"email\"", "");
    assert_eq!(
        list(&env),
        "email,login,user,rule,asked_for,why\n\
         ann@example.com,ann,new,the part before the @,,\n\
         bob@example.com,bob,new,the part before the @,,\n\
         cat@example.com,cat,new,the part before the @,,\n"
    );
    env.change_plan("login = \"local-part\"", "username = \"Nick\"");
    env.apply().exits(0);
    let logins: Vec<String> = on_site(&env).into_values().collect();
    assert_eq!(logins, ["nana", "bobby", "cat"]);
}

#[test]
fn a_login_that_somebody_took_meanwhile_is_refused_and_a_new_plan_finds_another() {
    let env = with_logins(&["ann@example.com,annie", "bob@example.com,bob"]);
    with_users(&env, &[]);
    env.verb("plan", &["--out", "set.rehome"]).exits(0);
    env.on_the_site("INSERT INTO users (email, login) VALUES ('zoe@example.com', 'ANNIE')");
    env.run(&["apply", "set.rehome", "--yes", "--waves", "off"])
        .exits(3)
        .says("the login \"annie\" is taken by zoe@example.com");
    env.apply().exits(0);
    assert_eq!(on_site(&env)["ann@example.com"], "annie-2");
}

const ADDRESSES: [&str; 7] = [
    "a@example.com",
    "a+b@example.com",
    "a-b@example.com",
    "b@example.com",
    "a@b.example",
    "c@example.com",
    "D'x@example.com",
];

fn login() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "",
            "a",
            "A",
            "a-2",
            "b",
            "a+b",
            "a b",
            "+++",
            "😀",
            "a@example.com",
            "A-B@example.com",
            "b@example.com",
            "gone@example.com",
        ])
        .prop_map(str::to_owned),
        "[aA+ é]{1,3}",
        "[a-b]{58,63}",
    ]
}

fn gather(plan: &Plan, people: &BTreeMap<usize, String>) -> Wanted {
    let mut gatherer = RecordFold::new(plan, jiff::civil::date(2026, 12, 1), people.len());
    let slots = gatherer.slots(0).clone();
    let mut batch = RowBatch::new(0, 0, slots.columns.len());
    for (line, (who, login)) in (2u32..).zip(people) {
        batch.cell(ADDRESSES[*who]);
        if slots.person.login.is_some() {
            batch.cell(login);
        }
        batch.end_row(line, None);
    }
    gatherer.take(&batch);
    gatherer.finish().unwrap()
}

fn observed(users: &BTreeMap<String, String>) -> Observed {
    let account = Account {
        side: Side::Site,
        kind: "local".to_owned(),
        id: "1".to_owned(),
        place: "here".to_owned(),
    };
    let mut into = ObservedBuilder::new(account, users.len());
    for (email, login) in users {
        let row = ObservedMember {
            email,
            user: true,
            login,
            first: "",
            last: "",
            contact: "",
            privileged: false,
            opted_out: false,
            set: 0,
        };
        into.push(row, &[], &[]).unwrap();
    }
    into.finish()
}

/// The logins with which users are made.
fn made(plan: &Plan, wanted: &Wanted, users: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let site = observed(users);
    let seen = Observations {
        max_field_chars: None,
        site: &site,
        contacts: None,
        creates_opted_out: true,
        site_tag_rules: &rehome::model::TagRules::default(),
        contact_tag_rules: &rehome::model::TagRules::default(),
    };
    let mut made = BTreeMap::new();
    let mut sink = |member: &MemberDiff<'_>, shapes: &Shapes| {
        let diff = member.to_owned_diff(shapes);
        for change in diff.changes(&rehome::diff::Names::default()) {
            if change.attribute == Attribute::User && change.action.is_work() {
                made.insert(member.email.to_owned(), change.after.unwrap());
            }
        }
    };
    let difference = compare(plan, wanted, seen, rehome::diff::Accepted::default(), &mut sink);
    assert_eq!(difference.totals.logins.total(), made.len() as u64);
    made
}

#[test]
fn whoever_has_a_new_address_keeps_the_login_and_takes_none_from_others() {
    let env = logins("login = \"local-part\"", "key = \"ID\"")
        .env()
        .and_file("people.csv", "Email,ID\nzoe@example.com,1\n");
    env.apply().exits(0);
    let env = env.and_file("people.csv", "Email,ID\nann@example.com,1\nann@example.org,2\n");
    env.verb("plan", &["--lists", "lists"]).exits(0);
    assert_eq!(
        std::fs::read_to_string(env.path("lists/logins.csv"))
            .unwrap()
            .lines()
            .skip(1)
            .collect::<Vec<_>>(),
        [
            "ann@example.com,zoe,existing,,,",
            "ann@example.org,ann,new,the part before the @,,"
        ]
    );
    env.run(&["explain", "plan.toml", "ann@example.com"])
        .exits(0)
        .says("logs in as \"zoe\", the existing login");
    env.verb("apply", &["--yes", "--waves", "off", "--accept", "renames"])
        .exits(0);
    let logins = [("ann@example.com", "zoe"), ("ann@example.org", "ann")];
    assert_eq!(
        on_site(&env),
        logins
            .map(|(email, login)| (email.to_owned(), login.to_owned()))
            .into()
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn logins_are_unlike_each_other_and_unlike_the_addresses_of_others(
        rule in prop::sample::select(vec!["", "login = \"local-part\"", "username = \"Login\""]),
        people in prop::collection::btree_map(0..ADDRESSES.len(), login(), 0..7),
        there in prop::collection::vec((prop::sample::select(vec![
            "a@example.com", "c@example.com", "gone@example.com", "x@example.com", "y@example.com",
        ]), login()), 0..4),
    ) {
        // The site itself has no two alike.
        let mut users: BTreeMap<String, String> = BTreeMap::new();
        for (email, login) in there {
            let login = if login.is_empty() { email.to_owned() } else { login };
            if users.values().all(|other| !other.eq_ignore_ascii_case(&login)) {
                users.entry(email.to_owned()).or_insert(login);
            }
        }
        let plan = logins("login = \"email\"", rule).read();
        let wanted = gather(&plan, &people);
        let new = made(&plan, &wanted, &users);
        let emails: Vec<String> = (0..wanted.len())
            .filter_map(|index| wanted.email(index))
            .map(str::to_owned)
            .chain(users.keys().cloned())
            .collect();
        for (email, login) in &new {
            prop_assert!(!users.contains_key(email), "{email} had a login");
            let of_other = users.values().any(|other| other.eq_ignore_ascii_case(email));
            prop_assert!(!of_other, "{email} is made, and is another's login");
            prop_assert!(LoginRules::WordPress.takes(login), "{login:?}");
            let of_another = emails.iter().find(|other| *other != email && other.eq_ignore_ascii_case(login));
            prop_assert_eq!(of_another, None, "{} logs in as {}", email, login);
            let mut others = users.iter().chain(&new).filter(|(other, _)| *other != email);
            let same = others.find(|(_, other)| other.eq_ignore_ascii_case(login));
            prop_assert_eq!(same, None, "{} logs in as {}", email, login);
        }
        let before = users.clone();
        users.extend(new.clone());
        prop_assert_eq!(made(&plan, &wanted, &users), BTreeMap::new());
        prop_assert_eq!(made(&plan, &wanted, &before), new, "the same again");
    }
}
