//! HTTP as values: the request to send, and the response. No sockets here.

use super::Fault;

/// The methods in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpMethod {
    /// GET.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

impl HttpMethod {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What sending a request a second time would do. Only the system's contract knows: a lookup may be a POST, and
/// a DELETE may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    /// It only reads.
    Read,
    /// It writes; sending it again does no more than sending it once.
    Repeatable,
    /// It writes, and sending it again may do it twice.
    Once,
}

impl Safety {
    /// What it means when it is not known how far a request got.
    pub fn fault(self, why: String) -> Fault {
        match self {
            Self::Read => Fault::Transient { why },
            Self::Repeatable | Self::Once => Fault::Ambiguous { why },
        }
    }

    /// Whether it may be sent again after this fault, without a look at what became of it.
    pub fn may_repeat(self, fault: &Fault) -> bool {
        match fault {
            Fault::Throttled { .. } | Fault::Busy { .. } | Fault::Transient { .. } => true,
            Fault::Ambiguous { .. } => self != Self::Once,
            Fault::Unauthorised { .. } | Fault::Broken { .. } => false,
        }
    }
}

/// What a request carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpBody {
    /// Nothing.
    None,
    /// JSON, as text.
    Json(String),
    /// A form: names and values, not yet encoded.
    Form(Vec<(String, String)>),
}

/// One request to be sent. The transport adds the base URL and the credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// Method.
    pub method: HttpMethod,
    /// Path and query, starting with `/`.
    pub path: String,
    /// Headers of this request alone.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: HttpBody,
    /// What sending it again would do.
    pub safety: Safety,
    /// The class of requests that it counts in, where the system limits some kinds by themselves.
    pub class: Option<&'static str>,
}

impl HttpRequest {
    /// A request without a body.
    pub fn new(method: HttpMethod, path: impl Into<String>, safety: Safety) -> Self {
        Self {
            method,
            path: path.into(),
            headers: Vec::new(),
            body: HttpBody::None,
            safety,
            class: None,
        }
    }

    /// A GET that reads.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(HttpMethod::Get, path, Safety::Read)
    }

    /// A POST of JSON.
    pub fn post(path: impl Into<String>, json: String, safety: Safety) -> Self {
        Self::new(HttpMethod::Post, path, safety).json(json)
    }

    /// The same with a body of JSON.
    #[must_use]
    pub fn json(self, json: String) -> Self {
        Self {
            body: HttpBody::Json(json),
            ..self
        }
    }

    /// The same with a form as its body.
    #[must_use]
    pub fn form(self, fields: Vec<(String, String)>) -> Self {
        Self {
            body: HttpBody::Form(fields),
            ..self
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same, counted in a class of requests.
    #[must_use]
    pub fn class(self, class: &'static str) -> Self {
        Self {
            class: Some(class),
            ..self
        }
    }

    /// The body's JSON, where it is JSON.
    pub fn json_text(&self) -> Option<&str> {
        match &self.body {
            HttpBody::Json(text) => Some(text),
            HttpBody::None | HttpBody::Form(_) => None,
        }
    }
}

/// The headers of a response. Names are compared without regard to case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// Adds one; a name may come several times.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// The first value of a header.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The value of a header that comes once; one that comes twice says nothing.
    pub fn only(&self, name: &str) -> Option<&str> {
        let mut values = self.all(name);
        values.next().filter(|_| values.next().is_none())
    }

    /// The first value of a header, as a number.
    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.trim().parse().ok()
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let same = move |(known, _): &&(String, String)| known.eq_ignore_ascii_case(name);
        self.0.iter().filter(same).map(|(_, value)| value.as_str())
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let text = |(name, value): (N, V)| (name.into(), value.into());
        Self(pairs.into_iter().map(text).collect())
    }
}

/// One response, whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HttpResponse {
    /// Status code.
    pub status: u16,
    /// Headers, for code that knows those of the system.
    pub headers: Headers,
    /// The body, at most as much as the transport reads.
    pub body: String,
}

impl HttpResponse {
    /// A response without headers.
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: Headers::default(),
            body: body.into(),
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push(name, value);
        self
    }

    /// Whether the status says that it went well.
    pub fn is_success(&self) -> bool {
        (200..=299).contains(&self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found_whatever_their_case_and_one_that_comes_twice_is_no_single_value() {
        let headers: Headers = [("X-WP-Total", "7"), ("x-left", "2"), ("X-Left", "3")]
            .into_iter()
            .collect();
        assert_eq!(headers.only("x-wp-total"), Some("7"));
        assert_eq!((headers.get("X-LEFT"), headers.only("x-left")), (Some("2"), None));
        assert_eq!(headers.number::<u32>("x-wp-total"), Some(7));
        assert_eq!(headers.get("x"), None);
    }

    #[test]
    fn the_request_and_not_its_method_says_whether_it_may_be_repeated() {
        let cut = |safety: Safety| safety.fault("cut".to_owned());
        assert!(matches!(cut(Safety::Read), Fault::Transient { .. }));
        for (safety, may) in [(Safety::Repeatable, true), (Safety::Once, false)] {
            assert!(matches!(cut(safety), Fault::Ambiguous { .. }));
            assert_eq!(safety.may_repeat(&cut(safety)), may);
        }
        assert!(!Safety::Read.may_repeat(&Fault::Broken { why: String::new() }));
    }
}
