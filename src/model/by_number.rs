//! A map with numbers as keys in; pairs out, and back. Inside a flattened struct JSON's own keys, which are texts, cannot
//! be read as numbers.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes the map as a list of pairs, in order.
pub(super) fn serialize<T: Serialize, S: Serializer>(
    map: &BTreeMap<u16, T>,
    to: S,
) -> Result<S::Ok, S::Error> {
    to.collect_seq(map)
}

/// Reads a list of pairs.
pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<BTreeMap<u16, T>, D::Error> {
    Vec::<(u16, T)>::deserialize(from).map(|pairs| pairs.into_iter().collect())
}
