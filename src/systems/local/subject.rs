//! The embedded site in a folder of its own, for the contract tests.

use super::{DOUBLED_EFFECTS_SQL, LocalSite, Mode};
use crate::{
    model::{Answer, Capabilities, Fault, Looked, Observed, Request, Side},
    systems::{
        Direct,
        contract::subject::{Subject, effects},
    },
};

struct Embedded {
    folder: tempfile::TempDir,
    site: LocalSite,
}

impl Subject for Embedded {
    fn side(&self) -> Side {
        Side::Site
    }

    fn capabilities(&self) -> Capabilities {
        self.site.capabilities()
    }

    fn perform(&mut self, request: &Request) -> Result<Answer, Fault> {
        self.site.perform(request)
    }

    fn look(&mut self, request: &Request) -> Result<Looked, Fault> {
        self.site.look(request)
    }

    fn observe(&mut self) -> Observed {
        self.site.observe(&mut |_, _| {}).unwrap()
    }

    fn effects(&self) -> (i64, i64) {
        effects(&self.folder.path().join("site.sqlite"), DOUBLED_EFFECTS_SQL)
    }
}

/// An embedded site without members.
pub(crate) fn subject() -> Box<dyn Subject> {
    let folder = tempfile::tempdir().unwrap();
    let site = LocalSite::open(&folder.path().join("site.sqlite"), Mode::Write, "state", "lumen").unwrap();
    Box::new(Embedded { folder, site })
}
