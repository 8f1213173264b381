//! `rehome invite` where no site sends: emails as files, emails started by tags, the embedded site.

use std::{collections::BTreeMap, fs};

use crate::env::{SMALL, TestEnv};

fn plan(of_the_emails: &str) -> TestEnv {
    let text = format!("{SMALL}\n{of_the_emails}");
    TestEnv::with_plan(&text)
        .and_file(
            "letter.md",
            "Dear {{ member.first_name }},\n\nyou have {{ offerings }}.\n",
        )
        .and_people(&[
            "ann@example.com,Zoë,Bell,Course,active",
            "o'neil@example.com,Bo,,\"Course, Club\",active",
            "cy@example.com,Cy,,VIP,active",
        ])
}

const LETTER: &str = "[emails.letter]\nfor = [\"course\", \"club\"]\nvia = \"file\"\nsubject = \"Grüße, {{ member.first_name }}\"\nbody = \"letter.md\"\n";

/// The emails in a folder, by name.
fn mails(env: &TestEnv, folder: &str) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(env.path(folder)) else {
        return BTreeMap::new();
    };
    let read = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        (name, fs::read_to_string(entry.path()).unwrap())
    };
    entries.map(Result::unwrap).map(read).collect()
}

#[test]
fn one_file_a_person_is_written_and_never_over_another() {
    let env = plan(LETTER);
    env.verb("invite", &["--yes", "--out", "mails"])
        .exits(0)
        .says("2 of the plan left out: they have no user on the site");
    assert!(mails(&env, "mails/letter").is_empty(), "nobody is there yet");
    env.apply().exits(0);
    env.verb("invite", &["--yes"])
        .exits(64)
        .says("pass --out DIR to set where its files are written");
    env.verb(
        "invite",
        &["--yes", "--out", "mails", "--from", "Lumen <hello@lumen.example>"],
    )
    .exits(0)
    .says("letter: 2 files to write")
    .says("you have Course, Club.")
    .says("letter: 2 written, 0 already had it");
    let written = mails(&env, "mails/letter");
    let names: Vec<_> = written.keys().map(String::as_str).collect();
    assert_eq!(names, ["ann@example.com.eml", "o%27neil@example.com.eml"]);
    let ann = &written["ann@example.com.eml"];
    for header in [
        "\r\nFrom: Lumen <hello@lumen.example>\r\n",
        "\r\nTo: ann@example.com\r\n",
        "\r\nSubject: =?utf-8?B?R3LDvMOfZSwgWm/Dqw==?=\r\n",
        "Content-Type: multipart/alternative;",
    ] {
        assert!(ann.contains(header), "no {header:?} in {ann}");
    }

    // Nothing is written over, and a file that was moved away (and sent) is not written again.
    fs::write(env.path("mails/letter/ann@example.com.eml"), "mended by hand").unwrap();
    fs::remove_file(env.path("mails/letter/o%27neil@example.com.eml")).unwrap();
    env.verb("invite", &["--yes", "--out", "mails"])
        .exits(0)
        .says("Nothing to do")
        .says("2 already had it");
    assert_eq!(mails(&env, "mails/letter").len(), 1);
    env.verb(
        "invite",
        &[
            "--yes",
            "--out",
            "mails",
            "--again",
            "o'neil@example.com,ann@example.com",
        ],
    )
    .exits(0)
    .says("letter: 1 written, 1 already had it");
    assert_eq!(
        mails(&env, "mails/letter")["ann@example.com.eml"],
        "mended by hand"
    );
    env.verb("invite", &["--to", "me@example.com"])
        .exits(64)
        .says("needs an email with `via = \"site\"`");
}

#[test]
fn what_cannot_be_sent_from_here_is_said() {
    let email = |via: &str| LETTER.replace("\"file\"", via);
    let env = plan(&email("\"site\""));
    env.apply().exits(0);
    env.verb("invite", &["--yes"]).exits(1).says(
        "the embedded site site.sqlite does not send email, and letter of the plan has `via = \"site\"`",
    );
    let env = plan(&email("\"tag\""));
    env.apply().exits(0);
    env.verb("invite", &["--yes"])
        .exits(0)
        .says("letter: started by a tag");
    let env = TestEnv::small(&[]);
    env.apply().exits(0);
    env.verb("invite", &["--yes"])
        .exits(0)
        .says("the plan has no emails");
    let env = plan(&LETTER.replace("Grüße", "{{ site.name }}"));
    env.apply().exits(0);
    env.verb("invite", &["--yes", "--out", "mails"])
        .exits(64)
        .says("the email letter uses site.name, which the embedded site does not have");
}
