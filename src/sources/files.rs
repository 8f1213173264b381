//! The files that the plan names for a source in, their paths out, in byte order.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::{Files, Source},
};

/// The files of a source, relative to the folder `base` of the plan. A pattern passes hidden files over.
pub fn resolve(source: &Source, base: &Path, out: &mut Diagnostics) -> Vec<PathBuf> {
    let found = match &source.files.names {
        Files::One(name) => one(name, base),
        Files::Pattern(pattern) => matching(pattern, base),
    };
    found.unwrap_or_else(|(code, message, remedy)| {
        out.push(
            Diagnostic::error(code, message)
                .at(source.files.span.clone(), "named here")
                .remedy(remedy),
        );
        Vec::new()
    })
}

type Failure = (Code, String, String);

fn one(name: &str, base: &Path) -> Result<Vec<PathBuf>, Failure> {
    let path = base.join(name);
    let found = fs::metadata(&path).map_err(|error| failure(&path, &error))?;
    if found.is_dir() {
        return Err((
            Code::FileUnreadable,
            format!("\"{}\" is a folder, not a file", path.display()),
            format!("Name a file in it, or all of them with `files = \"{name}/*.csv\"`"),
        ));
    }
    Ok(vec![path])
}

fn failure(path: &Path, error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::NotFound {
        (
            Code::FileMissing,
            format!("there is no file \"{}\"", path.display()),
            "Put the export there, or correct the path; paths are relative to the plan's folder".to_owned(),
        )
    } else {
        (
            Code::FileUnreadable,
            format!("\"{}\" cannot be read: {error}", path.display()),
            "Make sure that you can read it and that no other program has it open".to_owned(),
        )
    }
}

fn matching(pattern: &str, base: &Path) -> Result<Vec<PathBuf>, Failure> {
    let whole = base.join(pattern);
    let name = whole.file_name().map(OsStr::as_encoded_bytes).unwrap_or_default();
    let mut parts = name.split(|byte| *byte == b'*');
    let (Some(before), Some(after), None) = (parts.next(), parts.next(), parts.next()) else {
        return Err((
            Code::FileMissing,
            format!("\"{pattern}\" needs one `*`, in the name of the file"),
            "Write, for example, `files = \"exports/workshop-*.csv\"`, or `file` for a single file"
                .to_owned(),
        ));
    };
    let folder = match whole.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let listed = fs::read_dir(folder).map_err(|error| failure(folder, &error))?;
    let mut paths = Vec::new();
    for entry in listed {
        let entry = entry.map_err(|error| failure(folder, &error))?;
        let file_name = entry.file_name();
        let found = file_name.as_encoded_bytes();
        let hidden = found.starts_with(b".") && !before.starts_with(b".");
        let fits =
            found.len() >= before.len() + after.len() && found.starts_with(before) && found.ends_with(after);
        if fits && !hidden && !entry.path().is_dir() {
            paths.push(entry.path());
        }
    }
    if paths.is_empty() {
        return Err((
            Code::FileMissing,
            format!("no file matches \"{pattern}\" in \"{}\"", base.display()),
            "Put the exports there, or correct the pattern; paths are relative to the plan's folder"
                .to_owned(),
        ));
    }
    if paths.len() > usize::from(u16::MAX) {
        return Err((
            Code::TooMany,
            format!(
                "{} files match \"{pattern}\"; a source takes at most {}",
                paths.len(),
                u16::MAX
            ),
            "Split them into several sources".to_owned(),
        ));
    }
    paths.sort_unstable_by(|a, b| {
        let (a, b) = (a.as_os_str(), b.as_os_str());
        a.as_encoded_bytes().cmp(b.as_encoded_bytes())
    });
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::testing;

    fn resolved(files: Files, base: &Path) -> (Vec<String>, Vec<Code>) {
        let mut source = testing::source("table");
        source.files.names = files;
        let mut out = Diagnostics::default();
        let paths = resolve(&source, base, &mut out);
        let names = paths
            .iter()
            .filter_map(|path| path.file_name()?.to_str().map(str::to_owned))
            .collect();
        (names, out.iter().map(|diagnostic| diagnostic.code).collect())
    }

    #[test]
    fn a_pattern_gives_its_files_in_byte_order() {
        let dir = tempfile::tempdir().expect("a folder");
        for name in ["w-b.csv", "w-a.csv", "w-B.csv", "x.csv", "w-a.txt", ".w-a.csv"] {
            fs::write(dir.path().join(name), "a").expect("written");
        }
        fs::create_dir(dir.path().join("w-c.csv")).expect("made");
        let (names, codes) = resolved(Files::Pattern("w-*.csv".to_owned()), dir.path());
        assert_eq!(names, ["w-B.csv", "w-a.csv", "w-b.csv"]);
        assert_eq!(codes, []);
    }

    #[test]
    fn a_missing_file_a_folder_and_a_pattern_without_match_are_errors() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::create_dir(dir.path().join("sub")).expect("made");
        for (files, code) in [
            (Files::One("none.csv".to_owned()), Code::FileMissing),
            (Files::One("sub".to_owned()), Code::FileUnreadable),
            (Files::Pattern("w-*.csv".to_owned()), Code::FileMissing),
            (Files::Pattern("none/w-*.csv".to_owned()), Code::FileMissing),
            (Files::Pattern("*-*.csv".to_owned()), Code::FileMissing),
        ] {
            assert_eq!(resolved(files, dir.path()), (Vec::new(), vec![code]));
        }
    }
}
