//! Subject and body as the plan has them: checked once, filled for each person.

use std::collections::BTreeSet;

use minijinja::{Environment, Error, Output, State, UndefinedBehavior, Value, filters};
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TextMergeStream};

use super::fields::{Fields, known};
use super::{Letter, html, links, placeholder, plain};

const SUBJECT: &str = "subject";
const BODY: &str = "body";

/// Longer subjects are cut: no email program shows more.
const LONGEST_SUBJECT: usize = 160;

/// A part of an email.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The subject.
    Subject,
    /// The body.
    Body,
}

/// What is wrong with an email's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// There is no such merge field.
    UnknownField(String),
    /// It cannot be read or filled.
    Unreadable(String),
    /// The author's own HTML.
    Html(String),
    /// A link that leads nowhere from within an email.
    Link(String),
}

/// Something wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// In which part.
    pub part: Part,
    /// Line of the part, from 1; 0 if it is not known.
    pub line: u32,
    /// What.
    pub wrong: Wrong,
}

/// An email that can be filled for people.
#[derive(Debug)]
pub struct Template<'a> {
    environment: Environment<'a>,
    uses: BTreeSet<String>,
}

impl<'a> Template<'a> {
    /// Reads and tries an email; returns everything that is wrong, in the order of the text.
    pub fn parse(subject: &'a str, body: &'a str) -> Result<Self, Vec<Problem>> {
        let mut template = Self {
            environment: environment(),
            uses: BTreeSet::new(),
        };
        let mut problems = Vec::new();
        for (part, name, source) in [(Part::Subject, SUBJECT, subject), (Part::Body, BODY, body)] {
            template.add(part, name, source, &mut problems);
        }
        if problems.is_empty() {
            template.try_out(body, &mut problems);
        }
        if problems.is_empty() {
            Ok(template)
        } else {
            Err(problems)
        }
    }

    /// True if the email names this field.
    pub fn uses(&self, field: &str) -> bool {
        self.uses.contains(field)
    }

    /// The email for one person; the error is a sentence.
    pub fn render(&self, fields: &Fields) -> Result<Letter, String> {
        let fill = |name| self.fill(name, fields).map_err(|error| said(&error));
        let subject = subject(&fill(SUBJECT)?);
        if subject.is_empty() {
            return Err("the subject is empty for this person".to_owned());
        }
        let body = fill(BODY)?;
        let events = events(&body);
        let text = plain::text(&events);
        if text.trim().is_empty() {
            return Err("the body is empty for this person".to_owned());
        }
        Ok(Letter {
            html: html::document(&subject, events),
            subject,
            text,
        })
    }

    fn fill(&self, name: &str, fields: &Fields) -> Result<String, Error> {
        self.environment.get_template(name)?.render(fields.context())
    }

    fn add(&mut self, part: Part, name: &'static str, source: &'a str, problems: &mut Vec<Problem>) {
        if let Err(error) = self.environment.add_template(name, source) {
            problems.push(unreadable(part, &error));
            return;
        }
        let Ok(added) = self.environment.get_template(name) else {
            return;
        };
        let mut found: Vec<_> = added
            .undeclared_variables(true)
            .into_iter()
            .map(|field| (line_of(source, &field), field))
            .collect();
        found.sort();
        for (line, field) in found {
            if known().any(|known| known == field) {
                self.uses.insert(field);
            } else {
                problems.push(Problem {
                    part,
                    line,
                    wrong: Wrong::UnknownField(field),
                });
            }
        }
    }

    /// Fills the email for example people, so that an error shows now and not in the middle of the list.
    fn try_out(&self, source: &str, problems: &mut Vec<Problem>) {
        for fields in [Fields::sample(), Fields::blank_sample()] {
            for (part, name) in [(Part::Subject, SUBJECT), (Part::Body, BODY)] {
                match self.fill(name, &fields) {
                    Err(error) => problems.push(unreadable(part, &error)),
                    Ok(body) if part == Part::Body => Self::look_at(&body, source, problems),
                    Ok(_) => {}
                }
            }
            if !problems.is_empty() {
                return;
            }
        }
    }

    fn look_at(body: &str, source: &str, problems: &mut Vec<Problem>) {
        for event in events(body) {
            let told = problems
                .iter()
                .any(|problem| matches!(problem.wrong, Wrong::Html(_)));
            let (piece, wrong): (_, fn(String) -> Wrong) = match &event {
                Event::Html(text) | Event::InlineHtml(text) if !told => (text, Wrong::Html),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. })
                    if links::address(dest_url).is_none() =>
                {
                    (dest_url, Wrong::Link)
                }
                _ => continue,
            };
            let shown = placeholder::take_off(piece).trim().to_owned();
            let line = source.find(piece.trim()).map_or(0, |at| line_at(source, at));
            problems.push(Problem {
                part: Part::Body,
                line,
                wrong: wrong(shown),
            });
        }
    }
}

/// Only what an email needs: no files, no functions, no loops without end.
fn environment<'a>() -> Environment<'a> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_formatter(write);
    environment.add_filter("capitalize", filters::capitalize);
    environment.add_filter("default", filters::default);
    environment.add_filter("first", filters::first);
    environment.add_filter("join", filters::join);
    environment.add_filter("last", filters::last);
    environment.add_filter("length", filters::length);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("title", filters::title);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("upper", filters::upper);
    environment
}

/// Writes a value into a text, always as a placeholder.
fn write(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_undefined() {
        return Err(Error::new(
            minijinja::ErrorKind::UndefinedError,
            "there is nothing to write here",
        ));
    }
    let text = match value.as_str() {
        Some(text) => text.to_owned(),
        None if value.kind() == minijinja::value::ValueKind::Seq => {
            let texts: Vec<String> = value.try_iter()?.map(|item| item.to_string()).collect();
            texts.join(", ")
        }
        None => value.to_string(),
    };
    out.write_str(&placeholder::put_on(&text, value.is_safe()))
        .map_err(Error::from)
}

fn events(body: &str) -> Vec<Event<'_>> {
    TextMergeStream::new(Parser::new_ext(body, Options::empty()))
        .map(|event| match event {
            // `<help@example.com>`: the parser leaves the scheme to the writer.
            Event::Start(Tag::Link {
                link_type: LinkType::Email,
                dest_url,
                title,
                id,
            }) => Event::Start(Tag::Link {
                link_type: LinkType::Inline,
                dest_url: format!("mailto:{dest_url}").into(),
                title,
                id,
            }),
            other => other,
        })
        .collect()
}

/// One line, without what could end a header, and not too long.
fn subject(filled: &str) -> String {
    let plain = placeholder::take_off(filled);
    let words: Vec<&str> = plain
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    let line = words.join(" ");
    if line.chars().count() <= LONGEST_SUBJECT {
        return line;
    }
    let mut cut: String = line.chars().take(LONGEST_SUBJECT - 1).collect();
    cut.push('…');
    cut
}

fn unreadable(part: Part, error: &Error) -> Problem {
    Problem {
        part,
        line: error
            .line()
            .and_then(|line| u32::try_from(line).ok())
            .unwrap_or(0),
        wrong: Wrong::Unreadable(said(error)),
    }
}

/// The sentence of an error.
fn said(error: &Error) -> String {
    error
        .detail()
        .map_or_else(|| error.kind().to_string(), str::to_owned)
}

/// The first line with this name as a whole word.
fn line_of(source: &str, name: &str) -> u32 {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    source
        .match_indices(name)
        .find(|(at, _)| {
            !source[..*at].ends_with(part_of_name) && !source[at + name.len()..].starts_with(part_of_name)
        })
        .map_or(0, |(at, _)| line_at(source, at))
}

fn line_at(source: &str, at: usize) -> u32 {
    u32::try_from(source[..at].matches('\n').count() + 1).unwrap_or(0)
}
