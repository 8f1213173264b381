//! The label of a custom field in; the field created, or found, out.

use std::time::Duration;

use serde_json::json;

use super::{
    WHO,
    fields::{CreateRight, FieldBook},
    read::{ErrorText, ModelFieldText, ModelPage},
    request::{ask_fields, page, send},
};
use crate::{
    model::{Fault, HttpMethod, HttpRequest, HttpResponse, Safety},
    systems::json::{Unread, parse},
};

/// How long to wait for another request that creates fields.
const PAUSE: Duration = Duration::from_millis(200);

/// Creates one field at a time, after a look whether it is there by now.
#[derive(Debug)]
pub(super) struct CreateField<'a> {
    book: &'a FieldBook,
    right: Option<CreateRight<'a>>,
    creating: bool,
}

/// What comes next.
#[derive(Debug)]
pub(super) enum NextOfField {
    Send(HttpRequest),
    Wait(Duration),
    /// It is known now where the field is.
    Over,
    /// Keap does not take it.
    Refused(String),
}

impl<'a> CreateField<'a> {
    pub(super) fn new(book: &'a FieldBook) -> Self {
        Self {
            book,
            right: None,
            creating: false,
        }
    }

    /// Begins, or begins again.
    pub(super) fn ask(&mut self) -> NextOfField {
        self.creating = false;
        if self.right.is_none() {
            self.right = self.book.creates();
        }
        match self.right {
            Some(_) => NextOfField::Send(ask_fields()),
            None => NextOfField::Wait(PAUSE),
        }
    }

    /// Takes a response; `missing` says which label is still missing.
    pub(super) fn take(
        &mut self,
        response: &HttpResponse,
        missing: impl Fn() -> Option<String>,
    ) -> Result<NextOfField, Fault> {
        if self.creating {
            if !response.is_success() {
                return Ok(NextOfField::Refused(format!(
                    "the custom field cannot be created: {}",
                    ErrorText::why_of(response)
                )));
            }
            let field: ModelFieldText = parse(WHO, &response.body).map_err(Unread::fault)?;
            self.book.add(&field);
        } else {
            let model: ModelPage = page(response)?;
            self.book.learn(&model.custom_fields.unwrap_or_default());
        }
        match missing() {
            // What was just created must be known by now.
            Some(label) if self.creating => Ok(NextOfField::Refused(format!(
                "{WHO} created another custom field than \"{label}\""
            ))),
            Some(label) => {
                self.creating = true;
                let body = json!({ "label": label, "field_type": "TEXT" });
                let asks = send(
                    HttpMethod::Post,
                    "/contacts/model/customFields",
                    &body,
                    Safety::Once,
                );
                Ok(NextOfField::Send(asks))
            }
            None => {
                self.right = None;
                Ok(NextOfField::Over)
            }
        }
    }
}
