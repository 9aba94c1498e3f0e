//! Has secrets asked about, and notes with each finding what its issuer said.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::detect::{Detector, looks_made_up};
use crate::finding::{Outcome, Verification, VerificationStatus};
use crate::rule::{Judge, Rule};
use crate::secret::Secret;
use crate::verify::{Counters, Verifier};

use super::masked;

/// Asks about each distinct secret once, however many places hold it, and fills in [`crate::finding::Finding::verification`]. Placeholders are
/// not sent.
pub fn confirm(outcome: &mut Outcome, detector: &Detector, verifier: &mut Verifier, counters: &Counters) {
    let mut places: HashMap<(&str, &Secret), usize> = HashMap::new();
    let mut secrets: Vec<(Arc<Rule>, Secret)> = Vec::new();
    let mut of_finding = Vec::with_capacity(outcome.findings.len());
    for finding in &outcome.findings {
        of_finding.push(*places.entry((&finding.rule.id, &finding.secret)).or_insert_with(|| {
            secrets.push((Arc::clone(&finding.rule), finding.secret.clone()));
            secrets.len() - 1
        }));
    }
    let verdicts = confirm_each(&secrets, detector, verifier, counters);
    for (finding, place) in outcome.findings.iter_mut().zip(of_finding) {
        finding.verification = verdicts[place].clone().map(Box::new);
    }
}

/// Asks about each of these secrets; none is the answer for a rule that does not say how to ask.
pub fn confirm_each(
    secrets: &[(Arc<Rule>, Secret)],
    detector: &Detector,
    verifier: &mut Verifier,
    counters: &Counters,
) -> Vec<Option<Verification>> {
    let is_sent: Vec<bool> = secrets.iter().map(|(rule, secret)| may_be_sent(rule, secret)).collect();
    let sent: Vec<_> =
        secrets.iter().zip(&is_sent).filter(|(_, sent)| **sent).map(|(secret, _)| secret.clone()).collect();
    let mut answers = ask(&sent, detector, verifier, counters).into_iter();
    let verdict = |((rule, _), sent): (&(Arc<Rule>, Secret), &bool)| {
        if *sent { answers.next().flatten() } else { rule.verify.is_some().then(not_sent) }
    };
    let mut verdicts: Vec<_> = secrets.iter().zip(&is_sent).map(verdict).collect();
    hide_echoes(&mut verdicts, secrets, detector);
    verdicts
}

/// Asks, and asks once more about what does not work as a whole but begins with what may be a key.
fn ask(
    secrets: &[(Arc<Rule>, Secret)],
    detector: &Detector,
    verifier: &mut Verifier,
    counters: &Counters,
) -> Vec<Option<Verification>> {
    let mut verdicts = verifier.verify(secrets, counters);
    let key_in = |(place, verdict): (usize, &Option<Verification>)| {
        verdict.as_ref().filter(|verdict| verdict.status == VerificationStatus::Inactive)?;
        let (rule, secret) = &secrets[place];
        Some((place, key_in(detector, rule, secret)?))
    };
    let (places, keys): (Vec<_>, Vec<_>) = verdicts.iter().enumerate().filter_map(key_in).unzip();
    for ((place, (_, key)), verdict) in places.into_iter().zip(&keys).zip(verifier.verify(&keys, counters)) {
        verdicts[place] = verdict.map(|verdict| of_longer(verdict, key));
    }
    verdicts
}

/// The key that a longer secret begins with, as [`crate::rule::Verify::part`] has it. It is one only if a rule finds it: so it is
/// no placeholder.
fn key_in(detector: &Detector, rule: &Arc<Rule>, secret: &Secret) -> Option<(Arc<Rule>, Secret)> {
    let part = rule.verify.as_ref()?.part_of(secret.reveal())?;
    let hit = detector.find_all(part, None).into_iter().find(|hit| hit.span == (0..part.len()))?;
    Some((Arc::clone(rule), Secret::new(part, hit.shown)))
}

/// What is known of a longer secret from what is known of the key that it begins with.
fn of_longer(verdict: Verification, key: &Secret) -> Verification {
    if verdict.status != VerificationStatus::Active {
        return verdict;
    }
    let count = String::from_utf8_lossy(key.reveal()).chars().count();
    let detail = format!("its first {count} characters are the key; what follows is not part of it");
    Verification { detail: Some(detail), ..verdict }
}

/// Whether a secret may be sent to its issuer. A token was judged when it was found; what a regex alone found may be anything.
fn may_be_sent(rule: &Rule, secret: &Secret) -> bool {
    match rule.judge {
        Judge::Token { .. } => true,
        Judge::Regex => !looks_made_up(secret.reveal()),
    }
}

fn not_sent() -> Verification {
    Verification::unknown(None, "not asked: it looks like a placeholder, and these are never sent".to_owned())
}

/// As many bytes of a secret as help nobody who finds them.
const STRETCH: usize = 8;

/// Takes out of verdicts what is of any secret of the run: a server that is sent secrets could send them back, to have them
/// written to a report that others read. What is said of the owner goes if a stretch of a secret stands in it, or all of a shorter
/// one; in any case, backwards, cut up by other characters, or from one field on into the next. Beyond such play a server that
/// means harm needs no report.
fn hide_echoes(verdicts: &mut [Option<Verification>], secrets: &[(Arc<Rule>, Secret)], detector: &Detector) {
    let said: HashSet<Vec<u8>> = verdicts.iter().flatten().flat_map(owner_texts).collect();
    let stretches: HashSet<&[u8]> = said.iter().flat_map(|text| text.windows(STRETCH)).collect();
    let mut echoed: HashSet<Vec<u8>> = HashSet::new();
    for (_, secret) in secrets.iter().filter(|_| !said.is_empty()) {
        let secret = plain(secret.reveal());
        if secret.len() < STRETCH {
            echoed.insert(secret);
        } else {
            let both = secret.windows(STRETCH).filter(|stretch| stretches.contains(stretch));
            echoed.extend(both.map(<[u8]>::to_vec));
        }
    }
    let holds = |text: &[u8], length: usize| text.windows(length).any(|part| echoed.contains(part));
    for verdict in verdicts.iter_mut().flatten() {
        if owner_texts(verdict).iter().any(|text| (1..=STRETCH).any(|length| holds(text, length))) {
            (verdict.user_id, verdict.api_key_id) = (None, None);
            verdict.detail = Some("whose key it is is not shown: the answer holds part of a key".to_owned());
        }
        // The name of the server that was asked stands in it.
        verdict.detail = verdict.detail.as_ref().map(|detail| masked(detector, detail.as_bytes()));
    }
}

/// What an answer says of the owner, to be compared: its fields one after the other, forwards and backwards.
fn owner_texts(verdict: &Verification) -> Vec<Vec<u8>> {
    let both: String = verdict.user_id.iter().chain(&verdict.api_key_id).map(String::as_str).collect();
    let forwards = plain(both.as_bytes());
    let backwards = forwards.iter().rev().copied().collect();
    if forwards.is_empty() { Vec::new() } else { vec![forwards, backwards] }
}

/// Letters and digits alone, in lower case.
fn plain(text: &[u8]) -> Vec<u8> {
    text.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect()
}
