//! What is read from files as the world writes them.

use std::{cell::RefCell, fs, io::Write as _, path::PathBuf};

use proptest::prelude::*;

use super::{testing::column, *};
use crate::{
    diagnostics::{Code, Diagnostics},
    model::{FindingCode, RowBatch, RowTrouble},
    plan::{ColumnsInUse, Encoding, Source},
};

#[derive(Debug, Default, PartialEq)]
struct Got {
    rows: Vec<(u32, Vec<String>, Option<RowTrouble>)>,
    files: Vec<FileRead>,
    codes: Vec<Code>,
    told: Diagnostics,
}

impl Got {
    fn cells(&self) -> Vec<Vec<&str>> {
        self.rows
            .iter()
            .map(|(_, cells, _)| cells.iter().map(String::as_str).collect())
            .collect()
    }

    fn remedy(&self) -> &str {
        self.told
            .iter()
            .next()
            .and_then(|diagnostic| diagnostic.remedy.as_deref())
            .unwrap_or_default()
    }
}

/// A table of two columns, the address first.
fn table() -> Source {
    let mut source = testing::source("table");
    source.person.email = Some(column("email"));
    source.person.full_name = Some(column("name"));
    source
}

fn get(source: &Source, bytes: &[u8]) -> Got {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("people.csv");
    fs::write(&path, bytes).expect("written");
    get_files(source, &[path])
}

fn get_files(source: &Source, paths: &[PathBuf]) -> Got {
    let slots = ColumnsInUse::from_source(source);
    let mut got = Got::default();
    let rows = &mut got.rows;
    let progress = RefCell::new(Vec::new());
    let mut send = |batch: RowBatch| {
        for row in batch.rows() {
            let cells = (0..slots.columns.len())
                .map(|slot| row.cell(slot).to_owned())
                .collect();
            rows.push((row.record.line, cells, row.trouble));
        }
        Some(batch)
    };
    got.files = read(
        3,
        source,
        &slots,
        paths,
        &mut got.told,
        &|done| progress.borrow_mut().push(done),
        &mut send,
    );
    got.codes = got.told.iter().map(|diagnostic| diagnostic.code).collect();
    assert!(progress.borrow().is_sorted());
    got
}

#[test]
fn rows_come_with_their_line_and_cut_down_to_the_columns_in_use() {
    let got = get(
        &table(),
        b"x,Name , EMAIL,y\r\n1,\"Ana\r\nLima\",ana@example.com,2\r\n\r\n3,Bo,bo@example.com,4",
    );
    assert_eq!(
        got.rows,
        [
            (
                2,
                vec!["ana@example.com".to_owned(), "Ana\r\nLima".to_owned()],
                None
            ),
            (5, vec!["bo@example.com".to_owned(), "Bo".to_owned()], None),
        ]
    );
    let file = &got.files[0];
    assert_eq!((file.rows, file.blank_rows, file.bytes), (2, 1, 74));
    assert_eq!(file.headers, ["x", "Name", "EMAIL", "y"]);
    assert_eq!(file.fingerprint.len(), 64);
    assert_eq!(got.codes, []);
}

#[test]
fn marks_at_the_start_say_the_encoding() {
    let text = "email,name\nana@example.com,Jos\u{e9} \u{1f600}\n";
    let le: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let be: Vec<u8> = [0xFE, 0xFF]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_be_bytes))
        .collect();
    let utf8 = format!("\u{feff}{text}").into_bytes();
    for (bytes, encoding) in [
        (le, Encoding::Utf16Le),
        (be, Encoding::Utf16Be),
        (utf8, Encoding::Utf8),
    ] {
        let got = get(&table(), &bytes);
        assert_eq!(got.cells(), [["ana@example.com", "Jos\u{e9} \u{1f600}"]]);
        assert_eq!(got.files[0].encoding, encoding);
    }
}

#[test]
fn declared_encodings_are_read_as_declared() {
    for (encoding, byte, letter) in [
        (Encoding::Windows1252, 0x80, '\u{20ac}'),
        (Encoding::Latin1, 0x80, '\u{80}'),
        (Encoding::MacRoman, 0x80, '\u{c4}'),
    ] {
        let mut source = table();
        source.files.encoding = Some(encoding);
        let got = get(&source, &[b"email,name\na@example.com,x", &[byte][..]].concat());
        assert_eq!(
            got.cells(),
            [["a@example.com", format!("x{letter}").as_str()]],
            "{encoding:?}"
        );
    }
}

#[test]
fn a_byte_that_is_not_utf_8_is_an_error_with_line_and_byte() {
    let got = get(
        &table(),
        b"email,name\na@example.com,\"x\ny\"\nb@example.com,Jos\xE9\n",
    );
    assert_eq!(got.codes, [Code::BadEncoding]);
    let message = &got.told.iter().next().expect("one").message;
    assert!(message.contains("byte 49 (line 4) is not utf-8"), "{message}");
    assert!(
        got.remedy().contains("Save the file as UTF-8"),
        "{}",
        got.remedy()
    );
    assert!(
        got.remedy().contains("\"José\" in \"windows-1252\""),
        "{}",
        got.remedy()
    );
    assert_eq!(got.files[0].fingerprint, "");
}

#[test]
fn a_file_that_mixes_two_encodings_is_advised_neither() {
    let got = get(
        &table(),
        b"email,name\na@example.com,Zo\xC3\xAB\nb@example.com,Jos\xE9\n",
    );
    assert_eq!(got.codes, [Code::BadEncoding]);
    assert!(got.remedy().contains("mixes two encodings"), "{}", got.remedy());
    assert!(!got.remedy().contains("windows"), "{}", got.remedy());
}

#[test]
fn utf_16_without_a_mark_is_an_error_that_says_so() {
    let bytes: Vec<u8> = "email,name\na@example.com,x\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let got = get(&table(), &bytes);
    assert_eq!(got.codes, [Code::BadEncoding]);
    assert!(got.remedy().contains("encoding = \"utf-16le\""));
}

#[test]
fn files_of_another_kind_are_errors_that_say_how_to_save_them() {
    for bytes in [
        &b"PK\x03\x04rest"[..],
        b"<meta http-equiv=x><table>",
        b"\xEF\xBB\xBF<html>",
        b"<?xml version=1?>",
        b"{ \"members\": []}",
        b"[{\"email\": 1}]",
        b"BEGIN:VCARD\n",
        b"-- MySQL dump 10\n",
        b"INSERT INTO users VALUES",
        b"%PDF-1.7",
        b" \n<!DOCTYPE html><p>",
        b"\x1F\x8B\x08",
    ] {
        let got = get(&table(), bytes);
        assert_eq!(got.codes, [Code::NotATable]);
        assert!(got.remedy().contains("CSV UTF-8"));
    }
}

#[test]
fn an_empty_file_is_an_error_and_a_header_alone_is_not() {
    for bytes in [&b""[..], b"\n\n", b"\xEF\xBB\xBF", b" , \r\n"] {
        assert_eq!(get(&table(), bytes).codes, [Code::FileEmpty], "{bytes:?}");
    }
    let got = get(&table(), b"email,name");
    assert_eq!((got.codes, got.rows), (vec![], vec![]));
}

#[test]
fn a_missing_column_names_the_nearest_and_all_that_are_there() {
    let got = get(&table(), b"e-mail,Name\na@example.com,x\n");
    assert_eq!(got.codes, [Code::ColumnMissing]);
    assert!(
        got.remedy()
            .contains("Did you mean \"e-mail\"? The columns are \"e-mail\", \"Name\""),
        "{}",
        got.remedy()
    );
}

#[test]
fn another_separator_is_told_rather_than_guessed() {
    let got = get(&table(), b"email;name\na@example.com;x\n");
    assert_eq!(got.codes, [Code::WrongDelimiter]);
    assert!(got.remedy().contains("delimiter = \";\""));
}

#[test]
fn a_first_line_that_names_the_separator_is_honoured() {
    let got = get(&table(), b"sep=;\r\nemail;name\r\na@example.com;x,y\r\n");
    assert_eq!(
        got.rows,
        [(3, vec!["a@example.com".to_owned(), "x,y".to_owned()], None)]
    );
}

#[test]
fn lines_before_the_header_are_skipped() {
    let mut source = table();
    source.files.skip_lines = 2;
    let got = get(&source, b"Export \"of\n2026\nemail,name\na@example.com,x\n");
    assert_eq!(
        got.rows,
        [(4, vec!["a@example.com".to_owned(), "x".to_owned()], None)]
    );
}

#[test]
fn without_a_header_columns_have_numbers() {
    let mut source = testing::source("table");
    source.files.header = false;
    source.person.email = Some(column("2"));
    let got = get(&source, b"\"x\",a@example.com\ny,b@example.com\n");
    assert_eq!(got.cells(), [["a@example.com"], ["b@example.com"]]);
    assert_eq!(got.rows[0].0, 1);
}

#[test]
fn ragged_short_and_nul_rows_are_marked() {
    let got = get(
        &table(),
        b"email,name\na@example.com,x,y\nb@example.com,x,, \nc@example.com\nd@exam\0ple.com,\"x\0\"\n",
    );
    let troubles: Vec<_> = got.rows.iter().map(|(_, _, trouble)| *trouble).collect();
    assert_eq!(
        troubles,
        [
            Some(RowTrouble::Ragged),
            None,
            Some(RowTrouble::Short),
            Some(RowTrouble::NulBytes)
        ]
    );
    assert_eq!(got.cells()[2], ["c@example.com", ""]);
    assert_eq!(got.cells()[3], ["d@example.com", "x"]);
}

#[test]
fn a_quote_that_is_never_closed_costs_its_own_row_alone() {
    let got = get(
        &table(),
        b"email,name\na@example.com,x\nb@example.com,\"y\nc@example.com,z\n",
    );
    assert_eq!(
        got.cells(),
        [
            ["a@example.com", "x"],
            ["b@example.com", "y"],
            ["c@example.com", "z"]
        ]
    );
    assert_eq!(
        (got.rows[1].0, got.rows[1].2),
        (3, Some(RowTrouble::UnclosedQuote))
    );
    assert_eq!(got.rows[2].2, None);
    assert_eq!(got.codes, [Code::QuoteNeverClosed]);
    assert!(!got.told.has_errors());
}

#[test]
fn a_column_in_use_that_is_there_twice_is_an_error_and_another_one_a_finding() {
    let got = get(&table(), b"\nemail,name,Email \na@example.com,x,b@example.com\n");
    assert_eq!(got.codes, [Code::DuplicateColumn]);
    assert_eq!(got.rows, []);
    assert!(got.remedy().contains("`skip_lines = 2`"), "{}", got.remedy());
    let got = get(&table(), b"email,name,Note,NOTE\na@example.com,x,1,2\n");
    assert_eq!(got.cells(), [["a@example.com", "x"]]);
    assert_eq!(
        got.files[0].findings,
        [(FindingCode::DuplicateHeader, 1, "NOTE".to_owned())]
    );
}

#[test]
fn headers_match_whatever_invisible_or_twin_characters_they_have() {
    for header in [
        "e\u{200b}mail,na\u{ad}me",
        "\u{a0}email,name\u{2060}",
        "\u{435}mail,n\u{430}me",
        "\u{ff45}mail,NAME",
    ] {
        let got = get(&table(), format!("{header}\na@example.com,x\n").as_bytes());
        assert_eq!(got.cells(), [["a@example.com", "x"]], "{header:?}");
        assert_eq!(got.codes, [], "{header:?}");
    }
    let got = get(&table(), "e\u{a0}mail,name\na@example.com,x\n".as_bytes());
    assert!(got.remedy().contains("e<no-break space>mail"), "{}", got.remedy());
}

#[test]
fn the_line_to_write_is_named_where_the_header_is_not_what_it_seems() {
    for (text, code, remedy) in [
        (
            "Members 2026\n\nemail,name\na@example.com,x\n",
            Code::HeaderNotFirst,
            "`skip_lines = 2`",
        ),
        (
            "Members, 2026\nemail;name\na@example.com;x\n",
            Code::HeaderNotFirst,
            "`skip_lines = 1` and `delimiter = \";\"`",
        ),
        (
            "email;\"Name, Suffix\";name\na@example.com;x;y\n",
            Code::WrongDelimiter,
            "`delimiter = \";\"`",
        ),
        (
            "email\tname\na@example.com\tx\n",
            Code::WrongDelimiter,
            "`delimiter = \"tab\"`",
        ),
        (
            "\"email,name\"\n\"a@example.com,x\"\n",
            Code::QuotedLines,
            "Remove the quote",
        ),
        (
            "email,name\n\"a@example.com,x\"\n\"b@example.com,y\"\n",
            Code::QuotedLines,
            "Remove the quote",
        ),
        (
            "email, \"name\"\na@example.com,x\n",
            Code::BrokenQuotes,
            "a space before",
        ),
    ] {
        let got = get(&table(), text.as_bytes());
        assert_eq!(got.codes, [code], "{text}");
        assert!(got.remedy().contains(remedy), "{text}: {}", got.remedy());
    }
}

#[test]
fn a_row_that_is_one_quoted_cell_is_rejected() {
    let got = get(&table(), b"email,name\n\"a@example.com,x\"\nb@example.com,y\n");
    assert_eq!(got.rows[0].2, Some(RowTrouble::QuotedLine));
    assert_eq!((got.rows[1].2, got.codes), (None, vec![]));
}

#[test]
fn a_row_whose_cells_moved_is_rejected() {
    for row in [
        "\"a \"b, c\" d\",a@example.com,",
        "Lee\\, Ana,a@example.com,",
        "\"6\\\", tall\",a@example.com,",
        "x, \"a, b\",a@example.com",
        "\"a,b,c",
        "x,\"a,b\"",
    ] {
        let mut source = table();
        source.person.email = Some(column("3"));
        source.person.full_name = Some(column("1"));
        source.files.header = false;
        let got = get(&source, format!("x,y,z@example.com\n{row}\n").as_bytes());
        let rejected = [Some(RowTrouble::BrokenQuotes), Some(RowTrouble::UnclosedQuote)];
        assert!(rejected.contains(&got.rows[1].2), "{row}: {:?}", got.rows);
    }
}

#[test]
fn a_row_over_many_pieces_of_the_file_is_read_whole_and_lines_go_on() {
    let long = "z\n".repeat(400_000);
    let text = format!("email,name\r\na@example.com,\"{long}\"\r\nb@example.com,y\r\n");
    let got = get(&table(), text.as_bytes());
    assert_eq!(got.rows[0].1[1], long);
    assert_eq!(got.rows[1].0, 400_003);
}

#[test]
fn a_row_beyond_all_measure_is_an_error_and_not_held() {
    let text = format!("email,name\na@example.com,\"{}", "z".repeat(40 * 1024 * 1024));
    let got = get(&table(), text.as_bytes());
    assert_eq!(got.codes, [Code::RowTooLong]);
}

#[test]
fn several_files_of_a_source_are_read_one_after_the_other() {
    let dir = tempfile::tempdir().expect("a folder");
    let paths: Vec<PathBuf> = ["a", "b", "c"].iter().map(|name| dir.path().join(name)).collect();
    fs::write(&paths[0], "email,name\na@example.com,x\n").expect("written");
    fs::write(&paths[2], "name,email\ny,b@example.com\n").expect("written");
    let got = get_files(&table(), &paths);
    assert_eq!(got.cells(), [["a@example.com", "x"], ["b@example.com", "y"]]);
    assert_eq!(got.codes, [Code::FileUnreadable]);
    assert_eq!(got.files.len(), 3);
}

#[test]
fn rejected_rows_can_be_mended_and_read_again_by_the_same_source() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("people.csv");
    let mut source = table();
    source.files.encoding = Some(Encoding::Windows1252);
    source.files.delimiter = Some(b';');
    source.files.skip_lines = 1;
    fs::write(
        &path,
        b"sep=;\nemail;name;rest\nwrong;Jos\xE9;=1+1\nb@example.com;x;y\nalso;\"a;\"\"b\";z;more\n",
    )
    .expect("written");
    let first = get_files(&source, &[path]);
    let rejected = [(3, "not an address".to_owned()), (5, "ragged".to_owned())].into();
    let mut out = Vec::new();
    let written = write_rejected(&first.files[0], &source, &rejected, &mut out).expect("written");
    assert_eq!(written, 2);
    assert_eq!(
        String::from_utf8(out.clone()).expect("UTF-8"),
        "\u{feff}\nemail;name;rest;rehome_reason\nwrong;Jos\u{e9};=1+1;not an address\nalso;\"a;\"\"b\";z;ragged;more\n"
    );
    let again = get(&source, &out);
    assert_eq!(again.cells(), [["wrong", "Jos\u{e9}"], ["also", "a;\"b"]]);
    assert_eq!(again.rows[1].2, Some(RowTrouble::Ragged));
}

#[test]
fn rejected_rows_of_a_file_that_changed_are_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("people.csv");
    fs::write(&path, "email,name\nx,y\n").expect("written");
    let first = get_files(&table(), std::slice::from_ref(&path));
    fs::write(&path, "email,name\nx,z\n").expect("written");
    let rejected = [(2, "wrong".to_owned())].into();
    let refused = write_rejected(&first.files[0], &table(), &rejected, &mut Vec::new());
    assert!(
        matches!(
            refused,
            Err(RejectedError::Read {
                trouble: Trouble::Changed,
                ..
            })
        ),
        "{refused:?}"
    );
}

/// Every code about files, as a person sees it.
#[test]
fn every_error_about_a_file_says_what_where_and_what_to_do() {
    let long = format!("email,name\na@example.com,\"{}", "z".repeat(40 * 1024 * 1024));
    let cases: [(&str, &[u8]); 15] = [
        ("S001-file-missing", b""),
        (
            "S002-column-missing",
            b"E-mail,Name,Products\na@example.com,x,y\n",
        ),
        ("S003-file-unreadable", b""),
        ("S004-not-a-table", b"PK\x03\x04"),
        ("S005-bad-encoding", b"email,name\na@example.com,Jos\xE9\n"),
        ("S005-bad-encoding-utf-16", b"e\0m\0a\0i\0l\0,\0n\0a\0m\0e\0\n\0"),
        ("S006-wrong-delimiter", b"email;name;phone\na@example.com;x;1\n"),
        ("S007-file-empty", b"\n"),
        ("S009-row-too-long", long.as_bytes()),
        (
            "S010-quote-never-closed",
            b"email,name\na@example.com,\"x\nb@example.com,y\n",
        ),
        ("S011-duplicate-column", b"email,name,Email\na@example.com,x,\n"),
        ("S012-quoted-lines", b"\"email,name\"\n\"a@example.com,x\"\n"),
        (
            "S013-header-not-first",
            b"Members 2026\n\nemail,name\na@example.com,x\n",
        ),
        (
            "S014-broken-quotes",
            b"email,name\na@example.com,\"x\nb@example.com,\"y\"\nc@example.com,\"6\nd@example.com,z\"\n",
        ),
        ("S014-broken-quotes-header", b"email, \"name\"\na@example.com,x\n"),
    ];
    for (name, bytes) in cases {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("people.csv");
        match name {
            "S001-file-missing" => {}
            "S003-file-unreadable" => fs::create_dir(&path).expect("made"),
            _ => fs::write(&path, bytes).expect("written"),
        }
        let mut told = Diagnostics::default();
        let paths = resolve(&table(), dir.path(), &mut told);
        if told.is_empty() {
            told = get_files(&table(), &paths).told;
        }
        golden(name, &told, &dir.path().display().to_string());
    }
}

#[test]
fn a_file_that_grows_while_it_is_read_is_an_error() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("people.csv");
    fs::write(
        &path,
        format!("email,name\n{}", "a@example.com,x\n".repeat(40_000)),
    )
    .expect("written");
    let (source, mut told) = (table(), Diagnostics::default());
    let mut send = |_| {
        let mut file = fs::OpenOptions::new().append(true).open(&path).expect("there");
        file.write_all(b"b@example.com,y\n").expect("written");
        None
    };
    let paths = std::slice::from_ref(&path);
    let files = read(
        0,
        &source,
        &ColumnsInUse::from_source(&source),
        paths,
        &mut told,
        &|_| (),
        &mut send,
    );
    assert_eq!(files[0].fingerprint, "");
    golden("S008-file-changed", &told, &dir.path().display().to_string());
}

fn golden(name: &str, told: &Diagnostics, folder: &str) {
    let shown =
        crate::diagnostics::render(told, "plan.toml", testing::PLAN, false).replace(folder, "exports");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, shown));
}

fn encodings() -> impl Strategy<Value = (Encoding, bool)> {
    prop_oneof![
        Just((Encoding::Utf8, false)),
        Just((Encoding::Utf8, true)),
        Just((Encoding::Utf16Le, true)),
        Just((Encoding::Utf16Be, true)),
        Just((Encoding::Utf16Le, false)),
        Just((Encoding::Windows1252, false)),
        Just((Encoding::Latin1, false)),
        Just((Encoding::MacRoman, false)),
        Just((Encoding::Page("windows-1250"), false)),
        Just((Encoding::Page("iso-8859-2"), false)),
    ]
}

fn encode(text: &str, encoding: Encoding, mark: bool) -> Vec<u8> {
    let text = if mark {
        format!("\u{feff}{text}")
    } else {
        text.to_owned()
    };
    match encoding {
        Encoding::Utf8 => text.into_bytes(),
        Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        Encoding::Windows1252 => encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
        Encoding::MacRoman => encoding_rs::MACINTOSH.encode(&text).0.into_owned(),
        Encoding::Page(name) => encoding_rs::Encoding::for_label(name.as_bytes())
            .expect("known")
            .encode(&text)
            .0
            .into_owned(),
        Encoding::Latin1 => text
            .chars()
            .map(|c| u8::try_from(u32::from(c)).expect("latin1"))
            .collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_table_comes_back_as_it_was_written(
        rows in proptest::collection::vec(("[a-z\u{e9}]{1,6}", "[ab,;|\t\"\r\n\u{e9}]{0,8}"), 0..20),
        (encoding, mark) in encodings(),
        delimiter in prop_oneof![Just(b','), Just(b';'), Just(b'\t'), Just(b'|')],
        end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
    ) {
        let quote = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
        let between = char::from(delimiter);
        let mut text = format!("email{between}name{end}");
        for (email, name) in &rows {
            text.extend([email, &between.to_string(), &quote(name), end]);
        }
        let mut source = table();
        source.files.delimiter = Some(delimiter);
        source.files.encoding = (!mark).then_some(encoding);
        let got = get(&source, &encode(&text, encoding, mark));
        prop_assert_eq!(&got.codes, &[]);
        let expected: Vec<Vec<&str>> = rows.iter().map(|(email, name)| vec![email.as_str(), name.as_str()]).collect();
        prop_assert_eq!(got.cells(), expected);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic_and_the_counts_add_up(
        bytes in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            "[a@,;\"\r\n \u{0}\u{e9}]{0,80}".prop_map(String::into_bytes),
        ],
        header in any::<bool>(),
        encoding in proptest::option::of(encodings()),
        skip_lines in 0_u32..3,
    ) {
        let mut source = testing::source("table");
        source.person.email = Some(column(if header { "email" } else { "1" }));
        source.files.header = header;
        source.files.encoding = encoding.map(|(encoding, _)| encoding);
        source.files.skip_lines = skip_lines;
        let bytes = if header { [&b"email\n\n\n"[..], &bytes].concat() } else { bytes };
        let got = get(&source, &bytes);
        prop_assert_eq!(got.files[0].rows, got.rows.len() as u64);
        prop_assert!(got.rows.iter().map(|(line, ..)| *line).is_sorted());
        if got.codes.is_empty() && source.files.encoding.is_none() && skip_lines == 0 && !bytes.contains(&b'"') && !bytes.starts_with(b"\xEF\xBB\xBF") {
            let lines = super::record::count_lines(&bytes) + u32::from(!matches!(bytes.last(), Some(b'\n' | b'\r')));
            let all = got.files[0].rows + got.files[0].blank_rows + u64::from(header);
            prop_assert_eq!(all, u64::from(lines));
        }
    }
}

#[test]
fn a_column_used_twice_is_one_slot() {
    let mut source = testing::source("kajabi-contacts");
    testing::map(&mut source, "Tags", &["Status", "email"]);
    testing::map(&mut source, "Status", &["Status"]);
    testing::field(&mut source, "status", " STATUS ");
    let slots = ColumnsInUse::from_source(&source);
    assert_eq!(slots.columns.len(), 6);
    assert_eq!(slots.slot(&column("status")), Some(slots.maps[1]));
    assert_eq!(slots.fields, [slots.maps[1]]);
    assert_eq!(
        slots.map_conditions,
        [
            vec![slots.maps[1], slots.person.email.expect("known")],
            vec![slots.maps[1]]
        ]
    );
}

#[test]
fn what_the_plan_names_is_required_and_what_the_profile_knows_is_not_but_for_the_address() {
    let mut source = testing::source("kajabi-contacts");
    source.person.first_name = Some(column("Given"));
    let slots = ColumnsInUse::from_source(&source);
    let required: Vec<bool> = slots.columns.iter().map(|column| column.required).collect();
    assert_eq!(required, [true, true, false, false]);
}
