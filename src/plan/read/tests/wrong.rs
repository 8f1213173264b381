//! A wrong plan for every code.

use super::*;

/// Code, what is special, a piece of the small plan and what stands there instead.
const WRONG: &[(Code, &str, &str, &str)] = &[
    (Code::PlanUnreadable, "", "", ""),
    (Code::Syntax, "", "name = \"VIP\"", "name = \"VIP"),
    (
        Code::Syntax,
        "twice",
        "name = \"VIP\"",
        "name = \"VIP\"\nname = \"VIP 2\"",
    ),
    (
        Code::UnknownKey,
        "",
        "profile = \"table\"",
        "profile = \"table\"\nheadre = false",
    ),
    (
        Code::NotBuiltYet,
        "key",
        "profile = \"table\"",
        "profile = \"table\"\nsystem = \"keap\"",
    ),
    (
        Code::NotBuiltYet,
        "site",
        "kind = \"local\"\npath = \"site.sqlite\"",
        "kind = \"files\"",
    ),
    (Code::MissingKey, "", "via = \"site\"\n", ""),
    (
        Code::MissingKey,
        "membership",
        "kind = \"local\"\npath = \"site.sqlite\"",
        "kind = \"wordpress\"\nurl = \"https://members.lumen.example\"\nuser = \"migrator\"\npassword = { env = \"SITE_PASSWORD\" }",
    ),
    (
        Code::LiteralSecret,
        "password",
        "kind = \"local\"\npath = \"site.sqlite\"",
        "kind = \"wordpress\"\nurl = \"https://members.lumen.example\"\nuser = \"migrator\"\nmembership = \"companion\"\npassword = \"abcd efgh\"",
    ),
    (
        Code::KeysClash,
        "path-of-wordpress",
        "kind = \"local\"",
        "kind = \"wordpress\"\nurl = \"https://members.lumen.example\"\nuser = \"migrator\"\nmembership = \"companion\"\npassword = { env = \"SITE_PASSWORD\" }",
    ),
    (
        Code::LiteralSecret,
        "user",
        "kind = \"local\"\npath = \"site.sqlite\"",
        "kind = \"wordpress\"\nurl = \"https://members.lumen.example\"\nuser = \"migrator:very-secret\"\nmembership = \"companion\"\npassword = { env = \"SITE_PASSWORD\" }",
    ),
    (Code::WrongType, "", "name = \"VIP\"", "name = 7"),
    (Code::WrongType, "rule", "{ ignore = \"retired\" }", "\"club\""),
    (
        Code::BadValue,
        "",
        "members = \"950..1050\"",
        "members = \"1050..950\"",
    ),
    (Code::BadValue, "word", "via = \"site\"", "via = \"sight\""),
    (
        Code::BadValue,
        "events",
        "profile = \"table\"",
        "profile = \"kajabi-transactions\"\nevents = { failed = [\"refused\", \"Succeeded\"] }",
    ),
    (Code::BadKey, "", "[emails.welcome]", "[emails.Welcome]"),
    (
        Code::UnknownReference,
        "offering",
        "grant = \"photo-101\"",
        "grant = \"foto-101\"",
    ),
    (Code::UnknownReference, "tag", "tag = \"vip\"", "tag = \"VIP\""),
    (
        Code::UnknownReference,
        "profile",
        "profile = \"table\"",
        "profile = \"tabel\"",
    ),
    (
        Code::LiteralSecret,
        "",
        "system = \"managed\"\n\n",
        "system = \"simulated\"\nurl = \"http://127.0.0.1:8700\"\ntoken = \"sk-very-secret\"\n\n",
    ),
    (
        Code::LiteralSecret,
        "in-env",
        "system = \"managed\"\n\n",
        "system = \"simulated\"\nurl = \"http://127.0.0.1:8700\"\ntoken = { env = \"sk-very-secret\" }\n\n",
    ),
    (
        Code::KeysClash,
        "events",
        "profile = \"table\"",
        "profile = \"table\"\nevents = { refund = \"reversal\" }",
    ),
    (
        Code::KeysClash,
        "files",
        "file = \"people.csv\"",
        "file = \"people.csv\"\nfiles = \"people-*.csv\"",
    ),
    (
        Code::KeysClash,
        "ignore",
        "{ ignore = \"retired\" }",
        "{ ignore = \"retired\", tag = \"vip\" }",
    ),
    (
        Code::KeysClash,
        "otherwise",
        "when = { Status = [\"active\"] }, ",
        "",
    ),
    (
        Code::KeysClash,
        "expect",
        "members = \"950..1050\"",
        "members = \"950..1050\"\nofferings.photo-101 = 1051",
    ),
    (
        Code::KeysClash,
        "expect-nobody",
        "[expect]\n",
        "[offerings.light]\nname = \"Light\"\n\n[expect]\nofferings.light = \"3..5\"\n",
    ),
    (
        Code::KeysClash,
        "expect-bundle",
        "members = \"950..1050\"",
        "members = \"950..1050\"\nofferings.photo-101 = \"300..400\"\nofferings.club = 401",
    ),
    (
        Code::KeysClash,
        "gone",
        "file = \"people.csv\"",
        "file = \"people.csv\"\ngone = \"revoke\"",
    ),
    (
        Code::KeysClash,
        "managed-opted-out",
        "system = \"managed\"\n\n",
        "system = \"managed\"\nopted_out = \"skip\"\n\n",
    ),
    (
        Code::KeysClash,
        "managed-tag-id",
        "name = \"VIP\"",
        "name = \"VIP\"\nid = \"7\"",
    ),
    (
        Code::SameTagName,
        "",
        "name = \"VIP\"",
        "name = \"studio club (Revoked)\"",
    ),
    (
        Code::SameLine,
        "",
        "\"Old *\"",
        "\" photography 101\" = { grant = \"club\" }\n\"Old *\"",
    ),
    (Code::BadPattern, "", "\"Old *\"", "\"Old * webinar *\""),
    (
        Code::BundleCycle,
        "",
        "name = \"Photography 101\"",
        "name = \"Photography 101\"\nincludes = [\"club\"]",
    ),
    (
        Code::NoRevokeTag,
        "",
        "name = \"Photography 101\"",
        "name = \"Photography 101\"\ntags.revoke = false",
    ),
    (
        Code::NoRevokeTag,
        "gone",
        "[sources.people]\n",
        "[offerings.talks]\nname = \"Talks\"\ntags.revoke = false\n\n[sources.talks]\nprofile = \"table\"\n\
         file = \"talks.csv\"\ncolumns = { email = \"E-mail\" }\ncomplete = true\ngone = \"revoke\"\n\
         each_row = { grant = \"talks\" }\n\n[sources.people]\n",
    ),
    (
        Code::AbsenceSaysNothing,
        "",
        "[sources.people]\n",
        "[sources.gifts]\nprofile = \"table\"\nfile = \"gifts.csv\"\ncolumns = { email = \"E-mail\" }\n\
         complete = true\ngone = \"revoke\"\neach_row = { grant = \"club\" }\n\n[sources.people]\n",
    ),
    (
        Code::DoesNothing,
        "complete",
        "[sources.people]\n",
        "[sources.leads]\nprofile = \"table\"\nfile = \"leads.csv\"\ncolumns = { email = \"E-mail\" }\n\
         complete = true\neach_row = { tag = \"vip\" }\n\n[sources.people]\n",
    ),
    (Code::DoesNothing, "rule", "{ ignore = \"retired\" }", "{}"),
    (
        Code::DoesNothing,
        "no-tags",
        "{ ignore = \"retired\" }",
        "{ tag = [] }",
    ),
    (Code::Unused, "", ", tag = \"vip\"", ""),
    (
        Code::EnvironmentIncomplete,
        "",
        "contacts.system = \"managed\"\n",
        "",
    ),
    (
        Code::BodyUnreadable,
        "",
        "emails/welcome.md",
        "emails/wellcome.md",
    ),
    (
        Code::NoAccessTag,
        "",
        "name = \"Photography 101\"",
        "name = \"Photography 101\"\ntags = { base = false, instant = false }",
    ),
    (
        Code::ReleaseWithoutModules,
        "",
        "grant = \"photo-101\",",
        "grant = \"photo-101\", release = \"start\",",
    ),
    (
        Code::KeysClash,
        "release",
        "\"photo-101\", tag = \"vip\" }",
        "\"photo-101\", tag = \"vip\" }\n\"VIP\" = { tag = \"vip\", release = \"all\" }",
    ),
    (
        Code::KeysClash,
        "release-ignored",
        "{ ignore = \"retired\" }",
        "{ ignore = \"retired\", release = \"all\" }",
    ),
    (
        Code::KeysClash,
        "module-tag",
        "name = \"Photography 101\"",
        "name = \"Photography 101\"\ntags.module-3 = \"Week 3\"",
    ),
    (
        Code::BadValue,
        "modules",
        "name = \"Photography 101\"",
        "name = \"Photography 101\"\nmodules = 201",
    ),
    (
        Code::SameTagName,
        "module",
        "name = \"VIP\"",
        "name = \"Drip (module 2)\"\n\n[offerings.drip]\nname = \"Drip\"\nmodules = 2",
    ),
    (
        Code::DoesNothing,
        "ends",
        "columns = { email = \"E-mail\" }",
        "columns = { email = \"E-mail\" }\n\n[sources.tags]\nprofile = \"kajabi-contacts\"\nfile = \"tags.csv\"\neach_row = { tag = \"vip\" }\nends = \"Expires At\"",
    ),
    (
        Code::KeysClash,
        "not-bound",
        "Status = [\"active\"]",
        "Status = { not = [\"ended\"], at_least = 3 }",
    ),
    (
        Code::DoesNothing,
        "not-empty",
        "Status = [\"active\"]",
        "Status = { not = [] }",
    ),
    (
        Code::WrongType,
        "not-day",
        "Status = [\"active\"]",
        "Status = { not = 2026-01-01 }",
    ),
    (
        Code::DoesNothing,
        "ends-own",
        "columns = { email = \"E-mail\" }",
        "columns = { email = \"E-mail\" }\n\n[sources.tags]\nprofile = \"kajabi-contacts\"\nfile = \"tags.csv\"\neach_row = { grant = \"photo-101\", ends = \"Until\" }\nends = \"Expires At\"",
    ),
    (
        Code::BadValue,
        "ends-after",
        "columns = { email = \"E-mail\" }",
        "columns = { email = \"E-mail\" }\nends = { from = \"Bought\", after = \"forever\" }",
    ),
    (
        Code::MissingKey,
        "ends-after",
        "columns = { email = \"E-mail\" }",
        "columns = { email = \"E-mail\" }\nends = { from = \"Bought\" }",
    ),
    (
        Code::KeysClash,
        "ends-ignored",
        "\"Old *\" = { ignore = \"retired\" }",
        "\"Old *\" = { ignore = \"retired\", ends = \"Expires At\" }",
    ),
    (
        Code::KeysClash,
        "ends-tag",
        "\"Old *\" = { ignore = \"retired\" }",
        "\"Old *\" = { tag = \"vip\", ends = \"Expires At\" }",
    ),
    (
        Code::BadValue,
        "date-format",
        "profile = \"table\"",
        "profile = \"table\"\ndates.format = \"dd/mm/yyyy\"",
    ),
    (
        Code::BadValue,
        "date-format-half",
        "profile = \"table\"",
        "profile = \"table\"\ndates.columns.Created.format = [\"%Y-%m-%d\", \"%m/%Y\"]",
    ),
    (
        Code::BadValue,
        "zone",
        "profile = \"table\"",
        "profile = \"table\"\ndates.zone = \"Madrid\"",
    ),
    (
        Code::DoesNothing,
        "dates",
        "profile = \"table\"",
        "profile = \"table\"\ndates = {}",
    ),
    (
        Code::BadValue,
        "decimal",
        "profile = \"table\"",
        "profile = \"table\"\nnumbers.decimal = \"'\"",
    ),
    (
        Code::DoesNothing,
        "days",
        "Status = [\"active\"]",
        "Created = { after = 2025-01-01, before = 2025-01-02 }",
    ),
    (
        Code::DoesNothing,
        "numbers",
        "Status = [\"active\"]",
        "Score = { at_least = 80.5, at_most = 80 }",
    ),
    (
        Code::DoesNothing,
        "as-of",
        "Status = [\"active\"]",
        "Created = { after = \"as-of\", before = \"as-of\" }",
    ),
    (
        Code::KeysClash,
        "bounds",
        "Status = [\"active\"]",
        "Score = { at_least = 80, before = 2025-01-01 }",
    ),
    (
        Code::BadValue,
        "day-bound",
        "Status = [\"active\"]",
        "Created = { before = \"2025-01-01\" }",
    ),
    (
        Code::WrongType,
        "number-bound",
        "Status = [\"active\"]",
        "Score = { at_least = \"80\" }",
    ),
    (
        Code::WrongType,
        "condition",
        "Status = [\"active\"]",
        "Created = 2025-01-01",
    ),
    (
        Code::SheetUnreadable,
        "",
        "file = \"people.csv\"",
        "file = \"people.csv\"\nmap_file = { Products = \"maps/prodcuts.csv\" }",
    ),
    (
        Code::BadTagTemplate,
        "",
        "{ ignore = \"retired\" }",
        "{ tag = [\"$rest\", \"$5 club\"] }",
    ),
    (
        Code::BadValue,
        "field-type",
        "columns = { email = \"E-mail\" }",
        "columns = { email = \"E-mail\" }\n\n[sources.people.fields]\nborn = { column = \"Born\", type = \"day\" }",
    ),
    (
        Code::BadValue,
        "field-format",
        "columns = { email = \"E-mail\" }",
        "columns = { email = \"E-mail\" }\n\n[sources.people.fields]\nborn = { column = \"Born\", type = \"date\", format = \"%d/%m\" }",
    ),
    (
        Code::KeysClash,
        "field-format",
        "columns = { email = \"E-mail\" }",
        "columns = { email = \"E-mail\" }\n\n[sources.people.fields]\npaid = { column = \"Paid\", type = \"number\", format = \"%d/%m/%Y\" }",
    ),
    (
        Code::KeysClash,
        "field-country",
        "columns = { email = \"E-mail\" }",
        "columns = { email = \"E-mail\" }\n\n[sources.people.fields]\nland = { column = \"Land\", country = \"ES\" }",
    ),
    (
        Code::BadValue,
        "field-country",
        "columns = { email = \"E-mail\" }",
        "columns = { email = \"E-mail\" }\n\n[sources.people.fields]\nphone = { column = \"Phone\", type = \"phone\", country = \"Spain\" }",
    ),
    (
        Code::BadValue,
        "field-existing",
        "columns = { email = \"E-mail\" }",
        "columns = { email = \"E-mail\" }\n\n[sources.people.fields]\nphone = { column = \"Phone\", existing = \"append\" }",
    ),
    (
        Code::FieldsDisagree,
        "type",
        "columns = { email = \"E-mail\" }",
        "columns = { email = \"E-mail\" }\n\n[sources.people.fields]\nborn = { column = \"Born\", type = \"date\" }\n\n[sources.shop]\nprofile = \"kajabi-contacts\"\nfile = \"shop.csv\"\neach_row = { grant = \"club\" }\nfields = { born = \"Birthday\" }",
    ),
    (
        Code::FieldsDisagree,
        "existing",
        "columns = { email = \"E-mail\" }",
        "columns = { email = \"E-mail\" }\n\n[sources.people.fields]\ncity = { column = \"City\", existing = \"keep\" }\n\n[sources.shop]\nprofile = \"kajabi-contacts\"\nfile = \"shop.csv\"\neach_row = { grant = \"club\" }\nfields = { city = { column = \"Town\", existing = \"overwrite\" } }",
    ),
    (
        Code::SameCycle,
        "",
        "[expect]",
        "[same]\n\"ana@old.example\" = \"ana@new.example\"\n\"ANA@new.example\" = \"ana@third.example\"\n\"ana@third.example\" = \"ana@old.example\"\n\"bo@old.example\" = \"ana@old.example\"\n\n[expect]",
    ),
    (
        Code::SameLine,
        "same",
        "[expect]",
        "[same]\n\"ana@old.example\" = \"ana@new.example\"\n\" Ana@Old.example\" = \"ana@third.example\"\n\n[expect]",
    ),
    (
        Code::DoesNothing,
        "same",
        "[expect]",
        "[same]\n\"ana@old.example\" = \"Ana@old.example\"\n\n[expect]",
    ),
    (
        Code::BadValue,
        "same",
        "[expect]",
        "[same]\n\"ana@old.example\" = \"ana\"\n\n[expect]",
    ),
    (
        Code::BadValue,
        "accept",
        "[expect]",
        "[policy]\naccept = [\"renames\", \"everything\"]\n\n[expect]",
    ),
    (
        Code::UnknownMergeField,
        "",
        "body = \"emails/welcome.md\"",
        "body = \"emails/unknown.md\"",
    ),
    (
        Code::UnknownMergeField,
        "subject",
        "subject = \"Your new home\"",
        "subject = \"Welcome to {{ site.nmae }}\"",
    ),
    (
        Code::BadEmailText,
        "",
        "body = \"emails/welcome.md\"",
        "body = \"emails/broken.md\"",
    ),
    (
        Code::BadEmailText,
        "html",
        "body = \"emails/welcome.md\"",
        "body = \"emails/html.md\"",
    ),
    (
        Code::BadEmailText,
        "link",
        "body = \"emails/welcome.md\"",
        "body = \"emails/link.md\"",
    ),
];

/// Code, what is special, what the grant says, beside an offering with six modules.
const WRONG_RELEASE: &[(Code, &str, &str)] = &[
    (Code::ReleaseMissing, "", ""),
    (Code::BadValue, "release", ", release = \"begin\""),
    (Code::BadValue, "release-modules", ", release = { modules = 7 }"),
    (
        Code::BadValue,
        "release-every",
        ", release = { from = \"Activated At\", every = \"1 quarter\" }",
    ),
    (
        Code::MissingKey,
        "release-every",
        ", release = { from = \"Activated At\" }",
    ),
    (
        Code::KeysClash,
        "release-parts",
        ", release = { modules = 2, every = \"7 days\" }",
    ),
];

#[test]
fn every_wrong_release_is_shown_with_its_code_place_and_remedy() {
    for (code, special, release) in WRONG_RELEASE {
        let drip = "\n[offerings.drip]\nname = \"Drip\"\nmodules = 6\n[offerings.all]\nname = \"All\"\nincludes = [\"drip\"]\n\n[tags.vip]";
        let line = format!("\"Drip\" = {{ grant = \"all\"{release} }}\n\"Old *\"");
        let text = changed("[tags.vip]", drip).replace("\"Old *\"", &line);
        let out = read_in(&text, None).1;
        let shown = render(&out, "lumen.toml", &text, false);
        let found: Vec<Code> = out.iter().map(|one| one.code).collect();
        assert_eq!(found, [*code], "{special} {shown}");
        let dash = if special.is_empty() { "" } else { "-" };
        golden(&format!("{}-{}{dash}{special}", code.code(), code.slug()), &shown);
    }
}

#[test]
fn an_end_needs_offerings_that_can_be_revoked() {
    let text = changed(
        "profile = \"table\"",
        "profile = \"table\"\nends = \"Expires At\"",
    )
    .replace(", otherwise = \"revoke\"", "")
    .replace(
        "name = \"Photography 101\"",
        "name = \"Photography 101\"\ntags.revoke = false",
    );
    let out = read_in(&text, None).1;
    let found: Vec<Code> = out.iter().map(|one| one.code).collect();
    assert_eq!(found, [Code::NoRevokeTag]);
    golden(
        "P016-no-revoke-tag-ends",
        &render(&out, "lumen.toml", &text, false),
    );
}

#[test]
fn every_wrong_plan_is_shown_with_its_code_place_and_remedy() {
    for (code, special, from, to) in WRONG {
        let (text, out) = if *code == Code::PlanUnreadable {
            let mut out = Diagnostics::default();
            out.push(text_of(b"[migration]\nname = \"caf\xe9\"\n").expect_err("not UTF-8"));
            (String::new(), out)
        } else {
            let mut text = changed(from, to);
            if to.contains("\"wordpress\"") {
                // The environment of the small plan is an embedded site.
                text = text.replace("site.path = ", "site.user = ");
            }
            let out = read_in(&text, None).1;
            (text, out)
        };
        let found: Vec<Code> = out.iter().map(|one| one.code).collect();
        assert_eq!(
            found,
            [*code],
            "{special} {}",
            render(&out, "lumen.toml", &text, false)
        );
        let shown = render(&out, "lumen.toml", &text, false);
        assert!(!shown.contains("very-secret"), "{shown}");
        let dash = if special.is_empty() { "" } else { "-" };
        golden(&format!("{}-{}{dash}{special}", code.code(), code.slug()), &shown);
    }
}

#[test]
fn every_code_about_the_plan_has_a_wrong_plan() {
    for code in Code::ALL.iter().filter(|code| code.code().starts_with('P')) {
        let of_release = WRONG_RELEASE.iter().any(|(shown, ..)| shown == code);
        let shown = WRONG.iter().any(|(shown, ..)| shown == code) || of_release || *code == Code::TooMany;
        assert!(shown, "{}", code.code());
    }
}

#[test]
fn too_many_entries_are_refused_and_the_first_too_many_is_shown() {
    use std::fmt::Write as _;
    let mut text = SMALL.to_owned();
    for number in 0..1_000 {
        write!(
            text,
            "\n[checkpoints.c{number}]\nsay = \"Look\"\nbefore = \"verify\"\n"
        )
        .expect("a string");
    }
    assert_eq!(codes(&text), []);
    text.push_str("\n[checkpoints.one-more]\nsay = \"Look\"\nbefore = \"verify\"\n");
    let out = read_in(&text, None).1;
    golden("P022-too-many", &render(&out, "lumen.toml", &text, false));
}
