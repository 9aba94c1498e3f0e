//! A line on a terminal that says how far a scan or a verification is, from half a second on.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

const FIRST_AFTER: Duration = Duration::from_millis(500);
const EVERY: Duration = Duration::from_millis(100);

/// Runs `work` and shows meanwhile what `line` says, if `wanted` and standard error is a terminal.
pub(super) fn while_doing<T>(line: impl Fn() -> String + Send, wanted: bool, work: impl FnOnce() -> T) -> T {
    if !wanted || !io::stderr().is_terminal() {
        return work();
    }
    std::thread::scope(|scope| {
        let (done, wait) = channel::<()>();
        scope.spawn(move || {
            let mut pause = FIRST_AFTER;
            let mut shown = false;
            // The sender goes away when the work is done, whether it succeeds or panics.
            while wait.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                let _ = write!(io::stderr(), "\r\x1b[K{}", line());
                (pause, shown) = (EVERY, true);
            }
            if shown {
                let _ = write!(io::stderr(), "\r\x1b[K");
            }
        });
        let outcome = work();
        drop(done);
        outcome
    })
}
