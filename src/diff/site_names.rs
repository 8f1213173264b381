//! The names wanted and what a site makes of names in; the names as they will be read back, out.

use std::collections::BTreeMap;

use crate::{
    model::NameRules,
    wanted::{Wanted, WantedMember},
};

/// The names that the site keeps in another form, by place among the wanted.
#[derive(Debug, Default)]
pub(crate) struct KeptNames {
    names: BTreeMap<usize, (String, String)>,
}

impl KeptNames {
    pub(crate) fn of(wanted: &Wanted, rules: NameRules) -> Self {
        if rules == NameRules::AsIs {
            return Self::default();
        }
        let altered = (0..wanted.len()).filter_map(|index| {
            let member = wanted.get(index)?;
            let (first, last) = (rules.kept(member.first_name), rules.kept(member.last_name));
            let altered = first != member.first_name || last != member.last_name;
            altered.then(|| (index, (first.into_owned(), last.into_owned())))
        });
        Self {
            names: altered.collect(),
        }
    }

    /// How many members have such a name.
    pub(crate) fn count(&self) -> u64 {
        self.names.len() as u64
    }

    /// A member with the names as the site keeps them.
    pub(crate) fn apply<'a>(&'a self, index: usize, member: WantedMember<'a>) -> WantedMember<'a> {
        match self.names.get(&index) {
            Some((first, last)) => WantedMember {
                first_name: first,
                last_name: last,
                ..member
            },
            None => member,
        }
    }
}
