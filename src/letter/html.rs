//! Markdown to HTML, with values written as text.

use pulldown_cmark::{CowStr, Event, LinkType, Tag, TagEnd, html::push_html};

use super::links::address;
use super::placeholder::{self, Piece};

/// The whole document. `title` is plain.
pub(super) fn document(title: &str, events: Vec<Event<'_>>) -> String {
    let mut body = String::new();
    push_html(&mut body, written(events).into_iter());
    let mut shown = String::new();
    push_html(&mut shown, std::iter::once(Event::Text(title.into())));
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{shown}</title>\n</head>\n\
         <body style=\"margin:0;padding:24px;font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5;color:#222222\">\n\
         <div style=\"max-width:600px;margin:0 auto\">\n{body}</div>\n</body>\n</html>\n"
    )
}

/// The events with every placeholder replaced by its value and HTML of the author's own as text.
fn written(events: Vec<Event<'_>>) -> Vec<Event<'_>> {
    let mut out = Vec::with_capacity(events.len());
    // For each open link or picture, whether it stays one.
    let mut open: Vec<bool> = Vec::new();
    for event in events {
        match event {
            Event::Text(text) if open.is_empty() => linked(&text, &mut out),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                out.push(Event::Text(plain(&text)));
            }
            Event::Code(text) => out.push(Event::Code(plain(&text))),
            Event::Start(tag) => start(tag, &mut open, &mut out),
            Event::End(end @ (TagEnd::Link | TagEnd::Image)) => {
                if open.pop().unwrap_or(false) {
                    out.push(Event::End(end));
                }
            }
            Event::End(TagEnd::HtmlBlock) => out.push(Event::End(TagEnd::Paragraph)),
            other => out.push(other),
        }
    }
    out
}

fn start<'a>(tag: Tag<'a>, open: &mut Vec<bool>, out: &mut Vec<Event<'a>>) {
    let tag = match tag {
        Tag::Link {
            dest_url, title, id, ..
        } => address(&dest_url).map(|to| Tag::Link {
            link_type: LinkType::Inline,
            dest_url: to.into(),
            title: plain(&title),
            id,
        }),
        Tag::Image {
            dest_url, title, id, ..
        } => address(&dest_url).map(|to| Tag::Image {
            link_type: LinkType::Inline,
            dest_url: to.into(),
            title: plain(&title),
            id,
        }),
        Tag::HtmlBlock => {
            out.push(Event::Start(Tag::Paragraph));
            return;
        }
        // The word behind a fence is not text of the email.
        Tag::CodeBlock(_) => {
            out.push(Event::Start(Tag::CodeBlock(
                pulldown_cmark::CodeBlockKind::Indented,
            )));
            return;
        }
        other => {
            out.push(Event::Start(other));
            return;
        }
    };
    open.push(tag.is_some());
    out.extend(tag.map(Event::Start));
}

/// A text, in which the address of a page of the site is a link to it.
fn linked(text: &CowStr<'_>, out: &mut Vec<Event<'_>>) {
    for piece in placeholder::pieces(text) {
        match piece {
            Piece::Own(own) => out.push(Event::Text(own.to_owned().into())),
            Piece::Value { text, url: true } if address(&placeholder::put_on(&text, true)).is_some() => {
                out.push(Event::Start(Tag::Link {
                    link_type: LinkType::Inline,
                    dest_url: text.clone().into(),
                    title: "".into(),
                    id: "".into(),
                }));
                out.push(Event::Text(text.into()));
                out.push(Event::End(TagEnd::Link));
            }
            Piece::Value { text, .. } => out.push(Event::Text(text.into())),
        }
    }
}

fn plain<'a>(text: &CowStr<'_>) -> CowStr<'a> {
    placeholder::take_off(text).into()
}
