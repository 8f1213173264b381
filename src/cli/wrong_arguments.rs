//! What clap says of wrong arguments in; the same, with the verb that was meant, out. Never one that emails members.

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Words of other tools, with the verb that does that here.
const MEANT: &[(&str, &str)] = &[
    ("diff", "plan"),
    ("preview", "plan"),
    ("dry-run", "plan"),
    ("migrate", "plan"),
    ("import", "plan"),
    ("sync", "plan"),
    ("move", "plan"),
    ("run", "plan"),
    ("deploy", "plan"),
    ("validate", "check"),
    ("lint", "check"),
    ("test", "check"),
    ("rollback", "undo"),
    ("revert", "undo"),
    ("restore", "undo"),
    ("history", "log"),
    ("list", "members"),
    ("users", "members"),
    ("export", "members"),
    ("init", "demo"),
    ("new", "demo"),
    ("example", "demo"),
    ("why", "explain"),
    ("compare", "verify"),
];

/// The verbs that email members: suggested to nobody who typed something else.
const EMAILS: &str = "invite";

/// The error with a better suggestion, where a verb does not exist.
pub(super) fn with_the_verb_that_was_meant(mut error: clap::Error) -> clap::Error {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return error;
    }
    let typed = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(typed)) => typed.to_lowercase(),
        _ => String::new(),
    };
    let meant = MEANT
        .iter()
        .find(|(word, _)| *word == typed)
        .map(|(_, verb)| (*verb).to_owned());
    let suggested = match error.remove(ContextKind::SuggestedSubcommand) {
        Some(ContextValue::Strings(verbs)) => verbs,
        Some(ContextValue::String(verb)) => vec![verb],
        _ => Vec::new(),
    };
    let near = suggested.into_iter().filter(|verb| verb != EMAILS);
    let verbs: Vec<String> = meant.map_or_else(|| near.collect(), |verb| vec![verb]);
    if !verbs.is_empty() {
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(verbs));
    }
    error
}

/// Whether these arguments ask for JSON.
pub(super) fn want_json(mut arguments: impl Iterator<Item = String>) -> bool {
    let mut before = String::new();
    arguments.any(|argument| {
        let json = argument == "--format=json" || (before == "--format" && argument == "json");
        before = argument;
        json
    })
}
