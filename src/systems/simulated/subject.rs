//! The practice CRM with a server and a folder of its own, for the contract tests.

use std::{net::SocketAddr, path::Path, sync::mpsc};

use super::{
    open::open,
    server::{DOUBLED_EFFECTS_SQL, ServeOptions, serve},
};
use crate::{
    model::ExternalContacts,
    systems::{
        Secrets,
        contract::{
            remote_subject::RemoteSubject,
            subject::{Subject, effects},
        },
    },
};

/// A practice CRM without contacts and without limits.
pub(crate) fn subject() -> Box<dyn Subject> {
    Box::new(practice(|_| {}))
}

/// The same, with a server of other habits.
pub(crate) fn practice(change: impl FnOnce(&mut ServeOptions)) -> RemoteSubject {
    let folder = tempfile::tempdir().unwrap();
    let mut options = ServeOptions::new(&database(folder.path()), "s3cret");
    options.requests_per_minute = 0;
    options.slow_ms = 5;
    change(&mut options);
    let url = format!("http://{}", serve_aside(options));
    let secrets = Secrets::from([("token".to_owned(), "s3cret".to_owned())]);
    let opened = open(&ExternalContacts::example(&url), &secrets);
    let path = database(folder.path());
    let count = move || effects(&path, DOUBLED_EFFECTS_SQL);
    RemoteSubject::open(&url, opened, folder, Box::new(count))
}

/// The file in which the server keeps everything.
pub(crate) fn database(folder: &Path) -> std::path::PathBuf {
    folder.join("crm.sqlite")
}

fn serve_aside(options: ServeOptions) -> SocketAddr {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime
            .unwrap()
            .block_on(serve(options, |address| tell.send(address).unwrap()))
            .unwrap();
    });
    told.recv().unwrap()
}
