//! A folder of its own for every test, and the real command run in it: arguments in; both outputs and the exit status out.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fmt::Write as _,
    fs,
    os::unix::{fs::PermissionsExt, process::ExitStatusExt},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant, SystemTime},
};

use rusqlite::{Connection, OpenFlags};

use crate::support::inline::is_inline;

/// The command under test. `REHOME_BIN` names another build of it, for example a release one.
pub(crate) fn binary() -> PathBuf {
    std::env::var_os("REHOME_BIN").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_rehome")), PathBuf::from)
}

/// A folder with a plan, its exports, a home and a state directory of their own.
#[derive(Debug)]
pub(crate) struct TestEnv {
    folder: tempfile::TempDir,
    plan: String,
}

/// What a command left: both outputs, whole, and how it ended.
#[derive(Debug, Clone)]
pub(crate) struct Ran {
    command: String,
    root: PathBuf,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
}

/// Bytes, time of change and mode of every file below a folder.
pub(crate) type Listing = BTreeMap<PathBuf, (Vec<u8>, SystemTime, u32)>;

/// A plan of one course, one tag and one membership, whose people are in `people.csv`.
pub(crate) const SMALL: &str = r#"[migration]
name = "small"
as_of = 2026-11-16

[site]
kind = "local"
path = "site.sqlite"

[contacts]
system = "managed"

[offerings.course]
name = "Course"

[offerings.club]
name = "Club"
kind = "membership"

[tags.vip]
name = "VIP"

[sources.people]
profile = "table"
file = "people.csv"
columns = { email = "Email", first_name = "First", last_name = "Last" }
lists = { Products = "," }

[sources.people.map.Products]
"Course" = { grant = "course" }
"Club" = { grant = "club", when = { Status = ["active"] }, otherwise = "revoke" }
"VIP" = { tag = "vip" }
"#;

impl TestEnv {
    /// The worked example, copied.
    pub(crate) fn lumen() -> Self {
        Self::worked("lumen")
    }

    /// The worked plan `NAME.toml` of `plans/NAME`, copied.
    pub(crate) fn worked(name: &str) -> Self {
        let env = Self::empty(&format!("{name}.toml"));
        copy(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("plans").join(name),
            &env.plans(),
        );
        env
    }

    /// A plan in `plan.toml`, nothing beside it.
    pub(crate) fn with_plan(text: &str) -> Self {
        Self::empty("plan.toml").and_file("plan.toml", text)
    }

    /// [`SMALL`] with these rows: email, first name, last name, products, status.
    pub(crate) fn small(rows: &[&str]) -> Self {
        Self::with_plan(SMALL).and_people(rows)
    }

    /// [`SMALL`] with so many people, all in the course and every third in the club.
    pub(crate) fn crowd(people: usize) -> Self {
        let rows: Vec<String> = (0..people)
            .map(|at| {
                let products = if at % 3 == 0 { "Course, Club" } else { "Course" };
                format!("person{at:05}@example.com,First{at},Last{at},\"{products}\",active")
            })
            .collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        Self::small(&rows)
    }

    fn empty(plan: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("rehome-it-").tempdir().unwrap();
        for name in ["home", "plans"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self {
            folder,
            plan: plan.to_owned(),
        }
    }

    /// Writes a file next to the plan.
    pub(crate) fn and_file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(name, content);
        self
    }

    /// Writes the people of [`SMALL`].
    pub(crate) fn and_people(self, rows: &[&str]) -> Self {
        self.write_people(rows);
        self
    }

    /// Writes the people of [`SMALL`] anew.
    pub(crate) fn write_people(&self, rows: &[&str]) {
        self.write(
            "people.csv",
            format!("Email,First,Last,Products,Status\n{}\n", rows.join("\n")),
        );
    }

    /// Writes a file next to the plan.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// Replaces text in the plan; the text must be there.
    pub(crate) fn change_plan(&self, from: &str, to: &str) {
        self.change_file(&self.plan, from, to);
    }

    /// Replaces text in a file next to the plan; the text must be there.
    pub(crate) fn change_file(&self, name: &str, from: &str, to: &str) {
        let path = self.path(name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name} has no {from:?}");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    /// Copies the later exports over the first ones.
    pub(crate) fn the_later_exports_arrive(&self) {
        copy(&self.path("later"), &self.path("exports"));
    }

    /// The folder of the plan, in which commands run.
    pub(crate) fn plans(&self) -> PathBuf {
        self.folder.path().join("plans")
    }

    /// A file next to the plan.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.plans().join(name)
    }

    /// The folder in which runs are remembered.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// Every file of this name below the state folder.
    pub(crate) fn state_files(&self, name: &str) -> Vec<PathBuf> {
        let mut folders = vec![self.state()];
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.file_name() == Some(OsStr::new(name)) {
                    found.push(path);
                }
            }
        }
        found
    }

    /// The one file of this name below the state folder.
    pub(crate) fn state_file(&self, name: &str) -> PathBuf {
        let mut found = self.state_files(name);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        found.remove(0)
    }

    /// Every file below the whole folder.
    pub(crate) fn listing(&self) -> Listing {
        listing(self.folder.path())
    }

    /// The site, to read.
    pub(crate) fn site(&self) -> Connection {
        Connection::open_with_flags(self.path("site.sqlite"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
    }

    /// What someone does on the site by hand.
    pub(crate) fn on_the_site(&self, sql: &str) {
        let db = Connection::open(self.path("site.sqlite")).unwrap();
        db.execute_batch(sql).unwrap();
    }

    /// The command, ready to be started; hermetic, without a terminal.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        self.surround(&mut command);
        command.args(args);
        command
    }

    /// Gives any command the surroundings of a test.
    pub(crate) fn surround(&self, command: &mut Command) {
        command
            .current_dir(self.plans())
            .env_clear()
            .env("HOME", self.folder.path().join("home"))
            .env("XDG_STATE_HOME", self.state())
            .env("USER", "tester")
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(planted) = std::env::var_os("REHOME_PLANT") {
            command.env("REHOME_PLANT", planted);
        }
    }

    /// Runs the command to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().unwrap();
        self.ran(&args.join(" "), &output)
    }

    /// Runs a verb on the plan.
    pub(crate) fn verb(&self, verb: &str, args: &[&str]) -> Ran {
        let mut all = vec![verb, &self.plan];
        all.extend(args);
        self.run(&all)
    }

    /// Runs `apply` on the plan, unasked and all at once.
    pub(crate) fn apply(&self) -> Ran {
        self.verb("apply", &["--yes", "--waves", "off"])
    }

    /// Waits for a command that was started; one that hangs is an error.
    pub(crate) fn wait(&self, name: &str, mut child: Child) -> Ran {
        let patience = Instant::now() + Duration::from_mins(1);
        while child.try_wait().unwrap().is_none() {
            if Instant::now() > patience {
                child.kill().unwrap();
                panic!("{name} hangs: {:?}", child.wait_with_output());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        let output = child.wait_with_output().unwrap();
        self.ran(name, &output)
    }

    /// Makes a result of what a process left.
    pub(crate) fn ran(&self, command: &str, output: &Output) -> Ran {
        let ran = Ran {
            command: command.to_owned(),
            root: self.folder.path().to_owned(),
            stdout: String::from_utf8(output.stdout.clone()).expect("stdout is UTF-8"),
            stderr: String::from_utf8(output.stderr.clone()).expect("stderr is UTF-8"),
            code: output.status.code(),
            signal: output.status.signal(),
        };
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!text.contains("panicked"), "{ran}");
            assert!(!text.contains('\u{1b}'), "an escape in {ran}");
        }
        ran
    }
}

impl Ran {
    /// The exit status is this one.
    #[track_caller]
    pub(crate) fn exits_one_of(self, codes: &[i32]) -> Self {
        let code = self.code.filter(|code| codes.contains(code));
        self.exits(code.unwrap_or(codes[0]))
    }

    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Either output holds the text.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text) || self.stderr.contains(text),
            "no {text:?} in {self}"
        );
        self
    }

    /// Neither output holds the text.
    #[track_caller]
    pub(crate) fn never_says(self, text: &str) -> Self {
        assert!(
            !self.stdout.contains(text) && !self.stderr.contains(text),
            "{text:?} in {self}"
        );
        self
    }

    /// Both outputs and the exit status are as the golden file says.
    #[track_caller]
    pub(crate) fn is(self, golden: &str) -> Self {
        self::golden(golden, &self.to_string());
        self
    }

    /// Both outputs and the exit status are this literal, without its indentation.
    #[track_caller]
    pub(crate) fn prints(self, literal: &str) -> Self {
        is_inline(&self.to_string(), literal);
        self
    }

    /// Keeps only the parts of standard output that start with one of these texts, and marks what it took away. A part
    /// begins after a blank line and at every line that is not indented.
    pub(crate) fn only(mut self, starts: &[&str]) -> Self {
        let mut parts: Vec<String> = Vec::new();
        let mut after_blank = true;
        for line in self.stdout.lines() {
            match parts.last_mut() {
                Some(part) if !after_blank && line.starts_with(' ') => *part += &format!("\n{line}"),
                _ if !line.is_empty() => parts.push(line.to_owned()),
                _ => {}
            }
            after_blank = line.is_empty();
        }
        let fits = |part: &String, start: &&str| part.trim_start().starts_with(*start);
        for start in starts {
            assert!(
                parts.iter().any(|part| fits(part, start)),
                "no part starts with {start:?}: {self}"
            );
        }
        for part in &mut parts {
            if !starts.iter().any(|start| fits(part, start)) {
                "[...]".clone_into(part);
            }
        }
        parts.dedup();
        self.stdout = parts.join("\n") + "\n";
        self
    }

    /// Keeps only so many lines of standard output, and says how many it took away.
    pub(crate) fn first_lines(mut self, lines: usize) -> Self {
        let all = self.stdout.lines().count();
        if all > lines {
            let kept: Vec<&str> = self.stdout.lines().take(lines).collect();
            self.stdout = format!("{}\n[{} more lines]\n", kept.join("\n"), all - lines);
        }
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = format!("$ rehome {}\n", self.command);
        for (name, output) in [("", &self.stdout), ("stderr: ", &self.stderr)] {
            for line in output.lines() {
                writeln!(text, "{name}{line}")?;
            }
            if !output.is_empty() && !output.ends_with('\n') {
                writeln!(text, "{name}[no line end]")?;
            }
        }
        match (self.code, self.signal) {
            (Some(code), _) => writeln!(text, "[EOF, exit status {code}]")?,
            (None, signal) => writeln!(text, "[EOF, signal {signal:?}]")?,
        }
        f.write_str(&settled(&text, &self.root))
    }
}

/// A text is as its golden file in `snapshots/` says.
#[track_caller]
pub(crate) fn golden(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// Puts words in place of what differs from run to run: the folder, moments, hashes, processes, times.
fn settled(text: &str, root: &Path) -> String {
    let real = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    let mut text = text
        .replace(&real.display().to_string(), "[DIR]")
        .replace(&root.display().to_string(), "[DIR]");
    if let Ok(host) = fs::read_to_string("/etc/hostname")
        && !host.trim().is_empty()
    {
        text = text.replace(&format!(" on {},", host.trim()), " on [HOST],");
    }
    text = text.replace(" on this machine,", " on [HOST],");
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            let len = rest
                .find(|c: char| !c.is_ascii_alphanumeric())
                .unwrap_or(rest.len())
                .max(c.len_utf8());
            let (word, after) = rest.split_at(len);
            if word.len() == 4 && after.starts_with('-') && moment(rest).is_some() {
                out.push_str("[TIME]");
                rest = &rest[moment(rest).unwrap_or(1)..];
                continue;
            }
            let hex = word.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            let number = word.bytes().all(|b| b.is_ascii_digit());
            if hex && [12, 16, 32, 64].contains(&word.len()) {
                out.push_str("[HASH]");
            } else if number && out.ends_with(", process ") {
                out.push_str("[PID]");
            } else if number && (after.starts_with(" ms") || after.starts_with(" seconds")) {
                out.push('#');
            } else {
                out.push_str(word);
            }
            rest = after;
        }
    }
    out
}

/// The length of a moment such as `2026-11-23 19:48:19 UTC` at the start of a text.
fn moment(text: &str) -> Option<usize> {
    let pattern = "0000-00-00 00:00:00 UTC";
    let fits = text.len() >= pattern.len()
        && text
            .bytes()
            .zip(pattern.bytes())
            .all(|(c, p)| if p == b'0' { c.is_ascii_digit() } else { c == p });
    fits.then_some(pattern.len())
}

fn listing(folder: &Path) -> Listing {
    let mut found = Listing::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return found;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        let meta = fs::symlink_metadata(&path).unwrap();
        if meta.is_dir() {
            found.extend(listing(&path));
            found.insert(
                path,
                (Vec::new(), SystemTime::UNIX_EPOCH, meta.permissions().mode()),
            );
        } else {
            let stat = (
                fs::read(&path).unwrap(),
                meta.modified().unwrap(),
                meta.permissions().mode(),
            );
            found.insert(path, stat);
        }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        // Nothing that a careless hand left next to the example.
        if entry.file_name().to_string_lossy().contains(".sqlite") {
            continue;
        }
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn what_differs_from_run_to_run_is_put_into_words() {
    let text = "run 1 at 2026-11-23 19:48:19 UTC in /tmp/x/0113f019a9dc/a, process 77 took 12 ms\n";
    assert_eq!(
        settled(text, Path::new("/tmp/x")),
        "run 1 at [TIME] in [DIR]/[HASH]/a, process [PID] took # ms\n"
    );
}
