//! A share of requests and a seed in; what goes wrong with each request, out.

/// One thing that goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// The connection is closed and nothing is done.
    CutBefore,
    /// It is done, and the connection is closed before the response.
    CutAfter,
    /// 500, and nothing is done.
    ErrorBefore,
    /// It is done, and the response is 500.
    ErrorAfter,
    /// A proxy's page with status 502, and nothing is done.
    ProxyBefore,
    /// It is done, and the response is a proxy's page with status 200.
    ProxyAfter,
    /// It is done, and the connection is closed in the middle of the body.
    Torn,
    /// It is done, and the body is a whole response of half its text.
    CutText,
    /// 503, and nothing is done.
    Unavailable,
    /// 429 for the rate, and nothing is done.
    Throttled,
    /// 429 for a contact that is being changed, and nothing is done.
    Busy,
    /// It takes long.
    Slow,
}

impl Mishap {
    /// All of them.
    pub(crate) const ALL: &'static [Self] = &[
        Self::CutBefore,
        Self::CutAfter,
        Self::ErrorBefore,
        Self::ErrorAfter,
        Self::ProxyBefore,
        Self::ProxyAfter,
        Self::Torn,
        Self::CutText,
        Self::Unavailable,
        Self::Throttled,
        Self::Busy,
        Self::Slow,
    ];
}

/// Decides request by request, in the order in which they come.
#[derive(Debug)]
pub(crate) struct Fate {
    share: f64,
    random: fastrand::Rng,
    mishaps: &'static [Mishap],
}

impl Fate {
    /// This share of the requests, from 0 to 1, meets one of these mishaps; the same ones for the same seed.
    pub(crate) fn new(share: f64, seed: u64, mishaps: &'static [Mishap]) -> Self {
        Self {
            share,
            random: fastrand::Rng::with_seed(seed),
            mishaps,
        }
    }

    /// What goes wrong with the next request.
    pub(crate) fn next(&mut self) -> Option<Mishap> {
        let (met, which) = (self.random.f64(), self.random.usize(..self.mishaps.len().max(1)));
        (met < self.share)
            .then(|| self.mishaps.get(which).copied())
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_mishaps_at_the_chosen_share_and_all_of_them() {
        let run = |seed| {
            let mut fate = Fate::new(0.2, seed, Mishap::ALL);
            (0..5_000).map(|_| fate.next()).collect::<Vec<_>>()
        };
        assert_eq!(run(3), run(3));
        assert_ne!(run(3), run(4));
        let met = run(3).iter().flatten().count();
        assert!((900..1_100).contains(&met), "{met}");
        assert!(Mishap::ALL.iter().all(|one| run(3).contains(&Some(*one))));
    }
}
