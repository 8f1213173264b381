//! The members of a request in; under which addresses each may appear, and what was found under them as one
//! state, out.

use crate::model::{MemberState, MemberWrite, Payload, Request};

/// The members that a request is about.
pub(crate) fn members(request: &Request) -> &[MemberWrite] {
    match &request.payload {
        Payload::Members(writes) => writes,
        _ => &[],
    }
}

/// The addresses under which a member may appear: its own, and its old one.
pub(crate) fn addresses(write: &MemberWrite) -> impl Iterator<Item = &str> {
    let old = write.old_address().filter(|old| *old != write.email.as_str());
    std::iter::once(write.email.as_str()).chain(old)
}

/// What is under both addresses as one state. Under both there are two people, and neither can be
/// taken for the other.
pub(crate) fn either(old: MemberState, new: MemberState) -> MemberState {
    if old.address.is_none() {
        return new;
    }
    let both = |new: String| format!("{}, {new}", old.address.as_deref().unwrap_or_default());
    let address = new.address.map(both).or_else(|| old.address.clone());
    MemberState { address, ..old }
}
