//! What a journal promises, as sentences.

use std::{fs, path::Path, sync::LazyLock};

use proptest::prelude::*;

use super::*;
use crate::model::{ContactId, Email, Operation, RequestId, SeqSet};

fn new_run(fingerprint: &str) -> NewRun {
    NewRun {
        fingerprint: fingerprint.to_owned(),
        inputs: "inputs".to_owned(),
        change_set: "changes.rehome".to_owned(),
        kind: RunKind::Plan,
        members: 100,
        site: "site-1".to_owned(),
    }
}

fn members() -> StepKey {
    StepKey::operation(Operation::Members)
}

fn intent(request: u64, from: u32, to: u32) -> Entry {
    Entry::Intent {
        request: RequestId(request),
        step: members(),
        seqs: SeqSet::range(from, to),
    }
}

fn outcome(request: u64, outcomes: Vec<(Status, SeqSet)>, exceptions: Vec<Exception>) -> Entry {
    Entry::Outcome {
        request: Some(RequestId(request)),
        step: members(),
        outcomes,
        exceptions,
        learned: vec![(3, ContactId::new("c3"))],
    }
}

fn refused(seq: u32) -> Exception {
    Exception {
        step: members(),
        seq,
        email: Email::from_normalised("ada@example.com").unwrap(),
        status: Status::Refused,
        why: "not taken".to_owned(),
    }
}

#[test]
fn an_intent_without_an_outcome_is_a_doubt_and_the_latest_outcome_counts() {
    let mut journal = Journal::in_memory(1).unwrap();
    let run = journal.begin(&new_run("f"), &[], 5).unwrap();
    let first = journal.progress(run).unwrap().next_request;
    journal
        .commit(run, &[intent(first, 0, 10), intent(first + 1, 10, 20)], 6)
        .unwrap();
    let one_refused = vec![
        (Status::Confirmed, SeqSet::range(0, 9)),
        (Status::Refused, SeqSet::range(9, 10)),
    ];
    journal
        .commit(run, &[outcome(first, one_refused, vec![refused(9)])], 7)
        .unwrap();
    let progress = journal.progress(run).unwrap();
    assert_eq!(progress.next_request, first + 2);
    assert_eq!(progress.doubts.len(), 1);
    assert_eq!(
        (progress.doubts[0].request.0, progress.doubts[0].seqs.to_string()),
        (first + 1, "10-19".to_owned())
    );
    let step = &progress.steps[&members()];
    assert_eq!(step.with(Status::Confirmed), SeqSet::range(0, 9));
    assert_eq!(journal.exceptions(run).unwrap(), [refused(9)]);
    assert_eq!(journal.learned(run, 0, 4).unwrap(), [(3, ContactId::new("c3"))]);
    assert!(journal.learned(run, 4, 9).unwrap().is_empty());

    let done = vec![(Status::Confirmed, SeqSet::range(9, 10))];
    journal
        .commit(run, &[outcome(first + 2, done, Vec::new())], 8)
        .unwrap();
    assert!(
        journal.exceptions(run).unwrap().is_empty(),
        "it went through later"
    );
    let counts = journal.progress(run).unwrap().steps[&members()].counts();
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), [(Status::Confirmed, 10)]);
}

#[test]
fn a_run_is_found_by_its_change_set_until_it_is_superseded() {
    let mut journal = Journal::in_memory(1).unwrap();
    let run = journal.begin(&new_run("f"), &[], 5).unwrap();
    assert_eq!(journal.open_run().unwrap().map(|row| row.id), Some(run));
    assert_eq!(journal.run_of("f").unwrap().map(|row| row.id), Some(run));
    journal
        .set_state(run, RunState::Superseded, "another plan", 9)
        .unwrap();
    assert_eq!(
        (journal.open_run().unwrap(), journal.run_of("f").unwrap()),
        (None, None)
    );
    let row = journal.run(run).unwrap();
    assert_eq!(
        (row.state, row.ended, row.note.as_str()),
        (RunState::Superseded, Some(9), "another plan")
    );
    assert!(matches!(
        journal.run(77),
        Err(JournalError::NoSuchRun { run: 77, .. })
    ));
}

#[test]
fn what_people_confirmed_the_log_and_the_pacing_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    let mut journal = Journal::open(&path, 1).unwrap();
    journal.confirm("automations", "ada", 5).unwrap();
    journal
        .note(None, Level::Note, "updates accepted up to 45%", 6)
        .unwrap();
    journal.set_pacing("crm", "{}").unwrap();
    drop(journal);
    let journal = Journal::open_to_read(&path).unwrap().unwrap();
    assert_eq!(journal.confirmations().unwrap()[0].who, "ada");
    assert_eq!(journal.events().unwrap()[0].text, "updates accepted up to 45%");
    assert_eq!(journal.pacing("crm").unwrap().as_deref(), Some("{}"));
}

#[test]
fn request_ids_of_two_journals_differ() {
    let next = |seed| {
        let mut journal = Journal::in_memory(seed).unwrap();
        let run = journal.begin(&new_run("f"), &[], 5).unwrap();
        journal.progress(run).unwrap().next_request
    };
    assert_ne!(next(1), next(2));
}

#[cfg(unix)]
#[test]
fn only_its_owner_may_read_a_journal() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    Journal::open(&path, 1).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

/// A folder with a journal of ten commits, each an intent and its outcome, as a killed process
/// leaves it: nothing is moved from the WAL into the main file.
fn left_by_a_kill(folder: &Path) -> (Vec<u8>, Vec<u8>, Vec<usize>, u64) {
    let path = folder.join("journal.sqlite");
    let wal = folder.join("journal.sqlite-wal");
    let mut journal = Journal::open(&path, 1).unwrap();
    let run = journal.begin(&new_run("f"), &[], 5).unwrap();
    let first = journal.progress(run).unwrap().next_request;
    journal
        .connection
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    let mut ends = vec![0];
    for at in 0..10u32 {
        let request = first + u64::from(at);
        let done = vec![(Status::Confirmed, SeqSet::range(at * 10, at * 10 + 10))];
        let entries = [
            intent(request, at * 10, at * 10 + 10),
            outcome(request, done, Vec::new()),
        ];
        journal.commit(run, &entries, 6).unwrap();
        ends.push(usize::try_from(fs::metadata(&wal).unwrap().len()).unwrap());
    }
    let files = (fs::read(&path).unwrap(), fs::read(&wal).unwrap());
    (files.0, files.1, ends, run)
}

#[test]
fn a_wal_cut_at_any_byte_loses_at_most_the_commits_that_were_cut() {
    let folder = tempfile::tempdir().unwrap();
    let (main, wal, ends, run) = left_by_a_kill(folder.path());
    let cut = folder.path().join("cut.sqlite");
    let last_two = ends[8];
    let offsets = (0..wal.len())
        .step_by(997)
        .chain((last_two..=wal.len()).step_by(61))
        .chain(ends.clone());
    for offset in offsets {
        fs::write(&cut, &main).unwrap();
        fs::write(
            folder.path().join("cut.sqlite-wal"),
            &wal[..offset.min(wal.len())],
        )
        .unwrap();
        let _ = fs::remove_file(folder.path().join("cut.sqlite-shm"));
        let journal = Journal::open(&cut, 1).unwrap();
        let progress = journal.progress(run).unwrap();
        let whole = ends.iter().filter(|end| **end > 0 && **end <= offset).count() as u64;
        let confirmed = progress
            .steps
            .get(&members())
            .map_or(0, |step| step.with(Status::Confirmed).len());
        assert_eq!(confirmed, whole * 10, "cut at {offset}");
        assert!(progress.doubts.is_empty());
    }
}

fn open_bytes(bytes: &[u8]) -> Result<Journal, JournalError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    fs::write(&path, bytes).unwrap();
    let opened = Journal::open(&path, 1);
    if let Ok(journal) = &opened {
        // Whatever opens can be asked, and answers or says what is wrong.
        let _ = (
            journal.runs(),
            journal.progress(1),
            journal.exceptions(1),
            journal.learned(1, 0, 9),
        );
        let _ = (journal.events(), journal.confirmations(), journal.open_run());
    }
    opened
}

#[test]
fn a_file_that_is_no_journal_is_refused_with_a_way_to_go_on() {
    let error = open_bytes(b"email,first name\nada@example.com,Ada\n".repeat(50).as_slice()).unwrap_err();
    assert!(matches!(error, JournalError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("plan again"), "{error}");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.sqlite");
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE t (a)")
        .unwrap();
    assert!(matches!(
        Journal::open(&path, 1),
        Err(JournalError::NotAJournal { .. })
    ));
    assert!(matches!(
        Journal::open(folder.path(), 1),
        Err(JournalError::Unreachable { .. })
    ));
    assert!(
        Journal::open_to_read(&folder.path().join("none"))
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_journal_of_a_newer_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    let journal = Journal::open(&path, 1).unwrap();
    journal
        .connection
        .execute_batch("PRAGMA user_version = 9")
        .unwrap();
    drop(journal);
    assert!(matches!(
        Journal::open(&path, 1),
        Err(JournalError::Newer { found: 9, .. })
    ));
}

#[test]
fn a_journal_in_use_by_another_process_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    let mut journal = Journal::open(&path, 1).unwrap();
    let run = journal.begin(&new_run("f"), &[], 5).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(
        journal.commit(run, &[intent(1, 0, 1)], 6),
        Err(JournalError::Locked { .. })
    ));
    other.execute_batch("ROLLBACK").unwrap();
    journal.commit(run, &[intent(1, 0, 1)], 6).unwrap();
}

#[test]
fn rows_that_make_no_sense_are_damage_and_no_panic() {
    let mut journal = Journal::in_memory(1).unwrap();
    let run = journal.begin(&new_run("f"), &[], 5).unwrap();
    journal
        .connection
        .execute_batch(
            "INSERT INTO outcomes (run, step, status, seqs, at) VALUES (1, 'members', 'confirmed', '9-3', 0)",
        )
        .unwrap();
    let error = journal.progress(run).unwrap_err();
    assert!(matches!(error, JournalError::Damaged { .. }), "{error}");
}

/// The file of a journal with a run, an outcome, a doubt, an exception.
static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    let mut journal = Journal::open(&path, 1).unwrap();
    let run = journal.begin(&new_run("f"), &[], 5).unwrap();
    let done = vec![
        (Status::Confirmed, SeqSet::range(0, 9)),
        (Status::Refused, SeqSet::range(9, 10)),
    ];
    let entries = [
        intent(1, 0, 10),
        outcome(1, done, vec![refused(9)]),
        intent(2, 10, 20),
    ];
    journal.commit(run, &entries, 6).unwrap();
    journal.confirm("domain", "Ada", 7).unwrap();
    journal.note(Some(run), Level::Note, "begun", 8).unwrap();
    drop(journal);
    fs::read(path).unwrap()
});

/// Asks that journal in every way there is, after some SQL.
fn ask_after(edit: &str) -> Result<(), JournalError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    fs::write(&path, &*WHOLE).unwrap();
    // Types are checked by what the schema says; it says so again when it is read.
    for sql in [
        "PRAGMA journal_mode = OFF; PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = replace(sql, ' STRICT', '')",
        edit,
        "PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = sql || ' STRICT' WHERE sql LIKE 'CREATE TABLE%' AND sql NOT LIKE '%WITHOUT ROWID'",
    ] {
        rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    }
    let journal = Journal::open(&path, 1)?;
    for row in journal.runs()? {
        journal.progress(row.id)?;
        journal.doubts(row.id)?;
        journal.exceptions(row.id)?;
        journal.learned(row.id, 0, u32::MAX)?;
    }
    journal.open_run()?;
    journal.run_of("f")?;
    journal.events()?;
    journal.confirmations().map(|_| ())
}

#[test]
fn rows_of_the_wrong_word_type_or_count_are_damage() {
    ask_after("").unwrap();
    for edit in [
        "UPDATE meta SET value = 'x'",
        "DELETE FROM meta",
        "UPDATE runs SET state = 'flying'",
        "UPDATE runs SET members = -1",
        "UPDATE runs SET members = 1e300",
        "UPDATE runs SET started = 'then'",
        "UPDATE runs SET kind = x'ff'",
        "UPDATE intents SET request = -1 WHERE request = 2",
        "UPDATE intents SET seqs = '1-4294967295' WHERE request = 2",
        "UPDATE intents SET seqs = ',,' WHERE request = 2",
        "UPDATE outcomes SET status = 'perhaps'",
        "UPDATE outcomes SET seqs = '99999999999'",
        "UPDATE outcomes SET seqs = CAST(x'ff' AS TEXT)",
        "UPDATE exceptions SET email = 'nobody'",
        "UPDATE exceptions SET seq = 4294967296",
        "UPDATE learned SET ids = '[[1]]'",
        "UPDATE learned SET ids = replace(hex(zeroblob(5000)), '0', '[')",
        "UPDATE confirmations SET at = 'then'",
    ] {
        let asked = ask_after(edit);
        assert!(
            matches!(asked, Err(JournalError::Damaged { .. })),
            "{edit}: {asked:?}"
        );
    }
}

#[test]
fn what_a_journal_declares_beside_tables_is_not_run() {
    let endless = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT i FROM c";
    let view = format!(
        "DROP TABLE confirmations; CREATE VIEW confirmations(key, who, at) AS SELECT i, i, i FROM ({endless})"
    );
    assert!(ask_after(&view).is_err());

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    drop(Journal::open(&path, 1).unwrap());
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM runs; END")
        .unwrap();
    let mut journal = Journal::open(&path, 1).unwrap();
    journal.begin(&new_run("f"), &[], 5).unwrap();
    assert_eq!(journal.runs().unwrap().len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_value_in_any_column_is_read_or_refused(
        (table, column) in prop_oneof![
            Just(("runs", "members")), Just(("runs", "state")), Just(("runs", "ended")), Just(("intents", "seqs")),
            Just(("intents", "at")), Just(("outcomes", "seqs")), Just(("outcomes", "step")), Just(("outcomes", "request")),
            Just(("exceptions", "seq")), Just(("exceptions", "why")), Just(("learned", "ids")), Just(("learned", "high")),
            Just(("events", "at")), Just(("confirmations", "who")), Just(("meta", "value")),
        ],
        value in prop_oneof![
            any::<i64>().prop_map(|number| number.to_string()),
            Just("1e308".to_owned()),
            Just("x'00ff'".to_owned()),
            "[0-9,-]{0,12}".prop_map(|text| format!("'{text}'")),
            "[a-z\\[\\]{}\",:0-9]{0,12}".prop_map(|text| format!("'{text}'")),
        ],
    ) {
        let _ = ask_after(&format!("UPDATE {table} SET {column} = {value}"));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = open_bytes(&bytes);
    }

    #[test]
    fn a_journal_with_changed_or_missing_bytes_is_read_or_refused(
        at in 0usize..40_000, byte in any::<u8>(), keep in 0usize..80_000
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (mut main, ..) = left_by_a_kill(folder.path());
        let at = at % main.len();
        main[at] = byte;
        main.truncate(keep.max(1));
        let _ = open_bytes(&main);
    }
}

/// Makes a journal what an older Rehome would have left: without sign-offs, and, of the first ones,
/// without the site of a run.
fn as_written_by_an_older_one(path: &Path, with_site: bool) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection
        .execute_batch("DROP TABLE sign_offs; DROP TABLE jobs; PRAGMA user_version = 1")
        .unwrap();
    if !with_site {
        connection
            .execute_batch("ALTER TABLE runs DROP COLUMN site")
            .unwrap();
    }
}

fn sign_off(what: &str) -> SignOff {
    SignOff {
        what: what.to_owned(),
        who: "ana on her machine".to_owned(),
        at: 4,
    }
}

#[test]
fn what_is_accepted_is_kept_with_its_run_in_the_order_in_which_it_was() {
    let mut journal = Journal::in_memory(1).unwrap();
    let first = journal.begin(&new_run("f"), &[sign_off("renames")], 5).unwrap();
    let second = journal.begin(&new_run("g"), &[], 6).unwrap();
    journal.accept(second, &sign_off("lost_access=3")).unwrap();
    journal.accept(first, &sign_off("updates=45%")).unwrap();
    let all: Vec<(RunId, String)> = journal
        .sign_offs()
        .unwrap()
        .into_iter()
        .map(|one| (one.run, one.sign_off.what))
        .collect();
    assert_eq!(
        all,
        [
            (first, "renames".to_owned()),
            (second, "lost_access=3".to_owned()),
            (first, "updates=45%".to_owned())
        ]
    );
}

#[test]
fn a_journal_of_an_older_rehome_opens_and_goes_on() {
    for with_site in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.sqlite");
        let mut journal = Journal::open(&path, 1).unwrap();
        let run = journal.begin(&new_run("f"), &[], 5).unwrap();
        journal.commit(run, &[intent(1, 0, 9)], 6).unwrap();
        drop(journal);
        as_written_by_an_older_one(&path, with_site);

        let read = Journal::open_to_read(&path).unwrap().unwrap();
        assert_eq!(read.sign_offs().unwrap(), []);
        drop(read);
        let mut journal = Journal::open(&path, 2).unwrap();
        let open = journal.open_run().unwrap().unwrap();
        assert_eq!(open.id, run);
        assert_eq!(open.run.site, if with_site { "site-1" } else { "" });
        assert_eq!(journal.doubts(run).unwrap().len(), 1);
        journal.accept(run, &sign_off("renames")).unwrap();
        let next = journal.begin(&new_run("g"), &[], 7).unwrap();
        assert_eq!(journal.run(next).unwrap().run.site, "site-1");
        assert_eq!(journal.sign_offs().unwrap().len(), 1);
    }
}

#[test]
fn a_job_is_given_back_after_a_restart_also_by_a_journal_of_the_format_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    drop(Journal::open(&path, 1).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch("DROP TABLE jobs; PRAGMA user_version = 3")
        .unwrap();
    drop(connection);
    let mut journal = Journal::open(&path, 2).unwrap();
    let run = journal.begin(&new_run("f"), &[], 5).unwrap();
    let step = StepKey::operation(Operation::Contacts);
    let job = |from, to, handle: &str| Entry::Job {
        step: step.clone(),
        seqs: SeqSet::range(from, to),
        handle: crate::model::JobHandle::new(handle),
    };
    let outcome = |status, from, to| Entry::Outcome {
        request: None,
        step: step.clone(),
        outcomes: vec![(status, SeqSet::range(from, to))],
        exceptions: Vec::new(),
        learned: Vec::new(),
    };
    let accepted = outcome(Status::Accepted, 0, 8);
    let jobs = [job(0, 3, "batch 7"), job(2, 5, "batch 8"), job(5, 8, "batch 9")];
    journal
        .commit(run, &[&[accepted][..], &jobs].concat(), 6)
        .unwrap();
    let settled = [outcome(Status::Confirmed, 4, 7), outcome(Status::Again, 7, 8)];
    journal.commit(run, &settled, 7).unwrap();
    drop(journal);
    let journal = Journal::open(&path, 3).unwrap();
    let jobs = journal.progress(run).unwrap().jobs;
    let said: Vec<(&str, u64)> = jobs
        .iter()
        .map(|(_, seqs, handle)| (handle.as_str(), seqs.len()))
        .collect();
    // Of members who are settled nobody asks a job, and a job without members is left out.
    assert_eq!(said, [("batch 7", 3), ("batch 8", 2)]);
    assert_eq!(jobs[0].0, step);
}
