//! The practice CRM next to the command: a server that outlives it, and the worked example moved against it.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use rehome::systems::simulated::server::{DOUBLED_EFFECTS_SQL, DUPLICATE_CONTACTS_SQL};
use rusqlite::{Connection, OpenFlags};

use crate::{
    env::{Ran, TestEnv, binary},
    whole_way::no_effect_is_doubled,
};

/// The variable that has the practice CRM's token.
pub(crate) const TOKEN: &str = "REHOME_PRACTICE_TOKEN";

/// The token, which goes into no output and no file.
pub(crate) const SECRET: &str = "open-sesame-4711";

/// A practice CRM that outlives every kill of the command.
pub(crate) struct Practice {
    child: Child,
    pub(crate) database: PathBuf,
    pub(crate) address: String,
}

impl Practice {
    /// Serves from a file in the folder, on a free port, and answers everything.
    pub(crate) fn serve(folder: &Path, visibility_ms: u32) -> Self {
        Self::with_faults(folder, visibility_ms, 0.0, 0)
    }

    /// Serves, and lets this share of the requests meet a fault.
    pub(crate) fn with_faults(folder: &Path, visibility_ms: u32, share: f64, seed: u64) -> Self {
        let (share, seed) = (share.to_string(), seed.to_string());
        let visibility = visibility_ms.to_string();
        let args = [
            "--faults",
            &share,
            "--seed",
            &seed,
            "--visibility-ms",
            &visibility,
        ];
        Self::with(folder, &args)
    }

    /// Serves with these arguments.
    pub(crate) fn with(folder: &Path, args: &[&str]) -> Self {
        let database = folder.join("crm.sqlite");
        let mut child = Command::new(binary())
            .args([
                "simulate",
                "--listen",
                "127.0.0.1:0",
                "--requests-per-minute",
                "0",
            ])
            .args(args)
            .arg("--database")
            .arg(&database)
            .env_clear()
            .env(TOKEN, SECRET)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let from = line.find("http://").expect("the server says where it listens");
        let address = line[from..].split(' ').next().unwrap_or_default().to_owned();
        Self {
            child,
            database,
            address,
        }
    }
}

impl Drop for Practice {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A verb on the worked example's practice environment; the token is in nothing that it says.
fn verb(env: &TestEnv, args: &[&str]) -> Ran {
    let output = env
        .command(args)
        .args(["--env", "practice"])
        .env(TOKEN, SECRET)
        .output()
        .unwrap();
    env.ran(&args.join(" "), &output).never_says(SECRET)
}

#[test]
fn lumen_moves_once_into_the_practice_crm_and_the_token_is_nowhere() {
    let env = TestEnv::lumen();
    let practice = Practice::serve(&env.plans(), 300);
    env.change_plan("http://127.0.0.1:8077", &practice.address);
    let apply = ["apply", "lumen.toml", "--yes"];
    verb(&env, &apply)
        .exits(6)
        .says("rehome confirm lumen.toml --env practice automations");
    verb(&env, &["confirm", "lumen.toml", "automations"]).exits(0);
    verb(&env, &apply)
        .exits(0)
        .says("1,664 of 1,664 members done")
        .says("0 different");
    // Right after the run, while the last writes cannot be read yet, nothing is done a second time.
    verb(&env, &apply).exits(0).says("Nothing to do");
    verb(&env, &["plan", "lumen.toml", "--detailed-exitcode"]).exits(0);
    verb(&env, &["verify", "lumen.toml", "--verbose"])
        .exits(0)
        .says("/v1/contacts?after=0&limit=200: 200 with")
        .never_says(SECRET);
    verb(&env, &["status", "lumen.toml"]).exits(0).says("done");
    let crm = Connection::open_with_flags(&practice.database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    for sql in [DOUBLED_EFFECTS_SQL, DUPLICATE_CONTACTS_SQL] {
        assert!(
            !crm.prepare(sql).unwrap().exists([]).unwrap(),
            "{sql} finds something"
        );
    }
    let contacts: i64 = crm
        .query_row("SELECT count(*) FROM contacts", [], |row| row.get(0))
        .unwrap();
    assert_eq!(contacts, 1_664);
    no_effect_is_doubled(&Connection::open(env.path("practice.sqlite")).unwrap());
    for path in env.listing().into_keys().filter(|path| path.is_file()) {
        let content = fs::read(&path).unwrap();
        let found = content
            .windows(SECRET.len())
            .any(|part| part == SECRET.as_bytes());
        assert!(!found, "the token stands in {}", path.display());
    }
}

#[test]
fn a_practice_crm_that_is_not_there_or_refuses_the_token_is_told_plainly() {
    let env = TestEnv::lumen();
    let practice = Practice::serve(&env.plans(), 0);
    env.change_plan("http://127.0.0.1:8077", &practice.address);
    let args = ["plan", "lumen.toml", "--env", "practice"];
    env.run(&args).exits(1).says(TOKEN);
    let wrong = env.command(&args).env(TOKEN, "another-word").output().unwrap();
    env.ran(&args.join(" "), &wrong)
        .exits(1)
        .never_says("another-word");
    assert!(!env.path("practice.sqlite").exists());
}
