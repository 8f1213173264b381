//! Small files, each with one case that concerns a whole file, and what must come of them.

use std::{fmt::Write, fs, path::Path};

use crate::Result;

/// What must come of a file.
enum Expect {
    /// The addresses of the members, and findings beside.
    Emails(&'static [&'static str], &'static [&'static str]),
    /// The file or its plan is refused with this diagnostic.
    Diagnostic(&'static str),
}

struct Case {
    name: &'static str,
    /// What the plan must say besides the file and the columns.
    declare: &'static str,
    bytes: Vec<u8>,
    /// Records: rows that are not blank, those rejected among them.
    records: usize,
    expect: Expect,
}

const BOTH: Expect = Expect::Emails(&["ana@example.com", "bo@example.org"], &[]);
const PLAIN: &str = "E-mail,Full name\nana@example.com,José Ruiz\nbo@example.org,Bo Ek\n";

/// Writes them and `cases.toml`.
pub(crate) fn write(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir)?;
    let mut list = String::from(
        "# Files that are wrong, or only unusual, as a whole. `source` is the body of a [sources.mess] table of a plan\n\
         # beside them that has the offerings `one` and `two`; `records` counts rows that are not blank.\n",
    );
    let mut cases = encodings();
    cases.extend(shapes());
    cases.extend(refused());
    for case in cases {
        let file = format!("{}.csv", case.name);
        fs::write(dir.join(&file), &case.bytes)?;
        write!(
            list,
            "\n[[case]]\ncase = \"{}\"\nfile = \"{file}\"\nrecords = {}\n",
            case.name, case.records
        )?;
        match case.expect {
            Expect::Emails(emails, findings) => {
                writeln!(list, "emails = {emails:?}\nfindings = {findings:?}")?;
            }
            Expect::Diagnostic(slug) => writeln!(list, "diagnostic = \"{slug}\"")?,
        }
        let columns = "columns = { email = \"E-mail\", name = \"Full name\" }\n";
        let columns = if case.declare.contains("columns") {
            ""
        } else {
            columns
        };
        let gives = "each_row = { grant = \"one\" }\n";
        let gives = if case.declare.contains("map.") { "" } else { gives };
        write!(
            list,
            "source = '''\nprofile = \"table\"\nfile = \"{file}\"\n{columns}{gives}{}'''\n",
            case.declare
        )?;
    }
    fs::write(dir.join("cases.toml"), list)?;
    Ok(())
}

fn encodings() -> Vec<Case> {
    let unicode_text = PLAIN.replace(',', "\t").replace('\n', "\r\n");
    let latin = b"E-mail,Full name\nana@example.com,Jos\xe9 Ruiz\nbo@example.org,Bo Ek\n".to_vec();
    let cp1252 =
        b"E-mail,Full name\nana@example.com,Jos\xe9 \x93Pepe\x94 Ruiz\nbo@example.org,Bo \x96 Ek\n".to_vec();
    let mac = b"E-mail,Full name\rana@example.com,Jos\x8e Ruiz\rbo@example.org,Bo Ek\r".to_vec();
    let both = |name, declare, bytes| Case {
        name,
        declare,
        bytes,
        records: 2,
        expect: BOTH,
    };
    vec![
        both("utf-8-bom", "", [b"\xef\xbb\xbf", PLAIN.as_bytes()].concat()),
        both(
            "utf-16-le-bom-tabs",
            "delimiter = \"tab\"\n",
            utf16(&format!("\u{feff}{unicode_text}"), u16::to_le_bytes),
        ),
        both(
            "utf-16-be-bom",
            "",
            utf16(&format!("\u{feff}{PLAIN}"), u16::to_be_bytes),
        ),
        both(
            "utf-16-le-declared",
            "encoding = \"utf-16le\"\n",
            utf16(PLAIN, u16::to_le_bytes),
        ),
        both(
            "windows-1252-declared",
            "encoding = \"windows-1252\"\n",
            cp1252.clone(),
        ),
        both("latin1-declared", "encoding = \"latin1\"\n", latin),
        both("mac-roman-declared", "encoding = \"mac-roman\"\n", mac),
        Case {
            name: "windows-1252-undeclared",
            declare: "",
            bytes: cp1252,
            records: 0,
            expect: Expect::Diagnostic("bad-encoding"),
        },
        Case {
            name: "utf-16-le-undeclared",
            declare: "",
            bytes: utf16(PLAIN, u16::to_le_bytes),
            records: 0,
            expect: Expect::Diagnostic("bad-encoding"),
        },
    ]
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn shapes() -> Vec<Case> {
    let both = |name, declare, text: &str| Case {
        name,
        declare,
        bytes: text.as_bytes().to_vec(),
        records: 2,
        expect: BOTH,
    };
    let found = |name, text: &str, records, emails, findings| Case {
        name,
        declare: "",
        bytes: text.as_bytes().to_vec(),
        records,
        expect: Expect::Emails(emails, findings),
    };
    vec![
        both("line-ends-cr", "", &PLAIN.replace('\n', "\r")),
        both("line-ends-crlf", "", &PLAIN.replace('\n', "\r\n")),
        both(
            "line-ends-mixed",
            "",
            "E-mail,Full name\r\nana@example.com,Ana\nbo@example.org,Bo\r\n",
        ),
        both("no-last-line-end", "", PLAIN.trim_end()),
        both("semicolon", "delimiter = \";\"\n", &PLAIN.replace(',', ";")),
        both("bar", "delimiter = \"|\"\n", &PLAIN.replace(',', "|")),
        both("tab", "delimiter = \"tab\"\n", &PLAIN.replace(',', "\t")),
        both("sep-line", "", &format!("sep=;\r\n{}", PLAIN.replace(',', ";"))),
        both(
            "preamble",
            "skip_lines = 2\n",
            &format!("Contacts of Lumen, all\nprinted on Nov 16\n{PLAIN}"),
        ),
        both(
            "no-header",
            "header = false\ncolumns = { email = \"1\", name = \"2\" }\n",
            "ana@example.com,Ana\nbo@example.org,Bo\n",
        ),
        both(
            "empty-header",
            "",
            "E-mail,,Full name\nana@example.com,x,Ana\nbo@example.org,y,Bo\n",
        ),
        both(
            "header-blanks-and-case",
            "",
            " E-MAIL ,full name\nana@example.com,Ana\nbo@example.org,Bo\n",
        ),
        both(
            "trailing-columns",
            "",
            "E-mail,Full name,,\nana@example.com,Ana,,\nbo@example.org,Bo,,\n",
        ),
        both(
            "blank-rows",
            "",
            "E-mail,Full name\n\nana@example.com,Ana\n,\n\nbo@example.org,Bo\n,\n\n",
        ),
        found(
            "backslash-quote",
            "E-mail,Full name\nana@example.com,\"Ana \\\"Foto\\\" Ruiz\"\nbo@example.org,Bo\n",
            2,
            &["bo@example.org"],
            &["broken-quotes"],
        ),
        found("header-only", "E-mail,Full name\n", 0, &[], &[]),
        found(
            "duplicate-header",
            "E-mail,Full name,Note,Note\nana@example.com,Ana,x,y\nbo@example.org,Bo,,\n",
            2,
            &["ana@example.com", "bo@example.org"],
            &["duplicate-header"],
        ),
        found(
            "nul-bytes",
            "E-mail,Full name\nana@exam\0ple.com,Ana\0\nbo@example.org,Bo\n",
            2,
            &["ana@example.com", "bo@example.org"],
            &["nul-bytes"],
        ),
        found(
            "unclosed-quote",
            "E-mail,Full name\nana@example.com,Ana\nbo@example.org,\"Bo Ek\ncleo@example.com,Cleo\n",
            3,
            &["ana@example.com", "cleo@example.com"],
            &["unclosed-quote"],
        ),
    ]
}

fn refused() -> Vec<Case> {
    let case = |name, declare, bytes: &[u8], slug| Case {
        name,
        declare,
        bytes: bytes.to_vec(),
        records: 0,
        expect: Expect::Diagnostic(slug),
    };
    vec![
        case("empty", "", b"", "file-empty"),
        case(
            "column-twice",
            "",
            b"E-mail,Full name,E-mail\nana@example.com,Ana,other@example.com\nbo@example.org,Bo,\n",
            "duplicate-column",
        ),
        case(
            "really-a-workbook",
            "",
            b"PK\x03\x04\x14\x00\x06\x00\x08\x00",
            "not-a-table",
        ),
        case(
            "semicolon-undeclared",
            "",
            PLAIN.replace(',', ";").as_bytes(),
            "wrong-delimiter",
        ),
        case(
            "column-missing",
            "",
            b"Mail address,Full name\nana@example.com,Ana\n",
            "column-missing",
        ),
        case(
            "unmapped-value",
            "map.Course.\"Photography 101\" = { grant = \"one\" }\n",
            b"E-mail,Full name,Course\nana@example.com,Ana,Photographie 101\n",
            "unmapped-value",
        ),
        case(
            "ambiguous-cell",
            "lists = { Courses = \",\" }\nmap.Courses.\"Light\" = { grant = \"one\" }\nmap.Courses.\"Shadow\" = { grant = \"one\" }\nmap.Courses.\"Light, Shadow\" = { grant = \"two\" }\n",
            b"E-mail,Full name,Courses\nana@example.com,Ana,\"Light, Shadow\"\n",
            "ambiguous-cell",
        ),
    ]
}
