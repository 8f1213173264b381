//! A site's address and what the plan says of it in; who it is, what it can do, and how to talk to it, out.

use std::sync::Arc;

use super::{
    Route,
    answer::{Refusal, judge, stale},
    core_read::IndexText,
    core_site::CoreSite,
    protocol::Companion,
    read::{HelloText, StatusText},
};
use crate::{
    model::{Account, HttpResponse, Membership, MigrationNames, Side},
    systems::{Exchange, ExchangeStep, Last, Lease, Session, SystemError},
};

type Step = ExchangeStep<Session, SystemError>;

/// The plugin's versions that keep this contract: the first two numbers of a version.
const VERSION: (u32, u32) = (0, 2);

/// Asks a WordPress site who it is.
#[derive(Debug)]
pub struct Handshake {
    route: Route,
    asked: Asked,
    lease: Lease,
    migration: MigrationNames,
    contacts: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Nothing,
    Hello,
    Status,
    Index,
}

impl Handshake {
    /// Will ask the site at `place` (its URL). `migration` is the name whose holdings count as ours, `contacts`
    /// the plan's word for the contact system, `echo` random text of letters and digits.
    pub fn new(
        place: &str,
        membership: Membership,
        contacts: &str,
        migration: &MigrationNames,
        lease: Lease,
        echo: String,
    ) -> Self {
        Self {
            route: Route {
                place: place.to_owned(),
                pretty: true,
                membership,
                echo,
            },
            asked: Asked::Nothing,
            lease,
            migration: migration.clone(),
            contacts: contacts.to_owned(),
        }
    }

    fn unlike(&self, why: impl Into<String>) -> SystemError {
        SystemError::Unlike {
            place: self.route.place.clone(),
            expected: "a WordPress site that Rehome can write".to_owned(),
            why: why.into(),
        }
    }

    fn unauthorised(&self, why: &str) -> SystemError {
        SystemError::Unauthorised {
            place: self.route.place.clone(),
            why: why.to_owned(),
        }
    }

    fn ask_hello(&mut self) -> Step {
        self.asked = Asked::Hello;
        Step::Send(self.route.get("hello", ""))
    }

    fn hello(&mut self, response: &HttpResponse) -> Result<Step, SystemError> {
        if response.status == 404 {
            return self.not_found(response);
        }
        let hello: HelloText = match judge(&self.route.place, response) {
            Ok(hello) => hello,
            Err(error) => return again(error),
        };
        if hello.plugin != "rehome-companion" {
            return Err(self.unlike("another plugin answers at rehome/v1"));
        }
        if hello.multisite {
            return Err(
                self.unlike("it is a network of sites (multisite), which the companion does not support")
            );
        }
        let numbers = |part: usize| hello.version.split('.').nth(part)?.parse::<u32>().ok();
        let version = numbers(0).zip(numbers(1));
        if version != Some(VERSION) {
            let (major, minor) = VERSION;
            let newer = version > Some(VERSION);
            return Err(self.unlike(format!(
                "its companion plugin is version {}, and this Rehome needs {major}.{minor}: install {}",
                hello.version.escape_debug(),
                if newer {
                    "the Rehome that goes with it"
                } else {
                    "the plugin that goes with this Rehome"
                },
            )));
        }
        if !hello.authorization {
            return Err(self.unauthorised(
                "the user and password did not arrive at WordPress: the web server drops the Authorization header. On \
                 Apache, add to .htaccess: SetEnvIf Authorization \"(.*)\" HTTP_AUTHORIZATION=$1",
            ));
        }
        if !hello.known {
            return Err(self.unauthorised(if hello.passwords {
                "the user or the application password is wrong (it is not the user's login password: \
                 create one under Users, Profile, Application Passwords)"
            } else {
                "application passwords are disabled on the site, by a security plugin or because the site is not \
                 on https"
            }));
        }
        self.asked = Asked::Status;
        Ok(Step::Send(self.route.get("status", "")))
    }

    /// WordPress without the plugin, a WordPress without pretty addresses, or no WordPress.
    fn not_found(&mut self, response: &HttpResponse) -> Result<Step, SystemError> {
        match Refusal::read(&response.body) {
            Some(refusal) if refusal.code == "rest_no_route" => {
                self.asked = Asked::Index;
                Ok(Step::Send(self.route.index()))
            }
            None if self.route.pretty => {
                self.route.pretty = false;
                Ok(self.ask_hello())
            }
            _ => again(
                judge::<HelloText>(&self.route.place, response)
                    .err()
                    .unwrap_or_else(|| self.unlike("it has no companion plugin")),
            ),
        }
    }

    /// Without the plugin the site is read as WordPress itself shows it.
    fn index(&self, response: &HttpResponse) -> Result<Step, SystemError> {
        let place = &self.route.place;
        let index: IndexText = match judge(place, response) {
            Ok(index) => index,
            Err(error) => return again(error),
        };
        let account = index.account(&format!("{place} (read without the companion plugin)"));
        let protocol = CoreSite::new(place.clone(), self.route.echo.clone());
        Ok(Step::Done(Session {
            account,
            protocol: Arc::new(protocol),
        }))
    }

    fn status(&self, response: &HttpResponse) -> Result<Step, SystemError> {
        let status: StatusText = match judge(&self.route.place, response) {
            Ok(status) => status,
            Err(error) => return again(error),
        };
        if status.echo != self.route.echo {
            return Err(self.unlike(stale()));
        }
        let word = self.route.membership.word();
        match status.membership.get(word) {
            Some(None) => {}
            Some(Some(why)) => {
                return Err(self.unlike(format!("membership {word} is not possible there: {why}")));
            }
            None => return Err(self.unlike(format!("its companion does not support membership {word}"))),
        }
        let account = Account {
            side: Side::Site,
            kind: "wordpress".to_owned(),
            id: status.instance.id.clone(),
            place: format!("{} (membership {word})", self.route.place),
        };
        let cannot_write = self.cannot_write(&status);
        let protocol = Companion::new(
            self.route.clone(),
            account.clone(),
            &status,
            self.lease.clone(),
            &self.migration,
            cannot_write,
        );
        Ok(Step::Done(Session {
            account,
            protocol: Arc::new(protocol),
        }))
    }

    /// Why nothing may be written there, though everything can be read.
    fn cannot_write(&self, status: &StatusText) -> Option<String> {
        if status.paused {
            return Some(
                "an administrator of the site has paused incoming writes (Tools, Rehome)".to_owned(),
            );
        }
        if let Some(why) = &status.capabilities.new_users {
            return Some(format!("the site cannot create users: {why}"));
        }
        if self.route.membership == Membership::AccessAlly {
            let word = status.contacts.as_ref().map_or("", |contacts| &contacts.word);
            if status
                .contacts
                .as_ref()
                .and_then(|contacts| contacts.system.as_ref())
                .is_none()
            {
                return Some(format!(
                    "AccessAlly's contact system there is \"{}\", and Rehome cannot write tags with it; the probe \
                     under Tools, Rehome shows what to find out",
                    word.escape_debug()
                ));
            }
            let there = status
                .contacts
                .as_ref()
                .and_then(|contacts| contacts.system.as_deref());
            // A copy for rehearsals says so of itself (WP_ENVIRONMENT_TYPE).
            let live = status.instance.environment == "production";
            if self.contacts != "managed" && live && there != Some(self.contacts.as_str()) {
                return Some(format!(
                    "its contacts are in {}, and the plan's are in {}: contact IDs of one are meaningless to the other. A \
                     staging copy can be written to this way (WP_ENVIRONMENT_TYPE sets what a site is)",
                    there.unwrap_or(word).escape_debug(),
                    self.contacts
                ));
            }
            if self.contacts == "managed" {
                return Some(
                    "contacts are managed by the site, and Rehome cannot write contacts through AccessAlly: set the \
                     contact system in [contacts]"
                        .to_owned(),
                );
            }
        }
        None
    }
}

impl Exchange<Session, SystemError> for Handshake {
    fn next(&mut self, last: Last<'_>) -> Step {
        match (last, self.asked) {
            (Some(Err(fault)), _) => Step::Failed(SystemError::from_fault(&self.route.place, fault)),
            (None, _) | (_, Asked::Nothing) => self.ask_hello(),
            (Some(Ok(response)), Asked::Hello) => self.hello(response).into(),
            (Some(Ok(response)), Asked::Status) => self.status(response).into(),
            (Some(Ok(response)), Asked::Index) => self.index(response).into(),
        }
    }
}

/// Something in between may pass; refused credentials do not.
fn again(error: SystemError) -> Result<Step, SystemError> {
    match error {
        SystemError::Unauthorised { .. } => Err(error),
        other => Ok(Step::Again(other)),
    }
}
