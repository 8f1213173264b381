//! The practice CRM's address in; who it is and what its limits are, out.

use std::sync::Arc;

use super::Simulated;
use crate::{
    model::HttpResponse,
    systems::{GreetStep, Greeted, Greeting, SystemError},
};

/// Asks the practice CRM who it is.
#[derive(Debug)]
pub struct Greet {
    place: String,
}

impl Greet {
    /// Will ask the one at `place` (its URL).
    pub fn new(place: &str) -> Self {
        Self {
            place: place.to_owned(),
        }
    }
}

impl Greeting for Greet {
    fn next(&mut self, last: Option<&HttpResponse>) -> Result<GreetStep, SystemError> {
        let Some(response) = last else {
            return Ok(GreetStep::Send(Simulated::greeting()));
        };
        Ok(match Simulated::greeted(&self.place, response) {
            Ok((system, account)) => GreetStep::Done(Greeted {
                account,
                protocol: Arc::new(system),
            }),
            Err(error) => GreetStep::Again(error),
        })
    }
}
