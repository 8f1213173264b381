//! `rehome simulate`: the practice CRM, to rehearse a migration with a contact system.

use super::{Exit, Printer, args::SimulateVerb};
use crate::{
    app::{AppError, serve_practice},
    systems::simulated::server::ServeOptions,
};

pub(super) fn run(verb: &SimulateVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let name = &verb.token_env;
    let token = std::env::var(name)
        .ok()
        .filter(|token| !token.trim().is_empty())
        .ok_or_else(|| {
            AppError::Usage(format!(
                "set {name} to any word first; the plan uses the same variable as its token"
            ))
        })?;
    let options = ServeOptions {
        listen: verb.listen,
        requests_per_minute: verb.requests_per_minute,
        visibility_ms: verb.visibility_ms,
        creates_opted_out: !verb.no_unsubscribed,
        faults: verb.faults,
        seed: verb.seed,
        ..ServeOptions::new(&verb.database, token.trim())
    };
    serve_practice(options, |address| {
        printer.result(&format!(
            "The practice CRM is listening at http://{address} and stores everything in {}. Press Ctrl-C to stop it.\n",
            verb.database.display()
        ));
        printer.flush();
    })?;
    Ok(Exit::Done)
}
