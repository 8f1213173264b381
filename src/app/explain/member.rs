//! A plan and an address in; the way from the records of that member to its changes out.
//!
//! The sources are folded once, as for every verb, and then read again for the cells of the member's
//! own records: a million members need not carry what only one is asked about.

use std::collections::BTreeMap;

use super::record::RowReader;
use crate::{
    app::{
        AppError, Computed, Moment, PlanFile, ProgressReporter,
        lists::logins::{known_as, login},
        verbs::{compute::compute, effective_access::offerings_of},
    },
    diagnostics::Diagnostics,
    diff::{Accepted, MemberDiff, OwnedDiff, Shapes, What},
    model::{
        Action, Attribute, Change, Finding, Findings, MemberState, Observed, OfferingKey, RecordRef, TagName,
    },
    plan::ColumnsInUse,
    report::{
        ChangeStory, Coded, DisputeStory, FindingStory, Gives, MemberStory, RecordStory, WantedStory,
        change_phrase,
    },
    sources,
    wanted::{Corrector, EntitlementId, PaymentOutcome, Resolved},
};

/// What the difference says of the member.
#[derive(Debug, Default)]
struct Found {
    diff: Option<OwnedDiff>,
    gains: Vec<u16>,
    loses: Vec<u16>,
    gone: Vec<u16>,
}

/// All that is known of one member. `email` is normalised.
pub fn explain(
    file: &PlanFile,
    email: &str,
    moment: Moment,
    watch: &dyn ProgressReporter,
) -> Result<MemberStory, AppError> {
    let mut found = Found::default();
    let new = file.plan.same.get(email).map(ToString::to_string);
    let email = new.as_deref().unwrap_or(email);
    let mut sink = |member: &MemberDiff<'_>, shapes: &Shapes| {
        if member.email == email || (found.diff.is_none() && old_address(member, shapes) == Some(email)) {
            found = Found {
                diff: Some(member.to_owned_diff(shapes)),
                gains: member.gains.to_vec(),
                loses: member.loses.to_vec(),
                gone: member.gone.to_vec(),
            };
        }
    };
    let computed = compute(file, moment, Accepted::default(), None, &mut sink, watch)?;
    // Anyone who is asked for by the address that they are known by on the site gets by the new one.
    let renamed = found.diff.as_ref().map(|diff| diff.email.clone());
    let renamed = renamed.filter(|new| new != email);
    if renamed.is_some() && computed.gathered.wanted.find(email).is_some() {
        found = Found::default();
    }
    let email = match &renamed {
        Some(new) if found.diff.is_some() => new.as_str(),
        _ => email,
    };
    let old = found.diff.as_ref().and_then(|diff| {
        let changes = diff.changes(&computed.difference.names).into_iter();
        let mut about = changes.filter(|change| change.attribute == Attribute::Address);
        about.find_map(|change| change.before)
    });
    // A member who is never changed has no line about the address.
    let known_as = |index| known_as(file, &computed, index);
    let old = old.or_else(|| computed.gathered.wanted.find(email).and_then(known_as));
    let teller = Explainer {
        file,
        computed: &computed,
        email,
        old: old.as_deref(),
    };
    let mut story = MemberStory {
        email: email.to_owned(),
        gains: teller.keys(&found.gains),
        loses: teller.keys(&found.loses),
        turned_away: teller.turned_away(),
        ..MemberStory::default()
    };
    teller.there(&mut story);
    let mut records = Vec::new();
    if let Some(index) = computed.gathered.wanted.find(email) {
        records = computed.gathered.wanted.records(index);
        teller.rows(&records, &mut story)?;
        teller.wanted(index, &records, &mut story);
        story.findings = teller.findings(&records);
    }
    story.gone = teller.keys(&found.gone);
    if let Some(diff) = &found.diff {
        let changes = diff.changes(&computed.difference.names);
        story.changes = changes
            .into_iter()
            .map(|change| teller.change(change, &records, &story))
            .collect();
    }
    Ok(story)
}

struct Explainer<'a> {
    file: &'a PlanFile,
    computed: &'a Computed,
    email: &'a str,
    /// The address under which the member is there, where it is another one.
    old: Option<&'a str>,
}

/// The address under which a member exists, if the difference says that it is another one.
fn old_address<'m>(member: &MemberDiff<'m>, shapes: &Shapes) -> Option<&'m str> {
    let kinds = shapes.get(member.shape).iter();
    let about = kinds
        .zip(member.values)
        .find(|(kind, _)| kind.what == What::Address);
    about.and_then(|(_, value)| value.before)
}

impl Explainer<'_> {
    /// The key of an offering: of the plan, or one that only the site has.
    fn key(&self, offering: u16) -> String {
        let difference = &self.computed.difference;
        let mut lines = difference.offerings.iter().chain(&difference.other_offerings);
        lines
            .nth(usize::from(offering))
            .map_or_else(String::new, |line| line.offering.to_string())
    }

    fn keys<'i>(&self, offerings: impl IntoIterator<Item = &'i u16>) -> Vec<String> {
        offerings
            .into_iter()
            .map(|offering| self.key(*offering))
            .collect()
    }

    fn place(&self, record: RecordRef) -> String {
        self.computed.gathered.place(record)
    }

    /// The records of which something holds.
    fn places(
        &self,
        records: &[(RecordRef, EntitlementId)],
        holds: impl Fn(&Resolved) -> bool,
    ) -> Vec<String> {
        let wanted = &self.computed.gathered.wanted;
        records
            .iter()
            .filter(|(_, gives)| holds(wanted.resolved(*gives)))
            .map(|(record, _)| self.place(*record))
            .collect()
    }

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

    /// Records that were turned away and whose cell holds the address.
    fn turned_away(&self) -> Vec<FindingStory> {
        let findings = self.computed.gathered.wanted.findings.iter();
        findings
            .filter(|finding| finding.code.rejects() && finding.detail.to_lowercase().contains(self.email))
            .map(|finding| self.finding(finding))
            .collect()
    }

    fn findings(&self, records: &[(RecordRef, EntitlementId)]) -> Vec<FindingStory> {
        let own = |record: RecordRef| records.iter().any(|(one, _)| *one == record);
        let findings = self.computed.gathered.wanted.findings.iter();
        findings
            .filter(|finding| own(finding.record) || finding.other.is_some_and(own))
            .map(|finding| self.finding(finding))
            .collect()
    }

    fn there(&self, story: &mut MemberStory) {
        let seen = &self.computed.seen;
        let state = |observed: &Observed| {
            let own = observed.find(self.email);
            let rows = match self.old {
                Some(old) if own.is_empty() => observed.find(old),
                _ => own,
            };
            (!rows.is_empty()).then(|| observed.state(rows))
        };
        [story.site, story.contacts] =
            [Some(&seen.site), seen.contacts.as_ref()].map(|side| side.and_then(state));
        story.has_contact_system = seen.contacts.is_some();
        let Some(site) = &story.site else { return };
        let rows = match self.old {
            Some(old) if seen.site.find(self.email).is_empty() => seen.site.find(old),
            _ => seen.site.find(self.email),
        };
        let has = offerings_of(&self.computed.header.targets, &seen.site, rows);
        story.has = has.iter().map(OfferingKey::to_string).collect();
        let both = seen.site.offerings.values().filter(|offering| {
            let holds = |tag: &TagName| site.tags.contains(tag);
            offering.tags.revoke.as_ref().is_some_and(holds) && offering.tags.access().any(holds)
        });
        story.both = both.map(|offering| offering.key.to_string()).collect();
        story.shares_contact_with = self.shares(site);
    }

    fn shares(&self, site: &MemberState) -> Vec<String> {
        let seen = &self.computed.seen.site;
        let shared = |id: &str| seen.shared_contacts.contains_key(id);
        if !site.contact_ids.iter().any(|id| shared(id.as_str())) {
            return Vec::new();
        }
        (0..seen.len())
            .filter_map(|row| seen.get(row))
            .filter(|row| row.email != self.email)
            .filter(|row| site.contact_ids.iter().any(|id| id.as_str() == row.contact))
            .map(|row| row.email.to_owned())
            .collect()
    }

    /// Reads the member's own records again, for their cells.
    fn rows(&self, records: &[(RecordRef, EntitlementId)], story: &mut MemberStory) -> Result<(), AppError> {
        let gathered = &self.computed.gathered;
        let mut values = BTreeMap::new();
        let mut reader = RowReader::new(self.file, &gathered.wanted);
        for ((index, source), files) in (0u16..).zip(&self.file.plan.sources).zip(&gathered.files) {
            if !records.iter().any(|(record, _)| record.source == index) {
                continue;
            }
            let slots = ColumnsInUse::of(source);
            let paths: Vec<_> = files.iter().map(|file| file.path.clone()).collect();
            let mut diagnostics = Diagnostics::default();
            let mut corrector = Corrector::of(source, &slots);
            let read = sources::read(
                index,
                source,
                &slots,
                &paths,
                &mut diagnostics,
                &|_| {},
                &mut |batch| {
                    let mended = corrector
                        .as_mut()
                        .and_then(|corrector| corrector.correct(&batch, &mut Findings::default()));
                    for row in mended.as_ref().unwrap_or(&batch).rows() {
                        if records.iter().any(|(record, _)| *record == row.record) {
                            let place = self.place(row.record);
                            values.insert(row.record, reader.take(source, &slots, &row, &place));
                        }
                    }
                    Some(batch)
                },
            );
            for (before, after) in files.iter().zip(&read) {
                if before.fingerprint != after.fingerprint {
                    return Err(AppError::File {
                        doing: "read again",
                        path: before.path.clone(),
                        why: "it changed while it was read; run the command again".to_owned(),
                    });
                }
            }
        }
        story.records = records
            .iter()
            .map(|(record, gives)| RecordStory {
                place: self.place(*record),
                source: self
                    .file
                    .plan
                    .sources
                    .get(usize::from(record.source))
                    .map(|source| source.key.to_string())
                    .unwrap_or_default(),
                values: values.remove(record).unwrap_or_default(),
                gives: self.gives(*gives),
                became: self.became(*record),
            })
            .collect();
        (story.origins, story.consent) = reader.finish();
        Ok(())
    }

    /// What became of a payment or refund.
    fn became(&self, record: RecordRef) -> Option<String> {
        let place = |record| self.place(record);
        Some(match self.computed.gathered.wanted.fates.get(record)? {
            PaymentOutcome::Stands => "a charge that counts".to_owned(),
            PaymentOutcome::PartlyRefunded { by } => {
                format!("a charge that counts, partly refunded by {}", place(by))
            }
            PaymentOutcome::Refunded { by: Some(by) } => format!("a charge refunded by {}", place(by)),
            PaymentOutcome::Refunded { by: None } => {
                "a charge that was refunded, according to the record itself".to_owned()
            }
            PaymentOutcome::ChargedBack { by } => format!("a charge that was charged back: {}", place(by)),
            PaymentOutcome::Takes { from } => format!("refunds the charge of {}", place(from)),
            PaymentOutcome::TakesPart { from } => {
                format!("partly refunds the charge of {}", place(from))
            }
            PaymentOutcome::NoCharge => "no charge matches it: ignored".to_owned(),
            PaymentOutcome::Failed => "failed: ignored".to_owned(),
            PaymentOutcome::Pending => "not paid yet: ignored".to_owned(),
            PaymentOutcome::Repeats { first } => format!("the same event as {}: ignored", place(first)),
        })
    }

    fn gives(&self, id: EntitlementId) -> Gives {
        let entitlement = self.computed.gathered.wanted.entitlements().get(id);
        Gives {
            grants: self.keys(entitlement.grants.keys()),
            revokes: self.keys(&entitlement.revokes),
            tags: entitlement
                .tags
                .iter()
                .filter_map(|tag| self.computed.gathered.wanted.tags.given(*tag))
                .map(ToString::to_string)
                .collect(),
        }
    }

    fn wanted(&self, index: usize, records: &[(RecordRef, EntitlementId)], story: &mut MemberStory) {
        let wanted = &self.computed.gathered.wanted;
        let Some(member) = wanted.get(index) else { return };
        let resolved = member.resolved;
        story.login = login(self.file, self.computed, index);
        story.opted_out = member.opted_out;
        (story.user, story.contact) = (resolved.user, resolved.contact);
        story.left_out = member.left_out().map(|reason| Coded {
            code: reason.code(),
            sentence: reason.sentence(),
        });
        let direct = wanted.entitlements().get(member.entitlement);
        for offering in &resolved.access {
            let how = if direct.grants.contains_key(offering) {
                "directly".to_owned()
            } else {
                let reaches = |bundle: &&u16| {
                    let reached = self.file.plan.reaches.get(usize::from(**bundle));
                    reached.is_some_and(|reached| reached.contains(offering))
                };
                let bundles = self.keys(direct.grants.keys().filter(reaches));
                format!("by the bundle {}", bundles.join(", "))
            };
            story.access.push(WantedStory {
                what: self.key(*offering),
                how,
                places: self.places(records, |one| one.access.contains(offering)),
            });
        }
        for tag in &direct.tags {
            let has = |gives: EntitlementId| wanted.entitlements().get(gives).tags.contains(tag);
            let places = records.iter().filter(|(_, gives)| has(*gives));
            story.tags.push(WantedStory {
                what: wanted
                    .tags
                    .given(*tag)
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                how: String::new(),
                places: places.map(|(record, _)| self.place(*record)).collect(),
            });
        }
        for offering in &resolved.revoke {
            story.revokes.push(WantedStory {
                what: self.key(*offering),
                how: String::new(),
                places: self.places(records, |one| one.revoke.contains(offering)),
            });
        }
        for offering in &resolved.disputed {
            story.disputes.push(DisputeStory {
                offering: self.key(*offering),
                granted_by: self.places(records, |one| one.access.contains(offering)),
                revoked_by: self.places(records, |one| one.revoke.contains(offering)),
            });
        }
    }

    fn change(
        &self,
        change: Change,
        records: &[(RecordRef, EntitlementId)],
        story: &MemberStory,
    ) -> ChangeStory {
        let origin = |what: &str| -> Vec<String> {
            let origin = story.origins.iter().find(|origin| origin.what == what);
            origin.map(|origin| origin.place.clone()).into_iter().collect()
        };
        let places = match &change.attribute {
            Attribute::FirstName | Attribute::LastName | Attribute::Field(_) => {
                origin(&change.attribute.to_string())
            }
            Attribute::OptedOut => {
                let said = story
                    .consent
                    .iter()
                    .filter(|said| said.means.ends_with("opted out") && !said.means.starts_with("not opted"));
                said.map(|said| said.place.clone()).collect()
            }
            Attribute::Registered => {
                let wanted = &self.computed.gathered.wanted;
                let said = wanted.find(self.email).and_then(|index| wanted.registered(index));
                said.map(|(_, record)| self.place(record)).into_iter().collect()
            }
            Attribute::Tag(name) => self.tag_places(name, change.action, records),
            Attribute::Address
            | Attribute::Contact
            | Attribute::User
            | Attribute::ContactLink
            | Attribute::SourceKey(_) => self.person_places(records),
        };
        ChangeStory {
            text: change_phrase(&change),
            carried_out: change.action.is_work(),
            change,
            records: places,
        }
    }

    /// The records that ask for a tag, or for the revoke or grant that moves it.
    fn tag_places(
        &self,
        name: &TagName,
        action: Action,
        records: &[(RecordRef, EntitlementId)],
    ) -> Vec<String> {
        let tags = &self.computed.gathered.wanted.tags;
        let Some(tag) = tags.find(name) else {
            return Vec::new();
        };
        self.places(records, |one| {
            let granted = one.hold.iter().any(|wanted| wanted.tag == tag);
            let mut revoked = one.revoke.iter();
            if action == Action::RemoveTag {
                let gives = |offering: &u16| tags.access(*offering).any(|access| access == tag);
                one.lift.contains(&tag) || revoked.any(gives)
            } else {
                granted || revoked.any(|offering| tags.revoke(*offering) == Some(tag))
            }
        })
    }

    /// The records that make somebody a member; those that revoke; or all.
    fn person_places(&self, records: &[(RecordRef, EntitlementId)]) -> Vec<String> {
        let giving = self.places(records, Resolved::wanted);
        let revoking = self.places(records, |one| !one.revoke.is_empty());
        [giving, revoking]
            .into_iter()
            .find(|places| !places.is_empty())
            .unwrap_or_else(|| self.places(records, |_| true))
    }
}
