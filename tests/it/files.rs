//! Exports that contain less, or something else, than they seem to: what the command makes of them, from end to end.

use std::fs;

use crate::env::TestEnv;

/// A plan of one course that every row of `people.csv` grants, with more lines for its source.
fn plan(lines: &str) -> TestEnv {
    TestEnv::with_plan(&format!(
        r#"[migration]
name = "files"
as_of = 2026-11-16

[site]
kind = "local"
path = "site.sqlite"

[contacts]
system = "managed"

[offerings.course]
name = "Course"

[sources.people]
profile = "table"
file = "people.csv"
{lines}
each_row = {{ grant = "course" }}

[policy.limits]
lost_access = 10
"#
    ))
}

const NAMES: &str = r#"columns = { email = "Email", first_name = "First", last_name = "Last" }"#;

/// Who is on the site, with first and last name.
fn on_site(env: &TestEnv) -> Vec<String> {
    let members = env.verb("members", &["--format", "json"]).exits(0).json();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let members = members["members"].as_array().unwrap().iter();
    let named = members.map(|one| {
        let parts = [
            text(&one["email"]),
            text(&one["first_name"]),
            text(&one["last_name"]),
        ];
        parts.join(" ").trim().to_owned()
    });
    named.collect()
}

fn with_course(env: &TestEnv) -> usize {
    let members = env.verb("members", &["--format", "json"]).exits(0).json();
    let members = members["members"].as_array().unwrap();
    members
        .iter()
        .filter(|one| one["offerings"].as_array().is_some_and(|all| !all.is_empty()))
        .count()
}

#[test]
fn a_stray_quote_in_a_complete_source_takes_access_from_nobody() {
    let env = plan("columns = { email = \"Email\" }\ncomplete = true\ngone = \"revoke\"");
    env.write(
        "people.csv",
        "Email,Note\nann@example.com,a\nbo@example.com,b\ncy@example.com,c\n",
    );
    env.apply().exits(0);
    for (later, line) in [
        (
            "Email,Note\nann@example.com,\"6\nbo@example.com,\ncy@example.com,\"c\"\n",
            2,
        ),
        (
            "Email,Note\nann@example.com,a\nbo@example.com,\"6\ncy@example.com,size 6\"\n",
            3,
        ),
        (
            "Email,Note\nann@example.com,a\nbo@example.com,\"6\ncy@example.com,c\n",
            3,
        ),
    ] {
        env.write("people.csv", later);
        env.verb("check", &[])
            .exits(0)
            .says(&format!("people.csv:{line}"));
        let plan = env.verb("plan", &["--summary", "--format", "json"]).json();
        assert_eq!(plan["offerings"][0]["lose"], 0, "{later}");
        env.verb("apply", &["--yes"]);
        assert_eq!(with_course(&env), 3, "{later}");
    }
}

#[test]
fn a_word_for_a_missing_value_is_no_name_and_half_a_name_is_taken_only_from_the_same_name() {
    let env = plan(NAMES);
    env.write(
        "people.csv",
        "Email,First,Last\n\
         ann@example.com,Ann,\\N\nann@example.com,Bo,Lind\nann@example.com,Ann,Lee\n\
         cy@example.com,(null),\u{2013}\n\
         di@example.com,O\\'Hara,[NULL]\n\
         ed@example.com,Ed,\ned@example.com,,Eck\n",
    );
    env.apply().exits(0);
    assert_eq!(
        on_site(&env),
        [
            "ann@example.com Ann Lee",
            "cy@example.com",
            "di@example.com O'Hara",
            "ed@example.com Ed"
        ]
    );
    env.verb("audit", &[])
        .exits(0)
        .says("ed@example.com, people.csv:8 and people.csv:7: \"Ed / Eck\"");
}

#[test]
fn null_markers_in_a_mapped_column_are_counted_and_a_line_of_the_plan_still_counts() {
    let map = "columns = { email = \"Email\" }\nlists = { Tags = \",\" }\n\
               map.Tags.\"*\" = { tag = \"$value\" }\nmap.Plan.\"None\" = { ignore = \"the free plan\" }";
    let env = plan(map);
    env.write(
        "people.csv",
        "Email,Tags,Plan\nann@example.com,\"[\"\"VIP\"\", \"\"Gold\"\"]\",None\n\
         bo@example.com,\\N,(null)\ncy@example.com,\"VIP,#N/A\",\n",
    );
    env.verb("check", &[]).exits(0).is("null-markers-check");
    env.apply().exits(0);
    let members = env.verb("members", &["--format", "json"]).exits(0).json();
    let tags: Vec<&serde_json::Value> = (0..3).map(|at| &members["members"][at]["tags"]).collect();
    assert_eq!(
        tags,
        [
            &serde_json::json!(["Course", "Gold", "VIP"]),
            &serde_json::json!(["Course"]),
            &serde_json::json!(["Course", "VIP"])
        ]
    );
}

#[test]
fn consent_that_nobody_can_determine_is_a_no_and_every_value_is_shown() {
    let env = plan(
        "columns = { email = \"Email\" }\n\
         consent = { column = \"Status\", opted_out = [\"unsub*\", \"bouncd\"], opted_in = [\"subscribed\"] }",
    );
    env.write(
        "people.csv",
        "Email,Status\nann@example.com,Unsubscribed\nbo@example.com,subscribed\ncy@example.com,bounced\n\
         di@example.com,\ndi@example.com,subscribed\ned@example.com,n/a\n",
    );
    env.verb("check", &[]).exits(0).is("D017-consent-word");
    env.apply().exits(0);
    let members = env.verb("members", &["--format", "json"]).exits(0).json();
    let opted_out: Vec<bool> = (0..5)
        .map(|at| members["members"][at]["opted_out"] == true)
        .collect();
    assert_eq!(opted_out, [true, false, true, false, true]);
}

#[test]
fn a_condition_can_ask_for_patterns_blank_cells_and_days_around_the_day_of_the_plan() {
    let granted = |when: &str| {
        let env = plan("columns = { email = \"Email\" }");
        env.change_plan(
            "each_row = { grant = \"course\" }",
            &format!("each_row = {{ grant = \"course\", when = {{ {when} }} }}"),
        );
        env.write(
            "people.csv",
            "Email,Status,Canceled On\nann@example.com,Active (monthly),\nbo@example.com,active,2026-11-01\n\
             cy@example.com,paused,(null)\ndi@example.com,,2026-12-01\n",
        );
        let plan = env
            .verb("plan", &["--summary", "--format", "json"])
            .exits(0)
            .json();
        plan["offerings"][0]["wanted"].as_u64().unwrap()
    };
    assert_eq!(granted("Status = [\"active*\"]"), 2);
    assert_eq!(granted("Status = [\"*\"]"), 3);
    assert_eq!(granted("Status = [\"\"]"), 1);
    assert_eq!(granted("\"Canceled On\" = { blank = true }"), 2);
    assert_eq!(granted("\"Canceled On\" = { blank = false }"), 2);
    assert_eq!(granted("\"Canceled On\" = { after = \"as-of - 20 days\" }"), 2);
    assert_eq!(
        granted("\"Canceled On\" = { after = \"as-of\", before = \"as-of + 15 days\" }"),
        0
    );
    assert_eq!(
        granted("\"Canceled On\" = { after = \"as-of\", before = \"as-of + 16 days\" }"),
        1
    );
}

#[test]
fn a_key_that_a_spreadsheet_rounded_joins_nobody_and_is_told() {
    let env = plan("columns = { email = \"Email\" }\nkey = \"ID\"");
    env.write("people.csv", "Email,ID\nann@example.com,2.19E+11\n");
    env.apply().exits(0);
    env.write("people.csv", "Email,ID\nbo@example.com,2.19E+11\n");
    env.verb("plan", &["--details"])
        .exits(0)
        .says("key-rounded")
        .says("bo@example.com, people.csv:2: \"2.19E+11\"")
        .never_says("renamed");
}

#[test]
fn findings_and_lists_name_the_member_first() {
    let env = plan(NAMES);
    env.change_plan(
        "each_row = { grant = \"course\" }",
        "map.Product.\"Mug\" = { ignore = \"no course\" }",
    );
    env.write(
        "people.csv",
        "Email,First,Last,Product\nann@example.com,https://win.example,Lee,Mug\nbo@example.com,Ann & Bo,Q&amp;A,Mug\n\
         cy@gm\u{430}il.example,Cy,Ek,Mug\n",
    );
    env.verb("audit", &["--format", "csv"])
        .exits(0)
        .is("findings-by-member");
    env.verb("plan", &["--lists", "lists"]).exits(0);
    let left_out = fs::read_to_string(env.path("lists/left-out.csv")).unwrap();
    let lines: Vec<&str> = left_out.lines().collect();
    assert_eq!(lines.len(), 4);
    assert!(
        lines[1].starts_with("ann@example.com,") && lines[1].contains("nothing-granted"),
        "{left_out}"
    );
    let findings = fs::read_to_string(env.path("lists/findings.csv")).unwrap();
    assert!(findings.contains("ann@example.com,name-has-link,"), "{findings}");
    assert!(
        findings.contains("cy@xn--gmil-63d.example,mixed-scripts,"),
        "{findings}"
    );
}

#[test]
fn whose_day_is_today_the_plan_or_its_source_says_and_never_the_machine() {
    // At every moment it is another day in these two zones than in the other.
    let (west, east) = ("Pacific/Pago_Pago", "Pacific/Kiritimati");
    let now = jiff::Timestamp::now();
    let day = |zone: &str| now.in_tz(zone).unwrap().date();
    for (of_plan, of_source, granted) in [
        ("", west, true),
        ("", east, false),
        (west, east, true),
        (east, west, false),
    ] {
        let env = plan(&format!(
            "columns = {{ email = \"Email\" }}\nends = \"Until\"\ndates = {{ zone = \"{of_source}\" }}"
        ));
        let zone = if of_plan.is_empty() {
            String::new()
        } else {
            format!("zone = \"{of_plan}\"")
        };
        env.change_plan("as_of = 2026-11-16", &zone);
        env.write(
            "people.csv",
            format!("Email,Until\nana@example.com,{}\n", day(west)),
        );
        for machine in [west, "UTC", east] {
            let mut command = env.command(&["plan", "plan.toml", "--summary", "--format", "json"]);
            command.env("TZ", machine);
            let output = command.output().unwrap();
            let plan: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(
                plan["offerings"][0]["wanted"] == 1,
                granted,
                "plan in {of_plan:?}, source in {of_source}, machine in {machine}"
            );
        }
    }
}
