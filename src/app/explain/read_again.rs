//! A plan and some records in; these records, read again from their files, out.

use crate::{
    app::{AppError, Computed, PlanFile},
    diagnostics::Diagnostics,
    model::{Findings, RecordRef},
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
    let gathered = &computed.gathered;
    let mut traces = Vec::new();
    let mut reader = RowTracer::new(&file.plan, &gathered.wanted);
    for ((index, source), files) in (0u16..).zip(&file.plan.sources).zip(&gathered.files) {
        if !records.iter().any(|record| record.source == index) {
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
                let rows = corrected.as_ref().unwrap_or(&batch).rows();
                for row in rows.filter(|row| records.contains(&row.record)) {
                    traces.extend(reader.trace(&row));
                }
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
    traces.sort_by_key(|trace| records.iter().position(|record| *record == trace.record));
    Ok(traces)
}
