//! The only place that writes to standard output and standard error.

use std::io::{self, IsTerminal, Write};

use super::Exit;

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

    /// A piece of the result.
    pub(super) fn result(&mut self, text: &str) {
        self.write(|out| out.write_all(text.as_bytes()));
    }

    /// A JSON document of the result.
    pub(super) fn json(&mut self, value: &serde_json::Value) {
        self.write(|out| {
            serde_json::to_writer_pretty(&mut *out, value)?;
            out.write_all(b"\n")
        });
    }

    /// A result that is written piece by piece.
    pub(super) fn write(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        if self.broken.is_none() {
            self.broken = write(&mut self.out).err();
        }
    }

    /// Something said besides the result.
    pub(super) fn say(&mut self, text: &str) {
        // The result first, so that both come in order on one terminal.
        self.flush();
        // If standard error fails, there is nowhere to report it.
        let _ = io::stderr().write_all(text.as_bytes());
    }

    /// Shows what was written so far.
    pub(super) fn flush(&mut self) {
        self.write(|out| out.flush());
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
