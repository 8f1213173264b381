//! `when` with values that are left out: who is granted something, what a slip is told, and what `explain` says.

use crate::{
    env::TestEnv,
    support::plan::{PlanBuilder, plan},
};

fn club() -> PlanBuilder {
    plan("conditions").offering("club", "Club")
}

/// A plan that grants the club where the column `Tags` has none of these values.
fn without_tags(lists: &str, not: &str) -> TestEnv {
    let gives = format!("grant = \"club\", when = {{ Tags = {{ not = {not} }} }}, otherwise = \"revoke\"");
    club()
        .source("people")
        .toml(lists)
        .map_to("Product", [("Club", &gives)])
        .env()
        .and_file(
            "people.csv",
            "Email,Product,Tags\n\
         ana@example.com,Club,\"vip, Cancelled\"\n\
         ben@example.com,Club,vip\n\
         cy@example.com,Club,\n\
         dee@example.com,Club,CANCELLED\n",
        )
}

/// Who is wanted with the club.
fn wanted(env: &TestEnv) -> u64 {
    let plan = env
        .verb("plan", &["--summary", "--format", "json"])
        .exits(0)
        .json();
    plan["offerings"][0]["wanted"].as_u64().unwrap()
}

#[test]
fn in_a_column_of_lists_one_of_the_values_left_out_is_enough() {
    let env = without_tags("lists = { Tags = \",\" }", "[\"cancelled\"]");
    assert_eq!(wanted(&env), 2);
    env.verb("explain", &["ana@example.com"]).exits(0).prints(
        r#"
        $ rehome explain plan.toml ana@example.com
        ana@example.com: left out, their records only revoke; nothing to change

        1. 1 record
           people.csv:2
             Product "Club" -> revokes club, unless another record grants it  (plan.toml:22)
               when Tags is not without cancelled: it is "vip, Cancelled"
             alone it gives a revoke of club

        2. Names, fields and consent
           consent: not opted out

        3. Wanted, from all records together
           left out: their records only revoke (only-revoked)
           club is revoked, and no record grants it  (people.csv:2)

        4. Now
           on the site: no user or contact

        5. Changes
           none
        [EOF, exit status 0]
        "#,
    );
}

#[test]
fn without_lists_it_is_the_whole_cell_that_counts() {
    assert_eq!(wanted(&without_tags("", "\"cancelled\"")), 3);
}

#[test]
fn whoever_comes_to_have_such_a_value_loses_what_a_run_gave() {
    let env = without_tags("lists = { Tags = \",\" }", "[\"cancelled\"]");
    env.apply().exits(0);
    env.change_file(
        "people.csv",
        "ben@example.com,Club,vip",
        "ben@example.com,Club,\"vip,cancelled\"",
    );
    let plan = env.verb("plan", &["--summary", "--format", "json"]).json();
    assert_eq!(plan["offerings"][0]["lose"], 1);
}

#[test]
fn values_that_no_record_has_leave_nobody_out_and_are_a_warning() {
    let env = without_tags("lists = { Tags = \",\" }", "[\"canceled\"]");
    env.verb("check", &[]).exits(0).prints(r#"
    $ rehome check plan.toml
    [sources.people.map."Product"]
      value  entry  cells
      Club   Club       4
    [sources.people] when "Tags" is without canceled
      value           met  cells
      vip, Cancelled  yes      1
      vip             yes      1
      (blank)         yes      1
      CANCELLED       yes      1


    4 records read, 4 members; every value has an entry. Next: rehome plan plan.toml
    stderr: warning[D016]: the condition on "Tags" excludes values that do not occur: no record of [sources.people] to which it applies contains "canceled"
    stderr:   --> plan.toml:22:37
    stderr:    |
    stderr: 22 | "Club" = { grant = "club", when = { Tags = { not = ["canceled"] } }, otherwise = "revoke" }
    stderr:    |                                     ^^^^ the condition
    stderr:    |
    stderr:    = at: people.csv:2: first seen here: "vip, Cancelled"
    stderr:    = help: Did you mean "CANCELLED" for "canceled"? If no one has the value now, leave the condition as it is
    stderr:
    stderr: 1 warning
    [EOF, exit status 0]
    "#);
}

#[test]
fn a_slip_in_one_of_several_values_left_out_is_a_warning_too() {
    let lists = "lists = { Tags = \",\" }";
    let env = without_tags(lists, "[\"canceled\", \"vip\", \"cancelled\", \"refunded\"]");
    env.verb("check", &[])
        .exits(0)
        .says("contains \"canceled\" or \"refunded\"");
    without_tags(lists, "[\"vip\", \"Cancelled\"]")
        .verb("check", &[])
        .exits(0)
        .never_says("D016");
}

#[test]
fn a_blank_may_be_left_out_and_explain_says_so() {
    let env = without_tags("", "\"\"");
    assert_eq!(wanted(&env), 3);
    env.verb("explain", &["cy@example.com"])
        .exits(0)
        .says("when Tags is not other than (blank)");
}

#[test]
fn no_character_in_a_cell_makes_two_rows_one() {
    let env = without_tags("", "\"x\"");
    env.change_plan("not = \"x\" }", "not = \"x\" }, T = { not = \"y\" }");
    for between in ["\u{1f}", "\u{1f}|", "\u{1f}.", "|"] {
        let rows = format!("ana@example.com,Club,x,q{between}z\nben@example.com,Club,x{between}q,z\n");
        let (one, other) = rows.split_once('\n').unwrap();
        for rows in [rows.clone(), format!("{other}{one}\n")] {
            env.write("people.csv", format!("Email,Product,Tags,T\n{rows}"));
            assert_eq!(wanted(&env), 1, "{rows:?}");
        }
    }
}

#[test]
fn two_sources_of_one_file_give_to_those_of_whom_one_of_two_things_is_true() {
    let of_two = |plan: PlanBuilder, key: &str, when: &str| {
        let gives = format!("grant = 'club', when = {{ {when} }}, otherwise = 'revoke'");
        plan.table(key, "people.csv").map_to(
            "Product",
            [("Club", &gives), ("*", "ignore = 'not about the club'")],
        )
    };
    let plan = of_two(club(), "active", "Status = 'active'");
    let plan = of_two(plan, "paid", "Paid = 'yes'");
    let env = plan.env().and_file(
        "people.csv",
        "Email,Product,Status,Paid\n\
         ana@example.com,Club,active,no\n\
         ben@example.com,Club,ended,yes\n\
         cy@example.com,Club,ended,no\n\
         dee@example.com,Course,active,yes\n",
    );
    assert_eq!(wanted(&env), 2);
}
