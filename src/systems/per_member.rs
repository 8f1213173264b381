//! An operation of a system that takes one member a request, as one exchange: answered in part where a request fails.

use super::{Exchange, ExchangeStep, Last};
use crate::model::{Answer, Fault, HttpRequest, HttpResponse, ItemOutcome, MemberWrite, Seq};

/// Applies a request of several members, one HTTP request each, in their order. What was answered before a fault
/// counts: then the fault is only that of the rest.
pub struct PerMember<'a, A, R> {
    writes: &'a [MemberWrite],
    ask: A,
    read: R,
    items: Vec<(Seq, ItemOutcome)>,
}

impl<'a, A, R> PerMember<'a, A, R> {
    /// `ask` gives the request for a member, `read` what the response to it means.
    pub fn new(writes: &'a [MemberWrite], ask: A, read: R) -> Self {
        Self {
            writes,
            ask,
            read,
            items: Vec::with_capacity(writes.len()),
        }
    }

    fn end(&mut self, rest: Option<Fault>) -> ExchangeStep<Answer> {
        match rest {
            Some(fault) if self.items.is_empty() => ExchangeStep::Failed(fault),
            rest => ExchangeStep::Done(Answer {
                items: std::mem::take(&mut self.items),
                rest,
                ..Answer::default()
            }),
        }
    }
}

impl<A, R> Exchange<Answer> for PerMember<'_, A, R>
where
    A: FnMut(&MemberWrite) -> HttpRequest + Send,
    R: FnMut(&MemberWrite, &HttpResponse) -> Result<ItemOutcome, Fault> + Send,
{
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Answer> {
        let asked = self.writes.get(self.items.len());
        let came = match (last, asked) {
            (Some(Ok(response)), Some(write)) => {
                let outcome = (self.read)(write, response);
                outcome.map(|outcome| self.items.push((write.seq, outcome)))
            }
            (Some(Err(fault)), _) => Err(fault.clone()),
            (Some(Ok(_)), None) | (None, _) => Ok(()),
        };
        match (came, self.writes.get(self.items.len())) {
            (Err(fault), _) => self.end(Some(fault)),
            (Ok(()), Some(write)) => ExchangeStep::Send((self.ask)(write)),
            (Ok(()), None) => self.end(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Email, Safety};

    fn writes() -> Vec<MemberWrite> {
        let write = |seq| MemberWrite {
            expect: crate::model::Preconditions::default(),
            seq,
            email: Email::from_normalised(&format!("m{seq}@example.com")).unwrap(),
            contact_id: None,
            changes: Vec::new(),
        };
        (3..8).map(write).collect()
    }

    /// Answers each request in turn; gives how it ends, and what was asked for.
    fn ended(came: &[Result<HttpResponse, Fault>]) -> (Result<Answer, Fault>, Vec<String>) {
        let writes = writes();
        let mut exchange = PerMember::new(
            &writes,
            |write: &MemberWrite| {
                HttpRequest::post(format!("/contacts/{}", write.seq), String::new(), Safety::Once)
            },
            |_: &MemberWrite, response: &HttpResponse| match response.status {
                200 => Ok(ItemOutcome::Confirmed { contact_id: None }),
                422 => Ok(ItemOutcome::Refused {
                    why: "no such address".to_owned(),
                }),
                _ => Err(Fault::Broken { why: "?".to_owned() }),
            },
        );
        let mut asked = Vec::new();
        let mut came = came.iter();
        let mut last = None;
        loop {
            match exchange.next(last.take()) {
                ExchangeStep::Send(request) => {
                    asked.push(request.path);
                    last = came.next().map(Result::as_ref);
                }
                ExchangeStep::Done(answer) => return (Ok(answer), asked),
                ExchangeStep::Failed(fault) => return (Err(fault), asked),
                _ => panic!("it neither waits nor begins again"),
            }
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "what came is one or the other")]
    fn status(status: u16) -> Result<HttpResponse, Fault> {
        Ok(HttpResponse::new(status, ""))
    }

    fn cut() -> Fault {
        Fault::Ambiguous {
            why: "cut".to_owned(),
        }
    }

    #[test]
    fn each_member_is_asked_for_once_and_a_refused_one_stops_nobody() {
        let (answer, asked) = ended(&[200, 422, 200, 200, 200].map(status));
        let answer = answer.unwrap();
        assert_eq!(asked.len(), 5);
        assert_eq!((answer.items.len(), answer.rest), (5, None));
        assert!(matches!(answer.items[1], (4, ItemOutcome::Refused { .. })));
    }

    #[test]
    fn what_was_answered_before_a_fault_stands() {
        let (answer, asked) = ended(&[status(200), status(422), Err(cut())]);
        let answer = answer.unwrap();
        assert_eq!(asked, ["/contacts/3", "/contacts/4", "/contacts/5"]);
        let seqs: Vec<Seq> = answer.items.iter().map(|(seq, _)| *seq).collect();
        assert_eq!((seqs, answer.rest), (vec![3, 4], Some(cut())));
        // A response that no contract knows is a fault like another.
        let (answer, _) = ended(&[status(200), status(500)]);
        assert!(matches!(answer.unwrap().rest, Some(Fault::Broken { .. })));
        assert_eq!(ended(&[Err(cut())]).0, Err(cut()));
    }
}
