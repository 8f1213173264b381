//! The ordinary people of the school, as they are at one date and some weeks later.

use std::collections::BTreeMap;

use fastrand::Rng;

use crate::{
    contact::Contact,
    names::{CITIES, Namer, last_name, pick},
    rows::{Holding, Label, Row, Truth},
    school::{CLUB, DARKROOM, WORKSHOP},
};

/// The four exports.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum File {
    People,
    Subscriptions,
    Lisbon,
    Oslo,
}

/// One subscription to the club.
#[derive(Clone)]
pub(crate) struct Subscription {
    pub(crate) id: u64,
    pub(crate) status: &'static str,
    pub(crate) offer: &'static str,
    pub(crate) amount: &'static str,
    pub(crate) created: &'static str,
    pub(crate) canceled: &'static str,
}

/// One person.
#[derive(Clone)]
pub(crate) struct Student {
    /// Where in the files the person is, kept from one export to the next.
    pub(crate) place: u64,
    /// The contact, `None` for who is only in other files.
    pub(crate) contact: Contact,
    pub(crate) in_people: bool,
    pub(crate) subscriptions: Vec<Subscription>,
    pub(crate) workshop: Option<File>,
    pub(crate) labels: BTreeMap<File, Vec<Label>>,
}

impl Student {
    /// Labels the person's row in a file.
    pub(crate) fn label(
        &mut self,
        file: File,
        case: &'static str,
        expect: &'static str,
        detail: &'static str,
    ) {
        self.labels
            .entry(file)
            .or_default()
            .push(Label { case, expect, detail });
    }

    fn labels(&self, file: File) -> Vec<Label> {
        self.labels.get(&file).cloned().unwrap_or_default()
    }

    /// The row in the contacts export.
    pub(crate) fn people_row(&self) -> Row {
        let mut contact = self.contact.clone();
        contact.labels.extend(self.labels(File::People));
        if self.subscriptions.iter().any(Subscription::gives_access) {
            contact.products.push("Studio Club");
        }
        contact.row()
    }

    /// The rows in the subscriptions export; the label is on the last.
    pub(crate) fn subscription_rows(&self) -> Vec<Row> {
        let last = self.subscriptions.len().saturating_sub(1);
        self.subscriptions
            .iter()
            .enumerate()
            .map(|(number, subscription)| {
                let mut row = subscription.row(&self.contact);
                if number == last {
                    row.labels = self.labels(File::Subscriptions);
                }
                row
            })
            .collect()
    }

    /// The row in a workshop's progress export.
    pub(crate) fn workshop_row(&self, file: File, rng: &mut Rng) -> Row {
        let viewed = rng.u8(0..=100);
        let completed = if viewed > 95 {
            "2026-08-21 17:04:10 UTC"
        } else {
            ""
        };
        let mut cells: Vec<String> = [&self.contact.first, &self.contact.last, &self.contact.email]
            .map(Clone::clone)
            .into();
        cells.extend(
            [
                "",
                completed,
                "2026-08-01 09:00:00 UTC",
                "2026-07-30 12:00:00 UTC",
                "",
                "2026-09-02 06:31:44 UTC",
            ]
            .map(str::to_owned),
        );
        cells.extend([viewed, viewed / 2, 100, viewed, viewed / 3].map(|share| share.to_string()));
        let holding = Holding {
            email: self.contact.normal.clone(),
            grants: DARKROOM,
            tags: WORKSHOP,
            ..Holding::default()
        };
        Row {
            cells,
            truth: Truth::Member(holding),
            labels: self.labels(file),
        }
    }
}

impl Subscription {
    fn gives_access(&self) -> bool {
        let status = self.status.to_lowercase();
        self.offer.starts_with("Studio Club") && (status == "active" || status == "trial")
    }

    fn row(&self, contact: &Contact) -> Row {
        let id = self.id.to_string();
        let (next, trial) = match self.status {
            "active" => ("Dec 14, 2026", ""),
            "trial" => ("Dec 20, 2026", "Dec 20, 2026"),
            _ => ("", ""),
        };
        let interval = if self.offer.ends_with("Annual") {
            "year"
        } else {
            "month"
        };
        let name = if contact.name.is_empty() {
            String::new()
        } else {
            format!("{} {}", contact.first, contact.last)
        };
        let cells = [
            &id,
            self.amount,
            "EUR",
            interval,
            self.status,
            self.created,
            self.canceled,
            trial,
            next,
            &contact.key,
            &name,
            &contact.email,
            "2150318877",
            self.offer,
            "stripe",
            "",
            "",
        ];
        let truth = if let Some(code) = contact.rejected {
            Truth::Rejected(code)
        } else {
            let club = if self.offer.starts_with("Studio Club") {
                CLUB
            } else {
                0
            };
            let access = self.gives_access();
            Truth::Member(Holding {
                email: contact.normal.clone(),
                grants: if access { club } else { 0 },
                revokes: if access { 0 } else { club },
                ..Holding::default()
            })
        };
        Row {
            cells: cells.map(str::to_owned).into(),
            truth,
            labels: Vec::new(),
        }
    }
}

/// Makes people, each with keys and addresses of their own.
pub(crate) struct Maker {
    pub(crate) rng: Rng,
    namer: Namer,
    key: u64,
    subscription: u64,
}

impl Maker {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            rng: Rng::with_seed(seed),
            namer: Namer::new(),
            key: 2_194_986_380,
            subscription: 2_150_400_117,
        }
    }

    /// A place between the others.
    pub(crate) fn place(&mut self) -> u64 {
        self.rng.u64(..)
    }

    /// Someone of whom nothing is known but name, address, city and phone.
    pub(crate) fn person(&mut self) -> Student {
        let (first, last, email) = self.namer.next(&mut self.rng);
        self.key += self.rng.u64(11..90_000);
        let mut contact = Contact::new(&first, &last, &email, self.key);
        if self.rng.u8(..10) < 6 {
            contact.phone = format!("+{} 555 {:04}", self.rng.u8(30..90), self.rng.u16(100..10_000));
        }
        if self.rng.u8(..10) < 7 {
            pick(&mut self.rng, &CITIES).clone_into(&mut contact.city);
        }
        contact.marketing = match self.rng.u8(..20) {
            0 | 1 => "no",
            2..=5 => "",
            _ => "yes",
        };
        Student {
            place: self.place(),
            contact,
            in_people: true,
            subscriptions: Vec::new(),
            workshop: None,
            labels: BTreeMap::new(),
        }
    }

    /// A subscription of that status.
    pub(crate) fn subscribe(&mut self, status: &'static str) -> Subscription {
        self.subscription += self.rng.u64(1..900);
        let monthly = self.rng.u8(..3) > 0;
        let left = matches!(status, "canceled" | "expired");
        Subscription {
            id: self.subscription,
            status,
            offer: if monthly {
                "Studio Club Monthly"
            } else {
                "Studio Club Annual"
            },
            amount: if monthly { "19.00" } else { "190.00" },
            created: pick(
                &mut self.rng,
                &["Nov 28, 2025", "Jan 9, 2026", "Mar 31, 2026", "Jun 2, 2026"],
            ),
            canceled: if left {
                pick(&mut self.rng, &["Jul 14, 2026", "Sep 30, 2026", "Oct 3, 2026"])
            } else {
                ""
            },
        }
    }

    /// Someone with the mix of things that such a school's customers hold.
    pub(crate) fn student(&mut self) -> Student {
        let mut student = self.person();
        let mut products = Vec::new();
        match self.rng.u8(..100) {
            0..=43 => {
                products.push(pick(
                    &mut self.rng,
                    &[
                        "Photography 101",
                        "Photography 101",
                        "Light, Shadow, Colour",
                        "Digital Darkroom",
                    ],
                ));
                if self.rng.u8(..4) == 0 && !products.contains(&"Digital Darkroom") {
                    products.push("Digital Darkroom");
                }
            }
            44..=55 => products.push("The Complete Photographer"),
            56..=58 => products.push("Studio Club Lifetime"),
            59..=70 => products.push("Free Preset Pack"),
            71..=80 => products.push(pick(
                &mut self.rng,
                &[
                    "Old Webinar 2021",
                    "Old Webinar: Night Sky",
                    "Archived: Film Days",
                ],
            )),
            _ => {}
        }
        student.contact.products = products;
        if self.rng.u8(..3) == 0 {
            student.contact.tags.push(pick(
                &mut self.rng,
                &[
                    "lead-summer",
                    "lead-spring",
                    "newsletter",
                    "newsletter",
                    "alumni-2019",
                    "alumni-2022",
                    "VIP",
                    "Café Talks",
                ],
            ));
        }
        if self.rng.u8(..40) == 0 {
            student.contact.tags.push("Ambassador");
        }
        if self.rng.u8(..100) < 19 {
            let status = pick(
                &mut self.rng,
                &[
                    "active", "active", "active", "Active", "trial", "canceled", "canceled", "expired",
                    "paused",
                ],
            );
            let subscription = self.subscribe(status);
            student.subscriptions.push(subscription);
        }
        if self.rng.u8(..100) < 18 {
            student.workshop = Some(if self.rng.bool() { File::Lisbon } else { File::Oslo });
        }
        student
    }

    /// Takes another last name.
    pub(crate) fn rename(&mut self, contact: &mut Contact) {
        let last = last_name(&mut self.rng);
        last.clone_into(&mut contact.last);
        contact.name = format!("{} {last}", contact.first);
    }
}
