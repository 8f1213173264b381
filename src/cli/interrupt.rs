//! Ctrl-C and SIGTERM in; the end of the process out, where nothing ends in order by itself.

use std::{process, thread};

use super::Exit;
use crate::run::{Stop, somebody_listens};

/// So many wishes end the process, whoever listens: the journal survives that as it survives a kill.
const AT_LAST: u32 = 3;

/// Watches on a thread of its own. A run, a question and every reading of a system listen themselves; while one of them
/// does, the first wish ends it in order and the second at once.
pub(super) fn watch() {
    thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            let Ok(mut stop) = Stop::unheard() else { return };
            let mut wishes = 0;
            loop {
                stop.next().await;
                wishes += 1;
                if wishes >= AT_LAST || !somebody_listens() {
                    process::exit(i32::from(Exit::Interrupted.status()));
                }
            }
        });
    });
}
