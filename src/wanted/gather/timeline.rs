//! What rows give and until when in; what ends and what opens after the day of the plan, by member, out.

use jiff::civil::Date;

use super::row_reader::RowReader;
use crate::{
    model::{FindingCode, Findings, RecordRef, Row},
    wanted::{
        Entitlements,
        entitlements::schedule::{AccessEnd, Schedule},
        map::{
            effect_meaning::{RowEnd, SourceEnd, StatusEnd},
            row_grant::{GrantEnd, ReleaseStart},
        },
    },
};

/// What lies ahead of the members.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    /// What opens gradually.
    pub(crate) schedules: Vec<Schedule>,
    /// What ends.
    pub(crate) untils: Vec<AccessEnd>,
}

impl Timeline {
    /// Keeps what the row at hand of a reader gives a member that ends or opens later. `source_end` is what
    /// the source says of its end.
    pub(crate) fn take(
        &mut self,
        person: u32,
        row: &Row<'_>,
        source_end: SourceEnd,
        rows: &mut RowReader<'_>,
        findings: &mut Findings,
    ) {
        let RowReader {
            entitlements,
            days,
            gives,
            ..
        } = rows;
        let end = |day, gives| AccessEnd {
            person,
            day,
            record: row.record,
            gives,
        };
        // A status ends what an entry grants no later than the end that the entry has.
        let end_of = |day: Option<Date>| match (day, source_end.status) {
            (Some(day), StatusEnd::Day(by_status)) => Some(day.min(by_status.last_day)),
            (None, StatusEnd::Day(by_status)) => Some(by_status.last_day),
            (day, StatusEnd::Open | StatusEnd::Over) => day,
        };
        let by_source = match source_end.of_row() {
            RowEnd::Day(end) => Some(end.last_day),
            RowEnd::Never | RowEnd::Over => None,
        };
        if let Some(day) = by_source {
            self.until(end(day, gives.entitlement), entitlements);
        }
        for GrantEnd {
            end: own,
            gives,
            past,
        } in &gives.ending
        {
            if let Some(day) = end_of(own.last_day(row, days)).filter(|_| !past) {
                self.until(end(day, *gives), entitlements);
            }
        }
        for ReleaseStart {
            offering,
            slot,
            every,
            ends,
        } in &gives.dripping
        {
            let Some(from) = days.day(row, *slot) else {
                findings.note(FindingCode::NoFirstDay, row.record, "");
                continue;
            };
            self.schedules.push(Schedule {
                person,
                offering: *offering,
                from,
                every: *every,
                ends: match ends {
                    Some(own) => end_of(own.last_day(row, days)),
                    None => by_source,
                },
                record: row.record,
            });
        }
    }

    fn until(&mut self, end: AccessEnd, entitlements: &Entitlements) {
        if !entitlements.get(end.gives).grants.is_empty() {
            self.untils.push(end);
        }
    }

    /// Keeps what `counts` says of its record.
    pub(crate) fn retain(&mut self, counts: impl Fn(RecordRef) -> bool) {
        self.schedules.retain(|schedule| counts(schedule.record));
        self.untils.retain(|until| counts(until.record));
    }

    /// Brings all into order of member.
    pub(crate) fn sort(&mut self) {
        self.schedules.sort_by_key(|schedule| schedule.person);
        self.untils.sort_by_key(|until| until.person);
    }

    /// Gives the members new places.
    pub(crate) fn renumber(&mut self, places: &[u32]) {
        for schedule in &mut self.schedules {
            schedule.person = places[schedule.person as usize];
        }
        for until in &mut self.untils {
            until.person = places[until.person as usize];
        }
    }
}
