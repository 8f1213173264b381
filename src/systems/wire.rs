//! The way to a server: one request in, its response or a fault out.

use std::{future::Future, pin::Pin};

use crate::model::{Fault, HttpRequest, HttpResponse};

/// What came of a request, later.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<HttpResponse, Fault>> + Send + 'a>>;

/// Sends one request and waits for its response, whole. A response that says by its status or wording that nothing
/// else is to be read in it comes back as the [`Fault`] that it means.
pub trait Wire: Send + Sync {
    /// Sends.
    fn send<'a>(&'a self, request: &'a HttpRequest) -> Sending<'a>;

    /// Sends at once, whatever the pace: only what gives something back, and must not wait behind what takes.
    fn send_unpaced<'a>(&'a self, request: &'a HttpRequest) -> Sending<'a> {
        self.send(request)
    }
}
