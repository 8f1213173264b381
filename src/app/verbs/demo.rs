//! A folder in; the invented school of the worked plan, with its exports, written there, out.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::Path,
};

use crate::app::AppError;

/// Where each file is written below the folder, and its bytes.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/demo.rs"));

/// The plan of the demo, below its folder.
pub const DEMO_PLAN: &str = "lumen.toml";

/// Writes the demo into a folder, which is created where it does not exist. An error before anything is written if one
/// of its files exists already: nothing is ever overwritten.
pub fn write_demo(folder: &Path) -> Result<usize, AppError> {
    let exists = FILES
        .iter()
        .map(|(name, _)| folder.join(name))
        .find(|path| path.exists());
    if let Some(path) = exists {
        return Err(AppError::Usage(format!(
            "{} exists already, and nothing is overwritten; name another folder: rehome demo DIR",
            path.display()
        )));
    }
    for (name, bytes) in FILES {
        let path = folder.join(name);
        let write = || -> std::io::Result<()> {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            // `create_new`: a file that appeared since is not overwritten either.
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&path)?
                .write_all(bytes)
        };
        write().map_err(|error| AppError::File {
            doing: "write",
            path: path.clone(),
            why: error.to_string(),
        })?;
    }
    Ok(FILES.len())
}
