//! Contacts, tags and effects of the practice CRM in one SQLite file.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, config::DbConfig, params};
use serde::{Deserialize, Serialize};

use super::options::ServeOptions;

/// Finds doubled effects: one attribute of one address set to the same value twice with nothing
/// between. A second contact for one address is one. Gives `seq`, `email`, `attribute`.
pub const DOUBLED_EFFECTS_SQL: &str = "
    SELECT seq, email, attribute FROM (
        SELECT seq, email, attribute, coalesce(value, '') AS value,
               lag(coalesce(value, '')) OVER (PARTITION BY email, attribute ORDER BY seq) AS before
        FROM effects)
    WHERE value = before";

/// Finds addresses with several contacts. Gives `email` and how many.
pub const DUPLICATE_CONTACTS_SQL: &str =
    "SELECT lower(email), count(*) FROM contacts GROUP BY lower(email) HAVING count(*) > 1";

const APPLICATION_ID: i64 = 0x5248_4352;

/// `document` is what the contact is now; `versions` hold what reads may see while writes lag, and
/// `former` the addresses under which they may still see a contact.
const SCHEMA: &str = "
    CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    INSERT INTO meta VALUES ('id', 'practice-' || lower(hex(randomblob(8))));
    CREATE TABLE contacts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        email TEXT NOT NULL,
        document TEXT NOT NULL
    ) STRICT;
    CREATE INDEX contacts_by_email ON contacts (email);
    CREATE TABLE versions (
        seq INTEGER PRIMARY KEY,
        contact INTEGER NOT NULL REFERENCES contacts (id),
        from_ms INTEGER NOT NULL,
        document TEXT
    ) STRICT;
    CREATE INDEX versions_by_contact ON versions (contact, seq);
    CREATE TABLE former (email TEXT NOT NULL, contact INTEGER NOT NULL REFERENCES contacts (id)) STRICT;
    CREATE INDEX former_by_email ON former (email);
    CREATE TABLE tags (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE effects (
        seq INTEGER PRIMARY KEY,
        contact INTEGER NOT NULL REFERENCES contacts (id),
        email TEXT NOT NULL,
        attribute TEXT NOT NULL,
        value TEXT,
        at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE TRIGGER effects_are_never_changed BEFORE UPDATE ON effects
    BEGIN SELECT RAISE(ABORT, 'effects are append-only'); END;
    CREATE TRIGGER effects_are_never_deleted BEFORE DELETE ON effects
    BEGIN SELECT RAISE(ABORT, 'effects are append-only'); END;
    PRAGMA application_id = 1380467538;";

/// One contact, as it is kept and as it is answered (with its id added).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Document {
    pub(super) email: String,
    pub(super) status: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) opted_out: bool,
    pub(super) tags: BTreeSet<String>,
    pub(super) fields: BTreeMap<String, String>,
}

/// The open file, and what of its contract was chosen.
#[derive(Debug)]
pub(super) struct Store {
    db: Connection,
    pub(super) id: String,
    pub(super) requests_per_minute: u32,
    pub(super) visibility_ms: u64,
    pub(super) creates_opted_out: bool,
}

/// A change that a request makes, for the effects.
pub(super) type Effect = (String, Option<String>);

impl Store {
    pub(super) fn open(options: &ServeOptions) -> Result<Self, String> {
        let open = || -> rusqlite::Result<Result<(Connection, String), String>> {
            let mut db = Connection::open(&options.database)?;
            db.busy_timeout(std::time::Duration::from_secs(5))?;
            db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
            db.pragma_update(None, "foreign_keys", true)?;
            let setup = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let tables: i64 = setup.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
            if tables == 0 {
                setup.execute_batch(SCHEMA)?;
            }
            setup.commit()?;
            let mark: i64 = db.query_row("PRAGMA application_id", [], |row| row.get(0))?;
            if mark != APPLICATION_ID {
                return Ok(Err(
                    "it is the database of another program; give another path".to_owned()
                ));
            }
            // A practice server outlives kills, not power cuts: hence no sync at each commit.
            db.pragma_update(None, "journal_mode", "WAL")?;
            db.pragma_update(None, "synchronous", "NORMAL")?;
            let id = db.query_row("SELECT value FROM meta WHERE key = 'id'", [], |row| row.get(0))?;
            Ok(Ok((db, id)))
        };
        let (db, id) = open().map_err(|error| error.to_string())??;
        Ok(Self {
            db,
            id,
            requests_per_minute: options.requests_per_minute,
            visibility_ms: options.visibility_ms,
            creates_opted_out: options.creates_opted_out,
        })
    }

    /// Starts one request's transaction.
    pub(super) fn begin(&mut self, now_ms: u64) -> rusqlite::Result<Desk<'_>> {
        let visibility_ms = self.visibility_ms;
        Ok(Desk {
            tx: self
                .db
                .transaction_with_behavior(TransactionBehavior::Immediate)?,
            now: i64::try_from(now_ms).unwrap_or(i64::MAX),
            lag: i64::try_from(visibility_ms).unwrap_or(i64::MAX),
            creates_opted_out: self.creates_opted_out,
        })
    }
}

/// One request's reads and writes.
pub(super) struct Desk<'a> {
    tx: Transaction<'a>,
    now: i64,
    lag: i64,
    pub(super) creates_opted_out: bool,
}

impl Desk<'_> {
    pub(super) fn commit(self) -> rusqlite::Result<()> {
        self.tx.commit()
    }

    /// Creates a contact, even if the address already has one.
    pub(super) fn create(&self, document: &Document) -> rusqlite::Result<i64> {
        let text = to_text(document)?;
        let id = self
            .tx
            .prepare_cached("INSERT INTO contacts (email, document) VALUES (?1, ?2)")?
            .insert(params![document.email, text])?;
        if self.lag > 0 {
            self.version(id, 0, None)?;
            self.version(id, self.now.saturating_add(self.lag), Some(&text))?;
        }
        Ok(id)
    }

    /// Changes a contact.
    pub(super) fn update(&self, id: i64, before: &Document, after: &Document) -> rusqlite::Result<()> {
        let text = to_text(after)?;
        if self.lag > 0 {
            let known = self
                .tx
                .prepare_cached("SELECT 1 FROM versions WHERE contact = ?1")?
                .exists([id])?;
            if !known {
                self.version(id, 0, Some(&to_text(before)?))?;
            }
            self.version(id, self.now.saturating_add(self.lag), Some(&text))?;
            if before.email != after.email {
                self.tx
                    .prepare_cached("INSERT INTO former (email, contact) VALUES (?1, ?2)")?
                    .execute(params![before.email, id])?;
            }
        }
        self.tx
            .prepare_cached("UPDATE contacts SET document = ?2, email = ?3 WHERE id = ?1")?
            .execute(params![id, text, after.email])?;
        Ok(())
    }

    fn version(&self, id: i64, from_ms: i64, document: Option<&str>) -> rusqlite::Result<()> {
        self.tx
            .prepare_cached("INSERT INTO versions (contact, from_ms, document) VALUES (?1, ?2, ?3)")?
            .execute(params![id, from_ms, document])?;
        Ok(())
    }

    pub(super) fn effect(&self, id: i64, email: &str, effect: &Effect) -> rusqlite::Result<()> {
        self.tx
            .prepare_cached(
                "INSERT INTO effects (contact, email, attribute, value, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![id, email, effect.0, effect.1, self.now])?;
        Ok(())
    }

    /// A contact as it is, visible or not.
    pub(super) fn now(&self, id: i64) -> rusqlite::Result<Option<Document>> {
        let text: Option<String> = self
            .tx
            .prepare_cached("SELECT document FROM contacts WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        text.map(|text| of_text(&text)).transpose()
    }

    /// A contact as reads see it.
    fn seen(&self, id: i64, now: String) -> rusqlite::Result<Option<Document>> {
        let version: Option<Option<String>> = if self.lag == 0 {
            None
        } else {
            self.tx
                .prepare_cached(
                    "SELECT document FROM versions WHERE contact = ?1 AND from_ms <= ?2 ORDER BY seq DESC LIMIT 1",
                )?
                .query_row([id, self.now], |row| row.get(0))
                .optional()?
        };
        version
            .unwrap_or(Some(now))
            .map(|text| of_text(&text))
            .transpose()
    }

    /// Visible contacts after an id, at most `limit`, and whether more follow.
    pub(super) fn page(&self, after: i64, limit: usize) -> rusqlite::Result<(Vec<(i64, Document)>, bool)> {
        let mut find = self
            .tx
            .prepare_cached("SELECT id, document FROM contacts WHERE id > ?1 ORDER BY id")?;
        let mut rows = find.query([after])?;
        let mut page = Vec::new();
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            if let Some(document) = self.seen(id, row.get(1)?)? {
                if page.len() == limit {
                    return Ok((page, true));
                }
                page.push((id, document));
            }
        }
        Ok((page, false))
    }

    /// How many contacts reads see.
    pub(super) fn total(&self) -> rusqlite::Result<i64> {
        if self.lag == 0 {
            return self
                .tx
                .query_row("SELECT count(*) FROM contacts", [], |row| row.get(0));
        }
        self.tx.query_row(
            "SELECT count(*) FROM contacts c WHERE NOT EXISTS (
                 SELECT 1 FROM versions v WHERE v.contact = c.id AND v.document IS NULL)
             OR EXISTS (SELECT 1 FROM versions v
                 WHERE v.contact = c.id AND v.document IS NOT NULL AND v.from_ms <= ?1)",
            [self.now],
            |row| row.get(0),
        )
    }

    /// A contact that has an address now, visible or not.
    pub(super) fn owner(&self, email: &str) -> rusqlite::Result<Option<i64>> {
        self.tx
            .prepare_cached("SELECT id FROM contacts WHERE email = ?1 ORDER BY id LIMIT 1")?
            .query_row([email], |row| row.get(0))
            .optional()
    }

    /// The visible contacts of an address.
    pub(super) fn of_address(&self, email: &str) -> rusqlite::Result<Vec<(i64, Document)>> {
        let mut find = self.tx.prepare_cached(
            "SELECT id, document FROM contacts
                 WHERE email = ?1 OR id IN (SELECT contact FROM former WHERE email = ?1) ORDER BY id",
        )?;
        let mut rows = find.query([email])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            let seen = self.seen(id, row.get(1)?)?;
            if let Some(document) = seen.filter(|document| document.email == email) {
                found.push((id, document));
            }
        }
        Ok(found)
    }

    /// Makes sure that a tag exists; gives its id.
    pub(super) fn tag(&self, name: &str) -> rusqlite::Result<i64> {
        match self.tag_id(name)? {
            Some(id) => Ok(id),
            None => self
                .tx
                .prepare_cached("INSERT INTO tags (name) VALUES (?1)")?
                .insert([name]),
        }
    }

    pub(super) fn tag_id(&self, name: &str) -> rusqlite::Result<Option<i64>> {
        self.tx
            .prepare_cached("SELECT id FROM tags WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()
    }

    /// Tags after an id, at most one more than `limit`.
    pub(super) fn tags(&self, after: i64, limit: i64) -> rusqlite::Result<Vec<(i64, String)>> {
        self.tx
            .prepare_cached("SELECT id, name FROM tags WHERE id > ?1 ORDER BY id LIMIT ?2")?
            .query_map([after, limit.saturating_add(1)], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?
            .collect()
    }

    pub(super) fn tag_count(&self) -> rusqlite::Result<i64> {
        self.tx
            .query_row("SELECT count(*) FROM tags", [], |row| row.get(0))
    }
}

fn to_text(document: &Document) -> rusqlite::Result<String> {
    serde_json::to_string(document).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn of_text(text: &str) -> rusqlite::Result<Document> {
    serde_json::from_str(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_keeps_its_id_over_a_restart_and_another_programs_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut options = ServeOptions::new(&folder.path().join("crm.sqlite"), "t");
        let first = Store::open(&options).unwrap();
        assert_eq!(Store::open(&options).unwrap().id, first.id);
        options.database = folder.path().join("other.sqlite");
        let other = Connection::open(&options.database).unwrap();
        other.execute_batch("CREATE TABLE t (x)").unwrap();
        assert!(Store::open(&options).unwrap_err().contains("another program"));
        std::fs::write(&options.database, "nothing of the kind".repeat(9)).unwrap();
        assert!(Store::open(&options).is_err());
    }
}
