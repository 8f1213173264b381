//! Merge fields: what an email may say about a person and the site.

use minijinja::{Value, context};

/// The names and what stands for them.
pub const FIELDS: &[(&str, &str)] = &[
    ("member.first_name", "the first name; may be blank"),
    ("member.last_name", "the last name; may be blank"),
    ("member.email", "the email address"),
    ("member.login", "the login"),
    (
        "offerings",
        "the names of the email's offerings that the member has",
    ),
    ("site.name", "the site's name"),
    ("site.url", "the site's address"),
    (
        "lost_password_url",
        "the page where the member chooses a password",
    ),
    ("migration", "the plan's name"),
];

/// Longer names are cut: no one has them.
const LONGEST: usize = 120;

/// The names of all merge fields.
pub fn known() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|(name, _)| *name)
}

/// The values for one person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// First name, or blank.
    pub first_name: String,
    /// Last name, or blank.
    pub last_name: String,
    /// Address.
    pub email: String,
    /// Login.
    pub login: String,
    /// Names of offerings.
    pub offerings: Vec<String>,
    /// The site's name.
    pub site_name: String,
    /// The site's address.
    pub site_url: String,
    /// Where a password is chosen.
    pub lost_password_url: String,
    /// The plan's name.
    pub migration: String,
}

impl Fields {
    /// An example member, for trying a template.
    pub(super) fn sample() -> Self {
        Self {
            first_name: "Ann".to_owned(),
            last_name: "Bell".to_owned(),
            email: "ann@example.com".to_owned(),
            login: "ann".to_owned(),
            offerings: vec!["Photography 101".to_owned(), "Studio Club".to_owned()],
            site_name: "Members".to_owned(),
            site_url: "https://members.example".to_owned(),
            lost_password_url: "https://members.example/lost".to_owned(),
            migration: "move".to_owned(),
        }
    }

    /// A member of whom only the address is known.
    pub(super) fn blank_sample() -> Self {
        Self {
            first_name: String::new(),
            last_name: String::new(),
            ..Self::sample()
        }
    }

    /// As the template sees them.
    pub(super) fn context(&self) -> Value {
        let offerings: Vec<Value> = self.offerings.iter().map(|name| text(name)).collect();
        context! {
            member => context! {
                first_name => name(&self.first_name),
                last_name => name(&self.last_name),
                email => text(&self.email),
                login => text(&self.login),
            },
            offerings => offerings,
            site => context! { name => text(&self.site_name), url => page(&self.site_url) },
            lost_password_url => page(&self.lost_password_url),
            migration => text(&self.migration),
        }
    }
}

fn text(value: &str) -> Value {
    Value::from(clean(value))
}

/// "Safe" marks the address of a page of the site: it may be a link. Nothing else is ever marked so.
fn page(url: &str) -> Value {
    Value::from_safe_string(clean(url))
}

/// People register as `win at http://evil.example` so that an email to another member carries their link: mail
/// programs turn plain text into links. An invisible joiner after the dot or the colon prevents that.
fn name(value: &str) -> Value {
    let cleaned = clean(value);
    let mut out = String::with_capacity(cleaned.len());
    for (at, c) in cleaned.chars().enumerate() {
        if at == LONGEST {
            out.push('…');
            break;
        }
        let joins = out.ends_with(['.', ':', '@']) && !c.is_whitespace();
        if joins {
            out.push('\u{2060}');
        }
        out.push(c);
    }
    Value::from(out)
}

/// One line, without control characters and without those that turn the direction of what follows.
fn clean(value: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let blank = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let shown: String = value
        .chars()
        .filter(|c| !turns(*c))
        .map(|c| if blank(c) { ' ' } else { c })
        .collect();
    shown.trim().to_owned()
}
