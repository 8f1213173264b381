//! The arguments of `rehome invite`, and the help that teaches it.

use std::path::PathBuf;

use clap::Args;

use super::shared_args::{Format, PlanChoice};

/// Send the plan's emails, each at most once per person
///
/// An email of the plan (`[emails.KEY]`) goes to each member of the plan who has a user on the site, has access to
/// one of the email's offerings now, has not opted out, and has not received it before. Rehome shows three of the
/// emails before it sends anything. With `via = "site"`, the site sends them with its own mailer, at most `per_hour`.
/// With `via = "file"`, Rehome writes one file per person. With `via = "tag"`, a tag starts the email elsewhere, and
/// there is nothing to do here.
///
/// It can be stopped (Ctrl-C), killed and run again. It resumes where it was, and no one gets an email twice. If it
/// is not known whether an email went out, the person is listed and not emailed again unless you ask for it
/// (`--again`).
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  rehome invite PLAN --to me@example.com            look at it in your own mailbox first\n  rehome invite PLAN --limit 10                     then ten people\n  rehome invite PLAN                                then all\n  rehome invite PLAN --email welcome --again ann@example.com\n  rehome invite PLAN --email by-hand --out emails --from \"Lumen <hello@lumen.example>\"\n\nExit status: 0 done or nothing to do; 1 error, or an answer \"no\"; 3 some emails are in doubt, failed\nor were rejected; 130 stopped, can be resumed."
)]
pub(super) struct InviteVerb {
    #[command(flatten)]
    pub(super) plan: PlanChoice,
    /// Only the email [emails.KEY]; can be repeated
    #[arg(long, value_name = "KEY")]
    pub(super) email: Vec<String>,
    /// Skip confirmation prompts
    #[arg(long)]
    pub(super) yes: bool,
    /// Send each email to at most N people, in address order
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<usize>,
    /// Send one test to ADDRESS only; it does not count as an invitation
    ///
    /// Filled in as that person's email, or, if the address has no user, as that of the first person on the list.
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["yes", "limit", "again", "out"])]
    pub(super) to: Option<String>,
    /// Send once more to ADDRESS only, whose email is in doubt or failed
    ///
    /// Check first whether the email arrived. People known to have received it are skipped; `--to` sends a copy.
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    pub(super) again: Vec<String>,
    /// Where to write emails with `via = "file"`: DIR/KEY/ADDRESS.eml; existing files are never overwritten
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// The sender in these files; without it, they are drafts that a mail program completes
    #[arg(long, value_name = "SENDER", requires = "out")]
    pub(super) from: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}
