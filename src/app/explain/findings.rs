//! One member in; the findings about their records, and the records that were rejected, out.

use super::context::MemberContext;
use crate::{
    model::{Finding, RecordRef},
    report::{Coded, FindingStory},
};

impl MemberContext<'_> {
    fn finding(&self, finding: &Finding) -> FindingStory {
        FindingStory {
            what: Coded {
                code: finding.code.code(),
                sentence: finding.code.sentence(),
            },
            place: self.place(finding.record),
            other: finding.other.map(|other| self.place(other)),
            detail: finding.detail.clone(),
        }
    }

    /// Records that were rejected and whose cell contains the address.
    pub(super) fn rejected(&self) -> Vec<FindingStory> {
        let findings = self.computed.gathered.wanted.findings.iter();
        findings
            .filter(|finding| finding.code.rejects() && finding.detail.to_lowercase().contains(self.email))
            .map(|finding| self.finding(finding))
            .collect()
    }

    /// What a person should know about the member's records.
    pub(super) fn findings(&self) -> Vec<FindingStory> {
        let own = |record: RecordRef| self.records.iter().any(|(one, _)| *one == record);
        let findings = self.computed.gathered.wanted.findings.iter();
        findings
            .filter(|finding| own(finding.record) || finding.other.is_some_and(own))
            .map(|finding| self.finding(finding))
            .collect()
    }
}
