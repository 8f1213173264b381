//! The profiles that Rehome knows, from the data files beside this one.

use std::sync::LazyLock;

use crate::model::Profile;

const TEXTS: [&str; 6] = [
    include_str!("profiles/kajabi-contacts.toml"),
    include_str!("profiles/kajabi-subscriptions.toml"),
    include_str!("profiles/kajabi-transactions.toml"),
    include_str!("profiles/table.toml"),
    include_str!("profiles/thinkific-progress.toml"),
    include_str!("profiles/thinkific-users.toml"),
];

/// All profiles, in order of their names.
pub fn profiles() -> &'static [Profile] {
    static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
        TEXTS
            .iter()
            .filter_map(|text| toml::from_str(text).ok())
            .collect()
    });
    &PROFILES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::RowShape, plan::Pattern};

    fn finds(name: &str, header: &str) {
        let profile = profiles()
            .iter()
            .find(|profile| profile.name == name)
            .expect(name);
        let columns: Vec<String> = header.split(',').map(Pattern::fold).collect();
        let known = [
            &profile.email,
            &profile.first_name,
            &profile.last_name,
            &profile.full_name,
        ];
        for candidates in known.into_iter().filter(|candidates| !candidates.is_empty()) {
            assert!(
                candidates
                    .iter()
                    .any(|name| columns.contains(&Pattern::fold(name))),
                "{candidates:?} in {columns:?}"
            );
        }
        let event = profile.event.iter().flat_map(|event| {
            let columns = [&event.id, &event.order, &event.date, &event.amount];
            columns
                .into_iter()
                .chain([&event.currency, &event.kind, &event.status])
        });
        for candidates in event {
            let known = |name: &String| columns.contains(&Pattern::fold(name));
            assert!(candidates.iter().any(known), "{candidates:?} in {columns:?}");
        }
        for list in profile.lists.keys() {
            assert!(columns.contains(&Pattern::fold(list)), "{list} in {columns:?}");
        }
    }

    #[test]
    fn every_profile_text_is_read_and_stands_in_order_of_its_name() {
        let names: Vec<&str> = profiles().iter().map(|profile| profile.name.as_str()).collect();
        assert_eq!(names.len(), TEXTS.len());
        assert!(names.is_sorted());
    }

    #[test]
    fn kajabi_contacts_finds_its_columns() {
        finds(
            "kajabi-contacts",
            "Name,First Name,Last Name,Email,Products,Tags,ID,Member ID,City (address_city)",
        );
    }

    #[test]
    fn kajabi_subscriptions_finds_its_columns() {
        finds(
            "kajabi-subscriptions",
            "Kajabi Subscription ID,Status,Created At,Customer ID,Customer Name,Customer Email,Offer ID,Offer Title",
        );
    }

    #[test]
    fn kajabi_transactions_finds_its_columns() {
        finds(
            "kajabi-transactions",
            "ID,Amount,Currency,Type,Status,Created At,Provider,Customer Name,Customer Email,Offer Title,Order No.,Tax Amount",
        );
    }

    #[test]
    fn exactly_the_profiles_of_events_know_what_an_event_is() {
        for profile in profiles() {
            let is_event = profile.shape == RowShape::Event;
            assert_eq!(profile.event.is_some(), is_event, "{}", profile.name);
        }
    }

    #[test]
    fn thinkific_progress_finds_its_columns() {
        finds(
            "thinkific-progress",
            "First Name,Last Name,Email,Company,Activated At,Expires At,% Completed,Welcome",
        );
    }

    #[test]
    fn thinkific_users_finds_its_columns() {
        finds(
            "thinkific-users",
            "First Name,Last Name,Email,Phone Number,Enrollments - list",
        );
    }

    #[test]
    fn a_table_knows_no_column_by_itself() {
        finds("table", "Anything");
    }
}
