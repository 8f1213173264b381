//! Email cells: cleaned, doubtful, rejected.

use super::{Cases, Who, label};

/// Case, person with the address that must come of it, the cell.
const CLEANED: [(&str, Who, &str); 7] = [
    (
        "email-blanks",
        ("Bence", "Almási", "bence.almasi@example.org"),
        "  bence.almasi@example.org ",
    ),
    (
        "email-nbsp",
        ("Rosalind", "Achterberg", "rosalind.a@example.com"),
        "rosalind.a@example.com\u{a0}",
    ),
    (
        "email-zero-width",
        ("Imani", "Okoro", "imani.okoro@example.com"),
        "\u{200b}imani.okoro@example.com",
    ),
    (
        "email-bom",
        ("Tadeo", "Lund", "tadeo.lund@example.org"),
        "\u{feff}tadeo.lund@example.org",
    ),
    (
        "email-mailto",
        ("Pernille", "Roy", "pernille.roy@example.com"),
        "mailto:pernille.roy@example.com",
    ),
    (
        "email-with-name",
        ("Ana", "Quintero", "ana.quintero@example.com"),
        "\"Ana Quintero\" <ana.quintero@example.com>",
    ),
    (
        "email-in-angles",
        ("Wim", "Sorel", "wim.sorel@example.org"),
        "<wim.sorel@example.org>",
    ),
];

/// Case, finding, person. The few real domains are those that the rules know; the people are invented.
const DOUBTFUL: [(&str, &str, Who); 9] = [
    (
        "typo-gmail-con",
        "finding:possible-typo",
        ("Invented", "Typo-One", "lumen.invented.one@gmail.con"),
    ),
    (
        "typo-gmial-com",
        "finding:possible-typo",
        ("Invented", "Typo-Two", "lumen.invented.two@gmial.com"),
    ),
    (
        "typo-gamil-com",
        "finding:possible-typo",
        ("Invented", "Typo-Three", "lumen.invented.three@gamil.com"),
    ),
    (
        "typo-hotmil-com",
        "finding:possible-typo",
        ("Invented", "Typo-Four", "lumen.invented.four@hotmil.com"),
    ),
    (
        "typo-icluod-com",
        "finding:possible-typo",
        ("Invented", "Typo-Five", "lumen.invented.five@icluod.com"),
    ),
    (
        "role-info",
        "finding:role-address",
        ("Atelier", "Nord", "info@fotonord.example"),
    ),
    (
        "role-admin",
        "finding:role-address",
        ("Studio", "Zwölf", "admin@studiozwoelf.example"),
    ),
    (
        "disposable",
        "finding:disposable-address",
        ("Invented", "Throwaway", "lumen.invented.throwaway@mailinator.com"),
    ),
    (
        "relay-apple",
        "finding:relay-address",
        ("Invented", "Relay", "lumeninventedrelay@privaterelay.appleid.com"),
    ),
];

/// Case, person with the base address, the alias.
const ALIASES: [(&str, Who, &str); 3] = [
    (
        "alias-plus",
        ("Lena", "Marchetti", "lena.marchetti@example.com"),
        "lena.marchetti+photo@example.com",
    ),
    (
        "alias-gmail-dots",
        ("Invented", "Dotted", "lumeninventeddots@gmail.com"),
        "lumen.invented.dots@gmail.com",
    ),
    (
        "alias-googlemail",
        ("Invented", "Google", "lumeninventedgoogle@gmail.com"),
        "lumeninventedgoogle@googlemail.com",
    ),
];

const TWO: &str = "rejected:two-emails";
const INVALID: &str = "rejected:invalid-email";
const NONE: &str = "rejected:no-email";
const REJECTED: [(&str, &str, &str); 19] = [
    (
        "two-emails-semicolon",
        TWO,
        "first.address@example.com; second.address@example.com",
    ),
    (
        "two-emails-comma",
        TWO,
        "third.address@example.com, fourth.address@example.com",
    ),
    (
        "two-emails-slash",
        TWO,
        "fifth.address@example.com / sixth.address@example.com",
    ),
    ("email-trailing-dot", INVALID, "trailing.dot@example.com."),
    ("email-trailing-comma", INVALID, "trailing.comma@example.com,"),
    ("email-no-at", INVALID, "no-at.example.com"),
    ("email-two-ats", INVALID, "two@@example.com"),
    ("email-no-dot", INVALID, "no-dot@localhost"),
    ("email-blank-inside", INVALID, "blank inside@example.com"),
    ("email-quoted-local", INVALID, "\"quoted local\"@example.com"),
    (
        "email-non-ascii-local",
        "rejected:non-ascii-local",
        "josé.não@example.com",
    ),
    ("email-missing", NONE, ""),
    ("email-only-blanks", NONE, "  \u{a0}"),
    ("email-n-a", NONE, "N/A"),
    ("email-na", NONE, "NA"),
    ("email-null", NONE, "null"),
    ("email-none", NONE, "None"),
    ("email-dash", NONE, "-"),
    ("email-two-dashes", NONE, "--"),
];

impl Cases {
    pub(super) fn emails(&mut self) {
        for (case, who, cell) in CLEANED {
            let found = label(
                case,
                "finding:email-cleaned",
                "what stands around the address is taken off",
            );
            self.changed(found, who, |contact| cell.clone_into(&mut contact.email));
        }
        for (case, expect, who) in DOUBTFUL {
            self.changed(
                label(
                    case,
                    expect,
                    "reported, never corrected, and a member all the same",
                ),
                who,
                |_| {},
            );
        }
        for (case, who, alias) in ALIASES {
            let mut base = self.contact(who);
            let mut other = self.contact((who.0, who.1, alias));
            base.labels.push(label(case, "member", "the base address"));
            other.labels.push(label(
                case,
                "finding:possible-alias",
                "perhaps the same person, never merged",
            ));
            self.groups.push(vec![base.row(), other.row()]);
        }
        self.changed(
            label(
                "alias-without-base",
                "member",
                "its base address is nowhere, so nothing is reported",
            ),
            ("Corin", "Vasquez", "corin.vasquez+lumen@example.com"),
            |_| {},
        );
        self.changed(
            label(
                "email-same-twice",
                "finding:same-email-twice",
                "the same address twice is one address",
            ),
            ("Dagny", "Pires", "dagny.pires@example.com"),
            |contact| contact.email = "dagny.pires@example.com; Dagny.Pires@example.com".into(),
        );
        self.twice(
            label("email-two-cases", "member", "the first of two spellings"),
            "the same address in capitals",
            ("Ottilie", "Varga", "ottilie.varga@example.com"),
            |second| second.email = "Ottilie.Varga@Example.COM".into(),
        );
        self.twice(
            label("idn-domain", "member", "the domain in punycode"),
            "the same domain in its own letters",
            ("Käthe", "Müller", "kaethe@xn--mller-foto-9db.example"),
            |second| second.email = "kaethe@müller-foto.example".into(),
        );
        self.changed(
            label("idn-letters", "member", "the domain goes through IDNA"),
            ("Arno", "Bücher", "arno@xn--bcher-kva.example"),
            |contact| contact.email = "arno@Bücher.example".into(),
        );
        self.rejected_emails();
        self.long_emails();
    }

    fn rejected_emails(&mut self) {
        for (case, expect, cell) in REJECTED {
            let found = label(case, expect, "turned away in plan");
            self.changed(found, ("Nobody", "Reached", ""), |contact| {
                cell.clone_into(&mut contact.email);
            });
        }
    }

    fn long_emails(&mut self) {
        let long = "rejected:long-email";
        for (case, expect, letters) in [
            ("email-100-characters", "member", 88),
            ("email-101-characters", long, 89),
            ("email-272-characters", long, 260),
        ] {
            let found = label(case, expect, "100 characters is the most a site holds");
            self.changed(found, ("Long", "Address", ""), |contact| {
                contact.email = format!("{}@example.com", "l".repeat(letters));
                contact.normal.clone_from(&contact.email);
            });
        }
    }
}
