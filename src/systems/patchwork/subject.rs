//! The patchwork CRM with a server of its own, for the contract tests.

use std::sync::Arc;

use super::{
    open::open,
    server::{PatchworkServer, ServerOptions},
};
use crate::{
    model::ExternalContacts,
    systems::{
        Secrets,
        contract::{remote_subject::RemoteSubject, subject::Subject},
    },
};

/// A patchwork CRM without contacts and without limits.
pub(crate) fn subject() -> Box<dyn Subject> {
    Box::new(patchwork(|_| {}).0)
}

/// The same, with a server of other habits, and the server.
pub(crate) fn patchwork(change: impl FnOnce(&mut ServerOptions)) -> (RemoteSubject, Arc<PatchworkServer>) {
    let mut options = ServerOptions::new("app-7", "s3cret");
    change(&mut options);
    let server = Arc::new(PatchworkServer::start(options).unwrap());
    let secret = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let secrets = Secrets::from([secret("app_id", "app-7"), secret("token", "s3cret")]);
    let opened = open(&ExternalContacts::example(&server.url()), &secrets);
    let counted = Arc::clone(&server);
    let count = move || {
        let log = counted.log();
        let count = |list: &Vec<String>| i64::try_from(list.len()).unwrap();
        (count(&log.effects), count(&log.doubled))
    };
    let folder = tempfile::tempdir().unwrap();
    let subject = RemoteSubject::open(&server.url(), opened, folder, Box::new(count));
    (subject, server)
}
