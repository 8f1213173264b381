//! All users of a WordPress without the companion: its own REST interface in, the whole site out, or an error.
//!
//! WordPress has no page by id, only by offset, and an offset shifts when someone before it is deleted. So
//! each page begins with the last user of the page before. To a wrong password WordPress answers as to a
//! stranger, so who is asking is read first, and again at the end.

use super::{
    super::{Exchange, ExchangeStep, Last, SystemError},
    answer::{Refusal, judge},
    core_read::{IndexText, MeText, UserText},
};
use crate::model::{HttpRequest, HttpResponse, Observed, ObservedBuilder, ObservedMember, TooMuch};

type Step = ExchangeStep<Observed, SystemError>;

/// Users of a page; WordPress gives no more.
const PAGE: usize = 100;

/// The header that says how many there are in all.
const TOTAL: &str = "x-wp-total";

const ME: &str = "context=edit&_fields=id,username,capabilities";

/// Reads the index, who is asking, all users, and who is asking again.
pub struct CoreCursor {
    place: String,
    echo: String,
    sent: u32,
    /// Where pretty addresses are off, routes are a parameter.
    pretty: bool,
    stage: Stage,
    done: u64,
    total: Option<u64>,
}

enum Stage {
    Index,
    Me(IndexText),
    Users(Box<Reading>),
    MeAgain(Box<Reading>),
    Ended,
}

struct Reading {
    passwords: bool,
    me: MeText,
    into: ObservedBuilder,
    /// The id read last; ids begin at 1.
    last: u64,
    read: u64,
    total: u64,
    met_me: bool,
}

impl CoreCursor {
    /// Reads the site at `place`, a URL without credentials. `echo` is random text of letters and digits: it
    /// makes every request one that no cache has an answer to.
    pub fn new(place: String, echo: String) -> Self {
        Self {
            place,
            echo,
            sent: 0,
            pretty: true,
            stage: Stage::Index,
            done: 0,
            total: None,
        }
    }

    fn send(&mut self, stage: Stage, route: &str, query: &str) -> Step {
        self.stage = stage;
        self.sent += 1;
        let (echo, sent) = (&self.echo, self.sent);
        let path = if self.pretty {
            format!("/wp-json{route}?{query}&rehome={echo}-{sent}")
        } else {
            format!("/?rest_route={route}&{query}&rehome={echo}-{sent}")
        };
        Step::Send(HttpRequest::get(path))
    }

    fn ask_index(&mut self) -> Step {
        self.send(Stage::Index, "/", "_fields=home,namespaces,authentication")
    }

    fn ask_users(&mut self, reading: Box<Reading>, offset: u64) -> Step {
        let query = format!(
            "context=edit&per_page={PAGE}&orderby=id&order=asc&offset={offset}\
             &_fields=id,username,email,first_name,last_name,roles,capabilities"
        );
        self.send(Stage::Users(reading), "/wp/v2/users", &query)
    }

    fn index(&mut self, index: IndexText) -> Result<Step, SystemError> {
        let unlike = |why: &str| SystemError::Unlike {
            place: self.place.clone(),
            expected: "a WordPress with a working REST API".to_owned(),
            why: why.to_owned(),
        };
        if !index.namespaces.iter().any(|name| name == "wp/v2") {
            return Err(unlike(
                "its index has no wp/v2: a plugin has disabled WordPress's own routes",
            ));
        }
        if index.home.trim_end_matches('/').is_empty() {
            return Err(unlike("it does not report its address (home)"));
        }
        Ok(self.send(Stage::Me(index), "/wp/v2/users/me", ME))
    }

    fn me(&mut self, index: &IndexText, me: MeText) -> Result<Step, SystemError> {
        let lacks = me.lacks();
        if !lacks.is_empty() {
            return Err(SystemError::Unauthorised {
                place: self.place.clone(),
                why: format!(
                    "the user \"{}\" has no permission to {}; use the application password of an administrator",
                    me.username,
                    lacks.join(", ")
                ),
            });
        }
        let account = index.account(&self.place);
        let reading = Reading {
            passwords: index.passwords(),
            me,
            into: ObservedBuilder::new(account, PAGE),
            last: 0,
            read: 0,
            total: 0,
            met_me: false,
        };
        Ok(self.ask_users(Box::new(reading), 0))
    }

    fn users(&mut self, mut reading: Box<Reading>, response: &HttpResponse) -> Result<Step, SystemError> {
        let page: Vec<UserText> = self.judge(response, reading.passwords)?;
        let Some(total) = response
            .headers
            .only(TOTAL)
            .and_then(|text| text.trim().parse().ok())
        else {
            return Err(self.incomplete(
                "a page of users does not report the total (X-WP-Total): a proxy drops the header, or \
                 something is printed before the response",
            ));
        };
        if page.len() > PAGE {
            return Err(self.incomplete(format!("a page has {} users instead of {PAGE}", page.len())));
        }
        if total < reading.total {
            return Err(self.incomplete(format!(
                "the number of users changed from {} to {total} during reading; try again",
                reading.total
            )));
        }
        reading.total = total;
        let new = match page.split_first() {
            _ if reading.last == 0 => page.as_slice(),
            Some((first, rest)) if first.id == reading.last => rest,
            _ => {
                return Err(self.incomplete(format!(
                    "user {} moved between pages during reading; try again",
                    reading.last
                )));
            }
        };
        for user in new {
            self.user(&mut reading, user)?;
        }
        self.done = reading.read;
        self.total = Some(total);
        // A full page proves no end, whatever is counted.
        if !new.is_empty() && (reading.read < total || page.len() == PAGE) {
            let offset = reading.read - 1;
            return Ok(self.ask_users(reading, offset));
        }
        if reading.read != total {
            return Err(self.incomplete(format!("it counts {total} users but lists {}", reading.read)));
        }
        if !reading.met_me {
            return Err(self.incomplete(format!(
                "the list does not contain \"{}\", the user of this request; something on the site hides users",
                reading.me.username
            )));
        }
        Ok(self.send(Stage::MeAgain(reading), "/wp/v2/users/me", ME))
    }

    fn user(&self, reading: &mut Reading, user: &UserText) -> Result<(), SystemError> {
        if user.id <= reading.last {
            return Err(self.incomplete(format!(
                "user {} comes after {}: a page was repeated or out of order",
                user.id, reading.last
            )));
        }
        reading.last = user.id;
        reading.read += 1;
        if user.id == reading.me.id {
            if user.username != reading.me.username {
                return Err(self.incomplete(format!(
                    "user {} is \"{}\" in the list, but \"{}\" as the current user",
                    user.id, user.username, reading.me.username
                )));
            }
            reading.met_me = true;
        }
        let member = ObservedMember {
            email: &user.email(),
            user: true,
            login: &user.username,
            first: &user.first(),
            last: &user.last(),
            contact: "",
            privileged: user.privileged(),
            opted_out: false,
            set: 0,
        };
        let pushed = reading.into.push(member, &[], &[]);
        pushed.map_err(|error: TooMuch| self.incomplete(error.to_string()))
    }

    fn end(&mut self, reading: Reading, again: &MeText) -> Result<Step, SystemError> {
        let before = &reading.me;
        if (again.id, &again.username) != (before.id, &before.username) {
            return Err(self.incomplete(format!(
                "the site reports \"{}\" as the user at the end, but \"{}\" at the start",
                again.username, before.username
            )));
        }
        Ok(Step::Done(reading.into.finish()))
    }

    /// As [`judge`]; refused credentials are explained by the index, if it says why.
    fn judge<'a, T: serde::Deserialize<'a>>(
        &self,
        response: &'a HttpResponse,
        passwords: bool,
    ) -> Result<T, SystemError> {
        judge(&self.place, response).map_err(|error| match error {
            SystemError::Unauthorised { place, why } if !passwords => SystemError::Unauthorised {
                place,
                why: format!(
                    "{why}. Its index reports that application passwords are disabled, by a security plugin \
                     or because it has no https"
                ),
            },
            other => other,
        })
    }

    fn incomplete(&self, why: impl Into<String>) -> SystemError {
        SystemError::Incomplete {
            place: self.place.clone(),
            why: why.into(),
        }
    }
}

impl CoreCursor {
    fn answered(&mut self, response: &HttpResponse) -> Result<Step, SystemError> {
        match std::mem::replace(&mut self.stage, Stage::Ended) {
            // A page of the site, and not WordPress's word that there is no such route.
            Stage::Index
                if self.pretty && response.status == 404 && Refusal::read(&response.body).is_none() =>
            {
                self.pretty = false;
                Ok(self.ask_index())
            }
            Stage::Index => {
                let index = self.judge(response, true)?;
                self.index(index)
            }
            Stage::Me(index) => {
                let me = self.judge(response, index.passwords())?;
                self.me(&index, me)
            }
            Stage::Users(reading) => self.users(reading, response),
            Stage::MeAgain(reading) => {
                let again = self.judge(response, reading.passwords)?;
                self.end(*reading, &again)
            }
            Stage::Ended => Err(self.incomplete("reading has already finished")),
        }
    }
}

impl Exchange<Observed, SystemError> for CoreCursor {
    fn next(&mut self, last: Last<'_>) -> Step {
        match last {
            None => {
                (self.done, self.total) = (0, None);
                self.ask_index()
            }
            Some(Ok(response)) => self.answered(response).into(),
            Some(Err(fault)) => Step::Failed(SystemError::from_fault(&self.place, fault)),
        }
    }

    fn progress(&self) -> Option<(u64, Option<u64>)> {
        Some((self.done, self.total))
    }
}
