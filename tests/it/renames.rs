//! Laws of people whose addresses change, over random exports and a real embedded site.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rehome::{
    diagnostics::Diagnostics,
    diff::{Difference, MemberDiff, Observations, Shapes},
    model::{
        Action, Change, Email, ItemOutcome, MemberWrite, Observed, Operation, Payload, Reason, Request,
        RequestId, RowBatch,
    },
    plan::{self, Plan},
    systems::{
        Direct,
        local::{LocalSite, Mode},
    },
    wanted::{RecordFold, Wanted},
};

use crate::in_parts::compare_in_any_parts;

/// Who (a key, 0 for none), at which address, with the course or not.
type Record = (u8, u8, bool);

fn export() -> impl Strategy<Value = Vec<Record>> {
    prop::collection::vec((0..5u8, 0..6u8, prop::bool::weighted(0.8)), 0..8)
}

fn address(at: u8) -> String {
    format!("person{at}@example.com")
}

fn plan_of(accept: bool, same: Option<(u8, u8)>) -> Plan {
    let accept = if accept { "accept = \"renames\"" } else { "" };
    let same = same
        .filter(|(old, new)| old != new)
        .map(|(old, new)| format!("[same]\n\"{}\" = \"{}\"", address(old), address(new)))
        .unwrap_or_default();
    let text = format!(
        r#"[migration]
name = "law"
as_of = 2026-11-16
[site]
kind = "local"
path = "s.sqlite"
[contacts]
system = "managed"
[offerings.course]
name = "Course"
{same}
[policy]
{accept}
[sources.people]
profile = "table"
file = "people.csv"
columns = {{ email = "Email" }}
key = "ID"
[sources.people.map.Titles]
"Course" = {{ grant = "course" }}
"#
    );
    let mut said = Diagnostics::default();
    let plan = plan::read(
        &text,
        None,
        rehome::app::known(),
        &|_| Err(String::new()),
        &mut said,
    );
    assert!(!said.has_errors(), "{said:#?}");
    plan.unwrap()
}

fn gather(plan: &Plan, records: &[Record]) -> Wanted {
    let mut gatherer = RecordFold::new(plan, jiff::civil::date(2026, 11, 16), records.len());
    let slots = gatherer.slots(0).clone();
    let slot = |name: &str| {
        slots
            .columns
            .iter()
            .position(|column| column.names == [name])
            .unwrap()
    };
    let mut batch = RowBatch::new(0, 0, slots.columns.len());
    for (line, (key, at, course)) in (2u32..).zip(records) {
        let mut cells = vec![String::new(); slots.columns.len()];
        cells[slot("Email")] = address(*at);
        cells[slot("ID")] = if *key == 0 {
            String::new()
        } else {
            format!("K{key}")
        };
        cells[slot("Titles")] = if *course { "Course" } else { "" }.to_owned();
        for cell in &cells {
            batch.cell(cell);
        }
        batch.end_row(line, None);
    }
    gatherer.take(&batch);
    gatherer.finish().unwrap()
}

struct Site {
    site: LocalSite,
    next: u64,
}

impl Site {
    fn new(folder: &std::path::Path, plan: &Plan) -> Self {
        let site = LocalSite::open(&folder.join("site.sqlite"), Mode::Write, "state", "law").unwrap();
        let mut site = Self { site, next: 0 };
        for offering in &plan.targets.offerings {
            site.ask(Operation::Offering, Payload::Offering(offering.clone()));
        }
        site
    }

    fn ask(&mut self, operation: Operation, payload: Payload) -> Vec<ItemOutcome> {
        self.next += 1;
        let request = Request {
            id: RequestId(self.next),
            operation,
            granted_by: "law".to_owned(),
            tags: Vec::new(),
            jobs: Vec::new(),
            payload,
        };
        let answer = self.site.perform(&request).unwrap();
        answer.items.into_iter().map(|(_, outcome)| outcome).collect()
    }

    fn observe(&mut self) -> Observed {
        self.site.observe(&mut |_, _| {}).unwrap()
    }

    fn differ(&mut self, plan: &Plan, wanted: &Wanted) -> (Difference, BTreeMap<String, Vec<Change>>) {
        let observed = self.observe();
        let mut members = Vec::new();
        let seen = Observations {
            creates_opted_out: true,
            site_tag_rules: &rehome::model::TagRules::default(),
            contact_tag_rules: &rehome::model::TagRules::default(),
            max_field_chars: None,
            site: &observed,
            contacts: None,
        };
        let difference = compare_in_any_parts(
            plan,
            wanted,
            seen,
            &mut |member: &MemberDiff<'_>, shapes: &Shapes| {
                members.push(member.to_owned_diff(shapes));
            },
        );
        let changes = members
            .iter()
            .map(|member| (member.email.clone(), member.changes(&difference.changes.names)))
            .collect();
        (difference, changes)
    }

    /// Carries the work out; every member must be taken. False where somebody new has an address that
    /// is the login of a person who was renamed: that login stays, so the new user waits.
    fn carry_out(&mut self, changes: &BTreeMap<String, Vec<Change>>) -> bool {
        let writes = changes.iter().zip(0u32..).filter_map(|((email, changes), seq)| {
            let changes: Vec<Change> = changes
                .iter()
                .filter(|one| one.action.is_work())
                .cloned()
                .collect();
            (!changes.is_empty()).then(|| MemberWrite {
                seq,
                email: Email::from_normalised(email).unwrap(),
                contact_id: None,
                changes,
            })
        });
        let writes: Vec<MemberWrite> = writes.collect();
        let mut all = true;
        for outcome in self.ask(Operation::Members, Payload::Members(writes.clone())) {
            let taken = matches!(&outcome, ItemOutcome::Refused { why } if why.contains("the login"));
            all &= !taken;
            let done = matches!(outcome, ItemOutcome::Confirmed { .. });
            assert!(done || taken, "{outcome:?} of {writes:#?}");
        }
        all
    }
}

/// Keys with the addresses at which the site knows them.
fn keys(site: &Observed) -> Vec<(String, String)> {
    let rows = (0..site.len()).filter(|row| !site.keys.is_empty() && !site.key(*row, 0).is_empty());
    rows.map(|row| (site.key(row, 0).to_owned(), site.email(row).unwrap().to_owned()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_addresses_do_nobody_is_made_twice_and_what_was_done_is_not_found_again(
        exports in prop::collection::vec((export(), any::<bool>(), prop::option::of((0..6u8, 0..6u8))), 1..4),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut site = Site::new(folder.path(), &plan_of(false, None));
        for (records, accept, same) in exports {
            let plan = plan_of(accept, same);
            let wanted = gather(&plan, &records);
            let before = site.observe();
            let (difference, changes) = site.differ(&plan, &wanted);
            for line in &difference.offerings {
                prop_assert!(line.adds_up(), "{line:?}");
            }
            let all = &difference.totals.counts;
            prop_assert_eq!(all.work, all.created + all.changed + all.remembered);
            let waiting: Vec<&Change> = changes
                .values()
                .flatten()
                .filter(|one| one.attribute == rehome::model::Attribute::Address && !one.action.is_work())
                .collect();
            let renames = &difference.renames;
            prop_assert_eq!(waiting.len() as u64, renames.held + renames.conflicts);
            prop_assert!(!accept || renames.held == 0, "accepted, and yet held");
            if !site.carry_out(&changes) {
                return Ok(());
            }
            let after = site.observe();

            // Whoever waits does not move, under neither address; nor does anybody whom no source names.
            let still = waiting.iter().flat_map(|one| [&one.before, &one.after]).flatten();
            let named: BTreeSet<String> = records.iter().map(|(_, at, _)| address(*at)).collect();
            let touched: BTreeSet<&str> = changes
                .iter()
                .filter(|(_, changes)| changes.iter().any(|one| one.action.is_work()))
                .flat_map(|(email, changes)| {
                    let old = changes.iter().filter(|one| one.action == Action::Rename);
                    old.filter_map(|one| one.before.as_deref()).chain([email.as_str()])
                })
                .collect();
            let others = (0..6).map(address).filter(|email| !touched.contains(email.as_str()) || !named.contains(email));
            for email in still.cloned().chain(others.filter(|email| !touched.contains(email.as_str()))) {
                prop_assert_eq!(before.state(before.find(&email)), after.state(after.find(&email)), "{}", email);
            }

            // A key stands on one person, a rename makes nobody, and everybody who was there still is.
            let known = keys(&after);
            let distinct: BTreeSet<&String> = known.iter().map(|(key, _)| key).collect();
            prop_assert_eq!(distinct.len(), known.len(), "one key on two people: {:?}", known);
            let made = changes.values().filter(|changes| {
                changes.iter().any(|one| one.action == Action::Create && one.attribute == rehome::model::Attribute::User)
            });
            let users = |site: &Observed| (0..site.len()).filter(|row| site.get(*row).is_some_and(|row| row.user)).count();
            prop_assert_eq!(users(&after), users(&before) + made.count());
            for changes in changes.values() {
                let renamed = changes.iter().any(|one| one.action == Action::Rename);
                prop_assert!(
                    !renamed || !changes.iter().any(|one| one.reason == Reason::NotThereYet && one.action == Action::Create),
                    "renamed and made: {changes:?}"
                );
            }

            let (again, left) = site.differ(&plan, &wanted);
            prop_assert_eq!(again.totals.counts.work, 0, "{:#?}\nafter {:#?}", left, changes);
        }
    }
}
