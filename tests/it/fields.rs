//! Numbers in conditions and fields of types, the whole way: what is read, what is said, what is written.

use crate::{
    env::TestEnv,
    practice::{Practice, SECRET, TOKEN},
    support::plan::{PlanBuilder, plan},
};

fn course() -> PlanBuilder {
    plan("fields").offering("course", "Course")
}

/// A plan that grants the course by a score.
fn scored(numbers: &str) -> TestEnv {
    course()
        .source("people")
        .toml(numbers)
        .each_row("grant = \"course\", when = { Score = { at_least = 80, at_most = 99.5 } }")
        .env()
}

fn scores(env: &TestEnv, scores: &[&str]) {
    let rows: Vec<String> = (0..)
        .zip(scores)
        .map(|(at, score)| format!("p{at}@example.com,\"{score}\"\n"))
        .collect();
    env.write("people.csv", format!("Email,Score\n{}", rows.concat()));
}

#[test]
fn a_number_within_its_bounds_grants_and_the_bounds_are_taken_in() {
    let env = scored("");
    scores(&env, &["79.99", "80", "95 %", "99.50", "99.51", "100", ""]);
    let plan = env
        .verb("plan", &["--summary", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(plan["offerings"][0]["wanted"], 3);
}

#[test]
fn what_is_compared_with_a_number_and_is_none_is_an_error_with_an_example() {
    let env = scored("");
    scores(&env, &["85", "very good", "not yet"]);
    env.verb("plan", &[]).exits(1).prints(
        r#"
        $ rehome plan plan.toml
        stderr: error[D014]: "Score" in [sources.people] contains values that are not numbers (2 records)
        stderr:   --> plan.toml:20:41
        stderr:    |
        stderr: 20 | each_row = { grant = "course", when = { Score = { at_least = 80, at_most = 99.5 } } }
        stderr:    |                                         ^^^^^ read as a number
        stderr:    |
        stderr:    = at: people.csv:3: "very good" (1 record)
        stderr:    = at: people.csv:4: "not yet" (1 record)
        stderr:    = help: Name another column in `when`, or fix the cells
        stderr:
        stderr: 1 error
        [EOF, exit status 1]
        "#,
    );
    scores(&env, &["1,089", "85"]);
    env.verb("plan", &[]).exits(1).prints(r#"
    $ rehome plan plan.toml
    stderr: error[D014]: "Score" in [sources.people] contains ambiguous numbers: a separator, as in 1,089, could mark thousands or decimals (1 record)
    stderr:   --> plan.toml:20:41
    stderr:    |
    stderr: 20 | each_row = { grant = "course", when = { Score = { at_least = 80, at_most = 99.5 } } }
    stderr:    |                                         ^^^^^ read as a number
    stderr:    |
    stderr:    = at: people.csv:2: "1,089" (1 record)
    stderr:    = help: Set the decimal separator in [sources.people]: numbers = { decimal = "," }
    stderr:
    stderr: 1 error
    [EOF, exit status 1]
    "#);
    let said = scored("numbers = { decimal = \",\" }");
    scores(&said, &["85,089", "1.089,00"]);
    let plan = said
        .verb("plan", &["--summary", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(plan["offerings"][0]["wanted"], 1);
}

/// Every person gets the course, with three fields.
fn with_fields(plan: PlanBuilder) -> TestEnv {
    plan.source("people")
        .each_row("grant = \"course\"")
        .toml("\n[sources.people.fields]")
        .toml("birthday = { column = \"Born\", type = \"date\", format = \"%d/%m/%Y\" }")
        .toml("phone = { column = \"Phone\", type = \"phone\", country = \"ES\" }")
        .toml("notes = { column = \"Notes\", existing = \"overwrite\" }")
        .env()
}

fn people(env: &TestEnv, notes: &str) {
    env.write(
        "people.csv",
        format!(
            "Email,Born,Phone,Notes\nana@example.com,28/01/1980,912 345 678,{notes}\nbo@example.com,31/31/1980,ask Ana,short\n"
        ),
    );
}

#[test]
fn fields_are_carried_as_their_types_write_them_and_what_is_not_of_its_type_is_told() {
    let env = with_fields(course());
    people(&env, "first");
    env.verb("audit", &[])
        .exits(0)
        .says("field-not-of-type")
        .says("phone-unclear");
    env.apply().exits(0);
    let fields = |members: &serde_json::Value, at: usize| members["members"][at]["fields"].clone();
    let members = || env.verb("members", &["--format", "json"]).exits(0).json();
    let held = members();
    assert_eq!(
        fields(&held, 0),
        serde_json::json!({ "birthday": "1980-01-28", "phone": "+34912345678", "notes": "first" })
    );
    assert_eq!(
        fields(&held, 1),
        serde_json::json!({ "phone": "ask Ana", "notes": "short" })
    );
    // The field's own rule counts, and the plan's holds for the others.
    people(&env, "second");
    env.change_file("people.csv", "912 345 678", "912 345 679");
    env.verb("plan", &["--full"]).exits(0).says("kept");
    env.apply().exits(0);
    let held = members();
    assert_eq!(
        fields(&held, 0),
        serde_json::json!({ "birthday": "1980-01-28", "phone": "+34912345678", "notes": "second" })
    );
}

#[test]
fn a_value_that_the_contact_system_cannot_hold_waits_and_the_rest_of_the_member_goes_on() {
    let env = with_fields(course().practice_crm("http://127.0.0.1:8077"));
    let practice = Practice::serve(&env.plans(), 0);
    env.change_plan("http://127.0.0.1:8077", &practice.address);
    people(&env, &"n".repeat(256));
    let verb = |args: &[&str]| {
        let output = env.command(args).env(TOKEN, SECRET).output().unwrap();
        env.ran(&args.join(" "), &output).never_says(SECRET)
    };
    verb(&["plan", "plan.toml", "--full"])
        .exits(0)
        .says("field-too-long");
    let done = verb(&["apply", "plan.toml", "--yes"]);
    if done.code == Some(6) {
        verb(&["confirm", "plan.toml", "automations"]).exits(0);
        verb(&["apply", "plan.toml", "--yes"]).exits(3);
    }
    let members = verb(&["members", "plan.toml", "--format", "json"])
        .exits(0)
        .json();
    let ana = &members["members"][0];
    assert_eq!(
        ana["fields"],
        serde_json::json!({ "birthday": "1980-01-28", "phone": "+34912345678" })
    );
    assert_eq!(ana["offerings"], serde_json::json!(["course"]));
}
