//! Who Keap says it is.

use serde::Deserialize;

use super::{WHO, read::Id};
use crate::{
    model::{Account, HttpRequest, HttpResponse, Side},
    systems::{
        SystemError,
        json::{Unread, parse},
    },
};

/// `GET /rest/v2/oauth/connect/userinfo`: no permission can withhold it.
#[derive(Debug, Deserialize)]
struct UserText {
    tenant_id: Id,
}

/// Asks whose key this is.
pub(super) fn ask_account() -> HttpRequest {
    HttpRequest::get("/crm/rest/v2/oauth/connect/userinfo")
}

/// The account of a response.
pub(super) fn read_account(place: &str, response: &HttpResponse) -> Result<Account, SystemError> {
    let read: Result<UserText, Unread> = parse(WHO, &response.body);
    match read {
        Ok(user) => Ok(Account {
            side: Side::Contacts,
            kind: "keap".to_owned(),
            id: user.tenant_id.0,
            place: place.to_owned(),
        }),
        Err(Unread::NotWhole(why) | Unread::Unknown(why)) => Err(SystemError::Unlike {
            place: place.to_owned(),
            expected: WHO.to_owned(),
            why,
        }),
    }
}
