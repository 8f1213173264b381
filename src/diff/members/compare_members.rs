//! Wanted members and observed rows of one part, both by email address, in; what to report, and sums, out.

use std::ops::Range;

use super::{
    context::CompareContext,
    listed_member::ListedMembers,
    member::{FieldPair, KeyPair, Sides, attributes, blocked, keys},
    partition::Partition,
    rows::{PersonRows, rows_of},
    tags::{TagCase, TagDiffer},
};
use crate::{
    diff::{
        ChangeKind, KeptAccess, LoginGiven, NotWanted, OfferingLine, What, logins, renames::AddressClaim,
    },
    model::{LoginCounts, ObservedMember, OfferingKey, Reason},
    plan::Plan,
    wanted::WantedMember,
};

/// What is counted of members, in whatever order they are compared.
#[derive(Debug)]
pub(crate) struct Sums {
    /// On the site already.
    pub(crate) found: u64,
    /// Wanted, and nothing to report.
    pub(crate) unchanged: u64,
    /// On the site and not in any source.
    pub(crate) unknown: u64,
    /// Wait since the plan does not say what becomes of who opted out.
    pub(crate) undecided: u64,
    /// Were to be renamed, and something else keeps them from being touched.
    pub(crate) not_renamed: u64,
    pub(crate) logins: LoginCounts,
    /// A line an offering: those of the plan in its order, then those that only the site has.
    pub(crate) offerings: Vec<OfferingLine>,
}

impl Sums {
    /// Of no member.
    pub(crate) fn new(plan: &Plan, others: &[OfferingKey]) -> Self {
        let offerings = plan.targets.offerings.iter().map(|one| &one.key).chain(others);
        Self {
            found: 0,
            unchanged: 0,
            unknown: 0,
            undecided: 0,
            not_renamed: 0,
            logins: LoginCounts::default(),
            offerings: offerings.map(|key| OfferingLine::new(key.clone())).collect(),
        }
    }

    /// Adds those of other members.
    pub(crate) fn add(&mut self, other: &Self) {
        self.found += other.found;
        self.unchanged += other.unchanged;
        self.unknown += other.unknown;
        self.undecided += other.undecided;
        self.not_renamed += other.not_renamed;
        self.logins.add(other.logins);
        for (line, other) in self.offerings.iter_mut().zip(&other.offerings) {
            line.add(other);
        }
    }
}

/// Compares member after member.
pub(crate) struct MemberComparison<'a> {
    pub(crate) ground: &'a CompareContext<'a>,
    pub(crate) tags: TagDiffer<'a>,
    /// Of the member at hand.
    fields: Vec<FieldPair<'a>>,
    pub(crate) sums: Sums,
}

impl<'a> MemberComparison<'a> {
    pub(crate) fn new(ground: &'a CompareContext<'a>) -> Self {
        let CompareContext {
            plan, wanted, seen, ..
        } = *ground;
        Self {
            ground,
            tags: TagDiffer::new(
                plan,
                wanted,
                &ground.offerings,
                (seen.site, seen.site_tag_rules),
                (seen.contacts, seen.contact_tag_rules),
            ),
            fields: Vec::new(),
            sums: Sums::new(plan, ground.offerings.others()),
        }
    }

    /// All members of a part.
    pub(crate) fn part(&mut self, part: &Partition, told: &mut ListedMembers<'a>) {
        let ground = self.ground;
        let (mut at_site, mut at_contacts) = (part.site.start, part.contacts.start);
        for index in part.members.clone() {
            let Some(member) = ground.wanted.get(index) else {
                continue;
            };
            let member = ground.kept.apply(index, member);
            let site = self.advance(member.email, &mut at_site, told);
            let contacts = match ground.seen.contacts {
                Some(contacts) => rows_of(contacts, member.email, &mut at_contacts, |_| {}),
                None => 0..0,
            };
            self.member(Some(index), &member, site, contacts, told);
        }
        self.rest(at_site..part.site.end, told);
    }

    /// One member on all sides. `index` is the place among the wanted; `None` if not in any source.
    pub(crate) fn member(
        &mut self,
        index: Option<usize>,
        member: &WantedMember<'a>,
        mut site_rows: Range<usize>,
        mut contact_rows: Range<usize>,
        told: &mut ListedMembers<'a>,
    ) {
        let ground = self.ground;
        let managed = ground.seen.contacts.is_none();
        let claim = index.and_then(|index| ground.claims.get(index));
        if let Some(claim) = claim {
            claim.take_rows(&mut site_rows, &mut contact_rows);
        }
        let rows = PersonRows::of(ground.seen, &site_rows, &contact_rows);
        let PersonRows { site, contact, .. } = rows;
        let sides = self.sides(index, member, &rows);
        let obstacle = self.obstacle(&sides, rows.several);
        let waits = claim.and_then(|claim| Some((claim.obstacle()?, claim.old)));
        self.count(site.is_some(), obstacle, claim);

        // A revoke creates no user, and a member who is left out and not on the site is not touched.
        let absent = site.is_none() && !member.resolved.wanted();
        // With a contact system the site has tags for users only.
        let on_site = managed || member.resolved.user || site.is_some_and(|site| site.user);
        let blocked = obstacle.is_some() || waits.is_some() || absent;
        let has_user = site.is_some_and(|site| site.user);
        let linked = rows.user_has_tags();
        // A member who is granted something becomes a user where the plan says so, and a user gets the contact's ID.
        let becomes_user = !blocked && member.resolved.wanted() && (has_user || member.resolved.user);
        let changes = self.tags.find(TagCase {
            entitlement: member.entitlement,
            site_set: rows.site_set(),
            contact_set: match contact {
                _ if managed => None,
                Some(row) => Some(row.set),
                None => member.resolved.wanted().then_some(0),
            },
            on_site,
            user: (linked, linked || becomes_user),
            blocked,
        });
        let lines = &mut told.lines;
        match obstacle {
            _ if let Some((kind, old)) = waits => {
                lines.push(kind, old, member.email);
                lines.tags(self.tags.get(changes));
            }
            Some((kind, _)) => {
                let there = match kind.what {
                    What::User => site.map_or("", |site| site.login),
                    _ => rows.id_on_user(),
                };
                let gone = !self.tags.get(changes).gone.is_empty();
                if member.resolved.wanted() || !member.resolved.revoke.is_empty() || gone {
                    // It is not changed.
                    lines.push(kind, there, there);
                }
                lines.tags(self.tags.get(changes));
            }
            None if absent => {}
            None => {
                self.field_pairs(index, rows.fields_at);
                if let Some(claim) = claim {
                    claim.rename(member.email, lines);
                }
                if attributes(&sides, &self.fields, ground.plan.policy.existing_fields, lines) {
                    logins::count(&mut self.sums.logins, member, sides.login.reason);
                }
                if let Some(index) = index.filter(|_| member.resolved.wanted() && (site.is_some() || on_site))
                {
                    keys(self.key_pairs(index, rows.keys_at), site.is_none(), lines);
                }
                lines.tags(self.tags.get(changes));
            }
        }
        let obstacle = waits
            .map(|(kind, _)| kind.reason)
            .or(obstacle.map(|(_, reason)| reason));
        self.reconcile(
            member,
            changes,
            obstacle,
            (index.is_some(), site.is_some(), has_user || member.resolved.user),
        );
        let keeper = contact.or(site.filter(|_| managed));
        let contact_id = keeper.map_or("", |row| row.contact);
        let changes = self.tags.get(changes);
        let told_of = told.member(
            member.email,
            contact_id,
            (site.is_some(), rows.user_has_tags()),
            changes,
        );
        self.sums.unchanged += u64::from(!told_of && member.resolved.wanted());
    }

    /// All that is said of one person, side by side.
    fn sides(&self, index: Option<usize>, member: &WantedMember<'a>, rows: &PersonRows<'a>) -> Sides<'a> {
        let ground = self.ground;
        let PersonRows { site, contact, .. } = *rows;
        let id = rows.id_on_user();
        let another = !id.is_empty() && contact.is_none_or(|row| row.contact != id);
        Sides {
            wanted: *member,
            site,
            managed: ground.seen.contacts.is_none(),
            contact,
            linked_contact_there: match ground.seen.contacts {
                Some(contacts) => another && ground.contact_ids.of_contact(contacts, id),
                None => another && rows.own_contact,
            },
            contact_of_another_user: self.is_of_another_user(member, site, contact),
            login: self.login(index, member),
            registered: self.registered(index),
            opted_out_rule: ground.opted_out_rule,
        }
    }

    /// Counts the members that exist, and what keeps one from being changed or renamed.
    fn count(
        &mut self,
        found: bool,
        obstacle: Option<(ChangeKind, Reason)>,
        claim: Option<&AddressClaim<'_>>,
    ) {
        self.sums.found += u64::from(found);
        let Some((_, reason)) = obstacle else { return };
        self.sums.undecided += u64::from(reason == Reason::OptedOutUndecided);
        if claim.is_some_and(|claim| claim.obstacle().is_none()) {
            self.sums.not_renamed += 1;
        }
    }

    /// Whether the contact is to be linked to the user of its address, and another user carries its ID.
    fn is_of_another_user(
        &self,
        member: &WantedMember<'_>,
        site: Option<ObservedMember<'a>>,
        contact: Option<ObservedMember<'a>>,
    ) -> bool {
        let user = site.filter(|site| site.user);
        let has_user = user.is_some() || member.resolved.user;
        let (Some(contact), Some(_)) = (contact, self.ground.seen.contacts) else {
            return false;
        };
        let linked = user.is_some_and(|user| user.contact == contact.contact);
        has_user
            && !linked
            && member.resolved.wanted()
            && self
                .ground
                .contact_ids
                .of_user(self.ground.seen.site, contact.contact)
    }

    /// What in the current state keeps a member from being changed.
    fn obstacle(&self, sides: &Sides<'_>, several: bool) -> Option<(ChangeKind, Reason)> {
        let shared = [sides.site, sides.contact.filter(|_| sides.managed)]
            .into_iter()
            .flatten()
            .find_map(|row| self.ground.seen.site.shared_contacts.get(row.contact));
        let of_another = shared == Some(&true) || sides.linked_contact_there;
        let shared = shared == Some(&false) || sides.contact_of_another_user;
        blocked(sides, several, shared, of_another)
    }

    /// The login that the member gets if a user is created; a member who is not in any source gets no user.
    fn login(&self, index: Option<usize>, member: &WantedMember<'a>) -> LoginGiven<'a> {
        match index {
            Some(index) => self.ground.logins.of_member(index, member),
            None => LoginGiven {
                login: member.email,
                reason: Reason::NotThereYet,
            },
        }
    }

    /// The registration date for a new user; blank if no source has one.
    fn registered(&self, index: Option<usize>) -> &'a str {
        let wanted = self.ground.wanted;
        index
            .and_then(|index| wanted.registered(index))
            .map_or("", |(moment, _)| moment)
    }

    /// The fields of a member, none if not in any source; `place` is their row in the system that keeps fields.
    fn field_pairs(&mut self, index: Option<usize>, place: Option<usize>) {
        self.fields.clear();
        let Some(index) = index else { return };
        let ground = self.ground;
        let observed = ground.seen.contacts.unwrap_or(ground.seen.site);
        let fields_of_plan = ground.field_numbers.iter().zip(&ground.field_policies);
        for (field, (number, policy)) in fields_of_plan.enumerate() {
            let there = match (number, place) {
                (Some(number), Some(place)) => observed.field(place, *number),
                _ => "",
            };
            let wanted = ground.wanted.field(index, field);
            let Ok(index) = u16::try_from(field) else { continue };
            self.fields.push(FieldPair {
                index,
                wanted,
                there,
                policy: *policy,
                too_long: ground
                    .seen
                    .max_field_chars
                    .is_some_and(|max| has_more(wanted, max)),
            });
        }
    }

    /// The keys of a member; `place` is their row on the site.
    fn key_pairs(&self, index: usize, place: Option<usize>) -> impl Iterator<Item = KeyPair<'a>> {
        let ground = self.ground;
        let (wanted, site, claims) = (ground.wanted, ground.seen.site, &ground.claims);
        ground
            .key_numbers
            .iter()
            .enumerate()
            .map(move |(number, there)| KeyPair {
                index: u16::try_from(number).unwrap_or(u16::MAX),
                wanted: wanted.key(index, number),
                there: match (there, place) {
                    (Some(there), Some(place)) => site.key(place, *there),
                    _ => "",
                },
                elsewhere: claims.is_elsewhere(index, number),
            })
    }

    fn reconcile(
        &mut self,
        member: &WantedMember<'_>,
        changes: usize,
        obstacle: Option<Reason>,
        (named, found, user): (bool, bool, bool),
    ) {
        let tags = &self.ground.wanted.tags;
        let changes = self.tags.get(changes);
        let resolved = member.resolved;
        let wanted = resolved.wanted() && user;
        for offering in &resolved.access {
            let line = &mut self.sums.offerings[usize::from(*offering)];
            if !wanted {
                line.add_not_wanted(NotWanted::from_member(member));
                continue;
            }
            line.in_export += 1;
            line.wanted += 1;
            if tags.access(*offering).next().is_none() {
                let has = |part: &u16| changes.has.contains(part) && !changes.loses.contains(part);
                let reached = &self.ground.plan.reaches[usize::from(*offering)];
                let own = |part: &&u16| tags.access(**part).next().is_some();
                line.add_bundle(reached.iter().filter(own).all(has), obstacle);
                continue;
            }
            let has = changes.has.contains(offering) && !changes.loses.contains(offering);
            if has {
                line.already_have += 1;
            } else if changes.gains.contains(offering) {
                line.gain += 1;
            } else {
                line.add_blocked(obstacle);
            }
        }
        for offering in &changes.gains {
            let asked = wanted && resolved.access.contains(offering);
            self.sums.offerings[usize::from(*offering)].other_gain += u64::from(!asked);
        }
        if found {
            for offering in &changes.has {
                let line = &mut self.sums.offerings[usize::from(*offering)];
                line.today += 1;
                if changes.loses.contains(offering) {
                    line.lose += 1;
                } else if resolved.revoke.contains(offering) {
                    line.add_other(KeptAccess::Because(obstacle.unwrap_or(Reason::NotOurs)));
                } else if !resolved.access.contains(offering) {
                    line.add_other(if named {
                        KeptAccess::NotMentioned
                    } else {
                        KeptAccess::InNoSource
                    });
                } else if !wanted {
                    line.add_other(KeptAccess::NotWanted);
                }
            }
        }
    }
}

/// True for a text of more characters; counts them only where there are enough bytes.
fn has_more(text: &str, max: u32) -> bool {
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    text.len() > max && text.chars().nth(max).is_some()
}
