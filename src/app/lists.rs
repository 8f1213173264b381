//! A computed difference in; the lists of people that somebody works through, as CSV files, out.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Write,
    path::{Path, PathBuf},
};

use super::{AppError, Computed, PlanFile};
use crate::{
    report::{billing_csv, findings_csv},
    sources,
};

/// Writes `KEY.rejected.csv` for every source with rejected records (its own columns and the reason,
/// ready to be mended and read again), `findings.csv`, and `billing-old.csv` where somebody pays at the
/// old platform. Gives the number of files written.
pub fn write_lists(file: &PlanFile, computed: &Computed, folder: &Path) -> Result<u64, AppError> {
    let failed = |doing, path: &Path, why: String| AppError::File {
        doing,
        path: path.to_owned(),
        why,
    };
    std::fs::create_dir_all(folder).map_err(|error| failed("make the folder", folder, error.to_string()))?;
    let mut written = 0;
    for (path, content) in rejected(file, computed)? {
        aside(&folder.join(path), &content)?;
        written += 1;
    }
    aside(&folder.join("findings.csv"), &findings(file, computed)?)?;
    written += 1;
    if let Some(billing) = billing_old(file, computed)? {
        aside(&folder.join("billing-old.csv"), &billing)?;
        written += 1;
    }
    Ok(written)
}

/// Who pays at the old platform; `None` where nobody does.
fn billing_old(file: &PlanFile, computed: &Computed) -> Result<Option<Vec<u8>>, AppError> {
    let wanted = &computed.gathered.wanted;
    if wanted.accounting.billing_old == 0 {
        return Ok(None);
    }
    let place = |record| computed.gathered.place(file, record);
    let mut content = Vec::new();
    billing_csv(&file.plan.targets, wanted, &place, &mut content).map_err(|error| AppError::File {
        doing: "write",
        path: PathBuf::from("billing-old.csv"),
        why: error.to_string(),
    })?;
    Ok(Some(content))
}

/// The rejected records of every file that has some.
fn rejected(file: &PlanFile, computed: &Computed) -> Result<Vec<(PathBuf, Vec<u8>)>, AppError> {
    let mut lists = Vec::new();
    for ((index, source), files) in (0u16..).zip(&file.plan.sources).zip(&computed.gathered.files) {
        for (number, read) in (0u16..).zip(files) {
            let reasons: BTreeMap<u32, String> = computed
                .gathered
                .wanted
                .findings
                .iter()
                .filter(|finding| finding.code.rejects())
                .filter(|finding| finding.record.source == index && finding.record.file == number)
                .map(|finding| {
                    let reason = format!("{}: {}", finding.code.code(), finding.code.sentence());
                    (finding.record.line, reason)
                })
                .collect();
            if reasons.is_empty() {
                continue;
            }
            let mut content = Vec::new();
            sources::write_rejected(read, source, &reasons, &mut content).map_err(|error| {
                AppError::File {
                    doing: "read again",
                    path: read.path.clone(),
                    why: error.to_string(),
                }
            })?;
            let stem = read
                .path
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned());
            let name = match stem.filter(|_| files.len() > 1) {
                Some(stem) => format!("{}.{stem}.rejected.csv", source.key),
                None => format!("{}.rejected.csv", source.key),
            };
            lists.push((PathBuf::from(name), content));
        }
    }
    Ok(lists)
}

fn findings(file: &PlanFile, computed: &Computed) -> Result<Vec<u8>, AppError> {
    let place = |record| computed.gathered.place(file, record);
    let mut content = Vec::new();
    let findings = computed.gathered.wanted.findings.iter();
    findings_csv(findings, &place, &mut content).map_err(|error| AppError::File {
        doing: "write",
        path: PathBuf::from("findings.csv"),
        why: error.to_string(),
    })?;
    Ok(content)
}

/// Writes a file whole or not at all.
fn aside(path: &Path, content: &[u8]) -> Result<(), AppError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = || -> std::io::Result<()> {
        let mut temp = tempfile::NamedTempFile::new_in(folder)?;
        temp.write_all(content)?;
        temp.as_file().sync_all()?;
        temp.persist(path)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|error| AppError::File {
        doing: "write",
        path: path.to_owned(),
        why: error.to_string(),
    })
}
