//! Change set files as they are written, and as they come from anywhere.

use std::{ops::ControlFlow, path::Path, sync::LazyLock};

use proptest::prelude::*;
use rusqlite::Connection;

use super::*;
use crate::{
    diff::{ChangeKind, Difference, MemberDiff, Shapes, Sink as _, Value, What},
    model::{Account, Action, ContactsTarget, Email, FieldName, Reason, Side, SiteTarget, TagName, Targets},
};

const MEMBERS: u32 = 120;

fn header() -> Header {
    let account = Account {
        side: Side::Site,
        kind: "local".to_owned(),
        id: "a".to_owned(),
        place: "site.sqlite".to_owned(),
    };
    Header {
        tags: crate::model::TagRefs::default(),
        format: FORMAT,
        kind: ChangeSetKind::Plan,
        targets: Targets {
            migration: "lumen".to_owned(),
            was: Vec::new(),
            environment: None,
            site: SiteTarget::Local {
                path: "site.sqlite".to_owned(),
                like: None,
            },
            contacts: ContactsTarget::Managed,
            offerings: Vec::new(),
            tags: Vec::new(),
            emails: Vec::new(),
            standing_checkpoints: Vec::new(),
            checkpoints: Vec::new(),
            canary: None,
        },
        base: ".".to_owned(),
        plan: String::new(),
        limits: None,
        site: account,
        contacts: None,
        inputs: "f".to_owned(),
        as_of: jiff::civil::date(2026, 12, 1),
        computed: 0,
        accepted: None,
        signature: None,
        setup: Setup::default(),
        members: 0,
    }
}

fn difference(shapes: Shapes) -> Difference {
    let mut difference: Difference = serde_json::from_value(serde_json::json!({
        "totals": crate::diff::MemberTotals::default(), "offerings": [],
        "changes": crate::diff::ChangeGroups::default(), "named": crate::diff::NamedMembers::default(),
        "setup": Setup::default(), "refusals": []
    }))
    .unwrap();
    difference.changes.names.fields = vec![FieldName::new("phone")];
    difference.changes.names.tags = vec![TagName::new("VIP")];
    difference.changes.shapes = shapes;
    difference
}

fn email(number: u32) -> String {
    format!("member.{number:05}@example.com")
}

/// Every third member is only listed.
fn write(path: &Path) {
    let kind = |action, what| ChangeKind {
        side: Side::Site,
        action,
        what,
        reason: Reason::Granted,
    };
    let mut shapes = Shapes::default();
    let work = shapes.intern(&[
        kind(Action::Update, What::Field(0)),
        kind(Action::AddTag, What::Tag(0)),
    ]);
    let listed = shapes.intern(&[kind(Action::Nothing, What::FirstName)]);
    let mut writer = ChangeSetWriter::create(path).unwrap();
    let mut stated = difference(Shapes::default());
    let mut recount = crate::diff::Recount::new(&header().targets, &stated);
    let mut seq = 0;
    let values = [
        Value {
            before: None,
            after: Some("1\u{e9}\"2"),
        },
        Value {
            before: None,
            after: None,
        },
    ];
    for number in 0..MEMBERS {
        let only = number % 3 == 2;
        let member = MemberDiff {
            email: &email(number),
            found: true,
            seq: (!only).then_some(seq),
            contact_id: if number % 2 == 0 { "c-1" } else { "" },
            user: number % 2 == 0,
            shape: if only { listed } else { work },
            values: if only { &values[..1] } else { &values },
            gains: &[],
            loses: &[],
            both: &[],
            gone: &[],
        };
        let MemberDiff {
            email,
            found,
            contact_id,
            user,
            shape,
            values,
            gains,
            loses,
            ..
        } = member;
        let row = crate::diff::ListedRow {
            email,
            contact_id,
            found,
            user,
            kinds: shapes.get(shape),
            values,
            gains,
            loses,
        };
        assert_eq!(recount.row(row).unwrap(), member.seq);
        writer.member(&member, &shapes);
        seq += u32::from(!only);
    }
    recount.fill(&mut stated);
    writer.finish(header(), &stated).unwrap();
}

static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.changes");
    write(&path);
    std::fs::read(path).unwrap()
});

type All = (Header, Vec<MemberChanges>, Vec<MemberChanges>);

/// Reads a file in every way there is. An error must say what to do.
fn read(path: &Path) -> Result<All, ChangeSetError> {
    let result = read_all(path);
    if let Err(error) = &result {
        let said = error.to_string();
        assert!(
            matches!(error, ChangeSetError::Io { .. }) || said.contains("rehome plan PLAN --out FILE"),
            "{said}"
        );
    }
    result
}

fn read_all(path: &Path) -> Result<All, ChangeSetError> {
    let set = ChangeSet::open(path)?;
    for number in [0, 1, MEMBERS / 2, MEMBERS - 1, MEMBERS, u32::MAX] {
        let wanted = Email::from_normalised(&email(number)).unwrap();
        if let Some(found) = set.find(&wanted)? {
            assert_eq!(found.email, wanted);
        }
    }
    for (from, to) in [(0, 0), (5, 2), (3, u32::MAX), (u32::MAX, u32::MAX)] {
        let _ = set.range(from, to)?;
    }
    let mut each = Vec::new();
    set.each(|member| {
        each.push(member);
        ControlFlow::Continue(())
    })?;
    Ok((set.header().clone(), set.range(0, set.header().members)?, each))
}

fn read_bytes(bytes: &[u8]) -> Result<All, ChangeSetError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.changes");
    std::fs::write(&path, bytes).unwrap();
    read(&path)
}

/// The whole file after some SQL, each text on a connection of its own.
fn read_after(edits: &[&str]) -> Result<All, ChangeSetError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.changes");
    // Whoever makes a change set can make its checksum too.
    std::fs::write(&path, &WHOLE[..WHOLE.len() - 48]).unwrap();
    for sql in edits {
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    }
    super::checksum::seal(&path).unwrap();
    read(&path)
}

/// The whole file with rows edited as its declarations forbid it; it declares the same again afterwards.
fn read_edited(sql: &str) -> Result<All, ChangeSetError> {
    read_after(&[
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, ' STRICT', '')",
        sql,
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = sql || ' STRICT'",
    ])
}

fn damaged(result: Result<All, ChangeSetError>) -> String {
    match result {
        Err(ChangeSetError::Damaged { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

/// Flat groups would not do: the numbers of tags are keys, and would be read back as text.
#[test]
fn a_difference_is_read_back_as_it_was_saved_numbered_tags_included() {
    let mut difference = difference(Shapes::default());
    let tag = crate::model::TagRef {
        name: TagName::new("VIP"),
        id: Some(crate::model::TagId::new("17")),
    };
    difference.changes.names.tag_refs.contacts.insert(6, tag);
    let saved = serde_json::to_string(&difference).unwrap();
    let read: Difference = serde_json::from_str(&saved).unwrap();
    assert_eq!(read.changes.names.tag_refs, difference.changes.names.tag_refs);
    assert_eq!(serde_json::to_string(&read).unwrap(), saved);
}

#[test]
fn what_is_written_is_read_by_place_by_address_and_in_order() {
    let (header, work, each) = read_bytes(&WHOLE).unwrap();
    assert_eq!((header.members, work.len(), each.len()), (80, 80, 120));
    let emails: Vec<&str> = each.iter().map(|member| member.email.as_str()).collect();
    assert!(emails.is_sorted());
    let listed: Vec<&MemberChanges> = each.iter().filter(|member| member.seq.is_some()).collect();
    assert_eq!(listed, work.iter().collect::<Vec<_>>());
    assert_eq!(work[1].seq, Some(1));
    assert_eq!(work[1].changes[0].after.as_deref(), Some("1\u{e9}\"2"));
    assert_eq!(work[1].changes[1].after.as_deref(), Some("held"));
    assert_eq!(
        read_edited("").unwrap().1,
        work,
        "an edit that changes nothing is none"
    );
}

#[test]
fn rows_of_the_wrong_shape_count_or_type_are_damage() {
    for (sql, why) in [
        (
            "DELETE FROM work WHERE seq = 7",
            "80 members are announced, but 79 are present",
        ),
        ("UPDATE work SET seq = -5 WHERE seq = 7", "are present"),
        ("DELETE FROM members WHERE n = 1", "places"),
        ("UPDATE members SET seq = 3 WHERE seq = 4", "not in their places"),
        ("UPDATE work SET n = 1 WHERE seq = 5", "not in their places"),
        ("UPDATE members SET shape = 9", "do not fit"),
        ("UPDATE members SET shape = -1", "out of range"),
        ("UPDATE members SET shape = 'x'", "type"),
        ("UPDATE members SET email = 'nobody'", "address"),
        ("UPDATE members SET email = x'ff'", "type"),
        ("UPDATE members SET email = CAST(x'ff' AS TEXT)", "utf-8"),
        ("UPDATE members SET vals = '[]'", "do not fit"),
        (
            "UPDATE members SET vals = '[[null,null],[null,null],[null,null]]'",
            "do not fit",
        ),
        ("UPDATE members SET vals = '[[1,2]]'", "string"),
        ("UPDATE members SET vals = '{'", ""),
        (
            "UPDATE members SET vals = replace(hex(zeroblob(5000)), '0', '[')",
            "",
        ),
        (
            "UPDATE members SET n = 9223372036854775807 WHERE n = 120",
            "impossible",
        ),
        ("DELETE FROM header", ""),
        ("UPDATE header SET json = '[]'", ""),
        (
            "UPDATE header SET json = json_set(json, '$.members', 4294967295)",
            "4294967295 members",
        ),
        ("UPDATE header SET json = json_set(json, '$.members', 1e300)", ""),
        (
            "UPDATE header SET json = json_set(json, '$.as_of', '2026-02-31')",
            "",
        ),
        ("UPDATE members SET found = 0 WHERE seq = 3", "to create"),
        ("UPDATE members SET gains = '0' WHERE seq = 3", "no offering"),
        ("UPDATE members SET loses = 'x' WHERE seq = 3", "no offering"),
        (
            "UPDATE difference SET json = json_set(json, '$.totals.counts.update', 3)",
            "3 members to update, and its rows have 80",
        ),
        (
            "UPDATE difference SET json = json_set(json, '$.totals.counts.lose', 3)",
            "who lose access",
        ),
        (
            "UPDATE difference SET json = json_set(json, '$.totals.actions', json('{}'))",
            "actions",
        ),
        (
            "UPDATE difference SET json = json_set(json, '$.changes.by_shape[0].count', 1)",
            "groups",
        ),
        (
            "UPDATE difference SET json = json_set(json, '$.changes.by_shape[0].samples', json('[]'))",
            "groups",
        ),
        (
            "UPDATE difference SET json = json_set(json, '$.named.losers', json('[\"a@example.com\"]'))",
            "names",
        ),
        ("DELETE FROM difference", ""),
        ("UPDATE difference SET json = 'null'", ""),
        (
            "UPDATE difference SET json = json_set(json, '$.changes.names.tags', json('[]'))",
            "without a name",
        ),
        (
            "UPDATE difference SET json = json_set(json, '$.changes.shapes', json('[]'))",
            "do not fit",
        ),
    ] {
        let said = damaged(read_edited(sql)).to_lowercase();
        assert!(said.contains(&why.to_lowercase()), "{sql}: {said}");
    }
}

#[test]
fn a_change_set_of_another_format_is_refused() {
    let result = read_edited("UPDATE header SET json = json_set(json, '$.format', 9)");
    assert!(
        matches!(result, Err(ChangeSetError::Version { found: 9, .. })),
        "{result:?}"
    );
}

#[test]
fn a_change_set_that_declares_more_than_its_tables_is_refused_and_runs_nothing() {
    // One that would never end, if it were run.
    let endless = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT i FROM c";
    for sql in [
        "CREATE TRIGGER t AFTER INSERT ON members BEGIN DELETE FROM work; END".to_owned(),
        format!(
            "ALTER TABLE members RENAME TO m; CREATE VIEW members(n, seq, email, contact, shape, vals)
             AS SELECT i, i, i, i, i, i FROM ({endless})"
        ),
        format!("DROP TABLE header; CREATE VIEW header(json) AS {endless}"),
        "CREATE TABLE more(a)".to_owned(),
        "CREATE INDEX i ON members(email)".to_owned(),
        "ALTER TABLE members ADD COLUMN more TEXT AS (email || 'x')".to_owned(),
        "DROP TABLE work".to_owned(),
    ] {
        let said = damaged(read_after(&[&sql]));
        assert_eq!(said, "its tables are not those of a change set", "{sql}");
    }
}

#[test]
fn a_file_cut_at_any_length_is_an_error() {
    for length in (0..WHOLE.len()).step_by(257).chain(WHOLE.len() - 3..WHOLE.len()) {
        let read = read_bytes(&WHOLE[..length]);
        assert!(read.is_err(), "{length} of {} bytes", WHOLE.len());
    }
}

#[test]
fn what_is_no_change_set_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(read(folder.path()), Err(ChangeSetError::Unlike { .. })));
    assert!(matches!(
        read(&folder.path().join("none")),
        Err(ChangeSetError::Io { .. })
    ));
    for bytes in [&b""[..], b"email,name\n", b"SQLite format 3\0"] {
        assert!(
            matches!(read_bytes(bytes), Err(ChangeSetError::Unlike { .. })),
            "{bytes:?}"
        );
    }
}

/// A value that a column may hold where it should not.
fn odd_value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        Just("NULL".to_owned()),
        Just("1e308".to_owned()),
        Just("x'00ff'".to_owned()),
        "[a-z0-9@.\\[\\]{}\",:]{0,12}".prop_map(|text| format!("'{text}'")),
        proptest::collection::vec(proptest::option::of("[a-z\"\\\\]{0,3}"), 0..4)
            .prop_map(|values| format!("'{}'", serde_json::to_string(&values).unwrap())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600), marked in any::<bool>()) {
        let bytes = if marked { [&WHOLE[..100], &bytes].concat() } else { bytes };
        prop_assert!(read_bytes(&bytes).is_err());
    }

    #[test]
    fn a_change_set_with_changed_bytes_is_read_or_refused(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..5),
    ) {
        let mut bytes = WHOLE.clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if bytes != *WHOLE {
            let read = read_bytes(&bytes);
            prop_assert!(read.is_err(), "a flipped byte is not noticed");
        }
    }

    #[test]
    fn a_change_set_with_any_value_anywhere_is_read_or_refused(
        (table, column) in prop_oneof![
            prop_oneof![Just("seq"), Just("email"), Just("contact"), Just("shape"), Just("vals")]
                .prop_map(|column| ("members", column)),
            Just(("work", "n")),
            Just(("header", "json")),
            Just(("difference", "json")),
        ],
        value in odd_value(),
        row in 1..=80,
    ) {
        let only_row = if table == "members" || table == "work" { row } else { 1 };
        // A column that must not be NULL refuses the edit.
        prop_assume!(value != "NULL" || column == "seq");
        let sql = format!("UPDATE {table} SET {column} = {value} WHERE rowid = {only_row}");
        let _ = read_edited(&sql);
    }
}
