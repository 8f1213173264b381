//! Wanted members, what is there and what was sent before, in; who is written to, and who is not and why, out.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Seen;
use crate::{
    journal::{Asked, AskedState},
    letter::{Fields, Letter, Template},
    model::{EmailTarget, Mark, MarkState, MemberState, OfferingKey, SitePages},
    plan::Plan,
    wanted::Wanted,
};

/// Why somebody whom the plan names gets no mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum LeftOut {
    NoUser,
    SeveralUsers,
    NoAccess,
    Privileged,
    OptedOut,
    CannotBeFilled,
}

impl LeftOut {
    pub(super) fn said(self) -> &'static str {
        match self {
            Self::NoUser => "have no user on the site",
            Self::SeveralUsers => "share their address with another user",
            Self::NoAccess => "have no access to any of its offerings now",
            Self::Privileged => "have more than subscriber rights",
            Self::OptedOut => "have opted out",
            Self::CannotBeFilled => "would get an email without a subject or text",
        }
    }
}

/// Somebody who is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) fields: Fields,
    /// The attempt that is repeated.
    pub(super) again: Option<u32>,
}

impl Person {
    pub(super) fn email(&self) -> &str {
        &self.fields.email
    }
}

/// An email and who gets it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mailing<'a> {
    pub(super) email: &'a EmailTarget,
    pub(super) template: &'a Template<'a>,
    pub(super) people: &'a [Person],
}

/// What was decided of an email.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Chosen {
    /// Who is written to, in order of address.
    pub(super) people: Vec<Person>,
    /// How many were before.
    pub(super) already: u64,
    /// Who may have been; address and what is known.
    pub(super) doubts: Vec<(String, String)>,
    /// To whom the site's mailer would not send, before.
    pub(super) failed: Vec<(String, String)>,
    /// How many are not, by reason.
    pub(super) left_out: BTreeMap<LeftOut, u64>,
    /// Why those whom a person named are not written to again.
    pub(super) not_again: Vec<(String, String)>,
}

/// What decides of an email.
pub(super) struct Choice<'a> {
    pub(super) plan: &'a Plan,
    pub(super) email: &'a EmailTarget,
    pub(super) template: &'a Template<'a>,
    pub(super) wanted: &'a Wanted,
    pub(super) seen: &'a Seen,
    pub(super) pages: &'a SitePages,
    /// The site's marks, by address.
    pub(super) marks: &'a BTreeMap<String, Mark>,
    /// What the journal knows.
    pub(super) asked: &'a Asked,
    /// Where it is not empty, only these, and also those in doubt.
    pub(super) again: &'a BTreeSet<String>,
}

/// What is known of somebody's mail.
enum Before {
    Nothing,
    Sent,
    Doubt(String),
    Failed(String),
}

impl Choice<'_> {
    /// Decides.
    pub(super) fn choose(&self) -> Chosen {
        let mut chosen = Chosen::default();
        let mut met = BTreeSet::new();
        for index in 0..self.wanted.len() {
            let Some(member) = self.wanted.get(index) else {
                break;
            };
            let named = self.again.contains(member.email);
            if member.left_out().is_some() || (!self.again.is_empty() && !named) {
                continue;
            }
            met.insert(member.email);
            match self.person(member.email, member.opted_out) {
                Err(why) => {
                    *chosen.left_out.entry(why).or_default() += 1;
                    if named {
                        chosen.not_again.push((
                            member.email.to_owned(),
                            format!("is among those who {}", why.said()),
                        ));
                    }
                }
                Ok(person) => self.before(person, named, &mut chosen),
            }
        }
        for email in self.again.iter().filter(|email| !met.contains(email.as_str())) {
            chosen
                .not_again
                .push((email.clone(), "is not a member of the plan".to_owned()));
        }
        chosen
    }

    fn before(&self, mut person: Person, named: bool, chosen: &mut Chosen) {
        let email = person.email().to_owned();
        let mark = self.marks.get(&email);
        let before = self.known(&email, mark);
        if named {
            match (&before, mark) {
                (Before::Sent, Some(mark)) if !mark.elsewhere => {
                    let why = "already received it; `--to` sends a copy without counting it".to_owned();
                    chosen.not_again.push((email, why));
                }
                _ => {
                    person.again = mark.map(|mark| mark.attempt);
                    chosen.people.push(person);
                }
            }
            return;
        }
        match before {
            Before::Nothing => chosen.people.push(person),
            Before::Sent => chosen.already += 1,
            Before::Doubt(why) => chosen.doubts.push((email, why)),
            Before::Failed(why) => chosen.failed.push((email, why)),
        }
    }

    fn known(&self, email: &str, mark: Option<&Mark>) -> Before {
        let forgotten = "the site no longer knows of it; was its database restored from a backup?";
        match (mark.map(|mark| (mark.state, &mark.why)), self.asked.of(email)) {
            (Some((MarkState::Sent, _)), _) | (None, Some(AskedState::Sent | AskedState::Written)) => {
                Before::Sent
            }
            (Some((MarkState::Failed, why)), _) => Before::Failed(why.clone()),
            (Some((MarkState::Sending, why)), _) if why.is_empty() => Before::Doubt(
                "it was passed to the site's mailer, but the result was not recorded".to_owned(),
            ),
            (Some((MarkState::Sending, why)), _) => Before::Doubt(why.clone()),
            (None, Some(AskedState::Doubt)) => Before::Doubt(forgotten.to_owned()),
            // Asked and never reached: the mark comes before the mail.
            (None, Some(AskedState::Asked | AskedState::Failed | AskedState::Refused) | None) => {
                Before::Nothing
            }
        }
    }

    fn person(&self, email: &str, opted_out: bool) -> Result<Person, LeftOut> {
        let seen = self.seen;
        let rows = seen.site.find(email);
        let users = rows
            .clone()
            .filter(|row| seen.site.get(*row).is_some_and(|there| there.user));
        let users = users.count();
        let site = seen.site.state(rows);
        if users == 0 {
            return Err(LeftOut::NoUser);
        }
        if users > 1 {
            return Err(LeftOut::SeveralUsers);
        }
        if site.privileged {
            return Err(LeftOut::Privileged);
        }
        let offerings = self.offerings(email);
        if offerings.is_empty() {
            return Err(LeftOut::NoAccess);
        }
        let contacts = seen.contacts.as_ref();
        let contact = contacts.map(|contacts| contacts.state(contacts.find(email)));
        if opted_out || site.opted_out || contact.is_some_and(|contact| contact.opted_out) {
            return Err(LeftOut::OptedOut);
        }
        let fields = self.fields(email, &site, offerings);
        if self.template.render(&fields).is_err() {
            return Err(LeftOut::CannotBeFilled);
        }
        Ok(Person { fields, again: None })
    }

    /// Names of the email's offerings to which somebody has access now.
    fn offerings(&self, email: &str) -> Vec<String> {
        let site = &self.seen.site;
        let has: BTreeSet<&OfferingKey> = site
            .offerings_of(site.find(email))
            .map(|offering| &offering.key)
            .collect();
        let offerings = self.plan.targets.offerings.iter();
        offerings
            .filter(|offering| self.email.offerings.contains(&offering.key) && has.contains(&offering.key))
            .map(|offering| offering.name.clone())
            .collect()
    }

    fn fields(&self, email: &str, site: &MemberState, offerings: Vec<String>) -> Fields {
        Fields {
            first_name: site.first_name.clone().unwrap_or_default(),
            last_name: site.last_name.clone().unwrap_or_default(),
            email: email.to_owned(),
            login: site.login.clone().unwrap_or_default(),
            offerings,
            ..self.of_the_site()
        }
    }

    fn of_the_site(&self) -> Fields {
        Fields {
            site_name: self.pages.name.clone(),
            site_url: self.pages.url.clone(),
            lost_password_url: self.pages.lost_password.clone(),
            migration: self.plan.targets.migration.clone(),
            ..Fields::default()
        }
    }

    /// The mail as this person would get it, whoever it is; as the first of `people` where nobody has the
    /// address; as an invented person where there is nobody. Says as whom.
    pub(super) fn test(&self, email: &str, people: &[Person]) -> Result<(String, Letter), String> {
        let site = self.seen.site.state(self.seen.site.find(email));
        let all = || {
            let all = self.plan.targets.offerings.iter();
            let all = all.filter(|offering| self.email.offerings.contains(&offering.key));
            all.map(|offering| offering.name.clone()).collect()
        };
        let fields = if site.login.is_some() {
            let has = self.offerings(email);
            let offerings = if has.is_empty() { all() } else { has };
            self.fields(email, &site, offerings)
        } else if let Some(first) = people.first() {
            first.fields.clone()
        } else {
            Fields {
                first_name: "Ann".to_owned(),
                last_name: "Example".to_owned(),
                email: email.to_owned(),
                login: "ann".to_owned(),
                offerings: all(),
                ..self.of_the_site()
            }
        };
        let letter = self.template.render(&fields)?;
        Ok((fields.email, letter))
    }
}
