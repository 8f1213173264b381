//! Targets in; the folder that remembers their runs, locked against a second process, out.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
};

use super::unsafe_location::bad_place;
use crate::{
    app::AppError,
    changeset::ChangeSet,
    journal::{Journal, RunRow},
    model::{SiteTarget, Targets},
};

/// Where the runs of one migration, in one environment, on one account are remembered.
#[derive(Debug, Clone)]
pub struct StateDir {
    folder: PathBuf,
}

/// Held while a run may write; ends with the process, however that ends.
#[derive(Debug)]
pub struct StateLock {
    _file: File,
}

impl StateDir {
    /// The folder for these targets: below `root`, or below the user's state directory.
    pub fn of(targets: &Targets, base: &Path, root: Option<&Path>) -> Result<Self, AppError> {
        let site = match &targets.site {
            SiteTarget::Local { path } => {
                let site = std::path::absolute(base.join(path)).unwrap_or_else(|_| base.join(path));
                // The folder of a path that is written differently is the same folder.
                let site = match (site.parent().map(Path::canonicalize), site.file_name()) {
                    (Some(Ok(folder)), Some(name)) => folder.join(name),
                    _ => site,
                };
                format!("local\u{1f}{}", site.display())
            }
            SiteTarget::WordPress { url, membership, .. } => {
                format!("wordpress\u{1f}{url}\u{1f}{}", membership.word())
            }
        };
        let account = format!("{site}\u{1f}{}", targets.contacts.identity());
        let account = blake3::hash(account.as_bytes()).to_hex();
        let environment = targets.environment.as_deref().unwrap_or("default");
        let root = match root {
            Some(root) => root.to_owned(),
            None => user_root()?,
        };
        Ok(Self {
            folder: root
                .join(&targets.migration)
                .join(environment)
                .join(&account[..12]),
        })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// The folder, or the nearest one above it that exists: where it will be created.
    pub(crate) fn nearest_existing(&self) -> &Path {
        self.folder
            .ancestors()
            .find(|folder| folder.is_dir())
            .unwrap_or(Path::new("."))
    }

    /// Makes the folder, for its owner only.
    pub fn make(&self) -> Result<(), AppError> {
        let changes = self.change_sets();
        fs::create_dir_all(&changes).map_err(|error| failed("create the state folder", &changes, &error))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&self.folder, fs::Permissions::from_mode(0o700))
                .map_err(|error| failed("protect", &self.folder, &error))?;
        }
        Ok(())
    }

    /// Takes the lock, or says that another process has it.
    pub fn lock(&self) -> Result<StateLock, AppError> {
        self.lock_file("lock")
    }

    /// The same for invitations, which may take days and do not keep a run from going on meanwhile.
    pub(crate) fn lock_invitations(&self) -> Result<StateLock, AppError> {
        self.lock_file("invitations-lock")
    }

    fn lock_file(&self, name: &str) -> Result<StateLock, AppError> {
        let path = self.folder.join(name);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| failed("open", &path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(StateLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(AppError::Busy {
                folder: self.folder.clone(),
            }),
            Err(TryLockError::Error(error)) => Err(failed("lock", &path, &error)),
        }
    }

    /// Why this is a bad place for it, where it is: a second machine that sees a copy of it would not
    /// see the lock.
    pub(crate) fn badly_placed(&self) -> Option<String> {
        let folder = self.folder.canonicalize().unwrap_or_else(|_| self.folder.clone());
        let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
        let why = bad_place(&folder, &mounts)?;
        Some(format!(
            "The run state is in {}, and {why}. Keep it on a local disk: name a folder with --state",
            folder.display()
        ))
    }

    /// The journal, made where there is none.
    pub fn journal(&self) -> Result<Journal, AppError> {
        Ok(Journal::open(&self.journal_path(), fastrand::u64(..))?)
    }

    /// The journal, only to read; `None` if nothing was ever run.
    pub fn journal_to_read(&self) -> Result<Option<Journal>, AppError> {
        Ok(Journal::open_to_read(&self.journal_path())?)
    }

    /// Where change sets are kept.
    pub fn change_sets(&self) -> PathBuf {
        self.folder.join("changes")
    }

    /// Where a new change set is written before its fingerprint is known.
    pub fn new_change_set(&self) -> PathBuf {
        self.change_sets()
            .join(format!("new-{}.changes", std::process::id()))
    }

    /// Removes what a process left here that was killed before its difference was agreed to. For
    /// the holder of the lock.
    pub(crate) fn sweep(&self) -> Result<(), AppError> {
        let folder = self.change_sets();
        let sweep = || -> std::io::Result<()> {
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                let name = entry.file_name();
                let name = name.to_string_lossy();
                if name.starts_with("new-") || name.starts_with(".rehome-") {
                    fs::remove_file(entry.path())?;
                }
            }
            Ok(())
        };
        sweep().map_err(|error| failed("tidy up", &folder, &error))
    }

    /// The change set of a run, as it is kept here.
    pub(crate) fn kept(&self, run: &RunRow) -> Result<ChangeSet, AppError> {
        let path = self.change_set(&run.run.fingerprint);
        if path.exists() {
            return Ok(ChangeSet::open(&path)?);
        }
        Err(AppError::Forgotten {
            run: run.id,
            folder: self.change_sets(),
        })
    }

    /// Where the change set of a fingerprint is kept.
    pub fn change_set(&self, fingerprint: &str) -> PathBuf {
        let short = fingerprint.get(..16).unwrap_or(fingerprint);
        self.change_sets().join(format!("{short}.changes"))
    }

    fn journal_path(&self) -> PathBuf {
        self.folder.join("journal.sqlite")
    }
}

fn failed(doing: &'static str, path: &Path, error: &std::io::Error) -> AppError {
    AppError::File {
        doing,
        path: path.to_owned(),
        why: error.to_string(),
    }
}

/// `$XDG_STATE_HOME/rehome`, or `~/.local/state/rehome`.
fn user_root() -> Result<PathBuf, AppError> {
    let set = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("XDG_STATE_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| std::env::home_dir().map(|home| home.join(".local/state")))
        .map(|root| root.join("rehome"))
        .ok_or_else(|| {
            AppError::Usage(
                "there is no home folder, so there is no place for the run state; name a folder with --state"
                    .to_owned(),
            )
        })
}

/// The fingerprint of a file, in hex.
pub fn fingerprint(path: &Path) -> Result<String, AppError> {
    let hash = || -> std::io::Result<String> {
        let mut hasher = blake3::Hasher::new();
        std::io::copy(&mut File::open(path)?, &mut hasher)?;
        Ok(hasher.finalize().to_hex().to_string())
    };
    hash().map_err(|error| AppError::File {
        doing: "read",
        path: path.to_owned(),
        why: error.to_string(),
    })
}
