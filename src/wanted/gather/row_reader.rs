//! Rows in; what each gives, and until when, out. Each distinct cell is worked out once.

use crate::{
    model::{DateRule, FindingCode, Findings, Row},
    plan::{Plan, PlanDay, Source, StatusSays},
    wanted::{
        End, EntitlementId, Entitlements,
        map::{
            asked::Asked,
            carried_tags::CarriedTags,
            days::Days,
            effect_meaning::{DayEnd, RowEnd, SourceEnd, StatusEnd},
            mapper::{Carrier, Mapper},
            row_grant::{Given, Gives, GrantEnd},
            row_key::RowKey,
            row_view::{RowView, most_modules, source_end},
            status::StatusCells,
        },
    },
};

/// Works out what rows give.
#[derive(Debug)]
pub(crate) struct RowReader<'a> {
    plan: &'a Plan,
    /// By source: what every row gives, where that depends on no cell.
    each_row: Vec<Option<EntitlementId>>,
    /// By source, one for each of its maps.
    pub(crate) mappers: Vec<Vec<Mapper<'a>>>,
    pub(crate) carried: CarriedTags,
    pub(crate) entitlements: Entitlements,
    modules: Vec<u16>,
    pub(crate) days: Days,
    pub(crate) asked: Asked,
    /// By source.
    pub(crate) statuses: Vec<Option<StatusCells<'a>>>,
    /// What the row at hand gives.
    pub(crate) gives: Gives,
}

impl<'a> RowReader<'a> {
    /// `as_of` is the day on which the plan is computed.
    pub(crate) fn new(plan: &'a Plan, as_of: &PlanDay) -> Self {
        let mut entitlements = Entitlements::default();
        let modules = most_modules(plan);
        let mut days = Days::new(plan, as_of);
        let mappers = (0u16..).zip(&plan.sources).map(|(number, source)| {
            let today = |slot| days.today(number, slot);
            let mapper = |map| Mapper::new(map, RowKey::of(map, &source.in_use, &modules, &today));
            source.gives.maps.iter().map(mapper).collect()
        });
        let mappers: Vec<Vec<Mapper<'a>>> = mappers.collect();
        let each_row = plan.sources.iter().map(|source| {
            let depends_on_cells = !source.in_use.each_row_conditions.is_empty();
            let effect = source.gives.each_row.as_ref().filter(|_| !depends_on_cells)?;
            let mut view = RowView {
                row: &Row::default(),
                columns: &source.in_use,
                modules: &modules,
                days: &mut days,
                asked: &mut Asked::default(),
            };
            let mut given = Given::default();
            given.add(effect, &view.meaning(effect));
            Some(entitlements.intern(given.entitlement))
        });
        Self {
            each_row: each_row.collect(),
            plan,
            mappers,
            carried: CarriedTags::new(&plan.targets),
            entitlements,
            modules,
            days,
            asked: Asked::default(),
            statuses: plan.sources.iter().map(StatusCells::from_source).collect(),
            gives: Gives::default(),
        }
    }

    /// How the dates of a column are written, where neither plan nor profile says so and its cells prove it.
    pub(crate) fn set_dates(&mut self, source: usize, slot: usize, rule: DateRule) {
        self.days.set_rule(source, slot, rule);
    }

    /// Finds what a row gives, its maps and `each_row` folded; it stays in [`Self::gives`].
    pub(crate) fn read(&mut self, source: &Source, row: &Row<'_>) {
        let index = usize::from(row.record.source);
        let gives = &mut self.gives;
        gives.clear();
        let mut view = RowView {
            row,
            columns: &source.in_use,
            modules: &self.modules,
            days: &mut self.days,
            asked: &mut self.asked,
        };
        match (self.each_row[index], &source.gives.each_row) {
            (Some(known), _) => gives.entitlement = known,
            (None, Some(effect)) => {
                let mut found = Given::default();
                found.add(effect, &view.meaning(effect));
                *gives = found.intern(&mut self.entitlements);
            }
            (None, None) => {}
        }
        let slots = &source.in_use.maps;
        for (at, (slot, mapper)) in slots.iter().zip(&mut self.mappers[index]).enumerate() {
            let mut carrier = Carrier {
                source: index,
                map: at,
                tags: &mut self.carried,
            };
            mapper.take(*slot, &mut view, &mut self.entitlements, gives, &mut carrier);
        }
    }

    /// What the row at hand gives up to its end, and the end that the source gives it, which is not that of entries
    /// with one of their own.
    pub(crate) fn until_its_end(
        &mut self,
        source: &Source,
        row: &Row<'_>,
        findings: &mut Findings,
    ) -> (EntitlementId, SourceEnd) {
        let status = self.status(source, row);
        let end = source_end(source, row, &mut self.days, status);
        if status == Some(StatusSays::Until) && end.status == StatusEnd::Open {
            findings.note(FindingCode::NoLastDay, row.record, "");
        }
        let mut gives = self.gives.entitlement;
        let mut detail = None;
        match end.of_row() {
            RowEnd::Never => {}
            RowEnd::Day(DayEnd { is_past: false, .. }) => {
                gives = self.entitlements.with_end(gives, End::Ahead);
            }
            over => {
                let before = gives;
                gives = self.entitlements.with_end(before, End::Past);
                for dripping in self.gives.dripping.iter().filter(|one| one.ends.is_none()) {
                    // What ends before it begins has ended.
                    gives = self.entitlements.with_ended(gives, dripping.offering);
                }
                if self.entitlements.get(gives).ended != self.entitlements.get(before).ended {
                    detail = Some(ended_by(source, row, over));
                }
                self.gives.dripping.retain(|dripping| dripping.ends.is_some());
            }
        }
        self.gives.entitlement = gives;
        if let Some(over) = self.own_until_status(end.status) {
            detail.get_or_insert_with(|| ended_by(source, row, over));
        }
        if let Some(detail) = detail {
            findings.note(FindingCode::Ended, row.record, detail);
        }
        let all = self.entitlements.fold(gives, self.gives.own);
        self.note_ended(row, all, findings);
        (all, end)
    }

    /// What the status of a row says, where the plan looks at it; counted.
    #[inline]
    fn status(&mut self, source: &Source, row: &Row<'_>) -> Option<StatusSays> {
        let cells = self.statuses.get_mut(usize::from(row.record.source))?.as_mut()?;
        let says = cells.take(row.cell(cells.slot()), row.record);
        source.gives.statuses.as_ref().map(|_| says)
    }

    /// Ends what entries with an end of their own give where the status of the row ends it. Gives the end by which
    /// some of it is over.
    fn own_until_status(&mut self, status: StatusEnd) -> Option<RowEnd> {
        let over = match status {
            StatusEnd::Open => return None,
            StatusEnd::Day(end) if !end.is_past => {
                self.gives.own = self.entitlements.with_end(self.gives.own, End::Ahead);
                return None;
            }
            StatusEnd::Day(end) => RowEnd::Day(end),
            StatusEnd::Over => RowEnd::Over,
        };
        let before = self.gives.own;
        let mut own = self.entitlements.with_end(before, End::Past);
        for dripping in &self.gives.dripping {
            own = self.entitlements.with_ended(own, dripping.offering);
        }
        self.gives.own = own;
        self.gives.dripping.clear();
        self.gives.ending.retain(|ending| ending.past);
        (self.entitlements.get(own).ended != self.entitlements.get(before).ended).then_some(over)
    }

    /// Names what entries with an end of their own gave until a day that is past, once each; not what another entry
    /// of the row still gives.
    fn note_ended(&mut self, row: &Row<'_>, all: EntitlementId, findings: &mut Findings) {
        let mut told = Vec::new();
        for GrantEnd { end, gives, past } in &self.gives.ending {
            let Some(day) = end.last_day(row, &mut self.days).filter(|_| *past) else {
                continue;
            };
            let ended = self.entitlements.get(*gives).grants.keys().next().copied();
            let granted = |offering: &u16| self.entitlements.get(all).grants.contains_key(offering);
            let Some(offering) = ended.filter(|offering| !granted(offering)) else {
                continue;
            };
            if !told.contains(&(offering, day)) {
                told.push((offering, day));
                let key = self.plan.targets.offerings.get(usize::from(offering));
                let key = key.map_or("", |offering| offering.key.as_str());
                findings.note(FindingCode::Ended, row.record, format!("{key} until {day}"));
            }
        }
    }
}

/// Why what a row grants has ended, for a finding.
fn ended_by(source: &Source, row: &Row<'_>, end: RowEnd) -> String {
    match end {
        RowEnd::Day(end) => end.last_day.to_string(),
        RowEnd::Never | RowEnd::Over => {
            let slot = source.in_use.status;
            format!("status \"{}\"", slot.map_or("", |slot| row.cell(slot)).trim())
        }
    }
}
