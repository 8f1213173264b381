//! A change set file in; its header, its difference and its members out. The file may be anything.

use std::{
    fs::File,
    io::{self, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, config::DbConfig};

use super::{
    ChangeSetError, FORMAT, Header, MemberChanges,
    checksum::{APPLICATION_ID, Checksum, copy_checked, write_seal},
    recount::{Counted, recount},
    write::SCHEMA,
};
use crate::{
    diff::{ChangeKind, Difference, Refusal, ShapeId, What},
    model::{Action, Change, ContactId, Email, Seq, SiteTarget},
};

/// An open change set.
#[derive(Debug)]
pub struct ChangeSet {
    path: PathBuf,
    /// The private copy that was checked: its name is gone already, so nobody else can open it, and nothing of it stays.
    copy: File,
    connection: Connection,
    checksum: Checksum,
    header: Header,
    difference: Difference,
}

/// A row as it is in the file.
struct Stored {
    seq: Option<Seq>,
    email: String,
    contact: String,
    user: bool,
    found: bool,
    shape: u32,
    values: String,
    gains: String,
    loses: String,
    until: Option<i64>,
}

impl Stored {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            email: row.get(1)?,
            contact: row.get(2)?,
            user: row.get(3)?,
            found: row.get(4)?,
            shape: row.get(5)?,
            values: row.get(6)?,
            gains: row.get(7)?,
            loses: row.get(8)?,
            until: row.get(9)?,
        })
    }
}

const COLUMNS: &str =
    "SELECT members.seq, email, contact, user, found, shape, vals, gains, loses, until FROM members";

impl ChangeSet {
    /// Opens a change set. The file is read once, into a private copy: what is shown, agreed to and run is that one
    /// reading, whatever becomes of the file. What it says of itself is recounted from its rows.
    pub fn open(path: &Path) -> Result<Self, ChangeSetError> {
        let io = |why: String| ChangeSetError::Io {
            doing: "open",
            path: path.to_owned(),
            why,
        };
        let unlike = |why: String| ChangeSetError::Unlike {
            path: path.to_owned(),
            why,
        };
        let folder = tempfile::Builder::new().prefix("rehome-").tempdir();
        let folder = folder.map_err(|error| io(error.to_string()))?;
        let at = folder.path().join("copy");
        let mut copy = private_file(&at).map_err(|error| io(error.to_string()))?;
        let checksum = copy_checked(path, &mut copy)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&at, flags)
            .and_then(guarded)
            .map_err(|error| io(error.to_string()))?;
        let id: i32 = connection
            .pragma_query_value(None, "application_id", |row| row.get(0))
            .map_err(|error| unlike(error.to_string()))?;
        // SQLite has it open, and so have we: from here on it needs no name.
        drop(folder);
        if id != APPLICATION_ID {
            return Err(unlike("it is another program's database".to_owned()));
        }
        let damaged = |why: String| ChangeSetError::Damaged {
            path: path.to_owned(),
            why,
        };
        let ours = Connection::open_in_memory().and_then(|ours| {
            ours.execute_batch(SCHEMA)?;
            layout(&ours)
        });
        if ours.map_err(|error| io(error.to_string()))?
            != layout(&connection).map_err(|error| damaged(error.to_string()))?
        {
            return Err(damaged("its tables are not those of a change set".to_owned()));
        }
        let text = |table: &str| -> Result<String, ChangeSetError> {
            connection
                .query_row(&format!("SELECT json FROM {table}"), [], |row| row.get(0))
                .map_err(|error| damaged(error.to_string()))
        };
        let header_text = text("header")?;
        let version: Version =
            serde_json::from_str(&header_text).map_err(|error| damaged(error.to_string()))?;
        if version.format != FORMAT {
            return Err(ChangeSetError::Version {
                path: path.to_owned(),
                found: version.format,
                expected: FORMAT,
            });
        }
        let header: Header =
            serde_json::from_str(&header_text).map_err(|error| damaged(error.to_string()))?;
        let difference: Difference =
            serde_json::from_str(&text("difference")?).map_err(|error| damaged(error.to_string()))?;
        if !names_all(&difference) {
            return Err(damaged(
                "a change is about a field or tag without a name".to_owned(),
            ));
        }
        let (count, last): (Seq, Option<Seq>) = connection
            .query_row("SELECT count(*), max(seq) FROM work", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .map_err(|error| damaged(error.to_string()))?;
        let expected = header.members.checked_sub(1);
        if count != header.members || last != expected {
            return Err(damaged(format!(
                "{} members are announced, but {count} are present",
                header.members
            )));
        }
        let mut set = Self {
            path: path.to_owned(),
            copy,
            connection,
            checksum,
            header,
            difference,
        };
        let judged = set.recounted()?;
        set.difference.refusals = judged;
        Ok(set)
    }

    /// What identifies it: the hash of everything in it, in hex.
    pub fn fingerprint(&self) -> String {
        self.checksum.to_hex().to_string()
    }

    /// Gives the file that was read another name, durably.
    pub fn rename(&mut self, to: &Path) -> Result<(), ChangeSetError> {
        let renamed = std::fs::rename(&self.path, to)
            .and_then(|()| File::open(to.parent().unwrap_or(Path::new(".")))?.sync_all());
        to.clone_into(&mut self.path);
        renamed.map_err(|error| ChangeSetError::Io {
            doing: "keep",
            path: to.to_owned(),
            why: error.to_string(),
        })
    }

    /// Says where the plan and its site are now: they were moved since.
    pub fn move_to(&mut self, base: &Path, site: &SiteTarget) {
        self.header.base = base.display().to_string();
        self.header.targets.site.clone_from(site);
    }

    /// Keeps what was read at `to`, for its owner only and durably: written aside, compared with what was checked,
    /// renamed.
    pub fn keep(&mut self, to: &Path) -> Result<(), ChangeSetError> {
        keep(&mut self.copy, &self.checksum, to).map_err(|error| ChangeSetError::Io {
            doing: "keep",
            path: to.to_owned(),
            why: error.to_string(),
        })?;
        to.clone_into(&mut self.path);
        Ok(())
    }

    /// What the change set says of itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The difference as it was shown when it was computed.
    pub fn difference(&self) -> &Difference {
        &self.difference
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The members with something to apply, from `from` up to but not including `to`.
    pub fn range(&self, from: Seq, to: Seq) -> Result<Vec<MemberChanges>, ChangeSetError> {
        let sql =
            format!("{COLUMNS} JOIN work USING (n) WHERE work.seq >= ?1 AND work.seq < ?2 ORDER BY work.seq");
        let query = || -> rusqlite::Result<Vec<Stored>> {
            self.connection
                .prepare_cached(&sql)?
                .query_map((from, to), Stored::of)?
                .collect()
        };
        let rows = query().map_err(|error| self.damaged(&error.to_string()))?;
        let expected = to.min(self.header.members).saturating_sub(from);
        if rows.len() != expected as usize {
            return Err(self.damaged(&format!("{} of {expected} members are present", rows.len())));
        }
        if !rows.iter().zip(from..).all(|(row, seq)| row.seq == Some(seq)) {
            return Err(self.damaged("members are not in their places"));
        }
        rows.into_iter().map(|row| self.changes(&row)).collect()
    }

    /// The member of an address, with something to apply or not.
    pub fn find(&self, email: &Email) -> Result<Option<MemberChanges>, ChangeSetError> {
        // Members are sorted by email address without an index: binary search.
        let count: i64 = self
            .connection
            .query_row("SELECT coalesce(max(n), 0) FROM members", [], |row| row.get(0))
            .map_err(|error| self.damaged(&error.to_string()))?;
        if count == i64::MAX {
            return Err(self.damaged("a member has an impossible number"));
        }
        let (mut low, mut high) = (1, count);
        while low <= high {
            let middle = low + (high - low) / 2;
            let row = self
                .connection
                .prepare_cached(&format!("{COLUMNS} WHERE n = ?1"))
                .and_then(|mut statement| statement.query_row([middle], Stored::of).optional())
                .map_err(|error| self.damaged(&error.to_string()))?;
            let Some(row) = row else {
                return Err(self.damaged(&format!("row {middle} is missing")));
            };
            match row.email.as_str().cmp(email.as_str()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle - 1,
                std::cmp::Ordering::Equal => return self.changes(&row).map(Some),
            }
        }
        Ok(None)
    }

    /// Every member in the difference, by email address.
    pub fn each(
        &self,
        mut told: impl FnMut(MemberChanges) -> std::ops::ControlFlow<()>,
    ) -> Result<(), ChangeSetError> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("{COLUMNS} ORDER BY n"))
            .map_err(|error| self.damaged(&error.to_string()))?;
        let rows = statement
            .query_map([], Stored::of)
            .map_err(|error| self.damaged(&error.to_string()))?;
        for row in rows {
            let row = row.map_err(|error| self.damaged(&error.to_string()))?;
            if told(self.changes(&row)?).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Recounts what the difference says of its members, and judges it by the plan's limits.
    fn recounted(&self) -> Result<Vec<Refusal>, ChangeSetError> {
        let mut statement = self
            .connection
            .prepare(&format!("{COLUMNS} ORDER BY n"))
            .map_err(|error| self.damaged(&error.to_string()))?;
        let rows = statement
            .query_map([], Stored::of)
            .map_err(|error| self.damaged(&error.to_string()))?;
        let rows = rows.map(|row| {
            let row = row.map_err(|error| error.to_string())?;
            let values = serde_json::from_str(&row.values).map_err(|error| error.to_string())?;
            let offerings = |text: &str| -> Result<Vec<u16>, String> {
                let parts = text.split(',').filter(|_| !text.is_empty());
                parts
                    .map(|part| part.parse().map_err(|_| "a row names no offering".to_owned()))
                    .collect()
            };
            Ok(Counted {
                gains: offerings(&row.gains)?,
                loses: offerings(&row.loses)?,
                seq: row.seq,
                email: row.email,
                contact: row.contact,
                user: row.user,
                found: row.found,
                shape: ShapeId(row.shape),
                values,
            })
        });
        recount(rows, &self.header, &self.difference).map_err(|why| self.damaged(&why))
    }

    fn damaged(&self, why: &str) -> ChangeSetError {
        ChangeSetError::Damaged {
            path: self.path.clone(),
            why: why.to_owned(),
        }
    }

    fn changes(&self, row: &Stored) -> Result<MemberChanges, ChangeSetError> {
        let Some(email) = Email::from_normalised(&row.email) else {
            return Err(self.damaged("a member's address is not one"));
        };
        let values: Vec<(Option<String>, Option<String>)> =
            serde_json::from_str(&row.values).map_err(|error| self.damaged(&error.to_string()))?;
        let kinds = self.difference.changes.shapes.get(ShapeId(row.shape));
        let changes = changes_of(&self.difference, kinds, values)
            .ok_or_else(|| self.damaged("a member's values do not fit its shape"))?;
        let contact_id = (!row.contact.is_empty()).then(|| ContactId::new(&row.contact));
        Ok(MemberChanges {
            seq: row.seq,
            email,
            contact_id,
            user: row.user,
            until: row.until,
            changes,
        })
    }
}

/// A new file that only its owner reads.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes a checked copy to a file of its own name.
fn keep(copy: &mut File, checksum: &Checksum, to: &Path) -> io::Result<()> {
    let folder = to.parent().unwrap_or(Path::new("."));
    let mut temp = tempfile::Builder::new()
        .prefix(".rehome-")
        .suffix(".part")
        .tempfile_in(folder)?;
    copy.seek(SeekFrom::Start(0))?;
    let length = io::copy(copy, temp.as_file_mut())?;
    write_seal(temp.as_file_mut(), length, checksum)?;
    temp.flush()?;
    temp.as_file().sync_all()?;
    let mut hasher = blake3::Hasher::new();
    let written = File::open(temp.path())?;
    io::copy(&mut io::Read::take(written, length), &mut hasher)?;
    if hasher.finalize() != *checksum {
        return Err(io::Error::other("what was written is not what was read"));
    }
    temp.persist(to).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

/// A connection to a file that anybody may have made: nothing in it is run, only read.
fn guarded(connection: Connection) -> rusqlite::Result<Connection> {
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        // Otherwise SQLite recompiles the statement for every binding, because its plan might depend on it.
        (DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true),
    ] {
        connection.set_db_config(setting, on)?;
    }
    Ok(connection)
}

/// Everything that a database declares: kind, name, text.
fn layout(connection: &Connection) -> rusqlite::Result<Vec<(String, String, Option<String>)>> {
    // One more than there may be is enough to tell.
    connection
        .prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY name LIMIT 5")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect()
}

/// True if every field and tag that a shape is about has a name.
fn names_all(difference: &Difference) -> bool {
    let names = &difference.changes.names;
    difference
        .changes
        .shapes
        .iter()
        .flat_map(|(_, kinds)| kinds)
        .all(|kind| match kind.what {
            What::Field(index) => usize::from(index) < names.fields.len(),
            What::Key(index) => usize::from(index) < names.keys.len(),
            What::Tag(index) => usize::from(index) < names.tags.len(),
            _ => true,
        })
}

/// The first thing read of a header, whatever its version.
#[derive(serde::Deserialize)]
struct Version {
    format: u32,
}

/// Kinds and the personal values beside them, as changes. `None` when they do not fit.
fn changes_of(
    difference: &Difference,
    kinds: &[ChangeKind],
    values: Vec<(Option<String>, Option<String>)>,
) -> Option<Vec<Change>> {
    let mut values = values.into_iter();
    let held = || Some("held".to_owned());
    let changes = kinds
        .iter()
        .map(|kind| {
            let (before, after) = match (kind.what, kind.action) {
                (What::Tag(_), Action::RemoveTag) => (held(), None),
                (What::Tag(_), _) => (None, held()),
                _ => values.next()?,
            };
            Some(Change {
                side: kind.side,
                action: kind.action,
                attribute: difference.changes.names.attribute_on(kind.side, kind.what),
                reason: kind.reason,
                before,
                after,
            })
        })
        .collect::<Option<Vec<Change>>>()?;
    (values.next().is_none() && !changes.is_empty()).then_some(changes)
}
