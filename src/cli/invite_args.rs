//! The arguments of `rehome invite`, and the help that teaches it.

use std::path::PathBuf;

use clap::Args;

use super::shared_args::{Format, PlanChoice};

/// Send the plan's emails, at most once a person and email
///
/// An email of the plan (`[emails.KEY]`) goes to everybody whom the plan wants, who has a user on the site and access
/// to one of the email's offerings now, has not opted out, and did not get it before. Three of the mails are shown
/// before anything is sent. With `via = "site"` the site sends, with its own mailer and `per_hour`; with `via = "file"` one
/// mail file a person is written; with `via = "tag"` a tag starts the mail elsewhere, and there is nothing to do here.
///
/// It can be stopped (Ctrl-C), killed and run again: it goes on where it was, and nobody gets a mail twice. Where it is
/// not known whether a mail went out, the person is listed and not written to again unless you say so (`--again`).
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  rehome invite PLAN --to me@example.com            look at it in your own mailbox first\n  rehome invite PLAN --limit 10                     then ten people\n  rehome invite PLAN                                then all\n  rehome invite PLAN --email welcome --again ann@example.com\n  rehome invite PLAN --email letter --out mails --from \"Lumen <hello@lumen.example>\"\n\nExit status: 0 done or nothing to do; 1 error, or an answer \"no\"; 3 some mails are in doubt, failed\nor were refused; 130 stopped, can go on."
)]
pub(super) struct InviteVerb {
    #[command(flatten)]
    pub(super) plan: PlanChoice,
    /// Only the email [emails.KEY]; may be given several times
    #[arg(long, value_name = "KEY")]
    pub(super) email: Vec<String>,
    /// Ask nothing
    #[arg(long)]
    pub(super) yes: bool,
    /// Only so many people of each email, in order of address
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<usize>,
    /// Send one test to ADDRESS, and to nobody else; it does not count as an invitation
    ///
    /// Filled as that person's mail, or as the first person's who would be written to, where the address has no user.
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["yes", "limit", "again", "out"])]
    pub(super) to: Option<String>,
    /// Send once more to ADDRESS, whose mail is in doubt or failed; only to these
    ///
    /// Look first whether the mail came. Who is known to have got it is not written to again: `--to` sends a copy.
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    pub(super) again: Vec<String>,
    /// Where mails with `via = "file"` are written: DIR/KEY/ADDRESS.eml; none is ever written over
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// The sender in these files; without it they are drafts that a mail program fills in
    #[arg(long, value_name = "SENDER", requires = "out")]
    pub(super) from: Option<String>,
    /// How to write the result
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}
