//! Mapping at size: mapping files, tags carried over from values, corrections. Through the real command.

use std::{collections::BTreeSet, fmt::Write as _, fs};

use crate::{
    env::{SMALL, TestEnv},
    whole_way::no_effect_is_doubled,
};

/// [`SMALL`] whose products are mapped by a file.
fn with_file(rows: &[&str], sheet: &str) -> TestEnv {
    let env = TestEnv::small(rows).and_file("products.csv", sheet);
    let map = &SMALL[SMALL.find("[sources.people.map.Products]").unwrap()..];
    env.change_plan(map, "");
    env.change_plan(
        "lists = {",
        "map_file = { Products = \"products.csv\" }\nlists = {",
    );
    env
}

const SHEET: &str = "\u{feff}Value;Grant;Tag;Ignore;Otherwise;When column;When values;note\r\n\
    Course;course;;;;;;\r\n\
    Club;club;vip;;revoke;Status;active|trial;ask Bo\r\n\
    \"VIP; old\";;vip;;;;;\r\n\
    lead-*;;;marketing only;;;;\r\n";

const PEOPLE: [&str; 4] = [
    "ana@example.com,Ana,Moll,\"Course, lead-9\",",
    "bo@example.com,Bo,Sund,Club,trial",
    "cy@example.com,Cy,Tan,Club,stopped",
    "di@example.com,Di,Ulm,VIP; old,",
];

fn tags_of(env: &TestEnv, email: &str) -> BTreeSet<String> {
    let list = env.verb("members", &["--format", "json"]).exits(0).json();
    let members = list["members"].as_array().unwrap();
    let member = members.iter().find(|one| one["email"] == email);
    let tags = member.map(|one| one["tags"].as_array().unwrap().clone());
    tags.unwrap_or_default()
        .iter()
        .map(|tag| tag.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_mapping_file_says_what_a_map_in_the_plan_says() {
    let env = with_file(&PEOPLE, SHEET);
    env.verb("check", &[]).exits(0).prints(
        r#"
        $ rehome check plan.toml
        [sources.people.map."Products"]
          value     entry             cells
          Club      Club                  2
          Course    Course                1
          lead-9    lead-* (ignored)      1
          VIP; old  VIP; old              1
        [sources.people] when "Status" is one of active, trial
          value    met  cells
          trial    yes      1
          stopped  no       1


        4 records read, 4 members; every value has an entry. Next: rehome plan plan.toml
        stderr: warning[D016]: the condition on "Status" has values that do not occur: no record of [sources.people] to which it applies contains "active"
        stderr:   --> plan.toml:26:25
        stderr:    |
        stderr: 26 | map_file = { Products = "products.csv" }
        stderr:    |                         ^^^^^^^^^^^^^^ the condition
        stderr:    |
        stderr:    = at: people.csv:3: first seen here: "trial"
        stderr:    = help: Compare the values with the cells of the export; if no one has them now, leave the condition as it is
        stderr:
        stderr: 1 warning
        [EOF, exit status 0]
        "#,
    );
    env.apply().exits(0);
    assert_eq!(tags_of(&env, "ana@example.com"), ["Course".to_owned()].into());
    assert_eq!(
        tags_of(&env, "bo@example.com"),
        ["Club".to_owned(), "VIP".to_owned()].into()
    );
    env.verb("plan", &["--detailed-exitcode"]).exits(0);
    env.run(&["explain", "plan.toml", "bo@example.com"])
        .exits(0)
        .says("products.csv:3");
}

#[test]
fn a_changed_mapping_file_is_another_input() {
    let env = with_file(&PEOPLE, SHEET);
    env.verb("plan", &["--out", "before.changes"]).exits(0);
    env.write("products.csv", SHEET.replace("ask Bo", "asked"));
    env.verb("plan", &["--out", "after.changes"]).exits(0);
    let inputs = |name: &str| {
        let set = rusqlite::Connection::open(env.path(name)).unwrap();
        let header: String = set
            .query_row("SELECT json FROM header", [], |row| row.get(0))
            .unwrap();
        serde_json::from_str::<serde_json::Value>(&header).unwrap()["inputs"].clone()
    };
    assert_ne!(inputs("before.changes"), inputs("after.changes"));
}

#[test]
fn lines_of_the_plan_and_of_several_files_are_one_map() {
    let env = TestEnv::small(&PEOPLE)
        .and_file("a.csv", "value,ignore\nlead-*,marketing\n")
        .and_file("b.csv", "value\ttag\nVIP; old\tvip\n");
    env.change_plan(
        "lists = {",
        "map_file = { products = [\"a.csv\", \"b.csv\"] }\nlists = {",
    );
    env.verb("check", &[]).exits(0).says("lead-* (ignored)");
}

#[test]
fn everything_wrong_in_a_mapping_file_is_shown_with_its_line() {
    let sheet = "value,grant,release,tag,ignore,otherwise,when column,when values\n\
        Course,corse,,,,,,\n\
        Club,,,VIP,,,,\n\
        A,course,,,retired,,,\n\
        ,course,,,,,,\n\
        \"lead-*-*\",,,vip,,,,\n\
        B,,,,,,,\n\
        C,course,,,,revoke,,\n\
        D,course,most,,,,,\n\
        E,course,all,,,,,\n\
        F,,,$rest,,,,\n\
        G,,,vip,,later,,\n\
        H,course,,,,,Status,\n\
        I,,,vip,,,,\n\
        \" i\",,,vip,,,,\n";
    with_file(&PEOPLE, sheet)
        .verb("check", &[])
        .exits(1)
        .is("map-file-wrong-lines");
}

#[test]
fn a_value_that_stands_in_the_plan_and_in_a_file_is_shown_with_both_places() {
    let env = TestEnv::small(&PEOPLE).and_file("a.csv", "value,tag\nlead-*,vip\n COURSE,vip\n");
    env.change_plan("lists = {", "map_file = { Products = \"a.csv\" }\nlists = {");
    env.verb("check", &[]).exits(1).prints(
        r#"
    $ rehome check plan.toml
    stderr: error[P013]: `COURSE` appears twice in the map of `Products` in [sources.people]
    stderr:   --> plan.toml:26:25
    stderr:    |
    stderr: 26 | map_file = { Products = "a.csv" }
    stderr:    |                         ^^^^^^^ the file named here
    stderr: ...
    stderr: 30 | "Course" = { grant = "course" }
    stderr:    | ------------------------------- the first entry
    stderr:    |
    stderr:    = at: a.csv:3: the second entry
    stderr:    = help: Keep one; values are compared without regard to case and surrounding spaces
    stderr:
    stderr: 1 error
    [EOF, exit status 1]
    "#,
    );
}

#[test]
fn a_mapping_file_that_is_no_table_is_refused() {
    for (name, content) in [
        ("missing", None),
        ("empty", Some(b"".to_vec())),
        ("header", Some(b"value,garnt\nCourse,course\n".to_vec())),
        (
            "quote",
            Some(b"value,grant\n\"Course,course\nClub,club\n".to_vec()),
        ),
        ("latin", Some(b"value,grant\nCaf\xe9,course\n".to_vec())),
        ("binary", Some(b"PK\x03\x04\0\0\0\0".to_vec())),
        ("no-lines", Some(b"value,grant\n,\n".to_vec())),
    ] {
        let env = with_file(&PEOPLE, "");
        match content {
            Some(content) => env.write("products.csv", content),
            None => fs::remove_file(env.path("products.csv")).unwrap(),
        }
        env.verb("check", &[]).exits(1).is(&format!("map-file-{name}"));
    }
    let env = with_file(&PEOPLE, &format!("value,grant\n{}", "x".repeat(17 * 1024 * 1024)));
    env.verb("check", &[]).exits(1).says("it is longer than");
}

#[test]
fn a_file_full_of_wrong_lines_shows_the_first_of_them() {
    let mut sheet = "value,grant\n".to_owned();
    for line in 0..2_000 {
        let _ = writeln!(sheet, "Product {line},corse");
    }
    let ran = with_file(&PEOPLE, &sheet).verb("check", &[]).exits(1);
    assert!(ran.stderr.lines().count() < 1_000, "{ran}");
    ran.says("products.csv:52: not checked from here on");
}

#[test]
fn values_without_a_line_are_written_as_a_mapping_file_to_be_filled_in() {
    let env = TestEnv::small(&[
        "ana@example.com,Ana,Moll,\"Course, Oils *\",",
        "bo@example.com,Bo,Sund,\"Ink, \"\"fast\"\"\",",
        "cy@example.com,Cy,Tan,Ink,",
    ]);
    env.verb("check", &["--unmapped", "maps"])
        .exits(1)
        .says("written: maps/people.Products.unmapped.csv");
    let path = env.path("maps/people.Products.unmapped.csv");
    let sheet = fs::read_to_string(&path).unwrap();
    assert_eq!(
        sheet,
        "\u{feff}value,count,grant,release,tag,ignore\nInk,2,,,,\n\"\"\"fast\"\"\",1,,,,\nOils \\*,1,,,,\n"
    );
    env.verb("check", &["--unmapped", "maps"])
        .exits(1)
        .says("it already exists");
    let filled = sheet
        .replace("Ink,2,,,,", "Ink,2,course,,,")
        .replace(",1,,,,", ",1,,,vip,");
    fs::write(&path, filled).unwrap();
    env.change_plan(
        "lists = {",
        "map_file = { Products = \"maps/people.Products.unmapped.csv\" }\nlists = {",
    );
    env.verb("check", &["--unmapped", "other"])
        .exits(0)
        .says("Every value has an entry");
    assert!(!env.path("other").exists());
}

#[test]
fn two_thousand_values_without_a_line_are_a_readable_error() {
    let rows: Vec<String> = (0..2_000)
        .map(|at| format!("p{at}@example.com,A,B,Thing {at},"))
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let ran = TestEnv::small(&rows).verb("check", &[]).exits(1);
    assert!(ran.stderr.lines().count() < 500, "{}", ran.stderr.lines().count());
    ran.says("1,960 more values of this column have no entry in the plan (1,960 records)")
        .says("--unmapped DIR");
}

#[test]
fn a_value_that_two_patterns_fit_equally_well_is_shown_with_both() {
    let env = TestEnv::small(&[
        "ana@example.com,Ana,Moll,Old club,",
        "bo@example.com,Bo,Sund,Old thing,",
    ]);
    env.change_plan(
        "\"VIP\" = {",
        "\"Old *\" = { ignore = \"gone\" }\n\"*club\" = { tag = \"vip\" }\n\"*hing\" = { ignore = \"gone too\" }\n\"VIP\" = {",
    );
    env.verb("check", &[]).exits(1).prints(
        r#"
    $ rehome check plan.toml
    stderr: error[D002]: two entries match "Old club" equally well and mean different things (1 record)
    stderr:   --> plan.toml:31:1
    stderr:    |
    stderr: 31 | "Old *" = { ignore = "gone" }
    stderr:    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this entry matches
    stderr: 32 | "*club" = { tag = "vip" }
    stderr:    | ------------------------- this entry matches
    stderr:    |
    stderr:    = at: people.csv:2: first seen here
    stderr:    = help: Add an entry for the value, or make one pattern more specific: the longer pattern wins
    stderr:
    stderr: 1 error
    [EOF, exit status 1]
    "#,
    );
}

/// [`SMALL`] whose products starting with `Course -> ` become tags.
fn carrying(rows: &[&str], tag: &str) -> TestEnv {
    let env = TestEnv::small(rows);
    env.change_plan(
        "\"VIP\" = { tag = \"vip\" }",
        &format!("\"VIP\" = {{ tag = \"vip\" }}\n\"Course -> *\" = {{ tag = {tag} }}"),
    );
    env.change_plan(
        "[sources.people]\n",
        "[members]\ncontacts = \"mapped\"\n\n[sources.people]\n",
    );
    env
}

#[test]
fn a_value_becomes_a_tag_that_is_made_listed_given_and_taken_back() {
    let env = carrying(
        &[
            "ana@example.com,Ana,Moll,\"Course, Course -> Oils & Ink\",",
            "bo@example.com,Bo,Sund,\"course -> OILS & INK, Course -> Café\",",
            "cy@example.com,Cy,Tan,Course -> vip,",
        ],
        "[\"$rest\", \"Kajabi: $value\"]",
    );
    env.verb("plan", &[])
        .exits(0)
        .only(&["Created first", "Findings"])
        .prints(
            r#"
            $ rehome plan plan.toml
            [...]
            Created first
              + offering course with the tags "Course", "Course (instant)", "Course (revoked)"
              + offering club with the tags "Club", "Club (instant)", "Club (revoked)"
              + tag "VIP"
              + 5 new tags carried over from values
                  "Kajabi: Course -> Oils & Ink" for 2 members
                  "Oils & Ink" for 2 members
                  "Café" for 1 member
                  "Kajabi: Course -> Café" for 1 member
                  "Kajabi: Course -> vip" for 1 member
            [...]
            Findings (`rehome audit` lists them)
              tag-spellings 2 records: two spellings of a value become the same tag
            stderr: Next: rehome apply plan.toml
            [EOF, exit status 0]
            "#,
        );
    env.apply().exits(0);
    assert_eq!(
        tags_of(&env, "bo@example.com"),
        [
            "Café",
            "Kajabi: Course -> Café",
            "Kajabi: Course -> Oils & Ink",
            "Oils & Ink"
        ]
        .map(str::to_owned)
        .into()
    );
    assert_eq!(
        tags_of(&env, "cy@example.com"),
        ["VIP", "Kajabi: Course -> vip"].map(str::to_owned).into()
    );
    env.verb("plan", &["--detailed-exitcode"]).exits(0);
    env.verb("verify", &[]).exits(0);
    env.run(&["explain", "plan.toml", "ana@example.com"])
        .exits(0)
        .says("gives the tag \"Oils & Ink\"");
    no_effect_is_doubled(&env.site());
    env.verb("undo", &["--yes"]).exits(0);
    assert_eq!(tags_of(&env, "bo@example.com"), BTreeSet::new());
}

#[test]
fn the_line_that_is_proposed_for_a_value_can_be_put_into_the_plan() {
    let env = TestEnv::small(&["ana@example.com,Ana,Moll,Ana's Course,"]);
    env.verb("plan", &[])
        .exits(1)
        .says("for example: \"Ana's Course\" = { ignore = \"why\" }");
}

#[test]
fn a_tag_that_is_there_keeps_its_spelling_whatever_the_next_export_writes() {
    let env = carrying(&["ana@example.com,Ana,Moll,Course -> Oils,"], "\"$rest\"");
    env.apply().exits(0);
    env.write_people(&[
        "ana@example.com,Ana,Moll,Course -> OILS,",
        "bo@example.com,Bo,Sund,Course -> oils,",
    ]);
    env.apply().exits(0);
    for email in ["ana@example.com", "bo@example.com"] {
        assert_eq!(tags_of(&env, email), ["Oils".to_owned()].into());
    }
    env.run(&["explain", "plan.toml", "bo@example.com"])
        .exits(0)
        .says("gives the tag \"Oils\"");
}

#[test]
fn a_tag_of_somebody_else_that_no_value_names_any_more_stays() {
    let env = carrying(&["ana@example.com,Ana,Moll,Course -> Oils,"], "\"$rest\"");
    env.apply().exits(0);
    env.write_people(&["ana@example.com,Ana,Moll,Course -> Ink,"]);
    env.apply().exits(0);
    assert_eq!(
        tags_of(&env, "ana@example.com"),
        ["Ink", "Oils"].map(str::to_owned).into()
    );
}

#[test]
fn a_value_that_would_give_or_take_access_as_a_tag_is_an_error() {
    let env = carrying(
        &[
            "ana@example.com,Ana,Moll,Course -> club (REVOKED),",
            "bo@example.com,Bo,Sund,\"Course -> Club (revoked), Course -> Oils\",",
            "cy@example.com,Cy,Tan,Course -> course,",
        ],
        "\"$rest\"",
    );
    env.verb("plan", &[]).exits(1).prints(r#"
    $ rehome plan plan.toml
    stderr: error[D008]: "Course -> club (REVOKED)" would become the tag "club (REVOKED)", which is the revoke tag of the offering club and would change who has access (2 records)
    stderr:   --> plan.toml:35:1
    stderr:    |
    stderr: 35 | "Course -> *" = { tag = "$rest" }
    stderr:    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this entry turns it into a tag
    stderr:    |
    stderr:    = at: people.csv:2: first seen here
    stderr:    = help: Add an entry for the value that sets what it means, such as { grant = "club" }, or put a word before it: tag = "Old: $value"
    stderr:
    stderr: error[D008]: "Course -> course" would become the tag "course", which is the base tag of the offering course and would change who has access (1 record)
    stderr:   --> plan.toml:35:1
    stderr:    |
    stderr: 35 | "Course -> *" = { tag = "$rest" }
    stderr:    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this entry turns it into a tag
    stderr:    |
    stderr:    = at: people.csv:4: first seen here
    stderr:    = help: Add an entry for the value that sets what it means, such as { grant = "course" }, or put a word before it: tag = "Old: $value"
    stderr:
    stderr: 2 errors
    [EOF, exit status 1]
    "#);
}

#[test]
fn a_value_that_is_no_name_of_a_tag_is_an_error() {
    let long = format!("ana@example.com,Ana,Moll,Course -> {},", "x".repeat(256));
    let env = carrying(
        &[
            &long,
            "bo@example.com,Bo,Sund,Course -> ,",
            "cy@example.com,Cy,Tan,\"Course -> a\nb\",",
        ],
        "\"$rest\"",
    );
    env.verb("plan", &[]).exits(1).is("D008-carried-tag-no-name");
}

#[test]
fn more_tags_than_systems_can_number_are_an_error() {
    let rows: Vec<String> = (0..61_000)
        .map(|at| format!("p{at}@example.com,A,B,Course -> {at},"))
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    carrying(&rows, "\"$rest\"")
        .verb("check", &[])
        .exits(1)
        .says("there would be more than 60000 tags");
}

/// [`SMALL`] with a key and a corrections file.
fn corrected(rows: &[&str], fixes: &str) -> TestEnv {
    let env = TestEnv::small(rows).and_file("fixes.csv", fixes);
    env.change_plan(
        "lists = {",
        "corrections = \"fixes.csv\"\nkey = \"Status\"\nlists = {",
    );
    env
}

#[test]
fn a_corrected_cell_is_read_as_what_it_becomes() {
    let env = corrected(
        &[
            "ana@exmaple.com,Ana,Moll,Curse,m1",
            "bo@example.com,Bo,Sund,Course,m2",
            "bo@example.com,Bo,Sund,Curse,m2",
        ],
        "email;key;column;was;becomes;note\n\
         ANA@exmaple.com ;;Email;;ana@example.com;typo\n\
         ;m1;products;curse;Course;\n\
         bo@example.com;m2;Products;Curse;Course;\n\
         bo@example.com;;First;;Bo;stands there already\n",
    );
    env.verb("plan", &[])
        .exits(0)
        .only(&["3 records", "Findings"])
        .prints(
            r"
            $ rehome plan plan.toml
            [...]
              3 records = 2 members + 1 merged + 0 rejected + 0 ignored
              2 members = 2 users + 0 contacts only + 0 left out
              2 members to create on the new site
              2 members gain access: bo@example.com, ana@example.com
              passwords changed: 0; emails sent: 0; automations that may start: 0
              2 new logins: the email address
              about 11 write requests to the site
            [...]
            Findings (`rehome audit` lists them)
              corrected 2 records: the corrections file changed a cell of the record
            stderr: Next: rehome apply plan.toml
            [EOF, exit status 0]
            ",
        );
    env.apply().exits(0);
    assert_eq!(tags_of(&env, "ana@example.com"), ["Course".to_owned()].into());
    assert_eq!(tags_of(&env, "ana@exmaple.com"), BTreeSet::new());
    env.run(&["explain", "plan.toml", "ana@example.com"])
        .exits(0)
        .is("corrections-explain");
    let first = env.verb("plan", &["--format", "json"]).exits(0).json();
    assert_eq!(first["records"]["read"], 3);
}

#[test]
fn a_correction_that_meets_nobody_or_not_its_cell_is_an_error() {
    let env = corrected(
        &[
            "ana@example.com,Ana,Moll,Course,m1",
            "bo@example.com,Bo,Sund,Course,m2",
        ],
        "email,key,column,was,becomes\n\
         an@example.com,,Products,,Club\n\
         ana@example.com,m2,Products,,Club\n\
         ana@example.com,,Products,Curse,Club\n\
         ,m2,Last,,Sunde\n\
         bo@example.com,,Last,,Sundt\n",
    );
    env.verb("plan", &[]).exits(1).is("D009-correction-of-nobody");
}

#[test]
fn everything_wrong_in_a_corrections_file_is_shown_with_its_line() {
    let env = corrected(
        &["ana@example.com,Ana,Moll,Course,m1"],
        "email,key,column,was,becomes\n\
         ,,Products,,Course\n\
         ana@example.com,,,,Course\n\
         ana@example.com,,Phone,,1\n\
         ana@example.com,,First,,Anna\n\
         Ana@example.com,, first,,Anne\n",
    );
    env.verb("plan", &[]).exits(1).is("corrections-wrong-lines");
    env.change_plan("key = \"Status\"\n", "");
    env.write("fixes.csv", "key,column,becomes\nm1,First,Anna\n");
    env.verb("plan", &[]).exits(1).prints(
        r#"
    $ rehome plan plan.toml
    stderr: error[P005]: a correction uses `key`, but [sources.people] has no key
    stderr:   --> plan.toml:26:15
    stderr:    |
    stderr: 26 | corrections = "fixes.csv"
    stderr:    |               ^^^^^^^^^^^ the file named here
    stderr:    |
    stderr:    = at: fixes.csv:2: this key
    stderr:    = help: Set which column contains it: key = "Member ID"
    stderr:
    stderr: 1 error
    [EOF, exit status 1]
    "#,
    );
    env.write("fixes.csv", "email,becomes\n");
    env.verb("plan", &[]).exits(1).says("it has no column `column`");
}

#[test]
fn a_condition_on_a_column_of_lists_holds_where_one_of_its_values_is_asked_for() {
    let env = TestEnv::small(&[
        "ana@example.com,Ana,Moll,Course,\"vip, Paid\"",
        "bo@example.com,Bo,Sund,Course,paid",
        "cy@example.com,Cy,Tan,Course,\"unpaid, vip\"",
        "di@example.com,Di,Ulm,\"VIP, Course\",",
        "ed@example.com,Ed,Voss,Course,\"gold, paid\"",
    ]);
    env.change_plan("{ Products = \",\" }", "{ Products = \",\", Status = \",\" }");
    env.change_plan(
        "\"Course\" = { grant = \"course\" }\n",
        "\"Course\" = { grant = \"course\", when = { Status = [\"paid\"] } }\n",
    );
    // Another title that ends in the word: its parts are not values.
    env.change_plan(
        "[sources.people.map.Products]",
        "[sources.people.map.Status]\n\"Gold, paid\" = { tag = \"vip\" }\n\"*\" = { ignore = \"a state\" }\n\n[sources.people.map.Products]",
    );
    env.apply().exits(0).never_says("no effect");
    let list = env.verb("members", &["--format", "json"]).exits(0).json();
    let granted: Vec<&str> = list["members"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| !one["offerings"].as_array().unwrap().is_empty())
        .filter_map(|one| one["email"].as_str())
        .collect();
    assert_eq!(granted, ["ana@example.com", "bo@example.com"]);
    env.verb("explain", &["ana@example.com"])
        .exits(0)
        .says("when Status is a list with one of paid: it is \"vip, Paid\"");
}

#[test]
fn a_separator_of_a_column_that_only_conditions_read_is_of_use_and_another_is_not() {
    let env = TestEnv::small(&["ana@example.com,Ana,Moll,Club,\"new, active\""]);
    env.change_plan("{ Products = \",\" }", "{ Products = \",\", Status = \",\" }");
    env.verb("check", &[]).exits(0).never_says("P018");
    env.verb("plan", &["--summary"])
        .exits(0)
        .says("1 member gains access: ana@example.com");
    env.change_plan("Status = \",\" }", "First = \",\" }");
    env.verb("check", &[])
        .exits(0)
        .says("`lists` names the column `First`, which has no map and no values in `when`");
}
