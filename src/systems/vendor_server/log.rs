//! Effects in; a log of them, and of those that should not be, out.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What was noted, each as a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EffectLog {
    /// Changes: `address | attribute | value`.
    pub effects: Vec<String>,
    /// Changes that were there already: an attribute of an address set twice to one value with nothing between, a second
    /// contact of one address, a second tag of one name.
    pub doubled: Vec<String>,
    /// Tags that a request adds to a contact that has them, or takes from one that does not.
    pub added_again: Vec<String>,
    /// Contacts that were subscribed.
    pub subscribed: Vec<String>,
    /// Requests that the contract does not know.
    pub wrong: Vec<String>,
    /// Jobs that were given out.
    pub jobs: usize,
    /// Requests that came too fast.
    pub too_fast: usize,
    /// Requests that read.
    pub reads: usize,
    /// Requests that write.
    pub writes: usize,
    last: BTreeMap<(String, String), Option<String>>,
}

impl EffectLog {
    /// Notes that an attribute of somebody has a value now, or none.
    pub fn effect(&mut self, who: &str, attribute: &str, value: Option<String>) {
        let line = format!("{who} | {attribute} | {value:?}");
        let key = (who.to_owned(), attribute.to_owned());
        if self.last.insert(key, value.clone()) == Some(value) {
            self.doubled.push(line.clone());
        }
        self.effects.push(line);
    }

    /// Takes note of what a person changed by hand, which is no effect.
    pub fn by_hand(&mut self, who: &str, attribute: &str, value: Option<String>) {
        self.last.insert((who.to_owned(), attribute.to_owned()), value);
    }

    /// Everything that no client should have done.
    pub fn faults(&self) -> Vec<String> {
        let lists = [
            ("doubled", &self.doubled),
            ("added again", &self.added_again),
            ("subscribed", &self.subscribed),
            ("wrong", &self.wrong),
        ];
        let lines = lists
            .into_iter()
            .flat_map(|(what, list)| list.iter().map(move |line| format!("{what}: {line}")));
        lines.collect()
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "effects": self.effects, "doubled": self.doubled, "added_again": self.added_again,
            "subscribed": self.subscribed, "wrong": self.wrong, "jobs": self.jobs, "too_fast": self.too_fast,
            "reads": self.reads, "writes": self.writes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_was_there_already_is_a_doubled_effect_and_one_that_came_back_is_not() {
        let mut log = EffectLog::default();
        let held = || Some("held".to_owned());
        log.effect("ada", "tag 1", held());
        log.effect("ada", "tag 1", None);
        log.effect("ada", "tag 1", held());
        log.by_hand("ada", "tag 1", None);
        log.effect("ada", "tag 1", held());
        assert_eq!(log.faults(), [""; 0]);
        log.effect("ada", "tag 1", held());
        assert_eq!(log.faults(), ["doubled: ada | tag 1 | Some(\"held\")"]);
        assert_eq!(log.effects.len(), 5);
    }
}
