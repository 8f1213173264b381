//! What is done to an attribute and why, without the personal values: eight bytes that compare fast.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use serde::{Deserialize, Serialize};

use crate::model::{Action, Attribute, FieldName, Reason, Side, SourceKey, TagName, TagRefs};

/// What of a member a change touches, by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// The address by which the member is known.
    Address,
    /// The contact itself.
    Contact,
    /// The user itself.
    User,
    /// The user's contact ID.
    ContactLink,
    /// First name.
    FirstName,
    /// Last name.
    LastName,
    /// When the person registered.
    Registered,
    /// Consent.
    OptedOut,
    /// A field, by index among the plan's fields.
    Field(u16),
    /// A source's own key of the person, by index among the plan's sources with a key.
    Key(u16),
    /// A tag, by index among the plan's tags.
    Tag(u16),
}

/// A change without its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChangeKind {
    /// Where.
    pub side: Side,
    /// What is done.
    pub action: Action,
    /// To what.
    pub what: What,
    /// Why.
    pub reason: Reason,
}

/// Turns indexes back into names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// The plan's fields.
    pub fields: Vec<FieldName>,
    /// The plan's sources with a key of the person.
    #[serde(default)]
    pub keys: Vec<SourceKey>,
    /// The plan's tags.
    pub tags: Vec<TagName>,
    /// Those that a system knows under another spelling or by an ID.
    #[serde(default, skip_serializing_if = "TagRefs::is_empty")]
    pub tag_refs: TagRefs,
}

impl Names {
    /// The attribute that an index stands for, as the system of a side writes it.
    pub fn attribute_on(&self, side: Side, what: What) -> Attribute {
        let known = match what {
            What::Tag(index) => self.tag_refs.side(side).get(&index),
            _ => None,
        };
        known.map_or_else(|| self.attribute(what), |tag| Attribute::Tag(tag.name.clone()))
    }

    /// The index of a tag that the system of a side writes like this.
    pub fn tag_index(&self, side: Side, name: &TagName) -> Option<u16> {
        let mut known = self.tag_refs.side(side).iter();
        known
            .find(|(_, tag)| tag.name == *name)
            .map(|(index, _)| *index)
            .or_else(|| u16::try_from(self.tags.iter().position(|known| known == name)?).ok())
    }

    /// The attribute that an index stands for.
    pub fn attribute(&self, what: What) -> Attribute {
        let unknown = "?";
        match what {
            What::Address => Attribute::Address,
            What::Contact => Attribute::Contact,
            What::User => Attribute::User,
            What::ContactLink => Attribute::ContactLink,
            What::FirstName => Attribute::FirstName,
            What::LastName => Attribute::LastName,
            What::Registered => Attribute::Registered,
            What::OptedOut => Attribute::OptedOut,
            What::Field(index) => Attribute::Field(
                self.fields
                    .get(usize::from(index))
                    .cloned()
                    .unwrap_or_else(|| FieldName::new(unknown)),
            ),
            What::Key(index) => Attribute::SourceKey(
                self.keys
                    .get(usize::from(index))
                    .cloned()
                    .unwrap_or_else(|| SourceKey::new(unknown)),
            ),
            What::Tag(index) => Attribute::Tag(
                self.tags
                    .get(usize::from(index))
                    .cloned()
                    .unwrap_or_else(|| TagName::new(unknown)),
            ),
        }
    }
}

/// The number of a distinct list of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ShapeId(pub u32);

/// The distinct lists of kinds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Vec<Box<[ChangeKind]>>", into = "Vec<Box<[ChangeKind]>>")]
pub struct Shapes {
    list: Vec<Box<[ChangeKind]>>,
    index: HashMap<Box<[ChangeKind]>, ShapeId, FixedState>,
}

impl Default for Shapes {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            index: HashMap::with_hasher(FixedState::default()),
        }
    }
}

impl From<Vec<Box<[ChangeKind]>>> for Shapes {
    fn from(list: Vec<Box<[ChangeKind]>>) -> Self {
        let mut shapes = Self {
            list,
            ..Self::default()
        };
        for (id, kinds) in (0u32..).zip(&shapes.list) {
            shapes.index.insert(kinds.clone(), ShapeId(id));
        }
        shapes
    }
}

impl From<Shapes> for Vec<Box<[ChangeKind]>> {
    fn from(shapes: Shapes) -> Self {
        shapes.list
    }
}

impl Shapes {
    /// The number of a list, given on first sight.
    pub fn intern(&mut self, kinds: &[ChangeKind]) -> ShapeId {
        if let Some(id) = self.index.get(kinds) {
            return *id;
        }
        let id = ShapeId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        self.list.push(kinds.into());
        self.index.insert(kinds.into(), id);
        id
    }

    /// The list of a number.
    pub fn get(&self, id: ShapeId) -> &[ChangeKind] {
        self.list.get(id.0 as usize).map_or(&[], |kinds| kinds)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All lists, by number.
    pub fn iter(&self) -> impl Iterator<Item = (ShapeId, &[ChangeKind])> {
        (0u32..)
            .zip(&self.list)
            .map(|(id, kinds)| (ShapeId(id), kinds.as_ref()))
    }
}
