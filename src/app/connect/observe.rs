//! A plan's systems in, what they hold out. Reading leaves nothing behind.

use std::{path::Path, time::Duration};

use super::{connection::Connection, site::SiteConnection};
use crate::{
    app::{AppError, ProgressReporter},
    diff::Observations,
    model::{Capabilities, Observed, TagRefs, Targets},
    systems::transport::announce,
};

/// What the site and the contact system hold.
#[derive(Debug)]
pub struct Seen {
    /// The site.
    pub site: Observed,
    /// The contact system; `None` with managed contacts.
    pub contacts: Option<Observed>,
    /// What the site can do.
    pub site_capabilities: Capabilities,
    /// What the contact system can do.
    pub contact_capabilities: Option<Capabilities>,
}

impl Seen {
    /// From here on a name means the tag of the contact system that a change set means by it, though other tags may have
    /// the same name there.
    pub(crate) fn set_apart(&mut self, tags: &TagRefs) {
        if let (Some(contacts), Some(can)) = (&mut self.contacts, &self.contact_capabilities) {
            contacts.set_apart(tags.contacts.values(), &can.tag_rules);
        }
    }

    /// As the difference takes it.
    pub fn as_observations(&self) -> Observations<'_> {
        Observations {
            site: &self.site,
            contacts: self.contacts.as_ref(),
            creates_opted_out: self
                .contact_capabilities
                .as_ref()
                .is_none_or(|can| can.creates_opted_out),
            // Of the system that keeps fields.
            max_field_chars: self
                .contact_capabilities
                .as_ref()
                .unwrap_or(&self.site_capabilities)
                .max_field_chars,
            site_tag_rules: &self.site_capabilities.tag_rules,
            contact_tag_rules: &self
                .contact_capabilities
                .as_ref()
                .unwrap_or(&self.site_capabilities)
                .tag_rules,
        }
    }
}

/// Reads the systems of a plan, whose paths are relative to `folder`. Where the lists of the contact system lag, it waits
/// until they show what was written last, at `last_write_ms` (Unix milliseconds): an older list would look like work.
pub fn observe(
    targets: &Targets,
    folder: &Path,
    last_write_ms: Option<i64>,
    watch: &dyn ProgressReporter,
) -> Result<Seen, AppError> {
    let contacts = Connection::contacts(&targets.contacts, folder, |_| None)?;
    let mut site = SiteConnection::open_to_read(targets, folder)?;
    let site_capabilities = site.capabilities();
    let site = site.observe(watch)?;
    let contact_capabilities = contacts.as_ref().map(Connection::capabilities);
    if let (Some(last), Some(can)) = (last_write_ms, &contact_capabilities) {
        let now = jiff::Timestamp::now().as_millisecond();
        wait_visibly(left_to_wait(now, last, can.visibility_ms), watch);
    }
    let read = |contacts: Connection| contacts.observe("reading the contact system", "contacts", watch);
    Ok(Seen {
        site,
        contacts: contacts.map(read).transpose()?,
        site_capabilities,
        contact_capabilities,
    })
}

/// Waits, and says each second how long it still takes.
fn wait_visibly(mut left: Duration, watch: &dyn ProgressReporter) {
    let whole = left.as_secs();
    announce(
        "the lists of the contact system lag behind the last changes",
        left,
    );
    while !left.is_zero() {
        let done = whole.saturating_sub(left.as_secs());
        watch.progress(
            "waiting until the lists show the last changes",
            done,
            Some(whole),
            "seconds",
        );
        let now = left.min(Duration::from_secs(1));
        std::thread::sleep(now);
        left = left.saturating_sub(now);
    }
}

/// How long until a write is visible, at most the whole time: a clock may have been set back.
fn left_to_wait(now_ms: i64, written_ms: i64, visibility_ms: u64) -> Duration {
    let since = u64::try_from(now_ms.saturating_sub(written_ms)).unwrap_or_default();
    Duration::from_millis(visibility_ms.saturating_sub(since))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_once_it_shows_the_last_write() {
        let wait = |now, written| left_to_wait(now, written, 300).as_millis();
        assert_eq!(
            [wait(1_000, 1_000), wait(1_100, 1_000), wait(1_300, 1_000)],
            [300, 200, 0]
        );
        assert_eq!(wait(9_000, 1_000), 0);
        assert_eq!(wait(500, 1_000), 300, "the clock was set back");
    }
}
