//! What was accepted for a run that would have been refused, in; the list of it out.

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::{Journal, JournalError, RunId};

/// What was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOff {
    /// What, as it is written behind `--accept`.
    pub what: String,
    /// Who.
    pub who: String,
    /// When, in Unix milliseconds.
    pub at: i64,
}

/// A [`SignOff`], and the run that it is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSignOff {
    /// The run.
    pub run: RunId,
    /// What, who, when.
    #[serde(flatten)]
    pub sign_off: SignOff,
}

impl Journal {
    /// Records what was accepted for a run.
    pub fn accept(&mut self, run: RunId, accepted: &SignOff) -> Result<(), JournalError> {
        write_sign_off(&self.connection, run, accepted).map_err(self.fail("write"))
    }

    /// What was accepted of all runs, in the order in which it was.
    pub fn sign_offs(&self) -> Result<Vec<RunSignOff>, JournalError> {
        let fail = self.fail("read");
        let mut statement = self
            .connection
            .prepare_cached("SELECT run, what, who, at FROM sign_offs ORDER BY id")
            .map_err(&fail)?;
        let rows = statement
            .query_map([], |row| {
                Ok(RunSignOff {
                    run: row.get(0)?,
                    sign_off: SignOff {
                        what: row.get(1)?,
                        who: row.get(2)?,
                        at: row.get(3)?,
                    },
                })
            })
            .map_err(&fail)?;
        rows.collect::<Result<_, _>>().map_err(&fail)
    }
}

pub(super) fn write_sign_off(to: &Connection, run: RunId, sign_off: &SignOff) -> rusqlite::Result<()> {
    to.prepare_cached("INSERT INTO sign_offs (run, what, who, at) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![run, sign_off.what, sign_off.who, sign_off.at])?;
    Ok(())
}
