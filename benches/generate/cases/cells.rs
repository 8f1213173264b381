//! Odd cells, odd rows, and what is in the columns of products and tags.

use super::{Cases, Who, label};
use crate::rows::{Row, Truth};

/// Case, person, the city cell, what it is.
const CITIES: [(&str, Who, &str, &str); 7] = [
    (
        "cell-crlf",
        ("Ada", "Sund", "ada.sund@example.com"),
        "Oslo\r\nFrogner",
        "a CRLF inside quotes",
    ),
    (
        "cell-lf",
        ("Ezra", "Moll", "ezra.moll@example.org"),
        "Gent\n\nDampoort",
        "line breaks inside quotes",
    ),
    (
        "cell-lone-cr",
        ("Tove", "Arango", "tove.arango@example.com"),
        "Bergen\rNord",
        "a CR alone inside quotes; lines are counted as an editor does",
    ),
    (
        "cell-doubled-quotes",
        ("Odile", "Ferrand", "odile.ferrand@example.com"),
        "the \"Old\" Harbour",
        "doubled quotes are one quote",
    ),
    (
        "cell-backslash-quote",
        ("Silas", "Brun", "silas.brun@example.org"),
        "Saint \\\"Malo\\\"",
        "a backslash before a quote is a backslash",
    ),
    (
        "cell-delimiters",
        ("Ilana", "Voss", "ilana.voss@example.com"),
        "Graz; Linz\tWels | Steyr",
        "semicolon, tab and bar are text here",
    ),
    (
        "cell-formula",
        ("Rhys", "Calder", "rhys.calder@example.com"),
        "=HYPERLINK(\"https://kestrel.example\")",
        "text that a spreadsheet would run",
    ),
];

/// Case, person, the phone cell, what it is.
const PHONES: [(&str, Who, &str, &str); 3] = [
    (
        "cell-hashes",
        ("Noa", "Rieger", "noa.rieger@example.com"),
        "######",
        "printed from a narrow column",
    ),
    (
        "cell-excel-number",
        ("Piet", "Krol", "piet.krol@example.com"),
        "4.91512E+11",
        "a spreadsheet rounded it",
    ),
    (
        "cell-guarded-plus",
        ("Mila", "Stroud", "mila.stroud@example.org"),
        "'+351 21 555 0199",
        "the apostrophe stays: this platform writes none",
    ),
];

/// Case, expected, the consent cell, address, detail.
const CONSENTS: [(&str, &str, &str, &str, &str); 10] = [
    (
        "consent-true",
        "member",
        "TRUE",
        "wants.mail.one@example.org",
        "opted_out=false",
    ),
    (
        "consent-yes",
        "member",
        "Yes",
        "wants.mail.two@example.org",
        "opted_out=false",
    ),
    (
        "consent-1",
        "member",
        "1",
        "wants.mail.three@example.org",
        "opted_out=false",
    ),
    (
        "consent-x",
        "member",
        "x",
        "wants.mail.four@example.org",
        "opted_out=false",
    ),
    (
        "consent-on",
        "member",
        "on",
        "wants.mail.five@example.org",
        "opted_out=false",
    ),
    (
        "opted-out-no",
        "member",
        "No",
        "wants.quiet.one@example.org",
        "opted_out=true",
    ),
    (
        "opted-out-false",
        "member",
        "FALSE",
        "wants.quiet.two@example.org",
        "opted_out=true",
    ),
    (
        "opted-out-0",
        "member",
        "0",
        "wants.quiet.three@example.org",
        "opted_out=true",
    ),
    (
        "consent-blank",
        "member",
        "",
        "says.nothing@example.org",
        "opted_out=false",
    ),
    (
        "consent-unknown",
        "finding:consent-unknown",
        "maybe later",
        "says.perhaps@example.org",
        "opted_out=true",
    ),
];

struct Held {
    case: &'static str,
    expect: &'static str,
    detail: &'static str,
    who: Who,
    products: &'static [&'static str],
    products_cell: Option<&'static str>,
    tags: &'static [&'static str],
    tags_cell: Option<&'static str>,
}

const PLAIN: Held = Held {
    case: "",
    expect: "member",
    detail: "",
    who: ("", "", ""),
    products: &["Photography 101"],
    products_cell: None,
    tags: &[],
    tags_cell: None,
};

const HELD: [Held; 12] = [
    Held {
        case: "product-comma",
        detail: "grants=light,photo-101",
        who: ("Comma", "Title", "comma.title@example.com"),
        products: &["Light, Shadow, Colour", "Photography 101"],
        ..PLAIN
    },
    Held {
        case: "product-renamed",
        detail: "grants=darkroom",
        who: ("Old", "Title", "old.title@example.com"),
        products: &["Lightroom Basics (2019)"],
        ..PLAIN
    },
    Held {
        case: "product-twice",
        detail: "grants=photo-101",
        who: ("Twice", "Listed", "twice.listed@example.com"),
        products: &["Photography 101", "Photography 101"],
        ..PLAIN
    },
    Held {
        case: "product-blanks",
        detail: "grants=darkroom,photo-101",
        who: ("Blank", "Title", "blank.title@example.com"),
        products: &["Photography 101", "Digital Darkroom"],
        products_cell: Some(" Photography 101 ,Digital Darkroom  "),
        ..PLAIN
    },
    Held {
        case: "product-other-case",
        detail: "grants=photo-101",
        who: ("Loud", "Title", "loud.title@example.com"),
        products_cell: Some("PHOTOGRAPHY 101"),
        ..PLAIN
    },
    Held {
        case: "product-bundle",
        detail: "grants=complete,light,photo-101",
        who: ("Bundle", "Owner", "bundle.owner@example.com"),
        products: &["The Complete Photographer"],
        ..PLAIN
    },
    Held {
        case: "product-archived",
        expect: "left-out:nothing-granted",
        detail: "every mapped value is ignored",
        who: ("Archive", "Only", "archive.only@example.com"),
        products: &["Archived: Film Days"],
        ..PLAIN
    },
    Held {
        case: "all-ignored",
        expect: "left-out:nothing-granted",
        detail: "an old webinar and a lead tag",
        who: ("Webinar", "Guest", "webinar.guest@example.com"),
        products: &["Old Webinar 2021"],
        tags: &["lead-summer"],
        ..PLAIN
    },
    Held {
        case: "nothing-held",
        expect: "left-out:nothing-granted",
        detail: "no product and no tag",
        who: ("Newsletter", "Reader", "newsletter.reader@example.com"),
        products: &[],
        ..PLAIN
    },
    Held {
        case: "tag-only",
        detail: "contact=only|tags=presets",
        who: ("Preset", "Collector", "preset.collector@example.com"),
        products: &["Free Preset Pack"],
        ..PLAIN
    },
    Held {
        case: "tag-nfd",
        detail: "tags=cafe-talks",
        who: ("Accent", "Apart", "accent.apart@example.com"),
        tags: &["Café Talks"],
        tags_cell: Some("Cafe\u{301} Talks"),
        ..PLAIN
    },
    Held {
        case: "tag-pattern",
        detail: "tags=alumni,vip",
        who: ("Alumni", "Pattern", "alumni.pattern@example.com"),
        tags: &["alumni-2019", "lead-spring", "VIP"],
        ..PLAIN
    },
];

impl Cases {
    pub(super) fn cells(&mut self) {
        for (case, who, city, detail) in CITIES {
            self.changed(label(case, "note", detail), who, |contact| {
                city.clone_into(&mut contact.city);
            });
        }
        for (case, who, phone, detail) in PHONES {
            self.changed(label(case, "note", detail), who, |contact| {
                phone.clone_into(&mut contact.phone);
            });
        }
        for (case, expect, value, email, detail) in CONSENTS {
            self.changed(
                label(case, expect, detail),
                ("Answer", "Given", email),
                |contact| contact.marketing = value,
            );
        }
        self.changed(
            label("row-ragged", "rejected:ragged", "two cells too many"),
            ("Too", "Many", "too.many@example.com"),
            |contact| contact.extra = vec!["a stray cell", "another"],
        );
        self.changed(
            label(
                "row-trailing-blanks",
                "member",
                "blank cells after the last column are nothing",
            ),
            ("Blank", "Tail", "blank.tail@example.com"),
            |contact| contact.extra = vec!["", " ", ""],
        );
        self.changed(
            label(
                "row-short",
                "finding:short-row",
                "the last three cells are missing",
            ),
            ("Too", "Few", "too.few@example.com"),
            |contact| contact.cut = 3,
        );
        for (case, cell) in [("row-blank", ""), ("row-blanks-only", " ")] {
            self.groups.push(vec![Row {
                cells: vec![cell.to_owned(); 11],
                truth: Truth::NoRecord,
                labels: vec![label(case, "no-record", "a blank row is no record")],
            }]);
        }
    }

    pub(super) fn products(&mut self) {
        for held in HELD {
            self.changed(label(held.case, held.expect, held.detail), held.who, |contact| {
                contact.products = held.products.to_vec();
                contact.products_cell = held.products_cell;
                contact.tags = held.tags.to_vec();
                contact.tags_cell = held.tags_cell;
            });
        }
    }
}
