//! Why no email can be sent.

use crate::app::AppError;

pub(crate) fn no_test() -> AppError {
    AppError::Usage("a test (--to) is sent by the site, and this plan's site does not send email".to_owned())
}
