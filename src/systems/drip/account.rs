//! A response of Drip in; the accounts that the token can access, out.

use super::{
    WHO,
    read::{AccountText, AccountsPage},
};
use crate::{
    model::{Account, HttpRequest, HttpResponse, Side},
    systems::{
        SystemError,
        json::{Unread, parse},
    },
};

/// Asks which accounts there are.
pub(super) fn ask_accounts() -> HttpRequest {
    HttpRequest::get("/v2/accounts")
}

/// Who an account of the one at `place` is.
pub(super) fn account(place: &str, id: &str) -> Account {
    Account {
        side: Side::Contacts,
        kind: "drip".to_owned(),
        id: id.to_owned(),
        place: place.to_owned(),
    }
}

/// It is not the Drip that the plan means.
pub(super) fn unlike(place: &str, why: String) -> SystemError {
    SystemError::Unlike {
        place: place.to_owned(),
        expected: WHO.to_owned(),
        why,
    }
}

/// The accounts that a response lists.
pub(super) fn read_accounts(place: &str, response: &HttpResponse) -> Result<Vec<AccountText>, SystemError> {
    let page: AccountsPage = parse(WHO, &response.body).map_err(|unread| match unread {
        Unread::NotWhole(why) | Unread::Unknown(why) => unlike(place, why),
    })?;
    Ok(page.accounts)
}
