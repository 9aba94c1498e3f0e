//! How much a finding weighs.

use super::*;
use crate::rule::RuleSet;

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
