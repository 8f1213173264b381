//! Logins: what a site takes as one, how one is chosen, and how many were chosen each way.

use serde::{Deserialize, Serialize};

/// What a site takes as a login, besides that no two users have the same one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LoginRules {
    /// At most 60 characters: ASCII letters, digits, spaces and `_ . - @`, with a letter or digit among
    /// them. WordPress drops everything else without a word (`sanitize_user`, strict).
    #[default]
    WordPress,
}

impl LoginRules {
    /// The most characters.
    pub fn max_chars(self) -> usize {
        match self {
            Self::WordPress => 60,
        }
    }

    /// Whether a character may appear in a login. A space may, between two others.
    pub fn takes_sign(self, sign: u8) -> bool {
        match self {
            Self::WordPress => WORDPRESS[usize::from(sign)],
        }
    }

    /// Whether a login is taken exactly as it is, so that nothing of it is dropped or changed.
    pub fn takes(self, login: &str) -> bool {
        login.len() <= self.max_chars()
            && login.bytes().all(|sign| self.takes_sign(sign))
            && login.bytes().any(|sign| sign.is_ascii_alphanumeric())
            && !(login.starts_with(' ') || login.ends_with(' ') || login.contains("  "))
    }

    /// As [`Self::takes`], for a normalised address: faster, because its domain contains only
    /// letters, digits, dots and hyphens. Every new member is asked this.
    pub fn takes_address(self, address: &str) -> bool {
        address.len() <= self.max_chars()
            && address
                .bytes()
                .take_while(|sign| *sign != b'@')
                .all(|sign| self.takes_sign(sign))
    }
}

/// What a login on WordPress may contain, by byte.
static WORDPRESS: [bool; 256] = {
    let mut taken = [false; 256];
    let mut sign: u8 = 0;
    while sign < 128 {
        taken[sign as usize] =
            sign.is_ascii_alphanumeric() || matches!(sign, b' ' | b'_' | b'.' | b'-' | b'@');
        sign += 1;
    }
    taken
};

/// How the login of a new user is chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoginKind {
    /// The email address.
    #[default]
    Email,
    /// The part before the @ of the address.
    LocalPart,
    /// The text of a column.
    Column,
}

/// How many new users log in with what. Each counts once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginCounts {
    /// With their email address.
    pub email: u64,
    /// With the part before the @ of it.
    pub local_part: u64,
    /// With the text of a column.
    pub column: u64,
    /// With another login than asked for, since the site does not take that one.
    pub cleaned: u64,
    /// With another login than requested, because that one belongs to another member.
    pub taken: u64,
}

impl LoginCounts {
    /// Adds other new users.
    pub fn add(&mut self, other: Self) {
        self.email += other.email;
        self.local_part += other.local_part;
        self.column += other.column;
        self.cleaned += other.cleaned;
        self.taken += other.taken;
    }

    /// All new users.
    pub fn total(self) -> u64 {
        self.email + self.local_part + self.column + self.changed()
    }

    /// Those who get another login than was asked for.
    pub fn changed(self) -> u64 {
        self.cleaned + self.taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_taken_where_wordpress_would_drop_nothing_of_it() {
        let takes = |login: &str| LoginRules::WordPress.takes(login);
        for login in ["ann", "Ann B", "ann_b.c-d@example.com", "7", &"x".repeat(60)] {
            assert!(takes(login), "{login:?}");
        }
        for login in [
            "",
            " ann",
            "ann ",
            "ann  b",
            "ann+vip@example.com",
            "o'brien",
            "jörg",
            "😀",
            "ann\tb",
            "--",
            &"x".repeat(61),
        ] {
            assert!(!takes(login), "{login:?}");
        }
        for address in ["ann@example.com", "ann+vip@example.com", "_@x-y.example"] {
            assert_eq!(
                LoginRules::WordPress.takes_address(address),
                takes(address),
                "{address}"
            );
        }
        assert!(!LoginRules::WordPress.takes_address(&format!("ann@{}.example", "x".repeat(60))));
    }
}
