//! A newer WordPress on SQLite: the same plugin, the same answers.

use super::{
    invitations::{body, letter, welcome},
    site::newer_site,
    writes::{change, member, newcomer, newcomer_as, newcomers},
};

#[test]
fn a_newer_wordpress_on_sqlite_does_the_same() {
    let Some(site) = newer_site() else { return };
    assert!(site.version() > "6.2", "{}", site.version());
    let status = site.get("/status").is(200).body;
    assert_eq!(status["database"]["kind"], "sqlite");
    site.set_up();
    site.tell("greets", "");
    let hashes = site.hashes();
    let members = newcomers(50);
    let first = site.batch("r1", &members).is(200).confirmed(50);
    assert_eq!(
        site.batch("r1", &members).is(200).body["items"],
        first.body["items"]
    );
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 52);
    assert_eq!(site.hooks("user_register"), 50);
    assert_eq!(site.mails(), Vec::<serde_json::Value>::new());
    assert_eq!(site.hashes()[..2], hashes[..]);
    let moved = member(
        0,
        "person0000@example.com",
        &[change("update", "first-name", Some("Bo"), Some("Cy"))],
    );
    assert_eq!(site.batch("r2", &[moved]).outcomes(), ["moved"]);
    let taken = newcomer_as(0, "other@example.com", "person0001@example.com");
    assert_eq!(site.batch("r3", &[taken]).outcomes(), ["refused"]);
    assert_eq!(
        site.number("SELECT COUNT(*) FROM wp_rehome_people"),
        50,
        "who is refused leaves nothing"
    );
    let listed = site.get("/members?after=2&limit=20").is(200).body;
    assert_eq!(listed["members"].as_array().unwrap().len(), 20);
    assert_eq!(listed["total"], 52);
    site.batch("r1", &[newcomer(0, "x@example.com")])
        .says(409, "rehome_other_content");
    assert_eq!(site.complaints(), Vec::<String>::new());
}

#[test]
fn races_on_sqlite_double_nobody() {
    let Some(site) = newer_site() else { return };
    site.set_up();
    for round in 0..5 {
        let email = format!("race{round}@example.com");
        let bodies = (0..4)
            .map(|at| {
                site.batch_body(
                    &format!("a{round}-{at}"),
                    &[newcomer_as(0, &email, &format!("l{round}x{at}"))],
                )
            })
            .collect();
        site.together("/batch", bodies);
        assert_eq!(
            site.number(&format!(
                "SELECT COUNT(*) FROM wp_users WHERE user_email = '{email}'"
            )),
            1,
            "round {round}"
        );
    }
}

#[test]
fn invitations_on_sqlite_go_out_once() {
    let Some(site) = newer_site() else { return };
    site.set_up();
    welcome(&site, Some(20));
    site.batch("r1", &newcomers(3)).confirmed(3);
    let letters: Vec<_> = (0..3)
        .map(|at| letter(&format!("person{at:04}@example.com")))
        .collect();
    site.tell("slow-mail", "30");
    let sent = body(&site, &letters);
    site.together("/invite", vec![sent.clone(), sent.clone(), sent.clone()]);
    assert_eq!(
        site.post("/invite", &sent).is(200).outcomes(),
        ["already", "already", "already"]
    );
    assert_eq!(site.mails().len(), 3);
    site.tell("postman", "");
    site.sql("DELETE FROM wp_rehome_invitations");
    assert_eq!(site.post("/invite", &sent).is(200).outcomes(), ["sent"; 3]);
    let written = std::fs::read_to_string(site.place().join("letters")).unwrap();
    assert!(
        written.contains("multipart/alternative") && written.contains("Hello Ann"),
        "{written}"
    );
    assert_eq!(
        site.get("/invitations?email=welcome&limit=1").is(200).body["total"],
        3
    );
    assert_eq!(site.complaints(), Vec::<String>::new());
}
