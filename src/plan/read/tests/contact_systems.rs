//! `[contacts]` where several contact systems exist, each with keys of its own.

use super::*;
use crate::model::{ContactSetting, ContactsTarget};

const KEYS: [ContactKey; 9] = [
    ContactKey {
        excludes: &["oauth"],
        ..key("api_key", ContactKeyKind::Secret, true)
    },
    ContactKey {
        excludes: &["api_key"],
        ..key("oauth", ContactKeyKind::Secret, true)
    },
    key("app_id", ContactKeyKind::Secret, false),
    key("limits", ContactKeyKind::Table(&LIMITS), false),
    key("fields", ContactKeyKind::Names, false),
    ContactKey {
        names_account: true,
        ..key("account", ContactKeyKind::Text, false)
    },
    ContactKey {
        default: Some("5 minutes"),
        ..key(
            "visible_after",
            ContactKeyKind::Duration { max_seconds: 3_600 },
            false,
        )
    },
    key("duplicates", ContactKeyKind::Choice(&["newest", "oldest"]), false),
    key("per_day", ContactKeyKind::Number { min: 1, max: 100 }, false),
];

const LIMITS: [ContactKey; 2] = [
    key("per_minute", ContactKeyKind::Number { min: 1, max: 600 }, false),
    key("rest", ContactKeyKind::Duration { max_seconds: 60 }, false),
];

const fn key(name: &'static str, kind: ContactKeyKind, required: bool) -> ContactKey {
    ContactKey {
        required,
        ..ContactKey::new(name, kind, "a key of a test")
    }
}

const TWO: &Declarations = &Declarations {
    contact_systems: &[
        SYSTEMS.contact_systems[0],
        &ContactDeclaration {
            keyword: "second",
            title: "the second CRM",
            listed: true,
            default_url: Some("https://api.second.example"),
            example_url: "https://api.second.example",
            keys: &KEYS,
            plugin_word: "2nd",
            checkpoints: &[],
        },
    ],
    ..*SYSTEMS
};

fn contacts(lines: &str, environment: &str) -> (Option<Plan>, Vec<Code>) {
    let contacts = format!("[contacts]\nsystem = \"second\"\n{lines}\n");
    let text = changed("[contacts]\nsystem = \"managed\"\n", &contacts) + environment;
    let mut out = Diagnostics::default();
    let known = Known {
        profiles: &profiles(),
        systems: TWO,
    };
    let plan = read(&text, None, known, &load, &mut out);
    (plan, out.iter().map(|one| one.code).collect())
}

#[test]
fn a_system_has_the_keys_that_it_declares() {
    let (plan, codes) = contacts(
        "api_key = { env = \"KEY\" }\naccount = \"9999999\"\nduplicates = \"oldest\"\nper_day = 100",
        "",
    );
    assert_eq!(codes, []);
    let targets = plan.expect("a plan").targets;
    let target = targets.contacts.external().expect("a contact system");
    assert_eq!(
        (target.system.as_str(), target.plugin_word.as_str()),
        ("second", "2nd")
    );
    assert_eq!(target.url, "https://api.second.example");
    assert_eq!(target.secrets["api_key"], SecretRef::Env("KEY".to_owned()));
    assert_eq!(target.secrets.len(), 1);
    let settings: Vec<_> = target
        .settings
        .iter()
        .map(|(key, value)| (key.as_str(), value.clone()))
        .collect();
    assert_eq!(
        settings,
        [
            ("account", ContactSetting::Text("9999999".to_owned())),
            ("duplicates", ContactSetting::Text("oldest".to_owned())),
            ("per_day", ContactSetting::Number(100)),
        ]
    );
    assert_eq!(targets.standing_checkpoints, []);
}

#[test]
fn what_a_system_does_not_declare_is_refused() {
    let good = "api_key = { env = \"KEY\" }\n";
    for (lines, expected) in [
        ("", Code::MissingKey),
        ("api_key = \"s3cret\"", Code::LiteralSecret),
        ("token = { env = \"TOKEN\" }", Code::KeysClash),
        ("duplicates = \"newset\"", Code::BadValue),
        ("per_day = 101", Code::BadValue),
        ("account = 7", Code::WrongType),
        ("accuont = \"7\"", Code::UnknownKey),
        ("oauth = { env = \"TOKEN\" }", Code::KeysClash),
        ("visible_after = \"2 hours\"", Code::BadValue),
        ("visible_after = \"soon\"", Code::BadValue),
        ("visible_after = 5", Code::WrongType),
        ("limits = 5", Code::WrongType),
        ("limits = { per_hour = 5 }", Code::UnknownKey),
        ("limits = { per_minute = 601 }", Code::BadValue),
        ("fields = { mentor = 5 }", Code::WrongType),
        ("fields = \"mentor\"", Code::WrongType),
    ] {
        let first = if lines.is_empty() || lines.starts_with("api_key") {
            ""
        } else {
            good
        };
        let (plan, codes) = contacts(&format!("{first}{lines}"), "");
        assert!(plan.is_none(), "{lines}");
        assert_eq!(codes, [expected], "{lines}");
    }
}

#[test]
fn every_secret_of_a_system_belongs_to_its_address() {
    let elsewhere =
        "\n[environments.test]\nsite.path = \"test.sqlite\"\ncontacts.url = \"https://test.example\"\n";
    let both = "api_key = { env = \"KEY\" }\napp_id = { env = \"APP\" }\nurl = \"https://live.example\"";
    let (_, codes) = contacts(both, elsewhere);
    let dropped = codes.iter().filter(|code| **code == Code::EnvironmentIncomplete);
    assert!(dropped.count() >= 1, "{codes:?}");
    let named = "contacts.api_key = { env = \"T1\" }\ncontacts.app_id = { env = \"T2\" }\n";
    let (_, codes) = contacts(both, &format!("{elsewhere}{named}"));
    assert_eq!(codes, []);
}

#[test]
fn one_of_two_keys_that_exclude_each_other_is_enough() {
    let (plan, codes) = contacts("oauth = { env = \"ACCESS\" }", "");
    assert_eq!(codes, []);
    let target = plan.expect("a plan").targets.contacts;
    let secrets = &target.external().expect("a contact system").secrets;
    assert_eq!(secrets.keys().collect::<Vec<_>>(), ["oauth"]);
}

#[test]
fn a_default_counts_where_the_plan_says_nothing_and_does_not_name_an_account() {
    let read = |lines: &str| {
        let (plan, codes) = contacts(&format!("api_key = {{ env = \"KEY\" }}\n{lines}"), "");
        assert_eq!(codes, []);
        plan.expect("a plan").targets.contacts
    };
    let visible = |target: &ContactsTarget| {
        let target = target.external().expect("a contact system");
        TWO.contact_systems[1].setting(target, "visible_after")
    };
    let (silent, said) = (read(""), read("visible_after = \"10 minutes\""));
    assert_eq!(visible(&silent), Some(ContactSetting::Number(300)));
    assert_eq!(visible(&said), Some(ContactSetting::Number(600)));
    assert_eq!(silent.identity(), said.identity());
    assert_ne!(silent.identity(), read("account = \"7\"").identity());
}

#[test]
fn a_system_may_have_tables_of_its_own() {
    let lines = "api_key = { env = \"KEY\" }\n[contacts.limits]\nper_minute = 100\nrest = \"2 seconds\"\n\
                 [contacts.fields]\nmentor = \"Mentor\"\n\"shoe size\" = \"Shoe\"";
    let (plan, codes) = contacts(lines, "");
    assert_eq!(codes, []);
    let targets = plan.expect("a plan").targets;
    let settings = &targets.contacts.external().expect("a contact system").settings;
    let limits = &settings["limits"];
    let number = |key: &str| limits.get(key).and_then(ContactSetting::number);
    assert_eq!(
        (number("per_minute"), number("rest"), number("per_day")),
        (Some(100), Some(2), None)
    );
    let text = |text: &str| Some(ContactSetting::Text(text.to_owned()));
    let field = |key: &str| settings["fields"].get(key).cloned();
    assert_eq!(
        (field("mentor"), field("shoe size")),
        (text("Mentor"), text("Shoe"))
    );
}
