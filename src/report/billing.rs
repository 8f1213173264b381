//! Who pays at the old platform in; the list that somebody works through, as CSV, out.

use std::io;

use super::{FindingPlace, guarded};
use crate::{model::Targets, wanted::Wanted};

/// A line for each member and product that is paid at the old platform, in order of e-mail.
pub fn billing_csv(
    targets: &Targets,
    wanted: &Wanted,
    place: FindingPlace<'_>,
    to: &mut dyn io::Write,
) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record([
        "email",
        "offering",
        "product",
        "last_charge",
        "amount",
        "currency",
        "place",
    ])?;
    for line in wanted.billing.lines() {
        let Some(member) = wanted.get(line.member) else {
            continue;
        };
        let offering = targets.offerings.get(usize::from(line.offering));
        csv.write_record([
            &guarded(member.email.to_owned()),
            &offering.map_or_else(String::new, |offering| offering.key.to_string()),
            &guarded(line.product.to_owned()),
            &line.day.map_or_else(String::new, |day| day.to_string()),
            &line.amount.map_or_else(String::new, |amount| amount.to_string()),
            &guarded(line.currency.to_owned()),
            &guarded(place(line.record)),
        ])?;
    }
    csv.flush()
}
