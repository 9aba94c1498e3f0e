//! `gridleaks verify`: one key from standard input.

use std::io::{self, IsTerminal, Read};
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::detect::Detector;
use crate::fault::in_words;
use crate::finding::{Verification, VerificationStatus};
use crate::report::{self, visible};
use crate::rule::Rule;
use crate::scan::confirm_each;
use crate::secret::Secret;
use crate::verify::Counters;

use super::args::VerifyKeyArgs;
use super::messages::{Messages, stdout_has_color};
use super::output::to_stdout;
use super::{Failure, Status, progress, prompt, verification};

/// The bytes that standard input may have: a key and the line end behind it have far fewer.
const MAX_INPUT: u64 = 64 << 10;

/// Asks about the key and says what came of it.
///
/// # Errors
/// No key, more than a key, a rule file or a URL that cannot be used.
pub(super) fn run(args: &VerifyKeyArgs, messages: &Messages) -> Result<Status, Failure> {
    messages.set_color(args.color);
    if !args.arguments.is_empty() {
        return Err("a key is not taken as an argument: others on this machine can read it there\n  help: write it to standard input, as in `gridleaks verify < key.txt`".into());
    }
    let rules = super::rule_sets::in_force(&args.rules, messages)?;
    let detector = Arc::new(Detector::new(&rules));
    messages.mask_with(Arc::clone(&detector));
    let mut verifier = verification::prepare(&args.request, Some(1), &rules)?;
    let key = [key(&read()?, &detector)?];
    let counters = Counters::default();
    let line = || "waiting for an answer".to_owned();
    let verdicts = progress::while_doing(line, true, || confirm_each(&key, &detector, &mut verifier, &counters));
    let [(rule, secret)] = &key;
    let Some(verdict) = verdicts.into_iter().next().flatten() else {
        let id = &rule.id;
        return Err(format!(
            "rule `{id}` finds it, but does not say how to ask about it\n  help: give the rule a `verify` table"
        )
        .into());
    };
    to_stdout(|out| {
        let mut text = Vec::new();
        report::write_verdict(rule, secret, &verdict, stdout_has_color(args.color), &mut text)?;
        out.write_all(&messages.mask(&text))
    })?;
    Ok(status(&verdict))
}

fn status(verdict: &Verification) -> Status {
    match verdict.status {
        VerificationStatus::Active => Status::Found,
        VerificationStatus::Inactive => Status::Clean,
        VerificationStatus::Unknown => Status::Failed,
    }
}

/// What stands on standard input, without blanks around it. A person at a terminal is asked, and what they type is not shown.
/// It is wiped from memory when it goes.
fn read() -> Result<Zeroizing<Vec<u8>>, Failure> {
    // As large as it may get from the beginning: what grows leaves copies behind.
    let mut input = Zeroizing::new(Vec::with_capacity(MAX_INPUT as usize + 1));
    if io::stdin().is_terminal() {
        let typed = prompt::secret("Key (not shown): ");
        input = typed.map_err(|error| format!("cannot read the key from the terminal: {}", in_words(&error)))?;
    } else {
        let read = io::stdin().lock().take(MAX_INPUT + 1).read_to_end(&mut input);
        read.map_err(|error| format!("cannot read standard input: {}", in_words(&error)))?;
    }
    if input.len() as u64 > MAX_INPUT {
        return Err(more_than_a_key());
    }
    let key = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&input);
    Ok(Zeroizing::new(key.trim_ascii().to_vec()))
}

/// The key that is all of `input`, and the first rule that finds it.
fn key(input: &[u8], detector: &Detector) -> Result<(Arc<Rule>, Secret), Failure> {
    let hits = detector.find_all(input, None);
    let whole = hits.iter().filter(|hit| hit.span == (0..input.len()));
    if let Some(hit) = whole.min_by_key(|hit| (detector.rules()[hit.rule].verify.is_none(), hit.rule)) {
        return Ok((Arc::clone(&detector.rules()[hit.rule]), Secret::new(&input[hit.span.clone()], hit.shown)));
    }
    if input.is_empty() {
        return Err("standard input is empty\n  help: write the key to it, as in `gridleaks verify < key.txt`".into());
    }
    if !hits.is_empty() {
        return Err(more_than_a_key());
    }
    let names: Vec<_> = detector.rules().iter().map(|rule| visible(rule.description.as_bytes())).collect();
    Err(format!("what stands on standard input is no key, so nothing was sent; known are: {}\n  help: a placeholder is no key; `gridleaks rules show ID` says what one looks like", names.join(", ")).into())
}

fn more_than_a_key() -> Failure {
    "standard input holds more than a key alone\n  help: write the key alone to it; `gridleaks scan --verify -` takes any text".into()
}
