//! A folder and the machine's table of mounts in; why state is badly kept there, where it is, out.

use std::path::{Path, PathBuf};

/// How folders that a program copies to other machines are called, in lower case.
const SYNCED: [&str; 9] = [
    "dropbox",
    "onedrive",
    "google drive",
    "googledrive",
    "icloud",
    "mobile documents",
    "nextcloud",
    "owncloud",
    "box sync",
];

/// How the types of network file systems begin.
const NETWORK: [&str; 8] = ["nfs", "smb", "cifs", "afs", "9p", "ceph", "glusterfs", "fuse."];

/// File systems that are called like one on a network and are on this machine.
const LOCAL: [&str; 2] = ["fuse.fuse-overlayfs", "fuse.portal"];

/// What is wrong with a folder as a place for the state of a migration. `mounts` is the text of
/// `/proc/mounts`; blank if there is none.
pub(crate) fn bad_place(folder: &Path, mounts: &str) -> Option<String> {
    synced(folder).or_else(|| network(folder, mounts))
}

fn synced(folder: &Path) -> Option<String> {
    let name = folder.components().find_map(|part| {
        let name = part.as_os_str().to_string_lossy();
        let lower = name.to_lowercase();
        SYNCED
            .iter()
            .any(|synced| lower.starts_with(synced))
            .then(|| name.into_owned())
    })?;
    Some(format!(
        "this folder seems to be synced to other machines (\"{}\")",
        crate::text::printable(&name)
    ))
}

fn network(folder: &Path, mounts: &str) -> Option<String> {
    let mounted = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        let at = PathBuf::from(unescaped(words.next()?));
        Some((at, words.next()?))
    });
    // Of two mounts at one place the later one is seen.
    let (_, kind) = mounted
        .filter(|(at, _)| folder.starts_with(at))
        .max_by_key(|(at, _)| at.components().count())?;
    let network = NETWORK.iter().any(|network| kind.starts_with(network)) && !LOCAL.contains(&kind);
    network.then(|| format!("this is a network file system ({kind})"))
}

/// A path of the table of mounts: spaces stand there as `\040`.
fn unescaped(text: &str) -> String {
    text.replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "/dev/sda1 / ext4 rw 0 0\nserver:/home /home nfs4 rw 0 0\n\
                          /dev/sdb1 /home/ann/disk ext4 rw 0 0\nremote /mnt/my\\040server fuse.sshfs rw 0 0\n";

    #[test]
    fn a_folder_that_is_copied_to_other_machines_is_a_bad_place() {
        for folder in [
            "/Users/ann/Dropbox/state",
            "/home/ann/OneDrive - Lumen/rehome",
            "/Users/ann/Library/Mobile Documents/rehome",
        ] {
            assert!(bad_place(Path::new(folder), "").is_some(), "{folder}");
        }
        assert_eq!(bad_place(Path::new("/var/lib/rehome"), ""), None);
    }

    #[test]
    fn the_nearest_mount_says_whether_a_folder_is_on_a_network() {
        let bad = |folder| bad_place(Path::new(folder), MOUNTS);
        assert_eq!(
            bad("/home/ann/.local").as_deref(),
            Some("this is a network file system (nfs4)")
        );
        assert!(bad("/mnt/my server/state").is_some());
        assert_eq!(bad("/home/ann/disk/state"), None);
        assert_eq!(bad("/var/lib"), None);
    }
}
