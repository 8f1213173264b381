//! The real command against a real WordPress: judged by the site's database, its emails and its hooks.

mod accessally;
mod crashing;
mod hostile;
mod inviting;
mod kills;
mod meddler;
mod staging;
mod trouble;
mod whole_way;

use std::fs;

use crate::{
    companion::site::{Lent, site},
    env::{Ran, TestEnv},
};

/// A plan and its exports, and the site that it names.
struct Moved {
    env: TestEnv,
    site: Lent,
}

/// The lines of `[site]` for a site at `url`; the password is in a file next to the plan.
fn site_table(url: &str, membership: &str) -> String {
    format!(
        "kind = \"wordpress\"\nurl = \"{url}\"\nmembership = \"{membership}\"\nuser = \"admin\"\n\
         password = {{ file = \"site.password\" }}"
    )
}

impl Moved {
    /// The small plan with these rows, on Debian's WordPress.
    fn small(rows: &[&str]) -> Self {
        Self::to(site(), TestEnv::small(rows))
    }

    /// A plan of an embedded site `site.sqlite`, on this site instead.
    fn to(site: Lent, env: TestEnv) -> Self {
        let url = site.url().to_owned();
        Self::by(site, env, &url)
    }

    /// The same, reached by another address.
    fn by(site: Lent, env: TestEnv, url: &str) -> Self {
        env.write("site.password", site.password());
        env.change_plan(
            "kind = \"local\"\npath = \"site.sqlite\"",
            &site_table(url, "companion"),
        );
        Self { env, site }
    }

    fn verb(&self, verb: &str, args: &[&str]) -> Ran {
        self.env.verb(verb, args).never_says(&self.site.password())
    }

    fn apply(&self) -> Ran {
        self.verb("apply", &["--yes", "--waves", "off"])
    }

    /// Users besides the two of the installation.
    fn users(&self) -> u64 {
        self.site.number("SELECT COUNT(*) FROM wp_users WHERE ID > 2")
    }

    /// No one exists twice, no one was mailed, and PHP complained of nothing.
    #[track_caller]
    fn is_sound(&self) {
        let twice = |column: &str| {
            let all = format!("SELECT COUNT(*) - COUNT(DISTINCT {column}) FROM wp_users");
            self.site.number(&all)
        };
        assert_eq!((twice("user_email"), twice("user_login")), (0, 0));
        let contacts =
            "SELECT COUNT(*) - COUNT(DISTINCT contact_id) FROM wp_rehome_people WHERE contact_id IS NOT NULL";
        assert_eq!(self.site.number(contacts), 0);
        let half_made = "SELECT COUNT(*) FROM wp_users u WHERE NOT EXISTS (SELECT 1 FROM wp_usermeta m WHERE m.user_id = u.ID AND m.meta_key = 'wp_capabilities')";
        assert_eq!(self.site.number(half_made), 0);
        assert!(self.site.mails().is_empty(), "{:?}", self.site.mails());
        assert_eq!(self.site.complaints(), Vec::<String>::new());
    }

    /// Requests of members that the site has heard of.
    fn requests(&self) -> u64 {
        self.site.number("SELECT COUNT(*) FROM wp_rehome_requests")
    }
}

/// No file that the command left holds the password, but the one that it was read from.
#[track_caller]
fn nothing_holds_the_password(moved: &Moved) {
    let password = moved.site.password();
    let holds = |bytes: &[u8]| {
        bytes
            .windows(password.len())
            .any(|part| part == password.as_bytes())
    };
    for path in moved.env.listing().keys() {
        let named = path.ends_with("site.password");
        assert!(
            named || !holds(&fs::read(path).unwrap_or_default()),
            "{}",
            path.display()
        );
    }
}
