//! Proves each rule against its own examples and counterexamples.
//!
//! In these texts `{hex:32}`, `{base62:32}`, `{urlsafe:32}` and `{digits:8}` stand for that many random characters, so that
//! a rule file holds no key, not even a made-up one. Texts with such places are tried many times over.

use std::sync::Arc;

use crate::amounts::plural;
use crate::detect::Detector;
use crate::random::Random;
use crate::rule::{Rule, RuleSet};

/// How often a text with random parts is tried.
const TRIES: usize = 50;

/// The random characters that a text may ask for at once.
const MOST_CHARACTERS: usize = 4096;

/// How a rule did on its own examples.
#[derive(Debug)]
pub struct Outcome {
    /// The rule.
    pub rule: Arc<Rule>,
    /// What went wrong, a line each; empty if the rule holds.
    pub failures: Vec<String>,
}

/// Runs each rule of `rules` against its own examples.
pub fn check(rules: &RuleSet) -> Vec<Outcome> {
    let detector = Detector::new(rules);
    let check_rule = |(index, rule): (usize, &Arc<Rule>)| Outcome {
        rule: Arc::clone(rule),
        failures: [(&rule.examples, true), (&rule.counterexamples, false)]
            .into_iter()
            .flat_map(|(texts, wanted)| texts.iter().map(move |text| (text, wanted)))
            .filter_map(|(text, wanted)| check_text(&detector, index, text, wanted))
            .collect(),
    };
    rules.rules().iter().enumerate().map(check_rule).collect()
}

/// What is wrong with rule `index` on `text`, which is to hold one finding of it or none.
fn check_text(detector: &Detector, index: usize, text: &str, wanted: bool) -> Option<String> {
    let mut random = Random::new(1);
    for _ in 0..TRIES {
        let tried = match expand(text, &mut random) {
            Ok(tried) => tried,
            Err(fault) => return Some(format!("{fault}: {text}")),
        };
        let found = detector.find_all(tried.as_bytes(), None).iter().filter(|hit| hit.rule == index).count();
        if found != usize::from(wanted) {
            let kind = if wanted { "example" } else { "counterexample" };
            return Some(format!("{} in the {kind}: {text}", plural(found as u64, "finding")));
        }
        if tried == text {
            break;
        }
    }
    None
}

/// Replaces each `{alphabet:count}` in `text` by random characters.
fn expand(text: &str, random: &mut Random) -> Result<String, String> {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        expanded.push_str(&rest[..start]);
        rest = &rest[start..];
        let place = rest.find('}').and_then(|end| Some((alphabet_and_count(&rest[1..end])?, end + 1)));
        match place {
            Some(((_, count), _)) if count > MOST_CHARACTERS => {
                return Err(format!("more than {MOST_CHARACTERS} random characters"));
            }
            Some(((alphabet, count), end)) => {
                expanded.extend((0..count).map(|_| char::from(alphabet[random.below(alphabet.len())])));
                rest = &rest[end..];
            }
            None => {
                expanded.push('{');
                rest = &rest[1..];
            }
        }
    }
    expanded.push_str(rest);
    Ok(expanded)
}

fn alphabet_and_count(place: &str) -> Option<(&'static [u8], usize)> {
    let (name, count) = place.split_once(':')?;
    let alphabet: &[u8] = match name {
        "hex" => b"0123456789abcdef",
        "digits" => b"0123456789",
        "base62" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        "urlsafe" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        _ => return None,
    };
    Some((alphabet, count.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Origin;

    fn failures(text: &str) -> Vec<String> {
        let rules = RuleSet::from_text(Origin::CommandLine("test.toml".into()), text).unwrap();
        check(&rules).into_iter().flat_map(|outcome| outcome.failures).collect()
    }

    #[test]
    fn the_built_in_rules_hold() {
        for outcome in check(&RuleSet::built_in().unwrap()) {
            assert!(outcome.failures.is_empty(), "{}: {:?}", outcome.rule.id, outcome.failures);
            assert!(
                !outcome.rule.examples.is_empty() && !outcome.rule.counterexamples.is_empty(),
                "{}",
                outcome.rule.id
            );
        }
    }

    #[test]
    fn a_rule_that_fails_its_examples_is_named() {
        let rule = |examples: &str| format!("[[rules]]\nid = 'a'\nregex = 'key_[0-9a-f]{{8}}'\n{examples}");
        assert!(
            failures(&rule("examples = ['x key_{hex:8} y']\ncounterexamples = ['key_{hex:7} ', '{hex:4']")).is_empty()
        );
        assert_eq!(failures(&rule("examples = ['none here']")), ["0 findings in the example: none here"]);
        assert_eq!(
            failures(&rule("counterexamples = ['key_{hex:8}']")),
            ["1 finding in the counterexample: key_{hex:8}"]
        );
        assert_eq!(failures(&rule("examples = ['{hex:9999}']")), ["more than 4096 random characters: {hex:9999}"]);
    }
}
