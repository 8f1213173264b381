//! How new users log in: what a plan may say, and what is refused.

use super::*;
use crate::plan::LoginRule;

fn with_source(lines: &str) -> String {
    changed(
        "profile = \"table\"\n",
        &format!("profile = \"table\"\n{lines}\n"),
    )
}

#[test]
fn a_plan_says_how_new_users_log_in() {
    let of_source = |lines: &str| good(&with_source(lines), None).sources[0].person.login.clone();
    assert_eq!(of_source(""), None);
    assert_eq!(of_source("login = \"email\""), Some(LoginRule::Email));
    assert_eq!(of_source("login = \"local-part\""), Some(LoginRule::LocalPart));
    for lines in ["login = { column = \"User\" }", "username = \"User\""] {
        let Some(LoginRule::Column(column)) = of_source(lines) else {
            panic!("{lines} is a column")
        };
        assert_eq!(column.name, "User");
    }
    let of_members = |text: &str| good(&format!("{SMALL}{text}"), None).members.login;
    assert_eq!(of_members(""), LoginRule::Email);
    assert_eq!(
        of_members("\n[members]\nlogin = \"local-part\"\n"),
        LoginRule::LocalPart
    );
}

#[test]
fn a_login_that_is_not_a_rule_is_refused() {
    for (lines, code) in [
        ("login = {}", Code::MissingKey),
        ("login = { colum = \"User\" }", Code::UnknownKey),
        ("login = true", Code::WrongType),
        ("username = [\"User\"]", Code::WrongType),
        ("username = \" \"", Code::BadValue),
    ] {
        assert!(codes(&with_source(lines)).contains(&code), "{lines}");
    }
    let of_members = format!("{SMALL}\n[members]\nusername = \"User\"\n");
    assert_eq!(codes(&of_members), [Code::UnknownKey]);
}

#[test]
fn the_login_column_of_a_file_without_a_header_is_a_number() {
    let text = with_source("header = false\nusername = \"User\"")
        .replace("\"E-mail\"", "2")
        .replace("Products", "3")
        .replace("Status", "4");
    assert_eq!(codes(&text), [Code::BadValue]);
    assert_eq!(codes(&text.replace("\"User\"", "5")), []);
}
