//! Which account a key of Kit belongs to, and for how many people it pays.

use super::{WHO, read::AccountPage, read::AccountText};
use crate::{
    model::{Account, HttpRequest, HttpResponse, Side},
    systems::{
        SystemError,
        json::{Unread, parse},
    },
};

/// Asks whose key this is.
pub(super) fn ask_account() -> HttpRequest {
    HttpRequest::get("/v4/account")
}

/// The account as change sets and runs are pinned to it.
pub(super) fn account(place: &str, text: &AccountText) -> Account {
    Account {
        side: Side::Contacts,
        kind: "kit".to_owned(),
        id: text.id.0.clone(),
        place: place.to_owned(),
    }
}

/// The account of a response.
pub(super) fn read_account(place: &str, response: &HttpResponse) -> Result<AccountText, SystemError> {
    let page: Result<AccountPage, Unread> = parse(WHO, &response.body);
    match page {
        Ok(page) => Ok(page.account),
        Err(Unread::NotWhole(why) | Unread::Unknown(why)) => Err(SystemError::Unlike {
            place: place.to_owned(),
            expected: WHO.to_owned(),
            why,
        }),
    }
}
