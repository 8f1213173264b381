//! Arguments that several verbs take.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use clap_complete::ArgValueCompleter;

use super::complete_values;

/// A plan and the environment under which it is read.
#[derive(Debug, Args)]
pub(crate) struct PlanChoice {
    /// The plan file
    pub(crate) plan: PathBuf,
    /// Use the plan's [environments.NAME]
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(complete_values::environments))]
    pub(crate) env: Option<String>,
    /// Store run state in DIR (default: the user state directory)
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
}

/// Output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs; versioned and documented
    Json,
}
