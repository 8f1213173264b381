//! A plan and some records in; these records, read again from their files, out.

use crate::{
    app::{AppError, Computed, PlanFile},
    diagnostics::Diagnostics,
    model::{Findings, RecordRef, Row},
    sources,
    wanted::{Corrector, RowTrace, RowTracer},
};

/// Reads some records again, and says what each comes to; in the order of `records`. An error where a file changed
/// since it was read.
pub(super) fn read_again<'a>(
    file: &'a PlanFile,
    computed: &'a Computed,
    records: &[RecordRef],
) -> Result<Vec<RowTrace<'a>>, AppError> {
    let mut traces = Vec::new();
    let mut reader = RowTracer::new(&file.plan, &computed.gathered.wanted);
    let has_any = |source| records.iter().any(|record| record.source == source);
    each_row_again(file, computed, has_any, &mut |row| {
        if records.contains(&row.record) {
            traces.extend(reader.trace(row));
        }
    })?;
    traces.sort_by_key(|trace| records.iter().position(|record| *record == trace.record));
    Ok(traces)
}

/// Reads the records of some sources again, in source order and with corrections made. An error where a file changed
/// since it was read.
pub(crate) fn each_row_again(
    file: &PlanFile,
    computed: &Computed,
    is_read: impl Fn(u16) -> bool,
    each: &mut dyn FnMut(&Row<'_>),
) -> Result<(), AppError> {
    let gathered = &computed.gathered;
    for ((index, source), files) in (0u16..).zip(&file.plan.sources).zip(&gathered.files) {
        if !is_read(index) {
            continue;
        }
        let paths: Vec<_> = files.iter().map(|file| file.path.clone()).collect();
        let mut corrector = Corrector::from_source(source);
        let read = sources::read(
            index,
            source,
            &source.in_use,
            &paths,
            &mut Diagnostics::default(),
            &|_| {},
            &mut |batch| {
                let corrected = corrector
                    .as_mut()
                    .and_then(|corrector| corrector.correct(&batch, &mut Findings::default()));
                corrected
                    .as_ref()
                    .unwrap_or(&batch)
                    .rows()
                    .for_each(|row| each(&row));
                Some(batch)
            },
        );
        for (before, after) in files.iter().zip(&read) {
            if before.fingerprint != after.fingerprint {
                return Err(AppError::File {
                    doing: "read again",
                    path: before.path.clone(),
                    why: "it changed while it was read; run the command again".to_owned(),
                });
            }
        }
    }
    Ok(())
}
