//! An answer of a WordPress in, what it says out, or what speaks in its place and what to do about it.
//!
//! Between Rehome and WordPress stand firewalls, caches, login walls and PHP's own complaints. Whatever
//! is not whole JSON is not an answer, and nothing is guessed from a part of one.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, error::Category};

use super::super::{SystemError, excerpt};
use crate::model::HttpResponse;

/// U+FEFF, in UTF-8 the three bytes EF BB BF.
const MARK: char = '\u{feff}';

/// What PHP says where it stops.
const FATAL: &str = "Fatal error: ";

/// Reads an answer as `T`. An error that WordPress itself says, in JSON, is one here too, even under a
/// status that says otherwise: what is printed before an answer fixes its status to 200.
pub(super) fn judge<'a, T: Deserialize<'a>>(
    place: &str,
    response: &'a HttpResponse,
) -> Result<T, SystemError> {
    // Files saved with a byte order mark put one in front of every answer. It says nothing.
    let body = response
        .body
        .trim_start_matches(|c: char| c == MARK || c.is_whitespace());
    let body = body.trim_end();
    let judged = Judged {
        place,
        response,
        body,
    };
    if !(200..=299).contains(&response.status) {
        return Err(judged.refused(response.status, Refusal::read(body)));
    }
    if let Some(refusal) = Refusal::read(body)
        && let Some(status) = refusal.status
        && !(200..=299).contains(&status)
    {
        return Err(judged.refused(status, Some(refusal)));
    }
    serde_json::from_str(body).map_err(|error| judged.unread(response.status, &error))
}

/// What an answer without data says of itself, for people.
pub(super) fn complaint(response: &HttpResponse) -> Option<String> {
    match judge::<IgnoredAny>("", response).err()? {
        SystemError::Unlike { why, .. }
        | SystemError::Unreachable { why, .. }
        | SystemError::Unauthorised { why, .. }
        | SystemError::Incomplete { why, .. } => Some(why),
        SystemError::Leased { .. } | SystemError::Interrupted => None,
    }
}

/// What to say of an answer that is not to this request.
pub(super) fn stale() -> String {
    "a page cache responds instead of the site; exclude /wp-json/ and every request with an Authorization header from it"
        .to_owned()
}

/// An error as WordPress says it: `{ "code": …, "message": …, "data": { "status": … } }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// What it is, for programs.
    pub(super) code: String,
    /// The same for people, without markup.
    pub(super) message: String,
    /// The status that belongs to it, where it says so.
    pub(super) status: Option<u16>,
}

impl Refusal {
    /// `None` if the body is something else.
    pub(super) fn read(body: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Text {
            code: String,
            message: String,
            data: Value,
        }
        // WordPress writes the code first; a page of a list is not parsed twice.
        let head = body.get(..64).unwrap_or(body);
        if !(body.starts_with('{') && head.contains("\"code\"")) {
            return None;
        }
        let text: Text = serde_json::from_str(body).ok()?;
        let status = text.data.get("status").and_then(Value::as_u64);
        Some(Self {
            code: text.code,
            message: excerpt(&plain(&text.message)),
            status: status.and_then(|status| u16::try_from(status).ok()),
        })
    }

    /// What refused credentials mean, and what to do. Only the code is asked: messages are translated.
    fn unauthorised(&self, status: u16) -> String {
        let code = &self.code;
        match code.as_str() {
            "incorrect_password" => format!(
                "the application password is wrong or was revoked ({code}); create one under Users, Profile, \
                 Application Passwords. The user's own password does not work here"
            ),
            "invalid_username" | "invalid_email" => {
                format!("the site has no such user ({code}); check `user`")
            }
            "application_passwords_disabled" | "application_passwords_disabled_for_user" => format!(
                "application passwords are disabled on this site ({code}), by a security plugin or \
                 because it has no https; enable them"
            ),
            _ if status == 401 && self.of_wordpress() => format!(
                "WordPress does not recognize the user ({code}): the user or the application password \
                 is wrong, it was revoked, or the server drops the Authorization header"
            ),
            _ if self.of_wordpress() => format!(
                "the user is logged in but has no permission for this ({code}); use the application password of an \
                 administrator"
            ),
            _ => format!(
                "a plugin of the site, not WordPress itself, rejects the request: {code}, \"{}\"",
                self.message
            ),
        }
    }

    /// The codes that WordPress and the companion give where someone may not do something.
    fn of_wordpress(&self) -> bool {
        let code = self.code.as_str();
        matches!(
            code,
            "rest_not_logged_in" | "rest_forbidden" | "rest_forbidden_context"
        ) || code.starts_with("rest_cannot_")
            || code.starts_with("rest_user_cannot_")
    }
}

/// A body that is not what was asked for.
struct Judged<'a> {
    place: &'a str,
    response: &'a HttpResponse,
    body: &'a str,
}

impl Judged<'_> {
    /// What an answer with an error's status means.
    fn refused(&self, status: u16, refusal: Option<Refusal>) -> SystemError {
        match (status, refusal) {
            (300..=399, _) => self.unlike(match self.response.headers.get("location") {
                Some(to) => format!(
                    "it redirects ({status}) to {}, and Rehome never sends a password to another address; if that is the site, \
                     set its address as `url`",
                    excerpt(to)
                ),
                None => format!("it redirects ({status}) without an address"),
            }),
            (401 | 403, Some(refusal)) => self.unauthorised(refusal.unauthorised(status)),
            (401, None) => self.unauthorised(
                "the web server asks for a password of its own before WordPress is reached (401 without \
                 JSON); remove that protection from /wp-json/, because only one password can be sent"
                    .to_owned(),
            ),
            (403, None) => self.unlike(format!(
                "it answers 403 with {}: a firewall or a security plugin blocks the request before \
                 WordPress receives it; allow /wp-json/ for the user of the application password",
                self.what()
            )),
            (404, Some(refusal)) if refusal.code == "rest_no_route" => self.unlike(
                "WordPress has no such route (rest_no_route): the plugin that provides it is not active \
                 or is older, or the route was disabled"
                    .to_owned(),
            ),
            (404, None) => self.unlike(format!(
                "it answers 404 with {}: the url is not that of WordPress itself, or a security plugin \
                 has disabled the REST API",
                self.what()
            )),
            (429, _) => self.unreachable(
                "it keeps answering 429, too many requests; try again later, or lower `share`".to_owned(),
            ),
            (503, Some(Refusal { code, message, .. })) => self.unreachable(format!(
                "it answers 503 {code}: {message} The site is in maintenance or overloaded; try again later"
            )),
            (500..=599, Some(Refusal { code, message, .. })) => self.unreachable(format!(
                "WordPress failed with {status} {code}: {message}; see the site's error log"
            )),
            (502..=504, None) if self.printed().is_none() => self.unreachable(format!(
                "it answers {status} with {}: the site is in maintenance, overloaded or too slow; try \
                 again later",
                self.what()
            )),
            (500..=599, None) => self.failed(status, &self.printed().unwrap_or_else(|| self.what())),
            (_, Some(Refusal { code, message, .. })) => {
                self.unreachable(format!("it rejects the request with {status} {code}: {message}"))
            }
            (_, None) => self.unlike(format!("it answers {status} with {}", self.what())),
        }
    }

    fn failed(&self, status: u16, how: &str) -> SystemError {
        self.unreachable(format!(
            "PHP failed on the site ({status}): {how}; see the site's error log"
        ))
    }

    /// What a good status without what was asked for means.
    fn unread(&self, status: u16, error: &serde_json::Error) -> SystemError {
        if self.body.is_empty() {
            return self.unreachable(format!(
                "it answers {status} with nothing: PHP stopped silently (out of memory or time), or \
                 something in front of WordPress cut off the response; see the site's error log"
            ));
        }
        if let Some(printed) = self.printed() {
            if printed.starts_with(FATAL) {
                return self.failed(status, &printed);
            }
            return self.unreachable(format!(
                "PHP prints into the response: {printed}. Set WP_DEBUG_DISPLAY to false in wp-config.php; \
                 Rehome does not trust such a response"
            ));
        }
        if self.body.starts_with('<') {
            let what = self.what();
            return self.unlike(format!(
                "it answers {status} with {what} instead of JSON: a login page, a security plugin, a cache or \
                 a maintenance page is in front of the REST API; allow /wp-json/ for the user of the \
                 application password"
            ));
        }
        // A part of something else is a part all the same.
        let whole = serde_json::from_str::<IgnoredAny>(self.body);
        match whole
            .as_ref()
            .map_or_else(serde_json::Error::classify, |_| Category::Data)
        {
            Category::Eof => SystemError::Incomplete {
                place: self.place.to_owned(),
                why: format!("a response is cut off after {} bytes; try again", self.body.len()),
            },
            Category::Data => self.unlike(format!(
                "a response is JSON, but not what WordPress returns there: {error}"
            )),
            Category::Syntax | Category::Io => self.unlike(format!(
                "it answers {status} with {} instead of JSON",
                self.what()
            )),
        }
    }

    /// What PHP complains of, before or behind the JSON or in its place.
    fn printed(&self) -> Option<String> {
        let mut outside = self.body;
        if outside.starts_with(['{', '[']) {
            let mut values = serde_json::Deserializer::from_str(outside).into_iter::<IgnoredAny>();
            values.next()?.ok()?;
            outside = outside.get(values.byte_offset()..)?;
        }
        let text = plain(outside);
        let at = [FATAL, "Parse error: ", "Warning: ", "Notice: ", "Deprecated: "]
            .iter()
            .filter_map(|word| text.find(word))
            .min()?;
        let complaint = text.get(at..)?;
        // A page may contain such a word; PHP also says where. What follows the line may be personal data.
        let line = ".php on line ";
        let end = match complaint.find(line) {
            Some(place) => {
                let number = complaint.get(place + line.len()..)?;
                complaint.len() - number.trim_start_matches(|c: char| c.is_ascii_digit()).len()
            }
            None => complaint.find(".php:")? + ".php".len(),
        };
        complaint.get(..end).map(excerpt)
    }

    /// The body in a few words.
    fn what(&self) -> String {
        if self.body.is_empty() {
            return "nothing".to_owned();
        }
        if self.body.starts_with(['{', '[']) {
            // Not shown: it may be personal data.
            return "something that starts like JSON but is not".to_owned();
        }
        if !self.body.starts_with('<') {
            return format!("\"{}\"", excerpt(self.body));
        }
        match title(self.body) {
            Some(title) => format!("a web page (\"{title}\")"),
            None => "a web page".to_owned(),
        }
    }

    fn unlike(&self, why: String) -> SystemError {
        SystemError::Unlike {
            place: self.place.to_owned(),
            expected: "a WordPress with a working REST API".to_owned(),
            why,
        }
    }

    fn unreachable(&self, why: String) -> SystemError {
        SystemError::Unreachable {
            doing: "read",
            place: self.place.to_owned(),
            why,
        }
    }

    fn unauthorised(&self, why: String) -> SystemError {
        SystemError::Unauthorised {
            place: self.place.to_owned(),
            why,
        }
    }
}

/// The title of a page.
fn title(page: &str) -> Option<String> {
    let lower = page.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let start = open + lower.get(open..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find("</title")?;
    let text = plain(page.get(start..end)?);
    let text = text.trim();
    (!text.is_empty()).then(|| excerpt(text))
}

/// Text without its tags, runs of spaces as one. For people only.
fn plain(markup: &str) -> String {
    let mut text = String::new();
    let mut tag = false;
    for c in markup.chars() {
        match c {
            '<' => tag = true,
            '>' if tag => tag = false,
            _ if tag => {}
            c if c.is_whitespace() => {
                if !text.ends_with(' ') {
                    text.push(' ');
                }
            }
            c => text.push(c),
        }
    }
    for (entity, sign) in [
        ("&lsaquo;", "‹"),
        ("&#8249;", "‹"),
        ("&#8211;", "–"),
        ("&#8217;", "’"),
        ("&#039;", "'"),
        ("&quot;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ] {
        text = text.replace(entity, sign);
    }
    text
}
