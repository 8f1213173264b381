//! Every case that can stand in a row of the contacts export, each with its label.

use crate::{
    contact::Contact,
    rows::{Label, Row, Truth},
};

/// Rows that belong together, in the order in which they must stand in the file.
pub(crate) type Group = Vec<Row>;

struct Cases {
    key: u64,
    groups: Vec<Group>,
}

/// All of them.
pub(crate) fn all(first_key: u64) -> Vec<Group> {
    let mut cases = Cases {
        key: first_key,
        groups: Vec::new(),
    };
    cases.emails();
    cases.rejected_emails();
    cases.names();
    cases.cells();
    cases.products();
    cases.people();
    cases.groups
}

fn label(case: &'static str, expect: &'static str, detail: &'static str) -> Label {
    Label { case, expect, detail }
}

impl Cases {
    /// A contact who owns Photography 101, so that a user comes of it.
    fn contact(&mut self, first: &str, last: &str, email: &str) -> Contact {
        self.key += 7;
        let mut contact = Contact::new(first, last, email, self.key);
        contact.products = vec!["Photography 101"];
        contact
    }

    fn one(&mut self, contact: &Contact) {
        self.groups.push(vec![contact.row()]);
    }

    fn two(&mut self, first: &Contact, second: &Contact) {
        self.groups.push(vec![first.row(), second.row()]);
    }

    /// The e-mail cell is `cell`; `normal` must come of it.
    fn email(
        &mut self,
        (case, expect, detail): (&'static str, &'static str, &'static str),
        (first, last): (&str, &str),
        cell: &str,
        normal: &str,
    ) {
        let mut contact = self.contact(first, last, normal);
        cell.clone_into(&mut contact.email);
        contact.rejected = expect.strip_prefix("rejected:");
        contact.labels.push(label(case, expect, detail));
        self.one(&contact);
    }

    fn emails(&mut self) {
        let cleaned = "finding:email-cleaned";
        let mut base = self.contact("Ottilie", "Varga", "ottilie.varga@example.com");
        let mut again = base.clone();
        again.email = "Ottilie.Varga@Example.COM".to_owned();
        again.products = vec!["Digital Darkroom"];
        base.labels
            .push(label("email-two-cases", "member", "the first of two spellings"));
        again
            .labels
            .push(label("email-two-cases", "merged", "the same address in capitals"));
        self.two(&base, &again);

        for (case, name, cell, normal) in [
            (
                "email-blanks",
                ("Bence", "Almási"),
                "  bence.almasi@example.org ",
                "bence.almasi@example.org",
            ),
            (
                "email-nbsp",
                ("Rosalind", "Achterberg"),
                "rosalind.a@example.com\u{a0}",
                "rosalind.a@example.com",
            ),
            (
                "email-zero-width",
                ("Imani", "Okoro"),
                "\u{200b}imani.okoro@example.com",
                "imani.okoro@example.com",
            ),
            (
                "email-bom",
                ("Tadeo", "Lund"),
                "\u{feff}tadeo.lund@example.org",
                "tadeo.lund@example.org",
            ),
            (
                "email-mailto",
                ("Pernille", "Roy"),
                "mailto:pernille.roy@example.com",
                "pernille.roy@example.com",
            ),
            (
                "email-with-name",
                ("Ana", "Quintero"),
                "\"Ana Quintero\" <ana.quintero@example.com>",
                "ana.quintero@example.com",
            ),
            (
                "email-in-angles",
                ("Wim", "Sorel"),
                "<wim.sorel@example.org>",
                "wim.sorel@example.org",
            ),
        ] {
            self.email(
                (case, cleaned, "what stands around the address is taken off"),
                name,
                cell,
                normal,
            );
        }
        let twice = "same.twice@example.com; Same.Twice@example.com";
        self.email(
            (
                "email-same-twice",
                "finding:same-email-twice",
                "the same address twice is one address",
            ),
            ("Dagny", "Pires"),
            twice,
            "same.twice@example.com",
        );
        for (case, name, email) in [
            (
                "typo-gmail-con",
                ("Invented", "Typo-One"),
                "lumen.invented.one@gmail.con",
            ),
            (
                "typo-gmial-com",
                ("Invented", "Typo-Two"),
                "lumen.invented.two@gmial.com",
            ),
            (
                "typo-gamil-com",
                ("Invented", "Typo-Three"),
                "lumen.invented.three@gamil.com",
            ),
            (
                "typo-hotmil-com",
                ("Invented", "Typo-Four"),
                "lumen.invented.four@hotmil.com",
            ),
            (
                "typo-icluod-com",
                ("Invented", "Typo-Five"),
                "lumen.invented.five@icluod.com",
            ),
        ] {
            self.email(
                (case, "finding:possible-typo", "reported, never corrected"),
                name,
                email,
                email,
            );
        }
        self.alias(
            "alias-plus",
            ("Lena", "Marchetti"),
            ["lena.marchetti@example.com", "lena.marchetti+photo@example.com"],
        );
        self.alias(
            "alias-gmail-dots",
            ("Invented", "Dotted"),
            ["lumeninventeddots@gmail.com", "lumen.invented.dots@gmail.com"],
        );
        self.alias(
            "alias-googlemail",
            ("Invented", "Google"),
            [
                "lumeninventedgoogle@gmail.com",
                "lumeninventedgoogle@googlemail.com",
            ],
        );
        self.email(
            (
                "alias-without-base",
                "member",
                "its base address is nowhere, so nothing is reported",
            ),
            ("Corin", "Vasquez"),
            "corin.vasquez+lumen@example.com",
            "corin.vasquez+lumen@example.com",
        );
        for (case, expect, name, email) in [
            (
                "role-info",
                "finding:role-address",
                ("Atelier", "Nord"),
                "info@fotonord.example",
            ),
            (
                "role-admin",
                "finding:role-address",
                ("Studio", "Zwölf"),
                "admin@studiozwoelf.example",
            ),
            (
                "disposable",
                "finding:disposable-address",
                ("Invented", "Throwaway"),
                "lumen.invented.throwaway@mailinator.com",
            ),
            (
                "relay-apple",
                "finding:relay-address",
                ("Invented", "Relay"),
                "lumeninventedrelay@privaterelay.appleid.com",
            ),
        ] {
            self.email(
                (case, expect, "reported, and a member all the same"),
                name,
                email,
                email,
            );
        }
        let mut unicode = self.contact("Käthe", "Müller", "kaethe@xn--mller-foto-9db.example");
        let mut punycode = unicode.clone();
        unicode.email = "kaethe@müller-foto.example".to_owned();
        unicode
            .labels
            .push(label("idn-domain", "member", "the domain goes through IDNA"));
        punycode
            .labels
            .push(label("idn-punycode", "merged", "the same domain in punycode"));
        self.two(&unicode, &punycode);
        let hundred = format!("{}@example.com", "h".repeat(88));
        self.email(
            (
                "email-100-characters",
                "member",
                "100 characters is the most a site holds",
            ),
            ("Hundred", "Letters"),
            &hundred,
            &hundred,
        );
    }

    fn alias(&mut self, case: &'static str, (first, last): (&str, &str), [base, alias]: [&str; 2]) {
        let mut one = self.contact(first, last, base);
        let mut other = self.contact(first, last, alias);
        one.labels.push(label(case, "member", "the base address"));
        other.labels.push(label(
            case,
            "finding:possible-alias",
            "perhaps the same person, never merged",
        ));
        self.two(&one, &other);
    }

    fn rejected_emails(&mut self) {
        let two = "rejected:two-emails";
        let invalid = "rejected:invalid-email";
        let none = "rejected:no-email";
        let long = "rejected:long-email";
        for (case, expect, cell) in [
            (
                "two-emails-semicolon",
                two,
                "first.address@example.com; second.address@example.com",
            ),
            (
                "two-emails-comma",
                two,
                "third.address@example.com, fourth.address@example.com",
            ),
            (
                "two-emails-slash",
                two,
                "fifth.address@example.com / sixth.address@example.com",
            ),
            ("email-trailing-dot", invalid, "trailing.dot@example.com."),
            ("email-trailing-comma", invalid, "trailing.comma@example.com,"),
            ("email-no-at", invalid, "no-at.example.com"),
            ("email-two-ats", invalid, "two@@example.com"),
            ("email-no-dot", invalid, "no-dot@localhost"),
            ("email-blank-inside", invalid, "blank inside@example.com"),
            ("email-quoted-local", invalid, "\"quoted local\"@example.com"),
            (
                "email-non-ascii-local",
                "rejected:non-ascii-local",
                "josé.não@example.com",
            ),
            ("email-missing", none, ""),
            ("email-only-blanks", none, "  \u{a0}"),
            ("email-n-a", none, "N/A"),
            ("email-na", none, "NA"),
            ("email-null", none, "null"),
            ("email-none", none, "None"),
            ("email-dash", none, "-"),
            ("email-two-dashes", none, "--"),
        ] {
            self.email(
                (case, expect, "turned away in plan"),
                ("Nobody", "Reached"),
                cell,
                "",
            );
        }
        let hundred_one = format!("{}@example.com", "l".repeat(89));
        let endless = format!("{}@example.com", "e".repeat(260));
        for (case, cell) in [
            ("email-101-characters", &hundred_one),
            ("email-272-characters", &endless),
        ] {
            self.email(
                (case, long, "longer than a site holds"),
                ("Long", "Address"),
                cell,
                "",
            );
        }
    }

    /// The three name cells as given.
    fn name(
        &mut self,
        (case, expect, detail): (&'static str, &'static str, &'static str),
        [name, first, last]: [&str; 3],
        email: &str,
    ) {
        let mut contact = self.contact(first, last, email);
        name.clone_into(&mut contact.name);
        contact.labels.push(label(case, expect, detail));
        self.one(&contact);
    }

    fn names(&mut self) {
        let split = "finding:name-split";
        for (case, name, email, detail) in [
            (
                "name-one-column",
                "Rui Tavares",
                "rui.tavares@example.org",
                "first=Rui|last=Tavares",
            ),
            (
                "name-last-first",
                "Eriksen, Solveig",
                "solveig.eriksen@example.com",
                "first=Solveig|last=Eriksen",
            ),
            (
                "name-particle-van-der",
                "Anouk van der Meer",
                "anouk.vdm@example.com",
                "first=Anouk|last=van der Meer",
            ),
            (
                "name-particle-de-la",
                "Inés de la Fuente",
                "ines.dlf@example.com",
                "first=Inés|last=de la Fuente",
            ),
        ] {
            self.name((case, split, detail), [name, "", ""], email);
        }
        for (case, names, email, detail) in [
            (
                "name-single",
                ["Suharni", "", ""],
                "suharni@example.org",
                "first=Suharni|last=",
            ),
            (
                "name-all-caps",
                ["MAGDA KERN", "MAGDA", "KERN"],
                "magda.kern@example.com",
                "first=MAGDA|last=KERN",
            ),
            (
                "name-middle-lost",
                ["Sol Beatriz Amaral", "Sol", "Amaral"],
                "sol.amaral@example.org",
                "first=Sol|last=Amaral",
            ),
            (
                "name-emoji",
                ["Fleur 📷 Bonnet", "Fleur 📷", "Bonnet"],
                "fleur.bonnet@example.com",
                "first=Fleur 📷|last=Bonnet",
            ),
            (
                "name-rtl",
                ["ליאור שפיגל", "ליאור", "שפיגל"],
                "lior.shpigel@example.com",
                "first=ליאור|last=שפיגל",
            ),
            (
                "name-arabic",
                ["سلمى عيّاد", "سلمى", "عيّاد"],
                "salma.ayyad@example.org",
                "first=سلمى|last=عيّاد",
            ),
            (
                "name-cjk",
                ["林 晓雯", "晓雯", "林"],
                "xiaowen.lin@example.com",
                "first=晓雯|last=林",
            ),
            (
                "name-nfd",
                ["Rene\u{301} Aubert", "Rene\u{301}", "Aubert"],
                "rene.aubert@example.com",
                "first=Ren\u{e9}|last=Aubert",
            ),
            (
                "name-typographic-apostrophe",
                ["Maeve O\u{2019}Brien", "Maeve", "O\u{2019}Brien"],
                "maeve.obrien@example.org",
                "first=Maeve|last=O\u{2019}Brien",
            ),
            (
                "name-title",
                ["Dr. Hedda Falk", "Dr. Hedda", "Falk"],
                "hedda.falk@example.com",
                "first=Dr. Hedda|last=Falk",
            ),
            (
                "name-dotless-i",
                ["Işıl Aydın", "Işıl", "Aydın"],
                "isil.aydin@example.com",
                "first=Işıl|last=Aydın",
            ),
            (
                "name-inner-blanks",
                ["  Juno   Abara ", " Juno ", " Abara  Bell "],
                "juno.abara@example.org",
                "first=Juno|last=Abara Bell",
            ),
            (
                "name-hyphen-guard",
                ["'-Ana Reis", "'-Ana", "Reis"],
                "ana.reis@example.com",
                "first='-Ana|last=Reis",
            ),
        ] {
            self.name((case, "note", detail), names, email);
        }
        self.name(
            (
                "name-is-email",
                "finding:name-is-email",
                "the platform puts the address where a name is missing",
            ),
            ["kestrel.reader@example.com", "kestrel.reader@example.com", ""],
            "kestrel.reader@example.com",
        );
        self.name(
            ("name-html-entity", "finding:html-entity", "kept as it is"),
            ["Nils &amp; Britt Ek", "Nils &amp; Britt", "Ek"],
            "nils.britt@example.org",
        );
        self.name(
            ("name-mojibake", "finding:mojibake", "kept as it is"),
            ["JosÃ© Prieto", "JosÃ©", "Prieto"],
            "jose.prieto@example.com",
        );
    }

    /// A contact changed by `change`.
    fn changed(
        &mut self,
        found: Label,
        (first, last, email): (&str, &str, &str),
        change: impl FnOnce(&mut Contact),
    ) {
        let mut contact = self.contact(first, last, email);
        contact.rejected = found.expect.strip_prefix("rejected:");
        contact.labels.push(found);
        change(&mut contact);
        self.one(&contact);
    }

    fn cells(&mut self) {
        self.changed(
            label("cell-crlf", "note", "a CRLF inside quotes"),
            ("Ada", "Sund", "ada.sund@example.com"),
            |contact| contact.city = "Oslo\r\nFrogner".to_owned(),
        );
        self.changed(
            label("cell-lf", "note", "line breaks inside quotes"),
            ("Ezra", "Moll", "ezra.moll@example.org"),
            |contact| contact.city = "Gent\n\nDampoort".to_owned(),
        );
        self.changed(
            label("cell-lone-cr", "note", "a CR alone inside quotes ends no line"),
            ("Tove", "Arango", "tove.arango@example.com"),
            |contact| contact.city = "Bergen\rNord".to_owned(),
        );
        self.changed(
            label("cell-doubled-quotes", "note", "doubled quotes are one quote"),
            ("Odile", "Ferrand", "odile.ferrand@example.com"),
            |contact| contact.city = "the \"Old\" Harbour".to_owned(),
        );
        self.changed(
            label(
                "cell-backslash-quote",
                "note",
                "a backslash before a quote is a backslash",
            ),
            ("Silas", "Brun", "silas.brun@example.org"),
            |contact| contact.city = "Saint \\\"Malo\\\"".to_owned(),
        );
        self.changed(
            label("cell-delimiters", "note", "semicolon, tab and bar are text here"),
            ("Ilana", "Voss", "ilana.voss@example.com"),
            |contact| contact.city = "Graz; Linz\tWels | Steyr".to_owned(),
        );
        self.changed(
            label("cell-hashes", "note", "printed from a narrow column"),
            ("Noa", "Rieger", "noa.rieger@example.com"),
            |contact| contact.phone = "######".to_owned(),
        );
        self.changed(
            label("cell-excel-number", "note", "a spreadsheet rounded it"),
            ("Piet", "Krol", "piet.krol@example.com"),
            |contact| contact.phone = "4.91512E+11".to_owned(),
        );
        self.changed(
            label(
                "cell-guarded-plus",
                "note",
                "the apostrophe stays: this profile does not write one",
            ),
            ("Mila", "Stroud", "mila.stroud@example.org"),
            |contact| contact.phone = "'+351 21 555 0199".to_owned(),
        );
        self.changed(
            label("cell-formula", "note", "text that a spreadsheet would run"),
            ("Rhys", "Calder", "rhys.calder@example.com"),
            |contact| contact.city = "=HYPERLINK(\"https://kestrel.example\")".to_owned(),
        );
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
        for (case, value) in [
            ("consent-true", "TRUE"),
            ("consent-yes", "Yes"),
            ("consent-1", "1"),
            ("consent-x", "x"),
            ("consent-on", "on"),
        ] {
            let email = format!("{}@example.org", case.replace('-', "."));
            self.changed(
                label(case, "member", "counts as opted in"),
                ("Wants", "Mail", &email),
                |contact| {
                    contact.marketing = value;
                },
            );
        }
        for (case, value) in [
            ("opted-out-no", "No"),
            ("opted-out-false", "FALSE"),
            ("opted-out-0", "0"),
        ] {
            let email = format!("{}@example.org", case.replace('-', "."));
            self.changed(
                label(case, "member", "opted_out=true"),
                ("Wants", "Quiet", &email),
                |contact| {
                    contact.marketing = value;
                },
            );
        }
        self.changed(
            label("consent-blank", "member", "blank counts as not opted out"),
            ("Says", "Nothing", "says.nothing@example.org"),
            |contact| contact.marketing = "",
        );
        self.changed(
            label(
                "consent-unknown",
                "finding:consent-unknown",
                "neither listed nor blank",
            ),
            ("Says", "Perhaps", "says.perhaps@example.org"),
            |contact| contact.marketing = "maybe later",
        );
        for case in ["row-blank", "row-blanks-only"] {
            let cell = if case == "row-blank" { "" } else { " " };
            self.groups.push(vec![Row {
                cells: vec![cell.to_owned(); 11],
                truth: Truth::NoRecord,
                labels: vec![label(case, "no-record", "a blank row is no record")],
            }]);
        }
    }

    fn products(&mut self) {
        self.changed(
            label("product-comma", "member", "grants=light,photo-101"),
            ("Comma", "Title", "comma.title@example.com"),
            |contact| contact.products = vec!["Light, Shadow, Colour", "Photography 101"],
        );
        self.changed(
            label("product-renamed", "member", "grants=darkroom"),
            ("Old", "Title", "old.title@example.com"),
            |contact| contact.products = vec!["Lightroom Basics (2019)"],
        );
        self.changed(
            label("product-twice", "member", "grants=photo-101"),
            ("Twice", "Listed", "twice.listed@example.com"),
            |contact| contact.products = vec!["Photography 101", "Photography 101"],
        );
        self.changed(
            label("product-blanks", "member", "grants=photo-101,darkroom"),
            ("Blank", "Title", "blank.title@example.com"),
            |contact| {
                contact.products = vec!["Photography 101", "Digital Darkroom"];
                contact.products_cell = Some(" Photography 101 ,Digital Darkroom  ");
            },
        );
        self.changed(
            label("product-other-case", "member", "grants=photo-101"),
            ("Loud", "Title", "loud.title@example.com"),
            |contact| contact.products_cell = Some("PHOTOGRAPHY 101"),
        );
        self.changed(
            label("product-bundle", "member", "grants=complete,light,photo-101"),
            ("Bundle", "Owner", "bundle.owner@example.com"),
            |contact| contact.products = vec!["The Complete Photographer"],
        );
        self.changed(
            label(
                "product-archived",
                "left-out:nothing-granted",
                "every mapped value is ignored",
            ),
            ("Archive", "Only", "archive.only@example.com"),
            |contact| contact.products = vec!["Archived: Film Days"],
        );
        self.changed(
            label(
                "all-ignored",
                "left-out:nothing-granted",
                "an old webinar and a lead tag",
            ),
            ("Webinar", "Guest", "webinar.guest@example.com"),
            |contact| {
                contact.products = vec!["Old Webinar 2021"];
                contact.tags = vec!["lead-summer"];
            },
        );
        self.changed(
            label(
                "nothing-held",
                "left-out:nothing-granted",
                "no product and no tag",
            ),
            ("Newsletter", "Reader", "newsletter.reader@example.com"),
            |contact| contact.products.clear(),
        );
        self.changed(
            label("tag-only", "member", "contact=only"),
            ("Preset", "Collector", "preset.collector@example.com"),
            |contact| contact.products = vec!["Free Preset Pack"],
        );
        self.changed(
            label("tag-nfd", "member", "tags=cafe-talks"),
            ("Accent", "Apart", "accent.apart@example.com"),
            |contact| {
                contact.tags = vec!["Café Talks"];
                contact.tags_cell = Some("Cafe\u{301} Talks");
            },
        );
        self.changed(
            label("tag-pattern", "member", "tags=alumni"),
            ("Alumni", "Pattern", "alumni.pattern@example.com"),
            |contact| contact.tags = vec!["alumni-2019", "lead-spring", "VIP"],
        );
    }

    fn people(&mut self) {
        let mut first = self.contact("Maria", "Kaltenbach", "maria.kaltenbach@example.com");
        let mut second = first.clone();
        first.labels.push(label(
            "two-names",
            "finding:name-conflict",
            "the first of two names counts",
        ));
        second.name = "Marie Kaltenbach-Roth".to_owned();
        second.first = "Marie".to_owned();
        second.last = "Kaltenbach-Roth".to_owned();
        second
            .labels
            .push(label("two-names", "merged", "another name of the same address"));
        self.two(&first, &second);

        let mut first = self.contact("Jonas", "Ahlgren", "jonas.ahlgren@example.com");
        first.phone = "+46 31 555 0101".to_owned();
        let mut second = first.clone();
        first.labels.push(label(
            "two-phones",
            "finding:field-conflict",
            "the first of two numbers counts",
        ));
        second.phone = "+46 31 555 0102".to_owned();
        second.labels.push(label(
            "two-phones",
            "merged",
            "another number of the same address",
        ));
        self.two(&first, &second);

        let mut first = self.contact("Zuri", "Njoroge", "zuri.njoroge@example.org");
        let mut second = first.clone();
        second.marketing = "no";
        first.labels.push(label(
            "consent-conflict",
            "finding:consent-conflict",
            "opted_out=true",
        ));
        second
            .labels
            .push(label("consent-conflict", "merged", "the record that opted out"));
        self.two(&first, &second);

        let mut first = self.contact("Emeka", "Lindholm", "emeka.lindholm@example.com");
        let mut second = self.contact("Emeka", "Lindholm", "emeka@lindholm.example");
        second.key.clone_from(&first.key);
        first.labels.push(label(
            "one-key-two-emails",
            "finding:key-of-two-addresses",
            "one person, two addresses",
        ));
        second
            .labels
            .push(label("one-key-two-emails", "member", "never merged"));
        self.two(&first, &second);

        let mut first = self.contact("Saga", "Petit", "saga.petit@example.com");
        let mut second = self.contact("Saga", "Petit", "saga.petit@example.com");
        first.labels.push(label(
            "one-email-two-keys",
            "finding:address-of-two-keys",
            "two keys, one address",
        ));
        second
            .labels
            .push(label("one-email-two-keys", "merged", "the second key"));
        self.two(&first, &second);

        let mut blank = self.contact("", "", "late.name@example.com");
        blank.name.clear();
        let mut named = blank.clone();
        named.name = "Late Namely".to_owned();
        named.first = "Late".to_owned();
        named.last = "Namely".to_owned();
        blank
            .labels
            .push(label("blank-then-name", "member", "first=Late|last=Namely"));
        named.labels.push(label(
            "blank-then-name",
            "merged",
            "the first name that is not blank counts",
        ));
        self.two(&blank, &named);
    }
}
