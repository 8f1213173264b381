//! Random bytes in; a whole plan text, exports that fit it, and what their cells were made of, out.
//!
//! A world is drawn with [`Dice`]: zeros draw the plainest choice, so that a failure shrinks to a small
//! plan. The plan is always sound: the reader must accept it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Write as _},
};

use jiff::{ToSpan, civil::Date};
use proptest::prelude::*;
use rehome::{
    model::{RowBatch, RowTrouble},
    plan::Plan,
    wanted::{RecordFold, Wanted},
};

use crate::support::plan::read_plan;

/// The day of every plan.
pub(crate) const AS_OF: Date = jiff::civil::date(2026, 11, 16);
/// Addresses of the exports; the site knows some more.
pub(crate) const ADDRESSES: usize = 11;

const MODULES: [u16; 4] = [0, 3, 1, 6];
const STATUSES: [&str; 4] = ["active", "trial", "ended", ""];
/// What a source that looks at the status says of it.
const STATUSES_TABLE: &str = "statuses = { column = \"Status\", gives = [\"active\"], until = { words = [\"trial\"], column = \"Until\" }, ended = [\"ended\", \"\"] }";
const SCORES: [&str; 4] = ["80", "79.5", "100", ""];
/// Days from [`AS_OF`].
const DAYS: [i64; 11] = [0, -7, 7, -1, 1, -8, -6, 30, -30, 400, -400];
/// What may appear on the left in a map, and the values that cells may hold; one has a separator.
const LEFTS: [&str; 6] = [
    "Alpha",
    "Beta",
    "Light, Fast",
    "Course -> *",
    "Course*",
    "Course -> Oils",
];
const VALUES: [&str; 7] = [
    "Alpha",
    "Beta",
    "Light, Fast",
    "Course -> Oils",
    "Course -> Ink",
    "Course -> Tag 0",
    "Courses",
];

/// Draws choices from random bytes; the first choice when they run out.
pub(crate) struct Dice<'a>(std::slice::Iter<'a, u8>);

impl<'a> Dice<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes.iter())
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) * count / 256
    }

    /// True in so many of a hundred.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    pub(crate) fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// An offering; it includes only offerings before it.
#[derive(Debug, Clone)]
pub(crate) struct Offering {
    pub(crate) includes: Vec<usize>,
    pub(crate) modules: u16,
    pub(crate) base: bool,
    pub(crate) instant: bool,
    pub(crate) revoke: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Release {
    All,
    Start,
    Modules(u16),
    Drip(u32),
}

/// A day from [`AS_OF`]; `None` is `"as-of"`.
pub(crate) type Bound = Option<i64>;

#[derive(Debug, Clone)]
pub(crate) enum Condition {
    Status(Vec<&'static str>),
    NotStatus(Vec<&'static str>),
    Joined {
        before: Option<Bound>,
        after: Option<Bound>,
    },
    /// In tenths.
    Score {
        at_least: Option<i64>,
        at_most: Option<i64>,
    },
}

/// A line of a map, or `each_row`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    pub(crate) left: &'static str,
    pub(crate) ignore: bool,
    pub(crate) grant: Option<usize>,
    pub(crate) release: Option<Release>,
    pub(crate) ends: Option<End>,
    /// Keys of `[tags]`, or templates.
    pub(crate) tags: Vec<&'static str>,
    pub(crate) when: Vec<Condition>,
    pub(crate) otherwise_revoke: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Map {
    pub(crate) column: &'static str,
    pub(crate) separator: Option<&'static str>,
    pub(crate) lines: Vec<Line>,
}

/// A field: its name, how the plan types it, and cells with what they become.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    kind: &'static str,
    cells: [(&'static str, &'static str); 4],
}

const FIELDS: [Field; 6] = [
    Field {
        name: "city",
        kind: "",
        cells: [
            ("", ""),
            ("Lisbon", "Lisbon"),
            ("  Porto ", "Porto"),
            ("New York", "New York"),
        ],
    },
    Field {
        name: "phone",
        kind: "type = \"phone\", country = \"ES\"",
        cells: [
            ("", ""),
            ("912 345 678", "+34912345678"),
            ("ask Ana", "ask Ana"),
            ("+34 912 345 679", "+34912345679"),
        ],
    },
    Field {
        name: "birthday",
        kind: "type = \"date\", format = \"%d/%m/%Y\"",
        cells: [
            ("", ""),
            ("28/01/1980", "1980-01-28"),
            ("soon", ""),
            ("30/12/1899", ""),
        ],
    },
    Field {
        name: "points",
        kind: "type = \"number\"",
        cells: [("", ""), ("7", "7"), ("many", ""), ("-12", "-12")],
    },
    Field {
        name: "country",
        kind: "type = \"country\"",
        cells: [("", ""), ("spain", "ES"), ("Atlantis", "Atlantis"), ("PT", "PT")],
    },
    Field {
        name: "pets",
        kind: "type = \"yes-no\"",
        cells: [("", ""), ("Yes", "yes"), ("perhaps", ""), ("0", "no")],
    },
];

#[expect(
    clippy::struct_excessive_bools,
    reason = "a plan may or may not have each of these keys"
)]
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) key: &'static str,
    pub(crate) maps: Vec<Map>,
    pub(crate) each_row: Option<Line>,
    pub(crate) ends: Option<End>,
    /// Its status says who has access: "trial" until a day, "ended" and a blank cell no more.
    pub(crate) statuses: bool,
    /// It knows when its people registered.
    pub(crate) since: bool,
    /// `gone`, of a source that is complete; blank if it is and does not say.
    pub(crate) complete: Option<&'static str>,
    pub(crate) consent: bool,
    pub(crate) keyed: bool,
    names: bool,
    login: &'static str,
    european: bool,
    /// Which of the world's fields it fills, and whether it says what becomes of values that are there.
    pub(crate) fields: Vec<(usize, bool)>,
    pub(crate) rows: Vec<Row>,
}

/// When what a record grants ends: on the day in a column, or so many days after another one.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End {
    On,
    Counted(u32),
}

/// One record: what its cells were made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    /// Whose address it has; `None` if the cell contains none.
    pub(crate) who: Option<usize>,
    email: String,
    pub(crate) ragged: bool,
    pub(crate) first: &'static str,
    pub(crate) last: &'static str,
    /// For each map, the values of the cell.
    pub(crate) values: Vec<Vec<&'static str>>,
    shout: bool,
    pub(crate) status: &'static str,
    pub(crate) joined: Option<i64>,
    pub(crate) score: &'static str,
    pub(crate) ends: Option<i64>,
    /// The last day that the status has.
    pub(crate) until: Option<i64>,
    /// Never to come.
    pub(crate) since: Option<i64>,
    pub(crate) marketing: &'static str,
    key: String,
    login: &'static str,
    /// For each field of the source, the cell and what it becomes.
    pub(crate) fields: Vec<(&'static str, &'static str)>,
}

/// A plan, its exports, and the bytes that they and a site are drawn from.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) offerings: Vec<Offering>,
    pub(crate) users: &'static str,
    pub(crate) contacts: &'static str,
    login: &'static str,
    /// The contact system is one of its own; what it says of those who opted out.
    pub(crate) simulated: Option<&'static str>,
    pub(crate) creates_opted_out: bool,
    pub(crate) max_field_chars: Option<u32>,
    pub(crate) existing_fields: &'static str,
    pub(crate) remove_tags: bool,
    pub(crate) accept: bool,
    pub(crate) limits: Option<(&'static str, u64)>,
    /// Old and new address; the new one has the smaller number.
    pub(crate) same: BTreeMap<usize, usize>,
    /// The fields, each with what becomes of values that are there where some source says it.
    pub(crate) fields: Vec<(Field, Option<&'static str>)>,
    pub(crate) sources: Vec<Source>,
    /// The site is drawn from these.
    pub(crate) site: Vec<u8>,
    /// What else a law draws: an order, a later day, later exports.
    pub(crate) more: Vec<u8>,
    dice: [Vec<u8>; 4],
}

/// A failure shows the plan as a person would write it, and its rows.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}", self.text())?;
        for (source, at) in self.sources.iter().zip(0..) {
            writeln!(f, "# {}: {}", source.key, self.headers(at).join(";"))?;
            for row in &source.rows {
                let cells: Vec<String> = self
                    .headers(at)
                    .iter()
                    .map(|header| self.cell(at, row, header))
                    .collect();
                writeln!(
                    f,
                    "# {}{}",
                    cells.join(";"),
                    if row.ragged { " (ragged)" } else { "" }
                )?;
            }
        }
        let hex = |bytes: &Vec<u8>| {
            let used = bytes
                .iter()
                .rposition(|byte| *byte != 0)
                .map_or(0, |last| last + 1);
            bytes[..used].iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
        };
        let dice: Vec<String> = self.dice.iter().map(hex).collect();
        write!(f, "# again: REHOME_WORLD={}", dice.join("."))
    }
}

/// Random worlds; the one of `REHOME_WORLD` alone where that is set, as a failure shows it.
pub(crate) fn worlds() -> BoxedStrategy<World> {
    if let Ok(again) = std::env::var("REHOME_WORLD") {
        let bytes = |hex: &str| -> Vec<u8> {
            let pairs = (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16));
            pairs.map(|byte| byte.expect("two hexadecimal digits")).collect()
        };
        let mut parts = again.split('.').map(bytes);
        let dice = std::array::from_fn(|_| parts.next().unwrap_or_default());
        return Just(World::draw(&dice)).boxed();
    }
    let bytes = |count: usize| prop::collection::vec(any::<u8>(), count);
    (bytes(260), bytes(330), bytes(300), bytes(90))
        .prop_map(|(plan, rows, site, more)| World::draw(&[plan, rows, site, more]))
        .boxed()
}

pub(crate) fn address(who: usize) -> String {
    format!("person{who}@example.com")
}

pub(crate) fn day(offset: i64) -> Date {
    AS_OF.checked_add(offset.days()).expect("a day of these years")
}

impl World {
    fn draw(dice: &[Vec<u8>; 4]) -> Self {
        let plan = &mut Dice::new(&dice[0]);
        let mut world = Self {
            offerings: Vec::new(),
            users: plan.one_of(&["granted", "all", "none"]),
            contacts: plan.one_of(&["granted", "mapped", "all"]),
            login: plan.one_of(&["email", "local-part"]),
            simulated: plan.chance(40).then(|| plan.one_of(&["", "skip", "create"])),
            creates_opted_out: !plan.chance(40),
            max_field_chars: plan.chance(30).then(|| u32::from(plan.chance(50)) * 6 + 2),
            existing_fields: plan.one_of(&["fill-blanks", "keep", "overwrite"]),
            remove_tags: plan.chance(40),
            accept: plan.chance(40),
            limits: plan
                .chance(50)
                .then(|| (plan.one_of(&["30%", "0%", "100%", "2"]), plan.below(4) as u64)),
            same: BTreeMap::new(),
            fields: Vec::new(),
            sources: Vec::new(),
            site: Vec::new(),
            more: Vec::new(),
            dice: dice.clone(),
        };
        for at in 0..=plan.below(4) {
            let offering = Self::draw_offering(at, plan);
            world.offerings.push(offering);
        }
        for field in FIELDS {
            if plan.chance(30) {
                let existing = plan
                    .chance(50)
                    .then(|| plan.one_of(&["keep", "fill-blanks", "overwrite"]));
                world.fields.push((field, existing));
            }
        }
        for old in 5..ADDRESSES {
            if plan.chance(8) {
                world.same.insert(old, plan.below(old));
            }
        }
        for key in &["south", "north", "west"][..=plan.below(3)] {
            let source = world.draw_source(key, plan);
            world.sources.push(source);
        }
        let rows = &mut Dice::new(&dice[1]);
        for at in 0..world.sources.len() {
            world.sources[at].rows = (0..rows.below(8)).map(|_| world.draw_row(at, rows)).collect();
        }
        world.site.clone_from(&dice[2]);
        world.more.clone_from(&dice[3]);
        world
    }

    fn draw_offering(at: usize, dice: &mut Dice<'_>) -> Offering {
        let includes: Vec<usize> = (0..at).filter(|_| dice.chance(30)).collect();
        // A bundle may be nothing but what it includes; otherwise something of its own must give access.
        let tagless = !includes.is_empty() && dice.chance(30);
        let modules = if tagless { 0 } else { dice.one_of(&MODULES) };
        let instant = !tagless && !dice.chance(25);
        let base = !tagless && (!dice.chance(20) || !(instant || modules > 0));
        let revoke = !dice.chance(20);
        Offering {
            includes,
            modules,
            base,
            instant,
            revoke,
        }
    }

    /// What a grant of an offering gives access to.
    pub(crate) fn reach(&self, offering: usize) -> BTreeSet<usize> {
        let included = self.offerings[offering].includes.iter();
        included
            .flat_map(|one| self.reach(*one))
            .chain([offering])
            .collect()
    }

    /// Everything that a grant reaches and that has a tag for access can be revoked.
    fn can_be_revoked(&self, offering: usize) -> bool {
        let without = |at: &usize| {
            let one = &self.offerings[*at];
            !one.revoke && (one.base || one.instant || one.modules > 0)
        };
        !self.reach(offering).iter().any(without)
    }

    fn draw_source(&self, key: &'static str, dice: &mut Dice<'_>) -> Source {
        let mut maps = Vec::new();
        for column in &["Titles", "Labels"][..dice.below(3)] {
            let separator = dice.one_of(&[Some("|"), Some(","), None]);
            let mut lines = Vec::new();
            for left in LEFTS {
                if dice.chance(60) {
                    lines.push(self.draw_line(left, dice));
                }
            }
            if !lines.is_empty() {
                maps.push(Map {
                    column,
                    separator,
                    lines,
                });
            }
        }
        let each_row = (maps.is_empty() || dice.chance(25)).then(|| self.draw_line("", dice));
        let mut source = Source {
            key,
            maps,
            each_row,
            ends: None,
            statuses: false,
            since: dice.chance(40),
            complete: None,
            consent: dice.chance(50),
            keyed: dice.chance(30),
            names: dice.chance(60),
            login: dice.one_of(&[
                "",
                "login = \"email\"",
                "login = \"local-part\"",
                "username = \"Login\"",
            ]),
            european: dice.chance(50),
            fields: (0..self.fields.len())
                .filter(|_| dice.chance(60))
                .map(|at| (at, true))
                .collect(),
            rows: Vec::new(),
        };
        for (_, says) in &mut source.fields {
            *says = !dice.chance(30);
        }
        let granted: Vec<usize> = source.lines().filter_map(|line| line.grant).collect();
        let revocable = granted.iter().all(|one| self.can_be_revoked(*one));
        if !granted.is_empty() {
            let ends_some = source
                .lines()
                .any(|line| line.grant.is_some() && line.ends.is_none());
            source.ends = (revocable && ends_some && dice.chance(40)).then(|| End::draw(dice));
            source.statuses = revocable && dice.chance(35);
            let gone: &[&str] = if revocable {
                &["revoke", "", "report"]
            } else {
                &["report", ""]
            };
            source.complete = dice.chance(40).then(|| dice.one_of(gone));
        }
        source
    }

    /// A line of a map; without a left side `each_row`, which neither ignores nor carries over.
    fn draw_line(&self, left: &'static str, dice: &mut Dice<'_>) -> Line {
        let mut line = Line {
            left,
            ..Line::default()
        };
        if !left.is_empty() && dice.chance(10) {
            line.ignore = true;
            return line;
        }
        let grants = !dice.chance(25);
        if !grants || dice.chance(30) {
            line.tags.push(dice.one_of(&["t0", "t1"]));
            if !left.is_empty() && dice.chance(40) {
                line.tags.push("Kept: $value");
            }
            if left.ends_with('*') && dice.chance(70) {
                line.tags.push("$rest");
            }
        }
        if dice.chance(45) {
            line.when = draw_conditions(dice);
        }
        if !grants {
            return line;
        }
        let offering = dice.below(self.offerings.len());
        line.grant = Some(offering);
        let most = self.most_modules(offering);
        if most > 0 {
            line.release = Some(match dice.below(5) {
                0 => Release::Start,
                1 => Release::All,
                2 => Release::Modules(1 + u16::try_from(dice.below(usize::from(most))).unwrap_or(0)),
                _ => Release::Drip(dice.one_of(&[7, 1, 30])),
            });
        }
        line.ends = (self.can_be_revoked(offering) && dice.chance(25)).then(|| End::draw(dice));
        line.otherwise_revoke = !line.when.is_empty() && self.can_be_revoked(offering) && dice.chance(60);
        line
    }

    /// The most modules of what a grant of an offering reaches.
    fn most_modules(&self, offering: usize) -> u16 {
        let reached = self.reach(offering);
        reached
            .iter()
            .map(|one| self.offerings[*one].modules)
            .max()
            .unwrap_or(0)
    }

    fn draw_row(&self, source: usize, dice: &mut Dice<'_>) -> Row {
        let source = &self.sources[source];
        let number = dice.below(ADDRESSES - 2);
        let trouble = dice.below(20);
        let (who, email) = match trouble {
            19 => (
                None,
                dice.one_of(&["nobody", "", "a@example.com, b@example.com"])
                    .to_owned(),
            ),
            18 => (Some(number), format!("  {} ", address(number).to_uppercase())),
            17 => (Some(number), format!("mailto:{}", address(number))),
            _ => (Some(number), address(number)),
        };
        let key_of = match dice.below(8) {
            6 => None,
            7 => Some(dice.below(ADDRESSES)),
            _ => Some(number),
        };
        let mut values = Vec::new();
        for map in &source.maps {
            let count = if map.separator.is_some() {
                dice.below(4)
            } else {
                dice.below(5).min(1)
            };
            values.push((0..count).map(|_| dice.one_of(&VALUES)).collect());
        }
        Row {
            who,
            email,
            ragged: trouble == 16,
            first: dice.one_of(&["", "Ana", "Bo", "Cy"]),
            last: dice.one_of(&["", "Lima", "Mori"]),
            values,
            shout: dice.chance(15),
            status: dice.one_of(&STATUSES),
            joined: dice.chance(85).then(|| dice.one_of(&DAYS)),
            score: dice.one_of(&SCORES),
            ends: dice.chance(70).then(|| dice.one_of(&DAYS)),
            until: dice.chance(80).then(|| dice.one_of(&DAYS)),
            since: dice.chance(70).then(|| -dice.one_of(&DAYS).abs()),
            marketing: dice.one_of(&["", "yes", "No", "perhaps", " no "]),
            key: key_of.map_or_else(String::new, |who| format!("K{who}")),
            login: dice.one_of(&["", "ana", "bo", "j\u{f6}rg", "person1@example.com"]),
            fields: source
                .fields
                .iter()
                .map(|(at, _)| dice.one_of(&self.fields[*at].0.cells))
                .collect(),
        }
    }

    /// The address under which a record counts.
    pub(crate) fn who(&self, row: &Row) -> Option<usize> {
        let mut who = row.who.filter(|_| !row.ragged)?;
        while let Some(new) = self.same.get(&who) {
            who = *new;
        }
        Some(who)
    }

    /// The names of an offering's tags: base, instant, modules; and its revoke tag.
    pub(crate) fn tags_of(
        &self,
        offering: usize,
    ) -> (Option<String>, Option<String>, Vec<String>, Option<String>) {
        let one = &self.offerings[offering];
        let name = |suffix: &str| format!("Offer {offering}{suffix}");
        (
            one.base.then(|| name("")),
            one.instant.then(|| name(" (instant)")),
            (1..=one.modules)
                .map(|module| name(&format!(" (module {module})")))
                .collect(),
            one.revoke.then(|| name(" (revoked)")),
        )
    }

    fn headers(&self, source: usize) -> Vec<&'static str> {
        let source = &self.sources[source];
        let fields = source.fields.iter().map(|(at, _)| self.fields[*at].0.name);
        let mut all = vec![
            "Email",
            "First",
            "Last",
            "Status",
            "Joined",
            "Score",
            "Ends",
            "Until",
            "Since",
            "Marketing",
            "Key",
            "Login",
        ];
        all.extend(source.maps.iter().map(|map| map.column));
        all.extend(fields);
        all
    }

    fn cell(&self, source: usize, row: &Row, header: &str) -> String {
        let source = &self.sources[source];
        let date = |offset: Option<i64>| {
            let Some(day) = offset.map(day) else {
                return String::new();
            };
            if source.european {
                day.strftime("%d/%m/%Y").to_string()
            } else {
                day.to_string()
            }
        };
        let column = |name: &str| source.maps.iter().position(|map| map.column == name);
        match header {
            "Email" => row.email.clone(),
            "First" => row.first.to_owned(),
            "Last" => row.last.to_owned(),
            "Status" if row.shout => format!(" {} ", row.status.to_uppercase()),
            "Status" => row.status.to_owned(),
            "Joined" => date(row.joined),
            "Score" => row.score.to_owned(),
            "Ends" => date(row.ends),
            "Until" => date(row.until),
            "Since" => date(row.since),
            "Marketing" => row.marketing.to_owned(),
            "Key" => row.key.clone(),
            "Login" => row.login.to_owned(),
            "Titles" | "Labels" => {
                let at = column(header).expect("a map");
                let join = source.maps[at].separator.unwrap_or_default();
                let values = row.values[at].iter().map(|value| match (row.shout, *value) {
                    (true, "Alpha" | "Beta") => format!(" {} ", value.to_uppercase()),
                    _ => (*value).to_owned(),
                });
                values.collect::<Vec<_>>().join(join)
            }
            _ => {
                let at = source
                    .fields
                    .iter()
                    .position(|(at, _)| self.fields[*at].0.name == header);
                row.fields[at.expect("a field")].0.to_owned()
            }
        }
    }

    /// The plan as a person would write it.
    pub(crate) fn text(&self) -> String {
        let mut text = String::from(
            "[migration]\nname = \"law\"\nas_of = 2026-11-16\n[site]\nkind = \"local\"\npath = \"s.sqlite\"\n[contacts]\n",
        );
        match self.simulated {
            None => text.push_str("system = \"managed\"\n"),
            Some(rule) => {
                text.push_str("system = \"simulated\"\nurl = \"http://127.0.0.1:8700\"\n");
                if !rule.is_empty() {
                    let _ = writeln!(text, "opted_out = \"{rule}\"");
                }
            }
        }
        let _ = writeln!(
            text,
            "[members]\nusers = \"{}\"\ncontacts = \"{}\"\nlogin = \"{}\"",
            self.users, self.contacts, self.login
        );
        let _ = writeln!(
            text,
            "[policy]\nexisting_fields = \"{}\"\nremove_tags = {}",
            self.existing_fields, self.remove_tags
        );
        if self.accept {
            text.push_str("accept = \"renames\"\n");
        }
        if let Some((updates, lost)) = self.limits {
            let quote = if updates.ends_with('%') { "\"" } else { "" };
            let _ = writeln!(
                text,
                "[policy.limits]\nupdates = {quote}{updates}{quote}\nlost_access = {lost}"
            );
        }
        text.push_str("[tags.t0]\nname = \"Tag 0\"\n[tags.t1]\nname = \"Tag 1\"\n");
        for (at, offering) in self.offerings.iter().enumerate() {
            let _ = writeln!(text, "[offerings.o{at}]\nname = \"Offer {at}\"");
            if !offering.includes.is_empty() {
                let keys: Vec<String> = offering
                    .includes
                    .iter()
                    .map(|one| format!("\"o{one}\""))
                    .collect();
                let _ = writeln!(text, "kind = \"bundle\"\nincludes = [{}]", keys.join(", "));
            }
            if offering.modules > 0 {
                let _ = writeln!(text, "modules = {}", offering.modules);
            }
            for (tag, owned) in [
                ("base", offering.base),
                ("instant", offering.instant),
                ("revoke", offering.revoke),
            ] {
                if !owned {
                    let _ = writeln!(text, "tags.{tag} = false");
                }
            }
        }
        if !self.same.is_empty() {
            text.push_str("[same]\n");
            for (old, new) in &self.same {
                let _ = writeln!(text, "\"{}\" = \"{}\"", address(*old), address(*new));
            }
        }
        for source in &self.sources {
            self.source_text(source, &mut text);
        }
        text
    }

    fn source_text(&self, source: &Source, text: &mut String) {
        let key = source.key;
        let names = if source.names {
            ", first_name = \"First\", last_name = \"Last\""
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "[sources.{key}]\nprofile = \"table\"\nfile = \"{key}.csv\"\ncolumns = {{ email = \"Email\"{names} }}"
        );
        let mut line = |written: &str| {
            text.push_str(written);
            text.push('\n');
        };
        if source.european {
            line("dates = { format = \"%d/%m/%Y\" }");
        }
        if source.keyed {
            line("key = \"Key\"");
        }
        if source.consent {
            line("consent = { column = \"Marketing\", opted_out = [\"no\"], opted_in = [\"yes\"] }");
        }
        if let Some(end) = source.ends {
            line(&end.text());
        }
        if source.statuses {
            line(STATUSES_TABLE);
        }
        if source.since {
            line("registered = \"Since\"");
        }
        if let Some(gone) = source.complete {
            line("complete = true");
            if !gone.is_empty() {
                line(&format!("gone = \"{gone}\""));
            }
        }
        if !source.login.is_empty() {
            line(source.login);
        }
        let lists: Vec<String> = source
            .maps
            .iter()
            .filter_map(|map| Some(format!("{} = \"{}\"", map.column, map.separator?)))
            .collect();
        if !lists.is_empty() {
            line(&format!("lists = {{ {} }}", lists.join(", ")));
        }
        if let Some(each) = &source.each_row {
            line(&format!("each_row = {}", each.text()));
        }
        if !source.fields.is_empty() {
            line(&format!("[sources.{key}.fields]"));
        }
        for (at, says) in &source.fields {
            let (field, existing) = &self.fields[*at];
            let mut parts = vec![format!("column = \"{}\"", field.name)];
            parts.extend((!field.kind.is_empty()).then(|| field.kind.to_owned()));
            parts.extend(
                existing
                    .filter(|_| *says)
                    .map(|rule| format!("existing = \"{rule}\"")),
            );
            line(&format!("{} = {{ {} }}", field.name, parts.join(", ")));
        }
        for map in &source.maps {
            line(&format!("[sources.{key}.map.{}]", map.column));
            for one in &map.lines {
                line(&format!("\"{}\" = {}", one.left, one.text()));
            }
        }
    }

    /// What the reader makes of the text. It must take it.
    pub(crate) fn plan(&self) -> Plan {
        read_plan(&self.text())
    }

    /// The rows of each source.
    pub(crate) fn batches(&self, plan: &Plan) -> Vec<RowBatch> {
        let batch = |(at, source): (usize, &Source)| {
            let columns = &plan.sources[at].in_use.columns;
            let number = u16::try_from(at).expect("few sources");
            let mut batch = RowBatch::new(number, 0, columns.len());
            for (line, row) in (2u32..).zip(&source.rows) {
                for column in columns {
                    batch.cell(&self.cell(at, row, &column.names[0]));
                }
                batch.end_row(line, row.ragged.then_some(RowTrouble::Ragged));
            }
            batch
        };
        self.sources.iter().enumerate().map(batch).collect()
    }

    /// The members on a day.
    pub(crate) fn gather(&self, plan: &Plan, on: Date) -> Wanted {
        let mut gatherer = RecordFold::new(plan, on, 8);
        for batch in self.batches(plan) {
            gatherer.take(&batch);
        }
        let wanted = gatherer.finish().expect("little text");
        assert!(wanted.problems.cells.is_empty(), "{:?}", wanted.problems.cells);
        wanted
    }

    /// The same people in another order: rows within their source, and sources in the plan.
    pub(crate) fn shuffled(&self, bytes: &[u8]) -> Self {
        let mut dice = Dice::new(bytes);
        let mut shuffle = |len: usize| -> Vec<usize> {
            let mut order: Vec<usize> = (0..len).collect();
            (1..len).rev().for_each(|at| order.swap(at, dice.below(at + 1)));
            order
        };
        let mut other = self.clone();
        for source in &mut other.sources {
            let order = shuffle(source.rows.len());
            source.rows = order.into_iter().map(|at| source.rows[at].clone()).collect();
        }
        let order = shuffle(other.sources.len());
        other.sources = order.into_iter().map(|at| other.sources[at].clone()).collect();
        other
    }

    /// Without anything that takes away as days go by: no end, no bound that moves.
    pub(crate) fn without_ends(&self) -> Self {
        let mut other = self.clone();
        for source in &mut other.sources {
            source.ends = None;
            source.statuses = false;
            source.lines_mut().for_each(|line| line.ends = None);
            for condition in source.lines_mut().flat_map(|line| &mut line.when) {
                if let Condition::Joined { before, after } = condition {
                    for bound in [before, after].into_iter().flatten() {
                        bound.get_or_insert(0);
                    }
                }
            }
        }
        other
    }
}

impl Source {
    pub(crate) fn has_names(&self) -> bool {
        self.names
    }

    pub(crate) fn lines_mut(&mut self) -> impl Iterator<Item = &mut Line> {
        self.maps
            .iter_mut()
            .flat_map(|map| &mut map.lines)
            .chain(&mut self.each_row)
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.maps.iter().flat_map(|map| &map.lines).chain(&self.each_row)
    }
}

impl Source {
    /// The day by which the status of a record ends what it grants: `None` if it does not, and a day long past if that
    /// is over.
    pub(crate) fn status_end(&self, row: &Row) -> Option<Date> {
        match row.status {
            _ if !self.statuses => None,
            "active" => None,
            "trial" => row.until.map(day),
            _ => Some(day(-4_000)),
        }
    }
}

impl End {
    fn draw(dice: &mut Dice<'_>) -> Self {
        dice.one_of(&[Self::On, Self::Counted(10), Self::On, Self::Counted(300)])
    }

    /// The last day of a record.
    pub(crate) fn last(self, row: &Row) -> Option<Date> {
        match self {
            Self::On => row.ends.map(day),
            Self::Counted(days) => row.joined.map(|joined| day(joined + i64::from(days))),
        }
    }

    fn text(self) -> String {
        match self {
            Self::On => "ends = \"Ends\"".to_owned(),
            Self::Counted(days) => format!("ends = {{ from = \"Joined\", after = \"{days} days\" }}"),
        }
    }
}

fn draw_conditions(dice: &mut Dice<'_>) -> Vec<Condition> {
    let mut all = Vec::new();
    let which = dice.below(7);
    if which != 1 && which != 2 {
        let some = STATUSES[..=dice.below(3)].to_vec();
        all.push(if dice.chance(30) {
            Condition::NotStatus(some)
        } else {
            Condition::Status(some)
        });
    }
    if which == 1 || which > 4 {
        let bound = |dice: &mut Dice<'_>, day: i64| (!dice.chance(50)).then_some(day);
        let both = dice.below(3);
        let after = (both != 1).then(|| bound(dice, -7));
        let mut before = (both != 0).then(|| bound(dice, 7));
        // Some day must lie between two bounds.
        if (before, after) == (Some(None), Some(None)) {
            before = Some(Some(7));
        }
        all.push(Condition::Joined { before, after });
    }
    if which == 2 || which == 6 {
        let both = dice.below(3);
        all.push(Condition::Score {
            at_least: (both != 1).then_some(795),
            at_most: (both != 0).then_some(800),
        });
    }
    all
}

impl Condition {
    fn text(&self) -> String {
        let number = |tenths: i64| format!("{}.{}", tenths / 10, tenths % 10);
        let date =
            |bound: Bound| bound.map_or_else(|| "\"as-of\"".to_owned(), |offset| day(offset).to_string());
        let join = |parts: [Option<String>; 2]| parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        match self {
            Self::Status(values) => format!("Status = {values:?}"),
            Self::NotStatus(values) => format!("Status = {{ not = {values:?} }}"),
            Self::Joined { before, after } => {
                let bounds = [
                    before.map(|one| format!("before = {}", date(one))),
                    after.map(|one| format!("after = {}", date(one))),
                ];
                format!("Joined = {{ {} }}", join(bounds))
            }
            Self::Score { at_least, at_most } => {
                let bounds = [
                    at_least.map(|one| format!("at_least = {}", number(one))),
                    at_most.map(|one| format!("at_most = {}", number(one))),
                ];
                format!("Score = {{ {} }}", join(bounds))
            }
        }
    }
}

impl Line {
    fn text(&self) -> String {
        let mut parts = Vec::new();
        if self.ignore {
            parts.push("ignore = \"retired\"".to_owned());
        }
        parts.extend(self.grant.map(|offering| format!("grant = \"o{offering}\"")));
        parts.extend(self.release.map(|release| match release {
            Release::All => "release = \"all\"".to_owned(),
            Release::Start => "release = \"start\"".to_owned(),
            Release::Modules(count) => format!("release = {{ modules = {count} }}"),
            Release::Drip(every) => format!("release = {{ from = \"Joined\", every = \"{every} days\" }}"),
        }));
        parts.extend(self.ends.map(End::text));
        if !self.tags.is_empty() {
            parts.push(format!("tag = {:?}", self.tags));
        }
        if !self.when.is_empty() {
            let all: Vec<String> = self.when.iter().map(Condition::text).collect();
            parts.push(format!("when = {{ {} }}", all.join(", ")));
        }
        if self.otherwise_revoke {
            parts.push("otherwise = \"revoke\"".to_owned());
        }
        format!("{{ {} }}", parts.join(", "))
    }
}
