//! People as they come: addresses and names that a site alters, administrators in an export, logins that are others'.

use rehome::model::NameRules;

use super::Moved;
use crate::companion::site::site;

#[test]
fn strange_addresses_become_users_or_are_refused_with_a_reason() {
    let longest = format!("{}@example.com", "x".repeat(88));
    let too_long = format!("{}@example.com", "x".repeat(89));
    let moved = Moved::small(&[
        "ann+vip@example.com,Ann,Bell,Course,active",
        "o'neil@example.com,Pat,O'Neil,Course,active",
        "a&b@example.com,A,B,Course,active",
        "jörg@example.com,Jörg,Ö,Course,active",
        &format!("{longest},Long,Est,Course,active"),
        &format!("{too_long},Too,Long,Course,active"),
    ]);
    moved
        .verb("plan", &[])
        .exits(0)
        .says("rejected 1 long-email")
        .says("rejected 1 non-ascii-local");
    moved
        .apply()
        .exits(0)
        .says("4 of 4 members done, 0 failed")
        .says("4 up to date, 0 different");
    let addresses: Vec<String> = moved
        .site
        .rows("SELECT user_email FROM wp_users WHERE ID > 2 ORDER BY user_email")
        .concat();
    let mut expected = [
        "a&amp;b@example.com",
        "ann+vip@example.com",
        "o'neil@example.com",
        &longest,
    ];
    expected.sort_unstable();
    assert_eq!(addresses, expected);
    moved.is_sound();
    moved.apply().exits(0).says("Nothing to do");
}

#[test]
fn hostile_names_are_text_and_a_second_run_finds_nothing_to_do() {
    let names = [
        "<script>alert(1)</script>Ann",
        "<b>Bo</b>",
        "Robert'); DROP TABLE wp_users;--",
        "O:8:\"stdClass\":0:{}",
        "a:1:{i:0;s:1:\"x\";}",
        "=HYPERLINK(\"http://evil.example\")",
        "Nils &amp; Britt",
        "a < b",
        "50%41",
        "back\\slash",
        "😀 Ünï",
        "&eacute;&#60;",
    ];
    let rows: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            format!(
                "p{at}@example.com,\"{}\",X,Course,active",
                name.replace('"', "\"\"")
            )
        })
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let moved = Moved::small(&rows);
    moved.env.change_plan(
        "[tags.vip]",
        "[policy]\nexisting_fields = \"overwrite\"\n\n[tags.vip]",
    );
    moved
        .apply()
        .exits(0)
        .says("12 of 12 members done, 0 failed")
        .says("12 up to date, 0 different");
    moved.is_sound();
    assert_eq!(moved.users(), 12);
    moved.apply().exits(0).says("Nothing to do");
}

#[test]
fn names_are_kept_as_wordpress_itself_keeps_them() {
    let site = site();
    for name in [
        "Ann",
        "<b>Ann</b> Bell",
        "<script>x</script>Ann",
        "<style>x",
        "Nils &amp; Britt",
        "Nils & Britt",
        "a < b",
        "a <b",
        "a > b",
        "<<b>>",
        "x%41y%4",
        "&lt;b&gt;",
        "&amp;amp;",
        "&#60;i&#x3e;",
        "&eacute;",
        "&foo;",
        "Q&A",
        "'quoted' \"twice\"",
    ] {
        let php = format!(
            "echo Rehome\\Companion\\Address::kept_name(base64_decode('{}'));",
            base64(name)
        );
        assert_eq!(NameRules::WordPress.kept(name), site.php(&php), "{name}");
    }
}

/// Base64, so that PHP gets a name as it is.
fn base64(text: &str) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in text.as_bytes().chunks(3) {
        let bits =
            three.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for at in 0..4 {
            let sign = SIGNS[(bits >> (18 - 6 * at) & 63) as usize];
            out.push(if at > three.len() { '=' } else { char::from(sign) });
        }
    }
    out
}

#[test]
fn an_administrator_in_the_export_is_listed_and_left_alone() {
    let moved = Moved::small(&["ann@example.com,Ann,Bell,Course,active"]);
    moved.site.php("wp_insert_user(['user_login' => 'boss', 'user_email' => 'ann@example.com', 'user_pass' => 'hers', 'role' => 'editor']);");
    let before = moved.site.rows("SELECT * FROM wp_users ORDER BY ID");
    moved.verb("plan", &[]).exits(0).says("privileged");
    moved
        .apply()
        .exits(3)
        .says("ann@example.com: the user has more than subscriber rights");
    assert_eq!(moved.site.rows("SELECT * FROM wp_users ORDER BY ID"), before);
    assert_eq!(moved.site.number("SELECT COUNT(*) FROM wp_rehome_holdings"), 0);
}

#[test]
fn whose_address_is_the_login_of_another_is_a_conflict_and_nobody_is_made() {
    let moved = Moved::small(&[
        "ann@example.com,Ann,Bell,Course,active",
        "bo@example.com,Bo,Cray,Course,active",
    ]);
    moved.site.php("wp_insert_user(['user_login' => 'ann@example.com', 'user_email' => 'other@example.com', 'user_pass' => 'theirs']);");
    moved
        .verb("plan", &[])
        .exits(0)
        .says("this address is another user's login");
    moved.apply().exits(3).says("1 up to date, 0 different");
    let emails = moved
        .site
        .rows("SELECT user_email FROM wp_users WHERE ID > 2 ORDER BY ID");
    assert_eq!(emails.concat(), ["other@example.com", "bo@example.com"]);
    moved.is_sound();
}
