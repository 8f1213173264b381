//! Who the patchwork CRM says it is.

use super::{WHO, read::AccountPage, read::AccountText};
use crate::{
    model::{Account, HttpRequest, HttpResponse, Side},
    systems::{
        SystemError,
        json::{Unread, parse},
    },
};

/// Asks who the server is and what its limits are.
pub(super) fn ask_account() -> HttpRequest {
    HttpRequest::get("/pw/account")
}

pub(super) fn account(place: &str, id: &str) -> Account {
    Account {
        side: Side::Contacts,
        kind: "patchwork".to_owned(),
        id: id.to_owned(),
        place: place.to_owned(),
    }
}

pub(super) fn read_account(place: &str, response: &HttpResponse) -> Result<AccountText, SystemError> {
    let unlike = |why: String| SystemError::Unlike {
        place: place.to_owned(),
        expected: "a patchwork CRM".to_owned(),
        why,
    };
    let page: AccountPage = parse(WHO, &response.body).map_err(|unread| match unread {
        Unread::NotWhole(why) | Unread::Unknown(why) => unlike(why),
    })?;
    if page.account.id.is_empty() {
        return Err(unlike("it does not identify itself".to_owned()));
    }
    Ok(page.account)
}
