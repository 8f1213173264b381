//! What a change set says of itself, and its difference, in; what every form of the report shows out.

use crate::{app::Seen, changeset::Header, diff::Difference, report::DifferenceView};

/// As reports show a difference: with what its change set says of itself, and with what the systems can do where
/// they were read.
pub(super) fn difference_view<'a>(
    header: &'a Header,
    difference: &'a Difference,
    seen: Option<&'a Seen>,
) -> DifferenceView<'a> {
    DifferenceView {
        targets: &header.targets,
        site: &header.site,
        contacts: header.contacts.as_ref(),
        site_capabilities: seen.map(|seen| &seen.site_capabilities),
        contact_capabilities: seen.and_then(|seen| seen.contact_capabilities.as_ref()),
        as_of: header.as_of,
        accounting: None,
        accepted: header.accepted(),
        difference,
    }
}
