//! Members who lose a tag in; what became of each, one request a tag, out.

use super::{read::ErrorPage, request::encoded};
use crate::{
    model::{
        Answer, Attribute, Fault, HttpMethod, HttpRequest, HttpResponse, ItemOutcome, MemberWrite, Safety,
        TagName,
    },
    systems::{Exchange, OneRequest, Refused},
};

/// Removes one tag from one contact.
pub(super) fn remove_tag<'a>(account: &str, writes: &'a [MemberWrite]) -> Box<dyn Exchange<Answer> + 'a> {
    let [write] = writes else {
        return Box::new(Refused(several()));
    };
    let mut changes = write.changes.iter();
    let (Some(change), None) = (changes.next(), changes.next()) else {
        return Box::new(Refused(several()));
    };
    let seq = write.seq;
    let answer = move |outcome| Answer {
        items: vec![(seq, outcome)],
        ..Answer::default()
    };
    let (Attribute::Tag(tag), Some(id)) = (&change.attribute, &write.contact_id) else {
        return Box::new(Known(Some(answer(ItemOutcome::Refused {
            why: "there is no contact with this address".to_owned(),
        }))));
    };
    let request = request(account, id.as_str(), tag);
    Box::new(OneRequest::new(request, move |response: &HttpResponse| {
        let outcome = match (response.status, ErrorPage::from_response(response)) {
            // Nothing says whether the contact or its tag is missing: it is read back.
            (404, _) => ItemOutcome::Accepted { contact_id: None },
            (_, Some(error)) => ItemOutcome::Refused { why: error.why() },
            (_, None) => ItemOutcome::Confirmed { contact_id: None },
        };
        Ok(answer(outcome))
    }))
}

fn request(account: &str, id: &str, tag: &TagName) -> HttpRequest {
    let path = format!(
        "/v2/{account}/subscribers/{}/tags/{}",
        encoded(id),
        encoded(tag.as_str())
    );
    // Taking away what is not there changes nothing.
    HttpRequest::new(HttpMethod::Delete, path, Safety::Repeatable)
}

fn several() -> Fault {
    Fault::Broken {
        why: "a request removes one tag from one contact".to_owned(),
    }
}

/// An exchange whose end is known before anything is sent.
struct Known(Option<Answer>);

impl Exchange<Answer> for Known {
    fn next(&mut self, _: crate::systems::Last<'_>) -> crate::systems::ExchangeStep<Answer> {
        match self.0.take() {
            Some(answer) => crate::systems::ExchangeStep::Done(answer),
            None => crate::systems::ExchangeStep::Failed(several()),
        }
    }
}
