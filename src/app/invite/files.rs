//! Emails in; one file per person out, none overwritten and none half written.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use super::{super::AppError, InviteOptions, choose::Mailing};
use crate::{
    journal::{AskedState, Journal},
    letter::{Envelope, eml},
};

/// People whose files are written between two records of the journal.
const AT_ONCE: usize = 50;

/// What came of the files of one email.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) new: u64,
    /// A file was there already.
    pub(super) there: u64,
    /// Where.
    pub(super) folder: PathBuf,
}

/// Writes the emails of an email to files below `out`. `progress` is told how many are done.
pub(super) fn write_files(
    mailing: Mailing<'_>,
    out: &Path,
    options: &InviteOptions,
    journal: &mut Journal,
    who: &str,
    mut progress: impl FnMut(usize),
) -> Result<Written, AppError> {
    let Mailing {
        email,
        template,
        people,
    } = mailing;
    let folder = out.join(email.key.as_str());
    std::fs::create_dir_all(&folder).map_err(|error| failed("make", &folder, &error))?;
    let from = options
        .from
        .as_ref()
        .map(|(name, address)| (name.as_str(), address.as_str()));
    let mut written = Written {
        folder: folder.clone(),
        ..Written::default()
    };
    for (number, some) in people.chunks(AT_ONCE).enumerate() {
        let now = jiff::ZonedDateTime::now();
        let at = now.timestamp().as_millisecond();
        let date = jiff::fmt::rfc2822::to_string(&now).unwrap_or_default();
        let mut done = Vec::new();
        for person in some {
            let letter = template.render(&person.fields).map_err(AppError::Usage)?;
            let envelope = Envelope {
                to: person.email(),
                from,
                date: &date,
            };
            let path = folder.join(format!("{}.eml", file_name(person.email())));
            if new_file(&folder, &path, &eml(&letter, envelope))? {
                written.new += 1;
            } else {
                written.there += 1;
            }
            done.push(person.email());
        }
        journal.asking(email.key.as_str(), done.iter().copied(), who, at)?;
        let came = done.iter().map(|address| (*address, AskedState::Written, ""));
        journal.asked(email.key.as_str(), came, std::iter::empty(), at)?;
        progress(number * AT_ONCE + some.len());
    }
    Ok(written)
}

/// Writes the whole file or nothing; false if it already exists.
fn new_file(folder: &Path, path: &Path, text: &str) -> Result<bool, AppError> {
    if path.exists() {
        return Ok(false);
    }
    let write = || -> std::io::Result<bool> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(path) {
            Ok(_) => Ok(true),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error.error),
        }
    };
    write().map_err(|error| failed("write", path, &error))
}

/// An address as the name of a file on any system: what some system does not take is written as `%2F`.
fn file_name(address: &str) -> String {
    let mut name = String::new();
    for byte in address.bytes() {
        if byte.is_ascii_alphanumeric() || b"@._+-".contains(&byte) {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    name
}

fn failed(doing: &'static str, path: &Path, error: &std::io::Error) -> AppError {
    AppError::File {
        doing,
        path: path.to_owned(),
        why: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_leaves_its_folder() {
        assert_eq!(file_name("ann+x@example.com"), "ann+x@example.com");
        assert_eq!(
            file_name("../o'neil|a@example.com"),
            "..%2Fo%27neil%7Ca@example.com"
        );
    }

    #[test]
    fn a_file_that_is_there_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.eml");
        assert!(new_file(folder.path(), &path, "one").unwrap());
        assert!(!new_file(folder.path(), &path, "two").unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
