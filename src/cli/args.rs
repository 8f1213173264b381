//! The arguments of every verb, and the help that teaches them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::ArgValueCompleter;

use super::{
    complete_values,
    headers_args::HeadersVerb,
    invite_args::InviteVerb,
    setup_args::{CompletionsVerb, DemoVerb, DoctorVerb, ManVerb},
    shared_args::{Format, PlanChoice},
};
use crate::diff::Acceptance;

/// Moves the members of a course or membership business onto an AccessAlly site.
///
/// A plan (a TOML file) defines what should exist and where the members come from. `rehome plan` shows the
/// difference from what exists now. `rehome apply` applies it, and can be stopped, killed and run again.
#[derive(Debug, Parser)]
#[command(
    name = "rehome",
    version,
    after_help = "Start with an invented school:\n  rehome demo\n  rehome plan lumen/lumen.toml\n  rehome apply lumen/lumen.toml --yes\n\nExit status: 0 done or nothing to do; 1 error; 2 changes found (plan --detailed-exitcode);\n3 partly applied; 4 refused by a limit or expectation; 5 the site has changed since the plan\nwas made; 6 waiting at a checkpoint; 64 usage; 130 interrupted."
)]
pub(super) struct Arguments {
    /// Show each request to a system on standard error, without secrets and addresses
    #[arg(long, global = true)]
    pub(super) verbose: bool,

    #[command(subcommand)]
    pub(super) verb: Verb,
}

/// The command.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    Check(CheckVerb),
    Plan(PlanVerb),
    Apply(ApplyVerb),
    /// Show the runs of a plan and how far the last one got
    #[command(after_help = "Example:\n  rehome status lumen/lumen.toml")]
    Status(StateVerb),
    /// Show the log of the runs
    #[command(after_help = "Example:\n  rehome log lumen/lumen.toml")]
    Log(StateVerb),
    /// Read everything back and compare it with what the last run applied
    ///
    /// Exit status 2 if something differs.
    #[command(after_help = "Example:\n  rehome verify lumen/lumen.toml")]
    Verify(StateVerb),
    Members(MembersVerb),
    Undo(UndoVerb),
    Purge(PurgeVerb),
    Confirm(ConfirmVerb),
    Invite(InviteVerb),
    Audit(AuditVerb),
    Simulate(SimulateVerb),
    Explain(ExplainVerb),
    Graph(GraphVerb),
    Headers(HeadersVerb),
    Profiles(ProfilesVerb),
    /// Print the JSON Schema of the plan language, for completion in editors
    #[command(
        after_help = "Example:\n  rehome schema > rehome.schema.json\nand as the first line of a plan:\n  #:schema ./rehome.schema.json"
    )]
    Schema,
    Completions(CompletionsVerb),
    Demo(DemoVerb),
    Doctor(DoctorVerb),
    /// Write the manual pages to DIR, for packages
    #[command(hide = true)]
    Man(ManVerb),
}

/// Accept a difference that exceeds a limit.
#[derive(Debug, Args)]
pub(super) struct AcceptChoice {
    /// Raise a limit for this run only: `updates=45%`, `lost_access=24`, `renames`
    ///
    /// `updates=45%` (or a number of members, `updates=1200`) and `lost_access=24` replace the limits in the
    /// plan's `[policy.limits]`. `renames` gives members whose address changed in the source the new one.
    /// Separate several with commas, or repeat the option. Recorded with your name and the time. To change
    /// an expectation, edit `[expect]` in the plan.
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(super) accept: Vec<Acceptance>,
}

/// Validate a plan and its exports (offline)
///
/// Reads the plan and every export it names. Shows all errors at once, each with a code that
/// `rehome explain CODE` explains. Without errors, shows every value of every mapped column with its
/// count and its entry.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  rehome check lumen/lumen.toml")]
pub(super) struct CheckVerb {
    #[command(flatten)]
    pub(super) plan: PlanChoice,
    /// Write the values without an entry to DIR, as mapping files to fill in
    #[arg(long, value_name = "DIR")]
    pub(super) unmapped: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

/// Show the difference between what the plan wants and what exists
///
/// Changes no system and no state. Starts with the summary for sign-off (one row per offering, who is left
/// out and why), followed by the changes by kind and the largest groups of members with the same changes.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  rehome plan lumen/lumen.toml\n  rehome plan lumen/lumen.toml --summary --format json\n  rehome plan lumen/lumen.toml --details\n  rehome plan lumen/lumen.toml --member abel.costa@example.com\n  rehome plan lumen/lumen.toml --out lumen.changes\n  rehome plan lumen/lumen.toml --accept updates=45%,lost_access=24"
)]
pub(super) struct PlanVerb {
    #[command(flatten)]
    pub(super) plan: PlanChoice,
    #[command(flatten)]
    pub(super) accept: AcceptChoice,
    /// Write the change set to FILE, to apply it later with `rehome apply FILE`
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Write the rejected.csv of each source and the lists of members to DIR
    #[arg(long, value_name = "DIR")]
    pub(super) lists: Option<PathBuf>,
    /// Show only the summary for sign-off
    #[arg(long, conflicts_with_all = ["full", "member"])]
    pub(super) summary: bool,
    /// Show what becomes of each product, tag or level of the old platform, in records and people
    #[arg(long, conflicts_with = "member")]
    pub(super) values: bool,
    /// With --format html: hide the addresses of members
    #[arg(long)]
    pub(super) mask: bool,
    /// Show every group of changes with its reasons and samples, and where each finding is
    #[arg(long, conflicts_with_all = ["summary", "member"])]
    pub(super) details: bool,
    /// Show every change of every member
    #[arg(long, conflicts_with = "member")]
    pub(super) full: bool,
    /// Show the changes of one member
    #[arg(long, value_name = "EMAIL")]
    pub(super) member: Option<String>,
    /// Exit with status 2 if there is something to apply
    #[arg(long)]
    pub(super) detailed_exitcode: bool,
    /// Output format
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: PlanFormat,
}

/// Output format of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PlanFormat {
    /// For people
    Text,
    /// For programs; versioned and documented
    Json,
    /// Markdown for a pull request or ticket; at most 60,000 bytes
    Markdown,
    /// One page to sign: a self-contained file for a browser and for paper
    Html,
}

/// List what the site and the contact system contain now, one member per line
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  rehome members lumen/lumen.toml --format csv > members.csv")]
pub(super) struct MembersVerb {
    #[command(flatten)]
    pub(super) plan: PlanChoice,
    /// Output format
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: ListFormat,
}

/// Output format of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    /// For people
    Text,
    /// For spreadsheets
    Csv,
    /// For programs; versioned and documented
    Json,
}

/// Growing waves (1, 10, 100, all), or all at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum WavesChoice {
    /// The test member, then 10, 100, all; asks after each wave
    On,
    /// All at once
    Off,
}

/// Apply a plan or a saved change set
///
/// Shows the difference, asks, and applies it: offerings before tags before emails before members.
/// It can be stopped (Ctrl-C), killed and run again. It resumes where it was, and nothing is done twice.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  rehome apply lumen/lumen.toml\n  rehome apply lumen/lumen.toml --yes --waves off\n  rehome apply lumen.changes\n  rehome apply lumen/lumen.toml --accept updates=45%,lost_access=24"
)]
pub(super) struct ApplyVerb {
    #[command(flatten)]
    pub(super) how: RunChoice,
    #[command(flatten)]
    pub(super) accept: AcceptChoice,
    /// Apply only the change set with this fingerprint, as printed at the foot of the signed page
    #[arg(long, value_name = "FINGERPRINT")]
    pub(super) signed: Option<String>,
}

/// What to apply, and how.
#[derive(Debug, Args)]
pub(super) struct RunChoice {
    #[command(flatten)]
    pub(super) plan: PlanChoice,
    /// Skip confirmation prompts
    #[arg(long)]
    pub(super) yes: bool,
    /// Apply in growing waves (1, 10, 100, all) or all at once
    #[arg(long, value_enum, default_value = "on")]
    pub(super) waves: WavesChoice,
    /// Print a timing breakdown
    #[arg(long)]
    pub(super) timings: bool,
    /// Output format
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

/// A plan whose runs to show.
#[derive(Debug, Args)]
pub(super) struct StateVerb {
    #[command(flatten)]
    pub(super) plan: PlanChoice,
    /// Output format
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

/// Mark a checkpoint as done
///
/// Recorded with your name and the time. The next apply continues past the checkpoint.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  rehome confirm lumen/lumen.toml automations --env practice")]
pub(super) struct ConfirmVerb {
    #[command(flatten)]
    pub(super) plan: PlanChoice,
    /// The key of the checkpoint
    #[arg(add = ArgValueCompleter::new(complete_values::checkpoints))]
    pub(super) checkpoint: String,
}

/// Audit the source data before migrating (offline)
///
/// For each source, each offering and overall: duplicates, likely typos, conflicts, gaps, who is left
/// out and why, every value of every mapped column, and what is not moved.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  rehome audit lumen/lumen.toml\n  rehome audit lumen/lumen.toml --source subscriptions\n  rehome audit lumen/lumen.toml --format csv > findings.csv"
)]
pub(super) struct AuditVerb {
    #[command(flatten)]
    pub(super) plan: PlanChoice,
    /// Only the source [sources.KEY]
    #[arg(long, value_name = "KEY", add = ArgValueCompleter::new(complete_values::sources))]
    pub(super) source: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: ListFormat,
}

/// Simulate a contact system, to rehearse a migration with contacts outside the site
///
/// Real requests, limits and faults, without anyone's data. The practice CRM stores its contacts in one SQLite file;
/// the simulator of a CRM keeps them until it is stopped. Both can cut connections, lose responses and be slow,
/// controlled by a seed.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  export REHOME_PRACTICE_TOKEN=practice\n  rehome simulate --database practice-crm.sqlite &\n  rehome apply lumen/lumen.toml --env practice"
)]
pub(super) struct SimulateVerb {
    /// Which one: the keyword of `[contacts] system`; the practice CRM if left out
    pub(super) system: Option<String>,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8077")]
    pub(super) listen: std::net::SocketAddr,
    /// The file that stores the contacts of the practice CRM; created if it does not exist
    #[arg(long, value_name = "FILE")]
    pub(super) database: Option<PathBuf>,
    /// The environment variable that contains its token
    #[arg(long, value_name = "NAME", default_value = "REHOME_PRACTICE_TOKEN")]
    pub(super) token_env: String,
    /// Requests per minute, 0 for no limit; 600 or the vendor's own limits if left out
    #[arg(long, value_name = "N")]
    pub(super) requests_per_minute: Option<u32>,
    /// How long reads do not see a write, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub(super) visibility_ms: u64,
    /// Create every contact as subscribed, as some systems do; no contact can be created as opted out
    #[arg(long)]
    pub(super) no_unsubscribed: bool,
    /// Share of requests that hit a fault, from 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    pub(super) faults: f64,
    /// Seed of the faults
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u64,
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        Err("not between 0 and 1".to_owned())
    }
}

/// Undo a run (anything changed since is left alone)
///
/// Shows the changes first. Removes tags that the run added and that are still Rehome's, restores tags
/// that it removed, and resets names and fields to their old values. It never deletes users or contacts, and
/// never re-subscribes anyone.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  rehome undo lumen/lumen.toml\n  rehome undo lumen/lumen.toml --run 3 --yes"
)]
pub(super) struct UndoVerb {
    #[command(flatten)]
    pub(super) how: RunChoice,
    #[command(flatten)]
    pub(super) accept: AcceptChoice,
    /// The run to undo; default: the last one
    #[arg(long, value_name = "N")]
    pub(super) run: Option<u64>,
}

/// Delete personal data from a plan's saved state
///
/// Removes the change sets, and the addresses, contact IDs and messages in the journal. Counts and times stay.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  rehome purge lumen/lumen.toml --yes")]
pub(super) struct PurgeVerb {
    #[command(flatten)]
    pub(super) plan: PlanChoice,
    /// Skip the confirmation prompt
    #[arg(long)]
    pub(super) yes: bool,
}

/// Explain one member, a code, or a word that Rehome uses
///
/// With PLAN and EMAIL: which records list the member, which entry of the plan each value matches, what
/// they mean together, what the site contains now, and what changes and why. With a CODE: what an error,
/// a finding or a reason means, and what to do.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  rehome explain lumen/lumen.toml abel.costa@example.com\n  rehome explain P003\n  rehome explain possible-typo\n  rehome explain blocked"
)]
pub(super) struct ExplainVerb {
    /// The plan file; or, without EMAIL, the code or word to explain
    #[arg(value_name = "PLAN|CODE", add = ArgValueCompleter::new(complete_values::plans_and_codes))]
    pub(super) subject: PathBuf,
    /// The member's address
    pub(super) email: Option<String>,
    /// Use the plan's [environments.NAME]
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(complete_values::environments))]
    pub(super) env: Option<String>,
    /// Store run state in DIR (default: the user state directory)
    #[arg(long, value_name = "DIR")]
    pub(super) state: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

/// Show the steps that apply would run, and which step waits for which
///
/// Computes the difference as `rehome plan` does; changes nothing.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  rehome graph lumen/lumen.toml\n  rehome graph lumen/lumen.toml --format dot | dot -Tsvg > steps.svg"
)]
pub(super) struct GraphVerb {
    #[command(flatten)]
    pub(super) plan: PlanChoice,
    /// Apply in growing waves (1, 10, 100, all) or all at once
    #[arg(long, value_enum, default_value = "on")]
    pub(super) waves: WavesChoice,
    /// Output format
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: GraphFormat,
}

/// Output format of the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum GraphFormat {
    /// For people
    Text,
    /// For Graphviz, to draw it
    Dot,
    /// For programs; versioned and documented
    Json,
}

/// List the exports that Rehome can read, or show one
///
/// A profile defines which columns of an export contain the address, the names and the products.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  rehome profiles\n  rehome profiles kajabi-contacts\n  rehome profiles thinkific-progress"
)]
pub(super) struct ProfilesVerb {
    /// The profile to show: a name, or the file of your own profile
    #[arg(add = ArgValueCompleter::new(complete_values::profile_names))]
    pub(super) name: Option<String>,
}
