//! The runs of a journal, what people confirmed, the log, and what pacing remembers.

use rusqlite::{OptionalExtension, Row, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::{Journal, JournalError, Level, RunKind, SignOff, run_id::RunId, sign_offs::write_sign_off};

/// The state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// Not finished; can be resumed.
    Open,
    /// Everything was applied.
    Done,
    /// At its end, but members failed or were blocked.
    Partly,
    /// Stopped since the world moved; plan again.
    Stopped,
    /// Closed in favour of another difference.
    Superseded,
}

impl RunState {
    /// The word for reports and the file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Partly => "partly",
            Self::Stopped => "stopped",
            Self::Superseded => "superseded",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [
            Self::Open,
            Self::Done,
            Self::Partly,
            Self::Stopped,
            Self::Superseded,
        ]
        .into_iter()
        .find(|state| state.word() == word)
    }
}

/// What is known of a run before it starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRun {
    /// The change set's own identity: a hash of it.
    pub fingerprint: String,
    /// The fingerprint of plan, environment and sources that the change set was computed from.
    pub inputs: String,
    /// Where the change set is.
    pub change_set: String,
    /// What it applies.
    pub kind: RunKind,
    /// Members with something to apply.
    pub members: u32,
    /// The site's account id when the run began, so that it is never resumed on another site; blank
    /// where a journal of the first format does not know.
    #[serde(skip)]
    pub site: String,
}

/// A run, as it is in the journal. Times are Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRow {
    /// Its number.
    pub id: RunId,
    /// What it applies.
    #[serde(flatten)]
    pub run: NewRun,
    /// When it began.
    pub started: i64,
    /// When it came to its end.
    pub ended: Option<i64>,
    /// Its state.
    pub state: RunState,
    /// Why it is in this state, if there is something to say.
    pub note: String,
}

/// A checkpoint that a person confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The checkpoint's key.
    pub key: String,
    /// Who.
    pub who: String,
    /// When, in Unix milliseconds.
    pub at: i64,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedEvent {
    /// Of which run; `None` if of none.
    pub run: Option<RunId>,
    /// When, in Unix milliseconds.
    pub at: i64,
    /// How much it matters.
    pub level: Level,
    /// What happened.
    pub text: String,
}

const COLUMNS: &str = "id, fingerprint, inputs, change_set, kind, members, started, ended, state, note, site";

fn read_run(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    let state: String = row.get(8)?;
    let bad = || rusqlite::Error::InvalidColumnType(8, state.clone(), rusqlite::types::Type::Text);
    Ok(RunRow {
        id: row.get(0)?,
        run: NewRun {
            fingerprint: row.get(1)?,
            inputs: row.get(2)?,
            change_set: row.get(3)?,
            kind: row.get(4)?,
            members: row.get(5)?,
            site: row.get(10)?,
        },
        started: row.get(6)?,
        ended: row.get(7)?,
        state: RunState::from_word(&state).ok_or_else(bad)?,
        note: row.get(9)?,
    })
}

impl Journal {
    /// Writes down that a run begins, and what was accepted of it until now.
    pub fn begin(&mut self, run: &NewRun, accepted: &[SignOff], at: i64) -> Result<RunId, JournalError> {
        let path = self.path.clone();
        let fail = |error: rusqlite::Error| JournalError::of(&error, "write", &path);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(fail)?;
        let id = transaction
            .query_row(
                "INSERT INTO runs (fingerprint, inputs, change_set, kind, members, started, state, site)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'open', ?7) RETURNING id",
                params![
                    run.fingerprint,
                    run.inputs,
                    run.change_set,
                    run.kind,
                    run.members,
                    at,
                    run.site
                ],
                |row| row.get(0),
            )
            .map_err(fail)?;
        for sign_off in accepted {
            write_sign_off(&transaction, id, sign_off).map_err(fail)?;
        }
        transaction.commit().map_err(fail)?;
        Ok(id)
    }

    /// Records the state of a run. `ended` is set unless it is open.
    pub fn set_state(
        &mut self,
        run: RunId,
        state: RunState,
        note: &str,
        at: i64,
    ) -> Result<(), JournalError> {
        let ended = (state != RunState::Open).then_some(at);
        let changed = self
            .connection
            .execute(
                "UPDATE runs SET state = ?2, note = ?3, ended = ?4 WHERE id = ?1",
                params![run, state.word(), note, ended],
            )
            .map_err(self.fail("write"))?;
        if changed == 0 {
            let path = self.path.clone();
            return Err(JournalError::NoSuchRun { path, run });
        }
        Ok(())
    }

    /// All runs, the oldest first.
    pub fn runs(&self) -> Result<Vec<RunRow>, JournalError> {
        let fail = self.fail("read");
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM runs ORDER BY id"))
            .map_err(&fail)?;
        let rows = statement.query_map([], read_run).map_err(&fail)?;
        rows.collect::<Result<_, _>>().map_err(&fail)
    }

    /// One run.
    pub fn run(&self, run: RunId) -> Result<RunRow, JournalError> {
        self.one_run("WHERE id = ?1", params![run])?
            .ok_or_else(|| JournalError::NoSuchRun {
                path: self.path.clone(),
                run,
            })
    }

    /// The newest run that is open: not at its end, so that its doubts have to be settled before
    /// anything else is done.
    pub fn open_run(&self) -> Result<Option<RunRow>, JournalError> {
        self.one_run("WHERE state = 'open' ORDER BY id DESC LIMIT 1", params![])
    }

    /// The newest run of this very change set that was not closed in favour of another.
    pub fn run_of(&self, fingerprint: &str) -> Result<Option<RunRow>, JournalError> {
        self.one_run(
            "WHERE fingerprint = ?1 AND state <> 'superseded' ORDER BY id DESC LIMIT 1",
            params![fingerprint],
        )
    }

    fn one_run(&self, rest: &str, params: &[&dyn rusqlite::ToSql]) -> Result<Option<RunRow>, JournalError> {
        self.connection
            .query_row(&format!("SELECT {COLUMNS} FROM runs {rest}"), params, read_run)
            .optional()
            .map_err(self.fail("read"))
    }

    /// Writes down that a person did what a checkpoint asks for.
    pub fn confirm(&mut self, key: &str, who: &str, at: i64) -> Result<(), JournalError> {
        self.connection
            .execute(
                "INSERT INTO confirmations VALUES (?1, ?2, ?3)
                 ON CONFLICT (key) DO UPDATE SET who = excluded.who, at = excluded.at",
                params![key, who, at],
            )
            .map_err(self.fail("write"))?;
        Ok(())
    }

    /// The checkpoints that were confirmed.
    pub fn confirmations(&self) -> Result<Vec<Confirmation>, JournalError> {
        let fail = self.fail("read");
        let mut statement = self
            .connection
            .prepare_cached("SELECT key, who, at FROM confirmations ORDER BY key")
            .map_err(&fail)?;
        let rows = statement
            .query_map([], |row| {
                Ok(Confirmation {
                    key: row.get(0)?,
                    who: row.get(1)?,
                    at: row.get(2)?,
                })
            })
            .map_err(&fail)?;
        rows.collect::<Result<_, _>>().map_err(&fail)
    }

    /// Writes a line of the log outside a run's own transactions: that a limit was passed on
    /// purpose, that a run was undone.
    pub fn note(
        &mut self,
        run: Option<RunId>,
        level: Level,
        text: &str,
        at: i64,
    ) -> Result<(), JournalError> {
        self.connection
            .execute(
                "INSERT INTO events (run, at, level, text) VALUES (?1, ?2, ?3, ?4)",
                params![run, at, level.word(), text],
            )
            .map_err(self.fail("write"))?;
        Ok(())
    }

    /// The log, the oldest line first.
    pub fn events(&self) -> Result<Vec<LoggedEvent>, JournalError> {
        let fail = self.fail("read");
        let mut statement = self
            .connection
            .prepare_cached("SELECT run, at, level, text FROM events ORDER BY id")
            .map_err(&fail)?;
        let rows = statement
            .query_map([], |row| {
                Ok(LoggedEvent {
                    run: row.get(0)?,
                    at: row.get(1)?,
                    level: Level::from_word(&row.get::<_, String>(2)?),
                    text: row.get(3)?,
                })
            })
            .map_err(&fail)?;
        rows.collect::<Result<_, _>>().map_err(&fail)
    }

    /// What the pacing of an account remembered, as it was given.
    pub fn pacing(&self, account: &str) -> Result<Option<String>, JournalError> {
        self.connection
            .query_row(
                "SELECT state FROM pacing WHERE account = ?1",
                params![account],
                |row| row.get(0),
            )
            .optional()
            .map_err(self.fail("read"))
    }

    /// Stores the pacing of an account.
    pub fn set_pacing(&mut self, account: &str, state: &str) -> Result<(), JournalError> {
        self.connection
            .execute(
                "INSERT INTO pacing VALUES (?1, ?2)
                 ON CONFLICT (account) DO UPDATE SET state = excluded.state",
                params![account, state],
            )
            .map_err(self.fail("write"))?;
        Ok(())
    }

    /// Forgets what is personal in runs that are not open: addresses of exceptions, contact IDs and
    /// the log's texts. Counts and times stay.
    pub fn forget_people(&mut self) -> Result<(), JournalError> {
        self.forget_invited()?;
        self.connection
            .execute_batch(
                "BEGIN IMMEDIATE;
                 DELETE FROM exceptions WHERE run IN (SELECT id FROM runs WHERE state <> 'open');
                 DELETE FROM learned WHERE run IN (SELECT id FROM runs WHERE state <> 'open');
                 DELETE FROM events WHERE run IN (SELECT id FROM runs WHERE state <> 'open');
                 COMMIT; VACUUM; PRAGMA wal_checkpoint(TRUNCATE);",
            )
            .map_err(self.fail("write"))
    }
}
