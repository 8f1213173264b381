//! Markdown to plain text: links written out, lists as lists, nothing else of the markup.

use pulldown_cmark::{Event, Tag, TagEnd};

use super::links::address;
use super::placeholder::take_off;

/// The plain text of a body.
pub(super) fn text(events: &[Event<'_>]) -> String {
    let mut writer = Writer::default();
    for event in events {
        writer.on(event);
    }
    let mut text = writer.out.trim_end().to_owned();
    text.push('\n');
    text
}

#[derive(Default)]
struct Writer {
    out: String,
    /// What each further line begins with: `> ` of quotations, spaces of lists.
    indent: Vec<String>,
    /// For each open list, the number of its next item.
    lists: Vec<Option<u64>>,
    /// Where each open link leads, and where its text begins.
    links: Vec<(Option<String>, usize)>,
    /// A blank line is due before the next text.
    gap: bool,
    /// At the start of a line, behind its indent.
    fresh: bool,
    code: bool,
}

impl Writer {
    fn on(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(*tag),
            Event::Text(text) if self.code => self.lines(&take_off(text)),
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.write(&take_off(text));
            }
            Event::SoftBreak => self.write(" "),
            Event::HardBreak => self.new_line(),
            Event::Rule => {
                self.write("----------");
                self.gap = true;
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::BlockQuote(_) => {
                self.separate();
                self.indent.push("> ".to_owned());
                self.fresh = false;
            }
            Tag::List(first) => {
                if !self.lists.is_empty() {
                    self.gap = false;
                    self.new_line_unless_fresh();
                }
                self.lists.push(*first);
            }
            Tag::Item => self.item(),
            Tag::CodeBlock(_) => {
                self.separate();
                self.indent.push("    ".to_owned());
                self.fresh = false;
                self.code = true;
            }
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.separate();
                self.links.push((address(dest_url), self.out.len()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::HtmlBlock => self.gap = true,
            TagEnd::BlockQuote(_) => {
                self.indent.pop();
                self.gap = true;
            }
            TagEnd::CodeBlock => {
                self.indent.pop();
                self.code = false;
                self.gap = true;
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.gap = true;
            }
            TagEnd::Item => {
                self.indent.pop();
                self.gap = false;
            }
            TagEnd::Link | TagEnd::Image => {
                if let Some((Some(to), from)) = self.links.pop() {
                    let shown = self.out[from..].trim().to_owned();
                    if shown.is_empty() {
                        self.write(&to);
                    } else if shown != to && format!("mailto:{shown}") != to {
                        self.write(&format!(" <{to}>"));
                    }
                }
            }
            _ => {}
        }
    }

    fn item(&mut self) {
        let bullet = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            _ => "- ".to_owned(),
        };
        if self.gap {
            self.separate();
        } else {
            self.new_line_unless_fresh();
        }
        self.open_line();
        self.out.push_str(&bullet);
        self.indent.push(" ".repeat(bullet.len()));
        self.fresh = true;
    }

    /// Text, on the line that is open.
    fn write(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.separate();
        self.open_line();
        self.out.push_str(text);
        self.fresh = false;
    }

    /// Lines of code, as they are.
    fn lines(&mut self, text: &str) {
        for (at, line) in text.trim_end_matches('\n').split('\n').enumerate() {
            if at > 0 {
                self.new_line();
            }
            self.write(line);
        }
    }

    /// The blank line that is due.
    fn separate(&mut self) {
        if !self.gap {
            return;
        }
        self.gap = false;
        if !self.out.is_empty() {
            self.new_line();
            self.out.push_str(self.indent.concat().trim_end());
            self.new_line();
        }
    }

    fn new_line_unless_fresh(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.new_line();
        }
    }

    fn new_line(&mut self) {
        self.out.push('\n');
        self.fresh = false;
    }

    /// The indent, where a line begins.
    fn open_line(&mut self) {
        if !self.fresh && (self.out.is_empty() || self.out.ends_with('\n')) {
            self.out.push_str(&self.indent.concat());
        }
        self.fresh = false;
    }
}
