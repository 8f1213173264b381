//! The command line: arguments in, exit status out.

use std::process::ExitCode;

fn main() -> ExitCode {
    rehome::cli::main()
}
