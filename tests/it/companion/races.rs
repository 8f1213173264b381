//! The races that double users through WordPress's own routes: the same address, the same login, in parallel.

use super::{
    site::site,
    writes::{newcomer_as, newcomers},
};

#[test]
fn the_same_address_in_parallel_makes_one_user() {
    let site = site();
    site.set_up();
    for round in 0..15 {
        let email = format!("race{round}@example.com");
        let bodies = (0..4)
            .map(|at| {
                site.batch_body(
                    &format!("a{round}-{at}"),
                    &[newcomer_as(0, &email, &format!("login{round}x{at}"))],
                )
            })
            .collect();
        let answers = site.together("/batch", bodies);
        for answer in &answers {
            assert_eq!(answer.clone().is(200).outcomes(), ["confirmed"], "{answer:?}");
        }
        assert_eq!(
            site.number(&format!(
                "SELECT COUNT(*) FROM wp_users WHERE user_email = '{email}'"
            )),
            1,
            "round {round}"
        );
    }
    assert_eq!(site.hooks("user_register"), 15);
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_rehome_people"), 15);
}

#[test]
fn the_same_login_in_parallel_makes_one_user() {
    let site = site();
    site.set_up();
    for round in 0..15 {
        let login = format!("login{round}");
        let bodies = (0..4)
            .map(|at| {
                site.batch_body(
                    &format!("a{round}-{at}"),
                    &[newcomer_as(0, &format!("r{round}x{at}@example.com"), &login)],
                )
            })
            .collect();
        let answers = site.together("/batch", bodies);
        let confirmed = answers
            .iter()
            .filter(|answer| answer.outcomes() == ["confirmed"])
            .count();
        assert_eq!(confirmed, 1, "round {round}: {answers:?}");
        assert_eq!(
            site.number(&format!(
                "SELECT COUNT(*) FROM wp_users WHERE user_login = '{login}'"
            )),
            1,
            "round {round}"
        );
    }
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 17);
    assert_eq!(
        site.number("SELECT COUNT(*) FROM wp_rehome_people"),
        15,
        "who was refused left nothing"
    );
}

#[test]
fn a_request_that_is_sent_while_it_runs_is_told_so() {
    let site = site();
    site.set_up();
    site.tell("slow", "20");
    let body = site.batch_body("r1", &newcomers(20));
    let answers = site.together("/batch", vec![body.clone(), body.clone(), body.clone()]);
    let mut done = 0;
    for answer in &answers {
        if answer.status == 200 {
            done += 1;
        } else {
            assert!(answer.retry_after.is_some());
            answer.clone().says(423, "rehome_running");
        }
    }
    assert!(done >= 1, "{answers:?}");
    site.post("/batch", &body).confirmed(20);
    assert_eq!(site.hooks("user_register"), 20);
    assert_eq!(site.number("SELECT COUNT(*) FROM wp_users"), 22);
}
