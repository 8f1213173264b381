//! One member's changes in, rows and effects out: compared with what exists, then set.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::{
    login_rules::LOGIN_RULES,
    setup::{self, tag_id},
    state::{self, Held},
};
use crate::model::{
    Account, Action, Attribute, Change, ContactId, EffectId, Email, ItemOutcome, MemberWrite, Request,
    TagName,
};

/// The first id that the site assigns is one more: seven digits, so that ids sort as texts as they
/// do as numbers, and new ones go to the end of their index.
const IDS_FROM: i64 = 1_000_000;

/// Writes members within one transaction.
pub(super) struct Members<'a> {
    db: &'a Transaction<'a>,
    account: &'a Account,
    request: &'a Request,
    mark: i64,
    tags: HashMap<TagName, Option<i64>>,
    /// Tags of offerings that are not as the request expects them, and what is wrong.
    stale: HashMap<TagName, String>,
    last_id: i64,
}

/// The contact that a member has, gets or takes over.
enum Contact {
    /// None, and none is asked for.
    Absent,
    /// This row.
    There(i64),
    /// The address's row, which gets another contact ID.
    Renumber(i64, ContactId),
    /// A new row; the site assigns the contact ID unless one is given.
    New(Option<ContactId>),
}

/// Either what is asked for, or why this member is not taken.
type Checked<T> = Result<T, String>;

impl<'a> Members<'a> {
    pub(super) fn new(
        db: &'a Transaction<'a>,
        account: &'a Account,
        request: &'a Request,
        mark: i64,
    ) -> rusqlite::Result<Self> {
        let last: Option<i64> = db
            .prepare_cached("SELECT max(id) FROM contacts")?
            .query_row([], |row| row.get(0))?;
        Ok(Self {
            db,
            account,
            request,
            mark,
            tags: HashMap::new(),
            stale: stale_tags(db, request)?,
            last_id: last.unwrap_or(IDS_FROM).max(IDS_FROM),
        })
    }

    /// Compares and sets one member. Whatever the outcome, a member is written whole or not at all.
    pub(super) fn write(&mut self, write: &MemberWrite) -> rusqlite::Result<ItemOutcome> {
        let held = state::read_for(self.db, write)?;
        if held.state.privileged {
            return Ok(refused(
                "the user has more than subscriber rights and is never modified",
            ));
        }
        if let Some(what) = self.unmet(write, &held)? {
            return Ok(ItemOutcome::Moved { what });
        }
        if let Some(change) = write.changes.iter().find(|change| held.state.moved(change)) {
            return Ok(ItemOutcome::Moved {
                what: moved(&held, change),
            });
        }
        let todo: Vec<&Change> = write
            .changes
            .iter()
            .filter(|change| !held.state.has(change))
            .collect();
        if todo.is_empty() {
            return Ok(ItemOutcome::Confirmed {
                contact_id: held.state.contact_ids.first().cloned(),
            });
        }
        let renamed = todo.iter().find(|change| change.attribute == Attribute::Address);
        let Some(renamed) = renamed else {
            return self.carry_out(write, &held, &todo);
        };
        self.db.execute_batch("SAVEPOINT renaming")?;
        self.rename(write, renamed)?;
        let held = state::read(self.db, write.email.as_str())?;
        let outcome = self.carry_out(write, &held, &todo)?;
        if !matches!(outcome, ItemOutcome::Confirmed { .. }) {
            self.db.execute_batch("ROLLBACK TO renaming")?;
        }
        self.db.execute_batch("RELEASE renaming")?;
        Ok(outcome)
    }

    /// What no longer holds of a member for whom the changes were computed.
    fn unmet(&self, write: &MemberWrite, held: &Held) -> rusqlite::Result<Option<String>> {
        if let Some(id) = &write.expect.user_of {
            if !held.user {
                return Ok(Some("the user no longer exists".to_owned()));
            }
            let now = held.contact.and(held.state.contact_ids.first());
            if now != Some(id) {
                let now = now.map_or_else(|| "no contact".to_owned(), |now| format!("contact {now}"));
                return Ok(Some(format!(
                    "the user is linked to {now} now, and not to contact {id}"
                )));
            }
        }
        let mut tags = write.changes.iter().filter_map(|change| change.attribute.tag());
        if let Some(why) = tags.find_map(|tag| self.stale.get(tag)) {
            return Ok(Some(why.clone()));
        }
        let Some(contact) = held.holder.filter(|_| !write.expect.ours.is_empty()) else {
            return Ok(None);
        };
        let mut others = self.db.prepare_cached(
            "SELECT t.name, h.granted_by FROM holdings h JOIN tags t ON t.id = h.tag
             WHERE h.contact = ?1 AND h.granted_by <> ?2 ORDER BY t.name",
        )?;
        let mut rows = others.query(params![contact, self.request.granted_by])?;
        while let Some(row) = rows.next()? {
            let name = TagName::new(row.get_ref(0)?.as_str()?);
            let by: String = row.get(1)?;
            if write.expect.ours.contains(&name) && !self.request.was.contains(&by) {
                return Ok(Some(format!(
                    "the tag \"{name}\" is now from \"{by}\", not from this migration"
                )));
            }
        }
        Ok(None)
    }

    /// Gives user and contact the new address, and records that the old one is free.
    fn rename(&self, write: &MemberWrite, change: &Change) -> rusqlite::Result<()> {
        let old = change.before.as_deref().unwrap_or_default();
        for update in [
            "UPDATE users SET email = ?2 WHERE email = ?1",
            "UPDATE contacts SET email = ?2 WHERE email = ?1",
        ] {
            self.db
                .prepare_cached(update)?
                .execute([old, write.email.as_str()])?;
        }
        let gone = Change {
            after: None,
            ..change.clone()
        };
        if let Some(old) = Email::from_normalised(old) {
            self.effect(&old, &gone, None)?;
        }
        Ok(())
    }

    /// Writes what is left to do of a member.
    fn carry_out(
        &mut self,
        write: &MemberWrite,
        held: &Held,
        todo: &[&Change],
    ) -> rusqlite::Result<ItemOutcome> {
        let contact = match self.check(write, held, todo)? {
            Ok(contact) => contact,
            Err(why) => return Ok(refused(why)),
        };
        let made = matches!(contact, Contact::New(_));
        let (contact, contact_id) = self.people(write, held, todo, contact)?;
        for change in todo {
            self.attribute(change, contact)?;
            // A contact that was there and is only linked now is not made a second time.
            if change.attribute != Attribute::Contact || made {
                self.effect(&write.email, change, contact_id.as_ref())?;
            }
        }
        Ok(ItemOutcome::Confirmed { contact_id })
    }

    /// Everything that can refuse a member, before anything of it is written.
    fn check(
        &mut self,
        write: &MemberWrite,
        held: &Held,
        todo: &[&Change],
    ) -> rusqlite::Result<Checked<Contact>> {
        let makes_user = todo.iter().any(|change| change.attribute == Attribute::User);
        let contact = match self.contact(write, held, todo)? {
            Ok(contact) => contact,
            Err(why) => return Ok(Err(why)),
        };
        for change in todo {
            let why = match (&change.attribute, &change.after) {
                _ if !change.action.is_work()
                    || (change.action == Action::Rename) != (change.attribute == Attribute::Address) =>
                {
                    Some(format!(
                        "the embedded site does not support {}",
                        change.action.word()
                    ))
                }
                (Attribute::Contact | Attribute::User, None) => {
                    Some("users and contacts are never deleted".to_owned())
                }
                (Attribute::User, Some(login)) => self.login_refused(login, write)?,
                (Attribute::Tag(name), Some(_)) if self.tag(name)?.is_none() => {
                    Some(format!("there is no tag \"{name}\" on the site"))
                }
                (Attribute::Registered, after) => registration_refused(makes_user, after.as_deref()),
                (Attribute::FirstName | Attribute::LastName, _) if held.user || makes_user => None,
                (Attribute::ContactLink, _) => {
                    (!held.user && !makes_user).then(|| "there is no user to link".to_owned())
                }
                (Attribute::Address | Attribute::Contact, _) => None,
                _ => matches!(contact, Contact::Absent)
                    .then(|| format!("there is no contact for {}", change.attribute)),
            };
            if why.is_some() {
                return Ok(Err(why.unwrap_or_default()));
            }
        }
        Ok(Ok(contact))
    }

    fn contact(
        &self,
        write: &MemberWrite,
        held: &Held,
        todo: &[&Change],
    ) -> rusqlite::Result<Checked<Contact>> {
        let makes = todo.iter().any(|change| change.attribute == Attribute::Contact);
        let link = todo
            .iter()
            .find(|change| change.attribute == Attribute::ContactLink);
        let given = link
            .and_then(|change| change.after.as_ref().map(ContactId::new))
            .or_else(|| write.contact_id.clone().filter(|_| link.is_some() || makes));
        if link.is_none() && !makes {
            if let Some(row) = held.contact {
                return Ok(Ok(Contact::There(row)));
            }
            return Ok(match self.of_address(write)? {
                Some(row) => self.free(row, write)?.map(Contact::There),
                None => Ok(Contact::Absent),
            });
        }
        let Some(id) = given else {
            return Ok(match self.of_address(write)? {
                Some(row) => self.free(row, write)?.map(Contact::There),
                None if makes => Ok(Contact::New(None)),
                None => Err("no contact ID to link".to_owned()),
            });
        };
        let owner: Option<(i64, String)> = self
            .db
            .prepare_cached("SELECT id, email FROM contacts WHERE contact_id = ?1")?
            .query_row([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(match owner {
            Some((_, email)) if email != write.email.as_str() => {
                Err(format!("contact ID {id} belongs to {email}"))
            }
            Some((row, _)) => self.free(row, write)?.map(Contact::There),
            None => match self.of_address(write)? {
                Some(row) => self.free(row, write)?.map(|row| Contact::Renumber(row, id)),
                None => Ok(Contact::New(Some(id))),
            },
        })
    }

    fn of_address(&self, write: &MemberWrite) -> rusqlite::Result<Option<i64>> {
        self.db
            .prepare_cached("SELECT id FROM contacts WHERE email = ?1")?
            .query_row([write.email.as_str()], |row| row.get(0))
            .optional()
    }

    /// The contact, if no user of another address carries it.
    fn free(&self, contact: i64, write: &MemberWrite) -> rusqlite::Result<Checked<i64>> {
        let user: Option<String> = self
            .db
            .prepare_cached("SELECT email FROM users WHERE contact = ?1")?
            .query_row([contact], |row| row.get(0))
            .optional()?;
        Ok(match user {
            Some(email) if email != write.email.as_str() => {
                Err(format!("the contact ID already belongs to the user {email}"))
            }
            _ => Ok(contact),
        })
    }

    /// Why a new user cannot have this login. Capitals make no difference.
    fn login_refused(&self, login: &str, write: &MemberWrite) -> rusqlite::Result<Option<String>> {
        if !LOGIN_RULES.takes(login) {
            return Ok(Some(format!("the site does not accept \"{login}\" as a login")));
        }
        let user: Option<String> = self
            .db
            .prepare_cached("SELECT email FROM users WHERE login = ?1")?
            .query_row([login], |row| row.get(0))
            .optional()?;
        if let Some(email) = user {
            return Ok(Some(format!("the login \"{login}\" is taken by {email}")));
        }
        if !login.contains('@') || login.eq_ignore_ascii_case(write.email.as_str()) {
            return Ok(None);
        }
        let of_another = self
            .db
            .prepare_cached(
                "SELECT 1 FROM users WHERE email = ?1 UNION ALL SELECT 1 FROM contacts WHERE email = ?1",
            )?
            .exists([login.to_ascii_lowercase()])?;
        Ok(of_another.then(|| format!("the login \"{login}\" is the address of another user")))
    }

    fn tag(&mut self, name: &TagName) -> rusqlite::Result<Option<i64>> {
        if let Some(id) = self.tags.get(name) {
            return Ok(*id);
        }
        let id = tag_id(self.db, name.as_str())?;
        self.tags.insert(name.clone(), id);
        Ok(id)
    }

    /// Makes and links user and contact, and sets names and consent, in as few writes as it takes.
    fn people(
        &mut self,
        write: &MemberWrite,
        held: &Held,
        todo: &[&Change],
        contact: Contact,
    ) -> rusqlite::Result<(Option<i64>, Option<ContactId>)> {
        let email = write.email.as_str();
        let pending = |wanted: &Attribute| todo.iter().find(|change| change.attribute == *wanted);
        let text = |wanted: &Attribute, there: &Option<String>| {
            pending(wanted)
                .map_or(there.as_deref(), |change| change.after.as_deref())
                .unwrap_or_default()
                .to_owned()
        };
        let first = text(&Attribute::FirstName, &held.state.first_name);
        let last = text(&Attribute::LastName, &held.state.last_name);
        let opted_out = pending(&Attribute::OptedOut).map_or(held.state.opted_out, |change| {
            change.after.as_deref() == Some("yes")
        });
        let named = pending(&Attribute::FirstName).is_some() || pending(&Attribute::LastName).is_some();
        let (row, contact_id) = match contact {
            Contact::Absent => (None, None),
            Contact::New(id) => {
                let (row, id) = self.insert_contact(id, email, &first, &last, opted_out)?;
                (Some(row), Some(id))
            }
            Contact::There(row) | Contact::Renumber(row, _) => {
                if let Contact::Renumber(_, id) = &contact {
                    self.db
                        .prepare_cached("UPDATE contacts SET contact_id = ?2 WHERE id = ?1")?
                        .execute(params![row, id.as_str()])?;
                }
                if named {
                    self.db
                        .prepare_cached("UPDATE contacts SET first_name = ?2, last_name = ?3 WHERE id = ?1")?
                        .execute(params![row, first, last])?;
                }
                if pending(&Attribute::OptedOut).is_some() {
                    self.db
                        .prepare_cached("UPDATE contacts SET opted_out = ?2 WHERE id = ?1")?
                        .execute(params![row, opted_out])?;
                }
                let id: String = self
                    .db
                    .prepare_cached("SELECT contact_id FROM contacts WHERE id = ?1")?
                    .query_row([row], |found| found.get(0))?;
                (Some(row), Some(ContactId::new(id)))
            }
        };
        if let Some(login) = pending(&Attribute::User).and_then(|change| change.after.as_deref()) {
            let registered = pending(&Attribute::Registered).and_then(|change| change.after.as_deref());
            self.db
                .prepare_cached(
                    "INSERT INTO users (email, login, first_name, last_name, contact, registered)
                     VALUES (?1, ?2, ?3, ?4, ?5, coalesce(unixepoch(?6), unixepoch()))",
                )?
                .execute(params![email, login, first, last, row, registered])?;
        } else if held.user {
            if named {
                self.db
                    .prepare_cached("UPDATE users SET first_name = ?2, last_name = ?3 WHERE email = ?1")?
                    .execute(params![email, first, last])?;
            }
            if row != held.contact && pending(&Attribute::ContactLink).is_some() {
                self.db
                    .prepare_cached("UPDATE users SET contact = ?2 WHERE email = ?1")?
                    .execute(params![email, row])?;
            }
        }
        Ok((row, contact_id))
    }

    fn insert_contact(
        &mut self,
        given: Option<ContactId>,
        email: &str,
        first: &str,
        last: &str,
        opted_out: bool,
    ) -> rusqlite::Result<(i64, ContactId)> {
        let mut taken = self
            .db
            .prepare_cached("SELECT 1 FROM contacts WHERE contact_id = ?1")?;
        self.last_id += 1;
        let contact_id = if let Some(id) = given {
            id
        } else {
            while taken.exists([self.last_id.to_string()])? {
                self.last_id += 1;
            }
            ContactId::new(self.last_id.to_string())
        };
        self.db
            .prepare_cached(
                "INSERT INTO contacts (email, id, contact_id, first_name, last_name, opted_out)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                email,
                self.last_id,
                contact_id.as_str(),
                first,
                last,
                opted_out
            ])?;
        Ok((self.last_id, contact_id))
    }

    /// Tags and fields; everything else is written by [`Self::people`].
    fn attribute(&mut self, change: &Change, contact: Option<i64>) -> rusqlite::Result<()> {
        let Some(contact) = contact else { return Ok(()) };
        match (&change.attribute, &change.after) {
            (Attribute::Tag(name), after) => {
                let tag = self.tag(name)?;
                if after.is_some() {
                    self.db
                        .prepare_cached(
                            "INSERT INTO holdings (contact, tag, granted_by) VALUES (?1, ?2, ?3)",
                        )?
                        .execute(params![contact, tag, self.request.granted_by])?;
                } else {
                    self.db
                        .prepare_cached("DELETE FROM holdings WHERE contact = ?1 AND tag = ?2")?
                        .execute(params![contact, tag])?;
                }
            }
            (Attribute::Field(name), Some(value)) if !value.is_empty() => {
                self.db
                    .prepare_cached(
                        "INSERT INTO contact_fields (contact, name, value) VALUES (?1, ?2, ?3)
                         ON CONFLICT (contact, name) DO UPDATE SET value = excluded.value",
                    )?
                    .execute(params![contact, name.as_str(), value])?;
            }
            (Attribute::Field(name), _) => {
                self.db
                    .prepare_cached("DELETE FROM contact_fields WHERE contact = ?1 AND name = ?2")?
                    .execute(params![contact, name.as_str()])?;
            }
            (Attribute::SourceKey(source), Some(key)) if !key.is_empty() => {
                self.db
                    .prepare_cached(
                        "INSERT INTO source_keys (contact, source, key) VALUES (?1, ?2, ?3)
                         ON CONFLICT (contact, source) DO UPDATE SET key = excluded.key",
                    )?
                    .execute(params![contact, source.as_str(), key])?;
            }
            (Attribute::SourceKey(source), _) => {
                self.db
                    .prepare_cached("DELETE FROM source_keys WHERE contact = ?1 AND source = ?2")?
                    .execute(params![contact, source.as_str()])?;
            }
            _ => {}
        }
        Ok(())
    }

    fn effect(&self, email: &Email, change: &Change, contact_id: Option<&ContactId>) -> rusqlite::Result<()> {
        let id = EffectId::of(self.account, email, change);
        let value = match (&change.attribute, &change.after) {
            (Attribute::ContactLink, None) => contact_id.map(ContactId::as_str),
            (_, after) => after.as_deref(),
        };
        self.db
            .prepare_cached(
                "INSERT INTO effects (request, effect, email, attribute, value) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                self.mark,
                id.as_bytes(),
                email.as_str(),
                change.attribute.to_string(),
                value
            ])?;
        Ok(())
    }
}

/// Why a date of registration cannot be kept: it comes with a new user, as a moment in UTC.
fn registration_refused(makes_user: bool, after: Option<&str>) -> Option<String> {
    if !makes_user {
        return Some("there is no new user to set a registration date for".to_owned());
    }
    let is_moment = after.is_some_and(|after| after.ends_with('Z') && after.parse::<Timestamp>().is_ok());
    (!is_moment).then(|| "the registration date is not a time such as 2019-04-01T00:00:00Z".to_owned())
}

fn refused(why: impl Into<String>) -> ItemOutcome {
    ItemOutcome::Refused { why: why.into() }
}

fn moved(held: &Held, change: &Change) -> String {
    let words = |value: Option<&str>| value.map_or("blank".to_owned(), |value| format!("\"{value}\""));
    format!(
        "{} is now {}, and was {} when the difference was computed",
        change.attribute,
        words(held.state.value(&change.attribute)),
        words(change.before.as_deref())
    )
}

/// The tags of the offerings that are not as the request expects them.
fn stale_tags(db: &Transaction<'_>, request: &Request) -> rusqlite::Result<HashMap<TagName, String>> {
    let mut stale = HashMap::new();
    for expected in &request.offerings {
        let there = setup::tags_of(db, expected.key.as_str())?;
        if !expected.is_met_by(there.as_ref()) {
            let why = expected.said(there.is_some());
            stale.extend(expected.all_tags().map(|tag| (tag.clone(), why.clone())));
        }
    }
    Ok(stale)
}
