//! The wanted state in; access that ends later and modules that open later, by email address address, out.

use jiff::civil::Date;

use super::wanted::Wanted;
use crate::{
    plan::Plan,
    wanted::{
        Expiring, Opened, Upcoming,
        entitlements::schedule::{AccessEnd, Schedule},
    },
};

impl Wanted {
    /// Access that ends later, by email address.
    pub fn expiring(&self, plan: &Plan) -> impl Iterator<Item = Expiring> {
        let one_member = |untils: &[AccessEnd]| self.expiring_of(untils, plan);
        self.timeline
            .untils
            .chunk_by(|a, b| a.person == b.person)
            .flat_map(one_member)
    }

    fn expiring_of(&self, untils: &[AccessEnd], plan: &Plan) -> Vec<Expiring> {
        let member = untils.first().map_or(0, |until| until.person as usize);
        let Some(wanted) = self.get(member).filter(|wanted| wanted.resolved.wanted()) else {
            return Vec::new();
        };
        let grants = &self.entitlements().get(wanted.entitlement).grants;
        let lasts = |offering: u16| {
            let mut reaching = grants
                .iter()
                .filter(|(bundle, _)| reaches(plan, **bundle, offering));
            reaching.any(|(_, grant)| grant.lasting)
        };
        let longest = |offering: u16| {
            let grants_it = |until: &&AccessEnd| {
                let mut grants = self.entitlements().get(until.gives).grants.keys();
                grants.any(|bundle| reaches(plan, *bundle, offering))
            };
            untils.iter().filter(grants_it).max_by_key(|until| until.day)
        };
        let access = wanted.resolved.access.iter();
        access
            .filter(|offering| !lasts(**offering))
            .filter_map(|offering| {
                let until = longest(*offering)?;
                Some(Expiring {
                    member,
                    offering: *offering,
                    last_day: until.day,
                    record: until.record,
                })
            })
            .collect()
    }

    /// Modules still to come, by email address, offering and number.
    pub fn upcoming(&self, plan: &Plan) -> impl Iterator<Item = Upcoming> {
        let one_member = |schedules: &[Schedule]| self.upcoming_of(schedules, plan);
        self.timeline
            .schedules
            .chunk_by(|a, b| a.person == b.person)
            .flat_map(one_member)
    }

    fn upcoming_of(&self, schedules: &[Schedule], plan: &Plan) -> Vec<Upcoming> {
        let member = schedules.first().map_or(0, |schedule| schedule.person as usize);
        let Some(wanted) = self.get(member) else {
            return Vec::new();
        };
        let grants = &self.entitlements().get(wanted.entitlement).grants;
        let mut all = Vec::new();
        for offering in (0u16..).take(plan.reaches.len()) {
            let reaching = grants
                .iter()
                .filter(|(bundle, _)| reaches(plan, **bundle, offering));
            let open = match reaching.map(|(_, grant)| grant.opened).max() {
                Some(Opened::All) => continue,
                Some(Opened::Modules(open)) => open,
                Some(Opened::Whole) | None => 0,
            };
            let modules = u16::try_from(self.tags.modules(offering).len()).unwrap_or(u16::MAX);
            for module in open.saturating_add(1)..=modules {
                let own = schedules
                    .iter()
                    .filter(|schedule| reaches(plan, schedule.offering, offering));
                let first = own
                    .filter_map(|schedule| Some((schedule.opens(module)?, schedule.record)))
                    .min();
                if let Some((day, record)) = first {
                    all.push(Upcoming {
                        member,
                        offering,
                        module,
                        day,
                        record,
                    });
                }
            }
        }
        all
    }
}

impl Wanted {
    /// For each member whose outcome may change by itself, the first day on which it may: the day after a record ends, or
    /// the one on which a module opens. By email address. What changes through conditions on the day of the plan,
    /// and tags that no offering owns, are not known here.
    pub fn changes_by_itself(&self, plan: &Plan) -> Vec<(usize, Date)> {
        let untils = self.timeline.untils.iter();
        let ends = untils.filter_map(|until| Some((until.person as usize, until.day.tomorrow().ok()?)));
        let opens = self.upcoming(plan).map(|one| (one.member, one.day));
        let mut days: Vec<(usize, Date)> = ends.chain(opens).collect();
        days.sort_unstable();
        days.dedup_by_key(|(member, _)| *member);
        days
    }
}

fn reaches(plan: &Plan, bundle: u16, offering: u16) -> bool {
    plan.reaches
        .get(usize::from(bundle))
        .is_some_and(|reached| reached.binary_search(&offering).is_ok())
}
