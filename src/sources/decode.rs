//! Bytes in any of the known encodings in, UTF-8 text out, piece by piece, with their fingerprint.

use std::io::{self, Read};

use encoding_rs::DecoderResult;

use super::{encodings::table, problem::Trouble};
use crate::plan::Encoding;

/// How many bytes are read at once.
const CHUNK: usize = 256 * 1024;

/// Reads bytes and gives text. Never holds more than one piece.
pub(super) struct TextReader<R> {
    from: R,
    hasher: blake3::Hasher,
    raw: Vec<u8>,
    /// Bytes at the start of `raw` that are not decoded yet.
    held: usize,
    /// Bytes decoded before `raw`.
    decoded: u64,
    bytes: u64,
    ended: bool,
    encoding: Encoding,
    decoder: Option<encoding_rs::Decoder>,
    bad: Option<u64>,
    bad_cell: Vec<u8>,
    /// Some text before was UTF-8 beyond ASCII.
    beyond_ascii: bool,
}

impl<R: Read> TextReader<R> {
    /// Reads the first piece and finds the encoding: the mark at the start counts, then what the plan
    /// declares, then UTF-8.
    pub(super) fn start(from: R, declared: Option<Encoding>) -> Result<Self, Trouble> {
        let mut reader = Self {
            from,
            hasher: blake3::Hasher::new(),
            raw: vec![0; CHUNK],
            held: 0,
            decoded: 0,
            bytes: 0,
            ended: false,
            encoding: Encoding::Utf8,
            decoder: None,
            bad: None,
            bad_cell: Vec::new(),
            beyond_ascii: false,
        };
        reader.read_chunk()?;
        let head = reader.raw.get(..reader.held).unwrap_or_default();
        let (marked, mark) = match head {
            [0xEF, 0xBB, 0xBF, ..] => (Some(Encoding::Utf8), 3),
            [0xFF, 0xFE, ..] => (Some(Encoding::Utf16Le), 2),
            [0xFE, 0xFF, ..] => (Some(Encoding::Utf16Be), 2),
            _ => (None, 0),
        };
        if mark != 2
            && let Some(what) = other_kind(head.get(mark..).unwrap_or_default())
        {
            return Err(Trouble::NotATable { what });
        }
        if marked.is_none()
            && declared.is_none()
            && let Some(looks_like) = unmarked_utf16(head)
        {
            return Err(Trouble::Utf16 { looks_like });
        }
        reader.encoding = marked.or(declared).unwrap_or(Encoding::Utf8);
        reader.decoder = decoder(reader.encoding);
        reader.consume(mark);
        Ok(reader)
    }

    /// The encoding in which the file is read.
    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Bytes read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The fingerprint of all bytes read so far.
    pub(super) fn fingerprint(&self) -> String {
        self.hasher.finalize().to_hex().to_string()
    }

    /// The byte, from 1, that the encoding does not know; the text ends before it.
    pub(super) fn bad(&self) -> Option<u64> {
        self.bad
    }

    /// The cell with that byte; nothing where the text before it is UTF-8 for certain, so that another encoding would
    /// garble it.
    pub(super) fn bad_cell(&self) -> &[u8] {
        if self.beyond_ascii { &[] } else { &self.bad_cell }
    }

    /// Appends the next piece of text. False when there is no more.
    pub(super) fn fill(&mut self, to: &mut String) -> Result<bool, Trouble> {
        if self.bad.is_some() {
            return Ok(false);
        }
        self.read_chunk()?;
        let last = self.ended;
        let raw = self.raw.get(..self.held).unwrap_or_default();
        let (used, bad) = match (self.encoding, &mut self.decoder) {
            (Encoding::Latin1, _) => {
                to.extend(raw.iter().map(|byte| char::from(*byte)));
                (raw.len(), false)
            }
            (_, Some(decoder)) => decode(decoder, raw, last, to),
            _ => {
                let before = to.len();
                let copied = copy_utf8(raw, last, to);
                self.beyond_ascii = self.beyond_ascii || !to.get(before..).unwrap_or_default().is_ascii();
                copied
            }
        };
        if bad {
            self.bad = Some(self.decoded + used as u64 + 1);
            self.bad_cell = cell_around(self.raw.get(..self.held).unwrap_or_default(), used);
        }
        self.consume(used);
        Ok(!last && !bad)
    }

    /// Drops decoded bytes from the start of what is held.
    fn consume(&mut self, used: usize) {
        let used = used.min(self.held);
        self.raw.copy_within(used..self.held, 0);
        self.held -= used;
        self.decoded += used as u64;
    }

    fn read_chunk(&mut self) -> Result<(), Trouble> {
        while let Some(room) = self.raw.get_mut(self.held..).filter(|room| !room.is_empty()) {
            match self.from.read(room) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(read) => {
                    self.hasher.update(room.get(..read).unwrap_or_default());
                    self.bytes += read as u64;
                    self.held += read;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

fn decoder(encoding: Encoding) -> Option<encoding_rs::Decoder> {
    Some(table(encoding)?.new_decoder_without_bom_handling())
}

/// The cell around a byte: up to the signs that separate cells and lines, and not too long.
fn cell_around(raw: &[u8], at: usize) -> Vec<u8> {
    const MAX: usize = 40;
    let ends = |byte: &u8| matches!(byte, b'\n' | b'\r' | b',' | b';' | b'\t' | b'|' | b'"');
    let (before, after) = raw.split_at(raw.len().min(at));
    let before = before.rsplit(ends).next().unwrap_or_default();
    let after = after.split(ends).next().unwrap_or_default();
    let before = before.get(before.len().saturating_sub(MAX)..).unwrap_or_default();
    let after = after.get(..after.len().min(MAX)).unwrap_or_default();
    [before, after].concat()
}

fn decode(decoder: &mut encoding_rs::Decoder, raw: &[u8], last: bool, to: &mut String) -> (usize, bool) {
    let room = decoder
        .max_utf8_buffer_length_without_replacement(raw.len())
        .unwrap_or(raw.len().saturating_mul(3));
    to.reserve(room);
    let (result, used) = decoder.decode_to_string_without_replacement(raw, to, last);
    match result {
        DecoderResult::InputEmpty | DecoderResult::OutputFull => (used, false),
        DecoderResult::Malformed(len, _) => (used.saturating_sub(usize::from(len)), true),
    }
}

fn copy_utf8(raw: &[u8], last: bool, to: &mut String) -> (usize, bool) {
    match std::str::from_utf8(raw) {
        Ok(text) => {
            to.push_str(text);
            (raw.len(), false)
        }
        Err(error) => {
            let good = raw.get(..error.valid_up_to()).unwrap_or_default();
            to.push_str(std::str::from_utf8(good).unwrap_or_default());
            (good.len(), last || error.error_len().is_some())
        }
    }
}

/// Another kind of file, by its first bytes.
fn other_kind(head: &[u8]) -> Option<&'static str> {
    let kinds: [(&[u8], &str); 6] = [
        (b"PK\x03\x04", "an Excel workbook (.xlsx) or a ZIP archive"),
        (
            b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
            "an old Excel workbook (.xls)",
        ),
        (b"%PDF-", "a PDF document"),
        (b"\x1F\x8B", "a gzip archive"),
        (b"SQLite format 3\0", "a database"),
        (b"{\\rtf", "an RTF document"),
    ];
    if let Some((_, what)) = kinds.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(what);
    }
    let text = head.trim_ascii_start();
    let begins = |start: &str| {
        text.get(..start.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(start.as_bytes()))
    };
    match text {
        [b'<', b'?', ..] if begins("<?xml") => Some("an XML document"),
        [b'<', b'!' | b'?' | b'/', ..] => Some("a web page (HTML), possibly a login page"),
        [b'<', letter, ..] if letter.is_ascii_alphabetic() => {
            Some("a web page (HTML), possibly a login page")
        }
        [b'{', rest @ ..] if matches!(rest.trim_ascii_start().first(), Some(b'"' | b'}')) => {
            Some("a JSON document")
        }
        [b'[', rest @ ..] if matches!(rest.trim_ascii_start().first(), Some(b'{' | b'[' | b'"' | b']')) => {
            Some("a JSON document")
        }
        _ if begins("BEGIN:VCARD") => Some("a vCard file (.vcf)"),
        _ if begins("BEGIN:VCALENDAR") => Some("a calendar (.ics)"),
        _ if SQL.iter().any(|start| begins(start)) => Some("an SQL script"),
        _ => None,
    }
}

/// How the dumps of databases begin.
const SQL: [&str; 11] = [
    "-- MySQL",
    "-- MariaDB",
    "-- phpMyAdmin",
    "-- PostgreSQL",
    "-- Dump",
    "--\n",
    "/*!",
    "INSERT INTO",
    "CREATE TABLE",
    "DROP TABLE",
    "BEGIN TRANSACTION",
];

/// UTF-16 without a mark: of the first bytes, all on one side are zero and few on the other.
fn unmarked_utf16(head: &[u8]) -> Option<Encoding> {
    let pairs = head.get(..head.len().min(512))?.chunks_exact(2);
    let (mut first, mut second, mut all) = (0_usize, 0_usize, 0_usize);
    for pair in pairs {
        all += 1;
        first += usize::from(pair.first() == Some(&0));
        second += usize::from(pair.last() == Some(&0));
    }
    match all {
        4.. if second * 4 >= all * 3 && first == 0 => Some(Encoding::Utf16Le),
        4.. if first * 4 >= all * 3 && second == 0 => Some(Encoding::Utf16Be),
        _ => None,
    }
}
