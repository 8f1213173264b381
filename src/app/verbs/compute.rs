//! A plan in, its difference out: exports and systems are read side by side, then compared.

use std::{borrow::Cow, path::Path, thread};

use super::{valid_until::ValidUntil, view::difference_view};
use crate::{
    app::{
        AppError, PlanFile, ProgressReporter, Seen,
        connect::{
            bind_offerings::{bind, binds, check_tags},
            observe::observe,
        },
        inputs::gather::gather,
        state::identity::who,
    },
    changeset::{AcceptedBy, ChangeSetKind, ChangeSetWriter, FORMAT, Header},
    check::Gathered,
    diagnostics::Diagnostics,
    diff::{
        Accepted, ChangeKind, Difference, IdleCanary, MemberDiff, OwnedDiff, Shapes, Sink, What, choose_tags,
        compare, of_other_migrations, refused_names, refused_tag_names, remembered_elsewhere,
    },
    graph::costs,
    model::{Action, Email, TagRefs},
    plan::{PlanDay, is_profile_file},
    report::{DifferenceView, GoneRow, gone_rows},
};

/// A difference and all that it was computed from.
#[derive(Debug)]
pub struct Computed {
    /// What the sources give.
    pub gathered: Gathered,
    /// What the systems hold.
    pub seen: Seen,
    /// The difference.
    pub difference: Difference,
    /// Members missing from the sources, by email address.
    pub gone: Vec<GoneRow>,
    /// What a change set of it says of itself.
    pub header: Header,
    /// Members with another address, and those whose keys are in doubt, by email address.
    pub renamed: Vec<OwnedDiff>,
}

impl Computed {
    /// As the report shows it.
    pub fn view(&self) -> DifferenceView<'_> {
        DifferenceView {
            accounting: Some(&self.gathered.wanted.accounting),
            ..difference_view(&self.header, &self.difference, Some(&self.seen))
        }
    }
}

/// The moment of a computation: the core has no clock.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Unix milliseconds.
    pub now_ms: i64,
    /// When a run wrote last, as far as that is known: no list that may be older is taken for what is there.
    pub last_write_ms: Option<i64>,
}

/// Computes the difference of a plan at a moment. What is accepted counts in place of the plan's own
/// limits. A change set is written to `out`; `sink` gets every member besides.
pub fn compute(
    file: &PlanFile,
    moment: Moment,
    accepted: Accepted,
    out: Option<&Path>,
    sink: &mut dyn Sink,
    watch: &dyn ProgressReporter,
) -> Result<Computed, AppError> {
    let day = file.plan.day(moment.now_ms);
    let as_of = day.day();
    let (file, mut gathered, mut seen) = read(file, day, moment.last_write_ms, watch)?;
    let file = &*file;
    let targets = &file.plan.targets;
    let sides = [Some(&seen.site), seen.contacts.as_ref()].into_iter().flatten();
    let there = sides.flat_map(|side| &side.tags).map(|tag| &tag.name);
    gathered.wanted.adopt_spellings(&file.plan, there);
    refuse(file, &gathered, &mut seen)?;
    for warning in remembered_elsewhere(&file.plan, &seen.site) {
        gathered.warnings.push(warning);
    }
    let header = Header {
        format: FORMAT,
        kind: ChangeSetKind::Plan,
        targets: targets.clone(),
        base: absolute(&file.folder),
        plan: file.name(),
        limits: Some(file.plan.policy.limits),
        site: seen.site.account.clone(),
        contacts: seen.contacts.as_ref().map(|contacts| contacts.account.clone()),
        inputs: inputs(file, &gathered, day),
        as_of,
        computed: moment.now_ms,
        accepted: AcceptedBy::new(accepted, who(), moment.now_ms),
        signature: None,
        setup: crate::diff::Setup::default(),
        tags: TagRefs::default(),
        members: 0,
    };
    let mut writer = out.map(ChangeSetWriter::create).transpose()?;
    let mut gone = Vec::new();
    let mut renamed = Vec::new();
    let canary = targets.canary.as_ref().map(Email::as_str);
    let mut canary_has_work = false;
    let names_people = !file.plan.same.is_empty() || file.plan.keyed_sources().next().is_some();
    let mut until = out.map(|_| ValidUntil::new(&file.plan, &gathered.wanted));
    let mut difference = {
        let mut both = |member: &MemberDiff<'_>, shapes: &Shapes| {
            canary_has_work |= member.seq.is_some() && canary == Some(member.email);
            if !member.gone.is_empty() {
                gone.extend(gone_rows(member, shapes, &gathered.wanted.tags));
            }
            if let Some(writer) = &mut writer {
                writer.valid_until(until.as_mut().and_then(|until| until.of(member.email)));
                writer.member(member, shapes);
            }
            if names_people && shapes.get(member.shape).iter().any(|kind| about_identity(*kind)) {
                renamed.push(member.to_owned_diff(shapes));
            }
            sink.member(member, shapes);
        };
        let seen = seen.as_observations();
        compare(&file.plan, &gathered.wanted, seen, accepted, &mut both)
    };
    difference.cost = costs(
        &difference,
        Some(&seen.site_capabilities),
        seen.contact_capabilities.as_ref(),
        targets.contacts.share_permille(),
    );
    if binds(&file.plan) {
        check_tags(&seen.site, &difference.setup)?;
    }
    if let Some(email) = canary.filter(|_| !canary_has_work && difference.totals.counts.work > 0) {
        let sides = [Some(&seen.site), seen.contacts.as_ref()].into_iter().flatten();
        let mut there = sides.map(|side| side.find(email));
        difference.idle_canary = Some(IdleCanary {
            email: email.to_owned(),
            known: gathered.wanted.find(email).is_some() || there.any(|rows| !rows.is_empty()),
        });
    }
    let mut header = Header {
        setup: difference.setup.clone(),
        tags: difference.changes.names.tag_refs.clone(),
        ..header
    };
    header.members = u32::try_from(difference.totals.counts.work).unwrap_or(u32::MAX);
    if let Some(writer) = writer {
        header = writer.finish(header, &difference)?;
    }
    Ok(Computed {
        gathered,
        seen,
        difference,
        gone,
        header,
        renamed,
    })
}

/// An error for what a system does not take, or what belongs to somebody else: nothing is written then.
fn refuse(file: &PlanFile, gathered: &Gathered, seen: &mut Seen) -> Result<(), AppError> {
    let mut refused = Vec::new();
    if let (Some(contacts), Some(can)) = (&mut seen.contacts, &seen.contact_capabilities) {
        let names = gathered.wanted.tags.names();
        refused = choose_tags(&file.plan, names, contacts, &can.tag_rules);
    }
    refused.extend(refused_tag_names(&gathered.wanted, seen.as_observations()));
    refused.extend(refused_names(
        &file.plan,
        &gathered.wanted,
        seen.as_observations(),
    ));
    refused.extend(of_other_migrations(&file.plan, &gathered.wanted, &seen.site));
    if !refused.is_empty() {
        let mut diagnostics = Diagnostics::default();
        for diagnostic in refused {
            diagnostics.push(diagnostic);
        }
        return Err(file.error(diagnostics));
    }
    Ok(())
}

/// Reads exports and systems; gives the plan with the tags that its offerings have on the site.
pub(crate) fn read<'p>(
    file: &'p PlanFile,
    day: PlanDay,
    last_write_ms: Option<i64>,
    watch: &dyn ProgressReporter,
) -> Result<(Cow<'p, PlanFile>, Gathered, Seen), AppError> {
    if binds(&file.plan) {
        // Which tags an offering has is known once the site was read.
        let mut seen = observe(&file.plan.targets, &file.folder, last_write_ms, watch)?;
        let bound = bind(file, &mut seen.site)?;
        let gathered = gather(&bound, day, watch)?;
        return Ok((Cow::Owned(bound), gathered, seen));
    }
    let (gathered, seen) = side_by_side(file, day, last_write_ms, watch);
    Ok((Cow::Borrowed(file), gathered?, seen?))
}

/// Reads the exports here and the systems on a thread of their own.
fn side_by_side(
    file: &PlanFile,
    day: PlanDay,
    last_write_ms: Option<i64>,
    watch: &dyn ProgressReporter,
) -> (Result<Gathered, AppError>, Result<Seen, AppError>) {
    thread::scope(|scope| {
        let site = scope.spawn(|| observe(&file.plan.targets, &file.folder, last_write_ms, watch));
        let gathered = gather(file, day, watch);
        let seen = site
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (gathered, seen)
    })
}

/// True for a change of address, and of a key that is not as the site knows it.
fn about_identity(kind: ChangeKind) -> bool {
    kind.what == What::Address || (matches!(kind.what, What::Key(_)) && kind.action == Action::Nothing)
}

/// A sink that ignores everything.
#[derive(Debug)]
pub struct NullSink;

impl Sink for NullSink {
    fn member(&mut self, _: &MemberDiff<'_>, _: &Shapes) {}
}

fn absolute(folder: &Path) -> String {
    std::path::absolute(folder)
        .unwrap_or_else(|_| folder.to_owned())
        .display()
        .to_string()
}

/// The fingerprint of everything a difference is computed from beside the systems.
pub(crate) fn inputs(file: &PlanFile, gathered: &Gathered, day: PlanDay) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut part = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    part(&file.text);
    part(file.plan.targets.environment.as_deref().unwrap_or_default());
    part(&day.day().to_string());
    for source in &file.plan.sources {
        part(&day.in_zone(&source.formats.dates.default.zone).to_string());
    }
    for email in &file.plan.targets.emails {
        part(&email.body);
    }
    for source in &file.plan.sources {
        let maps = source.gives.maps.iter().flat_map(|map| &map.files);
        let own_profile = Some(&source.profile.name).filter(|name| is_profile_file(name));
        let corrections = source.corrections.iter().map(|corrections| &corrections.path);
        for path in maps.chain(corrections).chain(own_profile) {
            part(file.named.get(path).map(String::as_str).unwrap_or_default());
        }
    }
    for read in gathered.files.iter().flatten() {
        part(&read.fingerprint);
    }
    hasher.finalize().to_hex().to_string()
}
