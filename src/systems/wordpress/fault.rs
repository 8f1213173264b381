//! The refusal of a WordPress site in; what it means for the run, out.

use super::{answer::complaint, read::RefusalText};
use crate::{
    model::{Fault, HttpMethod, HttpRequest, HttpResponse},
    systems::{Conventions, fault_of_status, rate_of_http},
};

/// How a WordPress says that it does not answer.
pub const CONVENTIONS: Conventions = Conventions {
    fault,
    rate: rate_of_http,
};

/// How long to wait for a request that runs already, where the site does not say.
const RUNNING_MS: u64 = 2_000;

/// What an answer says beside data. Of a page (a GET) only whether to try again later: all else is told by anyone who
/// reads it, in its own words. The companion's refusals of other requests are told by their code, never by their
/// text or status alone: a status may be that of whatever is before the site.
fn fault(request: &HttpRequest, response: &HttpResponse) -> Option<Fault> {
    let plain = fault_of_status(request, response)?;
    if request.method == HttpMethod::Get {
        return match plain {
            Fault::Transient { why } => Some(Fault::Transient {
                why: complaint(response).unwrap_or(why),
            }),
            Fault::Unauthorised { .. } | Fault::Broken { .. } => None,
            other => Some(other),
        };
    }
    let Ok(refusal) = serde_json::from_str::<RefusalText>(&response.body) else {
        return Some(not_the_site(response.status, plain));
    };
    let data = refusal.data.unwrap_or_default();
    let broken = |why: String| Fault::Broken { why };
    Some(match refusal.code.as_str() {
        "rehome_running" => Fault::Throttled {
            wait_ms: data
                .left
                .map_or(RUNNING_MS, |left| left.saturating_mul(1_000))
                .max(1),
        },
        "rehome_leased" => broken(format!(
            "the site is in use by {} for another {} s",
            data.who.as_deref().unwrap_or("another machine"),
            data.left.unwrap_or_default()
        )),
        "rehome_paused" => broken(
            "an administrator of the site has paused incoming writes; resume them under Tools, Rehome"
                .to_owned(),
        ),
        "rehome_other_instance" => broken(
            "this is not the site that was read: it is a copy, or its database was replaced \
             in the meantime. Compute the difference again"
                .to_owned(),
        ),
        "rehome_no_membership" => broken(format!("{} Was AccessAlly deactivated?", refusal.message)),
        // An error of PHP or of the database: it is not known how far it got.
        "rehome_database" => request.safety.fault(refusal.message),
        "rest_no_route" => broken("the companion plugin is gone; activate it and run again".to_owned()),
        "rest_forbidden" | "incorrect_password" | "invalid_username" | "invalid_email"
        | "rest_not_logged_in" => Fault::Unauthorised {
            why: format!(
                "the site answers {} ({}): was the application password revoked, or the user's role changed?",
                response.status, refusal.code
            ),
        },
        _ if response.status >= 500 => request.safety.fault(refusal.message),
        code if code.starts_with("rehome_") => broken(format!("{} ({code})", refusal.message)),
        _ => plain,
    })
}

/// A page instead of an answer: something in between spoke.
fn not_the_site(status: u16, plain: Fault) -> Fault {
    match (status, plain) {
        (401 | 403, Fault::Unauthorised { why }) => Fault::Unauthorised {
            why: format!(
                "{why}. That is not a response from WordPress: a security plugin, a firewall or a password in front of the site \
                 blocks it; allow /wp-json/rehome/v1/"
            ),
        },
        (413, Fault::Broken { why }) => Fault::Broken {
            why: format!(
                "{why}. The server in front of the site does not accept larger requests; raise its limit"
            ),
        },
        (_, plain) => plain,
    }
}
