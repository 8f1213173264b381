//! The account of a contact system in; the right to write to it on this machine, while it is kept, out.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    path::PathBuf,
};

use super::state_dir::user_root;
use crate::{app::AppError, model::Account};

/// One writer per account: runs of different plans, sites or state directories would overwrite each other's contacts
/// unseen, since a contact system has no lease. Ends with the process, however that ends.
#[derive(Debug)]
pub(crate) struct AccountLock {
    _file: File,
}

impl AccountLock {
    /// Takes the lock, or says that another process writes to the account. The lock is the user's, wherever the state of
    /// the run is.
    pub(crate) fn take(account: &Account) -> Result<Self, AppError> {
        let folder =
            user_root().map_or_else(|_| std::env::temp_dir().join("rehome"), |root| root.join("locks"));
        let failed = |path: &PathBuf, error: &std::io::Error| AppError::File {
            doing: "lock",
            path: path.clone(),
            why: error.to_string(),
        };
        fs::create_dir_all(&folder).map_err(|error| failed(&folder, &error))?;
        let name = blake3::hash(format!("{}\u{1f}{}", account.kind, account.id).as_bytes());
        let path = folder.join(&name.to_hex()[..24]);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| failed(&path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(AppError::AccountBusy {
                place: account.place.clone(),
            }),
            Err(TryLockError::Error(error)) => Err(failed(&path, &error)),
        }
    }
}
