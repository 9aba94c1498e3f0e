//! Has secrets asked about, and notes with each finding what its issuer said.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::detect::looks_made_up;
use crate::finding::{Finding, Outcome, Verification, VerificationStatus};
use crate::rule::{Judge, Rule};
use crate::secret::Secret;
use crate::verify::{Counters, Verifier};

/// Asks about each distinct secret once, however many places hold it, and fills in [`Finding::verification`]. Placeholders are
/// not sent.
pub fn confirm(outcome: &mut Outcome, verifier: &mut Verifier, counters: &Counters) {
    let mut places: HashMap<(Arc<str>, Secret), usize> = HashMap::new();
    let mut secrets: Vec<(Arc<Rule>, Secret)> = Vec::new();
    let mut place_of = |finding: &Finding| {
        *places.entry((Arc::from(&*finding.rule.id), finding.secret.clone())).or_insert_with(|| {
            secrets.push((Arc::clone(&finding.rule), finding.secret.clone()));
            secrets.len() - 1
        })
    };
    let of_finding: Vec<usize> = outcome.findings.iter().map(&mut place_of).collect();
    let verdicts = confirm_each(&secrets, verifier, counters);
    for (finding, place) in outcome.findings.iter_mut().zip(of_finding) {
        finding.verification = verdicts[place].clone().map(Box::new);
    }
}

/// Asks about each of these secrets; none is the answer for a rule that does not say how to ask.
pub fn confirm_each(
    secrets: &[(Arc<Rule>, Secret)],
    verifier: &mut Verifier,
    counters: &Counters,
) -> Vec<Option<Verification>> {
    let sent: Vec<_> = secrets.iter().filter(|(rule, secret)| may_be_sent(rule, secret)).cloned().collect();
    let mut answers = verifier.verify(&sent, counters).into_iter();
    let verdict = |(rule, secret): &(Arc<Rule>, Secret)| {
        if may_be_sent(rule, secret) { answers.next().flatten() } else { rule.verify.is_some().then(not_sent) }
    };
    let mut verdicts: Vec<_> = secrets.iter().map(verdict).collect();
    hide_echoes(&mut verdicts, secrets);
    verdicts
}

/// Whether a secret may be sent to its issuer. A token was judged when it was found; what a regex alone found may be anything.
fn may_be_sent(rule: &Rule, secret: &Secret) -> bool {
    match rule.judge {
        Judge::Token { .. } => true,
        Judge::Regex => !looks_made_up(secret.reveal()),
    }
}

fn not_sent() -> Verification {
    Verification {
        status: VerificationStatus::Unknown,
        http_status: None,
        user_id: None,
        api_key_id: None,
        detail: Some("not asked: it looks like a placeholder, and these are never sent".to_owned()),
    }
}

/// As many bytes of a secret as help nobody who finds them.
const STRETCH: usize = 8;

/// Drops what an answer says of the owner where a stretch of any secret of the run stands in it, in any case: a server that is
/// sent secrets could send them back, to have them written to a report that others read.
fn hide_echoes(verdicts: &mut [Option<Verification>], secrets: &[(Arc<Rule>, Secret)]) {
    let lower = |bytes: &[u8]| bytes.to_ascii_lowercase();
    let said = |verdict: &Verification| {
        let fields = verdict.user_id.iter().chain(&verdict.api_key_id);
        fields
            .flat_map(|text| lower(text.as_bytes()).windows(STRETCH).map(<[u8]>::to_vec).collect::<Vec<_>>())
            .collect::<Vec<_>>()
    };
    let stretches: HashSet<Vec<u8>> = verdicts.iter().flatten().flat_map(said).collect();
    if stretches.is_empty() {
        return;
    }
    let mut echoed: HashSet<&[u8]> = HashSet::new();
    for (_, secret) in secrets {
        let secret = lower(secret.reveal());
        echoed.extend(secret.windows(STRETCH).filter_map(|stretch| stretches.get(stretch)).map(Vec::as_slice));
    }
    let is_echo = |text: &String| lower(text.as_bytes()).windows(STRETCH).any(|stretch| echoed.contains(stretch));
    for verdict in verdicts.iter_mut().flatten() {
        if verdict.user_id.iter().chain(&verdict.api_key_id).any(is_echo) {
            (verdict.user_id, verdict.api_key_id) = (None, None);
            verdict.detail = Some("whose key it is is not shown: the answer holds part of a key".to_owned());
        }
    }
}
