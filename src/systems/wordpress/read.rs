//! Response text in, typed values out: everything that the companion plugin says is hostile until here.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::{ContactId, FieldName, MemberState, SourceKey, TagName};

/// `GET hello`.
#[derive(Debug, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the answer has these four facts")]
pub(super) struct HelloText {
    pub(super) plugin: String,
    pub(super) version: String,
    /// Credentials arrived.
    pub(super) authorization: bool,
    /// They are those of a user.
    pub(super) known: bool,
    /// Application passwords are on.
    pub(super) passwords: bool,
    pub(super) multisite: bool,
}

/// `GET status`, as far as it is read.
#[derive(Debug, Deserialize)]
pub(super) struct StatusText {
    #[serde(default)]
    pub(super) echo: String,
    pub(super) instance: InstanceText,
    pub(super) site: SiteText,
    pub(super) paused: bool,
    pub(super) database: DatabaseText,
    pub(super) limits: LimitsText,
    /// `null` is possible, a text says why not.
    pub(super) membership: BTreeMap<String, Option<String>>,
    #[serde(default)]
    pub(super) contacts: Option<ContactsText>,
    pub(super) capabilities: CapabilitiesText,
    pub(super) counts: CountsText,
}

#[derive(Debug, Deserialize)]
pub(super) struct InstanceText {
    pub(super) id: String,
    #[serde(default)]
    pub(super) environment: String,
}

/// What the site is called, and where people are sent.
#[derive(Debug, Deserialize)]
pub(super) struct SiteText {
    pub(super) name: String,
    pub(super) home: String,
    pub(super) lost_password: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct DatabaseText {
    pub(super) kind: String,
    pub(super) transactions: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct LimitsText {
    /// Of a request of invitations.
    pub(super) recipients: usize,
    pub(super) post_max_size: u64,
    pub(super) memory_limit: i64,
    pub(super) members: usize,
    pub(super) page: usize,
}

/// The contact system of an AccessAlly site.
#[derive(Debug, Deserialize)]
pub(super) struct ContactsText {
    pub(super) word: String,
    pub(super) system: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CapabilitiesText {
    /// `null` means that users can be made.
    pub(super) new_users: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CountsText {
    pub(super) users: u64,
    pub(super) contacts_only: u64,
}

/// One person, as pages and looks give it. What is blank, false or empty is left out.
#[derive(Debug, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a row says these four things of a person"
)]
pub(super) struct PersonText {
    #[serde(default)]
    pub(super) id: u64,
    pub(super) email: String,
    /// Only in a look.
    #[serde(default)]
    pub(super) user: bool,
    #[serde(default)]
    pub(super) login: String,
    #[serde(default)]
    pub(super) first_name: String,
    #[serde(default)]
    pub(super) last_name: String,
    #[serde(default)]
    pub(super) privileged: bool,
    /// Left without any role by a killed request: the next batch that makes the user takes it over.
    #[serde(default)]
    pub(super) half_made: bool,
    #[serde(default)]
    pub(super) contact_id: String,
    /// The tag's id, and who granted it.
    #[serde(default)]
    pub(super) tags: Vec<(u64, String)>,
    #[serde(default)]
    pub(super) opted_out: bool,
    #[serde(default)]
    pub(super) fields: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) source_keys: BTreeMap<String, String>,
}

/// `GET members`.
#[derive(Debug, Deserialize)]
pub(super) struct MembersPage {
    #[serde(default)]
    pub(super) echo: String,
    pub(super) members: Vec<PersonText>,
    pub(super) next: Option<u64>,
    pub(super) total: u64,
}

/// `GET contacts`.
#[derive(Debug, Deserialize)]
pub(super) struct ContactsPage {
    #[serde(default)]
    pub(super) echo: String,
    pub(super) contacts: Vec<PersonText>,
    pub(super) next: Option<u64>,
    pub(super) total: u64,
}

/// `GET tags`.
#[derive(Debug, Deserialize)]
pub(super) struct TagsText {
    #[serde(default)]
    pub(super) echo: String,
    pub(super) tags: Vec<TagText>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TagText {
    pub(super) id: u64,
    pub(super) name: String,
    /// The migration that made it; a plugin before 0.3.0 does not keep it.
    #[serde(default)]
    pub(super) made_by: Option<String>,
}

/// `GET offerings`.
#[derive(Debug, Deserialize)]
pub(super) struct OfferingsText {
    #[serde(default)]
    pub(super) echo: String,
    pub(super) offerings: Vec<OfferingText>,
}

#[derive(Debug, Deserialize)]
pub(super) struct OfferingText {
    pub(super) key: String,
    pub(super) name: String,
    /// Not known of AccessAlly's.
    pub(super) kind: Option<crate::model::OfferingKind>,
    pub(super) includes: Vec<String>,
    pub(super) tags: OwnedTags,
    #[serde(default)]
    pub(super) made_by: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct OwnedTags {
    pub(super) base: Option<String>,
    pub(super) instant: Option<String>,
    pub(super) revoke: Option<String>,
    /// From the first on; `null` where a module has none.
    pub(super) modules: Vec<Option<String>>,
}

/// `GET emails`.
#[derive(Debug, Deserialize)]
pub(super) struct EmailsText {
    #[serde(default)]
    pub(super) echo: String,
    pub(super) emails: Vec<EmailText>,
}

#[derive(Debug, Deserialize)]
pub(super) struct EmailText {
    #[serde(flatten)]
    pub(super) target: crate::model::EmailTarget,
    #[serde(default)]
    pub(super) made_by: Option<String>,
}

/// `POST batch`.
#[derive(Debug, Deserialize)]
pub(super) struct BatchText {
    pub(super) items: Vec<ItemText>,
    pub(super) done: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct ItemText {
    pub(super) seq: u32,
    pub(super) outcome: String,
    #[serde(default)]
    pub(super) contact_id: Option<String>,
    #[serde(default)]
    pub(super) what: Option<String>,
    #[serde(default)]
    pub(super) why: Option<String>,
}

/// `POST look`.
#[derive(Debug, Deserialize)]
pub(super) struct LookText {
    pub(super) found: Vec<FoundText>,
    /// Names of the tags that rows name by id.
    pub(super) tags: Vec<TagText>,
}

#[derive(Debug, Deserialize)]
pub(super) struct FoundText {
    pub(super) email: String,
    pub(super) rows: Vec<PersonText>,
}

/// The refusal of a whole request.
#[derive(Debug, Deserialize)]
pub(super) struct RefusalText {
    pub(super) code: String,
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) data: Option<RefusalData>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct RefusalData {
    /// Who holds the lease.
    #[serde(default)]
    pub(super) who: Option<String>,
    /// Seconds to wait.
    #[serde(default)]
    pub(super) left: Option<u64>,
}

/// All rows of one address as one state: the first that has a name gives it.
pub(super) fn state(rows: Vec<PersonText>, tags: &BTreeMap<u64, String>) -> MemberState {
    let mut state = MemberState::default();
    let named = |text: String| Some(text).filter(|text| !text.is_empty());
    for row in rows {
        state.address.get_or_insert(row.email);
        if row.user && !row.half_made {
            state.login = state.login.or_else(|| named(row.login));
        }
        if !row.contact_id.is_empty() {
            state.contact_ids.push(ContactId::new(row.contact_id));
        }
        state.first_name = state.first_name.or_else(|| named(row.first_name));
        state.last_name = state.last_name.or_else(|| named(row.last_name));
        state.privileged |= row.privileged;
        state.opted_out |= row.opted_out;
        let held = row.tags.iter().filter_map(|(id, _)| tags.get(id));
        state.tags.extend(held.map(TagName::new));
        for (name, value) in row.fields {
            if !value.is_empty() {
                state.fields.entry(FieldName::new(name)).or_insert(value);
            }
        }
        for (source, key) in row.source_keys {
            state.keys.entry(SourceKey::new(source)).or_insert(key);
        }
    }
    state
}
