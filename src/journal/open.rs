//! A path in, an open [`Journal`] out.

use std::{
    fs::OpenOptions,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, config::DbConfig};

use super::JournalError;

/// `RHMJ`: marks the file as a journal.
const APPLICATION: i64 = 0x5248_4d4a;
/// The format that is written.
const FORMAT: i64 = 4;
/// How long another process is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

const SCHEMA: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL, inputs TEXT NOT NULL, change_set TEXT NOT NULL,
    kind TEXT NOT NULL, members INTEGER NOT NULL, started INTEGER NOT NULL, ended INTEGER,
    state TEXT NOT NULL, note TEXT NOT NULL DEFAULT '', site TEXT NOT NULL
) STRICT;
CREATE TABLE intents (
    request INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs, step TEXT NOT NULL,
    seqs TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE INDEX intents_of_run ON intents (run);
CREATE TABLE outcomes (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs, request INTEGER, step TEXT NOT NULL,
    status TEXT NOT NULL, seqs TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE INDEX outcomes_of_run ON outcomes (run);
CREATE INDEX outcomes_of_request ON outcomes (request);
CREATE TABLE exceptions (
    run INTEGER NOT NULL REFERENCES runs, step TEXT NOT NULL, seq INTEGER NOT NULL, email TEXT NOT NULL,
    status TEXT NOT NULL, why TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (run, step, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE learned (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs, low INTEGER NOT NULL,
    high INTEGER NOT NULL, ids TEXT NOT NULL
) STRICT;
CREATE INDEX learned_of_run ON learned (run, low);
CREATE TABLE wave_answers (
    run INTEGER NOT NULL REFERENCES runs, wave INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (run, wave)
) STRICT, WITHOUT ROWID;
CREATE TABLE confirmations (key TEXT PRIMARY KEY, who TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TABLE events (
    id INTEGER PRIMARY KEY, run INTEGER, at INTEGER NOT NULL, level TEXT NOT NULL, text TEXT NOT NULL
) STRICT;
CREATE TABLE pacing (account TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;
";

/// What format 2 has and format 1 had not: who accepted what of a run.
const SIGN_OFFS: &str = "
CREATE TABLE sign_offs (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs, what TEXT NOT NULL, who TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_offs_of_run ON sign_offs (run);
";

/// What format 3 has and format 2 had not: who was written to.
const INVITATIONS: &str = "
CREATE TABLE IF NOT EXISTS invitations (
    email TEXT NOT NULL, address TEXT NOT NULL, state TEXT NOT NULL, why TEXT NOT NULL, at INTEGER NOT NULL,
    who TEXT NOT NULL, PRIMARY KEY (email, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS invitations_by_time ON invitations (email, at);
";

/// New in format 4: jobs that systems apply after they have answered.
const JOBS: &str = "
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs, step TEXT NOT NULL, seqs TEXT NOT NULL,
    handle TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS jobs_of_run ON jobs (run);
";

/// The durable record of the runs of one state directory. What is committed survives any kill and a
/// loss of power (WAL, synchronous=FULL).
#[derive(Debug)]
pub struct Journal {
    pub(super) connection: Connection,
    pub(super) path: String,
    /// Where the request ids of this journal begin.
    pub(super) base: u64,
}

impl Journal {
    /// Opens the journal, or makes it (mode 0600). `seed` is a random number: the request ids of a
    /// new journal begin there, so that a state directory made anew never repeats the idempotency
    /// keys of a lost one.
    pub fn open(path: &Path, seed: u64) -> Result<Self, JournalError> {
        let name = path.display().to_string();
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map_err(|error| JournalError::Unreachable {
            doing: "open",
            path: name.clone(),
            why: error.to_string(),
        })?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Self::connect(path, flags, Some(seed))
    }

    /// Opens an existing journal, read-only; `None` if there is none.
    pub fn open_to_read(path: &Path) -> Result<Option<Self>, JournalError> {
        if !path.exists() {
            return Ok(None);
        }
        // A journal that a process left in a hurry has a WAL, which can be read only by a
        // connection that may write its index.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Self::connect(path, flags, None).map(Some)
    }

    /// A journal in memory, for the simulator.
    #[cfg(any(test, feature = "planted-bugs"))]
    pub fn in_memory(seed: u64) -> Result<Self, JournalError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Self::connect(Path::new(":memory:"), flags, Some(seed))
    }

    /// Which journal this is, in words of no meaning: the same for every process that opens this
    /// file, and another one for a copy of it.
    pub fn identity(&self) -> String {
        let path = std::fs::canonicalize(&self.path).unwrap_or_else(|_| PathBuf::from(&self.path));
        format!("{:016x} {}", self.base, path.display())
    }

    fn connect(path: &Path, flags: OpenFlags, seed: Option<u64>) -> Result<Self, JournalError> {
        let name = path.display().to_string();
        let fail = |error: rusqlite::Error| JournalError::of(&error, "open", &name);
        let connection = Connection::open_with_flags(PathBuf::from(path), flags).map_err(fail)?;
        connection.busy_timeout(PATIENCE).map_err(fail)?;
        for (setting, on) in [
            (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
            (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
            // Otherwise SQLite recompiles the statement for every binding, because its plan might depend on it.
            (DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true),
        ] {
            connection.set_db_config(setting, on).map_err(fail)?;
        }
        let pragma = |text: &str| connection.query_row(text, [], |row| row.get::<_, i64>(0));
        let application = pragma("PRAGMA application_id").map_err(fail)?;
        let found = pragma("PRAGMA user_version").map_err(fail)?;
        let tables = pragma("SELECT count(*) FROM sqlite_schema").map_err(fail)?;
        let new = application == 0 && found == 0 && tables == 0;
        if !new && application != APPLICATION {
            return Err(JournalError::NotAJournal { path: name });
        }
        if found > FORMAT {
            return Err(JournalError::Newer {
                path: name,
                found,
                known: FORMAT,
            });
        }
        connection
            .pragma_update(None, "journal_mode", "WAL")
            .map_err(fail)?;
        connection
            .pragma_update(None, "synchronous", "FULL")
            .map_err(fail)?;
        if new {
            let base = (seed.unwrap_or_default() % (1 << 31)) << 32;
            let create = format!(
                "BEGIN IMMEDIATE; {SCHEMA} {SIGN_OFFS} {INVITATIONS} {JOBS} INSERT INTO meta VALUES ('base', {base});
                 PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT}; COMMIT;"
            );
            connection.execute_batch(&create).map_err(fail)?;
        }
        let verdict: String = connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .map_err(fail)?;
        if verdict != "ok" {
            return Err(JournalError::Damaged {
                path: name,
                why: verdict,
            });
        }
        if !new && found < FORMAT {
            upgrade(&connection).map_err(fail)?;
        }
        let base = connection
            .query_row("SELECT value FROM meta WHERE name = 'base'", [], |row| {
                row.get::<_, i64>(0)
            })
            .map_err(fail)?;
        Ok(Self {
            connection,
            path: name.clone(),
            base: u64::try_from(base).unwrap_or_default(),
        })
    }

    pub(super) fn fail(&self, doing: &'static str) -> impl Fn(rusqlite::Error) -> JournalError + '_ {
        move |error| JournalError::of(&error, doing, &self.path)
    }

    pub(super) fn damaged(&self, why: impl Into<String>) -> JournalError {
        JournalError::Damaged {
            path: self.path.clone(),
            why: why.into(),
        }
    }
}

/// Brings an older journal to the format that is written. Another process may have done it meanwhile.
fn upgrade(connection: &Connection) -> rusqlite::Result<()> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found < FORMAT {
        // The first journals did not say on which site a run began.
        let knows_site: bool = transaction.query_row(
            "SELECT count(*) FROM pragma_table_info('runs') WHERE name = 'site'",
            [],
            |row| row.get(0),
        )?;
        if !knows_site {
            transaction.execute_batch("ALTER TABLE runs ADD COLUMN site TEXT NOT NULL DEFAULT ''")?;
        }
        if found < 2 {
            transaction.execute_batch(SIGN_OFFS)?;
        }
        transaction.execute_batch(INVITATIONS)?;
        transaction.execute_batch(JOBS)?;
        transaction.pragma_update(None, "user_version", FORMAT)?;
    }
    transaction.commit()
}
