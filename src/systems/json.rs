//! The text of a response in; its JSON value, or why it is not JSON, out.

use serde::de::DeserializeOwned;

use crate::model::Fault;

/// Why a body is not what was asked for.
#[derive(Debug)]
pub(super) enum Unread {
    /// No JSON, or not the whole of it: something between here and there spoke, or it was cut.
    NotWhole(String),
    /// JSON that the contract does not know.
    Unknown(String),
}

impl Unread {
    /// What it means as the answer to a write.
    pub(super) fn fault(self) -> Fault {
        match self {
            Self::NotWhole(why) => Fault::Ambiguous { why },
            Self::Unknown(why) => Fault::Broken { why },
        }
    }
}

/// Reads the body of an answer of `whom`.
pub(super) fn parse<T: DeserializeOwned>(whom: &str, body: &str) -> Result<T, Unread> {
    serde_json::from_str(body).map_err(|error| {
        let why = format!("the response of {whom} cannot be read: {error}");
        if error.is_data() {
            Unread::Unknown(why)
        } else {
            Unread::NotWhole(why)
        }
    })
}
