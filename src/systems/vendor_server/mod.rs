//! A vendor as data and functions in; its simulator, over HTTP with limits, faults and a log of effects, out.
//!
//! A vendor's folder implements [`Vendor`]: who may ask, which limits there are, how it words a refusal, and what it
//! answers. All else is here and the same for every vendor: the socket, the windows of the limits, the seeded faults,
//! and the log, which anyone may read at [`LOG_PATH`].

mod faults;
mod limits;
mod log;
mod server;
mod socket;

pub(crate) use faults::{Fate, Mishap};
pub use limits::{Exceeded, Window, WindowLeft};
pub use log::EffectLog;
pub use server::{Exchanged, LOG_PATH, VendorOptions, VendorServer, serve_until_stopped};
pub use socket::{Asked, Reply};

/// A vendor, as its simulator plays it. One request is answered at a time.
pub trait Vendor: Send + 'static {
    /// Refuses whoever may not ask, before anything is counted.
    fn refuse(&mut self, asked: &Asked) -> Option<Reply>;

    /// The limits, each by itself.
    fn windows(&self) -> Vec<Window>;

    /// The class of a request, where some have limits of their own.
    fn class(&self, asked: &Asked) -> Option<&'static str> {
        let _ = asked;
        None
    }

    /// The refusal of a request that came too early; `None` is a fault that throttles without a limit.
    fn throttled(&mut self, exceeded: Option<&Exceeded>) -> Reply;

    /// A reply with what is left of the limits.
    fn told(&self, reply: Reply, left: &[WindowLeft]) -> Reply {
        let _ = left;
        reply
    }

    /// A failure of its own: 500 or 503.
    fn failed(&self, status: u16) -> Reply;

    /// The refusal to change one contact that is being changed; `None` if it never says so, or not to this request.
    fn busy(&self, asked: &Asked) -> Option<Reply> {
        let _ = asked;
        None
    }

    /// Does what is asked and answers.
    fn answer(&mut self, asked: &Asked, now_ms: u64) -> Reply;

    /// What was noted.
    fn log(&mut self) -> &mut EffectLog;
}
