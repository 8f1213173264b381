//! A plan in; for everything that a run of it will need, whether it is in place, out. Changes nothing.

use std::path::Path;

use super::{
    doctor_server::{clock, plugin},
    examined::{Checked, Examined},
};
use crate::{
    app::{
        AppError, PlanFile, StateDir,
        connect::{connection::Connection, secrets::secret, site::SiteConnection},
        state::free_space::{free_space, others_may_read, writable},
    },
    model::{EmailVia, SecretRef, SiteTarget, Targets},
    text::amount,
};

/// Less room than this is a warning, in bytes: a journal of 100,000 members has about 200 MiB.
const ROOM: u64 = 1 << 30;

/// Checks everything that a run of the plan needs, at `now_ms` (Unix milliseconds). `root` is where run state is, as
/// `--state` names it.
pub fn doctor(file: &PlanFile, root: Option<&Path>, now_ms: i64) -> Vec<Examined> {
    let targets = &file.plan.targets;
    let mut all = secrets(targets, &file.folder);
    let readable = all.iter().all(|one| one.result == Checked::Ok);
    if readable {
        all.extend(site(targets, &file.folder, now_ms));
        all.extend(contacts(targets, &file.folder, now_ms));
    } else {
        all.push(Examined::not(
            Checked::NotChecked,
            "site",
            "not asked, because a secret is missing",
            "Set the secret, and run `rehome doctor` again",
        ));
    }
    all.push(email(targets));
    all.extend(state(targets, &file.folder, root));
    all
}

/// Every secret that the plan names can be read. It is never shown.
fn secrets(targets: &Targets, folder: &Path) -> Vec<Examined> {
    let mut named: Vec<&SecretRef> = Vec::new();
    if let SiteTarget::WordPress { password, .. } = &targets.site {
        named.push(password);
    }
    named.extend(
        targets
            .contacts
            .external()
            .into_iter()
            .flat_map(|external| external.secrets.values()),
    );
    let examine = |at: &SecretRef| {
        let (place, remedy) = match at {
            SecretRef::Env(name) => (
                format!("the environment variable {name}"),
                format!("Type `export {name}='...'` in this terminal, with the value in place of the dots"),
            ),
            SecretRef::File(name) => (
                format!("the file {name}"),
                format!("Write the secret, and nothing else, to {name} next to the plan"),
            ),
        };
        match secret(at, folder) {
            Ok(_) => Examined::ok("secret", format!("{place} is set")),
            Err(error) => Examined::not(Checked::Missing, "secret", error.to_string(), remedy),
        }
    };
    named.into_iter().map(examine).collect()
}

/// The site answers, as who, and may be written.
fn site(targets: &Targets, folder: &Path, now_ms: i64) -> Vec<Examined> {
    let site = match SiteConnection::open_to_read(targets, folder) {
        Ok(site) => site,
        Err(error) => return vec![unreachable("site", &error)],
    };
    let place = site
        .account()
        .map_or_else(|error| error.to_string(), |account| account.place);
    let mut all = vec![Examined::ok("site", format!("{place} answers"))];
    match (&site, site.capabilities().cannot_write) {
        (_, Some(why)) => all.push(Examined::not(
            Checked::Missing,
            "permissions",
            format!("the site cannot be written to: {why}"),
            "See docs/wordpress.md, Install",
        )),
        (SiteConnection::Local(_), None) => {
            let SiteTarget::Local { path, .. } = &targets.site else {
                return all;
            };
            let path = folder.join(path);
            let at = if path.exists() {
                path.as_path()
            } else {
                path.parent().unwrap_or(folder)
            };
            all.push(if writable(at) {
                Examined::ok("permissions", "the site's file can be written")
            } else {
                Examined::not(
                    Checked::Missing,
                    "permissions",
                    format!("{} cannot be written", at.display()),
                    "Change its permissions, or give another `path` in [site]",
                )
            });
        }
        (SiteConnection::Remote(_), None) => {
            all.push(Examined::ok(
                "permissions",
                "the user of the plan may create users and write members",
            ));
        }
    }
    if let SiteConnection::Remote(reached) = &site {
        all.extend(plugin(reached, now_ms));
    }
    all
}

/// The contact system answers, as who.
fn contacts(targets: &Targets, folder: &Path, now_ms: i64) -> Vec<Examined> {
    match Connection::contacts(&targets.contacts, folder, |_| None) {
        Ok(None) => vec![Examined::ok("contacts", "managed by the site")],
        Err(error) => vec![unreachable("contacts", &error)],
        Ok(Some(reached)) => {
            let place = &reached.account().place;
            let mut all = vec![Examined::ok("contacts", format!("{place} answers"))];
            if let Some(why) = reached.capabilities().cannot_write {
                all.push(Examined::not(
                    Checked::Missing,
                    "permissions",
                    format!("the contact system cannot be written to: {why}"),
                    "Give the key or token the permission to write contacts and tags",
                ));
            }
            all.extend(clock("contacts clock", &reached, now_ms));
            all
        }
    }
}

fn unreachable(check: &'static str, error: &AppError) -> Examined {
    let remedy = "Fix what the message names; `--verbose` shows each request";
    Examined::not(Checked::Missing, check, error.to_string(), remedy)
}

/// Emails of the plan can be sent.
fn email(targets: &Targets) -> Examined {
    let by_site = targets
        .emails
        .iter()
        .filter(|email| email.via == EmailVia::Site)
        .count();
    match (&targets.site, by_site) {
        (_, 0) => Examined::ok("email", "the plan has no email that the site sends"),
        (SiteTarget::Local { .. }, _) => Examined::not(
            Checked::Warning,
            "email",
            "the plan has an email with `via = \"site\"`, and an embedded site sends none",
            "Invite on a WordPress site, or write the emails to files with `via = \"file\"`",
        ),
        (SiteTarget::WordPress { .. }, _) => Examined::not(
            Checked::ByHand,
            "email",
            "whether the site's emails arrive cannot be seen from here",
            "After the apply, send one to yourself: `rehome invite PLAN --to ADDRESS`",
        ),
    }
}

/// The run state has a private, writable place with room on it.
fn state(targets: &Targets, folder: &Path, root: Option<&Path>) -> Vec<Examined> {
    let state = match StateDir::of(targets, folder, root) {
        Ok(state) => state,
        Err(error) => {
            let remedy = "Name a folder with `--state DIR`";
            return vec![Examined::not(
                Checked::Missing,
                "run state",
                error.to_string(),
                remedy,
            )];
        }
    };
    let at = state.nearest_existing();
    let mut all = vec![if !writable(at) {
        Examined::not(
            Checked::Missing,
            "run state",
            format!("{} cannot be written", at.display()),
            "Change its permissions, or name another folder with `--state DIR`",
        )
    } else if state.path().is_dir() && others_may_read(state.path()) {
        let path = state.path().display();
        Examined::not(
            Checked::Warning,
            "run state",
            format!("other users of this machine can read {path}"),
            format!("Type `chmod 700 {path}`; the next apply does so too"),
        )
    } else if let Some(why) = state.badly_placed() {
        Examined::not(
            Checked::Warning,
            "run state",
            why,
            "Name a folder on a local disk with `--state DIR`",
        )
    } else {
        Examined::ok(
            "run state",
            format!("{} is private and can be written", state.path().display()),
        )
    }];
    all.push(match free_space(at) {
        Some(free) if free < ROOM => Examined::not(
            Checked::Warning,
            "disk",
            format!("{} MiB are free at {}", amount(free >> 20), at.display()),
            "Make room, or name a folder on another disk with `--state DIR`",
        ),
        Some(free) => Examined::ok(
            "disk",
            format!("{} MiB are free at {}", amount(free >> 20), at.display()),
        ),
        None => Examined::not(
            Checked::NotChecked,
            "disk",
            "the free space cannot be read on this system",
            "See that 1 GiB is free",
        ),
    });
    all
}
