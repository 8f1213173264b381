//! A path in, a connection to a sound embedded site out, or an error that says what to do.

use std::{
    fs::{self, File},
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig, ffi};
use tempfile::TempDir;

use super::super::SystemError;

/// Marks the file as an embedded site (`application_id`): the letters `RHSM` as a number.
const APPLICATION_ID: i64 = 1_380_471_629;
/// The format that this build writes (`user_version`).
const FORMAT: i64 = 4;
/// The oldest format that it reads, and brings up to its own before it writes.
const OLDEST: i64 = 1;
const SCHEMA: &str = include_str!("schema.sql");
/// From each older format to the next.
const UPGRADES: [&str; 3] = [
    include_str!("upgrade_2.sql"),
    include_str!("upgrade_3.sql"),
    include_str!("upgrade_4.sql"),
];
const MAGIC: &[u8] = b"SQLite format 3\0";
const BUSY: Duration = Duration::from_secs(5);

/// What the site is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Reading: nothing is made, changed or left behind.
    Read,
    /// Writing: a missing file is made.
    Write,
}

/// An open database.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) db: Connection,
    /// The site's own id; `new` where there is not a file yet.
    pub(super) id: String,
    /// The copy that is read if the file itself must not be repaired.
    _copy: Option<TempDir>,
}

pub(super) fn open(path: &Path, mode: Mode) -> Result<Opened, SystemError> {
    let at = At(path);
    match fs::metadata(path) {
        Ok(meta) if meta.is_dir() => {
            return Err(at.unlike("it is a folder; give the path of a file"));
        }
        Ok(meta) if !meta.is_file() => {
            return Err(at.unlike("it is not a regular file; give the path of a file"));
        }
        Ok(meta) if meta.len() == 0 => {}
        Ok(meta) => {
            at.check_header(meta.len())?;
            return match mode {
                Mode::Read => open_reading(at),
                Mode::Write => open_writing(at),
            };
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if mode == Mode::Write {
                make_file(at)?;
            }
        }
        Err(error) => return Err(at.file("read", &error)),
    }
    match mode {
        Mode::Read => {
            let db = Connection::open_in_memory().map_err(|error| at.sql("open", &error))?;
            db.execute_batch(SCHEMA)
                .map_err(|error| at.sql("set up", &error))?;
            Ok(Opened {
                db,
                id: crate::model::Account::NOT_CREATED.to_owned(),
                _copy: None,
            })
        }
        Mode::Write => open_writing(at),
    }
}

fn make_file(at: At<'_>) -> Result<(), SystemError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = options
        .open(at.0)
        .and_then(|file| file.sync_all())
        .and_then(|()| {
            let folder = at.0.parent().filter(|folder| !folder.as_os_str().is_empty());
            File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
        });
    made.map_err(|error| match error.kind() {
        ErrorKind::NotFound => at.unreachable("create", "its folder does not exist; create the folder first"),
        _ => at.file("create", &error),
    })
}

fn open_reading(at: At<'_>) -> Result<Opened, SystemError> {
    let db = connect(at.0, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(|error| at.sql("open", &error))?;
    match id_of(&db, at) {
        Err(Trouble::Sql(error)) if needs_rollback(&error, at.0) => {
            drop(db);
            let (db, copy) = open_copy(at)?;
            let id = id_of(&db, at).map_err(|trouble| trouble.at(at))?;
            Ok(Opened {
                db,
                id,
                _copy: Some(copy),
            })
        }
        Err(trouble) => Err(trouble.at(at)),
        Ok(id) => Ok(Opened { db, id, _copy: None }),
    }
}

fn open_writing(at: At<'_>) -> Result<Opened, SystemError> {
    let mut db = connect(at.0, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|error| at.sql("open", &error))?;
    if db.is_readonly("main").map_err(|error| at.sql("open", &error))? {
        return Err(at.unreachable("write", "the file is write-protected; allow writing to it"));
    }
    prepare(&mut db).map_err(|error| at.sql("open", &error))?;
    let id = id_of(&db, at).map_err(|trouble| trouble.at(at))?;
    Ok(Opened { db, id, _copy: None })
}

/// The rollback journal is deleted and its folder synced at each commit (`EXTRA`), so that a
/// commit is durable and no file is besides the site when no one writes.
fn prepare(db: &mut Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "page_size", 8_192)?;
    db.pragma_update(None, "journal_mode", "DELETE")?;
    db.pragma_update(None, "synchronous", "EXTRA")?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "cache_size", -65_536)?;
    db.set_prepared_statement_cache_capacity(64);
    let setup = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let tables: i64 = setup.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let application: i64 = setup.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if tables == 0 && application == 0 {
        setup.execute_batch(SCHEMA)?;
    }
    let format: i64 = setup.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if application == APPLICATION_ID && format >= OLDEST {
        for (_, upgrade) in (OLDEST..).zip(UPGRADES).filter(|(from, _)| *from >= format) {
            setup.execute_batch(upgrade)?;
        }
    }
    setup.commit()
}

fn connect(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(BUSY)?;
    // Otherwise every new binding has the statement compiled anew, since its plan might depend on it.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // The file may come from anywhere: what it declares beside tables reaches nothing outside it.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    Ok(db)
}

/// A writer was killed: the file is half-written, and its journal says how it was.
fn needs_rollback(error: &rusqlite::Error, path: &Path) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    let refused = matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen)
    );
    code == Some(ffi::SQLITE_READONLY_ROLLBACK) || (refused && beside(path).exists())
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-journal");
    PathBuf::from(name)
}

/// Mends a copy, since the file itself may not be touched by a reader.
fn open_copy(at: At<'_>) -> Result<(Connection, TempDir), SystemError> {
    let copying = |error: std::io::Error| at.file("copy", &error);
    for _ in 0..3 {
        let folder = tempfile::tempdir().map_err(copying)?;
        let copy = folder.path().join("site.sqlite");
        let before = (stamp(at.0), stamp(&beside(at.0)));
        fs::copy(at.0, &copy).map_err(copying)?;
        match fs::copy(beside(at.0), beside(&copy)) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(copying(error)),
        }
        if before == (stamp(at.0), stamp(&beside(at.0))) {
            let db =
                connect(&copy, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|error| at.sql("open", &error))?;
            return Ok((db, folder));
        }
    }
    Err(at.unreachable(
        "read",
        "another program is writing to it; wait until it has finished and try again",
    ))
}

fn stamp(path: &Path) -> Option<(u64, std::time::SystemTime)> {
    let meta = fs::metadata(path).ok()?;
    Some((meta.len(), meta.modified().ok()?))
}

fn id_of(db: &Connection, at: At<'_>) -> Result<String, Trouble> {
    let application: i64 = db.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if application != APPLICATION_ID {
        return Err(Trouble::Said(at.unlike(
            "it is another program's database; give another path, and Rehome creates a new file there",
        )));
    }
    let format: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if !(OLDEST..=FORMAT).contains(&format) {
        let age = if format > FORMAT { "a newer" } else { "an older" };
        return Err(Trouble::Said(at.unlike(&format!(
            "its format is {format} and this Rehome reads formats {OLDEST} to {FORMAT}: it was created by {age} Rehome; use that version"
        ))));
    }
    Ok(db.query_row("SELECT value FROM meta WHERE key = 'id'", [], |row| row.get(0))?)
}

enum Trouble {
    Said(SystemError),
    Sql(rusqlite::Error),
}

impl Trouble {
    fn at(self, at: At<'_>) -> SystemError {
        match self {
            Self::Said(error) => error,
            Self::Sql(error) => at.sql("read", &error),
        }
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

/// Says where, in errors.
#[derive(Clone, Copy)]
pub(super) struct At<'a>(pub(super) &'a Path);

impl At<'_> {
    /// What SQLite would find late or not at all: a file cut off, one of another kind, one whose
    /// reading leaves files behind.
    fn check_header(self, length: u64) -> Result<(), SystemError> {
        let mut head = [0; 100];
        let read = File::open(self.0).and_then(|mut file| file.read_exact(&mut head));
        match read {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                return Err(self.unlike("it is too short to be a database"));
            }
            Err(error) => return Err(self.file("read", &error)),
            Ok(()) if !head.starts_with(MAGIC) => {
                return Err(self.unlike(
                    "it is not an SQLite database; give another path, and Rehome creates a new file there",
                ));
            }
            Ok(()) => {}
        }
        if head[18] > 1 || head[19] > 1 {
            return Err(self.unlike(
                "another program switched it to WAL mode; switch it back with PRAGMA journal_mode = DELETE",
            ));
        }
        let page = match u64::from(u16::from_be_bytes([head[16], head[17]])) {
            1 => 65_536,
            size => size,
        };
        let pages = u64::from(u32::from_be_bytes([head[28], head[29], head[30], head[31]]));
        if head[24..28] == head[92..96] && pages * page > length && !beside(self.0).exists() {
            return Err(self.unlike(&format!(
                "it is truncated: {length} of {} bytes are left; restore it from a backup",
                pages * page
            )));
        }
        Ok(())
    }

    fn unlike(self, why: &str) -> SystemError {
        SystemError::Unlike {
            place: self.0.display().to_string(),
            expected: "an embedded site".to_owned(),
            why: why.to_owned(),
        }
    }

    fn unreachable(self, doing: &'static str, why: &str) -> SystemError {
        SystemError::Unreachable {
            doing,
            place: self.0.display().to_string(),
            why: why.to_owned(),
        }
    }

    fn file(self, doing: &'static str, error: &std::io::Error) -> SystemError {
        let what_to_do = match error.kind() {
            ErrorKind::PermissionDenied => "; check the permissions of the file and its folder",
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "; free some space and try again",
            _ => "",
        };
        self.unreachable(doing, &format!("{error}{what_to_do}"))
    }

    pub(super) fn incomplete(self, why: impl Into<String>) -> SystemError {
        SystemError::Incomplete {
            place: self.0.display().to_string(),
            why: why.into(),
        }
    }

    pub(super) fn sql(self, doing: &'static str, error: &rusqlite::Error) -> SystemError {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => self.unlike("it is not an SQLite database, or it is encrypted"),
            Some(ErrorCode::DatabaseCorrupt) => {
                self.unlike("it is damaged; restore it from a backup, then plan again")
            }
            _ => self.unreachable(doing, &remedy(error)),
        }
    }
}

/// SQLite's words, and what to do where that is known.
pub(super) fn remedy(error: &rusqlite::Error) -> String {
    let what_to_do = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program has it open; close that program and try again"
        }
        Some(ErrorCode::DiskFull) => "the disk is full; free some space and try again",
        Some(ErrorCode::ReadOnly) => "the file or its folder is write-protected; allow writing",
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "check the permissions of the file and its folder"
        }
        Some(ErrorCode::SystemIoFailure) => "the disk failed; check its health and free space",
        _ => return error.to_string(),
    };
    format!("{error}; {what_to_do}")
}
