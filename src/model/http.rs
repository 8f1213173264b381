//! HTTP as values: what a protocol wants sent, and what came back. No sockets here.

use std::time::Duration;

/// The methods in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpMethod {
    /// Reads.
    Get,
    /// Writes.
    Post,
}

/// One request to be sent. The transport adds the base URL and the credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// Method.
    pub method: HttpMethod,
    /// Path and query, starting with `/`.
    pub path: String,
    /// JSON body, for a POST.
    pub body: Option<String>,
    /// Sent as `Idempotency-Key` where the system knows such a header.
    pub idempotency_key: Option<String>,
}

/// One answer, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// Status code.
    pub status: u16,
    /// The body, at most as much as the transport reads.
    pub body: String,
    /// `Retry-After`, already turned into a span of time.
    pub retry_after: Option<Duration>,
    /// Requests left in the window, where the server says so.
    pub remaining: Option<u32>,
    /// Where a redirection leads.
    pub location: Option<String>,
    /// How many rows a list has in all (`X-WP-Total`), where the server says so.
    pub total: Option<u64>,
}
