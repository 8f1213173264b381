//! Who may write, until when: one row, so that two machines never run at once.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::super::{Lease, SystemError};
use super::open::At;

/// Takes or renews the lease; refuses while another holder's has not run out.
pub(super) fn take(
    db: &mut Connection,
    at: At<'_>,
    lease: &Lease,
    now: i64,
    seconds: u32,
) -> Result<(), SystemError> {
    let sql = |error: rusqlite::Error| at.sql("take the lease of", &error);
    let transaction = db
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(sql)?;
    let held: Option<(String, String, i64)> = transaction
        .query_row("SELECT holder, who, until FROM lease", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()
        .map_err(sql)?;
    if let Some((holder, who, until)) = held
        && holder != lease.holder
        && until > now
    {
        let left = u64::try_from(until.saturating_sub(now)).unwrap_or_default();
        return Err(SystemError::Leased {
            place: at.0.display().to_string(),
            who,
            left: Duration::from_secs(left),
        });
    }
    transaction
        .execute(
            "INSERT INTO lease (one, holder, who, until) VALUES (1, ?1, ?2, ?3)
             ON CONFLICT (one) DO UPDATE SET holder = excluded.holder, who = excluded.who, until = excluded.until",
            params![lease.holder, lease.who, now.saturating_add(i64::from(seconds))],
        )
        .map_err(sql)?;
    transaction.commit().map_err(sql)
}

/// Gives the lease back, if it is this holder's.
pub(super) fn give_back(db: &mut Connection, at: At<'_>, lease: &Lease) -> Result<(), SystemError> {
    db.execute("DELETE FROM lease WHERE holder = ?1", [&lease.holder])
        .map(|_| ())
        .map_err(|error| at.sql("release the lease of", &error))
}
