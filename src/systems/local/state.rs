//! An address in, the member as the site holds it now out.

use rusqlite::{Connection, OptionalExtension, Row};

use crate::model::{ContactId, FieldName, MemberState, TagName};

/// One member as it is in the tables.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) user: bool,
    /// `contacts.id`: the user's contact, or the address's own where there is no user.
    pub(super) contact: Option<i64>,
    pub(super) state: MemberState,
}

/// Reads one member.
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
    if let Some(contact) = held.contact.or(row) {
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

/// A user beside whom their own contact stands: the user has what it holds, and not its ID.
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

/// The user's own name stands before the contact's; a blank is no name.
fn fill(slot: &mut Option<String>, text: String, first: bool) {
    if !text.is_empty() && (first || slot.is_none()) {
        *slot = Some(text);
    }
}
