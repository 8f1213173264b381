//! The words of `--accept` in; what a person accepts for one run, in place of the plan's own limits, out.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    plan::{Limits, UpdateLimit},
    text::nearest::nearest,
};

/// The most members that a limit can name.
const MOST: u64 = u32::MAX as u64;

/// What can be accepted, as it is written.
const WORDS: [&str; 3] = ["updates", "lost_access", "renames"];

/// What belongs to `[expect]`, and so is never accepted.
const EXPECTATIONS: [&str; 4] = ["members", "offering", "offerings", "expect"];

/// One thing that a person accepts.
///
/// ```
/// use rehome::diff::{Acceptance, WrongAcceptance};
/// use rehome::plan::UpdateLimit;
///
/// assert_eq!("updates=45%".parse(), Ok(Acceptance::Updates(UpdateLimit::Percent(45))));
/// let unknown = "members=12".parse::<Acceptance>();
/// assert!(matches!(unknown, Err(WrongAcceptance::Expectation { .. })), "a plan says what is expected");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// So many of the members found on the site may be changed.
    Updates(UpdateLimit),
    /// At most so many members may lose access.
    LostAccess(u64),
    /// People whose address changed at the source get the new one.
    Renames,
}

/// Why a word behind `--accept` means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongAcceptance {
    /// Nothing of this name can be accepted.
    #[error(
        "unknown limit \"{word}\"{}; use updates=45%, updates=1200, lost_access=24 or renames",
        did_you_mean(.word)
    )]
    Unknown {
        /// What was written.
        word: String,
    },
    /// An expectation.
    #[error(
        "an expectation cannot be accepted: change \"{word}\" under [expect] in the plan, or fix what misses it"
    )]
    Expectation {
        /// What was written.
        word: String,
    },
    /// A limit without its value.
    #[error("add the amount to accept: {example}")]
    NoValue {
        /// How it is written.
        example: &'static str,
    },
    /// The value is not of its kind.
    #[error("\"{value}\" is not a value for {word}, which takes {takes}")]
    BadValue {
        /// What it is for.
        word: &'static str,
        /// What was written.
        value: String,
        /// What it takes.
        takes: &'static str,
    },
    /// The same limit with two values.
    #[error("{word} is given twice; give it once")]
    Twice {
        /// Which.
        word: &'static str,
    },
}

/// " (did you mean …?)", where one of the words is near.
fn did_you_mean(word: &str) -> String {
    let near = nearest(word, WORDS);
    near.map_or(String::new(), |known| format!(" (did you mean {known}?)"))
}

impl Acceptance {
    fn word(self) -> &'static str {
        match self {
            Self::Updates(_) => WORDS[0],
            Self::LostAccess(_) => WORDS[1],
            Self::Renames => WORDS[2],
        }
    }

    /// As the plan says it: `updates = "45%"`.
    pub(super) fn in_plan(self) -> String {
        let word = self.word();
        match self {
            Self::Updates(UpdateLimit::Percent(percent)) => format!("{word} = \"{percent}%\""),
            Self::Updates(UpdateLimit::Count(count)) | Self::LostAccess(count) => format!("{word} = {count}"),
            Self::Renames => format!("accept = \"{word}\""),
        }
    }
}

impl FromStr for Acceptance {
    type Err = WrongAcceptance;

    fn from_str(text: &str) -> Result<Self, WrongAcceptance> {
        let (word, value) = match text.split_once('=') {
            Some((word, value)) => (word.trim(), Some(value.trim())),
            None => (text.trim(), None),
        };
        let bad = |word, takes| WrongAcceptance::BadValue {
            word,
            value: value.unwrap_or_default().escape_debug().to_string(),
            takes,
        };
        match (word, value) {
            ("updates", Some(value)) => update_limit(value).map(Self::Updates).ok_or_else(|| {
                bad(
                    "updates",
                    "a whole percentage of the members found on the site, 45%, or a number of them, 1200",
                )
            }),
            ("updates", None) => Err(WrongAcceptance::NoValue {
                example: "updates=45% or updates=1200",
            }),
            ("lost_access", Some(value)) => number(value)
                .map(Self::LostAccess)
                .ok_or_else(|| bad("lost_access", "the most members who may lose access, 24")),
            ("lost_access", None) => Err(WrongAcceptance::NoValue {
                example: "lost_access=24",
            }),
            ("renames", None) => Ok(Self::Renames),
            ("renames", Some(_)) => Err(bad("renames", "no value")),
            (word, _) if EXPECTATIONS.contains(&word) => Err(WrongAcceptance::Expectation {
                word: word.to_owned(),
            }),
            (word, _) => Err(WrongAcceptance::Unknown {
                word: word.escape_debug().to_string(),
            }),
        }
    }
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number| *number <= MOST)
}

fn update_limit(text: &str) -> Option<UpdateLimit> {
    match text.strip_suffix('%') {
        Some(digits) => digits
            .trim()
            .parse()
            .ok()
            .filter(|percent| *percent <= 100)
            .map(UpdateLimit::Percent),
        None => number(text).map(UpdateLimit::Count),
    }
}

impl fmt::Display for Acceptance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.word();
        match self {
            Self::Updates(UpdateLimit::Percent(percent)) => write!(f, "{word}={percent}%"),
            Self::Updates(UpdateLimit::Count(count)) | Self::LostAccess(count) => write!(f, "{word}={count}"),
            Self::Renames => f.write_str(word),
        }
    }
}

/// All that a person accepts for one run. What is accepted counts in place of the plan's own limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Accepted {
    /// In place of `[policy.limits] updates`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updates: Option<UpdateLimit>,
    /// In place of `[policy.limits] lost_access`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_access: Option<u64>,
    /// People whose address changed at the source get the new one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub renames: bool,
}

impl Accepted {
    /// All of a list, in which nothing may appear twice.
    pub fn of(list: impl IntoIterator<Item = Acceptance>) -> Result<Self, WrongAcceptance> {
        let mut accepted = Self::default();
        for one in list {
            let again = match one {
                Acceptance::Updates(limit) => accepted.updates.replace(limit).is_some(),
                Acceptance::LostAccess(most) => accepted.lost_access.replace(most).is_some(),
                Acceptance::Renames => std::mem::replace(&mut accepted.renames, true),
            };
            if again {
                return Err(WrongAcceptance::Twice { word: one.word() });
            }
        }
        Ok(accepted)
    }

    /// True if nothing is accepted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Each thing accepted, one after the other.
    pub fn list(&self) -> impl Iterator<Item = Acceptance> + use<> {
        let renames = self.renames.then_some(Acceptance::Renames);
        self.updates
            .map(Acceptance::Updates)
            .into_iter()
            .chain(self.lost_access.map(Acceptance::LostAccess))
            .chain(renames)
    }

    /// This, and what was accepted later; the later value counts.
    #[must_use]
    pub fn and(self, later: Self) -> Self {
        Self {
            updates: later.updates.or(self.updates),
            lost_access: later.lost_access.or(self.lost_access),
            renames: self.renames || later.renames,
        }
    }

    /// The plan's limits, with those accepted in their place.
    pub fn limits(&self, plan: Limits) -> Limits {
        Limits {
            updates: self.updates.unwrap_or(plan.updates),
            lost_access: self.lost_access.unwrap_or(plan.lost_access),
        }
    }
}

/// As it is written behind `--accept`: `updates=45%,lost_access=24`.
impl fmt::Display for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.list().map(|one| one.to_string()).collect();
        f.write_str(&words.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        match text.parse::<Acceptance>() {
            Ok(accepted) => panic!("{accepted} is accepted"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_is_accepted_is_read_and_written_alike() {
        for text in [
            "updates=45%",
            "updates=0%",
            "updates=1200",
            "lost_access=24",
            "renames",
        ] {
            assert_eq!(
                text.parse::<Acceptance>().map(|one| one.to_string()),
                Ok(text.to_owned())
            );
        }
    }

    #[test]
    fn a_word_that_is_none_is_told_with_the_nearest() {
        assert!(
            said("updats=4%")
                .starts_with("unknown limit \"updats\" (did you mean updates?); use updates=45%")
        );
        assert!(said("lost-access=4").contains("did you mean lost_access?"));
        assert!(said("everything").starts_with("unknown limit \"everything\"; use"));
        assert!(said("").contains("unknown limit \"\""));
    }

    #[test]
    fn an_expectation_is_changed_in_the_plan() {
        for text in ["members", "members=4", "offering=club"] {
            assert!(said(text).contains("under [expect] in the plan"), "{text}");
        }
    }

    #[test]
    fn values_that_are_none_are_told_with_what_is_taken() {
        assert!(said("updates").contains("updates=45%"));
        assert!(said("lost_access").contains("lost_access=24"));
        for text in [
            "updates=",
            "updates=101%",
            "updates=4.5%",
            "updates=-1",
            "updates=5000000000",
        ] {
            assert!(said(text).contains("is not a value for updates"), "{text}");
        }
        assert!(said("lost_access=24%").contains("is not a value for lost_access"));
        assert!(said("renames=all").contains("takes no value"));
    }

    #[test]
    fn nothing_is_accepted_twice() {
        let twice = [Acceptance::LostAccess(3), Acceptance::LostAccess(4)];
        assert_eq!(
            Accepted::of(twice),
            Err(WrongAcceptance::Twice { word: "lost_access" })
        );
        let all = Accepted::of([
            Acceptance::Renames,
            Acceptance::Updates(UpdateLimit::Percent(45)),
            Acceptance::LostAccess(24),
        ])
        .expect("each once");
        assert_eq!(all.to_string(), "updates=45%,lost_access=24,renames");
        assert!(!all.is_empty() && Accepted::default().is_empty());
    }

    #[test]
    fn what_is_accepted_later_counts() {
        let first = Accepted::of([Acceptance::LostAccess(3), Acceptance::Renames]).expect("each once");
        let later = Accepted::of([Acceptance::LostAccess(4)]).expect("once");
        assert_eq!(first.and(later).to_string(), "lost_access=4,renames");
    }
}
