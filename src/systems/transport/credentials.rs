//! What a transport proves itself with.

use std::fmt;

/// What a transport proves itself with. In no message and no debug output.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Nothing.
    None,
    /// A name and a password.
    Basic {
        /// The name; holds no colon.
        user: String,
        /// The password.
        password: String,
    },
    /// Secrets, each in a header of its own.
    Headers(Vec<(&'static str, String)>),
}

impl Credentials {
    /// A token, as most systems take it.
    pub fn bearer(token: &str) -> Self {
        Self::Headers(vec![("Authorization", format!("Bearer {token}"))])
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Basic { .. } => f.write_str("a name and a password"),
            Self::Headers(headers) => f
                .debug_set()
                .entries(headers.iter().map(|(name, _)| name))
                .finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_in_the_debug_output() {
        let basic = Credentials::Basic {
            user: "ann".to_owned(),
            password: "hunter2".to_owned(),
        };
        let headers = Credentials::Headers(vec![
            ("Api-Appid", "hunter2".to_owned()),
            ("Api-Key", "hunter3".to_owned()),
        ]);
        assert_eq!(format!("{headers:?}"), r#"{"Api-Appid", "Api-Key"}"#);
        for credentials in [basic, headers, Credentials::bearer("hunter2")] {
            assert!(!format!("{credentials:?}").contains("hunter"), "{credentials:?}");
        }
    }
}
