//! Operations in, request text out; response text in, outcomes out. No sockets, no clock.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Route, WHO,
    cursor::SiteCursor,
    read::{BatchText, ItemText, LookText, StatusText, TagText, state},
};
use crate::{
    model::{
        Account, AfterLost, Answer, Attribute, Batching, Capabilities, Change, ContactId, Email, Fault,
        HttpRequest, HttpResponse, ItemOutcome, Looked, MemberState, MemberWrite, Membership, MigrationNames,
        Observed, Payload, Preconditions, RateLimits, Request, RequestClasses, Safety, Seq, SitePages,
        TagRules,
    },
    systems::{
        Exchange, LEASE_SECONDS, Lease, Mailer, OneRequest, Protocol, SystemError,
        json::{Unread, parse},
        probe::{addresses, either, members},
    },
};

/// Members of a request at most: beyond a hundred nothing is gained (docs/companion-rest.md).
const BATCH: usize = 100;
/// Bytes that a member's changes take at most, of the members that fit: those with more go fewer at a time.
const MEMBER_BYTES: u64 = 16 * 1024;
/// Rows of a page at most.
const PAGE: usize = 20_000;
/// The same with membership AccessAlly.
const PAGE_OF_ACCESSALLY: usize = 1_000;
/// PHP's memory that a row of a page takes, in bytes (60 MB for 20,000, measured).
const ROW_BYTES: i64 = 3_000;

/// The companion plugin of one site, as text.
#[derive(Debug, Clone)]
pub(super) struct Companion {
    pub(super) route: Route,
    pub(super) account: Account,
    lease: Lease,
    migration: MigrationNames,
    capabilities: Capabilities,
    page: usize,
    pub(super) pages: SitePages,
    pub(super) recipients: usize,
    people: u64,
}

impl Companion {
    /// The plugin as its status describes it.
    pub(super) fn new(
        route: Route,
        account: Account,
        status: &StatusText,
        lease: Lease,
        migration: &MigrationNames,
        cannot_write: Option<String>,
    ) -> Self {
        let fits = usize::try_from(status.limits.post_max_size / MEMBER_BYTES).unwrap_or(BATCH);
        // A limit of 0 is none.
        let fits = if status.limits.post_max_size == 0 {
            BATCH
        } else {
            fits
        };
        let one_writer = status.database.kind == "sqlite" || !status.database.transactions;
        // AccessAlly is asked user by user.
        let most = match route.membership {
            Membership::AccessAlly => PAGE_OF_ACCESSALLY,
            Membership::Companion => PAGE,
        };
        let memory = status.limits.memory_limit;
        let rows = usize::try_from(memory / 2 / ROW_BYTES).unwrap_or(PAGE);
        let rows = if memory <= 0 { PAGE } else { rows };
        Self {
            route,
            account,
            lease,
            migration: migration.clone(),
            capabilities: Capabilities {
                batching: Batching::new(BATCH.min(status.limits.members).min(fits).max(1)),
                limits: RateLimits::none(),
                classes: RequestClasses::default(),
                in_flight: if one_writer { 1 } else { 2 },
                visibility_ms: 0,
                compares: true,
                confirms: true,
                creates_opted_out: true,
                max_field_chars: None,
                tag_rules: TagRules::wordpress(),
                after_lost_write: AfterLost::Repeat,
                after_lost_tags: AfterLost::Repeat,
                after_lost_setup: AfterLost::Repeat,
                cannot_write,
            },
            page: rows.min(status.limits.page).clamp(1, most),
            pages: SitePages {
                name: status.site.name.clone(),
                url: status.site.home.clone(),
                lost_password: status.site.lost_password.clone(),
                environment: status.instance.environment.clone(),
            },
            recipients: status.limits.recipients,
            people: status.counts.users + status.counts.contacts_only,
        }
    }

    /// What every write says of itself, and what it writes. The companion compares before it writes, so that any of
    /// them may be sent again.
    pub(super) fn write(&self, route: &str, mut body: Value) -> HttpRequest {
        if let Some(body) = body.as_object_mut() {
            body.insert("holder".to_owned(), self.lease.holder.clone().into());
            body.insert("who".to_owned(), self.lease.who.clone().into());
            body.insert("instance".to_owned(), self.account.id.clone().into());
            body.insert("lease".to_owned(), LEASE_SECONDS.into());
            body.insert("membership".to_owned(), self.route.membership.word().into());
        }
        self.route.post(route, &body, Safety::Repeatable)
    }

    /// One item a member, in the order sent; fewer where the site's time was over.
    fn read_items(writes: &[MemberWrite], response: &HttpResponse) -> Result<Answer, Fault> {
        let text: BatchText = parse(WHO, &response.body).map_err(Unread::fault)?;
        if text.items.len() > writes.len() || (text.done && text.items.len() < writes.len()) {
            return Err(broken(&format!(
                "{} members were sent, but the response is for {}",
                writes.len(),
                text.items.len()
            )));
        }
        if text.items.is_empty() {
            return Err(broken("the response is for no one"));
        }
        let items = writes.iter().zip(text.items).map(|(write, item)| {
            if item.seq != write.seq {
                return Err(broken(&format!(
                    "the response is for another member than {}",
                    write.email
                )));
            }
            Ok((write.seq, outcome(item)?))
        });
        Ok(Answer {
            items: items.collect::<Result<_, _>>()?,
            goes_on: !text.done,
            ..Answer::default()
        })
    }

    /// The request that an operation is.
    fn ask(&self, request: &Request) -> HttpRequest {
        match &request.payload {
            Payload::Tag(name) => self.write("tags", made_by(request, json!({ "name": name.as_str() }))),
            Payload::Offering(offering) => self.write("offerings", made_by(request, json!(offering))),
            Payload::Email(email) => self.write("emails", made_by(request, json!(email))),
            Payload::Members(writes) => {
                let mut batch = json!({
                    "request": request.id.to_string(),
                    "granted_by": request.granted_by,
                    "members": writes.iter().map(MemberText::of).collect::<Vec<_>>(),
                });
                if !request.was.is_empty() {
                    batch["granted_before"] = json!(request.was);
                }
                if !request.offerings.is_empty() {
                    batch["offerings"] = json!(request.offerings);
                }
                self.write("batch", batch)
            }
        }
    }

    /// What an answer to an operation means.
    fn read(request: &Request, response: &HttpResponse) -> Result<Answer, Fault> {
        let there = match &request.payload {
            Payload::Members(writes) => return Self::read_items(writes, response),
            Payload::Tag(name) => {
                let tag: TagText = parse(WHO, &response.body).map_err(Unread::fault)?;
                tag.name == name.as_str()
            }
            Payload::Offering(offering) => keyed(response)? == offering.key.as_str(),
            Payload::Email(email) => keyed(response)? == email.key.as_str(),
        };
        if !there {
            return Err(broken("it created something else than requested"));
        }
        let done = ItemOutcome::Confirmed { contact_id: None };
        Ok(Answer {
            items: vec![(0, done)],
            ..Answer::default()
        })
    }

    /// What an answer to a look means.
    fn read_probe(request: &Request, response: &HttpResponse) -> Result<Looked, Fault> {
        let text: LookText = parse(WHO, &response.body).map_err(Unread::fault)?;
        let names: BTreeMap<u64, String> = text.tags.into_iter().map(|tag| (tag.id, tag.name)).collect();
        let found = text.found.into_iter();
        let found: BTreeMap<String, MemberState> = found
            .map(|found| (found.email, state(found.rows, &names)))
            .collect();
        let state_of = |email: &str| -> Result<MemberState, Fault> {
            let missing = || broken(&format!("the response does not include {email}"));
            found.get(email).cloned().ok_or_else(missing)
        };
        let mut looked = Vec::new();
        for write in members(request) {
            let new = state_of(write.email.as_str())?;
            let old = match addresses(write).nth(1) {
                Some(old) => state_of(old)?,
                None => MemberState::default(),
            };
            looked.push((write.seq, either(old, new)));
        }
        Ok(looked)
    }
}

/// What is made, and the migration that makes it.
fn made_by(request: &Request, mut body: Value) -> Value {
    if let Some(body) = body.as_object_mut() {
        body.insert("made_by".to_owned(), request.granted_by.clone().into());
    }
    body
}

/// A member as the companion takes it: when the new user registered is besides the changes.
#[derive(Serialize)]
struct MemberText<'a> {
    seq: Seq,
    email: &'a Email,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_id: Option<&'a ContactId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registered: Option<&'a str>,
    #[serde(skip_serializing_if = "Preconditions::is_empty")]
    expect: &'a Preconditions,
    changes: Vec<&'a Change>,
}

impl<'a> MemberText<'a> {
    fn of(write: &'a MemberWrite) -> Self {
        let is_date = |change: &&Change| change.attribute == Attribute::Registered;
        let date = write.changes.iter().find(is_date);
        Self {
            seq: write.seq,
            email: &write.email,
            contact_id: write.contact_id.as_ref(),
            registered: date.and_then(|change| change.after.as_deref()),
            expect: &write.expect,
            changes: write.changes.iter().filter(|change| !is_date(change)).collect(),
        }
    }
}

fn outcome(item: ItemText) -> Result<ItemOutcome, Fault> {
    let contact_id = item.contact_id.filter(|id| !id.is_empty()).map(ContactId::new);
    let told = |text: Option<String>| text.unwrap_or_else(|| "no reason given".to_owned());
    Ok(match item.outcome.as_str() {
        "confirmed" => ItemOutcome::Confirmed { contact_id },
        "moved" => ItemOutcome::Moved {
            what: told(item.what),
        },
        "refused" => ItemOutcome::Refused { why: told(item.why) },
        other => return Err(broken(&format!("a member's outcome is {other:?}"))),
    })
}

impl Protocol for Companion {
    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    fn carry_out<'a>(&'a self, request: &'a Request) -> Box<dyn Exchange<Answer> + 'a> {
        Box::new(OneRequest::new(self.ask(request), |response: &HttpResponse| {
            Self::read(request, response)
        }))
    }

    fn probe<'a>(&'a self, request: &'a Request) -> Box<dyn Exchange<Looked> + 'a> {
        let emails: BTreeSet<&str> = members(request).iter().flat_map(addresses).collect();
        let body = json!({ "membership": self.route.membership.word(), "emails": emails });
        let asks = self.route.post("look", &body, Safety::Read);
        Box::new(OneRequest::new(asks, |response: &HttpResponse| {
            Self::read_probe(request, response)
        }))
    }

    fn observe(&self) -> Box<dyn Exchange<Observed, SystemError>> {
        Box::new(SiteCursor::new(
            self.route.clone(),
            self.account.clone(),
            &self.migration,
            self.page,
            self.people,
        ))
    }

    fn lease(&self, seconds: u32) -> Option<Box<dyn Exchange<()> + '_>> {
        let body = json!({ "holder": self.lease.holder, "who": self.lease.who, "seconds": seconds });
        let asks = self.route.post("lease", &body, Safety::Repeatable);
        Some(Box::new(OneRequest::new(asks, |_: &HttpResponse| Ok(()))))
    }

    fn mailer(&self) -> Option<&dyn Mailer> {
        Some(self)
    }
}

/// The key of an offering or email that was made.
fn keyed(response: &HttpResponse) -> Result<String, Fault> {
    #[derive(serde::Deserialize)]
    struct Keyed {
        key: String,
    }
    let keyed: Keyed = parse(WHO, &response.body).map_err(Unread::fault)?;
    Ok(keyed.key)
}

pub(super) fn broken(why: &str) -> Fault {
    Fault::Broken {
        why: format!("the companion's response does not match its contract: {why}"),
    }
}
