//! `rehome simulate`: a contact system without anyone's data, to rehearse a migration with it.

use super::{Exit, Printer, args::SimulateVerb};
use crate::{
    app::{AppError, simulate},
    systems::{SimulateOptions, vendor_server::LOG_PATH},
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
    let options = SimulateOptions {
        listen: verb.listen,
        token: token.trim().to_owned(),
        database: verb.database.clone(),
        requests_per_minute: verb.requests_per_minute,
        visibility_ms: verb.visibility_ms,
        creates_opted_out: !verb.no_unsubscribed,
        faults: verb.faults,
        seed: verb.seed,
    };
    simulate(verb.system.as_deref(), options, |title, address| {
        let stores = verb.database.as_ref().map_or_else(
            || format!(" and lists its effects at {LOG_PATH}"),
            |file| format!(" and stores everything in {}", file.display()),
        );
        let mut title = title.to_owned();
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        printer.result(&format!(
            "{title} is listening at http://{address}{stores}. Press Ctrl-C to stop it.\n"
        ));
        printer.flush();
    })?;
    Ok(Exit::Done)
}
