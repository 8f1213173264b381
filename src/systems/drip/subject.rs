//! Drip with a simulator of its own, for the contract tests.

use std::sync::Arc;

use super::{
    open::open,
    server::{DripOptions, DripServer},
};
use crate::{
    model::{ContactSetting, ExternalContacts},
    systems::{
        Secrets,
        contract::{remote_subject::RemoteSubject, subject::Subject},
    },
};

/// A Drip without subscribers and without limits.
pub(crate) fn subject() -> Box<dyn Subject> {
    Box::new(drip(|_| {}).0)
}

/// The same, with a simulator of other habits, and the simulator.
pub(crate) fn drip(change: impl FnOnce(&mut DripOptions)) -> (RemoteSubject, Arc<DripServer>) {
    let mut options = DripOptions::new("s3cret");
    change(&mut options);
    let server = Arc::new(DripServer::start(options).unwrap());
    let secrets = Secrets::from([("token".to_owned(), "s3cret".to_owned())]);
    let mut target = ExternalContacts::example(&server.url());
    let soon = ContactSetting::Number(0);
    target.settings.insert("visible_after".to_owned(), soon);
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
