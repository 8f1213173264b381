//! How a wanted user logs in: a row of the list, and the words for it.

use serde::Serialize;

use super::Coded;

/// How one wanted user logs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoginRow {
    /// The member.
    pub email: String,
    /// The login.
    pub login: String,
    /// Whether the user is on the site already, and so keeps the login.
    pub there: bool,
    /// The rule of the plan by which a new user gets it, in words; blank for an existing user.
    pub rule: String,
    /// The login asked for, where another one is given.
    pub asked: Option<String>,
    /// Why another one is given.
    pub why: Option<Coded>,
}

impl LoginRow {
    /// The columns of the list.
    pub const HEADER: [&'static str; 6] = ["email", "login", "user", "rule", "asked_for", "why"];

    /// The row of the list.
    pub fn into_cells(self) -> Vec<String> {
        let why = self
            .why
            .map_or_else(String::new, |why| format!("{}: {}", why.code, why.sentence));
        let user = if self.there { "existing" } else { "new" };
        vec![
            self.email,
            self.login,
            user.to_owned(),
            self.rule,
            self.asked.unwrap_or_default(),
            why,
        ]
    }
}

/// One user's login as a person reads it.
pub(super) fn login_line(row: &LoginRow) -> String {
    let login = crate::text::printable(&row.login);
    if row.there {
        return format!("logs in as \"{login}\", the existing login; logins never change");
    }
    match (&row.asked, &row.why) {
        (Some(asked), Some(why)) => format!(
            "logs in as \"{login}\", not as \"{}\" by {}: {} ({})",
            crate::text::printable(asked),
            row.rule,
            why.sentence,
            why.code
        ),
        _ => format!("logs in as \"{login}\", by {}", row.rule),
    }
}
