//! The hooks that run gridleaks: what each is, what it runs, and what to tell somebody who has another one in its place.

/// The line by which a hook is known that was written here, by whichever version: it has to stay as it is.
pub(super) const MARKER: &str =
    "# Written by `gridleaks install`, which may write it anew; to keep changes, take this line out.";

/// A hook that runs gridleaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hook {
    /// Runs before a commit, and scans what it would record.
    PreCommit,
    /// Runs before a push, and scans what it would send.
    PrePush,
}

impl Hook {
    /// Its name to git.
    pub fn name(self) -> &'static str {
        match self {
            Hook::PreCommit => "pre-commit",
            Hook::PrePush => "pre-push",
        }
    }

    /// The command that it runs.
    pub fn command(self) -> &'static str {
        match self {
            Hook::PreCommit => "gridleaks staged",
            Hook::PrePush => "gridleaks pre-push \"$@\"",
        }
    }

    /// The same as a line of somebody else's script, and what that is to be added to. Git gives a pre-push hook a list on
    /// standard input, which the rest of the script may want to read, too.
    pub(super) fn line(self, is_husky: bool) -> &'static str {
        match (self, is_husky) {
            (Hook::PreCommit, false) => "add this line to it, right below its first one: gridleaks staged || exit 1",
            (Hook::PreCommit, true) => {
                "add this line to the file `pre-commit` above that folder: gridleaks staged || exit 1"
            }
            (Hook::PrePush, false) => {
                "add this line to it, right below its first one: refs=$(mktemp) && cat >\"$refs\" && \
                 gridleaks pre-push \"$@\" <\"$refs\" || exit 1; exec <\"$refs\"; rm \"$refs\""
            }
            (Hook::PrePush, true) => {
                "add this line to the file `pre-push` above that folder: refs=$(mktemp) && cat >\"$refs\" && \
                 gridleaks pre-push \"$@\" <\"$refs\" || exit 1; exec <\"$refs\"; rm \"$refs\""
            }
        }
    }

    /// What to do about a hook that no shell runs, or that no line can be added to.
    pub(super) fn any_language(self) -> &'static str {
        match self {
            Hook::PreCommit => "have it run `gridleaks staged`, and end with its status if that is not 0",
            Hook::PrePush => {
                "have it run `gridleaks pre-push` with its own arguments and what git writes to it, and end with its status if that is not 0"
            }
        }
    }

    /// The whole hook.
    pub(super) fn script(self) -> String {
        let command = self.command();
        let event = match self {
            Hook::PreCommit => "commit",
            Hook::PrePush => "push",
        };
        // Nothing of this machine stands in it: the folder may be shared, and paths change.
        format!(
            "\
#!/bin/sh
{MARKER}
# It stops a {event} that would bring a key. To get rid of it, delete this file.
if ! command -v gridleaks >/dev/null 2>&1; then
    # Without the scanner, nobody knows what the {event} would bring.
    printf '%s\\n' 'error: no gridleaks on PATH: the {event} is stopped, since nothing can be scanned' >&2
    printf '%s\\n' \"  help: put gridleaks on PATH, or delete this hook: $0\" >&2
    exit 1
fi
exec {command}
"
        )
    }
}
