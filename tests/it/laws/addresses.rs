//! Exports in which addresses change, one after the other, on a real embedded site; whether every member stays one.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use proptest::{prop_assert, prop_assert_eq, test_runner::TestCaseResult};
use rehome::{
    diff::{Accepted, Difference, MemberDiff, Observations, Shapes, compare},
    model::{
        Action, Attribute, Change, Email, ItemOutcome, MemberWrite, Observed, Operation, Payload, Reason,
        Request, RequestId, RowBatch, TagRules,
    },
    plan::Plan,
    systems::{
        Direct,
        local::{LocalSite, Mode},
    },
    wanted::{RecordFold, Wanted},
};

use super::{
    case::{Bug, Case},
    world::{Dice, address},
};
use crate::support::plan::plan;

const ADDRESSES: usize = 6;

/// One export, and what the plan says about addresses on the day of it.
#[derive(Debug)]
struct Export {
    records: Vec<Record>,
    accept_renames: bool,
    /// An old address and the new one.
    same: Option<(usize, usize)>,
}

#[derive(Debug)]
struct Record {
    /// 0 for none.
    key: usize,
    who: usize,
    course: bool,
}

fn draw_export(dice: &mut Dice<'_>) -> Export {
    let records = (0..dice.below(8)).map(|_| Record {
        key: dice.below(5),
        who: dice.below(ADDRESSES),
        course: !dice.chance(20),
    });
    Export {
        records: records.collect(),
        accept_renames: dice.chance(50),
        same: dice
            .chance(50)
            .then(|| (dice.below(ADDRESSES), dice.below(ADDRESSES)))
            .filter(|(old, new)| old != new),
    }
}

fn plan_of(export: &Export) -> Plan {
    let mut builder = plan("law").offering("course", "Course");
    if let Some((old, new)) = export.same {
        builder = builder.toml(&format!("[same]\n\"{}\" = \"{}\"", address(old), address(new)));
    }
    if export.accept_renames {
        builder = builder.toml("[policy]\naccept = \"renames\"");
    }
    builder
        .source("people")
        .toml("key = \"ID\"")
        .map("Titles", [("Course", "course")])
        .read()
}

fn gather(plan: &Plan, records: &[Record]) -> Wanted {
    let mut fold = RecordFold::new(plan, jiff::civil::date(2026, 11, 16), records.len());
    let columns = fold.slots(0).columns.clone();
    let mut batch = RowBatch::new(0, 0, columns.len());
    for (line, record) in (2u32..).zip(records) {
        for column in &columns {
            batch.cell(&match column.names[0].as_str() {
                "Email" => address(record.who),
                "ID" if record.key > 0 => format!("K{}", record.key),
                "Titles" if record.course => "Course".to_owned(),
                _ => String::new(),
            });
        }
        batch.end_row(line, None);
    }
    fold.take(&batch);
    fold.finish().expect("little text")
}

struct Site {
    site: LocalSite,
    requests: u64,
}

impl Site {
    fn new(folder: &Path, plan: &Plan) -> Self {
        let site = LocalSite::open(&folder.join("site.sqlite"), Mode::Write, "state", "law");
        let mut site = Self {
            site: site.expect("a new site"),
            requests: 0,
        };
        for offering in &plan.targets.offerings {
            site.perform(Operation::Offering, Payload::Offering(offering.clone()));
        }
        site
    }

    fn perform(&mut self, operation: Operation, payload: Payload) -> Vec<ItemOutcome> {
        self.requests += 1;
        let request = Request {
            id: RequestId(self.requests),
            operation,
            granted_by: "law".to_owned(),
            was: Vec::new(),
            offerings: Vec::new(),
            tags: Vec::new(),
            jobs: Vec::new(),
            payload,
        };
        let answer = self.site.perform(&request).expect("an answer");
        answer.items.into_iter().map(|(_, outcome)| outcome).collect()
    }

    fn observe(&mut self) -> Observed {
        self.site
            .observe(&mut |_, _| {})
            .expect("a site that can be read")
    }

    fn differ(&mut self, plan: &Plan, wanted: &Wanted) -> (Difference, BTreeMap<String, Vec<Change>>) {
        let observed = self.observe();
        let rules = TagRules::default();
        let seen = Observations {
            creates_opted_out: true,
            site_tag_rules: &rules,
            contact_tag_rules: &rules,
            max_field_chars: None,
            site: &observed,
            contacts: None,
        };
        let mut members = Vec::new();
        let mut sink = |member: &MemberDiff<'_>, shapes: &Shapes| members.push(member.to_owned_diff(shapes));
        let difference = compare(plan, wanted, seen, Accepted::default(), &mut sink);
        let changes = members
            .iter()
            .map(|member| (member.email.clone(), member.changes(&difference.changes.names)))
            .collect();
        (difference, changes)
    }

    /// Applies the changes; the site must take every member. False if a new user has an address that is the login
    /// of a renamed one: that login stays, so the new user is blocked.
    fn apply(&mut self, changes: &BTreeMap<String, Vec<Change>>, bug: Option<Bug>) -> bool {
        let forgotten = |one: &Change| bug == Some(Bug::ForgetRenames) && one.action == Action::Rename;
        let writes = changes.iter().zip(0u32..).filter_map(|((email, changes), seq)| {
            let work = changes
                .iter()
                .filter(|one| one.action.is_work() && !forgotten(one));
            let changes: Vec<Change> = work.cloned().collect();
            (!changes.is_empty()).then(|| MemberWrite {
                expect: rehome::model::Preconditions::default(),
                seq,
                email: Email::from_normalised(email).expect("an address"),
                contact_id: None,
                changes,
            })
        });
        let writes: Vec<MemberWrite> = writes.collect();
        let mut all = true;
        for outcome in self.perform(Operation::Members, Payload::Members(writes.clone())) {
            let taken = matches!(&outcome, ItemOutcome::Refused { why } if why.contains("the login"));
            all &= !taken;
            let confirmed = matches!(outcome, ItemOutcome::Confirmed { .. });
            assert!(confirmed || taken || bug.is_some(), "{outcome:?} of {writes:#?}");
        }
        all
    }
}

/// Keys with the addresses at which the site knows them.
fn keys(site: &Observed) -> Vec<(&str, &str)> {
    let rows = (0..site.len()).filter(|row| !site.keys.is_empty() && !site.key(*row, 0).is_empty());
    rows.map(|row| (site.key(row, 0), site.email(row).expect("an address")))
        .collect()
}

fn users(site: &Observed) -> usize {
    let rows = (0..site.len()).filter_map(|row| site.get(row));
    rows.filter(|row| row.user).count()
}

/// The embedded site writes to a disk in memory where there is one: what is tested is not that it syncs.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("a folder")
}

/// Whatever addresses do, no one is created twice, and what was applied is not found again.
pub(super) fn members_stay_one_when_addresses_change(case: &Case<'_>) -> TestCaseResult {
    let dice = &mut Dice::new(&case.world.more);
    let exports: Vec<Export> = (0..=dice.below(3)).map(|_| draw_export(dice)).collect();
    let folder = folder();
    let mut site = Site::new(folder.path(), &plan_of(&exports[0]));
    for export in &exports {
        let plan = plan_of(export);
        let wanted = gather(&plan, &export.records);
        let before = site.observe();
        let (difference, changes) = site.differ(&plan, &wanted);
        for line in &difference.offerings {
            prop_assert!(line.adds_up(), "{line:?}");
        }
        let counts = &difference.totals.counts;
        prop_assert_eq!(counts.work, counts.created + counts.changed + counts.remembered);
        let blocked: Vec<&Change> = changes
            .values()
            .flatten()
            .filter(|one| one.attribute == Attribute::Address && !one.action.is_work())
            .collect();
        let counted = &difference.renames;
        prop_assert_eq!(blocked.len() as u64, counted.held + counted.conflicts);
        prop_assert!(
            !export.accept_renames || counted.held == 0,
            "accepted, and yet blocked"
        );
        if !site.apply(&changes, case.bug) {
            return Ok(());
        }
        let after = site.observe();

        // A blocked member does not move, under either address; nor does a member that is not in any source.
        let still = blocked.iter().flat_map(|one| [&one.before, &one.after]).flatten();
        let touched: BTreeSet<&str> = changes
            .iter()
            .filter(|(_, changes)| changes.iter().any(|one| one.action.is_work()))
            .flat_map(|(email, changes)| {
                let old = changes.iter().filter(|one| one.action == Action::Rename);
                old.filter_map(|one| one.before.as_deref())
                    .chain([email.as_str()])
            })
            .collect();
        let untouched = (0..ADDRESSES)
            .map(address)
            .filter(|email| !touched.contains(email.as_str()));
        for email in still.cloned().chain(untouched) {
            let state = |site: &Observed| site.state(site.find(&email));
            prop_assert_eq!(state(&before), state(&after), "{}", email);
        }

        // A key belongs to one user, a rename creates no one, and every user still exists.
        let known = keys(&after);
        let distinct: BTreeSet<&str> = known.iter().map(|(key, _)| *key).collect();
        prop_assert_eq!(distinct.len(), known.len(), "one key of two users: {:?}", known);
        let creates_user = |changes: &&Vec<Change>| {
            let mut all = changes.iter();
            all.any(|one| one.action == Action::Create && one.attribute == Attribute::User)
        };
        let created = changes.values().filter(creates_user).count();
        prop_assert_eq!(users(&after), users(&before) + created);
        for changes in changes.values() {
            let renamed = changes.iter().any(|one| one.action == Action::Rename);
            let made = |one: &Change| one.reason == Reason::NotThereYet && one.action == Action::Create;
            prop_assert!(
                !renamed || !changes.iter().any(made),
                "renamed and created: {changes:?}"
            );
        }

        let (again, left) = site.differ(&plan, &wanted);
        prop_assert_eq!(again.totals.counts.work, 0, "{:#?}\nafter {:#?}", left, changes);
    }
    Ok(())
}
