//! `[expect]`: the consultant's own numbers.

use super::offerings::Offerings;
use super::table_keys;
use super::table_reader::{TableReader, bad_value, number, table};
use super::tree::{Entry, Value};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::{Expect, NumberRange},
    text::nearest::show,
};

/// More members than any site has.
const MOST: u64 = 1_000_000_000;

pub(super) fn read(root: &TableReader<'_>, offerings: &Offerings, out: &mut Diagnostics) -> Expect {
    let mut expect = Expect::default();
    let Some(reader) = root
        .optional("expect")
        .and_then(|entry| TableReader::open_entry(entry, table_keys::EXPECT, "[expect]", out))
    else {
        return expect;
    };
    expect.members = reader.optional("members").and_then(|entry| range(entry, out));
    let entries = reader.optional("offerings").and_then(|entry| table(entry, out));
    for entry in entries.map_or(&[][..], |table| &table.entries) {
        let offering = offerings.find(&entry.key, &entry.key_span, out);
        let range = range(entry, out);
        if let (Some(offering), Some(range)) = (offering, range) {
            more_than_all(&range, expect.members.as_ref(), out);
            expect.offerings.push((offering, range));
        }
    }
    expect
}

/// No offering can have more members than there are in total.
fn more_than_all(offering: &NumberRange, members: Option<&NumberRange>, out: &mut Diagnostics) {
    let Some(members) = members.filter(|members| offering.min > members.max) else {
        return;
    };
    out.push(
        Diagnostic::error(
            Code::KeysClash,
            "more members are expected in the offering than in total; this is impossible",
        )
        .at(offering.span.clone(), format!("at least {}", offering.min))
        .at(members.span.clone(), format!("at most {}", members.max))
        .remedy("Correct one of the two numbers; everyone with an offering is a member"),
    );
}

/// Numbers that no export can match: members with an offering that nothing grants, or more members in a bundle
/// than in what it includes.
pub(super) fn check(expect: &Expect, offerings: &Offerings, out: &mut Diagnostics) {
    let granted = offerings.granted();
    for (offering, range) in &expect.offerings {
        let (key, span) = offerings.place(*offering);
        if range.min > 0 && !granted.contains(offering) {
            out.push(
                Diagnostic::error(
                    Code::KeysClash,
                    format!(
                        "members are expected in the offering {}, but nothing grants it; this is impossible",
                        show(key)
                    ),
                )
                .at(range.span.clone(), format!("at least {}", range.min))
                .at(span, "no entry grants it, and no bundle includes it")
                .remedy(format!("Grant it in a map: {{ grant = \"{key}\" }}, or expect 0")),
            );
        }
        for (included, most) in &expect.offerings {
            let is_part = included != offering && offerings.reached(*offering).contains(included);
            if !is_part || range.min <= most.max {
                continue;
            }
            out.push(
                Diagnostic::error(
                    Code::KeysClash,
                    format!(
                        "more members are expected in the bundle {} than in {}, which it includes; this is impossible",
                        show(key),
                        show(offerings.place(*included).0)
                    ),
                )
                .at(range.span.clone(), format!("at least {}", range.min))
                .at(most.span.clone(), format!("at most {}", most.max))
                .remedy("Correct one of the two numbers; everyone with the bundle has what it includes"),
            );
        }
    }
}

/// `412`, or `"950..1050"`.
fn range(entry: &Entry, out: &mut Diagnostics) -> Option<NumberRange> {
    let span = entry.node.span.clone();
    let Value::Text(text) = &entry.node.value else {
        let number = number(entry, 0, MOST, out)?;
        return Some(NumberRange {
            min: number,
            max: number,
            span,
        });
    };
    let ends = text.split_once("..").and_then(|(min, max)| {
        let end = |text: &str| text.trim().parse::<u64>().ok().filter(|end| *end <= MOST);
        Some((end(min)?, end(max)?))
    });
    let problem = match ends {
        Some((min, max)) if min <= max => return Some(NumberRange { min, max, span }),
        Some(_) => "the end of the range is before its start",
        None => "this is neither a number nor a range",
    };
    bad_value(
        span,
        problem,
        "Write a number without quotes, 412, or a range in quotes, \"950..1050\"",
        out,
    );
    None
}
