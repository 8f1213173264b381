//! Every PHP file of the plugin and of the tests is PHP; those of the plugin are so for PHP 7.4, as WordPress's rules want them.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

fn php_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            php_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "php") {
            found.push(path);
        }
    }
}

#[test]
fn every_file_can_be_parsed_and_says_whose_it_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    php_files(&root.join("wordpress"), &mut files);
    php_files(&root.join("tests/wordpress"), &mut files);
    assert!(files.len() > 20, "{files:?}");
    for file in files {
        let output = Command::new("php").arg("-l").arg(&file).output();
        let output = output.expect("php is missing: apt-get install php-cli");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.lines().count() < 600, "{} is long", file.display());
        if file.starts_with(root.join("wordpress/rehome-companion/includes")) {
            assert!(
                text.contains("namespace Rehome\\Companion;")
                    || file.ends_with("functions.php")
                    || file.ends_with("seal-phpmailer.php"),
                "{}",
                file.display()
            );
        }
    }
}

/// What `older.php` says of some files.
fn newer_than_7_4(files: &[PathBuf]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wordpress/older.php");
    let output = Command::new("php").arg(script).args(files).output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn nothing_in_the_plugin_is_newer_than_php_7_4() {
    let mut files = Vec::new();
    php_files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("wordpress"),
        &mut files,
    );
    assert_eq!(newer_than_7_4(&files), "");
}

#[test]
fn what_is_newer_than_php_7_4_would_be_told() {
    let samples = [
        "#[Attr] function a() {}",
        "function a(int|string $x) {}",
        "function a($x,) {}",
        "$f = function () use ($x,) {};",
        "$f = fn($x,) => $x;",
        "$y = match ($x) { 1 => 2 };",
        "class A { function __construct(private $x) {} }",
        "class A { public readonly int $x; }",
        "class A { final const X = 1; }",
        "class A { function a(): static {} }",
        "function a(mixed $x) {}",
        "function a(): never {}",
        "function a($x = new B()) {}",
        "$x?->y();",
        "enum A { case B; }",
        "$f = strlen(...);",
        "$x ?? throw new E();",
        "try {} catch (E) {}",
        "a(x: 1);",
        "$x::class;",
        "$x = 0o17;",
        "array_is_list([]);",
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (at, sample) in samples.iter().enumerate() {
        let file = folder.path().join(format!("{at}.php"));
        std::fs::write(&file, format!("<?php\n{sample}\n")).unwrap();
        files.push(file);
    }
    let told = newer_than_7_4(&files);
    for (sample, file) in samples.iter().zip(&files) {
        assert!(
            told.contains(&*file.to_string_lossy()),
            "{sample} is not told: {told}"
        );
    }
}

#[test]
fn the_plugin_keeps_wordpress_s_own_rules() {
    if std::env::var_os("REHOME_WORDPRESS_RULES").is_some_and(|place| place == "none") {
        eprintln!("NOT RUN: WordPress's rules could not be fetched");
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fetched = Command::new(root.join("tests/wordpress/fetch-rules"))
        .output()
        .unwrap();
    let rules = String::from_utf8(fetched.stdout).unwrap();
    assert!(
        fetched.status.success(),
        "{}",
        String::from_utf8_lossy(&fetched.stderr)
    );
    // The rules are older than PHP 8, which warns of them; it is not they that are looked at.
    let output = Command::new("php")
        .args([
            "-d",
            "error_reporting=1",
            "/usr/bin/phpcs",
            "--report=emacs",
            "-s",
        ])
        .arg("--standard=wordpress/phpcs.xml")
        .args(["--runtime-set", "installed_paths", rules.trim()])
        .current_dir(root)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{told}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
