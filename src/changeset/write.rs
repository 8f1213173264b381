//! Members as they are compared in, a change set file out: written aside, synced, renamed.

use std::{
    borrow::Cow,
    fs::File,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, config::DbConfig};
use tempfile::NamedTempFile;

use super::{
    ChangeSetError, FORMAT, Header, SignatureHasher,
    checksum::{APPLICATION_ID, seal},
};
use crate::{
    diff::{Difference, MemberDiff, Shapes, Sink, What},
    model::Seq,
};

/// A reader takes a file with exactly these declarations: to change a letter is to change the format.
pub(super) const SCHEMA: &str = "
    CREATE TABLE header(json TEXT NOT NULL) STRICT;
    CREATE TABLE difference(json TEXT NOT NULL) STRICT;
    CREATE TABLE members(
        n INTEGER PRIMARY KEY, seq INTEGER, email TEXT NOT NULL, contact TEXT NOT NULL, user INTEGER NOT NULL,
        found INTEGER NOT NULL, shape INTEGER NOT NULL, vals TEXT NOT NULL, gains TEXT NOT NULL, loses TEXT NOT NULL,
        until INTEGER) STRICT;
    CREATE TABLE work(seq INTEGER PRIMARY KEY, n INTEGER NOT NULL) STRICT;
";

/// Writes a change set while the difference is computed.
#[derive(Debug)]
pub struct ChangeSetWriter {
    path: PathBuf,
    temp: NamedTempFile,
    connection: Connection,
    values: Vec<u8>,
    /// For the next member: until when the changes are what the plan wants, in Unix milliseconds.
    until: Option<i64>,
    failed: Option<rusqlite::Error>,
    members: Seq,
    signature: SignatureHasher,
}

impl ChangeSetWriter {
    /// Starts to write. The file appears at `path` only when it is whole.
    pub fn create(path: &Path) -> Result<Self, ChangeSetError> {
        let io = |why: String| ChangeSetError::Io {
            doing: "write",
            path: path.to_owned(),
            why,
        };
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let temp = tempfile::Builder::new()
            .prefix(".rehome-")
            .suffix(".part")
            .tempfile_in(folder)
            .map_err(|error| io(error.to_string()))?;
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open(temp.path())?;
            // Otherwise SQLite recompiles the statement for every binding, because its plan might depend on it.
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
            // Nothing needs to survive a crash before the rename: the part file is thrown away.
            connection.pragma_update(None, "journal_mode", "OFF")?;
            connection.pragma_update(None, "synchronous", "OFF")?;
            connection.pragma_update(None, "application_id", APPLICATION_ID)?;
            connection.pragma_update(None, "user_version", FORMAT)?;
            connection.execute_batch(SCHEMA)?;
            connection.execute_batch("BEGIN")?;
            Ok(connection)
        };
        let connection = open().map_err(|error| io(error.to_string()))?;
        Ok(Self {
            path: path.to_owned(),
            temp,
            connection,
            values: Vec::new(),
            until: None,
            failed: None,
            members: 0,
            signature: SignatureHasher::default(),
        })
    }

    /// Says until when the changes of the next member are what the plan wants, in Unix milliseconds.
    pub fn valid_until(&mut self, until: Option<i64>) {
        self.until = until;
    }

    /// Ends the file. `header.members` and `header.signature` are set here.
    pub fn finish(self, mut header: Header, difference: &Difference) -> Result<Header, ChangeSetError> {
        let Self {
            path,
            temp,
            connection,
            failed,
            members,
            signature,
            ..
        } = self;
        let io = |why: String| ChangeSetError::Io {
            doing: "write",
            path: path.clone(),
            why,
        };
        header.members = members;
        header.signature = Some(signature.finish(&header, difference));
        let json = |value: Result<String, serde_json::Error>| value.map_err(|error| io(error.to_string()));
        let (header_json, difference_json) = (
            json(serde_json::to_string(&header))?,
            json(serde_json::to_string(difference))?,
        );
        let end = || -> rusqlite::Result<()> {
            if let Some(error) = failed {
                return Err(error);
            }
            connection.execute("INSERT INTO header VALUES (?1)", [header_json])?;
            connection.execute("INSERT INTO difference VALUES (?1)", [difference_json])?;
            connection.execute_batch("COMMIT")
        };
        end().map_err(|error| io(error.to_string()))?;
        drop(connection);
        seal(temp.path()).map_err(|error| io(error.to_string()))?;
        temp.as_file().sync_all().map_err(|error| io(error.to_string()))?;
        temp.persist(&path).map_err(|error| io(error.to_string()))?;
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| io(error.to_string()))?;
        Ok(header)
    }

    fn insert(&mut self, member: &MemberDiff<'_>, shapes: &Shapes) -> rusqlite::Result<()> {
        self.values.clear();
        let kinds = shapes.get(member.shape);
        let personal = kinds
            .iter()
            .zip(member.values)
            .filter(|(kind, _)| !matches!(kind.what, What::Tag(_)));
        let values: Vec<(Option<&str>, Option<&str>)> =
            personal.map(|(_, value)| (value.before, value.after)).collect();
        // A Vec takes every write, and texts are always valid JSON.
        serde_json::to_writer(&mut self.values, &values)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        let values = std::str::from_utf8(&self.values).unwrap_or("[]");
        self.connection
            .prepare_cached(
                "INSERT INTO members(seq, email, contact, user, found, shape, vals, gains, loses, until)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute((
                member.seq,
                member.email,
                member.contact_id,
                member.user,
                member.found,
                member.shape.0,
                values,
                offerings(member.gains),
                offerings(member.loses),
                self.until,
            ))?;
        if let Some(seq) = member.seq {
            self.connection
                .prepare_cached("INSERT INTO work VALUES (?1, ?2)")?
                .execute((seq, self.connection.last_insert_rowid()))?;
            self.members = seq + 1;
        }
        Ok(())
    }
}

/// Indexes of offerings, as they stand in a row.
fn offerings(indexes: &[u16]) -> Cow<'static, str> {
    match indexes {
        [] => Cow::Borrowed(""),
        some => Cow::Owned(some.iter().map(u16::to_string).collect::<Vec<_>>().join(",")),
    }
}

impl Sink for ChangeSetWriter {
    fn member(&mut self, member: &MemberDiff<'_>, shapes: &Shapes) {
        self.signature.member(member, shapes);
        if self.failed.is_none() {
            self.failed = self.insert(member, shapes).err();
        }
    }
}
