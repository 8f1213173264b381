//! Kit with a simulator of its own, for the contract tests.

use std::sync::Arc;

use super::{
    open::open,
    server::{KitServer, ServerOptions},
};
use crate::{
    model::{ContactSetting, ExternalContacts},
    systems::{
        Secrets,
        contract::{remote_subject::RemoteSubject, subject::Subject},
    },
};

/// A Kit without contacts and without limits, by key.
pub(crate) fn subject() -> Box<dyn Subject> {
    Box::new(kit("token", |_| {}, &[]).0)
}

/// The same by a secret of the plan (`token` or `oauth`), with a simulator of other habits and with settings of the plan,
/// and the simulator.
pub(crate) fn kit(
    secret: &str,
    change: impl FnOnce(&mut ServerOptions),
    settings: &[(&str, ContactSetting)],
) -> (RemoteSubject, Arc<KitServer>) {
    let mut options = ServerOptions::new("s3cret");
    change(&mut options);
    let server = Arc::new(KitServer::start(options).unwrap());
    let secrets = Secrets::from([(secret.to_owned(), "s3cret".to_owned())]);
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
