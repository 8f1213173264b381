//! The people of both sets in; what the school's staff changed on the new site in between, as SQL, out.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Result,
    ledger::Ledger,
    rows::Holding,
    school::{CLUB, PHOTO},
};

/// The statements, and which of the people they are about.
pub(crate) struct ByHand {
    pub(crate) sql: String,
    /// What was done, the address, what the later set must show.
    pub(crate) cases: Vec<(&'static str, String, &'static str)>,
}

/// Picks for each change the first person whom it fits, and nobody twice.
pub(crate) fn changes(first: &Ledger, later: &Ledger, ordinary: &BTreeSet<String>) -> Result<ByHand> {
    let mut free: BTreeMap<&str, (&Holding, &Holding)> = first
        .members()
        .filter_map(|(email, before)| {
            let after = later.member(email)?;
            ordinary.contains(email).then_some((email, (before, after)))
        })
        .collect();
    let mut pick = |fits: fn(&Holding, &Holding) -> bool| -> Result<String> {
        let email = free
            .iter()
            .find(|(_, (before, after))| fits(before, after))
            .map(|(email, _)| (*email).to_owned())
            .ok_or("nobody fits a change made by hand")?;
        free.remove(email.as_str());
        Ok(email)
    };
    let revoked = pick(|before, after| before.grants == CLUB && after.grants == CLUB && after.revokes == 0)?;
    let removed =
        pick(|before, after| before.grants == PHOTO && after.grants == PHOTO && after.revokes == 0)?;
    let given =
        pick(|before, after| before.grants == PHOTO && after.grants == PHOTO && after.revokes == CLUB)?;
    let edited = pick(|before, after| before.grants == PHOTO && after.grants == PHOTO && after.revokes == 0)?;
    let promoted = pick(|before, after| before.grants == PHOTO && after.grants & !before.grants != 0)?;
    let pointing =
        pick(|before, after| before.grants == PHOTO && after.grants == PHOTO && after.revokes == 0)?;
    let pointed = pick(|before, after| before.grants == 0 && after.grants == 0 && before.tags != 0)?;
    let sql = format!(
        "-- What the school's staff did on the new site between the first apply and the later set.\n\
         --     sqlite3 site.sqlite < by-hand.sql\n\
         PRAGMA foreign_keys = ON;\n\
         BEGIN;\n\n\
         -- An unpaid bill: a revoke tag for somebody who holds access, and whom the source still grants it.\n\
         INSERT INTO holdings (contact, tag, granted_by)\n\
         SELECT contacts.id, tags.id, 'admin' FROM contacts, tags\n\
         WHERE contacts.email = '{revoked}' AND tags.name = 'Studio Club (revoked)';\n\n\
         -- A tag that Rehome had given is taken away.\n\
         DELETE FROM holdings\n\
         WHERE contact = (SELECT id FROM contacts WHERE email = '{removed}')\n  \
           AND tag = (SELECT id FROM tags WHERE name = 'Photography 101');\n\n\
         -- A present: access to the club for somebody whose subscription ended. Rehome did not grant it.\n\
         DELETE FROM holdings\n\
         WHERE contact = (SELECT id FROM contacts WHERE email = '{given}')\n  \
           AND tag = (SELECT id FROM tags WHERE name = 'Studio Club (revoked)');\n\
         INSERT INTO holdings (contact, tag, granted_by)\n\
         SELECT contacts.id, tags.id, 'admin' FROM contacts, tags\n\
         WHERE contacts.email = '{given}' AND tags.name = 'Studio Club';\n\n\
         -- A first name is put right.\n\
         UPDATE contacts SET first_name = 'Corrected' WHERE email = '{edited}';\n\
         UPDATE users SET first_name = 'Corrected' WHERE email = '{edited}';\n\n\
         -- A member becomes an editor of the site, and buys something at the old school.\n\
         UPDATE users SET role = 'editor' WHERE email = '{promoted}';\n\n\
         -- A user is linked to the contact of another address.\n\
         UPDATE users SET contact = (SELECT id FROM contacts WHERE email = '{pointed}')\n\
         WHERE email = '{pointing}';\n\n\
         -- Somebody whom no source knows.\n\
         INSERT INTO contacts (email, id, contact_id, first_name, last_name)\n\
         SELECT 'walk.in@example.com', max(id) + 1, CAST(max(id) + 1 AS TEXT), 'Walk', 'In' FROM contacts;\n\
         INSERT INTO users (email, login, first_name, last_name, contact)\n\
         SELECT email, email, first_name, last_name, id FROM contacts WHERE email = 'walk.in@example.com';\n\
         INSERT INTO holdings (contact, tag, granted_by)\n\
         SELECT contacts.id, tags.id, 'admin' FROM contacts, tags\n\
         WHERE contacts.email = 'walk.in@example.com' AND tags.name = 'Photography 101';\n\n\
         COMMIT;\n"
    );
    let cases = vec![
        (
            "by-hand-revoke-tag",
            revoked,
            "holds access and the revoke tag at once; grant-lifts-revoke: gains=club",
        ),
        (
            "by-hand-tag-removed",
            removed,
            "the source still grants it: gains=photo-101",
        ),
        (
            "by-hand-granted",
            given,
            "not-ours: the later set revokes the club, and Rehome did not grant it",
        ),
        (
            "by-hand-first-name",
            edited,
            "kept: fill-blanks leaves the name that is there",
        ),
        (
            "by-hand-privileged",
            promoted,
            "privileged: what the later set adds is never written",
        ),
        (
            "by-hand-linked-to-another",
            pointing,
            "contact-of-another: a conflict",
        ),
        (
            "by-hand-contact-of-another",
            pointed,
            "the contact to which another user points",
        ),
        (
            "by-hand-in-no-source",
            "walk.in@example.com".to_owned(),
            "left alone",
        ),
    ];
    Ok(ByHand { sql, cases })
}
