//! The keyword of a contact system and how it should behave in; the running simulator, until it is stopped, out.

use std::net::SocketAddr;

use crate::{
    app::AppError,
    systems::{CONTACT_SYSTEMS, ContactSystem, SimulateOptions},
};

/// Serves the simulator of a contact system until Ctrl-C; without a keyword, of the first in the list. `on_ready` gets the
/// system's name and its address once it takes requests.
pub fn simulate(
    keyword: Option<&str>,
    options: SimulateOptions,
    mut on_ready: impl FnMut(&'static str, SocketAddr),
) -> Result<(), AppError> {
    let declared = |system: &&ContactSystem| system.declaration.listed && system.simulate.is_some();
    let mut known = CONTACT_SYSTEMS.iter().filter(declared);
    let chosen = match keyword {
        None => known.next(),
        Some(keyword) => known.find(|system| system.declaration.keyword == keyword),
    };
    let Some((system, run)) = chosen.and_then(|system| Some((system, system.simulate?))) else {
        let known = CONTACT_SYSTEMS.iter().filter(declared);
        let known: Vec<&str> = known.map(|system| system.declaration.keyword).collect();
        return Err(AppError::Usage(format!(
            "there is no simulator of \"{}\"; use one of {}",
            keyword.unwrap_or_default(),
            known.join(", ")
        )));
    };
    let title = system.declaration.title;
    Ok(run(options, &mut |address| on_ready(title, address))?)
}
