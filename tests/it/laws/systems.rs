//! A world in; a model of its site, which owns its contacts or has a contact system, that can be compared with what is
//! wanted and to which changes can be applied.

use std::collections::{BTreeMap, BTreeSet};

use rehome::{
    diff::{Accepted, Difference, MemberDiff, Observations, Shapes, compare},
    model::{
        Account, Action, Attribute, Change, ContactId, FieldName, HeldTag, MemberState, Observed,
        ObservedBuilder, ObservedMember, Side, SourceKey, TagName, TagRules,
    },
    plan::Plan,
    wanted::Wanted,
};

use super::{
    case::Bug,
    world::{ADDRESSES, Dice, World, address},
};

/// A user or contact of one system.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Person {
    pub(crate) state: MemberState,
    /// The tags that this migration gave and no one changed since.
    pub(crate) ours: BTreeSet<TagName>,
}

type People = BTreeMap<String, Person>;

/// The systems that the members move to.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Systems {
    pub(crate) site: People,
    /// `None` if the site owns the contacts.
    pub(crate) contacts: Option<People>,
    next: u32,
}

/// What the difference says about one member.
#[derive(Debug, Clone)]
pub(crate) struct ListedMember {
    pub(crate) changes: Vec<Change>,
    pub(crate) gains: Vec<u16>,
    pub(crate) loses: Vec<u16>,
    pub(crate) both: usize,
}

impl ListedMember {
    pub(crate) fn work(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|one| one.action.is_work())
    }

    pub(crate) fn has_work(&self) -> bool {
        self.work().next().is_some()
    }
}

pub(crate) type Members = BTreeMap<String, ListedMember>;

impl Systems {
    /// The site that a world comes with.
    pub(crate) fn from_world(world: &World) -> Self {
        let dice = &mut Dice::new(&world.site);
        let mut tags = Vec::new();
        for offering in 0..world.offerings.len() {
            let (base, instant, modules, revoke) = world.tags_of(offering);
            tags.extend(
                base.into_iter()
                    .chain(instant)
                    .chain(revoke)
                    .chain(modules.into_iter().take(2)),
            );
        }
        tags.extend(["Tag 0", "Oils", "Kept: Courses", "Other"].map(str::to_owned));
        let mut systems = Self {
            contacts: world.simulated.map(|_| People::new()),
            ..Self::default()
        };
        for who in 0..ADDRESSES + 2 {
            if let Some(mut contacts) = systems.contacts.take() {
                if dice.chance(45) {
                    let person = systems.draw(world, who, false, &tags, dice);
                    contacts.insert(address(who), person);
                }
                systems.contacts = Some(contacts);
            }
            if dice.chance(50) {
                let user = systems.contacts.is_some() || dice.chance(70);
                let mut person = systems.draw(world, who, user, &tags, dice);
                systems.link(&mut person, who, dice);
                systems.site.insert(address(who), person);
            }
        }
        systems
    }

    fn draw(
        &mut self,
        world: &World,
        who: usize,
        user: bool,
        tags: &[String],
        dice: &mut Dice<'_>,
    ) -> Person {
        let mut person = Person::default();
        let id = self.new_contact();
        let state = &mut person.state;
        state.contact_ids.push(id);
        state.login = user.then(|| address(who));
        state.privileged = user && dice.chance(8);
        state.opted_out = dice.chance(30);
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        state.first_name = some(dice.one_of(&["", "Ana", "Dana"]));
        state.last_name = some(dice.one_of(&["", "Mori", "Berg"]));
        for (field, _) in &world.fields {
            if dice.chance(30) {
                state
                    .fields
                    .insert(FieldName::new(field.name), "as it was".to_owned());
            }
        }
        for source in world.sources.iter().filter(|source| source.keyed) {
            let owner = if dice.chance(20) {
                dice.below(ADDRESSES)
            } else {
                who
            };
            if dice.chance(50) {
                state.keys.insert(SourceKey::new(source.key), format!("K{owner}"));
            }
        }
        for _ in 0..dice.below(6) {
            let tag = TagName::new(&tags[dice.below(tags.len())]);
            if !dice.chance(30) {
                person.ours.insert(tag.clone());
            }
            state.tags.insert(tag);
        }
        person
    }

    /// Which contact a user is linked to: its own, none, one that does not exist, or that of another member.
    fn link(&self, person: &mut Person, who: usize, dice: &mut Dice<'_>) {
        let ids = &mut person.state.contact_ids;
        let own = self.contacts.as_ref().and_then(|all| all.get(&address(who)));
        if let Some(own) = own {
            ids.clone_from(&own.state.contact_ids);
        }
        if person.state.login.is_none() {
            return;
        }
        match dice.below(12) {
            11 => {
                let other = self.contacts.as_ref().unwrap_or(&self.site).values().next();
                ids.clear();
                ids.extend(other.and_then(|other| other.state.contact_ids.first()).cloned());
            }
            10 => ids.clear(),
            9 if self.contacts.is_some() => *ids = vec![ContactId::new("gone")],
            _ if self.contacts.is_some() && own.is_none() => ids.clear(),
            _ => {}
        }
        if self.contacts.is_none() && ids.is_empty() {
            // If the site owns the contacts, these belong to the contact.
            let state = &mut person.state;
            state.fields.clear();
            state.tags.clear();
            state.opted_out = false;
            person.ours.clear();
        }
    }

    fn new_contact(&mut self) -> ContactId {
        self.next += 1;
        ContactId::new(self.next.to_string())
    }

    /// What the program sees of these systems.
    pub(crate) fn observed<T>(
        &self,
        world: &World,
        plan: &Plan,
        bug: Option<Bug>,
        see: impl FnOnce(Observations<'_>) -> T,
    ) -> T {
        let mut site = observed(&self.site, Side::Site, bug);
        let offerings = plan.targets.offerings.iter();
        site.offerings = offerings
            .map(|offering| (offering.key.clone(), offering.clone()))
            .collect();
        let contacts = self
            .contacts
            .as_ref()
            .map(|people| observed(people, Side::Contacts, bug));
        let rules = TagRules::default();
        see(Observations {
            site: &site,
            contacts: contacts.as_ref(),
            creates_opted_out: world.creates_opted_out,
            site_tag_rules: &rules,
            contact_tag_rules: &rules,
            max_field_chars: world.max_field_chars,
        })
    }

    /// The difference, and what it says about every member.
    pub(crate) fn differ(
        &self,
        world: &World,
        plan: &Plan,
        wanted: &Wanted,
        bug: Option<Bug>,
    ) -> (Difference, Members) {
        let mut listed = Vec::new();
        let mut sink = |member: &MemberDiff<'_>, shapes: &Shapes| {
            let (gains, loses) = (member.gains.to_vec(), member.loses.to_vec());
            listed.push((member.to_owned_diff(shapes), gains, loses, member.both.len()));
        };
        let difference = self.observed(world, plan, bug, |seen| {
            compare(plan, wanted, seen, Accepted::default(), &mut sink)
        });
        let count = listed.len();
        let members: Members = listed
            .into_iter()
            .map(|(one, gains, loses, both)| {
                let changes = one.changes(&difference.changes.names);
                let member = ListedMember {
                    changes,
                    gains,
                    loses,
                    both,
                };
                (one.email, member)
            })
            .collect();
        assert_eq!(members.len(), count, "a member is listed twice");
        (difference, members)
    }

    /// Applies the changes of all members, as the systems would.
    pub(crate) fn apply(&mut self, members: &Members, bug: Option<Bug>) {
        // Addresses first: one member may give up an address that another one takes.
        let renames = |member: &ListedMember| -> Vec<(Side, String)> {
            let all = member.work().filter(|one| one.action == Action::Rename);
            all.map(|one| (one.side, one.before.clone().expect("an old address")))
                .collect()
        };
        let mut moved = Vec::new();
        for (email, member) in members {
            for (side, old) in renames(member) {
                let person = self
                    .side(side)
                    .remove(&old)
                    .expect("a user or contact at the old address");
                moved.push((side, email, person));
            }
        }
        for (side, email, person) in moved {
            let before = self.side(side).insert(email.clone(), person);
            assert!(before.is_none(), "{email} exists under both addresses");
        }
        for (email, member) in members {
            for change in member.work() {
                let forgets = bug == Some(Bug::ForgetFirstNames) && change.attribute == Attribute::FirstName;
                if !forgets {
                    self.change(email, change);
                }
            }
        }
    }

    fn side(&mut self, side: Side) -> &mut People {
        match side {
            Side::Site => &mut self.site,
            Side::Contacts => self.contacts.as_mut().expect("a contact system"),
        }
    }

    fn change(&mut self, email: &str, change: &Change) {
        let fresh = self.new_contact();
        let of_contact = self.contacts.as_ref().and_then(|all| all.get(email));
        let id = of_contact
            .and_then(|contact| contact.state.contact_ids.first())
            .cloned();
        let managed = self.contacts.is_none();
        let person = self.side(change.side).entry(email.to_owned()).or_default();
        let state = &mut person.state;
        let after = change.after.clone();
        match &change.attribute {
            Attribute::ContactLink if !managed => state.contact_ids = id.into_iter().collect(),
            Attribute::Contact | Attribute::ContactLink if state.contact_ids.is_empty() => {
                state.contact_ids.push(fresh);
            }
            Attribute::Contact | Attribute::ContactLink => {}
            Attribute::Address => state.address = after,
            Attribute::SourceKey(source) => {
                state.keys.insert(source.clone(), after.unwrap_or_default());
            }
            Attribute::User => state.login = after,
            Attribute::FirstName => state.first_name = after,
            Attribute::LastName => state.last_name = after,
            Attribute::Registered => assert!(state.login.is_some(), "it comes with the user"),
            Attribute::OptedOut => state.opted_out = after.as_deref() == Some("yes"),
            Attribute::Field(name) => {
                state.fields.insert(name.clone(), after.unwrap_or_default());
            }
            Attribute::Tag(tag) if after.is_some() => {
                state.tags.insert(tag.clone());
                person.ours.insert(tag.clone());
            }
            Attribute::Tag(tag) => {
                state.tags.remove(tag);
                person.ours.remove(tag);
            }
        }
    }
}

impl Person {
    pub(crate) fn holds(&self, tag: &str) -> bool {
        self.state.tags.contains(&TagName::new(tag))
    }

    /// Effective access: a tag that gives it, without the one that takes it away.
    pub(crate) fn has_access(&self, world: &World, offering: usize) -> bool {
        let (base, instant, modules, revoke) = world.tags_of(offering);
        let mut giving = base.into_iter().chain(instant).chain(modules);
        self.state.login.is_some()
            && giving.any(|tag| self.holds(&tag))
            && !revoke.is_some_and(|tag| self.holds(&tag))
    }
}

fn observed(people: &People, side: Side, bug: Option<Bug>) -> Observed {
    let account = Account {
        side,
        kind: "local".to_owned(),
        id: "1".to_owned(),
        place: "here".to_owned(),
    };
    let mut into = ObservedBuilder::new(account, people.len());
    for (email, person) in people {
        let state = &person.state;
        let held: Vec<HeldTag> = state
            .tags
            .iter()
            .map(|tag| HeldTag {
                tag: into.tag(tag.as_str()).expect("few tags"),
                ours: bug == Some(Bug::TakeTagsOfOthers) || person.ours.contains(tag),
            })
            .collect();
        let fields: Vec<(u16, &str)> = state
            .fields
            .iter()
            .map(|(name, value)| (into.field(name.as_str()).expect("few fields"), value.as_str()))
            .collect();
        let row = ObservedMember {
            email,
            user: state.login.is_some(),
            login: state.login.as_deref().unwrap_or_default(),
            first: state.first_name.as_deref().unwrap_or_default(),
            last: state.last_name.as_deref().unwrap_or_default(),
            contact: state.contact_ids.first().map_or("", ContactId::as_str),
            privileged: state.privileged && bug != Some(Bug::TouchThePrivileged),
            opted_out: state.opted_out,
            set: 0,
        };
        into.push(row, &held, &fields).expect("little text");
        for (source, key) in &state.keys {
            let number = into.source(source.as_str());
            into.key(number, key).expect("little text");
        }
    }
    into.finish()
}
