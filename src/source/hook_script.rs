//! What somebody else's hook does with gridleaks: whether it surely runs it and stops by its status, or only speaks of it.
//!
//! This is no shell. A few plain forms of a line are known, in a script of which nothing before that line may end it well or keep the line
//! from being run; all else is not sure, and it is for whoever wrote the script to say.

use super::hook::Hook;

/// What a script does with gridleaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// It runs gridleaks, and ends with an error if that does.
    Stops,
    /// It speaks of gridleaks, which may not be run, or not stop anything.
    Mentions,
    /// There is nothing of gridleaks in it.
    Nothing,
}

/// What a script does with gridleaks. One that `is_strict` is run by a shell that ends at the first command that fails, whatever its
/// first line says.
pub(super) fn used(text: &str, hook: Hook, is_strict: bool) -> Use {
    if (is_strict || is_shell(text)) && stops(text, hook, is_strict) {
        return Use::Stops;
    }
    if text.contains("gridleaks") { Use::Mentions } else { Use::Nothing }
}

/// Whether a shell runs a script: git has one run what says nothing of it.
pub(super) fn is_shell(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    let Some(command) = first.strip_prefix("#!") else { return !text.contains('\0') };
    let mut names = command.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or_default());
    let name = names.find(|name| *name != "env" && !name.starts_with('-')).unwrap_or_default();
    ["sh", "ash", "bash", "dash", "ksh", "zsh"].contains(&name.trim_end_matches(".exe"))
}

fn stops(text: &str, hook: Hook, is_strict: bool) -> bool {
    let first = text.lines().next().unwrap_or_default();
    let has_flag = |word: &str| word.starts_with('-') && !word.starts_with("--") && word.contains('e');
    let mut ends_at_failures = is_strict || first.starts_with("#!") && first.split_whitespace().skip(1).any(has_flag);
    // In how many blocks a line is: there, it need not be run.
    let mut depth = 0i32;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    while let Some(line) = lines.next() {
        if depth == 0 {
            if stops_by(line, hook) {
                return true;
            }
            if is_call(line, hook) && (ends_at_failures || lines.clone().next().is_none()) {
                return true;
            }
        }
        if !is_plain(line) {
            return false;
        }
        let words = words(line);
        if words.first() == Some(&"set") {
            let says_so = words[1..].iter().any(|word| has_flag(word) || *word == "errexit");
            ends_at_failures = depth == 0 && says_so && !line.contains(['+', '&', '|', ';']);
        }
        depth += blocks(line);
    }
    false
}

/// Whether a line alone sees to it that nothing goes on if gridleaks fails.
fn stops_by(line: &str, hook: Hook) -> bool {
    if let Some(command) = line.strip_prefix("exec ") {
        return is_call(command, hook);
    }
    if let Some(rest) = line.strip_prefix("if ! ") {
        let parts: Vec<&str> = rest.split(';').map(str::trim).collect();
        return matches!(parts[..], [call, then, "fi"]
            if is_call(call, hook) && then.strip_prefix("then ").is_some_and(is_failure));
    }
    let Some((before, after)) = line.split_once("||") else { return false };
    // If what is in front of it fails, the line ends the script just so.
    let mut parts: Vec<&str> = before.split("&&").map(str::trim).collect();
    let Some(call) = parts.pop() else { return false };
    let ends = after.split([';', '#']).next().unwrap_or_default().trim();
    is_call(call, hook)
        && is_failure(ends)
        && parts.iter().all(|part| is_plain(part) && !part.contains([';', '|', '#']))
}

/// Whether a command ends the script with an error, where the one before it has failed.
fn is_failure(command: &str) -> bool {
    let status = command.strip_prefix("exit").map(str::trim_start);
    status.is_some_and(|status| status.is_empty() || status == "$?" || is_error(status))
}

fn is_error(status: &str) -> bool {
    status.parse::<u8>().is_ok_and(|status| status != 0)
}

/// Whether a command runs gridleaks as this hook would, and ends as that does.
fn is_call(command: &str, hook: Hook) -> bool {
    let subcommand = hook.command().split(' ').nth(1).unwrap_or_default();
    let mut words = command.split_whitespace().peekable();
    words.next_if(|word| ["command", "uvx"].contains(word));
    let program = words.next().unwrap_or_default().trim_matches(['"', '\'']);
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_odd = |word: &str| {
        let word = word.strip_suffix(">&1").or(word.strip_suffix(">&2")).unwrap_or(word);
        word.contains(['&', '|', ';', '(', ')', '#', '`', '\\']) || word.contains("<<")
    };
    // These end well, whatever is staged.
    let is_help = |word: &str| ["-h", "--help", "-V", "--version"].contains(&word);
    (name == "gridleaks" || name == "gridleaks.exe")
        && !is_odd(program)
        && words.next() == Some(subcommand)
        && words.all(|word| !is_odd(word) && !is_help(word))
}

/// Whether a line before the call surely lets the script go on to it, or ends it with an error.
fn is_plain(line: &str) -> bool {
    let count = |sign: char| line.matches(sign).count();
    let is_whole = count('"') % 2 == 0 && count('\'') % 2 == 0 && count('(') == count(')') && !line.contains("<<");
    let goes_on = ["\\", "|", "&&"].iter().any(|end| line.ends_with(end));
    let words = words(line);
    let may_end = |(at, word): (usize, &&str)| {
        let next = words.get(at + 1).copied().unwrap_or_default();
        match *word {
            "exit" => !is_error(next),
            "exec" => !next.starts_with(['<', '>']),
            "return" | "trap" | "alias" | "eval" | "." | "source" | "function" => true,
            word => word.starts_with("gridleaks()") || word.ends_with("()"),
        }
    };
    is_whole && !goes_on && !words.iter().enumerate().any(may_end)
}

/// How many more blocks a line opens than it closes.
fn blocks(line: &str) -> i32 {
    let opens =
        words(line).iter().filter(|word| ["if", "for", "while", "until", "case", "select", "{"].contains(word)).count();
    let commands = line.split(';').map(str::trim_start);
    let closes = commands.filter(|command| ["fi", "done", "esac", "}"].contains(words(command).first().unwrap_or(&"")));
    opens as i32 - closes.count() as i32
}

fn words(line: &str) -> Vec<&str> {
    line.split(|sign: char| sign.is_whitespace() || sign == ';').filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(script: &str) -> Use {
        used(script, Hook::PreCommit, false)
    }

    #[test]
    fn what_surely_stops() {
        for script in [
            "gridleaks staged",
            "#!/bin/sh\ngridleaks staged || exit 1\nmake lint\n",
            "#!/bin/sh\n\"$HOME/bin/gridleaks\" staged --quiet 2>&1 || exit $? # keys\nexit 0\n",
            "#!/usr/bin/env bash\nset -euo pipefail\nmake lint\ngridleaks staged\nmake test\n",
            "#!/bin/sh -e\ngridleaks staged\nmake test\n",
            "#!/bin/sh\nif test -f x; then\n  make lint || exit 1\nfi\nexec gridleaks staged\n",
            "#!/bin/sh\nif ! gridleaks staged; then exit 1; fi\nmake\n",
            "#!/bin/sh\nmake lint && gridleaks staged || exit 1\nexit 0\n",
        ] {
            assert_eq!(judged(script), Use::Stops, "{script}");
        }
        assert_eq!(used("npm test\ngridleaks staged\nnpm run x\n", Hook::PreCommit, true), Use::Stops);
    }

    #[test]
    fn what_may_not_stop() {
        for script in [
            "make -q lint || : # TODO: gridleaks staged\nexit 0\n",
            "true # gridleaks staged\n",
            "# gridleaks staged\n",
            "cat <<END\ngridleaks staged\nEND\n",
            "cat <<END\ngridleaks staged || exit 1\nEND\n",
            ">&2 echo \"gridleaks staged\"\n",
            "echo \"\ngridleaks staged || exit 1\n\"\n",
            "echo \"x && gridleaks staged || exit 1\"\n",
            "exit 0\ngridleaks staged || exit 1\n",
            "[ -n \"$SKIP\" ] && exit\ngridleaks staged\n",
            "exec make lint\ngridleaks staged\n",
            "gridleaks staged || true\n",
            "gridleaks staged || exit 0\n",
            "gridleaks staged || echo exit 1\n",
            "gridleaks staged &\n",
            "gridleaks staged | tee log\n",
            "gridleaks staged; exit 0\n",
            "gridleaks staged --help || exit 1\n",
            "gridleaks staged\nmake lint\n",
            "set -e\nset +e\ngridleaks staged\nmake lint\n",
            "set -e\nif make; then\ngridleaks staged || exit 1\nfi\n",
            "check() {\ngridleaks staged || exit 1\n}\n",
            "make &&\ngridleaks staged || exit 1\n",
            "gridleaks() { true; }\ngridleaks staged || exit 1\n",
            "#!/usr/bin/env python3\nimport x\ngridleaks staged || exit 1\n",
            "#!/usr/bin/python3\n\"\"\"\n\"\"\"\ngridleaks staged\n",
            "gridleaks history || exit 1\n",
        ] {
            assert_eq!(judged(script), Use::Mentions, "{script}");
        }
        assert_eq!(judged("make lint\n"), Use::Nothing);
    }

    #[test]
    fn who_runs_a_script() {
        let shells = ["", "make\n", "#!/bin/sh\n", "#! /usr/bin/env -S bash -e\n", "#!/bin/dash -e\n"];
        assert!(shells.iter().all(|text| is_shell(text)));
        let others = ["#!/usr/bin/env node\n", "#!/usr/bin/python3\n", "#!/usr/bin/env\n", "\x7fELF\0\0"];
        assert!(!others.iter().any(|text| is_shell(text)));
    }
}
