//! The only place that writes to standard output and standard error.

use std::io::{self, IsTerminal, Write};

use super::Exit;
use crate::text::{printable, printable_lines, steers};

/// Standard output for results, standard error for everything said beside them.
#[derive(Debug)]
pub(super) struct Printer {
    out: io::BufWriter<io::Stdout>,
    broken: Option<io::Error>,
}

impl Printer {
    pub(super) fn new() -> Self {
        Self {
            out: io::BufWriter::new(io::stdout()),
            broken: None,
        }
    }

    /// Whether diagnostics may be coloured.
    pub(super) fn colour() -> bool {
        let choice = anstream::AutoStream::choice(&io::stderr());
        choice != anstream::ColorChoice::Never && io::stderr().is_terminal()
    }

    /// A piece of the result. Nothing in it steers the terminal, wherever its words come from.
    pub(super) fn result(&mut self, text: &str) {
        self.machine(|out| out.write_all(printable_lines(text).as_bytes()));
    }

    /// A JSON document of the result: the same values, with what steers a terminal written as JSON's own escapes.
    pub(super) fn json(&mut self, value: &serde_json::Value) {
        let text = serde_json::to_string_pretty(value).unwrap_or_default();
        self.machine(|out| {
            out.write_all(json_escaped(&text).as_bytes())?;
            out.write_all(b"\n")
        });
    }

    /// A file for machines that goes to standard output, exactly as it is.
    pub(super) fn machine(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        if self.broken.is_none() {
            self.broken = write(&mut self.out).err();
        }
    }

    /// Something said besides the result. Nothing in it steers the terminal.
    pub(super) fn say(&mut self, text: &str) {
        self.say_raw(&printable_lines(text));
    }

    /// An error or a remark of one line: whatever a site or a file put into it, it stays one line.
    pub(super) fn say_line(&mut self, text: &str) {
        self.say_raw(&format!("{}\n", printable(text)));
    }

    /// The same with our own colours, and nothing else that steers.
    pub(super) fn say_coloured(&mut self, text: &str) {
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("\u{1b}[") {
            let (before, from) = rest.split_at(at);
            shown.push_str(&printable_lines(before));
            let digits = from[2..]
                .find(|c: char| !c.is_ascii_digit() && c != ';')
                .unwrap_or(from.len() - 2);
            let end = if from[2 + digits..].starts_with('m') {
                3 + digits
            } else {
                0
            };
            shown.push_str(&from[..end]);
            let skip = end.max(2);
            if end == 0 {
                shown.push_str("\\u{1b}[");
            }
            rest = &from[skip..];
        }
        shown.push_str(&printable_lines(rest));
        self.say_raw(&shown);
    }

    fn say_raw(&mut self, text: &str) {
        // The result first, so that both come in order on one terminal.
        self.flush();
        // If standard error fails, there is nowhere to report it.
        let _ = io::stderr().write_all(text.as_bytes());
    }

    /// Shows what was written so far.
    pub(super) fn flush(&mut self) {
        self.machine(|out| out.flush());
    }

    /// Ends the output. A reader that went away (`| head`) is no error; a full disk is.
    pub(super) fn finish(mut self, exit: Exit) -> Exit {
        self.flush();
        match self.broken {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                let _ = writeln!(io::stderr(), "error: cannot write the result: {error}");
                Exit::Error
            }
            _ => exit,
        }
    }
}

/// JSON with what steers a terminal as escapes, which stand for the same characters.
fn json_escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) && c != '\n' {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::json_escaped;

    #[test]
    fn json_keeps_its_values_and_steers_nothing() {
        let value = serde_json::json!({ "name": "a\u{9b}2J\u{202e}b\u{e0041}\u{2028}\n" });
        let text = json_escaped(&serde_json::to_string_pretty(&value).unwrap());
        assert!(text.is_ascii(), "{text}");
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back, value);
    }
}
