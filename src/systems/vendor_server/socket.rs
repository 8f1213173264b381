//! A connection in; its requests read, and their replies written, cut or torn, out.

use std::{
    io::{self, BufRead, BufReader, Write},
    net::TcpStream,
};

use serde_json::Value;

/// The longest request that is read.
const MOST_BYTES: usize = 4 << 20;

/// One request.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `GET` and so on.
    pub method: String,
    /// The path, as it was sent.
    pub path: String,
    /// What follows `?`, as it was sent.
    pub query: String,
    headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Asked {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// A request that has nothing but a query.
    pub(crate) fn from_query(query: &str) -> Self {
        Self {
            method: String::new(),
            path: String::new(),
            query: query.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// A value of the query, decoded.
    pub fn query(&self, name: &str) -> Option<String> {
        let mut pairs = self.queries().into_iter();
        pairs.find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// All keys and values of the query, decoded.
    pub fn queries(&self) -> Vec<(String, String)> {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs
            .map(|(key, value)| (decoded_query(key), decoded_query(value)))
            .collect()
    }

    /// The text of a part of a path: `%` and two digits are a byte.
    pub fn decoded(part: &str) -> String {
        let mut bytes = Vec::new();
        let mut rest = part.as_bytes();
        while let [first, after @ ..] = rest {
            let digit = |at: usize| after.get(at).and_then(|byte| char::from(*byte).to_digit(16));
            let pair = digit(0)
                .zip(digit(1))
                .and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
            let (byte, taken) = match (*first, pair) {
                (b'%', Some(byte)) => (byte, 3),
                (byte, _) => (byte, 1),
            };
            bytes.push(byte);
            rest = rest.get(taken..).unwrap_or_default();
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// The text of a part of a query: `+` is a space.
fn decoded_query(part: &str) -> String {
    Asked::decoded(&part.replace('+', " "))
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
pub struct Reply {
    status: u16,
    kind: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
    written: Written,
}

impl Reply {
    /// JSON.
    pub fn json(status: u16, body: &Value) -> Self {
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

    /// Text.
    pub fn text(status: u16, text: &str) -> Self {
        Self {
            kind: "text/plain",
            body: text.to_owned(),
            ..Self::json(status, &Value::Null)
        }
    }

    /// A page of something in between.
    pub fn html(status: u16, page: &str) -> Self {
        Self {
            kind: "text/html",
            body: page.to_owned(),
            ..Self::json(status, &Value::Null)
        }
    }

    /// No reply: the connection is closed.
    pub fn cut() -> Self {
        Self {
            written: Written::Nothing,
            ..Self::json(200, &Value::Null)
        }
    }

    /// The same, closed in the middle of its body.
    #[must_use]
    pub fn torn(self) -> Self {
        Self {
            written: Written::Half,
            ..self
        }
    }

    /// The same with half of its text, as a whole body.
    #[must_use]
    pub fn cut_text(mut self) -> Self {
        let half = (self.body.len() / 2..self.body.len()).find(|at| self.body.is_char_boundary(*at));
        self.body.truncate(half.unwrap_or_default());
        self
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The body.
    pub fn body(&self) -> &str {
        &self.body
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_with_its_query_decoded() {
        let text = "GET /a?x=1%2C2+3&y=%zz&z HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}";
        let asked = read(&mut text.as_bytes()).unwrap().unwrap();
        assert_eq!(asked.query("x").as_deref(), Some("1,2 3"));
        assert_eq!(asked.query("y").as_deref(), Some("%zz"));
        assert_eq!(asked.query("z").as_deref(), Some(""));
        assert_eq!((asked.header("HOST"), &asked.body[..]), (Some("h"), &b"{}"[..]));
        assert!(read(&mut "GET".as_bytes()).is_err());
        assert!(read(&mut "".as_bytes()).unwrap().is_none());
    }
}
