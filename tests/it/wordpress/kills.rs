//! SIGKILL of the real command while it writes to a real WordPress; the database is read after each start.
//!
//! `REHOME_WORDPRESS_KILLS` says how many (8 by default), `REHOME_SEED` begins where a failure did.

use std::{
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use super::Moved;
use crate::{companion::site::site, env::TestEnv};

const PEOPLE: usize = 300;

#[test]
fn kills_at_any_instant_lose_nobody_and_double_nothing_on_wordpress() {
    let number = |name: &str, otherwise: u64| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(otherwise)
    };
    let (kills, seed) = (number("REHOME_WORDPRESS_KILLS", 8), number("REHOME_SEED", 1));
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut killed, mut rounds, mut midway, mut resumed) = (0, 0, 0, 0);
    while killed < kills {
        let moved = Moved::to(site(), TestEnv::crowd(PEOPLE));
        rounds += 1;
        let mut of_this = 0;
        loop {
            let mut child = moved
                .env
                .command(&["apply", "plan.toml", "--yes", "--waves", "off"])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            if killed >= kills || of_this >= 6 {
                let ran = moved.env.wait("apply", child);
                assert!(ran.code == Some(0), "seed {seed}: {ran}");
                resumed += usize::from(ran.stderr.contains("Going on"));
                break;
            }
            let until = Instant::now() + Duration::from_micros(random.u64(0..1_200_000));
            while Instant::now() < until && child.try_wait().unwrap().is_none() {
                thread::sleep(Duration::from_micros(500));
            }
            if child.try_wait().unwrap().is_some() {
                // It came to its end before.
                break;
            }
            child.kill().unwrap();
            let left = child.wait_with_output().unwrap();
            resumed += usize::from(String::from_utf8_lossy(&left.stderr).contains("Going on"));
            killed += 1;
            of_this += 1;
            moved.is_sound();
            let made = moved.users();
            assert!(made <= PEOPLE as u64, "seed {seed}");
            midway += usize::from(made > 0 && made < PEOPLE as u64);
        }
        moved.apply().exits(0).says("Nothing to do");
        moved.is_sound();
        assert_eq!(moved.users(), PEOPLE as u64, "seed {seed}: nobody is lost");
        assert_eq!(
            moved.site.hooks("user_register"),
            PEOPLE,
            "seed {seed}: each is made once"
        );
        let held = moved.site.number("SELECT COUNT(*) FROM wp_rehome_holdings");
        assert_eq!(held, PEOPLE as u64 + 100, "seed {seed}: everybody has their tags");
    }
    println!(
        "{killed} kills in {rounds} moves, {midway} when some people were made and others not; {resumed} starts went on"
    );
}
