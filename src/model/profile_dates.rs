//! How a platform's export writes its dates, as its profile says it.

use serde::{Deserialize, Serialize};

use super::{DateFormat, DateRule, Zone};

/// The formats and the zone of all date columns of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct ProfileDates {
    /// Tried in this order.
    pub formats: Vec<DateFormat>,
    /// The zone, where it is known.
    pub zone: Option<Zone>,
}

impl ProfileDates {
    /// The rule that a source of this profile starts from.
    pub fn rule(&self) -> DateRule {
        DateRule {
            formats: self.formats.clone(),
            zone: self.zone.clone().unwrap_or_default(),
            ..DateRule::default()
        }
    }
}

/// As it stands in the profile's text.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    zone: Option<String>,
}

impl TryFrom<Written> for ProfileDates {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        Ok(Self {
            formats: written
                .format
                .iter()
                .map(|format| DateFormat::parse(format))
                .collect::<Result<_, _>>()?,
            zone: written.zone.as_deref().map(Zone::parse).transpose()?,
        })
    }
}

impl From<ProfileDates> for Written {
    fn from(dates: ProfileDates) -> Self {
        Self {
            format: dates.formats.iter().map(ToString::to_string).collect(),
            zone: dates.zone.map(|zone| zone.as_str().to_owned()),
        }
    }
}
