//! A plan and the root of all run states in; the folder with the runs of its site, wherever the plan was when they ran,
//! or where was looked, out.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::state_dir::StateDir;
use crate::{
    app::{AppError, connect::site::SiteConnection},
    changeset::Header,
    journal::Journal,
    model::{Account, SiteTarget, Targets},
};

impl StateDir {
    /// The folder for these targets. If it has no runs, the one in which the runs of the same site are kept: the folder
    /// of the plan, or the migration, may have had another name when they ran. Nothing is taken from a site that still
    /// is where it was: this one is a copy of it then.
    pub fn find(targets: &Targets, base: &Path, root: Option<&Path>) -> Result<Self, AppError> {
        let here = Self::of(targets, base, root)?;
        if here.journal_to_read()?.is_some() {
            return Ok(here);
        }
        let site = match site_id(targets, base) {
            Ok(Some(site)) => site,
            // Nothing was ever applied to a site that does not exist.
            Ok(None) => return Ok(here),
            Err(error) => {
                return Ok(here.looked(vec![format!(
                    "runs in other folders are found by the ID of the site, which could not be read ({error})"
                )]));
            }
        };
        let names = targets.names();
        let environment = targets.environment.as_deref().unwrap_or("default");
        let mut looked = Vec::new();
        let mut found = Vec::new();
        for place in here.others() {
            if last_site(&place.folder).as_deref() != Some(site.as_str()) {
                continue;
            }
            let shown = place.folder.display();
            if !names.includes(&place.migration) {
                looked.push(format!(
                    "the migration \"{0}\" has runs of this site in {shown}; if this is the same migration, write in \
                     [migration]: was = [\"{0}\"]",
                    place.migration
                ));
            } else if place.environment != environment {
                looked.push(format!(
                    "the environment \"{}\" has runs of this site in {shown}",
                    place.environment
                ));
            } else if let Some(original) = original(&place.folder, targets, base, &site) {
                looked.push(format!(
                    "the site at {} has the same ID, and its runs are in {shown}; this site is a copy of it",
                    original.display()
                ));
            } else {
                found.push(place.folder);
            }
        }
        match &found[..] {
            [one] => Ok(Self::moved_from(one.clone(), base, targets.site.clone())),
            [] => {
                looked.push(format!(
                    "no other folder below {} has runs of the site {site}",
                    here.root().display()
                ));
                Ok(here.looked(looked))
            }
            several => {
                let folders: Vec<String> = several.iter().map(|one| one.display().to_string()).collect();
                looked.push(format!(
                    "several folders have runs of this site: {}; keep one of them, or name its root with --state",
                    folders.join(", ")
                ));
                Ok(here.looked(looked))
            }
        }
    }

    /// The folders of other runs below the same root.
    fn others(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for migration in folders(self.root()) {
            for environment in folders(&migration) {
                for folder in folders(&environment).into_iter().filter(|one| one != self.path()) {
                    places.push(Place {
                        migration: name(&migration),
                        environment: name(&environment),
                        folder,
                    });
                }
            }
        }
        places
    }
}

/// A folder of runs, and for what.
struct Place {
    migration: String,
    environment: String,
    folder: PathBuf,
}

/// The folders in a folder, in order of their names.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

fn name(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// The site's ID; `None` if it does not exist.
fn site_id(targets: &Targets, base: &Path) -> Result<Option<String>, AppError> {
    let account = SiteConnection::open_to_read(targets, base)?.account()?;
    Ok(account.exists().then_some(account.id))
}

/// The site of the last run of a folder.
fn last_site(folder: &Path) -> Option<String> {
    let journal = Journal::open_to_read(&folder.join("journal.sqlite")).ok()??;
    let last = journal.runs().ok()?.pop()?;
    (last.run.site != Account::NOT_CREATED).then_some(last.run.site)
}

/// The embedded site of which this one is a copy, if it still is where the last run left it.
fn original(folder: &Path, targets: &Targets, base: &Path, id: &str) -> Option<PathBuf> {
    let header = last_header(folder)?;
    let (SiteTarget::Local { path: was, .. }, SiteTarget::Local { path: is, .. }) =
        (&header.targets.site, &targets.site)
    else {
        return None;
    };
    let was = Path::new(&header.base).join(was);
    let same_file = was.canonicalize().ok()? == base.join(is).canonicalize().ok()?;
    let there = site_id(&header.targets, Path::new(&header.base)).ok()??;
    (!same_file && there == id).then_some(was)
}

/// The header of the last run's change set, if that is still kept.
fn last_header(folder: &Path) -> Option<Header> {
    let state = StateDir::at(folder.to_owned());
    let last = state.journal_to_read().ok()??.runs().ok()?.pop()?;
    Some(state.kept(&last).ok()?.header().clone())
}
