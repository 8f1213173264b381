//! What a run costs grows with the members and no faster: counted, never timed.

use crate::env::TestEnv;

/// The most members that the embedded site takes in one request.
const BATCH: usize = 2_000;

/// Requests that the site was sent, and rows that it wrote for them.
fn cost(people: usize) -> (i64, i64) {
    let env = TestEnv::crowd(people);
    env.apply().exits(0);
    let count = |sql: &str| env.site().query_row(sql, [], |row| row.get(0)).unwrap();
    (
        count("SELECT count(*) FROM requests"),
        count("SELECT count(*) FROM effects WHERE email <> ''"),
    )
}

#[test]
fn twice_the_members_are_twice_the_effects_and_one_more_request_a_full_batch() {
    let (one, two, four) = (cost(BATCH), cost(2 * BATCH), cost(4 * BATCH));
    assert_eq!(two.0 - one.0, 1, "requests: {one:?}, {two:?}");
    assert_eq!(four.0 - two.0, 2, "requests: {two:?}, {four:?}");
    let effects_a_batch = two.1 - one.1;
    assert!(
        (four.1 - two.1).abs_diff(2 * effects_a_batch) <= 2,
        "effects: {two:?}, {four:?}"
    );
    assert!((two.1).abs_diff(2 * one.1) <= 2, "effects: {one:?}, {two:?}");
}
