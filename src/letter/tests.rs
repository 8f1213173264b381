//! Templates and people in, emails out.

use super::*;

fn ann() -> Fields {
    Fields {
        first_name: "Ann".to_owned(),
        last_name: "Bell".to_owned(),
        email: "ann@example.com".to_owned(),
        login: "ann".to_owned(),
        offerings: vec!["Photography 101".to_owned(), "Light & Shadow".to_owned()],
        site_name: "Lumen".to_owned(),
        site_url: "https://members.lumen.example".to_owned(),
        lost_password_url: "https://members.lumen.example/wp-login.php?action=lostpassword&x=1".to_owned(),
        migration: "lumen".to_owned(),
    }
}

fn named(first_name: &str) -> Fields {
    Fields {
        first_name: first_name.to_owned(),
        ..ann()
    }
}

#[track_caller]
fn letter(body: &str, fields: &Fields) -> Letter {
    let subject = "Welcome, {{ member.first_name }}";
    Template::parse(subject, body).unwrap().render(fields).unwrap()
}

fn golden(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// What is inside the frame of the document.
fn inner(html: &str) -> &str {
    let start = html.find("auto\">\n").unwrap() + "auto\">\n".len();
    html[start..].split_once("</div>\n</body>").unwrap().0
}

#[track_caller]
fn wrong(subject: &str, body: &str) -> Vec<(Part, u32, Wrong)> {
    Template::parse(subject, body)
        .unwrap_err()
        .into_iter()
        .map(|problem| (problem.part, problem.line, problem.wrong))
        .collect()
}

const BODY: &str = "# Welcome

Dear *{{ member.first_name }}* {{ member.last_name }},

**{{ site.name }}** has moved:
your courses are

{% for name in offerings %}- {{ name }}
{% endfor %}
1. [Choose a password]({{ lost_password_url }})
2. Log in as `{{ member.login }}` at <https://members.lumen.example>

> Or write to <help@lumen.example>\\
> any time.

{{ lost_password_url }}

---

{{ offerings }}
";

#[test]
fn a_body_becomes_html_and_text() {
    let letter = letter(BODY, &ann());
    golden("letter-html", &letter.html);
    golden("letter-text", &letter.text);
    assert_eq!(letter.subject, "Welcome, Ann");
}

/// Names that are markup wherever they appear.
const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](http://evil.example)",
    "![x](http://evil.example/p.png)",
    "<http://evil.example>",
    "*bold* **strong** _em_",
    "`code` ``` fence",
    "{{ member.email }} {% raw %}",
    "\n\n# Heading\n\n- item\n\n> quote",
    "\n    indented code",
    "]: http://evil.example",
    "[help]: http://evil.example",
    "&lt;b&gt; &amp; &#60;",
    "\" onmouseover=\"x",
    "a\r\nBcc: all@example.com",
    "1. item",
    "--- ***",
    "a  \nb\\",
    "\u{202e}gnp.exe\u{2066}",
    "\u{f0000}\u{f013c}\u{f0162}\u{f013e}\u{f0002}",
    "http://evil.example/win www.evil.example a@evil.example",
    "~~x~~ | a | b |",
];

/// Places in which an author may put a name.
const PLACES: &[&str] = &[
    "Dear {{ member.first_name }}, welcome.",
    "{{ member.first_name }}",
    "**{{ member.first_name }}** and *{{ member.first_name }}*",
    "- {{ member.first_name }}\n- other",
    "> {{ member.first_name }}",
    "## {{ member.first_name }}",
    "`{{ member.first_name }}`",
    "```\n{{ member.first_name }}\n```",
    "[{{ member.first_name }}](https://a.example)",
    "[x](https://a.example/?n={{ member.first_name }})",
    "[x](https://a.example \"{{ member.first_name }}\")",
    "![{{ member.first_name }}](https://a.example/p.png)",
    "[help]\n\n[help]: https://a.example/{{ member.first_name }}",
    "{% set kept %}{{ member.first_name }}{% endset %}{{ kept }}",
    "{{ \"*\" ~ member.first_name ~ \"*\" }}",
    "{{ member.first_name | upper | lower }}",
];

/// The tags of a text, without those of the frame.
fn tags(html: &str) -> Vec<String> {
    inner(html)
        .split('<')
        .skip(1)
        .map(|rest| rest.split([' ', '>']).next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn a_hostile_name_is_never_markup_wherever_it_stands() {
    for place in PLACES {
        let harmless = letter(place, &named("Ann"));
        for name in HOSTILE {
            let hostile = letter(place, &named(name));
            let case = format!("{name:?} in {place:?}: {}", hostile.html);
            assert_eq!(tags(&hostile.html), tags(&harmless.html), "{case}");
            let hrefs = |html: &str| html.matches("href=\"").count() + html.matches("src=\"").count();
            assert_eq!(hrefs(&hostile.html), hrefs(&harmless.html), "{case}");
            for piece in ["href=\"http://evil", "src=\"http://evil", "\u{202e}", "\u{f0000}"] {
                assert!(!hostile.html.contains(piece), "{piece} of {case}");
            }
            assert!(
                !hostile.html.contains("http://evil"),
                "no mail program may make a link: {case}"
            );
            assert!(!hostile.text.contains("http://evil") && !hostile.text.contains("evil.example"));
            let attributes = |html: &str| inner(html).matches("=\"").count();
            if !name.contains("=\"") {
                assert_eq!(attributes(&hostile.html), attributes(&harmless.html), "{case}");
            }
            assert!(!hostile.subject.contains(['\r', '\n']), "{:?}", hostile.subject);
            assert_eq!(
                hostile.text.lines().count(),
                harmless.text.lines().count(),
                "{name:?} in {place:?}: {}",
                hostile.text
            );
        }
    }
}

#[test]
fn a_name_reads_as_it_is() {
    for (name, html) in [
        ("Zoë <3", "Zoë &lt;3"),
        ("O'Neil & \"Söhne\"", "O'Neil &amp; \"Söhne\""),
        ("*Star*", "*Star*"),
        ("{{ x }}", "{{ x }}"),
        ("&amp;", "&amp;amp;"),
    ] {
        let letter = letter("Dear {{ member.first_name }}!", &named(name));
        assert!(
            letter.html.contains(&format!("<p>Dear {html}!</p>")),
            "{}",
            letter.html
        );
        assert_eq!(letter.text, format!("Dear {name}!\n"));
        assert_eq!(letter.subject, format!("Welcome, {name}"));
    }
}

#[test]
fn a_blank_name_can_have_another_word_in_its_place() {
    let body = "Dear {{ member.first_name or \"friend\" }}{% if member.last_name %} {{ member.last_name }}{% endif %},";
    let nobody = Fields {
        last_name: String::new(),
        ..named("")
    };
    assert_eq!(letter(body, &nobody).text, "Dear friend,\n");
    assert_eq!(letter(body, &ann()).text, "Dear Ann Bell,\n");
    assert_eq!(letter(body, &nobody).subject, "Welcome,");
    let template = Template::parse("x", body).unwrap();
    assert!(template.uses("member.first_name") && !template.uses("member.email"));
}

#[test]
fn an_unknown_field_is_found_with_its_line() {
    assert_eq!(
        wrong(
            "Hi {{ member.frist_name }}",
            "a\n\nb {{ offerings }} {{ member }}\n{% if plan %}x{% endif %}\n{{ member.email.domain }}"
        ),
        [
            (
                Part::Subject,
                1,
                Wrong::UnknownField("member.frist_name".to_owned())
            ),
            (Part::Body, 3, Wrong::UnknownField("member".to_owned())),
            (Part::Body, 4, Wrong::UnknownField("plan".to_owned())),
            (
                Part::Body,
                5,
                Wrong::UnknownField("member.email.domain".to_owned())
            ),
        ]
    );
}

#[test]
fn what_cannot_be_read_or_filled_is_found_with_its_line() {
    for (body, line) in [
        ("a\nb {{ member.email ", 2),
        ("{% for x in offerings %}", 1),
        ("a\n{{ member.email | frob }}", 2),
        ("{% include \"x\" %}", 1),
        ("{{ offerings[7] }}", 1),
        ("{{ range(9) }}", 1),
        (
            "\n\n{% if not member.first_name %}{{ 3 / member.last_name }}{% endif %}",
            3,
        ),
    ] {
        let found = wrong("x", body);
        assert!(
            matches!(&found[..], [(Part::Body, at, Wrong::Unreadable(_) | Wrong::UnknownField(_))] if *at == line),
            "{body}: {found:?}"
        );
    }
    assert!(matches!(
        wrong("{{", "x")[..],
        [(Part::Subject, 1, Wrong::Unreadable(_))]
    ));
}

#[test]
fn html_and_links_that_lead_nowhere_are_found() {
    assert_eq!(
        wrong("x", "a\n\n<b>bold</b> and <i>\n\n<div>\n</div>"),
        [(Part::Body, 3, Wrong::Html("<b>".to_owned()))]
    );
    assert_eq!(
        wrong(
            "x",
            "a\n[courses](/courses)\n![logo](logo.png) [n]({{ member.first_name }})"
        ),
        [
            (Part::Body, 2, Wrong::Link("/courses".to_owned())),
            (Part::Body, 3, Wrong::Link("logo.png".to_owned())),
            (Part::Body, 0, Wrong::Link("Ann".to_owned())),
        ]
    );
    Template::parse(
        "x",
        "[a]({{ site.url }}/courses?m={{ member.email }}) <a@example.com> [t](tel:+1)",
    )
    .unwrap();
}

#[test]
fn empty_parts_and_long_subjects_are_no_surprise() {
    let template = Template::parse("{{ member.first_name }}", "{{ member.first_name }}").unwrap();
    assert_eq!(
        template.render(&named("")).unwrap_err(),
        "the subject is empty for this person"
    );
    let long = template.render(&named(&"x".repeat(5000))).unwrap();
    assert!(long.subject.chars().count() <= 160 && long.text.len() < 500);
    let long = letter("x", &named("y"));
    assert_eq!(long.subject, "Welcome, y");
    let subject = "z ".repeat(200);
    let cut = Template::parse(&subject, "x")
        .unwrap()
        .render(&ann())
        .unwrap()
        .subject;
    assert!(cut.ends_with('…') && cut.chars().count() == 160, "{cut}");
}

#[test]
fn text_has_lists_quotations_and_code() {
    let body = "One\ntwo  \nthree\n\n- a\n  - b\n\n    more\n- c\n\n3. x\n4. y\n\n> q\n>\n> r\n\n```rust\nfn x() {}\n\n  y\n```\n\n![logo](https://a.example/l.png) end";
    golden("letter-lists", &letter(body, &ann()).text);
}

proptest::proptest! {
    /// No text of a template and no name makes a panic, and no name a tag.
    #[test]
    fn arbitrary_texts_and_names_make_no_trouble(body in ".{0,80}", name in ".{0,40}") {
        if let Ok(template) = Template::parse("x", &body) {
            let _ = template.render(&named(&name));
        }
        let plain = letter("Dear {{ member.first_name }}!", &named(&name));
        proptest::prop_assert_eq!(tags(&plain.html), ["p", "/p"]);
    }
}

#[test]
#[ignore = "a measurement"]
fn letters_a_second() {
    let template = Template::parse("Welcome, {{ member.first_name }}", BODY).unwrap();
    let begun = std::time::Instant::now();
    for _ in 0..2_000 {
        template.render(&ann()).unwrap();
    }
    println!("{:.0} letters a second", 2_000.0 / begun.elapsed().as_secs_f64());
}
