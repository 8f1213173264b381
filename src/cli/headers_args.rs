//! The arguments of `rehome headers`, and the help that teaches it.

use std::path::PathBuf;

use clap::Args;

use super::shared_args::Format;

/// Show the columns of an export, without any of its contents (offline)
///
/// For each column: its name, what its cells are (email address, date, number, …), the share of cells that are
/// filled, and the order of magnitude of the number of different values. No cell is shown, so the output can be
/// posted in public to ask for help with an export. If the first row looks like data instead of names, columns
/// have numbers. The names themselves are shown as the file has them: read them before you post the output.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  rehome headers plans/lumen/exports/people.csv\n  rehome headers plans/lumen/exports/people.csv --format json"
)]
pub(super) struct HeadersVerb {
    /// The export: a CSV file
    pub(super) file: PathBuf,
    /// Output format
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}
