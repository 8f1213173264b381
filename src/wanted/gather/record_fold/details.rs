//! The cells of a row that say who a member is: names, consent and fields, in; the first of each kept, out.
//! Of several registration dates, the earliest counts.

use super::{FindingCode, RecordFold, RecordRef, Row};
use crate::{
    model::Finding,
    people::name,
    plan::Source,
    wanted::{
        gather::consent::ConsentSays,
        map::{field::field_value, person_cells::RowNames},
    },
};

impl RecordFold<'_> {
    pub(crate) fn names(&mut self, source: &Source, person: u32, row: &Row<'_>) {
        let known = &self.people.list[person as usize];
        let known = (
            self.people.text.get(known.first_name),
            self.people.text.get(known.last_name),
        );
        let Some(names) = RowNames::from_row(&source.in_use, row).added(known) else {
            return;
        };
        if let Some(whole) = &names.whole {
            self.note(FindingCode::NameSplit, row.record, whole.as_ref());
        }
        self.set_name(person, &names.first, &names.last, row.record);
    }

    fn set_name(&mut self, person: u32, first: &str, last: &str, record: RecordRef) {
        let known = self.people.list[person as usize];
        // Where nothing is missing, or everything, there is nothing to agree with.
        let completes = known.first_name.is_empty() == known.last_name.is_empty() || {
            let both = (
                self.people.text.get(known.first_name),
                self.people.text.get(known.last_name),
            );
            name::completes(both, (first, last))
        };
        let is_half = first.is_empty() || last.is_empty();
        for (is_first, text, there) in [(true, first, known.first_name), (false, last, known.last_name)] {
            if text.is_empty() {
                continue;
            }
            if there.is_empty() && !completes {
                // Half a name of one record and half of another would be the name of nobody.
                if !is_half {
                    continue;
                }
                let other = if is_first {
                    known.last_name
                } else {
                    known.first_name
                };
                let detail = format!("{} / {text}", self.people.text.get(other));
                self.findings.push(Finding {
                    code: FindingCode::NameConflict,
                    record,
                    other: Some(known.first_record),
                    detail,
                });
            } else if there.is_empty() {
                for code in name::oddities(text) {
                    self.note(code, record, text);
                }
                let Some(span) = self.people.text.push(text) else {
                    self.full = true;
                    return;
                };
                let known = &mut self.people.list[person as usize];
                *(if is_first {
                    &mut known.first_name
                } else {
                    &mut known.last_name
                }) = span;
            } else if self.people.text.get(there) != text {
                let detail = format!("{} / {text}", self.people.text.get(there));
                self.findings.push(Finding {
                    code: FindingCode::NameConflict,
                    record,
                    other: Some(known.first_record),
                    detail,
                });
            }
        }
    }

    pub(crate) fn consent(&mut self, source: &Source, person: u32, row: &Row<'_>) {
        let (Some(consent), Some(slot)) = (&source.person.consent, source.in_use.person.consent) else {
            return;
        };
        let cell = row.cell(slot).trim();
        let Some(cells) = self.consents.get_mut(usize::from(row.record.source)) else {
            return;
        };
        let out = match cells.take(consent, cell, row.record) {
            ConsentSays::Nothing => return,
            ConsentSays::Blank => {
                self.people.list[person as usize].consent_blank = true;
                return;
            }
            ConsentSays::OptedIn => false,
            ConsentSays::OptedOut => true,
            ConsentSays::Unclear => {
                self.note(FindingCode::ConsentUnknown, row.record, cell);
                true
            }
        };
        let known = &mut self.people.list[person as usize];
        let conflict = if out { known.opted_in } else { known.opted_out };
        let first_record = known.first_record;
        known.opted_out |= out;
        known.opted_in |= !out;
        if conflict && first_record != row.record {
            self.findings.push(Finding {
                code: FindingCode::ConsentConflict,
                record: row.record,
                other: Some(first_record),
                detail: cell.to_owned(),
            });
        }
    }

    /// When the member registered, as far as the row knows.
    pub(crate) fn registered(&mut self, source: &Source, person: u32, row: &Row<'_>) {
        let Some(slot) = source.in_use.person.registered else {
            return;
        };
        let days = &mut self.rows.days;
        if let Some(day) = days.registered(row, slot) {
            let start = || days.start(usize::from(row.record.source), slot, day);
            self.people.registered.take(person, row.record, day, start);
        }
    }

    pub(crate) fn fields(&mut self, source: &Source, person: u32, row: &Row<'_>) {
        let index = usize::from(row.record.source);
        for (at, (map, slot)) in source.fields.iter().zip(&source.in_use.fields).enumerate() {
            let cell = row.cell(*slot);
            let (value, finding) = field_value(cell, &map.kind, self.rows.days.as_of());
            if let Some(code) = finding {
                self.note(code, row.record, format!("{}: {}", map.field, cell.trim()));
            }
            if value.is_empty() {
                continue;
            }
            let field = self.cells[index].fields[at];
            let place = person as usize * self.people.field_count + field;
            let there = self.people.fields[place];
            if there.is_empty() {
                match self.people.text.push(&value) {
                    Some(span) => self.people.fields[place] = span,
                    None => self.full = true,
                }
            } else if self.people.text.get(there) != value {
                let detail = format!("{} / {value}", self.people.text.get(there));
                let other = Some(self.people.list[person as usize].first_record);
                let code = FindingCode::FieldConflict;
                self.findings.push(Finding {
                    code,
                    record: row.record,
                    other,
                    detail,
                });
            }
        }
    }
}
