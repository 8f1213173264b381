//! Progress on standard error: a line that moves on a terminal, a line every ten seconds elsewhere.

use std::{
    io::{self, IsTerminal, Write},
    sync::Mutex,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{app::ProgressReporter, text::amount};

/// How often a line is written where there is no terminal.
const QUIET: Duration = Duration::from_secs(10);

/// Shows how far the work is, with rate and time left.
#[derive(Debug)]
pub(super) struct Progress {
    state: Mutex<State>,
    terminal: bool,
}

#[derive(Debug)]
struct State {
    bars: Vec<(&'static str, ProgressBar)>,
    said: Instant,
    started: Instant,
}

impl Progress {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self {
            state: Mutex::new(State {
                bars: Vec::new(),
                said: now,
                started: now,
            }),
            terminal: io::stderr().is_terminal(),
        }
    }

    /// Takes the moving lines away.
    pub(super) fn clear(&self) {
        if let Ok(mut state) = self.state.lock() {
            for (_, bar) in state.bars.drain(..) {
                bar.finish_and_clear();
            }
        }
    }
}

impl ProgressReporter for Progress {
    fn progress(&self, phase: &'static str, done: u64, total: Option<u64>, unit: &'static str) {
        let Ok(mut state) = self.state.lock() else { return };
        if self.terminal {
            let known = state.bars.iter().position(|(name, _)| *name == phase);
            let at = known.unwrap_or_else(|| {
                state.bars.push((phase, bar(phase, unit)));
                state.bars.len() - 1
            });
            let bar = &state.bars[at].1;
            if let Some(total) = total {
                bar.set_length(total);
            }
            bar.set_position(done);
        } else if state.said.elapsed() >= QUIET {
            state.said = Instant::now();
            let line = quiet_line(phase, done, total, unit, state.started.elapsed());
            let _ = io::stderr().write_all(line.as_bytes());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn bar(phase: &'static str, unit: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let template = format!("{phase:<24} {{wide_bar}} {{human_pos}}/{{human_len}} {unit}, {{eta}} left");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar
}

fn quiet_line(phase: &str, done: u64, total: Option<u64>, unit: &str, elapsed: Duration) -> String {
    let per_second = done.checked_div(elapsed.as_secs().max(1)).unwrap_or_default();
    let total_shown = total.map_or(String::new(), |total| format!(" of {}", amount(total)));
    let left = match total.and_then(|total| total.saturating_sub(done).checked_div(per_second)) {
        Some(seconds) => format!(", about {seconds} s left"),
        None => String::new(),
    };
    format!(
        "{phase}: {}{total_shown} {unit}, {} a second{left}\n",
        amount(done),
        amount(per_second)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_a_terminal_says_rate_and_time_left() {
        let line = quiet_line(
            "reading the site",
            2_000,
            Some(10_000),
            "members",
            Duration::from_secs(4),
        );
        assert_eq!(
            line,
            "reading the site: 2,000 of 10,000 members, 500 a second, about 16 s left\n"
        );
    }

    #[test]
    fn nothing_done_yet_is_no_division_by_zero() {
        let line = quiet_line("reading the site", 0, None, "members", Duration::ZERO);
        assert_eq!(line, "reading the site: 0 members, 0 a second\n");
    }
}
