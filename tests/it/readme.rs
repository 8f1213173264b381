//! The tour of the README and the first migration in; the same commands run, and their output compared with what the
//! pages show.

use std::{fmt::Write, fs, path::Path, process::Command};

use crate::env::{TestEnv, binary};

/// `REHOME_WRITE_DOCS=1 cargo test readme` writes the outputs of both pages anew; read them before committing.
#[test]
fn every_command_of_the_readme_prints_what_stands_there() {
    shows_what_is_printed("README.md", 5);
}

#[test]
fn every_command_of_the_first_migration_prints_what_stands_there() {
    shows_what_is_printed("docs/first-migration.md", 12);
}

/// Follows a page from an empty folder: a block whose fence names a file is written to it, and each line `$ COMMAND` of
/// a console block is run.
fn shows_what_is_printed(page: &str, at_least: usize) {
    const FENCE: &str = "```";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = fs::read_to_string(&path).unwrap();
    let env = TestEnv::with_plan("");
    fs::remove_file(env.path("plan.toml")).unwrap();
    let tools = env.path("tools");
    fs::create_dir(&tools).unwrap();
    std::os::unix::fs::symlink(binary(), tools.join("rehome")).unwrap();
    let mut written = String::new();
    let mut commands = 0;
    let mut rest = text.as_str();
    while let Some(start) = rest.find(FENCE) {
        let (before, block) = rest.split_at(start + FENCE.len());
        let (info, block) = block.split_once('\n').unwrap();
        let (block, after) = block.split_at(block.find(FENCE).expect("the block is closed"));
        let _ = writeln!(written, "{before}{info}");
        if let Some((_, file)) = info.split_once(' ') {
            env.write(file, block);
        }
        if info == "console" {
            for line in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
                commands += 1;
                let _ = write!(written, "$ {line}\n{}", output(&env, line));
            }
        } else {
            written.push_str(block);
        }
        written.push_str(FENCE);
        rest = &after[FENCE.len()..];
    }
    written.push_str(rest);
    assert!(commands >= at_least, "{page} shows only {commands} commands");
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
    let mut command = Command::new("sh");
    env.surround(&mut command);
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", env.path("tools").display());
    command.env("PATH", path).args(["-c", line]);
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
