//! The WordPress companion on a real WordPress: asked over REST, judged by the database, by every email and by every
//! hook of a user.

mod access;
mod accessally;
mod batches;
mod caches;
mod clones;
mod core;
mod hostile;
mod identity;
mod invitation_limits;
mod invitations;
mod kills;
mod leases;
mod limits;
mod lists;
mod look;
mod mailers;
mod new_users;
mod newer;
mod people;
mod quiet;
mod races;
mod readers;
mod screen;
pub(crate) mod site;
mod statements;
mod syntax;
mod uninstall;
mod writes;
