//! The jobs of a look in; asked for until each is over, and what they rejected, out.

use std::{collections::BTreeMap, time::Duration};

use super::{
    add_tag::outcome,
    read::{ErrorText, JobPage, page},
    request::broken,
};
use crate::model::{ContactId, Fault, HttpRequest, HttpResponse, ItemOutcome, JobHandle, TagId};

/// How long to wait before a job is asked for again.
const PAUSE: Duration = Duration::from_millis(40);
/// How often a job is asked for.
const TRIES: u32 = 1_500;

/// Jobs that are asked for one after the other.
#[derive(Debug)]
pub(super) struct Jobs {
    /// The next one is the last.
    left: Vec<JobHandle>,
    tries: u32,
    /// By tag and contact, why it was not added.
    rejected: BTreeMap<(TagId, ContactId), String>,
}

/// What comes next.
pub(super) enum Next {
    Ask(HttpRequest),
    Wait(Duration),
    /// All are over.
    Over,
}

impl Jobs {
    pub(super) fn new(jobs: &[JobHandle]) -> Self {
        Self {
            left: jobs.iter().rev().cloned().collect(),
            tries: 0,
            rejected: BTreeMap::new(),
        }
    }

    /// Asks for the next one.
    pub(super) fn ask(&self) -> Next {
        match self.left.last() {
            Some(job) => Next::Ask(HttpRequest::get(format!("/pw/jobs/{job}"))),
            None => Next::Over,
        }
    }

    /// Takes what was said of a job.
    pub(super) fn take(&mut self, response: &HttpResponse) -> Result<Next, Fault> {
        if ErrorText::from_response(response).is_some() {
            // The server has forgotten it: then it is long over.
            self.left.pop();
            return Ok(self.ask());
        }
        let job: JobPage = page(response)?;
        match job.state.as_str() {
            "running" if self.tries < TRIES => {
                self.tries += 1;
                return Ok(Next::Wait(PAUSE));
            }
            "running" => {
                let why = "a job does not come to its end".to_owned();
                return Err(Fault::Transient { why });
            }
            "done" => {}
            other => return Err(broken(&format!("a job has the state {other:?}"))),
        }
        let tag = job.tag.ok_or_else(|| broken("a job has no tag"))?;
        let tag = TagId::new(tag.0);
        for (contact, word) in job.results {
            if let ItemOutcome::Refused { why } = outcome(&word) {
                self.rejected.insert((tag.clone(), ContactId::new(contact)), why);
            }
        }
        self.left.pop();
        Ok(self.ask())
    }

    /// Why a job did not add a tag to a contact.
    pub(super) fn rejected(&self, tag: &TagId, contact: &ContactId) -> Option<&String> {
        self.rejected.get(&(tag.clone(), contact.clone()))
    }
}
