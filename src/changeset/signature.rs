//! Members as they are compared in; the fingerprint by which a person signs a change set out.

use crate::{
    changeset::Header,
    diff::{Difference, MemberDiff, Shapes, Sink},
};

/// Hashes a change set while the difference is computed. The result depends on what would be done, and to which site,
/// and not on the time at which it was computed or on where the files are.
#[derive(Debug, Default)]
pub struct SignatureHasher {
    hasher: blake3::Hasher,
}

impl SignatureHasher {
    /// The fingerprint, as it is printed: sixteen digits in four groups.
    pub fn finish(mut self, header: &Header, difference: &Difference) -> String {
        let account = |account: &crate::model::Account| (account.kind.clone(), account.id.clone());
        // Texts, numbers and lists always are JSON; should that change, nothing matches what was signed.
        let whole = serde_json::to_vec(&(
            &header.targets,
            account(&header.site),
            header.contacts.as_ref().map(account),
            &header.setup,
            &header.tags,
            &difference.changes.names,
            &difference.changes.shapes,
        ));
        self.part(&whole.unwrap_or_default());
        let hex = self.hasher.finalize().to_hex();
        let digits: Vec<&str> = (0..4).filter_map(|at| hex.get(at * 4..at * 4 + 4)).collect();
        digits.join("-")
    }

    fn part(&mut self, bytes: &[u8]) {
        self.hasher.update(&(bytes.len() as u64).to_le_bytes());
        self.hasher.update(bytes);
    }
}

impl Sink for SignatureHasher {
    fn member(&mut self, member: &MemberDiff<'_>, _: &Shapes) {
        self.part(member.email.as_bytes());
        self.part(member.contact_id.as_bytes());
        // Shapes are numbered in the order of members, so the same members have the same numbers.
        self.hasher.update(&member.shape.0.to_le_bytes());
        self.hasher.update(&[u8::from(member.user)]);
        for value in member.values {
            for side in [value.before, value.after] {
                match side {
                    None => self.part(b"\xff"),
                    Some(text) => self.part(text.as_bytes()),
                }
            }
        }
        for offerings in [member.gains, member.loses] {
            self.hasher.update(&(offerings.len() as u64).to_le_bytes());
            for offering in offerings {
                self.hasher.update(&offering.to_le_bytes());
            }
        }
    }
}

/// Whether two fingerprints are the same one, however they are typed.
pub fn same_signature(one: &str, other: &str) -> bool {
    let digits = |text: &str| -> String {
        let digits = text.chars().filter(char::is_ascii_hexdigit);
        digits.map(|digit| digit.to_ascii_lowercase()).collect()
    };
    let one = digits(one);
    one.len() == 16 && one == digits(other)
}

#[cfg(test)]
mod tests {
    use super::same_signature;

    #[test]
    fn a_fingerprint_is_compared_whole_and_however_it_is_typed() {
        assert!(same_signature("0a1b-2c3d-4e5f-6071", "0A1B2C3D4E5F6071"));
        assert!(!same_signature("0a1b-2c3d-4e5f-6071", "0a1b-2c3d-4e5f-6072"));
        assert!(!same_signature("0a1b", "0a1b"));
        assert!(!same_signature("", ""));
    }
}
