//! How far a run got, from its rows: who is confirmed in which step, and what is in doubt.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::{Exception, Journal, JournalError, RunId, Status, StepKey};
use crate::model::{ContactId, Email, JobHandle, RequestId, Seq, SeqSet};

/// The members of one step, by outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepProgress {
    sets: BTreeMap<Status, SeqSet>,
    /// For a step that is not about members: its outcome.
    pub whole: Option<Status>,
}

impl StepProgress {
    /// The members with this status.
    pub fn with(&self, status: Status) -> SeqSet {
        self.sets.get(&status).cloned().unwrap_or_default()
    }

    /// True for a member with this status.
    pub fn has(&self, seq: Seq, status: Status) -> bool {
        self.sets.get(&status).is_some_and(|set| set.contains(seq))
    }

    /// Members by status, for reports.
    pub fn counts(&self) -> BTreeMap<Status, u64> {
        let counts = self.sets.iter().map(|(status, set)| (*status, set.len()));
        counts.filter(|(_, count)| *count > 0).collect()
    }

    fn put(&mut self, status: Status, seqs: &SeqSet) {
        if seqs.is_empty() {
            self.whole = Some(status);
            return;
        }
        for (other, set) in &mut self.sets {
            if *other != status && !set.is_empty() {
                set.subtract(seqs);
            }
        }
        self.sets.entry(status).or_default().extend(seqs);
    }
}

/// A request that may have been sent and whose outcome is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// Which.
    pub request: RequestId,
    /// What it was a part of.
    pub step: StepKey,
    /// Whom it was about, in the text form of [`SeqSet`].
    #[serde(skip)]
    pub seqs: SeqSet,
    /// When it was written down, in Unix milliseconds.
    pub at: i64,
}

/// How far a run got.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// By step.
    pub steps: BTreeMap<StepKey, StepProgress>,
    /// What has to be looked at before anything else is done.
    pub doubts: Vec<Doubt>,
    /// Jobs that systems handed out for members who are accepted and no more, the latest last.
    pub jobs: Vec<(StepKey, SeqSet, JobHandle)>,
    /// Waves after which a person confirmed that the run may continue.
    pub answered_waves: BTreeSet<u32>,
    /// The next request's id.
    pub next_request: u64,
}

impl Journal {
    /// How far a run got.
    pub fn progress(&self, run: RunId) -> Result<Progress, JournalError> {
        let fail = self.fail("read");
        let mut progress = Progress::default();
        let mut statement = self
            .connection
            .prepare_cached("SELECT step, status, seqs FROM outcomes WHERE run = ?1 ORDER BY id")
            .map_err(&fail)?;
        let mut rows = statement.query(params![run]).map_err(&fail)?;
        while let Some(row) = rows.next().map_err(&fail)? {
            let step: String = row.get(0).map_err(&fail)?;
            let status: String = row.get(1).map_err(&fail)?;
            let status = Status::from_word(&status)
                .ok_or_else(|| self.damaged(format!("{status:?} is not an outcome")))?;
            let seqs = self.seqs(&row.get::<_, String>(2).map_err(&fail)?)?;
            let step = progress.steps.entry(StepKey::from_text(step)).or_default();
            step.put(status, &seqs);
        }
        progress.doubts = self.doubts(run)?;
        progress.jobs = self.jobs(run)?;
        // Of whoever is no longer only accepted nobody asks a job.
        progress.jobs.retain_mut(|(step, seqs, _)| {
            let accepted = progress.steps.get(step).map(|step| step.with(Status::Accepted));
            let mut settled = seqs.clone();
            settled.subtract(&accepted.unwrap_or_default());
            seqs.subtract(&settled);
            !seqs.is_empty()
        });
        let mut statement = self
            .connection
            .prepare_cached("SELECT wave FROM wave_answers WHERE run = ?1")
            .map_err(&fail)?;
        let waves = statement
            .query_map(params![run], |row| row.get(0))
            .map_err(&fail)?;
        progress.answered_waves = waves.collect::<Result<_, _>>().map_err(&fail)?;
        let last: Option<u64> = self
            .connection
            .query_row("SELECT max(request) FROM intents", [], |row| row.get(0))
            .map_err(&fail)?;
        progress.next_request = last.unwrap_or(self.base).saturating_add(1);
        Ok(progress)
    }

    /// When a run wrote something last, in Unix milliseconds: a request that may have been sent, or what became of one.
    pub fn last_write(&self) -> Result<Option<i64>, JournalError> {
        let last = "SELECT max(at) FROM (
                 SELECT at FROM (SELECT at FROM outcomes ORDER BY id DESC LIMIT 1)
                 UNION ALL SELECT at FROM (SELECT at FROM intents ORDER BY request DESC LIMIT 1))";
        self.connection
            .query_row(last, [], |row| row.get(0))
            .map_err(self.fail("read"))
    }

    /// The requests of a run that may have been sent and whose outcome is not known.
    pub fn doubts(&self, run: RunId) -> Result<Vec<Doubt>, JournalError> {
        let fail = self.fail("read");
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT request, step, seqs, at FROM intents
                 WHERE run = ?1 AND NOT EXISTS
                     (SELECT 1 FROM outcomes WHERE outcomes.request = intents.request)
                 ORDER BY request",
            )
            .map_err(&fail)?;
        let mut rows = statement.query(params![run]).map_err(&fail)?;
        let mut doubts = Vec::new();
        while let Some(row) = rows.next().map_err(&fail)? {
            doubts.push(Doubt {
                request: RequestId(row.get(0).map_err(&fail)?),
                step: StepKey::from_text(row.get(1).map_err(&fail)?),
                seqs: self.seqs(&row.get::<_, String>(2).map_err(&fail)?)?,
                at: row.get(3).map_err(&fail)?,
            });
        }
        Ok(doubts)
    }

    fn jobs(&self, run: RunId) -> Result<Vec<(StepKey, SeqSet, JobHandle)>, JournalError> {
        let fail = self.fail("read");
        let mut statement = self
            .connection
            .prepare_cached("SELECT step, seqs, handle FROM jobs WHERE run = ?1 ORDER BY id")
            .map_err(&fail)?;
        let mut rows = statement.query(params![run]).map_err(&fail)?;
        let mut jobs = Vec::new();
        while let Some(row) = rows.next().map_err(&fail)? {
            jobs.push((
                StepKey::from_text(row.get(0).map_err(&fail)?),
                self.seqs(&row.get::<_, String>(1).map_err(&fail)?)?,
                JobHandle::new(row.get::<_, String>(2).map_err(&fail)?),
            ));
        }
        Ok(jobs)
    }

    /// The members that a run blocked or that were rejected, with reasons; those that later
    /// went through are left out.
    pub fn exceptions(&self, run: RunId) -> Result<Vec<Exception>, JournalError> {
        let progress = self.progress(run)?;
        let fail = self.fail("read");
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT step, seq, email, status, why FROM exceptions WHERE run = ?1 ORDER BY seq, step",
            )
            .map_err(&fail)?;
        let mut rows = statement.query(params![run]).map_err(&fail)?;
        let mut list = Vec::new();
        while let Some(row) = rows.next().map_err(&fail)? {
            let step = StepKey::from_text(row.get(0).map_err(&fail)?);
            let seq: Seq = row.get(1).map_err(&fail)?;
            let email: String = row.get(2).map_err(&fail)?;
            let status: String = row.get(3).map_err(&fail)?;
            let (Some(email), Some(status)) = (Email::from_normalised(&email), Status::from_word(&status))
            else {
                return Err(self.damaged("an exception names no member or no outcome"));
            };
            let stands = progress
                .steps
                .get(&step)
                .and_then(|step| step.sets.get(&status))
                .is_some_and(|set| set.contains(seq));
            if stands {
                list.push(Exception {
                    step,
                    seq,
                    email,
                    status,
                    why: row.get(4).map_err(&fail)?,
                });
            }
        }
        Ok(list)
    }

    /// The contact IDs that a run learned for members from `from` up to, and without, `to`.
    pub fn learned(&self, run: RunId, from: Seq, to: Seq) -> Result<Vec<(Seq, ContactId)>, JournalError> {
        let fail = self.fail("read");
        let mut statement = self
            .connection
            .prepare_cached("SELECT ids FROM learned WHERE run = ?1 AND low < ?3 AND high >= ?2 ORDER BY id")
            .map_err(&fail)?;
        let mut rows = statement.query(params![run, from, to]).map_err(&fail)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next().map_err(&fail)? {
            let text: String = row.get(0).map_err(&fail)?;
            let ids: Vec<(Seq, ContactId)> = serde_json::from_str(&text)
                .map_err(|error| self.damaged(format!("contact IDs cannot be read: {error}")))?;
            all.extend(ids.into_iter().filter(|(seq, _)| (from..to).contains(seq)));
        }
        Ok(all)
    }

    fn seqs(&self, text: &str) -> Result<SeqSet, JournalError> {
        SeqSet::parse(text).ok_or_else(|| self.damaged(format!("{text:?} is not a list of members")))
    }
}
