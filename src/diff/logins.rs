//! Wanted members and the site in; the login of every new user, unlike anybody else's, out.

use crate::diff::login_given::LoginGiven;
use std::collections::HashMap;

use foldhash::fast::FixedState;
use hashbrown::HashSet;

use super::{Accepted, Observations, renames::AddressClaims};
use crate::{
    model::{LoginCounts, LoginKind, LoginRules, Observed, Reason},
    people::login::{cleaned, numbered},
    plan::Plan,
    wanted::{Wanted, WantedMember},
};

/// The logins of new users. Only those that differ from what was asked for are kept: with addresses as
/// logins there are few.
#[derive(Debug, Default)]
pub struct Logins {
    /// By place of the member by email address.
    changed: Vec<(usize, String, Reason)>,
    /// Members who exist under another address, so that no user is created: the row of the site with the
    /// their user, if there is one.
    elsewhere: hashbrown::HashMap<usize, Option<usize>, FixedState>,
    /// Members of whom no user is made, since their address is the login of a user with another address:
    /// places in order.
    address_is_login: Vec<usize>,
}

/// The login if neither the requested login nor the address has usable characters.
const NAMELESS: &str = "member";

impl Logins {
    /// Gives every wanted user who is not on the site a login. Anyone who asks for one that is free gets it;
    /// of several, the one whose source comes first in the plan, then by email address. After that the
    /// others get, in the same order, the nearest that the site takes, or the next number that is free.
    /// No two members get the same one, compared without case, and none gets the address of another.
    pub fn of(plan: &Plan, wanted: &Wanted, seen: Observations<'_>) -> Self {
        // Accepted or not, the user of an old address keeps the login.
        let claims = AddressClaims::of(plan, wanted, seen, Accepted::default());
        Self::with(wanted, seen.site, &claims)
    }

    /// The same, if it is known who exists under another address.
    pub(super) fn with(wanted: &Wanted, site: &Observed, claims: &AddressClaims<'_>) -> Self {
        let elsewhere = claims.without_new_user(site);
        let rules = site.login_rules;
        let mut names = Names::new(wanted, site);
        let mut others = Vec::new();
        let mut address_is_login = Vec::new();
        for wish in wishes(wanted, site, &names) {
            if elsewhere.contains_key(&wish.member) {
                continue;
            }
            if names.is_login_there(wish.email) {
                address_is_login.push(wish.member);
                continue;
            }
            if rules.takes(wish.asked) && names.is_free(wish.asked, wish.email) {
                names.take(wish.asked);
            } else {
                others.push(wish);
            }
        }
        let mut changed: Vec<(usize, String, Reason)> = others
            .into_iter()
            .map(|wish| {
                let (login, reason) = names.choose(&wish, rules);
                (wish.member, login, reason)
            })
            .collect();
        changed.sort_unstable_by_key(|(member, ..)| *member);
        address_is_login.sort_unstable();
        Self {
            changed,
            elsewhere,
            address_is_login,
        }
    }

    /// Where no user is created for the member at a place, because the member exists under another address: the
    /// row of the site with the user of that address, if there is one.
    pub fn elsewhere(&self, index: usize) -> Option<Option<usize>> {
        self.elsewhere.get(&index).copied()
    }

    /// The login of the member at a place, should the user be made.
    pub fn of_member<'a>(&'a self, index: usize, member: &WantedMember<'a>) -> LoginGiven<'a> {
        if let Ok(at) = self.changed.binary_search_by_key(&index, |(place, ..)| *place) {
            let (_, login, reason) = &self.changed[at];
            return LoginGiven {
                login,
                reason: *reason,
            };
        }
        let conflict = self.address_is_login.binary_search(&index).is_ok();
        LoginGiven {
            login: asked(member),
            reason: if conflict {
                Reason::AddressIsLogin
            } else {
                Reason::NotThereYet
            },
        }
    }
}

/// The login that a new user asks for.
struct LoginRequest<'a> {
    member: usize,
    email: &'a str,
    asked: &'a str,
    /// The source that says so; those of whom none does come last.
    source: u16,
}

/// New users, by source and address. Who asks for the own address and can have it is not among them:
/// no other member gets it, so there is nothing to remember.
fn wishes<'a>(wanted: &'a Wanted, site: &Observed, names: &Names<'_>) -> Vec<LoginRequest<'a>> {
    let addresses = wanted.logins_are_addresses();
    let mut wishes = Vec::new();
    let mut at = 0;
    for index in 0..wanted.len() {
        let Some(email) = wanted.email(index) else {
            continue;
        };
        let can_have_it = || site.login_rules.takes_address(email) && !names.is_login_there(email);
        if addresses && can_have_it() {
            continue;
        }
        let Some(member) = wanted.get(index) else { continue };
        if can_have_it() && member.login.is_empty() {
            continue;
        }
        let mut there = site.find_from(email, &mut at);
        if !makes_user(&member) || there.any(|row| is_user(site, row)) {
            continue;
        }
        let record = wanted.login_record(index);
        wishes.push(LoginRequest {
            member: index,
            email,
            asked: asked(&member),
            source: record.map_or(u16::MAX, |record| record.source),
        });
    }
    wishes.sort_by_key(|wish| wish.source);
    wishes
}

/// The login asked for.
fn asked<'a>(member: &WantedMember<'a>) -> &'a str {
    if member.login.is_empty() {
        member.email
    } else {
        member.login
    }
}

fn makes_user(member: &WantedMember<'_>) -> bool {
    member.resolved.user && member.resolved.wanted()
}

fn is_user(site: &Observed, row: usize) -> bool {
    site.get(row).is_some_and(|row| row.user)
}

/// Counts a user who is made.
pub(super) fn count(counts: &mut LoginCounts, member: &WantedMember<'_>, reason: Reason) {
    *match (reason, member.login_kind) {
        (Reason::LoginTaken, _) => &mut counts.taken,
        (Reason::LoginCleaned, _) => &mut counts.cleaned,
        (_, LoginKind::LocalPart) => &mut counts.local_part,
        (_, LoginKind::Column) if !member.login.is_empty() => &mut counts.column,
        (_, LoginKind::Email | LoginKind::Column) => &mut counts.email,
    } += 1;
}

/// Every login that is not free, in lowercase.
struct Names<'a> {
    wanted: &'a Wanted,
    site: &'a Observed,
    logins: HashSet<String, FixedState>,
    /// The site's own logins with an @ that are not the address of their user.
    there: HashSet<String, FixedState>,
    /// Whether the site's logins without an @ are among them: they are read when someone asks for one.
    plain: bool,
    /// The next number to try for a login that several ask for.
    next: HashMap<String, u32>,
}

impl<'a> Names<'a> {
    fn new(wanted: &'a Wanted, site: &'a Observed) -> Self {
        let mut names = Self {
            wanted,
            site,
            logins: HashSet::default(),
            there: HashSet::default(),
            plain: false,
            next: HashMap::new(),
        };
        names.read(true);
        names.there.clone_from(&names.logins);
        names
    }

    /// Reads the site's logins with or without an @.
    fn read(&mut self, with_at: bool) {
        let logins = self.site.other_logins();
        let some = logins.filter(|login| login.contains('@') == with_at);
        self.logins.extend(some.map(str::to_ascii_lowercase));
    }

    /// Whether a login, in lowercase, is one that was given or that a user has who logs in with
    /// something else than the address.
    fn holds(&self, login: &str) -> bool {
        !self.logins.is_empty() && self.logins.contains(login)
    }

    /// Whether an address, in lowercase, is the login of a user with another one.
    fn is_login_there(&self, address: &str) -> bool {
        !self.there.is_empty() && self.there.contains(address)
    }

    /// Whether another member has the address.
    fn is_address_of_another(&self, login: &str, email: &str) -> bool {
        login.contains('@')
            && login != email
            && (self.wanted.find(login).is_some() || !self.site.find(login).is_empty())
    }

    fn is_free(&mut self, login: &str, email: &str) -> bool {
        let login = login.to_ascii_lowercase();
        if !self.plain && !login.contains('@') {
            self.plain = true;
            self.read(false);
        }
        !self.holds(&login) && !self.is_address_of_another(&login, email)
    }

    fn take(&mut self, login: &str) {
        self.logins.insert(login.to_ascii_lowercase());
    }

    fn choose(&mut self, wish: &LoginRequest<'_>, rules: LoginRules) -> (String, Reason) {
        let LoginRequest { email, asked, .. } = *wish;
        let of_address = || cleaned(email, rules).unwrap_or_else(|| NAMELESS.to_owned());
        let mut login = cleaned(asked, rules).unwrap_or_else(of_address);
        let mut reason = Reason::LoginCleaned;
        // A number after another member's address would still look like that address.
        if self.is_address_of_another(&login.to_ascii_lowercase(), email) {
            reason = Reason::LoginTaken;
            login = of_address();
        }
        if !self.is_free(&login, email) {
            reason = Reason::LoginTaken;
            login = self.next_free(&login, email, rules);
        }
        self.take(&login);
        (login, reason)
    }

    fn next_free(&mut self, login: &str, email: &str, rules: LoginRules) -> String {
        let key = login.to_ascii_lowercase();
        let mut number = self.next.get(&key).copied().unwrap_or(2);
        let mut free = numbered(login, number, rules);
        while !self.is_free(&free, email) {
            number += 1;
            free = numbered(login, number, rules);
        }
        self.next.insert(key, number + 1);
        free
    }
}
