//! A request in, its outcomes out: one transaction, all or nothing, once.

use std::io::{BufWriter, Write as _};

use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior, params};

use super::{member::Members, open::remedy, setup};
use crate::model::{Account, Answer, Fault, ItemOutcome, Operation, Payload, Request, Seq};

/// Applies a request, or answers it again if it was applied before.
pub(super) fn perform(
    db: &mut Connection,
    account: &Account,
    client: &str,
    request: &Request,
) -> Result<Answer, Fault> {
    let matches = match request.payload {
        Payload::Offering(_) => request.operation == Operation::Offering,
        Payload::Tag(_) => request.operation == Operation::Tag,
        Payload::Email(_) => request.operation == Operation::Email,
        Payload::Members(_) => request.operation == Operation::Members,
    };
    if !matches {
        return Err(Fault::Broken {
            why: format!(
                "the embedded site does not support the operation {} with this content",
                request.operation.word()
            ),
        });
    }
    let digest = digest(request)?;
    let transaction = db
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|error| fault(&error))?;
    let outcomes = if let Some(outcomes) = marked(&transaction, client, request, &digest)? {
        outcomes
    } else {
        let outcomes = carry_out(&transaction, account, request, |tx| {
            claim(tx, client, request, &digest)
        })?;
        transaction.commit().map_err(|error| commit_fault(&error))?;
        outcomes
    };
    Ok(Answer {
        items: seqs(&request.payload).zip(outcomes).collect(),
        ..Answer::default()
    })
}

fn carry_out(
    transaction: &Transaction<'_>,
    account: &Account,
    request: &Request,
    claim: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<i64>,
) -> Result<Vec<ItemOutcome>, Fault> {
    let work = || {
        let mark = claim(transaction)?;
        let outcomes = match &request.payload {
            Payload::Offering(offering) => setup::offering(transaction, offering, &request.granted_by)?,
            Payload::Tag(tag) => setup::tag(transaction, tag, &request.granted_by).map(|_| setup::done())?,
            Payload::Email(email) => setup::email(transaction, email, &request.granted_by)?,
            Payload::Members(writes) => {
                let mut members = Members::new(transaction, account, request, mark)?;
                writes
                    .iter()
                    .map(|write| members.write(write))
                    .collect::<Result<_, _>>()?
            }
        };
        Ok((mark, outcomes))
    };
    let (mark, outcomes) = work().map_err(|error| fault(&error))?;
    let text = serde_json::to_string(&outcomes).map_err(|error| Fault::Broken {
        why: error.to_string(),
    })?;
    transaction
        .prepare_cached("UPDATE requests SET outcomes = ?2 WHERE id = ?1")
        .and_then(|mut update| update.execute(params![mark, text]))
        .map_err(|error| fault(&error))?;
    Ok(outcomes)
}

fn marked(
    transaction: &Transaction<'_>,
    client: &str,
    request: &Request,
    digest: &[u8; 32],
) -> Result<Option<Vec<ItemOutcome>>, Fault> {
    let mark: Option<(Vec<u8>, String)> = transaction
        .prepare_cached("SELECT digest, outcomes FROM requests WHERE client = ?1 AND request = ?2")
        .and_then(|mut find| {
            find.query_row(params![client, request.id.to_string()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()
        })
        .map_err(|error| fault(&error))?;
    let Some((before, outcomes)) = mark else {
        return Ok(None);
    };
    if before != digest {
        return Err(Fault::Broken {
            why: format!(
                "request {} was applied before with other content; the state directory does not belong to this site",
                request.id
            ),
        });
    }
    let outcomes = serde_json::from_str(&outcomes).map_err(|error| Fault::Broken {
        why: format!(
            "the site's mark of request {} cannot be read: {error}",
            request.id
        ),
    })?;
    Ok(Some(outcomes))
}

fn claim(
    transaction: &Transaction<'_>,
    client: &str,
    request: &Request,
    digest: &[u8; 32],
) -> rusqlite::Result<i64> {
    transaction
        .prepare_cached("INSERT INTO requests (client, request, digest, outcomes) VALUES (?1, ?2, ?3, '')")?
        .insert(params![client, request.id.to_string(), digest])
}

fn digest(request: &Request) -> Result<[u8; 32], Fault> {
    let mut writer = BufWriter::with_capacity(1 << 16, blake3::Hasher::new());
    let broken = |error: String| Fault::Broken { why: error };
    serde_json::to_writer(&mut writer, request).map_err(|error| broken(error.to_string()))?;
    writer.flush().map_err(|error| broken(error.to_string()))?;
    Ok(*writer.get_ref().finalize().as_bytes())
}

/// The places of a request's members, in its order; one 0 for other payloads.
fn seqs(payload: &Payload) -> Box<dyn Iterator<Item = Seq> + '_> {
    match payload {
        Payload::Members(writes) => Box::new(writes.iter().map(|write| write.seq)),
        _ => Box::new(std::iter::once(0)),
    }
}

/// What a failure before the commit means: the transaction is undone, so nothing was done.
pub(super) fn fault(error: &rusqlite::Error) -> Fault {
    let why = format!("the embedded site: {}", remedy(error));
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Fault::Transient { why },
        _ => Fault::Broken { why },
    }
}

/// What a failed commit means: a failing disk may or may not have kept it.
fn commit_fault(error: &rusqlite::Error) -> Fault {
    match error.sqlite_error_code() {
        Some(ErrorCode::SystemIoFailure) => Fault::Ambiguous {
            why: format!("the embedded site: {}", remedy(error)),
        },
        _ => fault(error),
    }
}
