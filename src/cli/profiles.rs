//! `rehome profiles`: the exports that can be read, and what is known of one.

use super::{Exit, Printer, args::ProfilesVerb, common::NEAREST};
use crate::{
    app::{AppError, profile_from_file},
    plan::is_profile_file,
    report::{profile_text, profiles_text},
    sources::profiles,
    text::{nearest::nearest_few, printable},
};

pub(super) fn run(verb: &ProfilesVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let all = profiles();
    let Some(name) = &verb.name else {
        printer.result(&profiles_text(all));
        return Ok(Exit::Done);
    };
    if is_profile_file(name) {
        printer.result(&profile_text(&profile_from_file(name)?));
        return Ok(Exit::Done);
    }
    let found = all.iter().find(|profile| profile.name.eq_ignore_ascii_case(name));
    let Some(profile) = found else {
        let names = || all.iter().map(|profile| profile.name.as_str());
        let start = name.to_lowercase();
        let mut near: Vec<&str> = names().filter(|known| known.starts_with(&start)).collect();
        if near.is_empty() {
            near = nearest_few(name, names(), NEAREST);
        }
        return Err(AppError::Usage(format!(
            "there is no profile \"{}\". The nearest: {}. All of them: rehome profiles",
            printable(name),
            near.join(", ")
        )));
    };
    printer.result(&profile_text(profile));
    Ok(Exit::Done)
}
