//! Two machines at one site: the second is told who has it.

use serde_json::json;

use super::{
    site::{site, with},
    writes::newcomer,
};

#[test]
fn a_second_machine_is_told_who_holds_the_site_and_for_how_long() {
    let site = site();
    site.set_up();
    let first = site.batch_body("r1", &[newcomer(0, "ann@example.com")]);
    site.post("/batch", &first).confirmed(1);
    let second = with(
        first.clone(),
        &json!({ "holder": "machine-b", "who": "Bo at the office" }),
    );
    let answer = site.post("/batch", &second).says(423, "rehome_leased");
    assert_eq!(answer.body["data"]["who"], "Ann on her laptop");
    assert!(answer.retry_after.is_some());
    site.post(
        "/lease",
        &json!({ "holder": "machine-b", "who": "Bo", "seconds": 60 }),
    )
    .says(423, "rehome_leased");
    site.post("/tags", &with(second.clone(), &json!({ "name": "Other" })))
        .says(423, "rehome_leased");
    assert_eq!(site.get("/status").body["lease"]["holder"], "machine-a");

    site.post(
        "/lease",
        &json!({ "holder": "machine-b", "who": "Bo", "seconds": 0 }),
    )
    .is(200);
    assert_eq!(
        site.get("/status").body["lease"]["holder"],
        "machine-a",
        "only the holder gives it back"
    );
    site.post(
        "/lease",
        &json!({ "holder": "machine-a", "who": "Ann", "seconds": 0 }),
    )
    .is(200);
    assert!(site.get("/status").body["lease"].is_null());
    site.post("/batch", &second).confirmed(1);
    site.post("/batch", &first).says(423, "rehome_leased");
}

#[test]
fn a_lease_that_ran_out_can_be_taken() {
    let site = site();
    let take = |holder: &str| {
        site.post(
            "/lease",
            &json!({ "holder": holder, "who": holder, "seconds": 30 }),
        )
    };
    take("machine-a").is(200);
    take("machine-a").is(200);
    take("machine-b").says(423, "rehome_leased");
    site.sql("UPDATE wp_rehome_lease SET until = until - 31");
    let answer = take("machine-b").is(200);
    let lease = &answer.body["lease"];
    assert_eq!(
        lease["until"].as_u64().unwrap(),
        lease["now"].as_u64().unwrap() + 30
    );
    take("machine-a").says(423, "rehome_leased");
}

#[test]
fn of_many_who_come_at_once_one_gets_the_lease() {
    let site = site();
    let bodies = (0..8)
        .map(|at| json!({ "holder": format!("machine-{at}"), "who": "x", "seconds": 60 }))
        .collect();
    let answers = site.together("/lease", bodies);
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 200).count(),
        1,
        "{answers:?}"
    );
}
