//! The outside world: one folder a system. Operations in, outcomes out.
//!
//! A system has one of two forms. [`Protocol`] is pure text: each thing that is asked of it is an [`Exchange`], and
//! one driver runs all of them. [`Direct`] carries operations out itself.
//!
//! A system never decides what should exist; it says what exists and applies what it is given. What differs
//! between systems is declared as [`Capabilities`](crate::model::Capabilities), so that the layers above decide
//! by what a system can do. A read is proven complete or is an error: a member who is missing from half a list
//! would look as if access had been lost.

mod contact_system;
mod contact_systems;
#[cfg(test)]
mod contract;
mod conventions;
pub mod crm_keys;
mod direct;
pub mod drip;
mod error;
pub(crate) mod exchange;
mod json;
pub mod keap;
pub mod kit;
mod lease;
pub mod local;
mod mailer;
#[cfg(any(test, feature = "practice-systems"))]
pub mod patchwork;
mod per_member;
mod probe;
mod protocol;
pub mod simulated;
mod simulation;
pub mod transport;
pub mod vendor_server;
mod wire;
pub mod wordpress;

pub use contact_system::{ContactSystem, OpenedContacts, Secrets};
pub use contact_systems::{CONTACT_SYSTEMS, DECLARATIONS, contact_system};
pub use conventions::{
    Conventions, RateLeft, RateReport, Throttle, busy, fault_of_status, rate_of_http, retry_after, throttled,
};
pub use direct::{Direct, OnProgress};
pub use error::SystemError;
pub use exchange::{Exchange, ExchangeStep, Last, OneRequest, Refused};
pub use lease::{LEASE_SECONDS, Lease};
pub use mailer::Mailer;
pub use per_member::PerMember;
pub use protocol::{Protocol, Session, Site};
pub use simulation::{Simulate, SimulateError, SimulateOptions};
pub use wire::{Sending, Wire};

use conventions::excerpt;
