//! The planted cases of Lumen in; each has the treatment that its label says.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use rehome::{
    diagnostics::Diagnostics,
    plan::{self, Plan},
    sources,
    wanted::{RecordFold, Wanted},
};

struct Read {
    wanted: Wanted,
    files: Vec<Vec<PathBuf>>,
    headers: BTreeSet<&'static str>,
    said: Diagnostics,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("plans/lumen")
}

fn read_plan(text: &str, said: &mut Diagnostics) -> Option<Plan> {
    let load = |path: &str| fs::read_to_string(folder().join(path)).map_err(|error| error.to_string());
    plan::read(text, None, rehome::app::known(), &load, said)
}

fn gather(text: &str, base: &Path) -> Result<Read, Diagnostics> {
    let mut said = Diagnostics::default();
    let Some(plan) = read_plan(text, &mut said) else {
        return Err(said);
    };
    let mut gatherer = RecordFold::new(&plan, jiff::civil::date(2026, 12, 1), 0);
    let mut files = Vec::new();
    let mut headers = BTreeSet::new();
    for (index, source) in plan.sources.iter().enumerate() {
        let paths = sources::resolve(source, base, &mut said);
        let slots = gatherer.slots(index).clone();
        let mut batches = Vec::new();
        let read = sources::read(
            u16::try_from(index).unwrap(),
            source,
            &slots,
            &paths,
            &mut said,
            &|_| {},
            &mut |batch| {
                batches.push(batch);
                None
            },
        );
        headers.extend(
            read.iter()
                .flat_map(|file| &file.findings)
                .map(|(code, ..)| code.code()),
        );
        for batch in &batches {
            gatherer.take(batch);
        }
        files.push(paths);
    }
    Ok(Read {
        wanted: gatherer.finish().expect("fits"),
        files,
        headers,
        said,
    })
}

fn lumen(set: &str) -> Read {
    let text = fs::read_to_string(folder().join("lumen.toml"))
        .unwrap()
        .replace("exports/", &format!("{set}/"));
    match gather(&text, &folder()) {
        Ok(read) => read,
        Err(said) => panic!("{said:#?}"),
    }
}

fn check(set: &str, key: &str) {
    let read = lumen(set);
    let expected: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(folder().join("expected.json")).unwrap()).unwrap();
    let expected = &expected[key];
    let accounting = &read.wanted.accounting;
    let total = accounting.total();
    let mut wrong = Vec::new();
    for (name, number) in [
        ("records", total.read),
        ("merged", total.merged),
        ("rejected", total.rejected_total()),
        ("members", accounting.members),
        ("users", accounting.users),
        ("contacts_only", accounting.contacts_only),
        ("left_out", accounting.left_out.values().sum()),
    ] {
        if expected[name] != number {
            wrong.push(format!("{name}: {number}, expected {}", expected[name]));
        }
    }
    let mut found: BTreeMap<(String, u32), BTreeSet<&str>> = BTreeMap::new();
    let name_of = |record: rehome::model::RecordRef| {
        let path = &read.files[record.source as usize][record.file as usize];
        path.strip_prefix(folder())
            .unwrap()
            .to_string_lossy()
            .into_owned()
    };
    for finding in read.wanted.findings.iter() {
        for record in [Some(finding.record), finding.other].into_iter().flatten() {
            found
                .entry((name_of(record), record.line))
                .or_default()
                .insert(finding.code.code());
        }
    }
    let mut allowed = BTreeSet::new();
    for row in csv::Reader::from_path(folder().join("cases.csv"))
        .unwrap()
        .records()
    {
        let row = row.unwrap();
        if let Some(("finding", code)) = row[4].split_once(':') {
            allowed.insert((row[0].to_owned(), code.to_owned()));
        }
    }
    let mut reader = csv::Reader::from_path(folder().join("cases.csv")).unwrap();
    for row in reader.records() {
        let row = row.unwrap();
        let (case, file, line, email, expect, detail) =
            (&row[0], &row[1], &row[2], &row[3], &row[4], &row[5]);
        if !file.starts_with(set) {
            continue;
        }
        let none = BTreeSet::new();
        let codes = found
            .get(&(file.to_owned(), line.parse().unwrap()))
            .unwrap_or(&none);
        let member = read.wanted.find(email).and_then(|at| read.wanted.get(at));
        let mut say = |what: String| {
            wrong.push(format!(
                "{case} {file}:{line} {email} {expect} {detail}: {what} {codes:?}"
            ));
        };
        if email.is_empty() == member.is_some() {
            say("member".to_owned());
        }
        match expect.split_once(':') {
            Some(("rejected" | "finding", code)) if !codes.contains(code) => say("missing".to_owned()),
            Some(("left-out", reason)) => {
                let is = member
                    .and_then(|member| member.left_out())
                    .map(rehome::wanted::LeftOut::code);
                if is != Some(reason) {
                    say(format!("{is:?}"));
                }
            }
            None if codes
                .iter()
                .any(|code| !allowed.contains(&(case.to_owned(), (*code).to_owned()))) =>
            {
                say("findings".to_owned());
            }
            _ => {}
        }
        if let Some(member) = member {
            for part in detail.split('|') {
                match part.split_once('=') {
                    Some(("first", name)) if name != member.first_name => say(member.first_name.to_owned()),
                    Some(("last", name)) if name != member.last_name => say(member.last_name.to_owned()),
                    Some(("opted_out", out)) if out != member.opted_out.to_string() => {
                        say("consent".to_owned());
                    }
                    _ => {}
                }
            }
        }
    }
    assert!(!read.said.has_errors(), "{:#?}", read.said);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_planted_case_of_the_first_set_is_treated_as_its_label_says() {
    check("exports", "exports");
}

#[test]
fn every_planted_case_of_the_later_set_is_treated_as_its_label_says() {
    check("later", "later");
}

#[test]
fn every_file_that_is_wrong_as_a_whole_is_treated_as_its_label_says() {
    let mess = folder().join("mess");
    let cases: toml::Table = toml::from_str(&fs::read_to_string(mess.join("cases.toml")).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for case in cases["case"].as_array().unwrap() {
        let name = case["case"].as_str().unwrap();
        let two = case["source"].as_str().unwrap().contains("\"two\"");
        let text = format!(
            "[migration]\nname = \"mess\"\n[site]\nkind = \"local\"\npath = \"s.sqlite\"\n[contacts]\nsystem = \"managed\"\n[offerings.one]\nname = \"One\"\n{}[sources.mess]\n{}",
            if two {
                "[offerings.two]\nname = \"Two\"\n"
            } else {
                ""
            },
            case["source"].as_str().unwrap()
        );
        let (said, headers, wanted) = match gather(&text, &mess) {
            Ok(read) => (read.said, read.headers, Some(read.wanted)),
            Err(said) => (said, BTreeSet::new(), None),
        };
        let mut slugs: BTreeSet<&str> = said.iter().map(|one| one.code.slug()).collect();
        for column in wanted
            .iter()
            .flat_map(|wanted| wanted.coverage.sources.iter().flatten())
        {
            slugs.extend(column.unmapped().next().map(|_| "unmapped-value"));
            slugs.extend(column.ambiguous.first().map(|_| "ambiguous-cell"));
        }
        if let Some(slug) = case.get("diagnostic") {
            if !slugs.contains(slug.as_str().unwrap()) {
                wrong.push(format!(
                    "{name}: {slug:?} but {slugs:?} unmapped {:?}",
                    wanted.map(|w| format!("{:?}", w.coverage))
                ));
            }
            continue;
        }
        let Some(wanted) = wanted else {
            wrong.push(format!("{name}: {slugs:?} {said:#?}"));
            continue;
        };
        let emails: Vec<String> = (0..wanted.len())
            .map(|at| wanted.get(at).unwrap().email.to_owned())
            .collect();
        let should: Vec<&str> = case["emails"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one.as_str().unwrap())
            .collect();
        if emails != should
            || wanted.accounting.total().read != case["records"].as_integer().unwrap().cast_unsigned()
        {
            wrong.push(format!(
                "{name}: {emails:?} {:?} {slugs:?}",
                wanted.accounting.total()
            ));
        }
        let mut codes: BTreeSet<&str> = wanted.findings.iter().map(|one| one.code.code()).collect();
        codes.extend(headers);
        for code in case["findings"].as_array().unwrap() {
            if !codes.contains(code.as_str().unwrap()) {
                wrong.push(format!("{name}: no {code:?} but {codes:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
