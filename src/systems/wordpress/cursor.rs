//! Pages in, the whole site out: proven complete, or an error.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::{
    Route,
    answer::{judge, stale},
    read::{
        ContactsPage, EmailsText, MembersPage, OfferingText, OfferingsText, PersonText, StatusText, TagsText,
    },
};
use crate::{
    model::{
        Account, HeldTag, HttpRequest, HttpResponse, LoginRules, MigrationNames, NameLimits, NameRules,
        Observed, ObservedBuilder, ObservedMember, OfferingKey, OfferingKind, OfferingTags, OfferingTarget,
        TagName, TooMuch,
    },
    systems::{Exchange, ExchangeStep, Last, SystemError},
};

type Step = ExchangeStep<Observed, SystemError>;

/// How often a page that is no data (a gateway's error page) is asked for again.
const TRIES: u32 = 4;
/// How often the whole is read again, where someone registered or was deleted in the meantime.
const ROUNDS: u32 = 3;
/// What is asked for of each person.
const FIELDS: &str =
    "login,first_name,last_name,privileged,half_made,contact_id,tags,opted_out,fields,source_keys";

/// Reads tags, offerings, emails, users, contacts, and at the end the status: whether these are all, and of the
/// site that was greeted.
pub(super) struct SiteCursor {
    route: Route,
    account: Account,
    migration: MigrationNames,
    page: usize,
    stage: Stage,
    reading: Reading,
    failed: u32,
    round: u32,
    done: u64,
    /// How many people the greeting counted: for anyone who watches, and for room.
    expected: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Tags,
    Offerings,
    Emails,
    Members,
    Contacts,
    Status,
    Ended,
}

struct Reading {
    into: ObservedBuilder,
    tags: BTreeMap<u64, u16>,
    after: u64,
    users: u64,
    contacts: u64,
}

impl Reading {
    fn new(account: &Account, room: u64) -> Self {
        let room = usize::try_from(room.min(1 << 20)).unwrap_or_default();
        Self {
            into: ObservedBuilder::new(account.clone(), room),
            tags: BTreeMap::new(),
            after: 0,
            users: 0,
            contacts: 0,
        }
    }
}

/// Why a page does not go in.
enum Stop {
    /// Something was written meanwhile: all is read again.
    Changed(String),
    /// It can never be complete.
    Error(SystemError),
}

impl SiteCursor {
    /// `expected` is how many people there were when the site was greeted.
    pub(super) fn new(
        route: Route,
        account: Account,
        migration: &MigrationNames,
        page: usize,
        expected: u64,
    ) -> Self {
        Self {
            reading: Reading::new(&account, expected),
            route,
            account,
            migration: migration.clone(),
            page,
            stage: Stage::Tags,
            failed: 0,
            round: 1,
            done: 0,
            expected,
        }
    }

    fn incomplete(&self, why: impl Into<String>) -> SystemError {
        SystemError::Incomplete {
            place: self.account.place.clone(),
            why: why.into(),
        }
    }

    /// The request of the stage under way.
    fn ask(&self) -> HttpRequest {
        let page = |what: &str| {
            let query = format!("after={}&limit={}&fields={FIELDS}", self.reading.after, self.page);
            self.route.get(what, &query)
        };
        match self.stage {
            Stage::Tags => self.route.get("tags", ""),
            Stage::Offerings => self.route.get("offerings", ""),
            Stage::Emails => self.route.get("emails", ""),
            Stage::Members => page("members"),
            Stage::Contacts => page("contacts"),
            _ => self.route.get("status", ""),
        }
    }

    fn go(&mut self, stage: Stage) -> Step {
        self.stage = stage;
        self.reading.after = 0;
        Step::Send(self.ask())
    }

    /// The answer as data; `None` if it is none and is asked for again.
    fn data<T: DeserializeOwned>(
        &mut self,
        response: &HttpResponse,
        echo: impl FnOnce(&T) -> &str,
    ) -> Result<Option<T>, SystemError> {
        match judge::<T>(&self.account.place, response) {
            Ok(data) if echo(&data) != self.route.echo => Err(self.incomplete(stale())),
            Ok(data) => {
                self.failed = 0;
                Ok(Some(data))
            }
            Err(error @ SystemError::Unauthorised { .. }) => Err(error),
            Err(_) if self.failed < TRIES => {
                self.failed += 1;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn too_much(&self, error: TooMuch) -> Stop {
        Stop::Error(self.incomplete(error.to_string()))
    }

    /// From the beginning, where that may help.
    fn again(&mut self, stop: Stop) -> Result<Step, SystemError> {
        match stop {
            Stop::Error(error) => Err(error),
            Stop::Changed(why) if self.round >= ROUNDS => Err(self.incomplete(format!(
                "{why}; tried {ROUNDS} times. Try again when fewer people are working there"
            ))),
            Stop::Changed(_) => {
                self.round += 1;
                self.done = 0;
                self.reading = Reading::new(&self.account, self.expected);
                Ok(self.go(Stage::Tags))
            }
        }
    }

    fn tags(&mut self, text: &TagsText) -> Result<(), Stop> {
        for tag in &text.tags {
            let index = self.reading.into.tag(&tag.name);
            let index = index.map_err(|error| self.too_much(error))?;
            self.reading.tags.insert(tag.id, index);
            if let Some(maker) = &tag.made_by {
                let made_by = self.reading.into.made_by();
                made_by.tags.insert(TagName::new(&tag.name), maker.clone());
            }
        }
        Ok(())
    }

    /// A page of people; gives whether another follows.
    fn people(
        &mut self,
        users: bool,
        people: &[PersonText],
        next: Option<u64>,
        total: u64,
    ) -> Result<bool, Stop> {
        for person in people {
            if person.id <= self.reading.after {
                return Err(Stop::Error(self.incomplete(format!(
                    "id {} comes after {}: a page was repeated or out of order",
                    person.id, self.reading.after
                ))));
            }
            self.reading.after = person.id;
            self.person(users, person)?;
        }
        let read = people.len() as u64;
        let count = if users {
            &mut self.reading.users
        } else {
            &mut self.reading.contacts
        };
        *count += read;
        let count = *count;
        self.done += read;
        match next {
            Some(next) if people.last().is_some_and(|last| last.id == next) => Ok(true),
            Some(_) => Err(Stop::Error(
                self.incomplete("a page does not end where it says the next one starts"),
            )),
            None if count == total => Ok(false),
            None => Err(Stop::Changed(format!(
                "it counts {total} {} and lists {count}: someone registered or was deleted in the meantime",
                if users { "users" } else { "contacts" }
            ))),
        }
    }

    fn person(&mut self, user: bool, person: &PersonText) -> Result<(), Stop> {
        let mut held = Vec::with_capacity(person.tags.len());
        for (id, by) in &person.tags {
            let Some(tag) = self.reading.tags.get(id) else {
                return Err(Stop::Changed(format!(
                    "tag {id} was created while the site was read"
                )));
            };
            held.push(HeldTag {
                tag: *tag,
                ours: self.migration.includes(by),
            });
        }
        let mut fields = Vec::with_capacity(person.fields.len());
        for (name, value) in &person.fields {
            let field = self.reading.into.field(name);
            fields.push((field.map_err(|error| self.too_much(error))?, value.as_str()));
        }
        let member = ObservedMember {
            email: &person.email,
            user: user && !person.half_made,
            login: if person.half_made { "" } else { &person.login },
            first: &person.first_name,
            last: &person.last_name,
            contact: &person.contact_id,
            privileged: person.privileged,
            opted_out: person.opted_out,
            set: 0,
        };
        let pushed = self.reading.into.push(member, &held, &fields);
        pushed.map_err(|error| self.too_much(error))?;
        for (source, key) in &person.source_keys {
            let number = self.reading.into.source(source);
            let kept = self.reading.into.key(number, key);
            kept.map_err(|error| self.too_much(error))?;
        }
        Ok(())
    }

    fn end(&mut self, status: &StatusText) -> Result<Step, SystemError> {
        if status.instance.id != self.account.id {
            return Err(self.incomplete("another site responds than at the start"));
        }
        let (users, contacts) = (self.reading.users, self.reading.contacts);
        let only = self.route.membership == crate::model::Membership::Companion;
        if status.counts.users != users || (only && status.counts.contacts_only != contacts) {
            let counts = &status.counts;
            return self.again(Stop::Changed(format!(
                "{users} users and {contacts} contacts were read, but there are {} and {} now",
                counts.users, counts.contacts_only
            )));
        }
        self.stage = Stage::Ended;
        let reading = std::mem::replace(&mut self.reading, Reading::new(&self.account, 0));
        let mut observed: Observed = reading.into.finish();
        observed.login_rules = LoginRules::WordPress;
        observed.name_rules = NameRules::WordPress;
        if only {
            observed.name_limits = NameLimits::WORDPRESS;
        }
        Ok(Step::Done(observed))
    }
}

/// What the site has under an offering. A module without a tag opens with the offering itself.
fn offering(text: OfferingText) -> OfferingTarget {
    let tags = text.tags;
    let base = tags.base.map(TagName::new);
    let modules = tags.modules.into_iter();
    let modules = modules.filter_map(|name| name.map(TagName::new).or_else(|| base.clone()));
    OfferingTarget {
        key: OfferingKey::new(&text.key),
        name: text.name,
        kind: text.kind.unwrap_or(OfferingKind::Course),
        includes: text.includes.iter().map(OfferingKey::new).collect(),
        tags: OfferingTags {
            instant: tags.instant.map(TagName::new),
            revoke: tags.revoke.map(TagName::new),
            modules: modules.collect(),
            base,
        },
    }
}

impl SiteCursor {
    fn answered(&mut self, response: &HttpResponse) -> Result<Step, SystemError> {
        macro_rules! data_or_again {
            ($text:ty) => {
                match self.data(response, |text: &$text| &text.echo)? {
                    Some(data) => data,
                    None => return Ok(Step::Send(self.ask())),
                }
            };
        }
        match self.stage {
            Stage::Tags => {
                let tags = data_or_again!(TagsText);
                match self.tags(&tags) {
                    Ok(()) => Ok(self.go(Stage::Offerings)),
                    Err(stop) => self.again(stop),
                }
            }
            Stage::Offerings => {
                let text = data_or_again!(OfferingsText);
                for one in text.offerings {
                    if let Some(maker) = &one.made_by {
                        let made_by = self.reading.into.made_by();
                        made_by
                            .offerings
                            .insert(OfferingKey::new(&one.key), maker.clone());
                    }
                    self.reading.into.offering(offering(one));
                }
                Ok(self.go(Stage::Emails))
            }
            Stage::Emails => {
                let text = data_or_again!(EmailsText);
                for email in text.emails {
                    if let Some(maker) = email.made_by {
                        let made_by = self.reading.into.made_by();
                        made_by.emails.insert(email.target.key.clone(), maker);
                    }
                    self.reading.into.email(email.target);
                }
                Ok(self.go(Stage::Members))
            }
            Stage::Members => {
                let page = data_or_again!(MembersPage);
                match self.people(true, &page.members, page.next, page.total) {
                    Ok(true) => Ok(Step::Send(self.ask())),
                    Ok(false) if self.route.membership == crate::model::Membership::Companion => {
                        Ok(self.go(Stage::Contacts))
                    }
                    Ok(false) => Ok(self.go(Stage::Status)),
                    Err(stop) => self.again(stop),
                }
            }
            Stage::Contacts => {
                let page = data_or_again!(ContactsPage);
                match self.people(false, &page.contacts, page.next, page.total) {
                    Ok(true) => Ok(Step::Send(self.ask())),
                    Ok(false) => Ok(self.go(Stage::Status)),
                    Err(stop) => self.again(stop),
                }
            }
            Stage::Status => {
                let status = data_or_again!(StatusText);
                self.end(&status)
            }
            Stage::Ended => Err(self.incomplete("reading has already finished")),
        }
    }
}

impl Exchange<Observed, SystemError> for SiteCursor {
    fn next(&mut self, last: Last<'_>) -> Step {
        match last {
            None => self.go(Stage::Tags),
            Some(Ok(response)) => self.answered(response).into(),
            Some(Err(fault)) => Step::Failed(SystemError::from_fault(&self.account.place, fault)),
        }
    }

    fn progress(&self) -> Option<(u64, Option<u64>)> {
        Some((self.done, Some(self.expected)))
    }
}
