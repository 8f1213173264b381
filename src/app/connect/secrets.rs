//! Where a secret is said to be, in; the secret out. It goes into no message.

use std::{env::VarError, io::Read as _, path::Path};

use crate::{app::AppError, model::SecretRef};

/// The longest secret that is read from a file.
const MOST: usize = 64 * 1024;

/// Reads a secret. Paths are relative to `folder`.
pub(crate) fn secret(at: &SecretRef, folder: &Path) -> Result<String, AppError> {
    let missing = |place: String, why: String| AppError::Secret { place, why };
    let (place, text) = match at {
        SecretRef::Env(name) => {
            let place = format!("the environment variable {name}");
            let text = std::env::var(name).map_err(|error| {
                // What is not text is named here and never shown: it may be the secret in another encoding.
                let why = match error {
                    VarError::NotPresent => "it is not set",
                    VarError::NotUnicode(_) => "it is not text in UTF-8",
                };
                missing(place.clone(), why.to_owned())
            })?;
            (place, text)
        }
        SecretRef::File(name) => {
            let path = folder.join(name);
            let place = format!("the file {}", path.display());
            let mut bytes = Vec::new();
            std::fs::File::open(&path)
                .and_then(|file| file.take(MOST as u64 + 1).read_to_end(&mut bytes))
                .map_err(|error| missing(place.clone(), error.to_string()))?;
            let text = String::from_utf8(bytes)
                .map_err(|_| missing(place.clone(), "it is not text in UTF-8".to_owned()))?;
            (place, text)
        }
    };
    let text = text.trim();
    if text.is_empty() || text.len() > MOST || text.chars().any(char::is_control) {
        return Err(missing(place, "it is empty or not one line of text".to_owned()));
    }
    Ok(text.to_owned())
}
