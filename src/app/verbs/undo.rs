//! A run in; a change set that undoes it, shown, confirmed and applied, out.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    path::Path,
};

use super::{
    apply::{agreed, carry_out, keep, ready, remove, settle_doubts},
    undos::undos_of,
    view::difference_view,
};
use crate::{
    app::{
        AppError, Applied, ApplyOptions, Person, PlanFile, ProgressReporter, Seen, StateDir,
        connect::{bind_offerings::use_plan_keys, observe::observe, run_systems::RunSystems},
        state::identity::who,
    },
    changeset::{
        AcceptedBy, ChangeSet, ChangeSetKind, ChangeSetWriter, EmailSetup, FORMAT, Header, MemberChanges,
        OfferingSetup,
    },
    diff::{Accepted, ChangeKind, Difference, Done, Now, Setup, Undo, What},
    graph::costs,
    journal::{Journal, Progress, RunId, RunKind, RunRow, RunState, Status, StepKey},
    model::{Action, Attribute, Batching, Change, Observed, Operation, Seq, SeqSet, Side, Targets},
    plan::Limits,
};

/// Members read from the change set at a time.
const AT_ONCE: Seq = 10_000;

/// Undoes a run: the last that was not undone yet, or the one named. Resumes an undo
/// that is not at its end.
pub fn undo(
    file: &PlanFile,
    run: Option<RunId>,
    options: &ApplyOptions,
    person: &mut dyn Person,
    watch: &dyn ProgressReporter,
) -> Result<Applied, AppError> {
    let state = StateDir::find(&file.plan.targets, &file.folder, options.state.as_deref())?;
    if state.journal_to_read()?.is_none() {
        return Err(state.no_run());
    }
    let _lock = ready(&state, person)?;
    let mut journal = state.journal()?;
    let open = journal.open_run()?;
    let unfinished = open.as_ref().filter(|open| !open.run.kind.is_undo());
    let unfinished = unfinished.map(|open| open.id);
    if let Some(open) = open.filter(|open| open.run.kind.is_undo()) {
        let change_set = state.kept(&open)?;
        person.going_on(&open, change_set.header().computed);
        RunSystems::check_run(change_set.header(), &open)?;
        return carry_out(
            &change_set,
            &mut journal,
            Accepted::default(),
            options,
            person,
            watch,
        );
    }
    let row = choose(&journal, run)?;
    if let Some(unfinished) = unfinished {
        if row.id != unfinished {
            return Err(AppError::OpenRun { run: unfinished });
        }
        settle_doubts(&row, &state, &mut journal, options, person)?;
    }
    let forward = state.kept(&row)?;
    let header = forward.header();
    RunSystems::check_run(header, &row)?;
    let mut seen = observe(
        &header.targets,
        Path::new(&header.base),
        journal.last_write()?,
        watch,
    )?;
    seen.set_apart(&header.tags);
    use_plan_keys(&header.targets, &mut seen.site);
    let new = state.new_change_set();
    let limits = options.accepted.limits(file.plan.policy.limits);
    let asked = Asked {
        run: row.id,
        limits,
        accepted: options.accepted,
        now_ms: person.now_ms(),
    };
    let (back, difference) = way_back(&forward, &journal, asked, &seen, &new, watch)?;
    let view = difference_view(&back, &difference, Some(&seen));
    if difference.refused() {
        person.agree(&view);
        remove(&new)?;
        return Ok(Applied::Refused);
    }
    if difference.is_empty() {
        remove(&new)?;
        close_unfinished(&mut journal, unfinished, person)?;
        let left = difference.unapplied();
        return Ok(Applied::Nothing { left });
    }
    if let Some(end) = agreed(&view, person, options) {
        remove(&new)?;
        return Ok(end);
    }
    close_unfinished(&mut journal, unfinished, person)?;
    let change_set = keep(&new, &state)?;
    carry_out(
        &change_set,
        &mut journal,
        Accepted::default(),
        options,
        person,
        watch,
    )
}

/// A run that did not come to its end cannot be resumed once it is undone. Until the person agrees, both are possible.
fn close_unfinished(
    journal: &mut Journal,
    run: Option<RunId>,
    person: &mut dyn Person,
) -> Result<(), AppError> {
    if let Some(run) = run {
        let why = "undone before it was complete";
        journal.set_state(run, RunState::Superseded, why, person.now_ms())?;
    }
    Ok(())
}

/// The run to undo. One of which an undo left something counts as not undone yet, so that
/// doing it again never reaches for an older run.
fn choose(journal: &Journal, wanted: Option<RunId>) -> Result<RunRow, AppError> {
    let runs = journal.runs()?;
    let mut forward = runs.iter().filter(|run| !run.run.kind.is_undo());
    if let Some(id) = wanted {
        let named = forward.find(|run| run.id == id);
        return named.cloned().ok_or(AppError::NothingToUndo);
    }
    for run in forward.rev() {
        if !undos_of(journal, run.id)?.any(|undo| undo.state == RunState::Done) {
            return Ok(run.clone());
        }
    }
    Err(AppError::NothingToUndo)
}

/// What is to be undone, and what a person accepts of it.
#[derive(Clone, Copy)]
struct Asked {
    run: RunId,
    limits: Limits,
    accepted: Accepted,
    now_ms: i64,
}

/// Writes the way back of a run to `out`.
fn way_back(
    forward: &ChangeSet,
    journal: &Journal,
    asked: Asked,
    seen: &Seen,
    out: &Path,
    watch: &dyn ProgressReporter,
) -> Result<(Header, Difference), AppError> {
    let run = asked.run;
    let header = forward.header();
    let progress = journal.progress(run)?;
    let mut writer = ChangeSetWriter::create(out)?;
    let (targets, setup) = setup_back(header, &progress, &seen.site);
    let mut undo = Undo::new(&targets, &forward.difference().changes.names, &seen.site);
    let offerings_change = !setup.offerings.is_empty();
    let mut members: BTreeSet<String> = BTreeSet::new();
    let batching = seen.contact_capabilities.as_ref().map(|can| &can.batching);
    let mut back = BackUnderOld::of(forward, &progress, seen)?;
    let mut tell = |address: &str, member: &MemberChanges| {
        let done = done(member, forward.difference(), &progress, batching);
        let rename = rename_of(&done);
        let rows = rows_of(&seen.site, member, rename);
        let ours: BTreeSet<String> = rows
            .clone()
            .filter_map(|row| seen.site.sets().get(seen.site.get(row)?.set as usize))
            .flat_map(|set| set.iter().filter(|held| held.ours))
            .filter_map(|held| seen.site.tags.get(usize::from(held.tag)))
            .map(|tag| tag.name.to_string())
            .collect();
        let state = |observed: &Observed| {
            let mut state = observed.state(rows_of(observed, member, rename));
            if let Some((old, new)) = rename.filter(|(old, new)| both(observed, old, new)) {
                state.address = Some(format!("{old}, {new}"));
            }
            state
        };
        let contacts = seen.contacts.as_ref().map(state);
        let linked = |row| {
            seen.site
                .get(row)
                .is_some_and(|row| row.user && !row.contact.is_empty())
        };
        let now = Now {
            linked: rows.clone().any(linked),
            site: &state(&seen.site),
            contacts: contacts.as_ref(),
            ours: &ours,
        };
        undo.member(address, &done, now, &mut writer);
        if offerings_change {
            members.extend([address.to_owned(), member.email.to_string()]);
        }
    };
    let mut from = 0;
    while from < header.members {
        let to = from.saturating_add(AT_ONCE).min(header.members);
        for member in forward.range(from, to)? {
            for (old, renamed) in back.before(Some(member.email.as_str())) {
                tell(&old, &renamed);
            }
            if !back.takes(&member) {
                tell(member.email.as_str(), &member);
            }
        }
        watch.progress(
            "comparing",
            u64::from(to),
            Some(u64::from(header.members)),
            "members",
        );
        from = to;
    }
    for (old, renamed) in back.before(None) {
        tell(&old, &renamed);
    }
    if offerings_change {
        let rows = (0..seen.site.len()).filter_map(|row| seen.site.get(row));
        for row in rows.filter(|row| !members.contains(row.email)) {
            undo.stranger(&row, &mut writer);
        }
    }
    let mut difference = undo.finish(setup, asked.limits, asked.accepted);
    difference.cost = costs(
        &difference,
        Some(&seen.site_capabilities),
        seen.contact_capabilities.as_ref(),
        header.targets.contacts.share_permille(),
    );
    let back = Header {
        format: FORMAT,
        kind: ChangeSetKind::Undo { run },
        site: seen.site.account.clone(),
        contacts: seen.contacts.as_ref().map(|contacts| contacts.account.clone()),
        inputs: RunKind::Undo(run).to_string(),
        computed: asked.now_ms,
        accepted: AcceptedBy::new(asked.accepted, who(), asked.now_ms),
        limits: Some(asked.limits),
        signature: None,
        setup: difference.setup.clone(),
        targets: targets.clone(),
        ..header.clone()
    };
    Ok((writer.finish(back, &difference)?, difference))
}

/// The offerings and emails that a run changed and that are still as it left them, to be as they were; and the targets of
/// the way back.
fn setup_back(header: &Header, progress: &Progress, site: &Observed) -> (Targets, Setup) {
    let mut targets = header.targets.clone();
    let mut setup = Setup::default();
    let changed = |step: &StepKey| {
        let step = progress.steps.get(step);
        step.is_some_and(|step| step.whole == Some(Status::Confirmed))
    };
    for target in &mut targets.offerings {
        let now = site.offerings.get(&target.key);
        let mut done = header.setup.offerings.iter();
        let done = done.find(|one| one.key == target.key && changed(&StepKey::offering(&one.key)));
        match (done.and_then(|one| one.before.as_ref()), now) {
            (Some(before), Some(there)) if there == target => {
                setup.offerings.push(OfferingSetup {
                    key: target.key.clone(),
                    before: Some(there.clone()),
                });
                *target = before.clone();
            }
            // As it is now: nothing that others did is changed.
            (_, Some(there)) => *target = there.clone(),
            (_, None) => {}
        }
    }
    for target in &mut targets.emails {
        let now = site.emails.get(&target.key);
        let mut done = header.setup.emails.iter();
        let done = done.find(|one| one.key == target.key && changed(&StepKey::email(&one.key)));
        if let (Some(before), Some(there)) = (done.and_then(|one| one.before.as_ref()), now)
            && there == target
        {
            setup.emails.push(EmailSetup {
                key: target.key.clone(),
                before: Some(there.clone()),
            });
            *target = before.clone();
        }
    }
    (targets, setup)
}

/// Members whom the run renamed and who get the old address back. A member is in a change set
/// under the address that it has afterwards.
#[derive(Default)]
struct BackUnderOld {
    by_old: BTreeMap<String, MemberChanges>,
    seqs: SeqSet,
}

impl BackUnderOld {
    fn of(forward: &ChangeSet, progress: &Progress, seen: &Seen) -> Result<Self, AppError> {
        let mut back = Self::default();
        let difference = forward.difference();
        if !difference.totals.actions.contains_key(&Action::Rename) {
            return Ok(back);
        }
        let batching = seen.contact_capabilities.as_ref().map(|can| &can.batching);
        let members = forward.header().members;
        let mut from = 0;
        while from < members {
            let to = from.saturating_add(AT_ONCE).min(members);
            for member in forward.range(from, to)? {
                let done = done(&member, difference, progress, batching);
                let Some((old, new)) = rename_of(&done) else {
                    continue;
                };
                let sides = [Some(&seen.site), seen.contacts.as_ref()];
                if sides.into_iter().flatten().any(|side| both(side, old, new)) {
                    continue;
                }
                back.seqs.extend(&member.seq.into_iter().collect());
                back.by_old.insert(old.to_owned(), member);
            }
            from = to;
        }
        Ok(back)
    }

    fn takes(&self, member: &MemberChanges) -> bool {
        member.seq.is_some_and(|seq| self.seqs.contains(seq))
    }

    /// Those who come before an address, or all that are left.
    fn before(&mut self, email: Option<&str>) -> BTreeMap<String, MemberChanges> {
        let later = email
            .map(|email| self.by_old.split_off(email))
            .unwrap_or_default();
        std::mem::replace(&mut self.by_old, later)
    }
}

/// The old and the new address of a member whom the run renamed.
fn rename_of(done: &[Done]) -> Option<(&str, &str)> {
    let rename = done.iter().find(|done| done.kind.action == Action::Rename)?;
    Some((rename.before.as_deref()?, rename.after.as_deref()?))
}

/// Both addresses are in use.
fn both(observed: &Observed, old: &str, new: &str) -> bool {
    !observed.find(old).is_empty() && !observed.find(new).is_empty()
}

/// The rows of a member, who may be back under the old address already.
fn rows_of(observed: &Observed, member: &MemberChanges, rename: Option<(&str, &str)>) -> Range<usize> {
    let rows = observed.find(member.email.as_str());
    match rename {
        Some((old, _)) if rows.is_empty() => observed.find(old),
        _ => rows,
    }
}

/// What the run is known to have done to a member. What a system had accepted when the run stopped may be in place
/// without having been read back; and where a member's changes go in several requests, one of them may have gone through
/// before another failed. Such changes count too, as far as they are in place now.
fn done(
    member: &MemberChanges,
    difference: &Difference,
    progress: &Progress,
    batching: Option<&Batching>,
) -> Vec<Done> {
    let tags_with_contact = batching.is_some_and(|batching| batching.tags_with_contact);
    let went_through = |change: &Change, seq: Seq| {
        let operation = Operation::carrying(change, tags_with_contact);
        let in_part = batching.is_some_and(|batching| batching.splits_members(operation));
        progress
            .steps
            .get(&StepKey::operation(operation))
            .is_some_and(|step| {
                step.has(seq, Status::Confirmed)
                    || step.has(seq, Status::Accepted)
                    || in_part && (step.has(seq, Status::Moved) || step.has(seq, Status::Refused))
            })
    };
    let Some(seq) = member.seq else { return Vec::new() };
    member
        .changes
        .iter()
        .filter(|change| change.action.is_work() && went_through(change, seq))
        .filter_map(|change| {
            let what = index_of(change.side, &change.attribute, difference)?;
            Some(Done {
                kind: ChangeKind {
                    side: change.side,
                    action: change.action,
                    what,
                    reason: change.reason,
                },
                before: change.before.clone(),
                after: change.after.clone(),
            })
        })
        .collect()
}

fn index_of(side: Side, attribute: &Attribute, difference: &Difference) -> Option<What> {
    let names = &difference.changes.names;
    Some(match attribute {
        Attribute::Address => What::Address,
        Attribute::Contact => What::Contact,
        Attribute::User => What::User,
        Attribute::ContactLink => What::ContactLink,
        Attribute::FirstName => What::FirstName,
        Attribute::LastName => What::LastName,
        Attribute::Registered => What::Registered,
        Attribute::OptedOut => What::OptedOut,
        Attribute::Field(name) => {
            What::Field(u16::try_from(names.fields.iter().position(|known| known == name)?).ok()?)
        }
        Attribute::SourceKey(source) => {
            What::Key(u16::try_from(names.keys.iter().position(|known| known == source)?).ok()?)
        }
        Attribute::Tag(name) => What::Tag(names.tag_index(side, name)?),
    })
}
