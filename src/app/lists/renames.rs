//! A computed difference in; who has another address, and whose key is in doubt, as `renames.csv` out.

use super::csv::csv;
use crate::{
    app::{AppError, Computed, PlanFile},
    model::{Action, Attribute, Change},
};

/// Members with another address, by which key, and what happens: one row per member. Empty if there are none.
pub(crate) fn renames(file: &PlanFile, computed: &Computed) -> Result<Vec<u8>, AppError> {
    let mut rows = Vec::new();
    for member in &computed.renamed {
        let changes = member.changes(&computed.difference.changes.names);
        let key = |change: &&Change| {
            matches!(change.attribute, Attribute::SourceKey(_)) && change.action == Action::Nothing
        };
        let mut addresses = changes
            .iter()
            .filter(|change| change.attribute == Attribute::Address);
        let about = addresses.next();
        let Some(change) = about.or_else(|| changes.iter().find(key)) else {
            continue;
        };
        let old = about
            .and_then(|change| change.before.as_deref())
            .unwrap_or_default();
        let (source, key) = match &change.attribute {
            Attribute::SourceKey(source) => (source.to_string(), change.after.clone().unwrap_or_default()),
            _ => known_by(file, computed, &member.email, old),
        };
        rows.push(vec![
            old.to_owned(),
            member.email.clone(),
            source,
            key,
            change.action.word().to_owned(),
            change.reason.code().to_owned(),
            change.reason.sentence().to_owned(),
        ]);
    }
    let header = ["old", "new", "source", "key", "action", "reason", "what"];
    csv("renames.csv", &header, rows.into_iter())
}

/// The source and the key by which the site knows a member under an old address.
fn known_by(file: &PlanFile, computed: &Computed, email: &str, old: &str) -> (String, String) {
    let (wanted, site) = (&computed.gathered.wanted, &computed.seen.site);
    let member = wanted.find(email);
    for (number, source) in file.plan.keyed_sources().enumerate() {
        let Some(source) = file.plan.sources.get(source) else {
            continue;
        };
        let key = member.map_or("", |member| wanted.key(member, number));
        let there = site.key_number(source.site_key());
        let knows = |there| site.find(old).any(|row| site.key(row, there) == key);
        if !key.is_empty() && there.is_some_and(knows) {
            return (source.key.to_string(), key.to_owned());
        }
    }
    let by_plan = file.plan.same.get(old).is_some_and(|new| new.as_str() == email);
    (if by_plan { "[same]" } else { "" }.to_owned(), String::new())
}
