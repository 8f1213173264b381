//! What goes wrong, by seed.

/// One thing that goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mishap {
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

pub(super) const ALL: [Mishap; 12] = [
    Mishap::CutBefore,
    Mishap::CutAfter,
    Mishap::ErrorBefore,
    Mishap::ErrorAfter,
    Mishap::ProxyBefore,
    Mishap::ProxyAfter,
    Mishap::Torn,
    Mishap::CutText,
    Mishap::Unavailable,
    Mishap::Throttled,
    Mishap::Busy,
    Mishap::Slow,
];

/// Decides request by request, in the order in which they come.
#[derive(Debug)]
pub(super) struct Chaos {
    share: f64,
    random: fastrand::Rng,
}

impl Chaos {
    pub(super) fn new(share: f64, seed: u64) -> Self {
        Self {
            share,
            random: fastrand::Rng::with_seed(seed),
        }
    }

    pub(super) fn next(&mut self) -> Option<Mishap> {
        let (met, which) = (self.random.f64(), self.random.usize(..ALL.len()));
        (met < self.share).then(|| ALL.get(which).copied()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_mishaps_and_all_of_them() {
        let run = |seed| {
            let mut chaos = Chaos::new(0.2, seed);
            (0..5_000).map(|_| chaos.next()).collect::<Vec<_>>()
        };
        assert_eq!(run(3), run(3));
        assert_ne!(run(3), run(4));
        assert!(ALL.iter().all(|one| run(3).contains(&Some(*one))));
    }
}
