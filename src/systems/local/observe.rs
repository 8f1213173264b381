//! The whole site in, an observation out: one pass a table, proven complete.

use std::cmp::Ordering;

use rusqlite::{Connection, Row, Rows};

use super::super::{OnProgress, SystemError};
use super::open::At;
use crate::model::{
    Account, Arena, HeldTag, MigrationNames, Observed, ObservedBuilder, ObservedMember, Span, TagName,
    TooMuch,
};

/// How many rows go by between two reports of progress.
const REPORT_EVERY: u64 = 8_192;

/// Reads everything, in one read transaction.
pub(super) fn observe(
    db: &mut Connection,
    at: At<'_>,
    account: Account,
    migration: &MigrationNames,
    progress: OnProgress<'_>,
) -> Result<Observed, SystemError> {
    let transaction = db.transaction().map_err(|error| at.sql("read", &error))?;
    Reading {
        db: &transaction,
        at,
        migration,
        progress,
    }
    .run(account)
}

struct Reading<'a> {
    db: &'a Connection,
    at: At<'a>,
    migration: &'a MigrationNames,
    progress: OnProgress<'a>,
}

/// What contacts hold, grouped by `contacts.id` in ascending order.
struct ByContact<T> {
    owners: Vec<(i64, u32)>,
    items: Vec<T>,
    next: usize,
}

impl<T> ByContact<T> {
    fn with_capacity(items: usize) -> Self {
        Self {
            owners: Vec::new(),
            items: Vec::with_capacity(items),
            next: 0,
        }
    }

    fn push(&mut self, contact: i64, item: T) -> Result<(), TooMuch> {
        if self.owners.last().is_none_or(|(last, _)| *last != contact) {
            let start = u32::try_from(self.items.len()).map_err(|_| TooMuch)?;
            self.owners.push((contact, start));
        }
        self.items.push(item);
        Ok(())
    }

    /// What a contact has. Contacts made by email address are asked for in order of id, so the
    /// next owner is tried before the search.
    fn of(&mut self, contact: i64) -> &[T] {
        let here = if self.owners.get(self.next).is_some_and(|(id, _)| *id == contact) {
            self.next
        } else if let Ok(found) = self.owners.binary_search_by_key(&contact, |(id, _)| *id) {
            found
        } else {
            return &[];
        };
        self.next = here + 1;
        let start = self.owners[here].1 as usize;
        let end = self
            .owners
            .get(here + 1)
            .map_or(self.items.len(), |(_, start)| *start as usize);
        &self.items[start..end]
    }
}

/// A contact row that waits for its turn in the merge. Its texts are fetched when they are needed:
/// where there is a user, most are not.
struct ContactRow<'r> {
    row: &'r Row<'r>,
    email: &'r [u8],
    id: i64,
}

impl<'r> ContactRow<'r> {
    fn of(row: &'r Row<'r>) -> rusqlite::Result<Self> {
        Ok(Self {
            row,
            email: row.get_ref(0)?.as_bytes()?,
            id: row.get(1)?,
        })
    }

    fn email(&self) -> rusqlite::Result<&'r str> {
        text_of(self.row, 0)
    }

    fn contact_id(&self) -> rusqlite::Result<&'r str> {
        text_of(self.row, 2)
    }

    fn first(&self) -> rusqlite::Result<&'r str> {
        text_of(self.row, 3)
    }

    fn last(&self) -> rusqlite::Result<&'r str> {
        text_of(self.row, 4)
    }

    fn opted_out(&self) -> rusqlite::Result<bool> {
        self.row.get(5)
    }
}

struct UserRow<'r> {
    email: &'r str,
    login: &'r str,
    first: &'r str,
    last: &'r str,
    privileged: bool,
    contact: Option<i64>,
}

impl<'r> UserRow<'r> {
    fn of(row: &'r Row<'_>, privileged_roles: &[String]) -> rusqlite::Result<Self> {
        let role = row.get_ref(4)?.as_str()?;
        Ok(Self {
            email: row.get_ref(0)?.as_str()?,
            login: row.get_ref(1)?.as_str()?,
            first: row.get_ref(2)?.as_str()?,
            last: row.get_ref(3)?.as_str()?,
            privileged: role != "subscriber" && privileged_roles.iter().any(|name| name == role),
            contact: row.get(5)?,
        })
    }
}

/// All that the merge adds rows to.
struct Merge {
    into: ObservedBuilder,
    tags: ByContact<HeldTag>,
    fields: ByContact<(u16, Span)>,
    keys: ByContact<(usize, Span)>,
    text: Arena,
    last: String,
    ascending: bool,
}

impl Merge {
    fn push(&mut self, user: Option<&UserRow<'_>>, contact: Option<&ContactRow<'_>>) -> Result<(), Stop> {
        let (held, cells) = match contact {
            Some(contact) => (self.tags.of(contact.id), self.fields.of(contact.id)),
            None => (&[][..], &[][..]),
        };
        let fields: Vec<(u16, &str)> = cells
            .iter()
            .map(|(field, span)| (*field, self.text.get(*span)))
            .collect();
        let email = match (user, contact) {
            (Some(user), _) => user.email,
            (None, contact) => contact.map_or(Ok(""), ContactRow::email)?,
        };
        self.ascending &= self.last.as_str() <= email;
        email.clone_into(&mut self.last);
        let first = match user.map(|user| user.first) {
            Some(name) if !name.is_empty() => name,
            _ => contact.map_or(Ok(""), ContactRow::first)?,
        };
        let last = match user.map(|user| user.last) {
            Some(name) if !name.is_empty() => name,
            _ => contact.map_or(Ok(""), ContactRow::last)?,
        };
        let member = ObservedMember {
            email,
            user: user.is_some(),
            login: user.map_or("", |user| user.login),
            first,
            last,
            contact: contact.map_or(Ok(""), ContactRow::contact_id)?,
            privileged: user.is_some_and(|user| user.privileged),
            opted_out: contact.map_or(Ok(false), ContactRow::opted_out)?,
            set: 0,
        };
        self.into.push(member, held, &fields)?;
        if let Some(contact) = contact {
            for (source, key) in self.keys.of(contact.id) {
                self.into.key(*source, self.text.get(*key))?;
            }
        }
        Ok(())
    }
}

/// Why a row cannot be taken.
enum Stop {
    Sql(rusqlite::Error),
    TooMuch(TooMuch),
}

impl Stop {
    fn at(self, at: At<'_>) -> SystemError {
        match self {
            Self::Sql(error) => at.sql("read", &error),
            Self::TooMuch(error) => at.incomplete(error.to_string()),
        }
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<TooMuch> for Stop {
    fn from(error: TooMuch) -> Self {
        Self::TooMuch(error)
    }
}

impl Reading<'_> {
    fn run(mut self, account: Account) -> Result<Observed, SystemError> {
        let users = self.count("users")?;
        let contacts = self.count("contacts")?;
        let total = users.max(contacts);
        let room = usize::try_from(total).unwrap_or_default();
        let mut into = ObservedBuilder::new(account, room);
        super::setup::observe(self.db, self.at, &mut into)?;
        let tags = self.tags(&mut into, room)?;
        let mut text = Arena::default();
        let fields = self.fields(&mut into, &mut text)?;
        let keys = self.keys(&mut into, &mut text)?;
        let mut merge = Merge {
            into,
            tags,
            fields,
            keys,
            text,
            last: String::new(),
            ascending: true,
        };
        let read = self.people(&mut merge, total)?;
        if read != (users, contacts) {
            return Err(self.at.incomplete(format!(
                "{users} users and {contacts} contacts are counted, but {} and {} could be read; the file is damaged, restore it from a backup",
                read.0, read.1
            )));
        }
        Ok(merge.into.finish())
    }

    fn count(&self, table: &str) -> Result<u64, SystemError> {
        let at = self.at;
        self.db
            .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
                row.get::<_, i64>(0).map(i64::unsigned_abs)
            })
            .map_err(|error| at.sql("read", &error))
    }

    fn tags(&self, into: &mut ObservedBuilder, members: usize) -> Result<ByContact<HeldTag>, SystemError> {
        let at = self.at;
        let sql = |error: rusqlite::Error| at.sql("read", &error);
        let mut index: Vec<(i64, u16)> = Vec::new();
        let made_by = super::setup::made_by(self.db).map_err(sql)?;
        let mut tags = self
            .db
            .prepare(&format!("SELECT id, name, {made_by} FROM tags ORDER BY id"))
            .map_err(sql)?;
        let mut rows = tags.query([]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            let name: String = row.get(1).map_err(sql)?;
            let tag = into.tag(&name).map_err(|_| self.too_much())?;
            if let Some(maker) = row.get(2).map_err(sql)? {
                into.made_by().tags.insert(TagName::new(&name), maker);
            }
            index.push((row.get(0).map_err(sql)?, tag));
        }
        let mut held = ByContact::with_capacity(members * 2);
        let mut holdings = self
            .db
            .prepare(&format!(
                "SELECT contact, tag, granted_by IN (?1{}) FROM holdings ORDER BY contact, tag",
                ", ?".repeat(self.migration.was.len())
            ))
            .map_err(sql)?;
        let names = std::iter::once(&self.migration.name).chain(&self.migration.was);
        let mut rows = holdings.query(rusqlite::params_from_iter(names)).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            let contact = row.get(0).map_err(sql)?;
            let id: i64 = row.get(1).map_err(sql)?;
            let place = index.binary_search_by_key(&id, |(id, _)| *id).map_err(|_| {
                self.at.incomplete(format!(
                    "a contact has a tag with the id {id}, which does not exist"
                ))
            })?;
            let item = HeldTag {
                tag: index[place].1,
                ours: row.get(2).map_err(sql)?,
            };
            held.push(contact, item).map_err(|_| self.too_much())?;
        }
        Ok(held)
    }

    fn fields(
        &self,
        into: &mut ObservedBuilder,
        text: &mut Arena,
    ) -> Result<ByContact<(u16, Span)>, SystemError> {
        let at = self.at;
        let sql = |error: rusqlite::Error| at.sql("read", &error);
        let mut fields = ByContact::with_capacity(0);
        let mut cells = self
            .db
            .prepare("SELECT contact, name, value FROM contact_fields ORDER BY contact, name")
            .map_err(sql)?;
        let mut rows = cells.query([]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            let name = text_of(row, 1).map_err(sql)?;
            let value = text_of(row, 2).map_err(sql)?;
            let field = into.field(name).map_err(|_| self.too_much())?;
            let span = text.push(value).ok_or_else(|| self.too_much())?;
            fields
                .push(row.get(0).map_err(sql)?, (field, span))
                .map_err(|_| self.too_much())?;
        }
        Ok(fields)
    }

    fn keys(
        &self,
        into: &mut ObservedBuilder,
        text: &mut Arena,
    ) -> Result<ByContact<(usize, Span)>, SystemError> {
        let at = self.at;
        let sql = |error: rusqlite::Error| at.sql("read", &error);
        let mut keys = ByContact::with_capacity(0);
        let mut there = self
            .db
            .prepare("SELECT 1 FROM sqlite_schema WHERE name = 'source_keys'")
            .map_err(sql)?;
        // A site of the first format, which is only read, keeps none.
        if !there.exists([]).map_err(sql)? {
            return Ok(keys);
        }
        let mut cells = self
            .db
            .prepare("SELECT contact, source, key FROM source_keys ORDER BY contact, source")
            .map_err(sql)?;
        let mut rows = cells.query([]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            let source = into.source(text_of(row, 1).map_err(sql)?);
            let key = text.push(text_of(row, 2).map_err(sql)?);
            let key = key.ok_or_else(|| self.too_much())?;
            keys.push(row.get(0).map_err(sql)?, (source, key))
                .map_err(|_| self.too_much())?;
        }
        Ok(keys)
    }

    /// Merges users and contacts, both by email address; gives how many of each there were.
    fn people(&mut self, merge: &mut Merge, total: u64) -> Result<(u64, u64), SystemError> {
        let at = self.at;
        let sql = |error: rusqlite::Error| at.sql("read", &error);
        let privileged = self.privileged_roles().map_err(sql)?;
        let mut users = self
            .db
            .prepare("SELECT email, login, first_name, last_name, role, contact FROM users ORDER BY email")
            .map_err(sql)?;
        let mut contacts = self
            .db
            .prepare(
                "SELECT email, id, contact_id, first_name, last_name, opted_out FROM contacts ORDER BY email",
            )
            .map_err(sql)?;
        let mut users = users.query([]).map_err(sql)?;
        let mut contacts = contacts.query([]).map_err(sql)?;
        let mut read = (0, 0);
        let mut user_row = next(&mut users, &mut read.0).map_err(sql)?;
        let mut contact_row = next(&mut contacts, &mut read.1).map_err(sql)?;
        loop {
            let user = user_row
                .map(|row| UserRow::of(row, &privileged))
                .transpose()
                .map_err(sql)?;
            let contact = contact_row.map(ContactRow::of).transpose().map_err(sql)?;
            let order = match (&user, &contact) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(user), Some(contact)) => user.email.as_bytes().cmp(contact.email),
            };
            match (&user, &contact) {
                (Some(user), Some(contact)) if order.is_eq() && user.contact == Some(contact.id) => {
                    merge
                        .push(Some(user), Some(contact))
                        .map_err(|stop| stop.at(at))?;
                }
                (Some(user), contact) if order.is_le() => {
                    self.apart(merge, user)?;
                    // The contact of the address, to which its user is not linked, is a row of its own.
                    if let Some(contact) = contact.as_ref().filter(|_| order.is_eq()) {
                        merge.push(None, Some(contact)).map_err(|stop| stop.at(at))?;
                    }
                }
                (_, contact) => merge.push(None, contact.as_ref()).map_err(|stop| stop.at(at))?,
            }
            if order.is_le() {
                user_row = next(&mut users, &mut read.0).map_err(sql)?;
            }
            if order.is_ge() {
                contact_row = next(&mut contacts, &mut read.1).map_err(sql)?;
            }
            let done = read.0.max(read.1);
            if done.is_multiple_of(REPORT_EVERY) {
                (self.progress)(done, Some(total));
            }
        }
        if !merge.ascending {
            return Err(
                at.incomplete("addresses are out of order; the file is damaged, restore it from a backup")
            );
        }
        (self.progress)(total, Some(total));
        Ok(read)
    }

    /// A user who carries no contact ID, or that of a contact with another address.
    fn apart(&self, merge: &mut Merge, user: &UserRow<'_>) -> Result<(), SystemError> {
        let at = self.at;
        let sql = |error: rusqlite::Error| at.sql("read", &error);
        let Some(id) = user.contact else {
            return merge.push(Some(user), None).map_err(|stop| stop.at(at));
        };
        let mut find = self
            .db
            .prepare_cached(
                "SELECT email, id, contact_id, first_name, last_name, opted_out FROM contacts WHERE id = ?1",
            )
            .map_err(sql)?;
        let mut rows = find.query([id]).map_err(sql)?;
        let Some(row) = rows.next().map_err(sql)? else {
            return Err(at.incomplete(format!(
                "the user {} is linked to a contact that does not exist",
                user.email
            )));
        };
        let contact = ContactRow::of(row).map_err(sql)?;
        merge.push(Some(user), Some(&contact)).map_err(|stop| stop.at(at))
    }

    fn privileged_roles(&self) -> rusqlite::Result<Vec<String>> {
        self.db
            .prepare("SELECT name FROM roles WHERE privileged = 1")?
            .query_map([], |row| row.get(0))?
            .collect()
    }

    fn too_much(&self) -> SystemError {
        self.at.incomplete(TooMuch.to_string())
    }
}

fn next<'r>(rows: &'r mut Rows<'_>, read: &mut u64) -> rusqlite::Result<Option<&'r Row<'r>>> {
    let row = rows.next()?;
    *read += u64::from(row.is_some());
    Ok(row)
}

fn text_of<'r>(row: &'r Row<'_>, column: usize) -> rusqlite::Result<&'r str> {
    Ok(row.get_ref(column)?.as_str()?)
}
