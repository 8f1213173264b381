//! A connection in; its requests read, and their replies written, cut or torn, out.

use std::{
    io::{self, BufRead, BufReader, Write},
    net::TcpStream,
};

use serde_json::{Value, json};

/// The longest request that is read.
const MOST_BYTES: usize = 4 << 20;

/// One request.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Asked {
    /// The first value of a header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// A value of the query.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .into_iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }
}

/// How much of a reply is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Whole,
    /// Half of the body, then the connection is closed.
    Half,
    /// Nothing: the connection is closed.
    Nothing,
}

/// What a request gets.
#[derive(Debug)]
pub(super) struct Reply {
    status: u16,
    kind: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
    written: Written,
}

impl Reply {
    /// JSON.
    pub(super) fn json(status: u16, body: &Value) -> Self {
        let body = if status == 204 {
            String::new()
        } else {
            body.to_string()
        };
        Self {
            status,
            kind: "application/json",
            headers: Vec::new(),
            body,
            written: Written::Whole,
        }
    }

    /// A refusal.
    pub(super) fn error(status: u16, code: &str, message: &str) -> Self {
        Self::error_of(status, code, None, message)
    }

    /// A refusal of one class of requests.
    pub(super) fn error_of(status: u16, code: &str, class: Option<&str>, message: &str) -> Self {
        let error = json!({ "code": code, "class": class, "message": message });
        Self::json(status, &json!({ "error": error }))
    }

    /// A page of something in between.
    pub(super) fn html(status: u16, page: &str) -> Self {
        Self {
            kind: "text/html",
            body: page.to_owned(),
            ..Self::json(status, &Value::Null)
        }
    }

    /// No reply: the connection is closed.
    pub(super) fn cut() -> Self {
        Self {
            written: Written::Nothing,
            ..Self::json(200, &Value::Null)
        }
    }

    /// The same, closed in the middle of its body.
    pub(super) fn torn(self) -> Self {
        Self {
            written: Written::Half,
            ..self
        }
    }

    /// The same with half of its text, as a whole body.
    pub(super) fn cut_text(mut self) -> Self {
        let half = (self.body.len() / 2..self.body.len()).find(|at| self.body.is_char_boundary(*at));
        self.body.truncate(half.unwrap_or_default());
        self
    }

    /// The same with one more header.
    pub(super) fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The value of a header.
    #[cfg(test)]
    pub(super) fn header_value(&self, name: &str) -> Option<String> {
        let found = self.headers.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone())
    }

    fn write(&self, mut to: &TcpStream) -> io::Result<()> {
        let body = self.body.as_bytes();
        let mut text = format!("HTTP/1.1 {} Said\r\nContent-Type: {}\r\n", self.status, self.kind);
        if self.status != 204 {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        let mut bytes = text.into_bytes();
        match self.written {
            Written::Whole => bytes.extend_from_slice(body),
            Written::Half => bytes.extend_from_slice(&body[..body.len() / 2]),
            Written::Nothing => return Err(io::ErrorKind::ConnectionAborted.into()),
        }
        to.write_all(&bytes)?;
        to.flush()?;
        match self.written {
            Written::Whole => Ok(()),
            _ => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}

/// Serves a connection to its end.
pub(super) fn serve(stream: &TcpStream, mut handle: impl FnMut(&Asked) -> Reply) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut from = BufReader::new(stream);
    while let Some(asked) = read(&mut from)? {
        handle(&asked).write(stream)?;
    }
    Ok(())
}

fn read(from: &mut impl BufRead) -> io::Result<Option<Asked>> {
    let bad = || io::Error::from(io::ErrorKind::InvalidData);
    let mut line = String::new();
    if from.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let (method, target) = (words.next().ok_or_else(bad)?, words.next().ok_or_else(bad)?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut asked = Asked {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(bad)?;
        asked
            .headers
            .push((name.trim().to_owned(), value.trim().to_owned()));
    }
    let length = asked.header("content-length").map_or(Ok(0), str::parse::<usize>);
    let length = length.map_err(|_| bad())?;
    if length > MOST_BYTES {
        return Err(bad());
    }
    asked.body = vec![0; length];
    from.read_exact(&mut asked.body)?;
    Ok(Some(asked))
}
