//! One member: what is wanted against what exists, attribute by attribute.

use super::{member_diff::Value, tags::TagChanges};
use crate::{
    diff::{ChangeKind, LoginGiven, What},
    model::{Action, ObservedMember, Reason, Side},
    plan::ExistingFields,
    wanted::WantedMember,
};

/// One member on all sides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sides<'a> {
    pub(crate) wanted: WantedMember<'a>,
    /// The site's row; `None` if there is none.
    pub(crate) site: Option<ObservedMember<'a>>,
    /// The site owns contacts.
    pub(crate) managed: bool,
    /// The contact in the contact system; with managed contacts, the contact of the address where its
    /// user is not linked to it.
    pub(crate) contact: Option<ObservedMember<'a>>,
    /// The contact of the user's ID is there, under whatever address.
    pub(crate) linked_contact_there: bool,
    /// The contact is to be linked, and another user carries its ID.
    pub(crate) contact_of_another_user: bool,
    /// The login, should the user be made.
    pub(crate) login: LoginGiven<'a>,
    /// The registration date for a new user; blank if no source has one.
    pub(crate) registered: &'a str,
    /// Why a member who opted out and is not a contact yet is not created, if so.
    pub(crate) opted_out_rule: Option<Reason>,
}

/// A field wanted, and what each side that keeps fields has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FieldPair<'a> {
    pub(crate) index: u16,
    pub(crate) wanted: &'a str,
    pub(crate) there: &'a str,
    /// What happens to a value that exists.
    pub(crate) policy: ExistingFields,
    /// The system's fields do not hold the text.
    pub(crate) too_long: bool,
}

/// A source's key of the person, and what the site keeps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyPair<'a> {
    pub(crate) index: u16,
    pub(crate) wanted: &'a str,
    pub(crate) there: &'a str,
    /// The site knows the key by another address that the source has too.
    pub(crate) elsewhere: bool,
}

/// Collects kinds and values of one member.
#[derive(Debug, Default)]
pub(crate) struct Lines<'a> {
    pub(crate) kinds: Vec<ChangeKind>,
    pub(crate) values: Vec<Value<'a>>,
}

impl<'a> Lines<'a> {
    pub(crate) fn clear(&mut self) {
        self.kinds.clear();
        self.values.clear();
    }

    pub(crate) fn push(&mut self, kind: ChangeKind, before: &'a str, after: &'a str) {
        let some = |text: &'a str| (!text.is_empty()).then_some(text);
        self.kinds.push(kind);
        self.values.push(Value {
            before: some(before),
            after: some(after),
        });
    }

    pub(crate) fn tags(&mut self, changes: &TagChanges) {
        for kind in &changes.kinds {
            let held = kind.action == Action::RemoveTag;
            self.push(
                *kind,
                if held { "held" } else { "" },
                if held { "" } else { "held" },
            );
        }
    }

    /// A name or field that should have a value.
    fn text(&mut self, side: Side, what: What, wanted: &'a str, there: &'a str, rule: TextRule) {
        if wanted.is_empty() || wanted == there {
            return;
        }
        let (action, reason) = match (rule, there.is_empty()) {
            (TextRule::TooLong, _) => (Action::Hold, Reason::FieldTooLong),
            (TextRule::Make, _) => (Action::Create, Reason::NotThereYet),
            (TextRule::Hold, _) => (Action::Hold, Reason::NothingGranted),
            (TextRule::Policy(ExistingFields::Keep), _)
            | (TextRule::Policy(ExistingFields::FillBlanks), false) => (Action::Nothing, Reason::Kept),
            (TextRule::Policy(_), true) => (Action::Update, Reason::FillsBlank),
            (TextRule::Policy(ExistingFields::Overwrite), false) => (Action::Update, Reason::Overwrites),
        };
        self.push(
            ChangeKind {
                side,
                action,
                what,
                reason,
            },
            there,
            wanted,
        );
    }
}

/// How a name or field is treated.
#[derive(Debug, Clone, Copy)]
enum TextRule {
    /// Its owner is being made.
    Make,
    /// It waits.
    Hold,
    /// It waits, since the system cannot hold it.
    TooLong,
    /// `existing_fields` decides.
    Policy(ExistingFields),
}

/// What keeps a member from being touched, where something does.
pub(crate) fn blocked(
    sides: &Sides<'_>,
    several: bool,
    shared: bool,
    of_another: bool,
) -> Option<(ChangeKind, Reason)> {
    let side = if sides.managed { Side::Site } else { Side::Contacts };
    let line = |side, action, what, reason| {
        Some((
            ChangeKind {
                side,
                action,
                what,
                reason,
            },
            reason,
        ))
    };
    if sides.site.is_some_and(|site| site.privileged) {
        return line(Side::Site, Action::Hold, What::User, Reason::Privileged);
    }
    if several {
        return line(side, Action::Conflict, What::Contact, Reason::SeveralContacts);
    }
    if shared {
        return line(
            Side::Site,
            Action::Conflict,
            What::ContactLink,
            Reason::SharedContactId,
        );
    }
    if of_another {
        return line(
            Side::Site,
            Action::Conflict,
            What::ContactLink,
            Reason::ContactOfAnother,
        );
    }
    if sides.login.reason == Reason::AddressIsLogin {
        return line(Side::Site, Action::Conflict, What::User, Reason::AddressIsLogin);
    }
    let makes = sides.wanted.resolved.contact && sides.contact.is_none();
    match sides.opted_out_rule {
        Some(reason) if sides.wanted.opted_out && makes => {
            line(Side::Contacts, Action::Hold, What::Contact, reason)
        }
        _ => None,
    }
}

/// The lines of everything but tags. Gives whether the user is made.
pub(crate) fn attributes<'a>(
    sides: &Sides<'a>,
    fields: &[FieldPair<'a>],
    policy: ExistingFields,
    lines: &mut Lines<'a>,
) -> bool {
    let Sides {
        wanted,
        site,
        managed,
        contact,
        login,
        registered,
        ..
    } = *sides;
    let resolved = wanted.resolved;
    let contact_side = if managed { Side::Site } else { Side::Contacts };
    // Who is on the site and granted nothing now: names and fields wait.
    let held = !resolved.wanted();
    let known_contact = contact.or(site.filter(|site| managed && !site.contact.is_empty()));
    let has_user = site.is_some_and(|site| site.user);
    let make_contact = !held && resolved.contact && known_contact.is_none();
    let make_user = !held && resolved.user && !has_user;
    let create = |side, what| ChangeKind {
        side,
        action: Action::Create,
        what,
        reason: Reason::NotThereYet,
    };
    if make_contact {
        lines.push(create(contact_side, What::Contact), "", "there");
    }
    if make_user {
        let kind = ChangeKind {
            reason: login.reason,
            ..create(Side::Site, What::User)
        };
        lines.push(kind, "", login.login);
        if !registered.is_empty() {
            lines.push(create(Side::Site, What::Registered), "", registered);
        }
    }
    if !held {
        link(sides, make_user, known_contact, lines);
    }

    let rule = |make, policy| match (held, make) {
        (true, _) => TextRule::Hold,
        (false, true) => TextRule::Make,
        (false, false) => TextRule::Policy(policy),
    };
    let mut names = |side, there: Option<ObservedMember<'a>>, make| {
        let (mut first, mut last) = there.map_or(("", ""), |there| (there.first, there.last));
        // The names of a user's own contact are theirs, linked to it or not yet.
        if let Some(own) = contact.filter(|_| managed) {
            first = if first.is_empty() { own.first } else { first };
            last = if last.is_empty() { own.last } else { last };
        }
        lines.text(
            side,
            What::FirstName,
            wanted.first_name,
            first,
            rule(make, policy),
        );
        lines.text(side, What::LastName, wanted.last_name, last, rule(make, policy));
    };
    if !managed && (make_contact || known_contact.is_some()) {
        names(Side::Contacts, known_contact, make_contact);
    }
    if site.is_some() || make_user || (managed && make_contact) {
        names(Side::Site, site, site.is_none());
    }
    if make_contact || known_contact.is_some() {
        let out = known_contact.is_some_and(|contact| contact.opted_out);
        if wanted.opted_out && !out {
            // An opt-out is never blocked, not even for a member who is granted nothing now.
            let action = if make_contact {
                Action::Create
            } else {
                Action::Update
            };
            lines.push(
                ChangeKind {
                    side: contact_side,
                    action,
                    what: What::OptedOut,
                    reason: Reason::OptedOut,
                },
                "no",
                "yes",
            );
        }
        for field in fields {
            // A longer value over one that the policy keeps is told as any other that is kept.
            let in_question = field.there.is_empty() || field.policy == ExistingFields::Overwrite;
            let rule = if field.too_long && in_question && !held {
                TextRule::TooLong
            } else {
                rule(make_contact, field.policy)
            };
            lines.text(
                contact_side,
                What::Field(field.index),
                field.wanted,
                field.there,
                rule,
            );
        }
    }
    make_user
}

/// The lines of the sources' keys; `make` where the member is being made on the site.
pub(crate) fn keys<'a>(pairs: impl Iterator<Item = KeyPair<'a>>, make: bool, lines: &mut Lines<'a>) {
    for pair in pairs {
        if pair.wanted.is_empty() || pair.wanted == pair.there {
            continue;
        }
        let (action, reason) = match (pair.elsewhere, pair.there.is_empty()) {
            (true, _) => (Action::Nothing, Reason::KeyElsewhere),
            (false, false) => (Action::Nothing, Reason::AnotherKey),
            (false, true) if make => (Action::Create, Reason::NotThereYet),
            (false, true) => (Action::Update, Reason::RemembersKey),
        };
        let kind = ChangeKind {
            side: Side::Site,
            action,
            what: What::Key(pair.index),
            reason,
        };
        lines.push(kind, pair.there, pair.wanted);
    }
}

/// The user's contact ID.
fn link<'a>(
    sides: &Sides<'a>,
    make_user: bool,
    known_contact: Option<ObservedMember<'a>>,
    lines: &mut Lines<'a>,
) {
    let on_user = sides
        .site
        .filter(|site| site.user)
        .map_or("", |site| site.contact);
    let id = known_contact.map_or("", |contact| contact.contact);
    let has_user = make_user || sides.site.is_some_and(|site| site.user);
    if !has_user || (!on_user.is_empty() && on_user == id) {
        return;
    }
    let (action, reason) = if make_user {
        (Action::Link, Reason::NotThereYet)
    } else if on_user.is_empty() {
        (Action::Link, Reason::NotLinked)
    } else if sides.linked_contact_there {
        return;
    } else {
        (Action::Relink, Reason::ContactGone)
    };
    lines.push(
        ChangeKind {
            side: Side::Site,
            action,
            what: What::ContactLink,
            reason,
        },
        on_user,
        id,
    );
}
