//! The arguments of the verbs that prepare the work: the demo, the doctor, completions, manual pages.

use std::path::PathBuf;

use clap::Args;

use super::shared_args::{Format, PlanChoice};

/// Print a script that completes commands, options and values in your shell
///
/// Environments, sources and checkpoints come from the plan that you have typed.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  rehome completions bash > ~/.local/share/bash-completion/completions/rehome\n  rehome completions zsh > \"${fpath[1]}/_rehome\"\n  rehome completions fish > ~/.config/fish/completions/rehome.fish\n  rehome completions powershell >> $PROFILE"
)]
pub(super) struct CompletionsVerb {
    /// The shell
    #[arg(value_enum)]
    pub(super) shell: clap_complete::Shell,
}

/// Write an invented school to practise on
///
/// A plan, its exports and the exports some weeks later. Prints the first commands to try. Needs no network and
/// never overwrites a file.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  rehome demo\n  rehome plan lumen/lumen.toml --summary")]
pub(super) struct DemoVerb {
    /// The folder to write; created if it does not exist
    #[arg(value_name = "DIR", default_value = "lumen")]
    pub(super) folder: PathBuf,
}

/// Check everything that a run of the plan will need; changes nothing
///
/// Secrets, site, plugin, permissions, email, time limits, caches, contact system, clock, disk and run state. Reads no
/// export and no member. Exit status 1 if something is missing.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  rehome doctor lumen/lumen.toml")]
pub(super) struct DoctorVerb {
    #[command(flatten)]
    pub(super) plan: PlanChoice,
    /// Output format
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

/// A folder for manual pages.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  rehome man man1")]
pub(super) struct ManVerb {
    /// The folder to write to; created if it does not exist
    #[arg(value_name = "DIR")]
    pub(super) folder: PathBuf,
}
