//! A site's address and what the plan says of it in; who it is, what it can do, and how to talk to it, out.

use std::sync::Arc;

use super::{
    Route, WHO,
    protocol::Companion,
    read::{HelloText, RefusalText, StatusText},
};
use crate::{
    model::{Account, HttpResponse, Membership, Side},
    systems::{
        GreetStep, Greeted, Greeting, Lease, SystemError,
        json::{Unread, parse},
    },
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
    contacts: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Nothing,
    Hello,
    Status,
}

impl Hello {
    /// Will ask the site at `place` (its URL). `migration` is the name whose holdings count as ours, `contacts`
    /// the plan's word for the contact system, `echo` random text of letters and digits.
    pub fn new(
        place: &str,
        membership: Membership,
        contacts: &'static str,
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
            contacts,
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
        let hello: HelloText = match parse(WHO, &response.body) {
            Ok(hello) => hello,
            Err(Unread::NotWhole(_)) => return Ok(GreetStep::Again(self.unlike(page_instead(response)))),
            Err(Unread::Unknown(why)) => return Err(self.unlike(why)),
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
        let refusal: Result<RefusalText, _> = parse(WHO, &response.body);
        if refusal.is_ok_and(|refusal| refusal.code == "rest_no_route") {
            return Err(self.unlike(
                "the companion plugin is not active there: install wordpress/rehome-companion as docs/wordpress.md says",
            ));
        }
        if self.route.pretty {
            self.route.pretty = false;
            return Ok(self.ask_hello());
        }
        Err(self.unlike(page_instead(response)))
    }

    fn status(&self, response: &HttpResponse) -> Result<GreetStep, SystemError> {
        let status: StatusText = match parse(WHO, &response.body) {
            Ok(status) => status,
            Err(Unread::NotWhole(_)) => return Ok(GreetStep::Again(self.unlike(page_instead(response)))),
            Err(Unread::Unknown(why)) => return Err(self.unlike(why)),
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
        }
    }
}

/// What to say of an answer that is no data.
pub(super) fn page_instead(response: &HttpResponse) -> String {
    let start = response
        .body
        .trim_start_matches(['\u{feff}', ' ', '\r', '\n', '\t']);
    if start.is_empty() {
        return format!("it answers {} with nothing", response.status);
    }
    if start.starts_with('<') {
        return format!(
            "it answers {} with a web page instead of data: a security plugin, a maintenance page or a page cache stands \
             in front of the REST interface (let /wp-json/rehome/v1/ pass), or the address is not that of WordPress",
            response.status
        );
    }
    if start.len() < response.body.len() || !start.starts_with('{') {
        return format!(
            "it answers {} with other text in front of the data: a plugin or theme prints notices or blanks",
            response.status
        );
    }
    format!("it answers {} with data that is cut off", response.status)
}

/// What to say of an answer that is not to this request.
pub(super) fn stale() -> String {
    "a page cache answers in place of the site: exempt /wp-json/ from it, and any request with an Authorization header"
        .to_owned()
}
