//! Plans in, plans or diagnostics out.

mod absent;
mod columns;
mod contact_systems;
mod hostile;
mod logins;
mod readable;
mod same;
mod wrong;

use self::readable::readable;
use super::*;
use crate::diagnostics::{Severity, render};
use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    CheckpointBefore, ContactDeclaration, ContactKey, ContactKeyKind, ContactsTarget, Declarations, Email,
    ExternalContacts, Membership, OptedOut, SecretRef, SiteTarget, StandingCheckpoint,
};
use crate::plan::read::table_reader::TableReader;
use crate::plan::{ColumnsInUse, Encoding, Files, Otherwise, Profile, UpdateLimit};

const SMALL: &str = r#"[migration]
name = "lumen"

[site]
kind = "local"
path = "site.sqlite"

[contacts]
system = "managed"

[offerings.photo-101]
name = "Photography 101"

[offerings.club]
name = "Studio Club"
kind = "membership"
includes = ["photo-101"]

[tags.vip]
name = "VIP"

[emails.welcome]
for = ["club"]
via = "site"
subject = "Your new home"
body = "emails/welcome.md"

[sources.people]
profile = "table"
file = "people.csv"
columns = { email = "E-mail" }

[sources.people.map.Products]
"Photography 101" = { grant = "photo-101", tag = "vip" }
"Studio Club" = { grant = "club", when = { Status = ["active"] }, otherwise = "revoke" }
"Old *" = { ignore = "retired" }

[expect]
members = "950..1050"

[environments.staging]
site.path = "staging.sqlite"
contacts.system = "managed"
"#;

const FULL: &str = include_str!("tests/full.toml");

fn profile(name: &str, keys: &str) -> Profile {
    let mut out = Diagnostics::default();
    let text = format!("title = \"{name}\"\n{keys}");
    let profile = read_profile(name, "profile.toml", &text, &mut out);
    profile.unwrap_or_else(|| panic!("{}", render(&out, "profile.toml", &text, false)))
}

const PAYMENTS: &str = r#"
rows = "event"
columns.email = "Customer Email"
event = { id = "ID", date = "Created At", amount = "Amount", kind = "Type", status = "Status" }
events = { charge = "charge", succeeded = "succeeded" }
"#;

/// The systems of these tests: one contact system, and AccessAlly.
pub(in crate::plan) const SYSTEMS: &Declarations = &Declarations {
    contact_systems: &[&ContactDeclaration {
        keyword: "simulated",
        title: "the practice CRM",
        listed: true,
        default_url: None,
        example_url: "http://127.0.0.1:8700",
        keys: &[ContactKey::new("token", ContactKeyKind::Secret, "its secret")],
        plugin_word: "simulated",
        checkpoints: &[StandingCheckpoint {
            key: "automations",
            say: "Switch the automations off.",
            before: CheckpointBefore::Contacts,
        }],
    }],
    later_contact_systems: &["keap", "ontraport", "activecampaign", "kit", "drip"],
    accessally_checkpoints: &[StandingCheckpoint {
        key: "maintenance-mode",
        say: "Switch maintenance mode on.",
        before: CheckpointBefore::Offerings,
    }],
};

fn known(profiles: &[Profile]) -> Known<'_> {
    Known {
        profiles,
        systems: SYSTEMS,
    }
}

fn profiles() -> Vec<Profile> {
    vec![
        profile("table", "rows = \"person\""),
        profile(
            "kajabi-contacts",
            "rows = \"person\"\ncolumns.email = \"Email\"\nlists.products = \", \"",
        ),
        profile("kajabi-transactions", PAYMENTS),
    ]
}

fn load(path: &str) -> Result<String, String> {
    match path {
        "emails/welcome.md" => Ok("Hello {{ member.first_name }}".to_owned()),
        "emails/unknown.md" => Ok("# Welcome\n\nDear {{ member.frist_name }}".to_owned()),
        "emails/broken.md" => Ok("Dear {{ member.first_name\n\nyou".to_owned()),
        "emails/html.md" => Ok("Dear all,\n\n<center>welcome</center>".to_owned()),
        "emails/link.md" => Ok("See [your courses](/courses).".to_owned()),
        _ => Err("there is no such file".to_owned()),
    }
}

fn read_in(text: &str, environment: Option<&str>) -> (Option<Plan>, Diagnostics) {
    let mut out = Diagnostics::default();
    let plan = read(text, environment, known(&profiles()), &load, &mut out);
    assert_eq!(
        plan.is_none(),
        out.has_errors(),
        "no plan, and only then an error"
    );
    (plan, out)
}

fn good(text: &str, environment: Option<&str>) -> Plan {
    let (plan, out) = read_in(text, environment);
    assert!(out.is_empty(), "{}", render(&out, "plan.toml", text, false));
    plan.expect("a good plan")
}

fn codes(text: &str) -> Vec<Code> {
    read_in(text, None).1.iter().map(|one| one.code).collect()
}

fn changed(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "{from} is in the plan");
    SMALL.replace(from, to)
}

fn golden(name: &str, content: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, content));
}

#[test]
fn all_errors_are_shown_at_once_in_the_order_of_the_text() {
    let text = "[migration]\nnmae = \"x\"\n[site]\nkind = \"locl\"\n[contacts]\nsystem = \"keap\"\ntoken = \"t0ps3cret\"\n\
        [offerings.a]\nname = \" \"\ntags.module-1 = \"M\"\n[sources.s]\nprofile = \"table\"\neach_row = { grant = \"b\" }\n[move]\nfrom = \"managed\"\n";
    let out = read_in(text, None).1;
    let shown = render(&out, "plan.toml", text, false);
    assert!(!shown.contains("t0ps3cret"), "{shown}");
    golden("all-errors-at-once", &shown);
    let json =
        serde_json::to_string_pretty(&crate::diagnostics::to_json(&out, "plan.toml", text)).expect("json");
    golden("all-errors-at-once-json", &json);
}

#[test]
fn a_full_plan_reads_to_what_it_says() {
    let mut plan = good(FULL, None);
    for source in &mut plan.sources {
        // Which columns are in use follows from the rest.
        source.in_use = ColumnsInUse::default();
    }
    golden("full-plan", &readable(&plan));
    let keys: Vec<&str> = plan.sources.iter().map(|source| source.key.as_str()).collect();
    assert_eq!(keys, ["people", "subscriptions", "workshop", "payments"]);
    assert_eq!(
        plan.reaches,
        [vec![0], vec![1], vec![0, 1, 2], vec![3], vec![0, 1, 2, 3, 4]]
    );
    assert_eq!(plan.policy.limits.updates, UpdateLimit::Count(45));
    let [people, subscriptions, workshop, _] = plan.sources.as_slice() else {
        panic!("four sources")
    };
    assert_eq!(people.files.encoding, Some(Encoding::Windows1252));
    assert_eq!(people.gives.maps[0].separator.as_deref(), Some(", "));
    assert_eq!(people.gives.maps[1].separator.as_deref(), Some("|"));
    assert_eq!(
        subscriptions.gives.maps[0].rules[0].effect.otherwise,
        Some(Otherwise::Revoke)
    );
    assert_eq!(
        workshop.files.names,
        Files::Pattern("exports/workshop-*.csv".to_owned())
    );
}

#[test]
fn an_environment_is_laid_over_the_plan() {
    let plan = good(FULL, Some("staging"));
    assert_eq!(plan.targets.environment.as_deref(), Some("staging"));
    assert_eq!(
        plan.targets.site,
        SiteTarget::Local {
            path: "staging.sqlite".to_owned(),
            like: None,
        }
    );
    assert_eq!(plan.targets.contacts, ContactsTarget::Managed);
    assert_eq!(plan.targets.offerings.len(), 5);
    let practice = good(FULL, Some("practice")).targets.contacts;
    let expected = ExternalContacts {
        system: "simulated".to_owned(),
        title: "the practice CRM".to_owned(),
        url: "http://127.0.0.1:9999".to_owned(),
        secrets: BTreeMap::from([("token".to_owned(), SecretRef::File("practice.token".to_owned()))]),
        settings: BTreeMap::new(),
        account_keys: std::collections::BTreeSet::new(),
        share_permille: 600,
        opted_out: Some(OptedOut::Skip),
        plugin_word: "simulated".to_owned(),
    };
    assert_eq!(practice, ContactsTarget::External(expected));
}

#[test]
fn a_wordpress_site_says_who_decides_access_and_where_its_password_is() {
    assert_eq!(
        good(FULL, Some("live")).targets.site,
        SiteTarget::WordPress {
            url: "https://members.lumen.example".to_owned(),
            membership: Membership::AccessAlly,
            user: "migrator".to_owned(),
            password: SecretRef::Env("LUMEN_PASSWORD".to_owned()),
        }
    );
}

#[test]
fn a_changed_url_drops_the_secret_of_the_old_one() {
    let text = FULL.replace("contacts.token = { file = \"practice.token\" }\n", "");
    let out = read_in(&text, None).1;
    assert_eq!(
        render(&out, "full.toml", &text, false),
        r#"error[P019]: contacts.url changes, so the token of the old address is not sent there
   --> full.toml:166:10
    |
 13 | token = { env = "LUMEN_TOKEN" }
    | ----- belongs to the old address
...
166 | contacts.url = "http://127.0.0.1:9999"
    |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ another address
    |
    = help: Set the secret again for the new url, for example: contacts.token = { env = "NEW_SECRET" }

1 error
"#
    );
}

#[test]
fn errors_of_an_environment_that_is_not_chosen_are_shown_too() {
    let text = changed(
        "site.path = \"staging.sqlite\"",
        "site.path = \"\"\nexpect.offerings.nothing = 3",
    );
    assert_eq!(codes(&text), [Code::BadValue, Code::UnknownReference]);
    assert_eq!(read_in(&text, Some("staging")).1.iter().count(), 2);
}

#[test]
fn an_unknown_environment_is_an_error_with_the_known_ones() {
    let out = read_in(SMALL, Some("stagign")).1;
    let shown = render(&out, "plan.toml", SMALL, false);
    assert!(shown.contains("Did you mean `staging`?"), "{shown}");
}

#[test]
fn sources_stand_in_the_order_in_which_the_text_first_names_them() {
    let text = changed(
        "[sources.people]\n",
        "[sources.second.map.P]\n\"x\" = { ignore = \"no\" }\n\n[sources.people]\n",
    ) + "[sources.second]\nprofile = \"kajabi-contacts\"\nfile = \"b.csv\"\n";
    let keys: Vec<String> = good(&text, None)
        .sources
        .iter()
        .map(|source| source.key.to_string())
        .collect();
    assert_eq!(keys, ["second", "people"]);
}

#[test]
fn every_key_of_the_language_that_comes_later_is_refused_by_name() {
    for shape in table_keys::ALL {
        for later in shape.later {
            let key = later.replace('*', "3");
            let mut out = Diagnostics::default();
            let text = format!("{key} = 1");
            let table = parse(&text, &mut out).expect("TOML");
            TableReader::open(&table, shape, "it", 0..0, &mut out);
            let found: Vec<Code> = out.iter().map(|one| one.code).collect();
            assert_eq!(found, [Code::NotBuiltYet], "{key}");
        }
    }
    let text = changed(
        "system = \"managed\"\n\n",
        "system = \"keap\"\ntoken = { env = \"KEAP\" }\nopted_out = \"skip\"\n\n",
    );
    let (_, out) = read_in(&text, None);
    let errors = out.iter().filter(|one| one.severity == Severity::Error);
    let codes: Vec<Code> = errors.map(|one| one.code).collect();
    assert_eq!(codes, [Code::NotBuiltYet]);
}

#[test]
fn values_out_of_range_are_refused() {
    let simulated = |line: &str| {
        changed(
            "system = \"managed\"\n\n",
            &format!("system = \"simulated\"\nurl = \"http://127.0.0.1:1\"\n{line}\n\n"),
        )
    };
    for share in ["0", "0.0", "-1", "1.01", "nan", "inf", "2"] {
        assert_eq!(
            codes(&simulated(&format!("share = {share}"))),
            [Code::BadValue],
            "{share}"
        );
    }
    for share in ["1", "1.0", "0.001", "0.6"] {
        assert_eq!(codes(&simulated(&format!("share = {share}"))), [], "{share}");
    }
    for url in [
        "ftp://x.example",
        "https://",
        "https://ana:pw@x.example",
        "https://x.example/?a=1",
        "x",
    ] {
        let text = simulated("").replace("http://127.0.0.1:1", url);
        let out = read_in(&text, None).1;
        assert_eq!(
            out.iter().map(|one| one.code).collect::<Vec<_>>(),
            [Code::BadValue],
            "{url}"
        );
        assert!(!render(&out, "p", &text, false).contains("ana:pw"), "{url}");
    }
    for policy in [
        "limits.updates = \"101%\"",
        "limits.updates = \"-1%\"",
        "limits.updates = \"30\"",
        "limits.lost_access = -1",
        "limits.updates = 99999999999999999999",
    ] {
        assert_eq!(
            codes(&format!("{SMALL}\n[policy]\n{policy}\n")),
            [Code::BadValue],
            "{policy}"
        );
    }
    for source in [
        "delimiter = \"ab\"",
        "delimiter = \"\"",
        "delimiter = \"é\"",
        "encoding = \"utf8\"",
        "skip_lines = -1",
    ] {
        let text = changed("profile = \"table\"", &format!("profile = \"table\"\n{source}"));
        assert_eq!(codes(&text), [Code::BadValue], "{source}");
    }
    assert_eq!(codes(&changed("\"people.csv\"", "\" \"")), [Code::BadValue]);
    assert_eq!(codes(&changed("\"VIP\"", "\"a\\u001bb\"")), [Code::BadValue]);
    assert_eq!(
        codes(&format!("{SMALL}\n[canary]\nemail = \"Ana@Example.com\"\n")),
        [Code::BadValue]
    );
    assert_eq!(
        codes(&changed("via = \"site\"", "via = \"site\"\nper_hour = 0")),
        [Code::BadValue]
    );
}

#[test]
fn columns_without_a_header_are_numbers() {
    let text = changed(
        "columns = { email = \"E-mail\" }",
        "header = false\ncolumns = { email = 2 }",
    );
    assert_eq!(
        codes(&text),
        [Code::BadValue, Code::BadValue],
        "the map's and the condition's column"
    );
    let text = text.replace("Products", "3").replace("Status", "4");
    assert_eq!(
        good(&text, None).sources[0]
            .person
            .email
            .as_ref()
            .map(|column| column.name.as_str()),
        Some("2")
    );
}

#[test]
fn a_longer_cycle_names_all_of_it_once() {
    let text = changed(
        "[tags.vip]",
        "[offerings.a]\nname = \"A\"\nincludes = [\"b\"]\n[offerings.b]\nname = \"B\"\nincludes = [\"c\"]\n\
         [offerings.c]\nname = \"C\"\nincludes = [\"a\", \"club\"]\n\n[tags.vip]",
    );
    let out = read_in(&text, None).1;
    let cycles: Vec<&str> = out
        .iter()
        .filter(|one| one.code == Code::BundleCycle)
        .map(|one| one.message.as_str())
        .collect();
    assert_eq!(cycles, ["a bundle includes itself: a → b → c → a"]);
}

#[test]
fn an_empty_plan_says_what_a_plan_needs() {
    let out = read_in("", None).1;
    golden(
        "P005-missing-key-empty-plan",
        &render(&out, "plan.toml", "", false),
    );
}

#[test]
fn the_page_about_the_language_names_every_key_and_word() {
    let page = include_str!("../../../docs/plan-language.md");
    for shape in table_keys::ALL {
        for key in shape.keys.iter().chain(shape.later) {
            let named = page.contains(&format!("`{key}`")) || page.contains(&format!("[{key}"));
            assert!(named || *key == "env", "{key} is not in docs/plan-language.md");
        }
    }
    for word in vocabulary::ENCODING.words.iter().map(|(word, _)| word) {
        assert!(
            page.contains(&format!("\"{word}\"")),
            "{word} is not in docs/plan-language.md"
        );
    }
}

#[test]
fn the_small_plan_of_the_page_is_a_good_plan() {
    let page = include_str!("../../../docs/plan-language.md");
    let plan = page
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    assert_eq!(good(plan.expect("an example"), None).targets.migration, "lumen");
}
