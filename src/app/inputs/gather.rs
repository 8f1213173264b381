//! A plan in, its sources read and folded into the wanted state out. One thread reads, one folds.

use std::{
    path::PathBuf,
    sync::mpsc::{channel, sync_channel},
    thread,
};

use crate::{
    app::{AppError, PlanFile, ProgressReporter},
    check::{Gathered, check, source_findings},
    diagnostics::{Diagnostics, Severity},
    model::{DateRule, Finding, RecordRef, RowBatch},
    plan::{Plan, PlanDay, Source},
    report::AuditFile,
    sources::{self, ColumnEvidence, FileRead},
    wanted::{RecordFold, Wanted},
};

/// Bytes of an export that a record takes at least, by experience: sizes the first allocation only.
const BYTES_A_RECORD: u64 = 110;

/// Batches that may wait between the reader and the folder.
const WAITING: usize = 8;

/// The files, by source, as an audit shows them.
pub fn audit_files(file: &PlanFile, gathered: &Gathered) -> Vec<Vec<AuditFile>> {
    let audited = |(source, files): (&Source, &Vec<FileRead>)| {
        let one = |file: &FileRead| {
            AuditFile::of(
                gathered.shown(&file.path),
                file.rows,
                &file.headers,
                &source.in_use,
            )
        };
        files.iter().map(one).collect()
    };
    file.plan
        .sources
        .iter()
        .zip(&gathered.files)
        .map(audited)
        .collect()
}

/// Reads all sources for a day. Everything that is wrong with them is reported together.
pub fn gather(file: &PlanFile, day: PlanDay, watch: &dyn ProgressReporter) -> Result<Gathered, AppError> {
    let (gathered, diagnostics) = gather_all(file, day, watch)?;
    if diagnostics.has_errors() {
        return Err(file.error(diagnostics));
    }
    Ok(gathered)
}

/// Reads all sources for a day, and returns what is wrong with them together with what they give. An error only
/// where nothing could be read.
pub fn gather_all(
    file: &PlanFile,
    day: PlanDay,
    watch: &dyn ProgressReporter,
) -> Result<(Gathered, Diagnostics), AppError> {
    let plan = &file.plan;
    let mut diagnostics = Diagnostics::default();
    let paths: Vec<Vec<PathBuf>> = plan
        .sources
        .iter()
        .map(|source| sources::resolve(source, &file.folder, &mut diagnostics))
        .collect();
    if diagnostics.has_errors() {
        return Err(file.error(diagnostics));
    }
    let bytes: u64 = paths
        .iter()
        .flatten()
        .filter_map(|path| std::fs::metadata(path).ok())
        .map(|meta| meta.len())
        .sum();
    let expected = usize::try_from(bytes / BYTES_A_RECORD).unwrap_or(0);
    let mut folder = RecordFold::new(plan, day, expected);
    let evidence: Vec<Vec<ColumnEvidence>> = plan
        .sources
        .iter()
        .zip(&paths)
        .map(|(source, paths)| sources::evidence(source, paths))
        .collect();
    for (index, (source, columns)) in plan.sources.iter().zip(&evidence).enumerate() {
        for column in columns {
            let name = source.in_use.columns[column.slot].names.first();
            let declared = name.map(|name| source.formats.dates.for_column(name).clone());
            let order = column.evidence.verdict().proved();
            let rule = DateRule {
                order,
                ..declared.unwrap_or_default()
            };
            folder.set_dates(index, column.slot, rule);
        }
    }
    let (full, batches) = sync_channel::<RowBatch>(WAITING);
    let (empty, spares) = channel::<RowBatch>();
    let read_all = move || -> (Vec<Vec<FileRead>>, Diagnostics) {
        let mut diagnostics = Diagnostics::default();
        let mut done = 0;
        let mut files = Vec::with_capacity(plan.sources.len());
        for (index, (source, paths)) in (0u16..).zip(plan.sources.iter().zip(&paths)) {
            let progress = |read| watch.progress("reading the exports", done + read, Some(bytes), "bytes");
            let mut send = |batch| {
                // The other end is gone only when the folding thread is, and then nothing matters.
                let _ = full.send(batch);
                spares.try_recv().ok()
            };
            let read = sources::read(
                index,
                source,
                &source.in_use,
                paths,
                &mut diagnostics,
                &progress,
                &mut send,
            );
            done += read.iter().map(|file| file.bytes).sum::<u64>();
            files.push(read);
        }
        (files, diagnostics)
    };
    let (files, read_diagnostics) = thread::scope(|scope| {
        let reader = scope.spawn(read_all);
        for batch in batches {
            folder.take(&batch);
            let _ = empty.send(batch);
        }
        reader.join().unwrap_or_default()
    });
    diagnostics.append(read_diagnostics);
    let mut wanted = folder.finish().ok_or(AppError::TooManyPeople)?;
    note_sources(plan, &files, &mut wanted);
    let mut gathered = Gathered {
        wanted,
        files,
        evidence,
        warnings: Diagnostics::default(),
        folder: file.folder.clone(),
        plan_path: file.path.clone(),
    };
    diagnostics.append(check(plan, &gathered));
    for warning in diagnostics.iter().filter(|one| one.severity == Severity::Warning) {
        gathered.warnings.push(warning.clone());
    }
    Ok((gathered, diagnostics))
}

/// Adds what the files and whole sources let a person overlook.
fn note_sources(plan: &Plan, files: &[Vec<FileRead>], wanted: &mut Wanted) {
    for (source, files) in (0u16..).zip(files) {
        for (number, file) in (0u16..).zip(files) {
            for (code, line, detail) in &file.findings {
                let record = RecordRef {
                    source,
                    file: number,
                    line: *line,
                };
                wanted.findings.push(Finding::new(*code, record, detail));
            }
        }
    }
    let counts: Vec<usize> = files.iter().map(Vec::len).collect();
    for finding in source_findings(plan, wanted, &counts) {
        wanted.findings.push(finding);
    }
}
