//! A computed difference in; what became of each value of the old platform, and of which people, out.

use std::collections::{BTreeMap, HashMap};

use crate::{
    app::{AppError, Computed, PlanFile, explain::read_again::each_row_again},
    diff::MemberDiff,
    model::{RecordRef, Row},
    plan::Pattern,
    report::{PersonOutcome, ValueRow},
    wanted::{GrantState, PaymentOutcome, RowTracer, ValueOutcome, Wanted},
};

/// Who gains access to which offerings, heard while the difference is computed.
#[derive(Debug, Default)]
pub struct GainedAccess {
    by_email: HashMap<Box<str>, Box<[u16]>>,
}

impl GainedAccess {
    /// Hears of a member.
    pub fn hear(&mut self, member: &MemberDiff<'_>) {
        if !member.gains.is_empty() {
            self.by_email.insert(member.email.into(), member.gains.into());
        }
    }
}

/// A person of a value: index of the row, place among the wanted members, and where they go.
type Placed = (u32, u32, PersonOutcome);

/// The values with their people.
#[derive(Debug)]
pub struct ValuePeople {
    /// A row for each value: in the plan's order of sources and columns, then by number of people.
    pub rows: Vec<ValueRow>,
    people: Vec<Placed>,
}

impl ValuePeople {
    /// Each value with each of its people: the row, the address and where they go.
    pub fn people<'a>(
        &'a self,
        wanted: &'a Wanted,
    ) -> impl Iterator<Item = (&'a ValueRow, &'a str, PersonOutcome)> {
        self.people.iter().filter_map(|(row, person, outcome)| {
            let row = self.rows.get(*row as usize)?;
            Some((row, wanted.email(*person as usize)?, *outcome))
        })
    }
}

/// What a record comes to for one value.
#[derive(Debug, Clone, Copy)]
enum Given {
    /// Access to the offering, if the member gets it.
    Access(u16),
    /// Something else.
    Other(PersonOutcome),
}

/// Reads the records again, as `explain` does, and counts.
pub fn value_people(
    file: &PlanFile,
    computed: &Computed,
    gained: &GainedAccess,
) -> Result<ValuePeople, AppError> {
    let wanted = &computed.gathered.wanted;
    let owners = owners(wanted);
    let fates = Fates {
        file,
        computed,
        gained,
    };
    let mut tracer = RowTracer::new(&file.plan, wanted);
    let mut places: HashMap<(u16, usize, String), u32> = HashMap::new();
    let mut rows: Vec<((u16, usize), ValueRow)> = Vec::new();
    let mut people: Vec<Placed> = Vec::new();
    each_row_again(file, computed, |_| true, &mut |row: &Row<'_>| {
        let owner = owners.binary_search_by_key(&row.record, |(record, _)| *record);
        let owner = owner.ok().map(|at| owners[at].1);
        let Some(trace) = tracer.trace(row) else { return };
        let source = row.record.source;
        let Some(declared) = file.plan.sources.get(usize::from(source)) else {
            return;
        };
        for value in &trace.values {
            // What a rejected row says without an entry is no value: a header, for example.
            if owner.is_none() && value.rule.is_none() && value.map.is_some() {
                continue;
            }
            let maps = &declared.gives.maps;
            let map = value
                .map
                .and_then(|map| maps.iter().position(|one| std::ptr::eq(one, map)));
            let column = map.unwrap_or(usize::MAX);
            let key = (source, column, Pattern::fold(&value.value));
            let place = *places.entry(key).or_insert_with(|| {
                rows.push((
                    (source, column),
                    ValueRow {
                        source: declared.key.to_string(),
                        column: value.map.map_or_else(String::new, |map| map.column.name.clone()),
                        value: value.value.clone(),
                        entry: value.rule.map_or_else(String::new, |rule| rule.text.clone()),
                        records: 0,
                        of_members: 0,
                        rejected: 0,
                        people: 0,
                        outcomes: BTreeMap::new(),
                    },
                ));
                u32::try_from(rows.len() - 1).unwrap_or(u32::MAX)
            });
            let Some((_, counted)) = rows.get_mut(place as usize) else {
                continue;
            };
            counted.records += 1;
            match owner {
                None => counted.rejected += 1,
                Some(person) => {
                    counted.of_members += 1;
                    let outcome = match given(trace.payment, &value.outcome) {
                        Given::Access(offering) => fates.access(person as usize, offering),
                        Given::Other(outcome) => outcome,
                    };
                    people.push((place, person, outcome));
                }
            }
        }
    })?;
    // The first outcome of a person of a value is the one that counts.
    people.sort_unstable();
    people.dedup_by_key(|(row, person, _)| (*row, *person));
    for (row, _, outcome) in &people {
        if let Some((_, row)) = rows.get_mut(*row as usize) {
            row.people += 1;
            *row.outcomes.entry(*outcome).or_default() += 1;
        }
    }
    Ok(ordered(rows, people))
}

/// In the plan's order of sources and columns, then by number of people.
fn ordered(rows: Vec<((u16, usize), ValueRow)>, mut people: Vec<Placed>) -> ValuePeople {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|a, b| {
        let key = |at: usize| {
            (
                rows[at].0,
                std::cmp::Reverse(rows[at].1.people),
                &rows[at].1.value,
            )
        };
        key(*a).cmp(&key(*b))
    });
    let mut place = vec![0u32; rows.len()];
    for (new, old) in (0u32..).zip(&order) {
        place[*old] = new;
    }
    for one in &mut people {
        one.0 = place[one.0 as usize];
    }
    people.sort_unstable();
    let mut rows: Vec<(u32, ValueRow)> = place
        .into_iter()
        .zip(rows.into_iter().map(|(_, row)| row))
        .collect();
    rows.sort_by_key(|(place, _)| *place);
    ValuePeople {
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        people,
    }
}

/// The member of each record, in order of record.
fn owners(wanted: &Wanted) -> Vec<(RecordRef, u32)> {
    let mut owners: Vec<(RecordRef, u32)> = Vec::with_capacity(wanted.len());
    for (person, index) in (0u32..).zip(0..wanted.len()) {
        owners.extend(
            wanted
                .records(index)
                .into_iter()
                .map(|(record, _)| (record, person)),
        );
    }
    owners.sort_unstable();
    owners
}

fn given(payment: Option<PaymentOutcome>, outcome: &ValueOutcome<'_>) -> Given {
    if let ValueOutcome::Ignored(_) | ValueOutcome::NoEntry | ValueOutcome::Ambiguous = outcome {
        return Given::Other(PersonOutcome::Ignored);
    }
    if let Some(payment) = payment.filter(|payment| !payment.stands()) {
        let refunded = payment.is_void() || matches!(payment, PaymentOutcome::Takes { .. });
        return Given::Other(if refunded {
            PersonOutcome::Refunded
        } else {
            PersonOutcome::NotPaid
        });
    }
    Given::Other(match outcome {
        ValueOutcome::Gives {
            grant: Some(grant), ..
        } => match grant.state {
            GrantState::Open { .. } => return Given::Access(grant.offering),
            GrantState::NotYet { .. } => PersonOutcome::NotYet,
            GrantState::Ended(_) => PersonOutcome::Ended,
        },
        ValueOutcome::Gives { grant: None, .. } => PersonOutcome::TagOnly,
        ValueOutcome::NotMet(_) => PersonOutcome::NotMet,
        ValueOutcome::Revokes(_) => PersonOutcome::Revokes,
        ValueOutcome::Ignored(_) | ValueOutcome::NoEntry | ValueOutcome::Ambiguous => PersonOutcome::Ignored,
    })
}

/// What becomes of the access that records grant.
struct Fates<'a> {
    file: &'a PlanFile,
    computed: &'a Computed,
    gained: &'a GainedAccess,
}

impl Fates<'_> {
    fn access(&self, person: usize, offering: u16) -> PersonOutcome {
        let Some(member) = self.computed.gathered.wanted.get(person) else {
            return PersonOutcome::Blocked;
        };
        let reached = self.file.plan.reaches.get(usize::from(offering));
        let reached = reached.map_or(&[][..], Vec::as_slice);
        let gains = self.gained.by_email.get(member.email);
        if gains
            .is_some_and(|gains| gains.contains(&offering) || reached.iter().any(|one| gains.contains(one)))
        {
            return PersonOutcome::Gains;
        }
        let rows = self.computed.seen.site.find(member.email);
        let is_user = rows.clone().any(|row| {
            let row = self.computed.seen.site.get(row);
            row.is_some_and(|row| row.user)
        });
        let targets = &self.file.plan.targets.offerings;
        let key = |at: &u16| targets.get(usize::from(*at)).map(|target| &target.key);
        let has: Vec<_> = self
            .computed
            .seen
            .site
            .offerings_of(rows)
            .map(|one| &one.key)
            .collect();
        let has_it = std::iter::once(&offering)
            .chain(reached)
            .filter_map(key)
            .any(|key| has.contains(&key));
        if has_it {
            PersonOutcome::AlreadyHas
        } else if !is_user && !member.resolved.user && member.left_out().is_none() {
            PersonOutcome::ContactOnly
        } else {
            PersonOutcome::Blocked
        }
    }
}
