//! What the contract tests need of a system. Each system's folder has one: `subject()`.

use std::path::Path;

use crate::model::{Answer, Capabilities, Fault, Looked, Observed, Request, Side};

/// What every test needs of a system.
pub(crate) trait Subject {
    fn side(&self) -> Side;
    fn capabilities(&self) -> Capabilities;
    fn perform(&mut self, request: &Request) -> Result<Answer, Fault>;
    fn look(&mut self, request: &Request) -> Result<Looked, Fault>;
    fn observe(&mut self) -> Observed;
    /// Effects written, and how many of them are doubled, read from outside.
    fn effects(&self) -> (i64, i64);
}

/// Counts the effects in a database that notes each as a row of `effects`; `doubled` finds those that are there twice.
pub(crate) fn effects(path: &Path, doubled: &str) -> (i64, i64) {
    let db = rusqlite::Connection::open(path).unwrap();
    let count = |sql: &str| db.query_row(sql, [], |row| row.get(0)).unwrap();
    (
        count("SELECT count(*) FROM effects"),
        count(&format!("SELECT count(*) FROM ({doubled})")),
    )
}
