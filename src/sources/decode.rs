//! Bytes in any of the known encodings in, UTF-8 text out, piece by piece, with their fingerprint.

use std::io::{self, Read};

use encoding_rs::DecoderResult;

use super::problem::Trouble;
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
        };
        reader.read_chunk()?;
        let head = reader.raw.get(..reader.held).unwrap_or_default();
        let (marked, mark) = match head {
            [0xEF, 0xBB, 0xBF, ..] => (Some(Encoding::Utf8), 3),
            [0xFF, 0xFE, ..] => (Some(Encoding::Utf16Le), 2),
            [0xFE, 0xFF, ..] => (Some(Encoding::Utf16Be), 2),
            _ => (None, 0),
        };
        if marked.is_none() {
            if let Some(what) = other_kind(head) {
                return Err(Trouble::NotATable { what });
            }
            if declared.is_none()
                && let Some(looks_like) = unmarked_utf16(head)
            {
                return Err(Trouble::Utf16 { looks_like });
            }
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
            _ => copy_utf8(raw, last, to),
        };
        if bad {
            self.bad = Some(self.decoded + used as u64 + 1);
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
    let found = match encoding {
        Encoding::Utf8 | Encoding::Latin1 => return None,
        Encoding::Utf16Le => encoding_rs::UTF_16LE,
        Encoding::Utf16Be => encoding_rs::UTF_16BE,
        Encoding::Windows1252 => encoding_rs::WINDOWS_1252,
        Encoding::MacRoman => encoding_rs::MACINTOSH,
    };
    Some(found.new_decoder_without_bom_handling())
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
    let is_html = ["<!doctype html", "<html", "<table"].iter().any(|start| {
        text.get(..start.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(start.as_bytes()))
    });
    is_html.then_some("a web page (HTML), possibly a login page")
}

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
