//! `rehome graph`: a plan in; the steps of its run, and what waits for what, out.

use super::{
    Exit, Printer,
    args::{GraphFormat, GraphVerb, WavesChoice},
    common::{moment, read_plan},
    progress::Progress,
};
use crate::{
    app::{AppError, steps},
    graph::Waves,
    report::{graph_dot, graph_json, graph_text},
};

pub(super) fn run(verb: &GraphVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let file = read_plan(&verb.plan.plan, verb.plan.env.as_deref(), printer)?;
    let waves = match verb.waves {
        WavesChoice::On => Waves::Growing,
        WavesChoice::Off => Waves::Off,
    };
    let progress = Progress::new();
    let graph = steps(&file, moment(), waves, &progress);
    progress.clear();
    let graph = graph?;
    match verb.format {
        GraphFormat::Text => printer.result(&graph_text(&graph)),
        GraphFormat::Dot => printer.result(&graph_dot(&graph)),
        GraphFormat::Json => printer.json(&graph_json(&graph)),
    }
    Ok(Exit::Done)
}
