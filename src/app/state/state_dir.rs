//! Targets in; the folder that remembers their runs, locked against a second process, out.

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
};

use super::{
    bindings::{Binding, bindings},
    unsafe_location::bad_place,
};
use crate::{
    app::AppError,
    changeset::{ChangeSet, ChangeSetError},
    journal::{Journal, RunRow},
    model::{SiteTarget, Targets, is_folder_name},
    text::printable,
};

/// Where the runs of one migration, in one environment, on one account are remembered.
#[derive(Debug, Clone)]
pub struct StateDir {
    folder: PathBuf,
    /// The plan's folder and site now, where both were elsewhere when the runs began.
    moved: Option<(PathBuf, SiteTarget)>,
    /// Where else was looked for runs, and what was found there; a sentence without a full stop each.
    looked: Vec<String>,
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
            SiteTarget::Local { path, .. } => {
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
        if let Some(name) = [targets.migration.as_str(), environment]
            .into_iter()
            .find(|name| !is_folder_name(name))
        {
            return Err(AppError::Usage(format!(
                "\"{}\" is not the name of a migration or an environment",
                printable(name)
            )));
        }
        Ok(Self::at(
            root.join(&targets.migration)
                .join(environment)
                .join(&account[..12]),
        ))
    }

    /// A folder that is known.
    pub(super) fn at(folder: PathBuf) -> Self {
        Self {
            folder,
            moved: None,
            looked: Vec::new(),
        }
    }

    /// The folder below which the states of all migrations are.
    pub(super) fn root(&self) -> &Path {
        self.folder.ancestors().nth(3).unwrap_or(&self.folder)
    }

    /// Another folder, for the plan as it is here now.
    pub(super) fn moved_from(folder: PathBuf, base: &Path, site: SiteTarget) -> Self {
        let base = std::path::absolute(base).unwrap_or_else(|_| base.to_owned());
        Self {
            moved: Some((base, site)),
            ..Self::at(folder)
        }
    }

    /// Remembers where else was looked for runs.
    pub(super) fn looked(mut self, looked: Vec<String>) -> Self {
        self.looked = looked;
        self
    }

    /// What to say if the runs are in the folder of another place.
    pub fn moved(&self) -> Option<String> {
        self.moved.as_ref().map(|_| {
            format!(
                "The plan, its site or the migration had another name or place when this site was written; its runs are in {}",
                self.folder.display()
            )
        })
    }

    /// The error that there is no run, with where was looked.
    pub(crate) fn no_run(&self) -> AppError {
        AppError::NoRun {
            folder: self.folder.clone(),
            looked: self.looked.clone(),
        }
    }

    /// Where else was looked for runs and what was found there, as sentences; blank if nowhere.
    pub fn looked_text(&self) -> String {
        let sentences = self.looked.iter().map(|what| format!(" Also: {what}."));
        sentences.collect()
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

    /// Makes the folder, for its owner only, whatever the umask: every folder from the root on, and the files in it.
    pub fn make(&self) -> Result<(), AppError> {
        let changes = self.change_sets();
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&changes)
            .map_err(|error| failed("create the state folder", &changes, &error))?;
        // The umask may have taken the owner's rights too, and an earlier version left them to the umask. The root may be
        // a folder of the user's own.
        let own = self
            .folder
            .ancestors()
            .take_while(|folder| *folder != self.root());
        for folder in own.chain([changes.as_path()]) {
            private(folder, 0o700)?;
        }
        let journal = self.journal_path();
        for name in [
            "journal.sqlite-wal",
            "journal.sqlite-shm",
            "lock",
            "invitations-lock",
        ] {
            private_if_there(&journal.with_file_name(name))?;
        }
        private_if_there(&journal)?;
        for entry in fs::read_dir(&changes).map_err(|error| failed("read", &changes, &error))? {
            private_if_there(&entry.map_err(|error| failed("read", &changes, &error))?.path())?;
        }
        Ok(())
    }

    /// Whether anything was ever kept here.
    pub(crate) fn exists(&self) -> bool {
        self.journal_path().exists()
    }

    /// Remembers that these secrets belong to these addresses: a change set may then use them without asking.
    pub(crate) fn bind_secrets(&self, targets: &Targets) -> Result<(), AppError> {
        let mut bound = self.bound_secrets();
        let before = bound.len();
        bound.extend(bindings(targets));
        if bound.len() == before {
            return Ok(());
        }
        let path = self.bindings_path();
        let write = || -> std::io::Result<()> {
            let mut temp = tempfile::Builder::new()
                .prefix(".rehome-")
                .tempfile_in(&self.folder)?;
            serde_json::to_writer_pretty(temp.as_file_mut(), &bound)?;
            temp.as_file().sync_all()?;
            temp.persist(&path).map_err(|error| error.error)?;
            File::open(&self.folder)?.sync_all()
        };
        write().map_err(|error| failed("write", &path, &error))
    }

    /// What was bound; nothing where it cannot be read.
    pub(crate) fn bound_secrets(&self) -> BTreeSet<Binding> {
        let text = fs::read(self.bindings_path()).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    fn bindings_path(&self) -> PathBuf {
        self.folder.join("secrets.json")
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
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options
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
            let mut change_set = ChangeSet::open(&path)?;
            if change_set.fingerprint() != run.run.fingerprint {
                return Err(ChangeSetError::Damaged {
                    path,
                    why: format!("it belongs to another run than run {}", run.id),
                }
                .into());
            }
            if let Some((base, site)) = &self.moved {
                change_set.move_to(base, site);
            }
            return Ok(change_set);
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

/// Sets the rights of a file or folder of ours.
fn private(path: &Path, mode: u32) -> Result<(), AppError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
            .map_err(|error| failed("protect", path, &error))?;
    }
    Ok(())
}

fn private_if_there(path: &Path) -> Result<(), AppError> {
    if path.is_file() {
        private(path, 0o600)
    } else {
        Ok(())
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
pub(super) fn user_root() -> Result<PathBuf, AppError> {
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
