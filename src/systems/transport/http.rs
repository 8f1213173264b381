//! One request over HTTP: base URL, credentials, time limits, and what each failure means.

use std::{
    fmt,
    future::Future,
    net::IpAddr,
    pin::Pin,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use reqwest::{Client, Response, Url, header, redirect};

use super::super::{SystemError, Wire, fault_of_status};
use crate::model::{Fault, HttpMethod, HttpRequest, HttpResponse};

/// The longest answer that is read.
const MOST_BYTES: usize = 16 << 20;

/// What a transport proves itself with. In no message and no debug output.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Nothing.
    None,
    /// A token.
    Bearer(String),
    /// A name and a password.
    Basic {
        /// The name; holds no colon.
        user: String,
        /// The password.
        password: String,
    },
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Bearer(_) => "a token",
            Self::Basic { .. } => "a name and a password",
        })
    }
}

/// What an answer says that is not to be read as data; `None` where the body is.
pub type FaultOf = fn(HttpMethod, &HttpResponse) -> Option<Fault>;

/// Time limits of a transport, and how it reads refusals.
#[derive(Debug, Clone, Copy)]
pub struct TransportOptions {
    /// Until a connection stands.
    pub connect: Duration,
    /// Until an answer is read whole.
    pub whole: Duration,
    /// The system's own reading of a refusal.
    pub fault: FaultOf,
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            whole: Duration::from_mins(1),
            fault: fault_of_status,
        }
    }
}

/// Sends to one server.
pub struct HttpTransport {
    client: Client,
    base: Url,
    credentials: Credentials,
    fault: FaultOf,
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport")
            .field("base", &self.base.as_str())
            .finish_non_exhaustive()
    }
}

impl HttpTransport {
    /// A transport to the server at `url`. Plain `http` is taken for this machine only.
    pub fn new(url: &str, credentials: Credentials, options: TransportOptions) -> Result<Self, SystemError> {
        let base = base_of(url)?;
        // Fails only where it is installed already, which is what is wanted.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(options.connect)
            .timeout(options.whole);
        if base.scheme() == "http" {
            builder = builder.no_proxy().tls_certs_only([]);
        }
        let client = builder.build().map_err(|error| SystemError::Unreachable {
            doing: "set up TLS for",
            place: base.to_string(),
            why: error.without_url().to_string(),
        })?;
        Ok(Self {
            client,
            base,
            credentials,
            fault: options.fault,
        })
    }

    async fn exchange(&self, request: &HttpRequest) -> Result<HttpResponse, Fault> {
        let url = format!("{}{}", self.base.as_str().trim_end_matches('/'), request.path);
        let mut builder = match request.method {
            HttpMethod::Get => self.client.get(url),
            HttpMethod::Post => self.client.post(url),
        }
        .header(header::ACCEPT, "application/json");
        builder = match &self.credentials {
            Credentials::None => builder,
            Credentials::Bearer(token) => builder.bearer_auth(token),
            Credentials::Basic { user, password } => builder.basic_auth(user, Some(password)),
        };
        if let Some(key) = &request.idempotency_key {
            builder = builder.header("Idempotency-Key", key);
        }
        if let Some(body) = &request.body {
            builder = builder
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.clone());
        }
        let lost = |error: reqwest::Error| self.lost(request.method, error);
        let mut response = builder.send().await.map_err(lost)?;
        let mut answer = HttpResponse {
            status: response.status().as_u16(),
            body: String::new(),
            retry_after: header_text(&response, header::RETRY_AFTER.as_str()).and_then(retry_after),
            remaining: header_text(&response, "x-ratelimit-remaining")
                .and_then(|text| text.trim().parse().ok()),
            location: header_text(&response, header::LOCATION.as_str()).map(str::to_owned),
            total: total(&response),
        };
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if bytes.len() + chunk.len() > MOST_BYTES {
                return Err(Fault::Broken {
                    why: format!("{} sends an answer of more than 16 MiB", self.base),
                });
            }
            bytes.extend_from_slice(&chunk);
        }
        answer.body = String::from_utf8_lossy(&bytes).into_owned();
        match (self.fault)(request.method, &answer) {
            None => Ok(answer),
            Some(fault) => Err(fault),
        }
    }

    /// What a failure of the connection means: before a connection stood nothing was sent.
    fn lost(&self, method: HttpMethod, error: reqwest::Error) -> Fault {
        let nothing_sent = error.is_connect() || error.is_builder();
        let what = match (nothing_sent, error.is_timeout()) {
            (true, _) => "cannot be reached",
            (false, true) => "did not answer in time",
            (false, false) => "closed the connection",
        };
        let mut cause: &dyn std::error::Error = &error.without_url();
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        let why = format!("{} {what}: {cause}", self.base);
        if nothing_sent || method == HttpMethod::Get {
            Fault::Transient { why }
        } else {
            Fault::Ambiguous { why }
        }
    }
}

impl Wire for HttpTransport {
    fn send<'a>(
        &'a self,
        request: &'a HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, Fault>> + Send + 'a>> {
        Box::pin(self.exchange(request))
    }
}

fn header_text<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers().get(name)?.to_str().ok()
}

/// How many rows a list has. A header that comes twice, or holds anything but a number, says nothing.
fn total(response: &Response) -> Option<u64> {
    let mut values = response.headers().get_all("x-wp-total").iter();
    match (values.next(), values.next()) {
        (Some(only), None) => only.to_str().ok()?.trim().parse().ok(),
        _ => None,
    }
}

/// Seconds, or a date.
fn retry_after(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let until = u64::try_from(date.timestamp().as_second()).unwrap_or_default();
    Some(Duration::from_secs(until).saturating_sub(now))
}

/// The parsed base URL. Errors never repeat a password that stands in it.
fn base_of(text: &str) -> Result<Url, SystemError> {
    let unlike = |place: &str, why: &str| SystemError::Unlike {
        place: place.to_owned(),
        expected: "a URL to connect to".to_owned(),
        why: why.to_owned(),
    };
    let Ok(url) = Url::parse(text.trim()) else {
        return Err(unlike(
            "the url",
            "it cannot be read; write it like https://crm.example.com",
        ));
    };
    if !matches!(url.scheme(), "http" | "https") {
        return Err(unlike("the url", "it must start with https://"));
    }
    let place = format!(
        "{}://{}{}",
        url.scheme(),
        url.host_str().unwrap_or_default(),
        url.path()
    );
    if !url.username().is_empty() || url.password().is_some() {
        return Err(unlike(
            &place,
            "a name or password stands in it; give the token by { env = } or { file = }",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(unlike(&place, "it goes on after ? or #; give the part before"));
    }
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let this_machine = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    match url.scheme() {
        "https" => Ok(url),
        "http" if this_machine => Ok(url),
        "http" => Err(unlike(
            &place,
            "http would send the token in the clear; use https",
        )),
        _ => Err(unlike(&place, "it must start with https://")),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[test]
    fn a_base_url_is_safe_or_refused_without_repeating_secrets() {
        for good in [
            "https://crm.example.com/api/",
            "http://127.0.0.1:8080",
            "http://[::1]:1",
            "http://localhost",
        ] {
            assert!(base_of(good).is_ok(), "{good}");
        }
        for (bad, words) in [
            ("http://crm.example.com", "in the clear"),
            ("https://me:hunter2@crm.example.com", "a name or password"),
            ("ftp://crm.example.com", "https://"),
            ("https://crm.example.com?token=hunter2", "after ?"),
            ("crm:hunter2@", "https://"),
            ("::", "cannot be read"),
        ] {
            let error = base_of(bad).unwrap_err().to_string();
            assert!(error.contains(words) && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn the_token_is_in_no_debug_output() {
        let options = TransportOptions::default();
        let transport = HttpTransport::new(
            "http://127.0.0.1:9",
            Credentials::Bearer("hunter2".to_owned()),
            options,
        )
        .unwrap();
        assert!(!format!("{transport:?}").contains("hunter2"));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(retry_after(" 7 "), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert_eq!(retry_after("soon"), None);
    }

    #[tokio::test]
    async fn the_count_of_a_list_is_read_where_it_is_one_number() {
        for (head, total) in [
            ("X-WP-Total: 250\r\n", Some(250)),
            ("x-wp-total:  7 \r\n", Some(7)),
            ("X-WP-Total: many\r\n", None),
            ("X-WP-Total: -1\r\n", None),
            ("X-WP-Total: 2\r\nX-WP-Total: 3\r\n", None),
            ("", None),
        ] {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let served = async {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut asked = [0; 4096];
                let _ = stream.read(&mut asked).await.unwrap();
                let answer = format!("HTTP/1.1 200 OK\r\n{head}Content-Length: 2\r\n\r\n[]");
                stream.write_all(answer.as_bytes()).await.unwrap();
            };
            let transport = HttpTransport::new(&url, Credentials::None, TransportOptions::default()).unwrap();
            let request = HttpRequest {
                method: HttpMethod::Get,
                path: "/wp-json/wp/v2/users".to_owned(),
                body: None,
                idempotency_key: None,
            };
            let (answer, ()) = tokio::join!(transport.send(&request), served);
            assert_eq!(answer.unwrap().total, total, "{head:?}");
        }
    }

    #[tokio::test]
    async fn nobody_there_is_transient() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", closed.local_addr().unwrap());
        drop(closed);
        let transport = HttpTransport::new(&url, Credentials::None, TransportOptions::default()).unwrap();
        let request = HttpRequest {
            method: HttpMethod::Post,
            path: "/v1/tags".to_owned(),
            body: Some("{}".to_owned()),
            idempotency_key: None,
        };
        let fault = transport.send(&request).await.unwrap_err();
        assert!(
            matches!(&fault, Fault::Transient { why } if why.contains("cannot be reached")),
            "{fault:?}"
        );
    }
}
