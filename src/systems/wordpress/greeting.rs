//! A site's address and what the plan says of it in; who it is, what it can do, and how to talk to it, out.

use std::sync::Arc;

use super::{
    Route,
    answer::{Refusal, judge},
    core_read::IndexText,
    core_site::CoreSite,
    protocol::Companion,
    read::{HelloText, StatusText},
};
use crate::{
    model::{Account, HttpResponse, Membership, Side},
    systems::{GreetStep, Greeted, Greeting, Lease, SystemError},
};

/// The plugin's versions that keep this contract: the first two numbers of a version.
const VERSION: (u32, u32) = (0, 2);

/// Asks a WordPress site who it is.
#[derive(Debug)]
pub struct Hello {
    route: Route,
    asked: Asked,
    lease: Lease,
    migration: String,
    contacts: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Nothing,
    Hello,
    Status,
    Index,
}

impl Hello {
    /// Will ask the site at `place` (its URL). `migration` is the name whose holdings count as ours, `contacts`
    /// the plan's word for the contact system, `echo` random text of letters and digits.
    pub fn new(
        place: &str,
        membership: Membership,
        contacts: &str,
        migration: &str,
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
            migration: migration.to_owned(),
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

    fn ask_hello(&mut self) -> GreetStep {
        self.asked = Asked::Hello;
        GreetStep::Send(self.route.get("hello", ""))
    }

    fn hello(&mut self, response: &HttpResponse) -> Result<GreetStep, SystemError> {
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
                self.unlike("it is a network of sites (multisite), which the companion does not take")
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
                 Apache add to .htaccess: SetEnvIf Authorization \"(.*)\" HTTP_AUTHORIZATION=$1",
            ));
        }
        if !hello.known {
            return Err(self.unauthorised(if hello.passwords {
                "the user or the application password is wrong (it is not the password with which the person logs in: \
                 Users, Profile, Application Passwords makes one)"
            } else {
                "application passwords are switched off on the site: a security plugin does that, or the site is not \
                 on https"
            }));
        }
        self.asked = Asked::Status;
        Ok(GreetStep::Send(self.route.get("status", "")))
    }

    /// WordPress without the plugin, a WordPress without pretty addresses, or no WordPress.
    fn not_found(&mut self, response: &HttpResponse) -> Result<GreetStep, SystemError> {
        match Refusal::read(&response.body) {
            Some(refusal) if refusal.code == "rest_no_route" => {
                self.asked = Asked::Index;
                Ok(GreetStep::Send(self.route.index()))
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
    fn index(&self, response: &HttpResponse) -> Result<GreetStep, SystemError> {
        let place = &self.route.place;
        let index: IndexText = match judge(place, response) {
            Ok(index) => index,
            Err(error) => return again(error),
        };
        let account = index.account(&format!("{place} (read without the companion plugin)"));
        let protocol = CoreSite::new(place.clone(), self.route.echo.clone());
        Ok(GreetStep::Done(Greeted {
            account,
            protocol: Arc::new(protocol),
        }))
    }

    fn status(&self, response: &HttpResponse) -> Result<GreetStep, SystemError> {
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
            None => return Err(self.unlike(format!("its companion does not know membership {word}"))),
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
        Ok(GreetStep::Done(Greeted {
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
            return Some(format!("the site makes no new users: {why}"));
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
                    "AccessAlly's contact system there is \"{}\", and no way is known to write tags with it; the probe \
                     under Tools, Rehome says what is to be found out",
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
                    "its contacts are in {}, and the plan's are in {}: contact IDs of one mean nothing to the other. A \
                     staging copy may be written so (WP_ENVIRONMENT_TYPE says what a site is)",
                    there.unwrap_or(word).escape_debug(),
                    self.contacts
                ));
            }
            if self.contacts == "managed" {
                return Some(
                    "contacts are managed by the site, and no way is known to write contacts through AccessAlly: name the \
                     contact system under [contacts]"
                        .to_owned(),
                );
            }
        }
        None
    }
}

impl Greeting for Hello {
    fn next(&mut self, last: Option<&HttpResponse>) -> Result<GreetStep, SystemError> {
        match (last, self.asked) {
            (None, _) | (_, Asked::Nothing) => Ok(self.ask_hello()),
            (Some(response), Asked::Hello) => self.hello(response),
            (Some(response), Asked::Status) => self.status(response),
            (Some(response), Asked::Index) => self.index(response),
        }
    }
}

/// Something in between may pass; refused credentials do not.
fn again(error: SystemError) -> Result<GreetStep, SystemError> {
    match error {
        SystemError::Unauthorised { .. } => Err(error),
        other => Ok(GreetStep::Again(other)),
    }
}

/// What to say of an answer that is not to this request.
pub(super) fn stale() -> String {
    "a page cache answers in place of the site: exempt /wp-json/ from it, and any request with an Authorization header"
        .to_owned()
}
