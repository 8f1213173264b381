//! Every PHP file of the plugin and of the tests is PHP.

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
                text.contains("namespace Rehome\\Companion;") || file.ends_with("functions.php"),
                "{}",
                file.display()
            );
        }
    }
}
