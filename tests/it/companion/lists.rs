//! Everyone who exists, page by page, and the catalogue.

use serde_json::json;

use super::{
    site::{site, with},
    writes::newcomers,
};

#[test]
fn pages_hold_everybody_once_in_order_of_their_id() {
    let site = site();
    site.set_up();
    site.batch("r1", &newcomers(23)).confirmed(23);
    let mut after = 0;
    let mut ids = Vec::new();
    loop {
        let page = site
            .get(&format!("/members?after={after}&limit=10&fields=contact_id"))
            .is(200)
            .body;
        assert_eq!(page["total"], 25);
        for one in page["members"].as_array().unwrap() {
            ids.push(one["id"].as_u64().unwrap());
            let keys: Vec<_> = one
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .filter(|key| *key != "contact_id")
                .collect();
            assert_eq!(keys, ["email", "id"], "only what is asked for");
        }
        match page["next"].as_u64() {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!(ids.len(), 25);
    assert!(ids.is_sorted_by(|one, next| one < next));
    assert!(
        site.get("/members?after=999999").is(200).body["members"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    site.get("/members?fields=password")
        .says(400, "rehome_bad_request");
    site.get("/members?limit=0").says(400, "rehome_bad_request");
    site.get("/members?membership=accessally")
        .says(409, "rehome_no_membership");
}

#[test]
fn offerings_tags_and_emails_are_made_once() {
    let site = site();
    for _ in 0..2 {
        site.set_up();
        let email = json!({ "key": "welcome", "via": "site", "per_hour": 200, "subject": "Hi {{ member.first_name }}", "body": "# <b>Hi</b>", "offerings": ["course"] });
        site.post("/emails", &with(site.writing(), &email)).is(200);
    }
    let tags = site.get("/tags").is(200).body;
    let names: Vec<_> = tags["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["VIP", "Course", "Course (stopped)", "Course 1", "Course 2"]
    );
    let offerings = site.get("/offerings").is(200).body;
    assert_eq!(offerings["offerings"].as_array().unwrap().len(), 1);
    assert_eq!(
        offerings["offerings"][0]["tags"],
        json!({ "base": "Course", "instant": null, "revoke": "Course (stopped)", "modules": ["Course 1", "Course 2"] })
    );
    assert_eq!(
        site.get("/emails").is(200).body["emails"][0]["body"],
        "# <b>Hi</b>"
    );
    let nowhere = json!({ "key": "lost", "via": "site", "offerings": ["nothing"] });
    site.post("/emails", &with(site.writing(), &nowhere))
        .says(422, "rehome_no_offering");
    let other = with(site.writing(), &json!({ "name": "X", "instance": "another" }));
    site.post("/tags", &other).says(409, "rehome_other_instance");
    let on_accessally = with(
        site.writing(),
        &json!({ "name": "X", "membership": "accessally" }),
    );
    site.post("/tags", &on_accessally).says(501, "rehome_unsupported");
}
