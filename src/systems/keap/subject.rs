//! Keap with a simulator of its own, for the contract tests.

use std::sync::Arc;

use super::{
    open::open,
    server::{KeapServer, ServerOptions},
};
use crate::{
    model::{ContactSetting, ExternalContacts},
    systems::{
        Secrets,
        contract::{remote_subject::RemoteSubject, subject::Subject},
    },
};

/// A Keap without contacts and without limits.
pub(crate) fn subject() -> Box<dyn Subject> {
    Box::new(keap(|_| {}, &[]).0)
}

/// The same, with a simulator of other habits and with settings of the plan, and the simulator.
pub(crate) fn keap(
    change: impl FnOnce(&mut ServerOptions),
    settings: &[(&str, ContactSetting)],
) -> (RemoteSubject, Arc<KeapServer>) {
    let mut options = ServerOptions::new("s3cret");
    change(&mut options);
    let server = Arc::new(KeapServer::start(options).unwrap());
    let secrets = Secrets::from([("token".to_owned(), "s3cret".to_owned())]);
    let mut target = ExternalContacts::example(&server.url());
    for (name, value) in settings {
        target.settings.insert((*name).to_owned(), value.clone());
    }
    let opened = open(&target, &secrets);
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
