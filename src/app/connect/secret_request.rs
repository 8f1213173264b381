//! A change set from anywhere in; which secrets it asks for and whether this machine knows them for these addresses, out.

use std::{
    fmt::Write as _,
    path::{Component, Path},
};

use crate::{
    app::{
        PlanFile, StateDir,
        state::bindings::{Binding, bindings},
    },
    changeset::Header,
    text::printable,
};

/// The secrets that a change set asks for.
#[derive(Debug)]
pub struct SecretRequest {
    asked: Vec<Binding>,
    unknown: Vec<Binding>,
}

/// Whether they may be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// A plan or the run state of this machine sends them to these addresses already.
    Known,
    /// If the person agrees.
    IfAgreed,
    /// Never; why.
    Never(String),
}

impl SecretRequest {
    /// What the header of a change set asks for.
    pub(crate) fn new(header: &Header, state: &StateDir) -> Self {
        let asked = bindings(&header.targets);
        let mut known = state.bound_secrets();
        if !asked.iter().all(|one| known.contains(one)) {
            known.extend(of_plan(header));
        }
        // What the sender calls the system does not count.
        let unknown = asked.iter().filter(|one| {
            let mut known = known.iter();
            !known.any(|known| known.url == one.url && known.secret == one.secret)
        });
        Self {
            unknown: unknown.cloned().collect(),
            asked,
        }
    }

    /// True if it asks for none.
    pub(crate) fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// Whether they may be used. A file is never read because a change set says so: its sender could name any.
    pub(crate) fn allowed(&self) -> Allowed {
        match self.unknown.iter().find(|one| one.file) {
            Some(one) => Allowed::Never(format!(
                "it asks for {}, and no plan on this machine sends that to {}",
                printable(&one.secret),
                printable(&one.url)
            )),
            None if self.unknown.is_empty() => Allowed::Known,
            None => Allowed::IfAgreed,
        }
    }

    /// What it asks for, a line for each.
    pub fn text(&self) -> String {
        let mut text = "This change set sends secrets to:\n".to_owned();
        for one in &self.asked {
            let new = if self.unknown.contains(one) {
                " (no plan on this machine does so)"
            } else {
                ""
            };
            let _ = writeln!(
                text,
                "  {} at {}: {}{new}",
                printable(&one.system),
                printable(&one.url),
                printable(&one.secret)
            );
        }
        text
    }
}

/// The secrets of the plan that the change set was computed from, if it is on this machine.
fn of_plan(header: &Header) -> Vec<Binding> {
    let mut parts = Path::new(&header.plan).components();
    let (Some(Component::Normal(name)), None) = (parts.next(), parts.next()) else {
        return Vec::new();
    };
    let path = Path::new(&header.base).join(name);
    if !path.is_file() {
        return Vec::new();
    }
    let environment = header.targets.environment.as_deref();
    PlanFile::read(&path, environment).map_or_else(|_| Vec::new(), |file| bindings(&file.plan.targets))
}
