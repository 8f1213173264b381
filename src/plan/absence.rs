//! The sources of a plan in; for each offering, what happens when no source grants it any more, out.

use super::{Gone, Source};

/// For each offering, what happens to members who are missing from it. `None` where
/// a missing record means nothing: some source that can grant the offering is not complete, or no
/// source can grant it. Of several wishes the milder counts: to revoke, all of them must say so.
///
/// `reaches` is that of the plan.
pub fn absences(sources: &[Source], reaches: &[Vec<u16>]) -> Vec<Option<Gone>> {
    let mut granted = vec![false; reaches.len()];
    let mut wishes = vec![Some(Gone::Revoke); reaches.len()];
    for source in sources {
        for offering in source.can_grant(reaches) {
            let at = usize::from(offering);
            granted[at] = true;
            wishes[at] = match (wishes[at], source.gone) {
                (Some(Gone::Revoke), Some(gone)) => Some(gone),
                (Some(Gone::Report), Some(_)) => Some(Gone::Report),
                (None, _) | (_, None) => None,
            };
        }
    }
    wishes
        .into_iter()
        .zip(granted)
        .map(|(wish, granted)| wish.filter(|_| granted))
        .collect()
}

impl Source {
    /// The offerings that some line can grant, directly or by a bundle; each once, sorted.
    pub fn can_grant(&self, reaches: &[Vec<u16>]) -> Vec<u16> {
        let lines = self.gives.maps.iter().flat_map(|map| &map.rules);
        let effects = lines.map(|rule| &rule.effect).chain(&self.gives.each_row);
        let mut all: Vec<u16> = effects
            .filter_map(|effect| reaches.get(usize::from(effect.grant?)))
            .flatten()
            .copied()
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}
