//! Offerings, tags and emails in, rows out: made or updated, the same when done twice.

use rusqlite::{Connection, OptionalExtension, params};

use super::super::SystemError;
use super::open::At;
use crate::model::{
    EmailKey, EmailTarget, EmailVia, ItemOutcome, ObservedBuilder, OfferingKey, OfferingKind, OfferingTags,
    OfferingTarget, TagName,
};

/// The outcome of what is not about members.
pub(super) fn done() -> Vec<ItemOutcome> {
    vec![ItemOutcome::Confirmed { contact_id: None }]
}

/// The column that says which migration made something; a site before format 4, which is only read, has none.
pub(super) fn made_by(db: &Connection) -> rusqlite::Result<&'static str> {
    let there = db
        .prepare("SELECT 1 FROM pragma_table_info('offerings') WHERE name = 'made_by'")?
        .exists([])?;
    Ok(if there { "made_by" } else { "NULL" })
}

/// Makes sure that a tag exists; gives its id.
pub(super) fn tag(db: &Connection, name: &TagName, maker: &str) -> rusqlite::Result<i64> {
    if let Some(id) = tag_id(db, name.as_str())? {
        return Ok(id);
    }
    db.prepare_cached("INSERT INTO tags (name, made_by) VALUES (?1, ?2)")?
        .insert([name.as_str(), maker])
}

/// The id of a tag, if it exists.
pub(super) fn tag_id(db: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached("SELECT id FROM tags WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// Makes sure that an offering exists as it is given, with its tags.
pub(super) fn offering(
    db: &Connection,
    offering: &OfferingTarget,
    maker: &str,
) -> rusqlite::Result<Vec<ItemOutcome>> {
    let key = offering.key.as_str();
    db.execute(
        "INSERT INTO offerings (key, name, kind, made_by) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (key) DO UPDATE SET name = excluded.name, kind = excluded.kind, made_by = excluded.made_by",
        params![key, offering.name, offering.kind.word(), maker],
    )?;
    db.execute("DELETE FROM offering_includes WHERE offering = ?1", [key])?;
    for (place, included) in (0i64..).zip(&offering.includes) {
        db.execute(
            "INSERT INTO offering_includes (offering, place, included) VALUES (?1, ?2, ?3)",
            params![key, place, included.as_str()],
        )?;
    }
    db.execute("DELETE FROM offering_tags WHERE offering = ?1", [key])?;
    let tags = &offering.tags;
    let own = |role: &str, name: &TagName| {
        db.execute(
            "INSERT INTO offering_tags (offering, role, tag) VALUES (?1, ?2, ?3)",
            params![key, role, tag(db, name, maker)?],
        )
    };
    for (role, name) in [
        ("base", &tags.base),
        ("instant", &tags.instant),
        ("revoke", &tags.revoke),
    ] {
        if let Some(name) = name {
            own(role, name)?;
        }
    }
    for (number, name) in (1u32..).zip(&tags.modules) {
        own(&format!("module-{number}"), name)?;
    }
    Ok(done())
}

/// Makes sure that an email exists as it is given.
pub(super) fn email(db: &Connection, email: &EmailTarget, maker: &str) -> rusqlite::Result<Vec<ItemOutcome>> {
    let key = email.key.as_str();
    for offering in &email.offerings {
        let there = db
            .query_row(
                "SELECT 1 FROM offerings WHERE key = ?1",
                [offering.as_str()],
                |_| Ok(()),
            )
            .optional()?;
        if there.is_none() {
            return Ok(vec![ItemOutcome::Refused {
                why: format!(
                    "the email {key} is for the offering {offering}, which does not exist on the site"
                ),
            }]);
        }
    }
    let via = match email.via {
        EmailVia::Tag => "tag",
        EmailVia::Site => "site",
        EmailVia::File => "file",
    };
    db.execute(
        "INSERT INTO emails (key, via, per_hour, subject, body, made_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (key) DO UPDATE SET via = excluded.via, per_hour = excluded.per_hour,
             subject = excluded.subject, body = excluded.body, made_by = excluded.made_by",
        params![key, via, email.per_hour, email.subject, email.body, maker],
    )?;
    db.execute("DELETE FROM email_offerings WHERE email = ?1", [key])?;
    for (place, offering) in (0i64..).zip(&email.offerings) {
        db.execute(
            "INSERT INTO email_offerings (email, place, offering) VALUES (?1, ?2, ?3)",
            params![key, place, offering.as_str()],
        )?;
    }
    Ok(done())
}

/// Reads offerings and emails into an observation.
pub(super) fn observe(db: &Connection, at: At<'_>, into: &mut ObservedBuilder) -> Result<(), SystemError> {
    let sql = |error: rusqlite::Error| at.sql("read", &error);
    for offering in read_offerings(db).map_err(sql)? {
        into.offering(offering);
    }
    for email in read_emails(db).map_err(sql)? {
        into.email(email);
    }
    let makers = makers_of(db, "offerings").map_err(sql)?.into_iter();
    into.made_by().offerings = makers
        .map(|(key, maker)| (OfferingKey::new(key), maker))
        .collect();
    let makers = makers_of(db, "emails").map_err(sql)?.into_iter();
    into.made_by().emails = makers.map(|(key, maker)| (EmailKey::new(key), maker)).collect();
    Ok(())
}

/// The keys of a table and the migration that made each.
fn makers_of(db: &Connection, table: &str) -> rusqlite::Result<Vec<(String, String)>> {
    let made_by = made_by(db)?;
    db.prepare(&format!(
        "SELECT key, {made_by} FROM {table} WHERE {made_by} IS NOT NULL"
    ))?
    .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
    .collect()
}

fn read_emails(db: &Connection) -> rusqlite::Result<Vec<EmailTarget>> {
    let mut emails = db.prepare("SELECT key, via, per_hour, subject, body FROM emails ORDER BY key")?;
    let mut offerings = db.prepare("SELECT offering FROM email_offerings WHERE email = ?1 ORDER BY place")?;
    emails
        .query_map([], |row| {
            let key: String = row.get(0)?;
            Ok(EmailTarget {
                offerings: offerings
                    .query_map([&key], |row| row.get::<_, String>(0).map(OfferingKey::new))?
                    .collect::<Result<_, _>>()?,
                via: via_of(row.get_ref(1)?.as_str()?),
                per_hour: row.get(2)?,
                subject: row.get(3)?,
                body: row.get(4)?,
                key: EmailKey::new(key),
            })
        })?
        .collect()
}

/// The table's check allows these three words only.
fn via_of(word: &str) -> EmailVia {
    match word {
        "tag" => EmailVia::Tag,
        "file" => EmailVia::File,
        _ => EmailVia::Site,
    }
}

fn read_offerings(db: &Connection) -> rusqlite::Result<Vec<OfferingTarget>> {
    let mut offerings = db.prepare("SELECT key, name, kind FROM offerings ORDER BY key")?;
    let mut includes =
        db.prepare("SELECT included FROM offering_includes WHERE offering = ?1 ORDER BY place")?;
    offerings
        .query_map([], |row| {
            let key: String = row.get(0)?;
            Ok(OfferingTarget {
                name: row.get(1)?,
                kind: kind_of(row.get_ref(2)?.as_str()?),
                includes: includes
                    .query_map([&key], |row| row.get::<_, String>(0).map(OfferingKey::new))?
                    .collect::<Result<_, _>>()?,
                tags: own_tags(db, &key)?,
                key: OfferingKey::new(key),
            })
        })?
        .collect()
}

/// The tags that an offering owns; `None` if it does not exist.
pub(super) fn tags_of(db: &Connection, key: &str) -> rusqlite::Result<Option<OfferingTags>> {
    let exists = db
        .prepare_cached("SELECT 1 FROM offerings WHERE key = ?1")?
        .exists([key])?;
    exists.then(|| own_tags(db, key)).transpose()
}

fn own_tags(db: &Connection, key: &str) -> rusqlite::Result<OfferingTags> {
    let mut tags = db.prepare_cached(
        "SELECT t.name FROM offering_tags o JOIN tags t ON t.id = o.tag WHERE o.offering = ?1 AND o.role = ?2",
    )?;
    let mut tag = |role: &str| {
        tags.query_row([key, role], |row| row.get::<_, String>(0).map(TagName::new))
            .optional()
    };
    Ok(OfferingTags {
        base: tag("base")?,
        instant: tag("instant")?,
        revoke: tag("revoke")?,
        modules: (1u32..)
            .map_while(|number| tag(&format!("module-{number}")).transpose())
            .collect::<Result<_, _>>()?,
    })
}

/// The table's check allows these three words only.
fn kind_of(word: &str) -> OfferingKind {
    match word {
        "membership" => OfferingKind::Membership,
        "bundle" => OfferingKind::Bundle,
        _ => OfferingKind::Course,
    }
}
