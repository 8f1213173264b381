//! The package in; unpacked into an empty root, and the first migration run from it, out.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::env::{TestEnv, binary};

/// Runs a command that must end well, and returns its output.
fn output(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Everything that both the archive and the Debian package contain, below their root.
const PARTS: &[&str] = &[
    "bin/rehome",
    "share/man/man1/rehome.1.gz",
    "share/man/man1/rehome-plan.1.gz",
    "share/man/man1/rehome-doctor.1.gz",
    "share/bash-completion/completions/rehome",
    "share/zsh/vendor-completions/_rehome",
    "share/fish/vendor_completions.d/rehome.fish",
    "share/rehome/powershell/rehome.ps1",
    "share/rehome/rehome.schema.json",
    "share/rehome/rehome-companion.zip",
    "share/rehome/plans/lumen/lumen.toml",
    "share/rehome/plans/two-platforms/two-platforms.toml",
    "share/doc/rehome/README.md",
    "share/doc/rehome/docs/first-migration.md",
    "share/doc/rehome/LICENSE-MIT",
];

/// Runs the first migration with the command of a package, in a folder of its own.
fn moves_the_school(root: &Path) {
    for part in PARTS {
        let size = fs::metadata(root.join(part)).unwrap_or_else(|error| panic!("{part}: {error}"));
        assert!(size.len() > 0, "{part} is empty");
    }
    let env = TestEnv::with_plan("");
    let rehome = |args: &[&str]| {
        let mut command = Command::new(root.join("bin/rehome"));
        env.surround(&mut command);
        output(command.args(args))
    };
    rehome(&["demo", "school"]);
    let applied = rehome(&["apply", "school/lumen.toml", "--yes"]);
    assert!(applied.contains("1,664 up to date, 0 different"), "{applied}");
    let worked = root.join("share/rehome/plans/two-platforms/two-platforms.toml");
    let planned = rehome(&["plan", worked.to_str().unwrap(), "--summary"]);
    assert!(planned.contains("all rows reconcile"), "{planned}");
}

#[test]
fn the_package_is_installed_into_an_empty_root_and_moves_the_invented_school() {
    let folder = tempfile::tempdir().unwrap();
    let build = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/build");
    let made = output(
        Command::new(build)
            .arg("--binary")
            .arg(binary())
            .arg(folder.path()),
    );
    let made: Vec<PathBuf> = made.lines().map(PathBuf::from).collect();
    let archive = made.first().expect("an archive");
    output(
        Command::new("tar")
            .arg("-xzf")
            .arg(archive)
            .arg("-C")
            .arg(folder.path()),
    );
    let name = archive
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .trim_end_matches(".tar.gz");
    moves_the_school(&folder.path().join(name));
    // Elsewhere than on Debian there is the archive alone.
    let Some(package) = made.get(1) else { return };
    let root = folder.path().join("root");
    output(Command::new("dpkg-deb").arg("--extract").arg(package).arg(&root));
    moves_the_school(&root.join("usr"));
    let control = output(Command::new("dpkg-deb").arg("--field").arg(package));
    assert!(
        control.contains("Package: rehome") && control.contains("libc6"),
        "{control}"
    );
}
