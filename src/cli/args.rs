//! The arguments of every verb, and the help that teaches them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::{
    invite_args::InviteVerb,
    shared_args::{Format, PlanChoice},
};
use crate::diff::Acceptance;

/// Moves the members of a course or membership business onto an AccessAlly site.
///
/// A plan (a TOML file) says what shall exist and where people come from. `rehome plan` shows the
/// difference to what is there; `rehome apply` carries it out, and can be stopped, killed and run again.
#[derive(Debug, Parser)]
#[command(
    name = "rehome",
    version,
    after_help = "Start with the worked example:\n  rehome plan plans/lumen/lumen.toml\n  rehome apply plans/lumen/lumen.toml --yes\n\nExit status: 0 done or nothing to do; 1 error; 2 changes found (plan --detailed-exitcode);\n3 applied in part; 4 refused by a limit or expectation; 5 the world moved; 6 waits at a\ncheckpoint; 64 usage; 130 interrupted."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) verb: Verb,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    Check(CheckVerb),
    Plan(PlanVerb),
    Apply(ApplyVerb),
    /// Show the runs of a plan and how far the last one got
    #[command(after_help = "Example:\n  rehome status plans/lumen/lumen.toml")]
    Status(StateVerb),
    /// Show what happened, in order of time
    #[command(after_help = "Example:\n  rehome log plans/lumen/lumen.toml")]
    Log(StateVerb),
    /// Read everything back and compare it with what the last run carried out
    ///
    /// Exit status 2 when something differs.
    #[command(after_help = "Example:\n  rehome verify plans/lumen/lumen.toml")]
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
    Profiles(ProfilesVerb),
    /// Print the JSON Schema of the plan language, for completion in editors
    #[command(
        after_help = "Example:\n  rehome schema > rehome.schema.json\nand as the first line of a plan:\n  #:schema ./rehome.schema.json"
    )]
    Schema,
    Completions(CompletionsVerb),
}

/// What is accepted of a difference that would be refused.
#[derive(Debug, Args)]
pub(super) struct AcceptChoice {
    /// Accept for this run what a limit refuses: `updates=45%`, `lost_access=24`, `renames`
    ///
    /// `updates=45%` (or a number of members, `updates=1200`) and `lost_access=24` count in place of the
    /// limits of the plan's [policy.limits]; `renames` gives people whose address changed at the source the
    /// new one. Several with commas, or the option again. Recorded with your name and the time. What
    /// [expect] says is changed in the plan.
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(super) accept: Vec<Acceptance>,
}

/// Check a plan and its exports; no system is asked
///
/// Reads the plan and every export it names. All errors are shown at once, each with a code that
/// `rehome explain CODE` tells more about. With no errors, shows every value of every mapped column
/// with its count and the line it has.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  rehome check plans/lumen/lumen.toml")]
pub(super) struct CheckVerb {
    #[command(flatten)]
    pub(super) plan: PlanChoice,
    /// Write the values that have no line to DIR, as mapping files to be filled in
    #[arg(long, value_name = "DIR")]
    pub(super) unmapped: Option<PathBuf>,
    /// How to write the result
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

/// Show the difference between what the plan wants and what is there
///
/// Changes no system and no state. Opens with what a person signs: a line an offering, who is left
/// out and why; then the changes, grouped by shape, with samples.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  rehome plan plans/lumen/lumen.toml\n  rehome plan plans/lumen/lumen.toml --summary --format json\n  rehome plan plans/lumen/lumen.toml --member ana@example.com\n  rehome plan plans/lumen/lumen.toml --out lumen.changes\n  rehome plan plans/lumen/lumen.toml --accept updates=45%,lost_access=24"
)]
pub(super) struct PlanVerb {
    #[command(flatten)]
    pub(super) plan: PlanChoice,
    #[command(flatten)]
    pub(super) accept: AcceptChoice,
    /// Write the change set to FILE, to be applied later with `rehome apply FILE`
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Write rejected.csv of every source and the lists of people to DIR
    #[arg(long, value_name = "DIR")]
    pub(super) lists: Option<PathBuf>,
    /// Show only what a person signs
    #[arg(long, conflicts_with_all = ["full", "member"])]
    pub(super) summary: bool,
    /// Show every change of every member
    #[arg(long, conflicts_with = "member")]
    pub(super) full: bool,
    /// Show the changes of one member
    #[arg(long, value_name = "EMAIL")]
    pub(super) member: Option<String>,
    /// Exit with 2 when there is something to carry out
    #[arg(long)]
    pub(super) detailed_exitcode: bool,
    /// How to write the result
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: PlanFormat,
}

/// How a difference is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PlanFormat {
    /// For people
    Text,
    /// For programs; versioned and documented
    Json,
    /// To paste where Markdown is read; at most 60,000 bytes
    Markdown,
}

/// List what the site and the contact system hold now, a member a line
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  rehome members plans/lumen/lumen.toml --format csv > members.csv")]
pub(super) struct MembersVerb {
    #[command(flatten)]
    pub(super) plan: PlanChoice,
    /// How to write the list
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: ListFormat,
}

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    /// For people
    Text,
    /// For spreadsheets
    Csv,
    /// For programs; versioned and documented
    Json,
}

/// Whether members go in growing waves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum WavesChoice {
    /// The test member, then 10, 100, all; asked after each
    On,
    /// All at once
    Off,
}

/// Carry a plan or a change set out
///
/// Shows the difference, asks, and carries it out: offerings before tags before emails before members.
/// It can be stopped (Ctrl-C), killed and run again: it goes on where it was, and no effect happens twice.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  rehome apply plans/lumen/lumen.toml\n  rehome apply plans/lumen/lumen.toml --yes --waves off\n  rehome apply lumen.changes\n  rehome apply plans/lumen/lumen.toml --accept updates=45%,lost_access=24"
)]
pub(super) struct ApplyVerb {
    #[command(flatten)]
    pub(super) how: RunChoice,
    #[command(flatten)]
    pub(super) accept: AcceptChoice,
}

/// What is run, and how.
#[derive(Debug, Args)]
pub(super) struct RunChoice {
    #[command(flatten)]
    pub(super) plan: PlanChoice,
    /// Ask nothing
    #[arg(long)]
    pub(super) yes: bool,
    /// Whether members go in growing waves
    #[arg(long, value_enum, default_value = "on")]
    pub(super) waves: WavesChoice,
    /// Say where the time went
    #[arg(long)]
    pub(super) timings: bool,
    /// How to write the result
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

/// A plan whose runs are asked about.
#[derive(Debug, Args)]
pub(super) struct StateVerb {
    #[command(flatten)]
    pub(super) plan: PlanChoice,
    /// How to write the result
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

/// Say that the work of a checkpoint is done
///
/// Recorded with your name and the time; the next apply goes past the checkpoint.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  rehome confirm plans/lumen/lumen.toml automations --env practice")]
pub(super) struct ConfirmVerb {
    #[command(flatten)]
    pub(super) plan: PlanChoice,
    /// The key of the checkpoint
    pub(super) checkpoint: String,
}

/// Look at the people before they are moved; no system is asked
///
/// For each source, each offering and in all: duplicates, likely typos, conflicts, gaps, who is left
/// out and why, every value of every mapped column, and what is not moved.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  rehome audit plans/lumen/lumen.toml\n  rehome audit plans/lumen/lumen.toml --source subscriptions\n  rehome audit plans/lumen/lumen.toml --format csv > findings.csv"
)]
pub(super) struct AuditVerb {
    #[command(flatten)]
    pub(super) plan: PlanChoice,
    /// Only the source [sources.KEY]
    #[arg(long, value_name = "KEY")]
    pub(super) source: Option<String>,
    /// How to write the audit
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: ListFormat,
}

/// Serve a practice CRM, to rehearse a migration with contacts outside the site
///
/// Real requests, real limits, real faults, nobody's data. It keeps its contacts in one SQLite file
/// and can cut connections, lose answers and be slow, by seed.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  export REHOME_PRACTICE_TOKEN=practice\n  rehome simulate --database practice-crm.sqlite &\n  rehome apply plans/lumen/lumen.toml --env practice"
)]
pub(super) struct SimulateVerb {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8077")]
    pub(super) listen: std::net::SocketAddr,
    /// The file that holds its contacts; made if it is not there
    #[arg(long, value_name = "FILE")]
    pub(super) database: PathBuf,
    /// The environment variable that holds its token
    #[arg(long, value_name = "NAME", default_value = "REHOME_PRACTICE_TOKEN")]
    pub(super) token_env: String,
    /// Requests a minute; 0 is no limit
    #[arg(long, value_name = "N", default_value_t = 600)]
    pub(super) requests_per_minute: u32,
    /// How long a write stays invisible to reads, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub(super) visibility_ms: u64,
    /// Create everybody subscribed, as some systems do: nobody can be created opted out
    #[arg(long)]
    pub(super) no_unsubscribed: bool,
    /// Share of requests that meet a fault, from 0 to 1
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

/// Take a run back: whatever it did and nobody changed since
///
/// Shows the way back first. Tags that the run added and that are still Rehome's go, tags it removed come
/// back, names and fields get their old values. People are never deleted, and nobody is re-subscribed.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  rehome undo plans/lumen/lumen.toml\n  rehome undo plans/lumen/lumen.toml --run 3 --yes"
)]
pub(super) struct UndoVerb {
    #[command(flatten)]
    pub(super) how: RunChoice,
    /// The run to take back; without it the last one
    #[arg(long, value_name = "N")]
    pub(super) run: Option<u64>,
}

/// Forget what is personal in the state of a plan
///
/// Removes the change sets, and addresses, contact IDs and messages from the journal; counts and times stay.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  rehome purge plans/lumen/lumen.toml --yes")]
pub(super) struct PurgeVerb {
    #[command(flatten)]
    pub(super) plan: PlanChoice,
    /// Do it
    #[arg(long)]
    pub(super) yes: bool,
}

/// Explain one member, or a code
///
/// With PLAN and EMAIL: which records name the member, which line of the plan each value meets, what
/// all of them together mean, what the site holds now, and what changes and why. With a CODE: what
/// an error, a finding or a reason means, and what to do.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  rehome explain plans/lumen/lumen.toml ana@example.com\n  rehome explain P003\n  rehome explain possible-typo"
)]
pub(super) struct ExplainVerb {
    /// The plan file; or, without EMAIL, the code to explain
    #[arg(value_name = "PLAN|CODE")]
    pub(super) subject: PathBuf,
    /// The member's address
    pub(super) email: Option<String>,
    /// Use the plan's [environments.NAME]
    #[arg(long, value_name = "NAME")]
    pub(super) env: Option<String>,
    /// Keep runs below DIR instead of the user's state directory
    #[arg(long, value_name = "DIR")]
    pub(super) state: Option<PathBuf>,
    /// How to write it
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

/// Show the steps of the run that apply would make, and what waits for what
///
/// Computes the difference as `rehome plan` does; changes nothing.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  rehome graph plans/lumen/lumen.toml\n  rehome graph plans/lumen/lumen.toml --format dot | dot -Tsvg > steps.svg"
)]
pub(super) struct GraphVerb {
    #[command(flatten)]
    pub(super) plan: PlanChoice,
    /// Whether members go in growing waves
    #[arg(long, value_enum, default_value = "on")]
    pub(super) waves: WavesChoice,
    /// How to write the steps
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: GraphFormat,
}

/// How the steps are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum GraphFormat {
    /// For people
    Text,
    /// For Graphviz, which draws it
    Dot,
    /// For programs; versioned and documented
    Json,
}

/// List the exports that Rehome can read, or show what it knows of one
///
/// A profile says which columns of an export hold the address, the names and the products.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  rehome profiles\n  rehome profiles kajabi-contacts\n  rehome profiles profiles/podia.toml"
)]
pub(super) struct ProfilesVerb {
    /// The profile to show: a name, or the file of your own profile
    pub(super) name: Option<String>,
}

/// Print a script that completes verbs and options in your shell
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  rehome completions bash > ~/.local/share/bash-completion/completions/rehome"
)]
pub(super) struct CompletionsVerb {
    /// The shell
    #[arg(value_enum)]
    pub(super) shell: clap_complete::Shell,
}
