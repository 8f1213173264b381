//! A difference in; what apply takes of the systems, as a line and as JSON, out.

use std::fmt::Write as _;

use super::view::DifferenceView;
use crate::text::{amount, counted};

/// About how many write requests it takes, and how long.
pub(super) fn cost_text(view: &DifferenceView<'_>) -> String {
    let cannot_write = view
        .site_capabilities
        .is_some_and(|can| can.cannot_write.is_some());
    if view.difference.is_empty() || cannot_write {
        return String::new();
    }
    let sides = [
        (view.difference.cost.site, "to the site"),
        (view.difference.cost.contacts, "to the contact system"),
    ];
    let mut parts: Vec<String> = sides
        .into_iter()
        .filter_map(|(cost, to)| {
            let cost = cost?;
            let mut part = format!("about {} {to}", counted(cost.requests, "write request"));
            let times = cost.seconds.filter(|_| cost.requests > 0).zip(cost.days);
            if let Some((seconds, days)) = times {
                let _ = write!(part, ", about {}", duration(seconds));
                if days > 1 {
                    let _ = write!(part, " (on {})", counted(days, "day"));
                }
            }
            Some(part)
        })
        .collect();
    if view.contacts.is_some() && view.difference.cost.contacts.is_none() {
        parts.push("the contact system reports its batch size when Rehome connects to it".to_owned());
    }
    if parts.is_empty() {
        return String::new();
    }
    format!("  {}\n", parts.join("; "))
}

/// A time in the largest unit that says it well enough.
fn duration(seconds: u64) -> String {
    match seconds {
        0..=90 => counted(seconds.max(1), "second"),
        91..=5_400 => counted(seconds.div_ceil(60), "minute"),
        5_401..=172_800 => counted(seconds.div_ceil(3_600), "hour"),
        _ => format!("{} days", amount(seconds.div_ceil(86_400))),
    }
}
