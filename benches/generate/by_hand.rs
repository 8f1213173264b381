//! The people of both sets in; what the school's staff changed on the new site in between, as SQL, out.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Result,
    ledger::Ledger,
    rows::Holding,
    school::{CLUB, PHOTO},
};

const STATEMENTS: &str = include_str!("by-hand.sql");

/// The statements, and which of the people they are about.
pub(crate) struct ByHand {
    pub(crate) sql: String,
    /// What was done, the address, what the later set must show.
    pub(crate) cases: Vec<(&'static str, String, &'static str)>,
}

/// Picks for each change the first person whom it fits, and no one twice.
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
    let places = [
        ("{revoked}", &revoked),
        ("{removed}", &removed),
        ("{given}", &given),
        ("{edited}", &edited),
        ("{promoted}", &promoted),
        ("{pointing}", &pointing),
        ("{pointed}", &pointed),
    ];
    let sql = places.iter().fold(STATEMENTS.to_owned(), |sql, (place, email)| {
        sql.replace(place, email)
    });
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
