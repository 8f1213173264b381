//! `[site]`: where users live.

use super::system_keys::{is_later, no_meaning, secret, url};
use super::table_keys;
use super::table_reader::{TableReader, choice, line, table};
use super::tree::Entry;
use super::vocabulary::{SITE_KIND, SITE_LIKE, SITE_MEMBERSHIP, SiteKind};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::SiteTarget,
};

pub(super) fn site(root: &TableReader<'_>, out: &mut Diagnostics) -> Option<SiteTarget> {
    let entry = root.required(
        "site",
        "[site] and, below it, kind = \"local\" and path = \"site.sqlite\"",
        out,
    )?;
    if is_later(entry, "kind", SITE_KIND.later) {
        // The keys of a site that is not built yet are not judged by those of another.
        let kind = table(entry, out)?.get("kind")?;
        choice(kind, SITE_KIND, out);
        return None;
    }
    let reader = TableReader::open_entry(entry, table_keys::SITE, "[site]", out)?;
    let kind = reader
        .required("kind", "kind = \"local\"", out)
        .and_then(|entry| choice(entry, SITE_KIND, out));
    match kind? {
        SiteKind::Local => {
            no_meaning(
                &reader,
                &["url", "membership", "user", "password"],
                "the embedded site is a file",
                out,
            );
            let path = reader
                .required("path", "path = \"site.sqlite\"", out)
                .and_then(|entry| line(entry, out));
            let like = reader.optional("like");
            Some(SiteTarget::Local {
                path: path?.to_owned(),
                like: like.and_then(|entry| choice(entry, SITE_LIKE, out)),
            })
        }
        SiteKind::WordPress => wordpress(&reader, out),
    }
}

fn wordpress(reader: &TableReader<'_>, out: &mut Diagnostics) -> Option<SiteTarget> {
    no_meaning(reader, &["path"], "a WordPress site is found by its `url`", out);
    no_meaning(
        reader,
        &["like"],
        "only the embedded site stands for another one",
        out,
    );
    let url = reader
        .required("url", "url = \"https://members.example\"", out)
        .and_then(|entry| url(entry, "password", out));
    let membership = reader
        .required("membership", "membership = \"accessally\"", out)
        .and_then(|entry| choice(entry, SITE_MEMBERSHIP, out));
    let user = reader
        .required("user", "user = \"migrator\"", out)
        .and_then(|entry| user(entry, out));
    let password = reader
        .required("password", "password = { env = \"SITE_PASSWORD\" }", out)
        .and_then(|entry| secret(entry, out));
    Some(SiteTarget::WordPress {
        url: url?,
        membership: membership?,
        user: user?.to_owned(),
        password: password?,
    })
}

/// The login of the application password: what Basic authentication can carry.
fn user<'t>(entry: &'t Entry, out: &mut Diagnostics) -> Option<&'t str> {
    let user = line(entry, out)?;
    if user.contains(':') {
        out.push(
            Diagnostic::error(
                Code::LiteralSecret,
                "`user` contains a colon, which no login does; is the password in it?",
            )
            .at(entry.node.span.clone(), "not shown")
            .remedy("Give only the login as `user`, and set `password` to where the application password is"),
        );
        return None;
    }
    Some(user)
}
