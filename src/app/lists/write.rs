//! A computed difference in; the lists of members to work through, as CSV files, out.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Write,
    path::{Path, PathBuf},
};

use super::{
    billing::billing_cells,
    csv::{csv, listed},
    logins::logins,
    renames::renames,
};
use crate::{
    app::{AppError, Computed, PlanFile, ValuePeople},
    report::{LoginRow, findings_csv},
    sources,
};

/// Writes `KEY.rejected.csv` for every source with rejected records (its own columns and the reason, ready to be fixed
/// and read again), `findings.csv`, and the lists of logins, of what ends and what opens later, of members with another
/// address, of members who pay on the old platform and of the people of each value, each if there is anything to list. Writes `gone.csv` if a source
/// is complete, even if it is empty, so that no older one is left. Returns the number of files written.
pub fn write_lists(
    file: &PlanFile,
    computed: &Computed,
    values: &ValuePeople,
    folder: &Path,
) -> Result<u64, AppError> {
    let failed = |doing, path: &Path, why: String| AppError::File {
        doing,
        path: path.to_owned(),
        why,
    };
    std::fs::create_dir_all(folder)
        .map_err(|error| failed("create the folder", folder, error.to_string()))?;
    let mut written = 0;
    for (path, content) in rejected(file, computed)? {
        aside(&folder.join(path), &content)?;
        written += 1;
    }
    for (name, content) in [
        ("findings.csv", findings(computed)?),
        ("logins.csv", login_list(file, computed)?),
        ("expiring.csv", expiring(file, computed)?),
        ("upcoming.csv", upcoming(file, computed)?),
        ("billing-old.csv", billing_old(file, computed)?),
        ("gone.csv", gone(file, computed)?),
        ("renames.csv", renames(file, computed)?),
        ("left-out.csv", left_out(computed)?),
        ("values.csv", value_list(computed, values)?),
    ] {
        if !content.is_empty() {
            aside(&folder.join(name), &content)?;
            written += 1;
        }
    }
    Ok(written)
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

fn findings(computed: &Computed) -> Result<Vec<u8>, AppError> {
    let place = |record| computed.gathered.place(record);
    let mut content = Vec::new();
    findings_csv(&computed.gathered.wanted, &place, &mut content).map_err(|error| AppError::File {
        doing: "write",
        path: PathBuf::from("findings.csv"),
        why: error.to_string(),
    })?;
    Ok(content)
}

/// Who logs in with what. Empty if no user is wanted.
fn login_list(file: &PlanFile, computed: &Computed) -> Result<Vec<u8>, AppError> {
    let rows = logins(file, computed).map(LoginRow::into_cells);
    csv("logins.csv", &LoginRow::HEADER, rows)
}

/// Members whose access ends, and when. Empty if there are none.
fn expiring(file: &PlanFile, computed: &Computed) -> Result<Vec<u8>, AppError> {
    let wanted = &computed.gathered.wanted;
    let rows = wanted.expiring(&file.plan).map(|one| {
        vec![
            email_of(computed, one.member),
            offering_of(file, one.offering),
            one.last_day.to_string(),
            computed.gathered.place(one.record),
        ]
    });
    csv("expiring.csv", &["email", "offering", "last_day", "record"], rows)
}

/// Which modules open later, and when. Empty if none does.
fn upcoming(file: &PlanFile, computed: &Computed) -> Result<Vec<u8>, AppError> {
    let wanted = &computed.gathered.wanted;
    let rows = wanted.upcoming(&file.plan).map(|one| {
        vec![
            email_of(computed, one.member),
            offering_of(file, one.offering),
            one.module.to_string(),
            one.day.to_string(),
            computed.gathered.place(one.record),
        ]
    });
    let header = ["email", "offering", "module", "opens", "record"];
    csv("upcoming.csv", &header, rows)
}

/// Members who pay on the old platform, and for what. Empty if there are none.
fn billing_old(file: &PlanFile, computed: &Computed) -> Result<Vec<u8>, AppError> {
    let rows = computed.gathered.wanted.payments.billing.lines().map(|one| {
        let mut cells = vec![email_of(computed, one.member), offering_of(file, one.offering)];
        cells.extend(billing_cells(&file.plan, &one));
        cells.push(computed.gathered.place(one.record));
        cells
    });
    let header = [
        "email",
        "offering",
        "product",
        "last_charge",
        "amount",
        "currency",
        "provider",
        "customer",
        "subscription",
        "interval",
        "next_payment",
        "cancelled_on",
        "paid_until",
        "record",
    ];
    csv("billing-old.csv", &header, rows)
}

/// Members missing from the sources. Empty if no source is complete.
fn gone(file: &PlanFile, computed: &Computed) -> Result<Vec<u8>, AppError> {
    if computed.gathered.wanted.stranger().absent.is_empty() {
        return Ok(Vec::new());
    }
    let rows = computed.gone.iter().map(|row| {
        vec![
            row.email.clone(),
            offering_of(file, row.offering),
            row.happens.to_owned(),
            row.reason.sentence().to_owned(),
        ]
    });
    listed("gone.csv", &["email", "offering", "what_happens", "why"], rows)
}

/// Who becomes neither a user nor a contact, and why. Empty where no one is left out.
fn left_out(computed: &Computed) -> Result<Vec<u8>, AppError> {
    let wanted = &computed.gathered.wanted;
    let members = (0..wanted.len()).filter_map(|at| {
        let member = wanted.get(at)?;
        let reason = member.left_out()?;
        let records = wanted.records(at);
        let places: Vec<String> = records
            .iter()
            .map(|(record, _)| computed.gathered.place(*record))
            .collect();
        Some(vec![
            member.email.to_owned(),
            member.first_name.to_owned(),
            member.last_name.to_owned(),
            reason.code().to_owned(),
            reason.sentence().to_owned(),
            places.join(" "),
        ])
    });
    let header = ["email", "first_name", "last_name", "reason", "meaning", "records"];
    csv("left-out.csv", &header, members)
}

/// Each product, tag and level of the old platform with each of its people, and where they go.
fn value_list(computed: &Computed, values: &ValuePeople) -> Result<Vec<u8>, AppError> {
    let people = values.people(&computed.gathered.wanted);
    let rows = people.map(|(row, email, outcome)| {
        vec![
            row.source.clone(),
            row.column.clone(),
            row.value.clone(),
            email.to_owned(),
            outcome.code().to_owned(),
            outcome.sentence().to_owned(),
        ]
    });
    let header = ["source", "column", "value", "email", "outcome", "meaning"];
    csv("values.csv", &header, rows)
}

fn email_of(computed: &Computed, member: usize) -> String {
    let member = computed.gathered.wanted.get(member);
    member.map_or("", |member| member.email).to_owned()
}

fn offering_of(file: &PlanFile, offering: u16) -> String {
    let offering = file.plan.targets.offerings.get(usize::from(offering));
    offering
        .map(|offering| offering.key.to_string())
        .unwrap_or_default()
}

/// Writes a file whole or not at all.
pub(crate) fn aside(path: &Path, content: &[u8]) -> Result<(), AppError> {
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
