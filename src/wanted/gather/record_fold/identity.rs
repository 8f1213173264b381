//! The cells of a row by which a member is known elsewhere: keys of the source and logins, in; remembered, out.

use super::{FindingCode, RecordFold, Row};
use crate::{
    model::{Finding, LoginKind},
    people::number,
    plan::Source,
    wanted::{
        gather::{keys::Taken, people::LoginWish},
        map::person_cells::{row_key, row_login},
    },
};

impl RecordFold<'_> {
    /// Has the places of the rows' keys at hand.
    pub(crate) fn fetch_keys(&self, source: usize, rows: &[Row<'_>]) {
        let Some(number) = self.cells.get(source).and_then(|cells| cells.key) else {
            return;
        };
        if let Some(slot) = self.plan.sources[source].in_use.person.key {
            let keys = rows.iter().map(|row| row.cell(slot).trim());
            self.keys[number].fetch(&self.people, keys);
        }
    }

    pub(crate) fn key(&mut self, source: &Source, person: u32, row: &Row<'_>) {
        let Some(number) = self.cells[usize::from(row.record.source)].key else {
            return;
        };
        let Some(key) = row_key(&source.in_use, row) else {
            return;
        };
        if number::is_rounded(key) {
            return self.note(FindingCode::KeyRounded, row.record, key);
        }
        match self.keys[number].take(&mut self.people, person, key) {
            Taken::Theirs => {}
            Taken::OfAnother(other) => {
                let other = Some(self.people.list[other as usize].first_record);
                let code = FindingCode::KeyOfTwoAddresses;
                self.findings.push(Finding {
                    code,
                    record: row.record,
                    other,
                    detail: key.to_owned(),
                });
            }
            Taken::Second => self.note(FindingCode::AddressOfTwoKeys, row.record, key),
            Taken::Full => self.full = true,
        }
    }

    /// How the member wants to log in, where no record before said it. A blank cell says nothing.
    pub(crate) fn login(&mut self, source: &Source, person: u32, row: &Row<'_>) {
        let login = source.person.login.as_ref();
        let Some((kind, text)) = login.and_then(|rule| row_login(rule, &source.in_use, row)) else {
            return;
        };
        let at = person as usize;
        let address = self.people.text.get(self.people.list[at].email);
        let text = if text.eq_ignore_ascii_case(address) {
            ""
        } else {
            &*text
        };
        let known = self.people.logins.get(at).copied().unwrap_or_default();
        if known.kind.is_none() {
            let Some(span) = self.people.text.push(text) else {
                self.full = true;
                return;
            };
            self.people
                .logins
                .resize(self.people.list.len(), LoginWish::default());
            self.people.logins[at] = LoginWish {
                kind: Some(kind),
                text: span,
                record: row.record,
            };
            return;
        }
        let first = self.people.text.get(known.text);
        let columns = known.kind == Some(LoginKind::Column) && kind == LoginKind::Column;
        if columns && !first.eq_ignore_ascii_case(text) {
            let or_address = |text| if str::is_empty(text) { address } else { text };
            let detail = format!("{} / {}", or_address(first), or_address(text));
            self.findings.push(Finding {
                code: FindingCode::LoginConflict,
                record: row.record,
                other: Some(known.record),
                detail,
            });
        }
    }
}
