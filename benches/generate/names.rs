//! Invented names of people from many countries, and addresses made of them.

use std::collections::BTreeSet;

use fastrand::Rng;

const FIRST: [&str; 84] = [
    "Ana",
    "Mateo",
    "Ingrid",
    "Tomasz",
    "Yuki",
    "Amara",
    "Lars",
    "Priya",
    "Zoë",
    "Hamid",
    "Chloé",
    "Bram",
    "Siobhán",
    "Diego",
    "Aiko",
    "Nadia",
    "Jürgen",
    "Leila",
    "Marek",
    "Thandiwe",
    "Paulo",
    "Grace",
    "Noor",
    "Viktor",
    "Elif",
    "Rafael",
    "Hana",
    "Oskar",
    "Mei",
    "Kofi",
    "Clara",
    "Aleksander",
    "Fatima",
    "Henrik",
    "Lucía",
    "Dmitri",
    "Ayesha",
    "Pieter",
    "Sofia",
    "Emre",
    "Nkechi",
    "Giulia",
    "Bjørn",
    "Catarina",
    "Ravi",
    "Agnieszka",
    "Samuel",
    "Linh",
    "Teodor",
    "Maëlle",
    "Kwame",
    "Petra",
    "Arjun",
    "Rosa",
    "Stefan",
    "Hye",
    "Ilse",
    "Joaquín",
    "Maren",
    "Tariq",
    "Beatriz",
    "Anton",
    "Wanjiru",
    "Felix",
    "Nina",
    "Kenji",
    "Olga",
    "Hugo",
    "Sanna",
    "Baraka",
    "Eszter",
    "Ivo",
    "Renata",
    "Malik",
    "Dana",
    "Conor",
    "Yara",
    "Luka",
    "Vera",
    "Abel",
    "Sunita",
    "Gustav",
    "Mirela",
    "Tom",
];

const LAST: [&str; 88] = [
    "Costa",
    "Lindqvist",
    "Okafor",
    "Nowak",
    "Tanaka",
    "Müller",
    "Sharma",
    "Dubois",
    "Ferreira",
    "Jansen",
    "Haddad",
    "Kowalczyk",
    "Byrne",
    "Moreno",
    "Sato",
    "Novák",
    "Schäfer",
    "Rahimi",
    "Horváth",
    "Dlamini",
    "Almeida",
    "Whitfield",
    "Khalil",
    "Petrov",
    "Yılmaz",
    "Castillo",
    "Kim",
    "Nygård",
    "Chen",
    "Mensah",
    "Bianchi",
    "Wójcik",
    "Rahman",
    "Sørensen",
    "Gutiérrez",
    "Ivanova",
    "Qureshi",
    "Bakker",
    "Rossi",
    "Demir",
    "Adeyemi",
    "Ricci",
    "Halvorsen",
    "Pereira",
    "Iyer",
    "Zielińska",
    "Brooks",
    "Nguyen",
    "Popescu",
    "Lefèvre",
    "Asante",
    "Krüger",
    "Menon",
    "Delgado",
    "Vasić",
    "Park",
    "Maes",
    "Romero",
    "Brandt",
    "Siddiqui",
    "Oliveira",
    "Weber",
    "Kamau",
    "Lang",
    "Orlova",
    "Mori",
    "Sokolova",
    "Martin",
    "Virtanen",
    "Mwangi",
    "Szabó",
    "Horvat",
    "Duarte",
    "Benali",
    "Cohen",
    "Gallagher",
    "Farah",
    "Marić",
    "Holm",
    "Tesfaye",
    "Rao",
    "Nilsson",
    "Ionescu",
    "Hartley",
    "Fischer",
    "Achebe",
    "Laurent",
    "Quispe",
];

const DOMAINS: [&str; 6] = [
    "example.com",
    "example.org",
    "north.example",
    "harbour.example",
    "atelier.example",
    "kestrel.example",
];

/// Cities, so that a field has something to move.
pub(crate) const CITIES: [&str; 16] = [
    "Lisboa",
    "Göteborg",
    "Lagos",
    "Kraków",
    "Osaka",
    "München",
    "Pune",
    "Lyon",
    "Utrecht",
    "Tunis",
    "Dublin",
    "São Paulo",
    "Nairobi",
    "Bucureşti",
    "İzmir",
    "Toronto",
];

/// Gives each person a name and an address no one else has.
pub(crate) struct Namer {
    taken: BTreeSet<String>,
}

impl Namer {
    pub(crate) fn new() -> Self {
        Self {
            taken: BTreeSet::new(),
        }
    }

    /// First name, last name, address.
    pub(crate) fn next(&mut self, rng: &mut Rng) -> (String, String, String) {
        let (first, last) = (pick(rng, &FIRST), pick(rng, &LAST));
        let domain = pick(rng, &DOMAINS);
        let base = format!("{}.{}", ascii(first), ascii(last));
        let mut email = format!("{base}@{domain}");
        let mut number = 2;
        while !self.taken.insert(email.clone()) {
            email = format!("{base}{number}@{domain}");
            number += 1;
        }
        (first.to_owned(), last.to_owned(), email)
    }
}

/// A last name, for someone who takes a new one.
pub(crate) fn last_name(rng: &mut Rng) -> &'static str {
    pick(rng, &LAST)
}

/// One of them.
pub(crate) fn pick(rng: &mut Rng, from: &[&'static str]) -> &'static str {
    from.get(rng.usize(..from.len())).copied().unwrap_or_default()
}

fn ascii(name: &str) -> String {
    name.to_lowercase()
        .chars()
        .filter_map(|letter| match letter {
            'a'..='z' => Some(letter),
            'á' | 'ä' | 'ã' | 'å' => Some('a'),
            'é' | 'ë' | 'è' => Some('e'),
            'í' | 'ı' => Some('i'),
            'ó' | 'ö' | 'ø' => Some('o'),
            'ü' | 'ú' => Some('u'),
            'ń' => Some('n'),
            'ć' => Some('c'),
            'ł' => Some('l'),
            _ => None,
        })
        .collect()
}
