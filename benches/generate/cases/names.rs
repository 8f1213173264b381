//! Names as they are in exports.

use super::{Cases, label};

/// Case, finding, the cells Name, First Name and Last Name, the address, what must come of it.
type Name = (
    &'static str,
    &'static str,
    [&'static str; 3],
    &'static str,
    &'static str,
);

const SPLIT: &str = "finding:name-split";
const NAMES: [Name; 20] = [
    (
        "name-one-column",
        SPLIT,
        ["Rui Tavares", "", ""],
        "rui.tavares@example.org",
        "first=Rui|last=Tavares",
    ),
    (
        "name-last-first",
        SPLIT,
        ["Eriksen, Solveig", "", ""],
        "solveig@eriksen.example",
        "first=Solveig|last=Eriksen",
    ),
    (
        "name-van-der",
        SPLIT,
        ["Anouk van der Meer", "", ""],
        "anouk.vdm@example.com",
        "first=Anouk|last=van der Meer",
    ),
    (
        "name-de-la",
        SPLIT,
        ["Inés de la Fuente", "", ""],
        "ines.dlf@example.com",
        "first=Inés|last=de la Fuente",
    ),
    (
        "name-single",
        SPLIT,
        ["Suharni", "", ""],
        "suharni@example.org",
        "first=Suharni|last=",
    ),
    (
        "name-all-caps",
        "note",
        ["MAGDA KERN", "MAGDA", "KERN"],
        "magda.kern@example.com",
        "first=MAGDA|last=KERN",
    ),
    (
        "name-middle-lost",
        "note",
        ["Sol Beatriz Amaral", "Sol", "Amaral"],
        "sol.a@example.org",
        "first=Sol|last=Amaral",
    ),
    (
        "name-emoji",
        "note",
        ["Fleur 📷 Bonnet", "Fleur 📷", "Bonnet"],
        "fleur@example.com",
        "first=Fleur 📷|last=Bonnet",
    ),
    (
        "name-hebrew",
        "note",
        ["ליאור שפיגל", "ליאור", "שפיגל"],
        "lior.shpigel@example.com",
        "first=ליאור|last=שפיגל",
    ),
    (
        "name-arabic",
        "note",
        ["سلمى عيّاد", "سلمى", "عيّاد"],
        "salma.ayyad@example.org",
        "first=سلمى|last=عيّاد",
    ),
    (
        "name-cjk",
        "note",
        ["林 晓雯", "晓雯", "林"],
        "xiaowen.lin@example.com",
        "first=晓雯|last=林",
    ),
    (
        "name-nfd",
        "note",
        ["Rene\u{301} Aubert", "Rene\u{301}", "Aubert"],
        "rene.aubert@example.com",
        "first=Ren\u{e9}|last=Aubert",
    ),
    (
        "name-typographic-apostrophe",
        "note",
        ["Maeve O\u{2019}Brien", "Maeve", "O\u{2019}Brien"],
        "maeve.obrien@example.org",
        "first=Maeve|last=O\u{2019}Brien",
    ),
    (
        "name-title",
        "note",
        ["Dr. Hedda Falk", "Dr. Hedda", "Falk"],
        "h.falk@example.com",
        "first=Dr. Hedda|last=Falk",
    ),
    (
        "name-dotless-i",
        "note",
        ["Işıl Aydın", "Işıl", "Aydın"],
        "isil.aydin@example.com",
        "first=Işıl|last=Aydın",
    ),
    (
        "name-inner-blanks",
        "note",
        ["  Juno   Abara ", " Juno ", " Abara  Bell "],
        "juno.abara@example.org",
        "first=Juno|last=Abara Bell",
    ),
    (
        "name-guarded-hyphen",
        "note",
        ["'-Ana Reis", "'-Ana", "Reis"],
        "ana.reis@example.com",
        "first='-Ana|last=Reis",
    ),
    (
        "name-is-email",
        "finding:name-is-email",
        ["kestrel.reader@example.com", "kestrel.reader@example.com", ""],
        "kestrel.reader@example.com",
        "the platform puts the address where a name is missing",
    ),
    (
        "name-html-entity",
        "finding:html-entity",
        ["Nils &amp; Britt Ek", "Nils &amp; Britt", "Ek"],
        "nils.britt@example.org",
        "first=Nils &amp; Britt|last=Ek",
    ),
    (
        "name-mojibake",
        "finding:mojibake",
        ["JosÃ© Prieto", "JosÃ©", "Prieto"],
        "jose.prieto@example.com",
        "first=JosÃ©|last=Prieto",
    ),
];

impl Cases {
    pub(super) fn names(&mut self) {
        for (case, expect, [name, first, last], email, detail) in NAMES {
            self.changed(label(case, expect, detail), (first, last, email), |contact| {
                name.clone_into(&mut contact.name);
            });
        }
    }
}
