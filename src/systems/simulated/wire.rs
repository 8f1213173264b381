//! What all requests to the practice CRM have in common, and who it says it is.

use serde_json::Value;

use super::{WHO, read::AccountText};
use crate::{
    model::{Account, HttpRequest, HttpResponse, Safety, Side},
    systems::{
        SystemError,
        json::{Unread, parse},
    },
};

/// Asks who the server is and what its limits are.
pub(super) fn ask_account() -> HttpRequest {
    HttpRequest::get("/v1/account")
}

pub(super) fn post(path: &str, body: &Value, safety: Safety) -> HttpRequest {
    HttpRequest::post(path, body.to_string(), safety)
}

pub(super) fn account(place: &str, id: String) -> Account {
    Account {
        side: Side::Contacts,
        kind: "simulated".to_owned(),
        id,
        place: place.to_owned(),
    }
}

pub(super) fn read_account(place: &str, response: &HttpResponse) -> Result<AccountText, SystemError> {
    let unlike = |why: String| SystemError::Unlike {
        place: place.to_owned(),
        expected: "a practice CRM".to_owned(),
        why,
    };
    let text: AccountText = parse(WHO, &response.body).map_err(|unread| match unread {
        Unread::NotWhole(why) | Unread::Unknown(why) => unlike(why),
    })?;
    if text.id.is_empty() {
        return Err(unlike("it does not identify itself".to_owned()));
    }
    Ok(text)
}
