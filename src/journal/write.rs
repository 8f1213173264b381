//! Entries in, one durable transaction out.

use rusqlite::{Transaction, TransactionBehavior, params};

use super::{Entry, Exception, Journal, JournalError, RunId, Status, StepKey};
use crate::model::{ContactId, RequestId, Seq, SeqSet};

impl Journal {
    /// Writes all entries of a run in one transaction. When this returns, they survive any kill.
    pub fn commit(&mut self, run: RunId, entries: &[Entry], at: i64) -> Result<(), JournalError> {
        if entries.is_empty() {
            return Ok(());
        }
        let path = self.path.clone();
        let fail = |error: rusqlite::Error| JournalError::of(&error, "write", &path);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(fail)?;
        for entry in entries {
            write(&transaction, run, entry, at).map_err(fail)?;
        }
        transaction.commit().map_err(fail)
    }
}

fn write(to: &Transaction<'_>, run: RunId, entry: &Entry, at: i64) -> rusqlite::Result<()> {
    match entry {
        Entry::Intent { request, step, seqs } => {
            to.prepare_cached("INSERT INTO intents VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![request.0, run, step.as_str(), seqs.to_string(), at])?;
        }
        Entry::Outcome {
            request,
            step,
            outcomes,
            exceptions,
            learned,
        } => {
            for (status, seqs) in outcomes {
                write_outcome(to, run, *request, step, (*status, seqs), at)?;
            }
            for exception in exceptions {
                write_exception(to, run, exception, at)?;
            }
            write_learned(to, run, learned)?;
        }
        Entry::Job { step, seqs, handle } => {
            to.prepare_cached("INSERT INTO jobs (run, step, seqs, handle) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![run, step.as_str(), seqs.to_string(), handle.as_str()])?;
        }
        Entry::WaveAnswer { wave } => {
            to.prepare_cached("INSERT OR REPLACE INTO wave_answers VALUES (?1, ?2, ?3)")?
                .execute(params![run, wave, at])?;
        }
        Entry::Event { level, text } => {
            to.prepare_cached("INSERT INTO events (run, at, level, text) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![run, at, level.word(), text])?;
        }
    }
    Ok(())
}

fn write_outcome(
    to: &Transaction<'_>,
    run: RunId,
    request: Option<RequestId>,
    step: &StepKey,
    (status, seqs): (Status, &SeqSet),
    at: i64,
) -> rusqlite::Result<()> {
    to.prepare_cached(
        "INSERT INTO outcomes (run, request, step, status, seqs, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        run,
        request.map(|request| request.0),
        step.as_str(),
        status.word(),
        seqs.to_string(),
        at
    ])?;
    Ok(())
}

fn write_exception(to: &Transaction<'_>, run: RunId, exception: &Exception, at: i64) -> rusqlite::Result<()> {
    to.prepare_cached("INSERT OR REPLACE INTO exceptions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![
            run,
            exception.step.as_str(),
            exception.seq,
            exception.email.as_str(),
            exception.status.word(),
            exception.why,
            at
        ])?;
    Ok(())
}

fn write_learned(to: &Transaction<'_>, run: RunId, learned: &[(Seq, ContactId)]) -> rusqlite::Result<()> {
    let low = learned.iter().map(|(seq, _)| *seq).min();
    let high = learned.iter().map(|(seq, _)| *seq).max();
    if let (Some(low), Some(high)) = (low, high) {
        let ids = serde_json::to_string(learned)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        to.prepare_cached("INSERT INTO learned (run, low, high, ids) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![run, low, high, ids])?;
    }
    Ok(())
}
