//! A fixed seed in; the invented school `plans/lumen/`, or exports of any size for the benchmarks, out.
//!
//! It shares no code with the library: what each row must become is known here from how the row was
//! made, so its numbers are a second opinion.

mod bench;
mod by_hand;
mod cases;
mod contact;
mod ledger;
mod lumen;
mod mess;
mod names;
mod outcome;
mod rows;
mod school;
mod stories;
mod students;
mod wide;

use std::{
    error::Error,
    io::{self, Write},
    path::PathBuf,
};

use clap::{Parser, Subcommand};

/// What every part of the generator gives.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[derive(Parser)]
#[command(about = "Writes the invented exports that the examples, tests and benchmarks of Rehome read")]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The school of `plans/lumen`: exports, a later set of them, labelled cases, expected numbers
    Lumen {
        /// The folder to write into
        dir: PathBuf,
    },
    /// One large export, and the earlier one that made the site it is compared with
    Bench {
        /// Records in the large export
        #[arg(long)]
        records: u64,
        /// The folder to write into
        dir: PathBuf,
    },
    /// One large export with ten mapped columns, ends, consent and keys, and the earlier one
    WideBench {
        /// Records in the large export
        #[arg(long)]
        records: u64,
        /// The folder to write into
        dir: PathBuf,
    },
    /// An export whose members each get two tags and about five effects
    ApplyBench {
        /// Members in the export
        #[arg(long)]
        members: u64,
        /// The folder to write into
        dir: PathBuf,
    },
}

fn main() -> Result<()> {
    let said = match Arguments::parse().what {
        What::Lumen { dir } => lumen::write(&dir)?,
        What::Bench { records, dir } => bench::write(records, &dir)?,
        What::WideBench { records, dir } => wide::write(records, &dir)?,
        What::ApplyBench { members, dir } => bench::write_apply(members, &dir)?,
    };
    io::stdout().write_all(said.as_bytes())?;
    Ok(())
}
