//! The tour of the README in; the same commands run, and their output compared with what exists.

use std::{fmt::Write, fs, path::Path, process::Command};

use crate::env::{TestEnv, binary};

/// The blocks that are run start like this.
const OPENS: &str = "```console\n";
const CLOSES: &str = "```\n";

/// `REHOME_WRITE_DOCS=1 cargo test readme` writes the outputs anew; read them before committing.
#[test]
fn every_command_of_the_readme_prints_what_stands_there() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let env = TestEnv::lumen();
    fs::create_dir(env.path("plans")).unwrap();
    std::os::unix::fs::symlink("..", env.path("plans/lumen")).unwrap();
    let tools = env.path("tools");
    fs::create_dir(&tools).unwrap();
    std::os::unix::fs::symlink(binary(), tools.join("rehome")).unwrap();
    let mut written = String::new();
    let mut rest = text.as_str();
    let mut commands = 0;
    while let Some(start) = rest.find(OPENS) {
        let (before, block) = rest.split_at(start + OPENS.len());
        written.push_str(before);
        let (block, after) = block.split_at(block.find(CLOSES).expect("the block is closed"));
        for line in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
            commands += 1;
            let _ = write!(written, "$ {line}\n{}", output(&env, line));
        }
        rest = after;
    }
    written.push_str(rest);
    assert!(commands >= 5, "the README shows only {commands} commands");
    if std::env::var_os("REHOME_WRITE_DOCS").is_some() {
        fs::write(&path, &written).unwrap();
        return;
    }
    assert_eq!(
        text, written,
        "REHOME_WRITE_DOCS=1 cargo test readme writes it anew"
    );
}

fn output(env: &TestEnv, line: &str) -> String {
    let line = line.replace("cargo run --release -- ", "rehome ");
    let mut command = Command::new("sh");
    env.surround(&mut command);
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", env.path("tools").display());
    command.env("PATH", path).args(["-c", &line]);
    let output = command.output().unwrap();
    // What is said besides the result comes after it: through a pipe the two have no order.
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(!text.contains("panicked"), "{text}");
    text.split_inclusive('\n').map(settled).collect()
}

/// The line, with the moment at which it was written replaced by one that never changes.
fn settled(line: &str) -> String {
    let Some(at) = line.find(" UTC") else {
        return line.to_owned();
    };
    let shape = |c: char| if c.is_ascii_digit() { '0' } else { c };
    let start = at.saturating_sub("0000-00-00 00:00:00".len());
    match line.get(start..at) {
        Some(moment) if moment.chars().map(shape).collect::<String>() == "0000-00-00 00:00:00" => {
            let after = settled(&line[at + " UTC".len()..]);
            format!("{}2026-11-23 12:00:00 UTC{after}", &line[..start])
        }
        _ => line.to_owned(),
    }
}
