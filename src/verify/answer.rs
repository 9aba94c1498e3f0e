//! What an answer means: whether a secret works, whose it is, or that nothing is known. The server is not trusted.

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use crate::finding::{Verification, VerificationStatus};
use crate::rule::{Endpoint, Verify};

use super::retry;
use super::transport::{Answer, Body, MAX_BODY, NoAnswer};

/// The characters that an owner's id may have: a UUID has 36.
const MAX_IDENTITY: usize = 40;

/// How many bytes in a row an owner's id may not share with the secret.
const MOST_REPEATED: usize = 13;

/// What came of asking about a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    /// It is settled, if only to "unknown": the server answers.
    Settled(Verification),
    /// The server is busy: an answer with this status, and the wait that it asked for.
    Busy(u16, Option<Duration>),
    /// No whole answer came.
    Dead(NoAnswer),
}

/// What the `answer` about `secret` means.
pub(super) fn meaning(how: &Verify, endpoint: &Endpoint, secret: &[u8], answer: &Answer) -> Reply {
    let status = answer.status;
    if status == 429 || (500..600).contains(&status) {
        let wait = |value: &String| retry::retry_after(value, answer.date.as_deref(), SystemTime::now());
        return Reply::Busy(status, answer.retry_after.as_ref().and_then(wait));
    }
    let unknown = |detail: String| Reply::Settled(Verification::unknown(Some(status), format!("{endpoint} {detail}")));
    let body = match &answer.body {
        Body::Whole(body) => body,
        Body::TooLarge => return unknown(format!("answered {status} with a body of over {MAX_BODY} bytes")),
        Body::Broken(reason) => {
            let reason = format!("its answer of {status} did not come whole: {reason}");
            return Reply::Dead(NoAnswer { http_status: Some(status), reason, was_closed: false });
        }
    };
    let settled = |verdict, detail: Option<String>| {
        Reply::Settled(Verification {
            status: verdict,
            http_status: Some(status),
            user_id: None,
            api_key_id: None,
            detail,
        })
    };
    match status {
        _ if how.inactive.contains(&status) => settled(VerificationStatus::Inactive, None),
        300..400 => unknown(format!("redirects ({status}); redirects are never followed")),
        _ if !how.active.contains(&status) => unknown(format!("answered {status}, which says nothing about a key")),
        200..300 => match confirmed(how, body) {
            Ok(body) => Reply::Settled(with_owner(how, status, secret, &body)),
            Err(fault) => unknown(format!("answered {status}, but {fault}: is there a login page or a proxy between?")),
        },
        403 => {
            settled(VerificationStatus::Active, Some("the answer was 403: it is valid, but lacks access".to_owned()))
        }
        _ => settled(VerificationStatus::Active, Some(format!("the answer was {status}"))),
    }
}

/// The body's fields, if they say what the issuer's do. A rule that expects nothing of them takes any body.
fn confirmed(how: &Verify, body: &[u8]) -> Result<Map<String, Value>, String> {
    let fields = match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => fields,
        _ if how.expect.is_empty() => Map::new(),
        _ => return Err("its body is no JSON object".to_owned()),
    };
    match how.expect.iter().find(|(field, value)| fields.get(*field) != Some(value)) {
        Some((field, value)) => Err(format!("its body does not say that `{field}` is {value}")),
        None => Ok(fields),
    }
}

fn with_owner(how: &Verify, status: u16, secret: &[u8], body: &Map<String, Value>) -> Verification {
    let mut hidden = Vec::new();
    let mut field = |place: usize| {
        let name = how.owner.get(place)?;
        let value = body.get(name).filter(|value| !value.is_null())?;
        let shown = match identity(value) {
            Some(text) if repeats(&text, secret) => Err("it has a part of the key in it".to_owned()),
            Some(text) => Ok(text),
            None => Err(format!("it is no id of at most {MAX_IDENTITY} plain characters")),
        };
        shown.map_err(|fault| hidden.push(format!("`{name}` of its answer is not shown: {fault}"))).ok()
    };
    let (user_id, api_key_id) = (field(0), field(1));
    let detail = (!hidden.is_empty()).then(|| hidden.join("; "));
    Verification { status: VerificationStatus::Active, http_status: Some(status), user_id, api_key_id, detail }
}

/// Whether a server's text says anything of the secret that it was asked about: as much in a row as a report does not show.
fn repeats(text: &str, secret: &[u8]) -> bool {
    let shortest = MOST_REPEATED.min(secret.len().max(1));
    secret.windows(shortest).any(|part| memchr::memmem::find(text.as_bytes(), part).is_some())
}

/// Who the owner is, if that is a UUID or a short printable text, of letters, digits and what ids are written with: nothing that
/// a viewer of reports could take for a link, a tag or a command.
fn identity(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_u64() => number.to_string(),
        _ => return None,
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b" -_.:@|/+=#".contains(&byte);
    let is_short = (1..=MAX_IDENTITY).contains(&text.len()) && text.trim() == text;
    (is_short && text.bytes().all(is_plain)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{Origin, RuleSet};
    use VerificationStatus::{Active, Inactive, Unknown};

    const USER: &str = "6f9619ff-8b86-4011-b42d-00c04fc964ff";
    const KEY: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

    fn means(status: u16, body: Body) -> Reply {
        let rules = RuleSet::built_in().unwrap();
        let how = rules.rules()[0].verify.as_ref().unwrap();
        let answer = Answer { status, retry_after: None, date: None, body };
        meaning(how, &how.endpoint, &secret(), &answer)
    }

    /// A made-up key, put together here so that none stands in the source.
    fn secret() -> Vec<u8> {
        format!("{}_live_{}", "rg", "9f1c7e2ab3d5c7e9f1a2047b6d8e35c0").into_bytes()
    }

    fn settled(status: u16, body: &str) -> Verification {
        match means(status, Body::Whole(body.into())) {
            Reply::Settled(verification) => verification,
            other => panic!("not settled: {other:?}"),
        }
    }

    #[test]
    fn statuses_and_bodies_say_what_the_rule_says_they_do() {
        for (status, body, expected, detail) in [
            (200, r#"{"ok": true}"#, Active, ""),
            (201, r#"{"ok": true}"#, Unknown, "answered 201"),
            (403, "", Active, "lacks access"),
            (403, "<html>", Active, "lacks access"),
            (401, "", Inactive, ""),
            (401, r#"{"ok": true}"#, Inactive, ""),
            (200, "", Unknown, "no JSON object"),
            (200, "<html>Log in</html>", Unknown, "no JSON object"),
            (200, "[true]", Unknown, "no JSON object"),
            (200, "{}", Unknown, "`ok` is true"),
            (200, r#"{"ok": false}"#, Unknown, "`ok` is true"),
            (200, r#"{"ok": "true"}"#, Unknown, "`ok` is true"),
            (200, r#"{"ok": 1}"#, Unknown, "`ok` is true"),
            (200, r#"{"ok": true"#, Unknown, "no JSON object"),
            (302, "", Unknown, "redirects (302)"),
            (307, r#"{"ok": true}"#, Unknown, "never followed"),
            (404, "", Unknown, "answered 404"),
            (400, "", Unknown, "answered 400"),
            (204, "", Unknown, "answered 204"),
            (101, "", Unknown, "answered 101"),
        ] {
            let verification = settled(status, body);
            assert_eq!((verification.status, verification.http_status), (expected, Some(status)), "{status} {body}");
            let said = verification.detail.unwrap_or_default();
            assert!(said.contains(detail) && (expected != Inactive || said.is_empty()), "{status} {body}: {said}");
        }
        let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
        assert_eq!(settled(200, &deep).status, Unknown);
    }

    #[test]
    fn a_rule_that_expects_nothing_of_a_body_takes_any() {
        let text = "[[rules]]\nid = 'mine'\nregex = 'abc'\n[rules.verify]\nmethod = 'GET'\nurl = 'https://example.com/'\n\
                    headers = { A = '{secret}' }\nactive = [200, 402]\ninactive = [401]\n";
        let rules = RuleSet::from_text(Origin::CommandLine("r.toml".into()), text).unwrap();
        let how = rules.rules()[0].verify.as_ref().unwrap();
        for (status, body, expected, detail) in [
            (200, "", Active, None),
            (200, "[true]", Active, None),
            (200, "{}", Active, None),
            (402, "", Active, Some("the answer was 402")),
        ] {
            let answer = Answer { status, retry_after: None, date: None, body: Body::Whole(body.into()) };
            let Reply::Settled(found) = meaning(how, &how.endpoint, b"abc", &answer) else { panic!("not settled") };
            assert_eq!((found.status, found.detail.as_deref()), (expected, detail), "{status} {body}");
        }
    }

    #[test]
    fn a_body_that_did_not_come_whole_says_nothing() {
        for status in [200, 401, 403] {
            let Reply::Settled(verification) = means(status, Body::TooLarge) else { panic!("it is settled") };
            assert_eq!((verification.status, verification.http_status), (Unknown, Some(status)));
            let Reply::Dead(none) = means(status, Body::Broken("it was cut".into())) else { panic!("it is none") };
            assert!(none.http_status == Some(status) && none.reason.ends_with("did not come whole: it was cut"));
        }
    }

    #[test]
    fn a_busy_server_is_asked_again() {
        for status in [429, 500, 502, 503, 599] {
            assert_eq!(means(status, Body::TooLarge), Reply::Busy(status, None));
        }
    }

    #[test]
    fn owners_are_shown_only_if_they_look_like_owners() {
        let body = |user: &str, key: &str| format!(r#"{{"ok": true, "user_id": {user}, "api_key_id": {key}}}"#);
        let found = settled(200, &body(&format!("\"{USER}\""), &format!("\"{KEY}\"")));
        assert_eq!((found.user_id.as_deref(), found.api_key_id.as_deref()), (Some(USER), Some(KEY)));
        assert_eq!(found.detail, None);
        let found = settled(200, &body("12345", "null"));
        assert_eq!((found.user_id.as_deref(), found.api_key_id.as_deref(), found.detail), (Some("12345"), None, None));

        // A server that sends back what it was sent, or a part of it.
        let secret = String::from_utf8(secret()).unwrap();
        for text in [&secret[..], &secret[8..], &secret[20..34], &format!("key {}", &secret[..32])] {
            let found = settled(200, &body(&format!("\"{text}\""), "\"ok\""));
            assert_eq!((found.user_id, found.api_key_id.as_deref()), (None, Some("ok")));
            let said = found.detail.unwrap();
            assert!(!said.contains(text) && said.ends_with("not shown: it has a part of the key in it"), "{said}");
        }
        let found = settled(200, &body(&format!("\"{secret}\""), "\"<b>\""));
        let said = "`user_id` of its answer is not shown: it has a part of the key in it; \
                    `api_key_id` of its answer is not shown: it is no id of at most 40 plain characters";
        assert_eq!(found.detail.as_deref(), Some(said));

        let long = format!("\"{}\"", "a".repeat(41));
        let hostile = [
            r#""""#,
            r#"" a""#,
            r#""[a](b)""#,
            r#""<b>""#,
            r#""\u001b[31m""#,
            r#""a\nb""#,
            r#""é""#,
            r#""\u202e""#,
            "true",
            "1.5",
            "-1",
            "[]",
            "{}",
        ];
        for value in hostile.into_iter().chain([&*long]) {
            let found = settled(200, &body(value, "\"ok\""));
            assert_eq!((found.status, found.user_id.as_deref()), (Active, None), "{value}");
            assert_eq!(found.api_key_id.as_deref(), Some("ok"), "{value}");
            let said = "`user_id` of its answer is not shown: it is no id of at most 40 plain characters";
            assert_eq!(found.detail.as_deref(), Some(said), "{value}");
        }
    }
}
