//! The wanted state in; what a person should know of the people, before anything is moved, out.

use std::{collections::BTreeSet, io};

use crate::{
    model::{Finding, FindingCode},
    plan::{ColumnsInUse, Pattern, Plan},
    report::{FindingPlace, guarded},
    wanted::{LeftOut, Wanted},
};

/// What Rehome never moves, even if an export contains it.
pub const NOT_MOVED: [&str; 5] = [
    "course progress",
    "orders",
    "payment cards",
    "affiliates",
    "passwords",
];

/// A file of a source.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AuditFile {
    /// Relative to the plan.
    pub path: String,
    /// Rows read.
    pub records: u64,
    /// Columns that the plan does not use.
    pub columns_not_used: Vec<String>,
}

impl AuditFile {
    /// A file with these headers, of a source that reads these columns.
    pub fn of(path: String, records: u64, headers: &[String], slots: &ColumnsInUse) -> Self {
        let used: BTreeSet<String> = slots
            .columns
            .iter()
            .flat_map(|column| &column.names)
            .map(|name| Pattern::fold(name))
            .collect();
        let unused = headers
            .iter()
            .filter(|name| !name.is_empty() && !used.contains(&Pattern::fold(name)));
        Self {
            path,
            records,
            columns_not_used: unused.cloned().collect(),
        }
    }
}

/// What the audit looks at.
#[derive(Clone, Copy)]
pub struct AuditView<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What its sources give.
    pub wanted: &'a Wanted,
    /// The files, by source.
    pub files: &'a [Vec<AuditFile>],
    /// By source, how the order of day and month was found out.
    pub dates: &'a [String],
    /// Where a record stands.
    pub place: FindingPlace<'a>,
    /// Only the source with this index.
    pub only: Option<u16>,
}

/// The people of one offering.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct AuditOffering {
    /// The offering's key.
    pub offering: String,
    /// Members whom a record grants it, directly or by a bundle.
    pub granted: u64,
    /// Those whom a record grants it directly.
    pub directly: u64,
    /// Those who have it by a bundle only.
    pub by_bundle: u64,
    /// Members of whom it is revoked, and whom no record grants it.
    pub revoked: u64,
    /// Members whom one record grants it and another revokes it: the grant counts.
    pub disputed: u64,
    /// Granted, and opted out of marketing.
    pub opted_out: u64,
    /// Granted, and without any name.
    pub no_name: u64,
}

/// A member to look at.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AuditMember {
    /// The address.
    pub email: String,
    /// The member's first record.
    pub place: String,
}

/// What is counted in one walk over the members.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audit {
    /// A line an offering.
    pub offerings: Vec<AuditOffering>,
    /// Members without any name.
    pub no_name: Vec<AuditMember>,
    /// Members who become neither user nor contact.
    pub left_out: Vec<(LeftOut, AuditMember)>,
    /// Members whom one source names more than once.
    pub twice_in_a_source: u64,
    /// Members whom more than one source names.
    pub in_several_sources: u64,
    /// Members looked at.
    pub members: u64,
    /// Opted out of marketing.
    pub opted_out: u64,
}

/// Walks over the members once.
pub fn audit(view: &AuditView<'_>) -> Audit {
    let wanted = view.wanted;
    let mut audit = Audit {
        offerings: view
            .plan
            .targets
            .offerings
            .iter()
            .map(|offering| AuditOffering {
                offering: offering.key.to_string(),
                ..AuditOffering::default()
            })
            .collect(),
        ..Audit::default()
    };
    for index in 0..wanted.len() {
        let (Some(member), records) = (wanted.get(index), wanted.records(index)) else {
            continue;
        };
        let sources: Vec<u16> = records.iter().map(|(record, _)| record.source).collect();
        if view.only.is_some_and(|only| !sources.contains(&only)) {
            continue;
        }
        let distinct: BTreeSet<u16> = sources.iter().copied().collect();
        audit.members += 1;
        audit.opted_out += u64::from(member.opted_out);
        audit.in_several_sources += u64::from(distinct.len() > 1);
        audit.twice_in_a_source += u64::from(distinct.len() < sources.len());
        let no_name = member.first_name.is_empty() && member.last_name.is_empty();
        let shown = || AuditMember {
            email: member.email.to_owned(),
            place: records
                .first()
                .map(|(record, _)| (view.place)(*record))
                .unwrap_or_default(),
        };
        if no_name {
            audit.no_name.push(shown());
        }
        if let Some(reason) = member.left_out() {
            audit.left_out.push((reason, shown()));
        }
        // Of one source only: what its records alone ask for.
        let given: Vec<_> = records
            .iter()
            .filter(|(record, _)| view.only.is_none_or(|only| only == record.source))
            .map(|(_, gives)| *gives)
            .collect();
        for (offering, line) in (0u16..).zip(&mut audit.offerings) {
            let any =
                |test: &dyn Fn(crate::wanted::EntitlementId) -> bool| given.iter().any(|gives| test(*gives));
            let granted = any(&|gives| wanted.resolved(gives).access.contains(&offering));
            let directly = any(&|gives| wanted.entitlements().get(gives).grants.contains_key(&offering));
            let revoked = any(&|gives| wanted.resolved(gives).revoke.contains(&offering));
            line.granted += u64::from(granted);
            line.directly += u64::from(directly);
            line.by_bundle += u64::from(granted && !directly);
            line.revoked += u64::from(revoked && !granted);
            line.disputed += u64::from(revoked && granted);
            line.opted_out += u64::from(granted && member.opted_out);
            line.no_name += u64::from(granted && no_name);
        }
    }
    audit
}

impl AuditView<'_> {
    /// The findings that the audit is about.
    pub(crate) fn findings(&self) -> impl Iterator<Item = &Finding> {
        let about = |finding: &&Finding| {
            let of = |record: crate::model::RecordRef| self.only.is_none_or(|only| only == record.source);
            of(finding.record) || finding.other.is_some_and(of)
        };
        self.wanted.findings.iter().filter(about)
    }

    /// The kinds of finding that occur, those that turned records away first.
    pub(crate) fn codes(&self) -> Vec<FindingCode> {
        let occurring: BTreeSet<FindingCode> = self.findings().map(|finding| finding.code).collect();
        let (mut rejects, notes): (Vec<FindingCode>, Vec<FindingCode>) =
            occurring.into_iter().partition(|code| code.rejects());
        rejects.extend(notes);
        rejects
    }

    /// The indexes of the sources that the audit is about.
    pub(crate) fn sources(&self) -> impl Iterator<Item = usize> {
        let only = self.only.map(usize::from);
        (0..self.plan.sources.len()).filter(move |index| only.is_none_or(|only| only == *index))
    }
}

/// A line a finding: the member's address, code, whether the record was turned away, place, second place, value, meaning.
pub fn findings_csv(wanted: &Wanted, place: FindingPlace<'_>, to: &mut dyn io::Write) -> io::Result<()> {
    let mut csv = header(to)?;
    write_findings(&mut csv, wanted, wanted.findings.iter(), place)?;
    csv.flush()
}

/// [`findings_csv`], and a line for each member without a name and each who is left out.
pub fn audit_csv(view: &AuditView<'_>, audit: &Audit, to: &mut dyn io::Write) -> io::Result<()> {
    let mut csv = header(to)?;
    write_findings(&mut csv, view.wanted, view.findings(), view.place)?;
    for member in &audit.no_name {
        let meaning = "no record of the member has a name";
        let email = guarded(member.email.clone());
        csv.write_record([&email, "no-name", "no", &member.place, "", "", meaning])?;
    }
    for (reason, member) in &audit.left_out {
        let email = guarded(member.email.clone());
        csv.write_record([
            &email,
            reason.code(),
            "no",
            &member.place,
            "",
            "",
            reason.sentence(),
        ])?;
    }
    csv.flush()
}

fn header(to: &mut dyn io::Write) -> io::Result<csv::Writer<&mut dyn io::Write>> {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record(["email", "code", "rejected", "place", "other", "detail", "meaning"])?;
    Ok(csv)
}

fn write_findings<'f>(
    csv: &mut csv::Writer<&mut dyn io::Write>,
    wanted: &Wanted,
    findings: impl Iterator<Item = &'f Finding>,
    place: FindingPlace<'_>,
) -> io::Result<()> {
    for finding in findings {
        let rejects = if finding.code.rejects() { "yes" } else { "no" };
        let other = finding.other.map(place).unwrap_or_default();
        let who = wanted
            .who(finding.record)
            .or(finding.rejected_address())
            .unwrap_or_default();
        csv.write_record([
            &guarded(who.to_owned()),
            finding.code.code(),
            rejects,
            &guarded(place(finding.record)),
            &guarded(other),
            &guarded(finding.detail.clone()),
            finding.code.sentence(),
        ])?;
    }
    Ok(())
}
