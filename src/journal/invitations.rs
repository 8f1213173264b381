//! Who was asked to be written to, and what came of it, in; the same after any kill out.
//!
//! The site's own mark decides whether an email goes out. This record is the second guard: it knows whom the
//! site wrote to should the site's database be set back to an older day, and whose file was written.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::{Journal, JournalError};

/// How one person and email stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AskedState {
    /// The site was asked; what came of it is not known here.
    Asked,
    /// The email went out.
    Sent,
    /// It may have gone out or not.
    Doubt,
    /// The site's mailer refused it.
    Failed,
    /// The site does not write to this person.
    Refused,
    /// It was written to a file.
    Written,
}

impl AskedState {
    const ALL: [Self; 6] = [
        Self::Asked,
        Self::Sent,
        Self::Doubt,
        Self::Failed,
        Self::Refused,
        Self::Written,
    ];

    /// The word for reports and the file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Sent => "sent",
            Self::Doubt => "doubt",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Written => "written",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// What the journal knows of the people of one email.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    people: BTreeMap<String, AskedState>,
    salt: [u8; 16],
}

impl Asked {
    /// The state of one person's email; `None` if it was never requested.
    pub fn of(&self, address: &str) -> Option<AskedState> {
        let known = self.people.get(address);
        known
            .or_else(|| self.people.get(&forgotten(&self.salt, address)))
            .copied()
    }
}

/// How many people stand how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationCount {
    /// The email's key.
    pub email: String,
    /// How.
    pub state: AskedState,
    /// How many.
    pub people: u64,
}

/// What replaces an address that was deleted. The salt is in this journal only, so that no list of addresses made
/// elsewhere tells who is in it.
fn forgotten(salt: &[u8; 16], address: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(salt).update(address.as_bytes());
    format!("#{}", hasher.finalize().to_hex())
}

/// The salt of a journal; zeros where nobody was forgotten yet.
fn salt(connection: &Connection) -> rusqlite::Result<[u8; 16]> {
    let mut salt = [0; 16];
    for (part, name) in salt.chunks_mut(8).zip(["salt", "salt 2"]) {
        let value: Option<i64> = connection
            .query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0))
            .optional()?;
        part.copy_from_slice(&value.unwrap_or_default().to_le_bytes());
    }
    Ok(salt)
}

impl Journal {
    /// Writes down, durably, that the site is about to be asked to write to these people.
    pub fn asking<'a>(
        &mut self,
        email: &str,
        people: impl Iterator<Item = &'a str>,
        who: &str,
        at: i64,
    ) -> Result<(), JournalError> {
        self.invitations(|to| {
            let mut statement = to.prepare_cached(
                "INSERT INTO invitations (email, address, state, why, at, who) VALUES (?1, ?2, 'asked', '', ?3, ?4)
                 ON CONFLICT (email, address) DO UPDATE
                 SET state = excluded.state, why = '', at = excluded.at, who = excluded.who",
            )?;
            for address in people {
                statement.execute(params![email, address, at, who])?;
            }
            Ok(())
        })
    }

    /// Records the outcomes. A person without one was not reached, as if never requested.
    pub fn asked<'a>(
        &mut self,
        email: &str,
        came: impl Iterator<Item = (&'a str, AskedState, &'a str)>,
        not_reached: impl Iterator<Item = &'a str>,
        at: i64,
    ) -> Result<(), JournalError> {
        self.invitations(|to| {
            let mut statement = to.prepare_cached(
                "UPDATE invitations SET state = ?3, why = ?4, at = ?5 WHERE email = ?1 AND address = ?2",
            )?;
            for (address, state, why) in came {
                statement.execute(params![email, address, state.word(), why, at])?;
            }
            let mut statement = to.prepare_cached(
                "DELETE FROM invitations WHERE email = ?1 AND address = ?2 AND state = 'asked'",
            )?;
            for address in not_reached {
                statement.execute(params![email, address])?;
            }
            Ok(())
        })
    }

    /// What is known of the people of an email.
    pub fn asked_of(&self, email: &str) -> Result<Asked, JournalError> {
        let fail = self.fail("read");
        let mut statement = self
            .connection
            .prepare_cached("SELECT address, state FROM invitations WHERE email = ?1")
            .map_err(&fail)?;
        let rows = statement
            .query_map(params![email], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
            })
            .map_err(&fail)?;
        let mut asked = BTreeMap::new();
        for row in rows {
            let (address, word) = row.map_err(&fail)?;
            let state = AskedState::from_word(&word);
            let state = state.ok_or_else(|| self.damaged(format!("an invitation is {word:?}")))?;
            asked.insert(address, state);
        }
        Ok(Asked {
            people: asked,
            salt: salt(&self.connection).map_err(&fail)?,
        })
    }

    /// When the site was last asked to send an email, and for how many people.
    pub fn last_asked(&self, email: &str) -> Result<Option<(i64, u64)>, JournalError> {
        let fail = self.fail("read");
        let row = self.connection.query_row(
            "SELECT max(at), (SELECT count(*) FROM invitations AS last WHERE last.email = ?1
                 AND last.at = (SELECT max(at) FROM invitations WHERE email = ?1))
             FROM invitations WHERE email = ?1",
            params![email],
            |row| Ok((row.get::<_, Option<i64>>(0)?, row.get(1)?)),
        );
        let (at, people) = row.map_err(&fail)?;
        Ok(at.map(|at| (at, people)))
    }

    /// How many people stand how, by email.
    pub fn invitation_counts(&self) -> Result<Vec<InvitationCount>, JournalError> {
        let fail = self.fail("read");
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT email, state, count(*) FROM invitations GROUP BY email, state ORDER BY email, state",
            )
            .map_err(&fail)?;
        let rows = statement
            .query_map([], |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, u64>(2)?,
                ))
            })
            .map_err(&fail)?;
        let mut counts = Vec::new();
        for row in rows {
            let (email, word, people) = row.map_err(&fail)?;
            let state = AskedState::from_word(&word);
            let state = state.ok_or_else(|| self.damaged(format!("an invitation is {word:?}")))?;
            counts.push(InvitationCount { email, state, people });
        }
        Ok(counts)
    }

    /// Replaces each address by a hash: the person cannot be identified, and gets no second email.
    pub(super) fn forget_invited(&mut self) -> Result<(), JournalError> {
        self.invitations(|to| {
            let mut all =
                to.prepare_cached("SELECT email, address FROM invitations WHERE address NOT LIKE '#%'")?;
            let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let rows: Vec<(String, String)> = rows.collect::<Result<_, _>>()?;
            let mut statement = to.prepare_cached(
                "UPDATE OR REPLACE invitations SET address = ?3, why = '', who = '' WHERE email = ?1 AND address = ?2",
            )?;
            // SQLite's own random numbers come from the system's.
            to.execute_batch(
                "INSERT OR IGNORE INTO meta VALUES ('salt', random()), ('salt 2', random())",
            )?;
            let salt = salt(to)?;
            for (email, address) in rows {
                statement.execute(params![email, address, forgotten(&salt, &address)])?;
            }
            Ok(())
        })
    }

    fn invitations(
        &mut self,
        write: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), JournalError> {
        let path = self.path.clone();
        let fail = |error: rusqlite::Error| JournalError::of(&error, "write", &path);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(fail)?;
        write(&transaction).map_err(fail)?;
        transaction.commit().map_err(fail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_is_known_and_who_was_not_reached_is_not() {
        let mut journal = Journal::in_memory(1).unwrap();
        assert_eq!(journal.last_asked("welcome").unwrap(), None);
        journal
            .asking(
                "welcome",
                ["a@x.example", "b@x.example", "c@x.example"].into_iter(),
                "me",
                5,
            )
            .unwrap();
        assert_eq!(journal.last_asked("welcome").unwrap(), Some((5, 3)));
        let came = [
            ("a@x.example", AskedState::Sent, ""),
            ("b@x.example", AskedState::Doubt, "killed"),
        ];
        journal
            .asked("welcome", came.into_iter(), ["c@x.example"].into_iter(), 6)
            .unwrap();
        journal
            .asking("other", ["a@x.example"].into_iter(), "me", 7)
            .unwrap();
        let asked = journal.asked_of("welcome").unwrap();
        assert_eq!(asked.of("a@x.example"), Some(AskedState::Sent));
        assert_eq!(asked.of("b@x.example"), Some(AskedState::Doubt));
        assert_eq!(asked.of("c@x.example"), None);
        assert_eq!(journal.last_asked("welcome").unwrap(), Some((6, 2)));

        journal.forget_people().unwrap();
        let asked = journal.asked_of("welcome").unwrap();
        assert_eq!(asked.of("a@x.example"), Some(AskedState::Sent));
        let hash = |journal: &Journal| -> String {
            let sql = "SELECT address FROM invitations WHERE email = 'other'";
            journal.connection.query_row(sql, [], |row| row.get(0)).unwrap()
        };
        let plain = format!("#{}", blake3::hash(b"a@x.example").to_hex());
        assert_ne!(
            hash(&journal),
            plain,
            "anybody with a list of addresses could look for it"
        );
        let mut another = Journal::in_memory(1).unwrap();
        another
            .asking("other", ["a@x.example"].into_iter(), "me", 7)
            .unwrap();
        another.forget_people().unwrap();
        assert_ne!(hash(&another), hash(&journal), "each journal has its own salt");
        let told: u64 = journal
            .connection
            .query_row(
                "SELECT count(*) FROM invitations WHERE address LIKE '%@%'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(told, 0);
        let counts = journal.invitation_counts().unwrap();
        let counts: Vec<_> = counts
            .iter()
            .map(|one| (&*one.email, one.state, one.people))
            .collect();
        assert_eq!(
            counts,
            [
                ("other", AskedState::Asked, 1),
                ("welcome", AskedState::Doubt, 1),
                ("welcome", AskedState::Sent, 1),
            ]
        );
    }

    #[test]
    fn a_journal_of_format_2_gets_the_table() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.sqlite");
        let journal = Journal::open(&path, 1).unwrap();
        journal
            .connection
            .execute_batch("DROP TABLE invitations; PRAGMA user_version = 2")
            .unwrap();
        drop(journal);
        let mut journal = Journal::open(&path, 1).unwrap();
        journal
            .asking("welcome", ["a@x.example"].into_iter(), "me", 5)
            .unwrap();
        assert_eq!(journal.invitation_counts().unwrap().len(), 1);
    }
}
