//! The steps of a run, as plain data that reports draw and the engine walks.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{Checkpoint, EmailKey, OfferingKey, Operation, Seq, Side, TagName};

/// A step's place in the order of the run, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(pub u32);

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{}", self.0)
    }
}

/// Whether members go in waves of one, 10, 100 and all others, or all at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Waves {
    /// One person first, then 10, 100, and all others.
    #[default]
    Growing,
    /// All in one wave.
    Off,
}

/// Members next to one another in order of e-mail, who go through the operations together. The
/// test member is never inside another cohort: a cohort is cut where that member stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cohort {
    /// The first member.
    pub from: Seq,
    /// The member after the last.
    pub to: Seq,
    /// The wave it goes in, counted from 0.
    pub wave: u32,
}

impl Cohort {
    /// How many members.
    pub fn len(self) -> u32 {
        self.to.saturating_sub(self.from)
    }

    /// True when nobody is in it.
    pub fn is_empty(self) -> bool {
        self.from >= self.to
    }
}

/// What a step is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum StepKind {
    /// Waits until a person says that something is done.
    Checkpoint {
        /// What, and before which part of the work.
        checkpoint: Checkpoint,
    },
    /// An offering is made sure of.
    Offering {
        /// Which.
        key: OfferingKey,
        /// It changes after all members have the tags that give access then, and only if they all do.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        last: bool,
    },
    /// A tag is made sure of.
    Tag {
        /// Where.
        side: Side,
        /// Which.
        tag: TagName,
    },
    /// An email is made sure of.
    Email {
        /// Which.
        key: EmailKey,
    },
    /// Everything that members need is there.
    Prepared,
    /// One operation of one cohort.
    Members {
        /// Where.
        side: Side,
        /// What is done.
        operation: Operation,
        /// To whom.
        cohort: Cohort,
    },
    /// A wave is through; a person may be asked before the next.
    Wave {
        /// Which, counted from 0.
        wave: u32,
        /// Members in it.
        members: u32,
        /// True where no other follows.
        last: bool,
    },
    /// Everything is compared once more.
    Verify,
}

/// A node of the graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its place in the order.
    pub id: StepId,
    /// What it is.
    #[serde(flatten)]
    pub kind: StepKind,
    /// What has to be done before; all of it earlier in the order.
    pub needs: Vec<StepId>,
}

impl Step {
    /// A line for people.
    pub fn label(&self) -> String {
        match &self.kind {
            StepKind::Checkpoint { checkpoint } => format!("checkpoint {}", checkpoint.key),
            StepKind::Offering { key, .. } => format!("offering {key}"),
            StepKind::Tag { side, tag } => format!("tag \"{tag}\" {}", place(*side)),
            StepKind::Email { key } => format!("email {key}"),
            StepKind::Prepared => "everything that members need exists".to_owned(),
            StepKind::Members {
                side,
                operation,
                cohort,
            } => {
                let what = match operation {
                    Operation::Contacts => "contacts",
                    Operation::ContactTags => "tags",
                    _ => "members",
                };
                let (first, last) = (u64::from(cohort.from) + 1, cohort.to);
                if cohort.len() == 1 {
                    format!("{what} {}: number {last}", place(*side))
                } else {
                    format!("{what} {}: numbers {first} to {last}", place(*side))
                }
            }
            StepKind::Wave { wave, members, .. } => {
                let people = if *members == 1 { "member" } else { "members" };
                format!("wave {} complete ({members} {people})", u64::from(*wave) + 1)
            }
            StepKind::Verify => "verification".to_owned(),
        }
    }
}

fn place(side: Side) -> &'static str {
    match side {
        Side::Site => "on the site",
        Side::Contacts => "in the contact system",
    }
}

/// All steps, in the order in which they run; a step's id is its index.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepGraph {
    /// The steps.
    pub steps: Vec<Step>,
}

impl StepGraph {
    /// The step with this id.
    pub fn get(&self, id: StepId) -> Option<&Step> {
        self.steps.get(id.0 as usize)
    }
}
