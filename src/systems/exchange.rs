//! What a system is asked for, as a state machine over text: it says what to send, hears what came back, and ends
//! with a result.
//!
//! Greeting a system, reading everything, carrying an operation out, looking at members, taking the lease and
//! sending email are all exchanges, and one driver runs them (`transport/drive.rs`). An exchange knows no socket, no
//! clock and no pace. It may take several requests, wait between them, and ask until a job is done.

use std::time::Duration;

use crate::model::{Fault, HttpRequest, HttpResponse};

/// What came of the last request: `None` at the start, after a pause and after [`ExchangeStep::Again`].
pub type Last<'a> = Option<Result<&'a HttpResponse, &'a Fault>>;

/// What an exchange wants next.
#[derive(Debug)]
pub enum ExchangeStep<T, E = Fault> {
    /// Send this and come back with what came of it.
    Send(HttpRequest),
    /// Come back after this time: work that was begun is not done yet.
    Wait(Duration),
    /// Something in between spoke (a proxy, a maintenance page), and it may pass: come back after a pause that the
    /// driver chooses. It is the error where that was tried often enough.
    Again(E),
    /// It ended well.
    Done(T),
    /// It ended with an error.
    Failed(E),
}

impl<T, E> From<Result<Self, E>> for ExchangeStep<T, E> {
    fn from(step: Result<Self, E>) -> Self {
        step.unwrap_or_else(Self::Failed)
    }
}

/// An exchange of text with a system. The driver calls [`Self::next`] until it is done or has failed.
pub trait Exchange<T, E = Fault>: Send {
    /// Takes what came of the last request and says what to do next. A fault comes here only once the driver no
    /// longer tries the same request again.
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<T, E>;

    /// A request met this fault, and the driver sends it again.
    fn repeated(&mut self, fault: &Fault) {
        let _ = fault;
    }

    /// How far it is, where it is long: done so far, total where known.
    fn progress(&self) -> Option<(u64, Option<u64>)> {
        None
    }
}

/// The exchange that most are: one request, and what the response to it means.
pub struct OneRequest<F> {
    request: Option<HttpRequest>,
    read: F,
}

impl<F> OneRequest<F> {
    /// Sends `request`; `read` says what its response means.
    pub fn new(request: HttpRequest, read: F) -> Self {
        Self {
            request: Some(request),
            read,
        }
    }
}

impl<T, F> Exchange<T> for OneRequest<F>
where
    F: FnMut(&HttpResponse) -> Result<T, Fault> + Send,
{
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<T> {
        match (last, self.request.take()) {
            (None, Some(request)) => ExchangeStep::Send(request),
            (Some(Ok(response)), _) => {
                (self.read)(response).map_or_else(ExchangeStep::Failed, ExchangeStep::Done)
            }
            (Some(Err(fault)), _) => ExchangeStep::Failed(fault.clone()),
            (None, None) => ExchangeStep::Failed(Fault::Broken {
                why: "an exchange was begun twice".to_owned(),
            }),
        }
    }
}

/// An exchange that ends before anything is sent.
pub struct Refused(pub Fault);

impl<T> Exchange<T> for Refused {
    fn next(&mut self, _: Last<'_>) -> ExchangeStep<T> {
        ExchangeStep::Failed(self.0.clone())
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! Exchanges in tests: a step at a time, without a socket.

    use super::{Exchange, ExchangeStep};
    use crate::model::{HttpRequest, HttpResponse};

    /// The first request of an exchange.
    pub(crate) fn first<T, E>(mut exchange: Box<dyn Exchange<T, E> + '_>) -> HttpRequest {
        match exchange.next(None) {
            ExchangeStep::Send(request) => request,
            _ => panic!("it sends something first"),
        }
    }

    /// What an exchange of one request makes of a response.
    pub(crate) fn read<T, E>(
        mut exchange: Box<dyn Exchange<T, E> + '_>,
        response: &HttpResponse,
    ) -> Result<T, E> {
        assert!(matches!(exchange.next(None), ExchangeStep::Send(_)));
        match exchange.next(Some(Ok(response))) {
            ExchangeStep::Done(value) => Ok(value),
            ExchangeStep::Failed(error) | ExchangeStep::Again(error) => Err(error),
            ExchangeStep::Send(_) | ExchangeStep::Wait(_) => panic!("one request is enough"),
        }
    }

    /// What an exchange makes of these responses, one after the other.
    pub(crate) fn play<T, E>(
        exchange: &mut dyn Exchange<T, E>,
        responses: &[HttpResponse],
    ) -> ExchangeStep<T, E> {
        let mut step = exchange.next(None);
        for response in responses {
            match step {
                ExchangeStep::Send(_) => step = exchange.next(Some(Ok(response))),
                ended => return ended,
            }
        }
        step
    }
}
