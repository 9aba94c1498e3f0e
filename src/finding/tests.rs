//! How much a finding weighs, and a finding for tests of all modules.

use super::*;
use crate::rule::RuleSet;

impl Finding {
    /// A finding of the first built-in rule of which nothing more is known than the secret.
    pub(crate) fn of_secret(secret: &[u8]) -> Self {
        Finding {
            rule: Arc::clone(&RuleSet::built_in().unwrap().rules()[0]),
            secret: Secret::new(secret, 1),
            path: None,
            part: Part::Content,
            span: None,
            offset: 0,
            snippet: None,
            encoding: Vec::new(),
            git: None,
            verification: None,
            suppressed: None,
        }
    }
}

#[test]
fn an_active_key_that_is_set_aside_is_only_a_warning() {
    use VerificationStatus::*;
    let rules = RuleSet::built_in().unwrap();
    let rule = rules.rules()[0].clone();
    let of_rule = rule.level;
    for (status, is_set_aside, expected) in [
        (Some(Active), false, Level::Error),
        (Some(Active), true, Level::Warning),
        (Some(Inactive), false, Level::Note),
        (Some(Inactive), true, Level::Note),
        (Some(Unknown), false, of_rule),
        (Some(Unknown), true, of_rule),
        (None, true, of_rule),
    ] {
        let verification = status.map(|status| {
            let (http_status, user_id, api_key_id, detail) = (None, None, None, None);
            Box::new(Verification { status, http_status, user_id, api_key_id, detail })
        });
        let suppressed = is_set_aside.then(|| Box::new(Suppression { by: SuppressedBy::Inline, reason: None }));
        let finding = Finding { rule: rule.clone(), verification, suppressed, ..Finding::of_secret(b"a made-up key") };
        assert_eq!(finding.level(), expected, "{status:?}, set aside: {is_set_aside}");
    }
}
