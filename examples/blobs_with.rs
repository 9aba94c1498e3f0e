//! Lists the blobs of a repository in which the rules of a file find something: for each of them the rule and the blob, one a line.
//!
//! It goes through the history just as `gridleaks history` does, deltas and all, but names every blob, where the program tells of
//! each key and path once. `bench/truth.py` compares the list with what git and a plain search say:
//!
//!     cargo run --release --example blobs_with -- RULES REPOSITORY

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use gridleaks::detect::{AROUND_ENCODED, Detector};
use gridleaks::rule::RuleSet;
use gridleaks::source::history::{Around, Found, History, Kind, Node, Object};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [rules, repository] = std::env::args_os()
        .skip(1)
        .map(PathBuf::from)
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| "name a file of rules and a repository")?;
    let detector = Detector::new(&RuleSet::only_files(&[rules])?);
    let rules_in =
        |content: &[u8]| detector.find_all(content, None).iter().map(|hit| hit.rule).collect::<BTreeSet<_>>();
    let mut out = io::stdout().lock();
    let mut is_complete = true;
    for history in History::open(&repository)? {
        let (found, failed) = (Mutex::new(BTreeSet::new()), Mutex::new(Vec::new()));
        let note = |node: Node, rules: BTreeSet<usize>| {
            found.lock().unwrap_or_else(PoisonError::into_inner).extend(rules.into_iter().map(|rule| (rule, node)));
        };
        let around = detector.around().map(|near| Around { near, far: near.max(AROUND_ENCODED) });
        let objects = history.read(around, &|met| match met {
            Found::Excerpt(_, new) => detector.may_hold_in(new.text, new.seams),
            Found::Object(node, Object { kind: Kind::Blob, data: content, .. }) => {
                let may_hold = detector.may_hold(content);
                if may_hold {
                    note(node, rules_in(content));
                }
                may_hold
            }
            Found::Huge(node, pieces) => {
                let mut content = Vec::new();
                if let Err(error) = pieces.read_to_end(&mut content) {
                    failed.lock().unwrap_or_else(PoisonError::into_inner).push(error.to_string());
                }
                note(node, rules_in(&content));
                true
            }
            Found::Names(_) => false,
            Found::Object(..) | Found::Name(..) => true,
        })?;
        for (rule, node) in found.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let id = objects.id(node).ok_or("an object has no name")?;
            writeln!(out, "{} {id}", detector.rules()[rule].id)?;
        }
        let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
        let trace = objects.needs_trace.then(|| objects.trace(&|_| true, []));
        let missing = objects.missing(trace.as_ref(), &[]);
        let problems = objects.faults().into_iter().chain(failed).chain(history.refs().faults.iter().cloned());
        for problem in problems.chain(missing.iter().map(|id| format!("object {id} is missing"))) {
            is_complete = false;
            writeln!(io::stderr(), "{problem}")?;
        }
        writeln!(io::stderr(), "{} objects, {} inflated", objects.count(), objects.inflated)?;
    }
    if is_complete { Ok(()) } else { Err("not everything could be read".into()) }
}
