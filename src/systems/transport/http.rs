//! One request over HTTP: base URL, credentials, time limits, and what each failure means.

use std::{fmt, net::IpAddr, time::Duration};

use reqwest::{
    Client, Method, Url,
    header::{self, HeaderMap, HeaderName, HeaderValue},
    redirect,
};

use super::Credentials;
use crate::{
    model::{Fault, HttpBody, HttpMethod, HttpRequest, HttpResponse, Safety},
    systems::SystemError,
};

/// Who asks: some systems refuse requests that do not say.
const USER_AGENT: &str = concat!("rehome/", env!("CARGO_PKG_VERSION"));
/// The longest answer that is read.
const MOST_BYTES: usize = 16 << 20;

/// Time limits of a transport.
#[derive(Debug, Clone, Copy)]
pub struct TransportOptions {
    /// Until a connection is.
    pub connect: Duration,
    /// Until an answer is read whole.
    pub whole: Duration,
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            whole: Duration::from_mins(1),
        }
    }
}

/// Sends to one server.
pub struct HttpTransport {
    client: Client,
    base: Url,
    credentials: Credentials,
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
            .user_agent(USER_AGENT)
            .default_headers(secrets(&credentials, &base)?)
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
        })
    }

    /// Sends one request and waits for its response, whole, whatever its status.
    pub async fn send(&self, request: &HttpRequest) -> Result<HttpResponse, Fault> {
        let url = self.url(&request.path);
        let method = match request.method {
            HttpMethod::Get => Method::GET,
            HttpMethod::Post => Method::POST,
            HttpMethod::Put => Method::PUT,
            HttpMethod::Patch => Method::PATCH,
            HttpMethod::Delete => Method::DELETE,
        };
        let mut builder = self
            .client
            .request(method, url)
            .header(header::ACCEPT, "application/json");
        builder = match &self.credentials {
            // Secret headers go with every request of the client.
            Credentials::None | Credentials::Headers(_) => builder,
            Credentials::Basic { user, password } => builder.basic_auth(user, Some(password)),
        };
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        builder = match &request.body {
            HttpBody::None => builder,
            HttpBody::Json(text) => builder
                .header(header::CONTENT_TYPE, "application/json")
                .body(text.clone()),
            HttpBody::Form(fields) => builder
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(self.form(fields)),
        };
        let lost = |error: reqwest::Error| self.lost(request.safety, error);
        let mut response = builder.send().await.map_err(lost)?;
        let text = |(name, value): (&HeaderName, &HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        let headers = response.headers().iter().filter_map(text).collect();
        let status = response.status().as_u16();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if bytes.len() + chunk.len() > MOST_BYTES {
                return Err(Fault::Broken {
                    why: format!("{} sends a response of more than 16 MiB", self.base),
                });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(HttpResponse {
            status,
            headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        })
    }

    /// The whole address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base.as_str().trim_end_matches('/'))
    }

    /// Names and values as a form's text: the same as a query's.
    fn form(&self, fields: &[(String, String)]) -> String {
        let mut url = self.base.clone();
        url.query_pairs_mut().clear().extend_pairs(fields);
        url.query().unwrap_or_default().to_owned()
    }

    /// What a failure of the connection means: before a connection stood nothing was sent.
    fn lost(&self, safety: Safety, error: reqwest::Error) -> Fault {
        let nothing_sent = error.is_connect() || error.is_builder();
        let what = match (nothing_sent, error.is_timeout()) {
            (true, _) => "cannot be reached",
            (false, true) => "did not answer in time",
            (false, false) => "closed the connection",
        };
        let mut cause: &dyn std::error::Error = &error.without_url();
        let mut distrusted = certificate(cause);
        while let Some(deeper) = cause.source() {
            cause = deeper;
            distrusted |= certificate(cause);
        }
        if distrusted {
            // It will not be another one by asking again.
            return Fault::Broken {
                why: format!("{} has no valid certificate: {cause}", self.base),
            };
        }
        let why = format!("{} {what}: {cause}", self.base);
        if nothing_sent {
            Fault::Transient { why }
        } else {
            safety.fault(why)
        }
    }
}

/// True where the server could not prove who it is.
fn certificate(error: &(dyn std::error::Error + 'static)) -> bool {
    let of_tls = |error: &(dyn std::error::Error + 'static)| {
        matches!(
            error.downcast_ref::<rustls::Error>(),
            Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented)
        )
    };
    let inner = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    of_tls(error) || inner.is_some_and(|inner| of_tls(inner))
}

/// The secret headers, in no debug output.
fn secrets(credentials: &Credentials, base: &Url) -> Result<HeaderMap, SystemError> {
    let mut map = HeaderMap::new();
    if let Credentials::Headers(headers) = credentials {
        for (name, secret) in headers {
            let mut value = HeaderValue::from_str(secret).map_err(|_| SystemError::Unauthorised {
                place: base.to_string(),
                why: format!("the secret for {name} has characters that no header can have"),
            })?;
            value.set_sensitive(true);
            map.insert(*name, value);
        }
    }
    Ok(map)
}

/// The parsed base URL. Errors never repeat a password that is in it.
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
            "it contains a user name or password; set the token with { env = } or { file = }",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(unlike(&place, "it contains ? or #; use only the part before"));
    }
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let this_machine = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    match url.scheme() {
        "https" => Ok(url),
        "http" if this_machine => Ok(url),
        "http" => Err(unlike(&place, "http would send the token unencrypted; use https")),
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
            ("http://crm.example.com", "unencrypted"),
            ("https://me:hunter2@crm.example.com", "a user name or password"),
            ("ftp://crm.example.com", "https://"),
            ("https://crm.example.com?token=hunter2", "contains ?"),
            ("crm:hunter2@", "https://"),
            ("::", "cannot be read"),
        ] {
            let error = base_of(bad).unwrap_err().to_string();
            assert!(error.contains(words) && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_certificate_that_is_not_valid_is_found_however_deep_it_is_wrapped() {
        let invalid = || rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        assert!(certificate(&invalid()));
        assert!(certificate(&std::io::Error::other(invalid())));
        assert!(certificate(&std::io::Error::other(
            rustls::Error::NoCertificatesPresented
        )));
        assert!(!certificate(&std::io::Error::other("reset")));
        let fault = Fault::Broken { why: String::new() };
        assert!(!Safety::Read.may_repeat(&fault));
    }

    #[test]
    fn the_token_is_in_no_debug_output() {
        let credentials = Credentials::bearer("hunter2");
        let options = TransportOptions::default();
        let transport = HttpTransport::new("http://127.0.0.1:9", credentials, options).unwrap();
        assert!(!format!("{transport:?}").contains("hunter2"));
    }

    /// What a server hears of a request, in lower case up to the body, and what the transport hears of this answer.
    async fn heard(
        credentials: Credentials,
        request: &HttpRequest,
        answer: &str,
    ) -> (String, Result<HttpResponse, Fault>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/api", listener.local_addr().unwrap());
        let served = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut text = Vec::new();
            while !text.ends_with(b"end") {
                let mut some = [0; 4096];
                let read = stream.read(&mut some).await.unwrap();
                text.extend_from_slice(&some[..read]);
                if text.ends_with(b"\r\n\r\n") && request.body == HttpBody::None {
                    break;
                }
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8(text).unwrap()
        };
        let transport = HttpTransport::new(&url, credentials, TransportOptions::default()).unwrap();
        let (answer, text) = tokio::join!(transport.send(request), served);
        (text, answer)
    }

    const EMPTY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    #[tokio::test]
    async fn a_request_is_sent_with_its_method_headers_body_and_secrets() {
        let secrets =
            Credentials::Headers(vec![("Api-Appid", "a1".to_owned()), ("Api-Key", "k2".to_owned())]);
        for (method, word) in [
            (HttpMethod::Put, "PUT"),
            (HttpMethod::Patch, "PATCH"),
            (HttpMethod::Delete, "DELETE"),
            (HttpMethod::Post, "POST"),
        ] {
            let form = vec![
                ("email".to_owned(), "ann+a@example.com".to_owned()),
                ("x y".to_owned(), "a&b=end".to_owned()),
            ];
            let request = HttpRequest::new(method, "/v1/contacts/7", Safety::Once)
                .header("X-Test", "on")
                .form(form);
            let (text, answer) = heard(secrets.clone(), &request, EMPTY).await;
            assert!(
                text.starts_with(&format!("{word} /api/v1/contacts/7 HTTP/1.1\r\n")),
                "{text}"
            );
            let head = text.to_ascii_lowercase();
            for line in [
                "api-appid: a1",
                "api-key: k2",
                "x-test: on",
                "content-type: application/x-www-form-urlencoded",
                concat!("user-agent: rehome/", env!("CARGO_PKG_VERSION")),
            ] {
                assert!(
                    head.contains(&format!("\r\n{line}\r\n")),
                    "{line} is not in {text}"
                );
            }
            assert!(
                text.ends_with("\r\n\r\nemail=ann%2Ba%40example.com&x+y=a%26b%3Dend"),
                "{text}"
            );
            assert_eq!(answer.unwrap().status, 200);
        }
        let request = HttpRequest::post("/x", "{\"a\":\"end".to_owned(), Safety::Once);
        let (text, _) = heard(Credentials::bearer("t0ken"), &request, EMPTY).await;
        assert!(
            text.to_ascii_lowercase()
                .contains("\r\nauthorization: bearer t0ken\r\n"),
            "{text}"
        );
        assert!(text.ends_with("{\"a\":\"end"), "{text}");
    }

    #[tokio::test]
    async fn a_response_comes_with_its_headers_whatever_its_status() {
        let answer = "HTTP/1.1 429 Too Many\r\nX-WP-Total: 2\r\nx-wp-total: 3\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n[]";
        let (_, answer) = heard(Credentials::None, &HttpRequest::get("/a"), answer).await;
        let answer = answer.unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (429, "[]"));
        assert_eq!(answer.headers.get("retry-after"), Some("7"));
        assert_eq!(answer.headers.only("X-WP-Total"), None);
    }

    #[test]
    fn a_secret_that_no_header_can_have_is_refused_and_never_repeated() {
        let credentials = Credentials::bearer("hunter2\nX: y");
        let error = HttpTransport::new("http://127.0.0.1:9", credentials, TransportOptions::default());
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("Authorization") && !error.contains("hunter2"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn nobody_there_is_transient_and_a_cut_connection_is_what_the_request_says() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", closed.local_addr().unwrap());
        drop(closed);
        let transport = HttpTransport::new(&url, Credentials::None, TransportOptions::default()).unwrap();
        let request = HttpRequest::post("/v1/tags", "{}".to_owned(), Safety::Once);
        let fault = transport.send(&request).await.unwrap_err();
        assert!(
            matches!(&fault, Fault::Transient { why } if why.contains("cannot be reached")),
            "{fault:?}"
        );
        for (safety, transient) in [
            (Safety::Read, true),
            (Safety::Repeatable, false),
            (Safety::Once, false),
        ] {
            let request = HttpRequest::new(HttpMethod::Post, "/", safety);
            let (_, answer) = heard(
                Credentials::None,
                &request,
                "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[",
            )
            .await;
            let fault = answer.unwrap_err();
            assert_eq!(matches!(fault, Fault::Transient { .. }), transient, "{fault:?}");
        }
    }
}
