//! An address in; the member as the site has it now, out.

use rusqlite::{Connection, OptionalExtension, Row};

use crate::model::{Attribute, Change, ContactId, FieldName, MemberState, MemberWrite, SourceKey, TagName};

/// One member as it is in the tables.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) user: bool,
    /// `contacts.id`: the user's contact, or the address's own if there is no user.
    pub(super) contact: Option<i64>,
    /// `contacts.id` of the row that tags, fields and keys hang on.
    pub(super) holder: Option<i64>,
    pub(super) state: MemberState,
}

/// Reads the member that a write is about, who may appear under an old address yet. Under both addresses
/// there are two members, and neither can be taken for the other.
pub(super) fn read_for(db: &Connection, write: &MemberWrite) -> rusqlite::Result<Held> {
    let about_keys = |change: &Change| matches!(change.attribute, Attribute::SourceKey(_));
    // A member is read for every write, and most writes are about no key.
    let with_keys = write.changes.is_empty() || write.changes.iter().any(about_keys);
    let read = |email: &str| -> rusqlite::Result<Held> {
        let mut held = read(db, email)?;
        if with_keys {
            read_keys(db, &mut held)?;
        }
        Ok(held)
    };
    let email = write.email.as_str();
    let new = read(email)?;
    let Some(old) = write.old_address().filter(|old| *old != email) else {
        return Ok(new);
    };
    let held = read(old)?;
    Ok(match (&held.state.address, &new.state.address) {
        (None, _) => new,
        (Some(_), None) => held,
        (Some(_), Some(_)) => Held {
            state: MemberState {
                address: Some(format!("{old}, {email}")),
                ..held.state
            },
            ..held
        },
    })
}

/// The keys that sources have for the person.
fn read_keys(db: &Connection, held: &mut Held) -> rusqlite::Result<()> {
    let Some(contact) = held.holder else { return Ok(()) };
    let mut keys = db.prepare_cached("SELECT source, key FROM source_keys WHERE contact = ?1")?;
    let mut rows = keys.query([contact])?;
    while let Some(row) = rows.next()? {
        let source = SourceKey::new(row.get_ref(0)?.as_str()?);
        held.state.keys.insert(source, row.get(1)?);
    }
    Ok(())
}

/// Reads one member, without keys.
pub(super) fn read(db: &Connection, email: &str) -> rusqlite::Result<Held> {
    let user = db
        .prepare_cached(
            "SELECT u.login, u.first_name, u.last_name, r.privileged,
                    c.id, c.contact_id, c.first_name, c.last_name, c.opted_out
             FROM users u JOIN roles r ON r.name = u.role LEFT JOIN contacts c ON c.id = u.contact
             WHERE u.email = ?1",
        )?
        .query_row([email], |row| {
            let mut held = contact_part(row, 4)?;
            held.user = true;
            held.state.login = Some(row.get(0)?);
            fill(&mut held.state.first_name, row.get(1)?, true);
            fill(&mut held.state.last_name, row.get(2)?, true);
            held.state.privileged = row.get(3)?;
            Ok(held)
        })
        .optional()?;
    // The row that tags and fields hang on.
    let mut row = None;
    let mut held = match user {
        Some(held) if held.contact.is_some() => held,
        user => {
            let own = db
                .prepare_cached(
                    "SELECT id, contact_id, first_name, last_name, opted_out FROM contacts WHERE email = ?1",
                )?
                .query_row([email], |row| contact_part(row, 0))
                .optional()?
                .unwrap_or_default();
            row = own.contact;
            match user {
                Some(user) => not_linked(user, own),
                None => own,
            }
        }
    };
    if held.user || held.contact.is_some() {
        held.state.address = Some(email.to_owned());
    }
    held.holder = held.contact.or(row);
    if let Some(contact) = held.holder {
        let mut tags = db.prepare_cached(
            "SELECT t.name FROM holdings h JOIN tags t ON t.id = h.tag WHERE h.contact = ?1",
        )?;
        let mut rows = tags.query([contact])?;
        while let Some(row) = rows.next()? {
            held.state.tags.insert(TagName::new(row.get_ref(0)?.as_str()?));
        }
        let mut fields = db.prepare_cached("SELECT name, value FROM contact_fields WHERE contact = ?1")?;
        let mut rows = fields.query([contact])?;
        while let Some(row) = rows.next()? {
            held.state
                .fields
                .insert(FieldName::new(row.get_ref(0)?.as_str()?), row.get(1)?);
        }
    }
    Ok(held)
}

/// A user with a contact of its own: the user has what the contact has, except its ID.
fn not_linked(mut user: Held, own: Held) -> Held {
    fill(
        &mut user.state.first_name,
        own.state.first_name.unwrap_or_default(),
        false,
    );
    fill(
        &mut user.state.last_name,
        own.state.last_name.unwrap_or_default(),
        false,
    );
    user.state.opted_out = own.state.opted_out;
    user
}

fn contact_part(row: &Row<'_>, from: usize) -> rusqlite::Result<Held> {
    let mut held = Held {
        contact: row.get(from)?,
        ..Held::default()
    };
    if held.contact.is_some() {
        held.state.contact_ids = vec![ContactId::new(row.get_ref(from + 1)?.as_str()?)];
        fill(&mut held.state.first_name, row.get(from + 2)?, false);
        fill(&mut held.state.last_name, row.get(from + 3)?, false);
        held.state.opted_out = row.get(from + 4)?;
    }
    Ok(held)
}

/// The user's own name takes precedence over the contact's; a blank is not a name.
fn fill(slot: &mut Option<String>, text: String, first: bool) {
    if !text.is_empty() && (first || slot.is_none()) {
        *slot = Some(text);
    }
}
