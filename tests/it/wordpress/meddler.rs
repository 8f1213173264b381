//! Something between the command and the site: requests in; the site's answers, or what a test wants instead, out.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

/// What becomes of a request.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    /// It goes through.
    Pass,
    /// It never reaches the site; this comes back.
    Answer(String),
    /// It never reaches the site, and the connection is closed.
    Close,
    /// The site does the work, and its answer is lost.
    LoseTheAnswer,
    /// The site does the work, and its answer is cut after so many bytes of the body.
    Cut(usize),
    /// The site does the work, and this comes back in place of its answer.
    Instead(String),
}

/// A listener on a port of its own, for as long as the tests run.
pub(super) struct Meddler {
    pub(super) url: String,
}

/// An answer with a body.
pub(super) fn page(status: &str, kind: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

impl Meddler {
    /// Stands before the site at `url`. `decide` is asked for every request: its number from 0, and its first line.
    pub(super) fn before(url: &str, decide: impl Fn(usize, &str) -> Deed + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap();
        let target = url.trim_start_matches("http://").to_owned();
        let decide = Arc::new(decide);
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let (target, decide) = (target.clone(), Arc::clone(&decide));
                thread::spawn(move || {
                    if let Ok(stream) = stream {
                        // A client that goes away in between is what some tests want.
                        let _ = serve(stream, &target, |line| decide(number, line));
                    }
                });
            }
        });
        Self {
            url: format!("http://{own}"),
        }
    }
}

fn serve(mut client: TcpStream, target: &str, decide: impl Fn(&str) -> Deed) -> std::io::Result<()> {
    client.set_read_timeout(Some(Duration::from_secs(20)))?;
    let request = whole(&mut client)?;
    let text = String::from_utf8_lossy(&request);
    let deed = decide(text.lines().next().unwrap_or_default());
    match deed {
        Deed::Close => return Ok(()),
        Deed::Answer(answer) => return client.write_all(answer.as_bytes()),
        _ => {}
    }
    let mut site = TcpStream::connect(target)?;
    site.write_all(&one_only(&request, target))?;
    let mut answer = Vec::new();
    site.read_to_end(&mut answer)?;
    match deed {
        Deed::LoseTheAnswer => Ok(()),
        Deed::Instead(page) => client.write_all(page.as_bytes()),
        Deed::Cut(bytes) => {
            let body = end_of_head(&answer).unwrap_or(answer.len());
            client.write_all(&answer[..(body + bytes).min(answer.len())])
        }
        _ => client.write_all(&answer),
    }
}

/// A request, up to the end of its body.
fn whole(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut piece = [0; 16 * 1024];
    loop {
        if let Some(head) = end_of_head(&bytes) {
            let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
            let length = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"))
                .and_then(|length| length.trim().parse().ok())
                .unwrap_or(0);
            if bytes.len() >= head + length {
                return Ok(bytes);
            }
        }
        let read = stream.read(&mut piece)?;
        if read == 0 {
            return Ok(bytes);
        }
        bytes.extend_from_slice(&piece[..read]);
    }
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .map(|at| at + 4)
}

/// The request for the site itself, on a connection that ends with its answer.
fn one_only(request: &[u8], target: &str) -> Vec<u8> {
    let head = end_of_head(request).unwrap_or(request.len());
    let text = String::from_utf8_lossy(&request[..head]);
    let mut lines: Vec<String> = text
        .trim_end()
        .lines()
        .filter(|line| {
            let line = line.to_ascii_lowercase();
            !line.starts_with("connection:") && !line.starts_with("host:")
        })
        .map(str::to_owned)
        .collect();
    lines.insert(1, format!("Host: {target}"));
    lines.push("Connection: close".to_owned());
    let mut sent = lines.join("\r\n").into_bytes();
    sent.extend_from_slice(b"\r\n\r\n");
    sent.extend_from_slice(&request[head..]);
    sent
}
