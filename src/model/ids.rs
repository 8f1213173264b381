//! Names as types: a string goes in once, checked; from then on the type says what it is.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }
    };
}

name!(
    /// The key of `[offerings.KEY]` in the plan.
    OfferingKey
);
name!(
    /// The key of `[tags.KEY]` in the plan.
    TagKey
);
/// The longest name of a tag, in characters: what the databases of sites and contact systems hold.
pub const MAX_TAG_CHARS: usize = 255;

name!(
    /// A tag's name as the site or the contact system shows it.
    TagName
);
name!(
    /// A tag's ID in a site or contact system, as that system writes it.
    TagId
);
name!(
    /// The key of `[emails.KEY]` in the plan.
    EmailKey
);
name!(
    /// The key of `[checkpoints.KEY]` in the plan.
    CheckpointKey
);
name!(
    /// The key of `[sources.KEY]` in the plan.
    SourceKey
);
name!(
    /// The name of a field of a contact, such as `phone`.
    FieldName
);
name!(
    /// The contact system's own id of a contact. A string, since some systems' ids pass 64 bits.
    ContactId
);
name!(
    /// A job that a system applies after it has answered: its own text, by which it can be asked how far it is.
    JobHandle
);
