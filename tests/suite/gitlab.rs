//! GitLab rejects a report that does not keep to its schema: what that asks, said once more here, of all kinds of findings.

use crate::support::pack::{self, Sizes};
use crate::support::{Folder, Run, key, numbered_key};
use regex::Regex;
use serde_json::Value;

fn text(value: &Value, longest: usize) -> &str {
    let text = value.as_str().unwrap_or_else(|| panic!("no text: {value}"));
    assert!(!text.is_empty() && text.chars().count() <= longest, "{text}");
    text
}

/// Checks that all of these are texts.
fn all(value: &Value, fields: &[&str]) {
    for field in fields {
        text(&value[*field], usize::MAX);
    }
}

/// Checks a report, and gives its vulnerabilities.
fn checked(run: &Run) -> Vec<Value> {
    let report = run.json();
    assert!(Regex::new(r"^\d+\.\d+\.\d+$").unwrap().is_match(text(&report["version"], 20)));
    let scan = &report["scan"];
    assert_eq!((&scan["type"], &scan["status"]), (&"secret_detection".into(), &"success".into()));
    let time = Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$").unwrap();
    for name in ["start_time", "end_time"] {
        assert!(time.is_match(text(&scan[name], 19)));
    }
    for tool in ["analyzer", "scanner"] {
        all(&scan[tool], &["id", "name", "version"]);
        text(&scan[tool]["vendor"]["name"], 255);
        assert!(scan[tool]["url"].as_str().unwrap().starts_with("https://"));
    }
    for message in scan["messages"].as_array().unwrap() {
        assert!(["info", "warn", "fatal"].contains(&text(&message["level"], 5)));
        text(&message["value"], usize::MAX);
    }
    let found = report["vulnerabilities"].as_array().unwrap().clone();
    let mut ids = std::collections::HashSet::new();
    let uuid = Regex::new("^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$").unwrap();
    for one in &found {
        assert!(uuid.is_match(text(&one["id"], 36)) && ids.insert(one["id"].clone()), "{one}");
        text(&one["name"], 255);
        text(&one["description"], 1 << 20);
        assert!(one["solution"].is_null() || !text(&one["solution"], 7000).is_empty());
        assert!(["Info", "Unknown", "Low", "Medium", "High", "Critical"].contains(&text(&one["severity"], 8)));
        let identifiers = one["identifiers"].as_array().unwrap();
        assert!(!identifiers.is_empty());
        for identifier in identifiers {
            all(identifier, &["type", "name", "value"]);
        }
        let location = &one["location"];
        text(&location["commit"]["sha"], 64);
        assert!(location["file"].is_null() || !text(&location["file"], usize::MAX).is_empty());
        for line in ["start_line", "end_line"] {
            assert!(location[line].is_null() || location[line].as_u64().unwrap() > 0);
        }
        for detail in one["details"].as_object().unwrap().values() {
            assert_eq!(text(&detail["type"], 4), "text");
            all(detail, &["name", "value"]);
        }
        assert!(one["raw_source_code_extract"].is_null());
    }
    found
}

#[test]
fn a_report_keeps_to_the_schema_and_shows_each_kind_of_finding() {
    let folder = Folder::new();
    folder.file("my dir/café #1.txt", format!("a\n{} and {}\n", key(), key()));
    folder.file("logo.png", format!("\0\0{}", key())).file(format!("{}.txt", numbered_key(1)), "");
    let member = format!("first\nkey: {}\n", numbered_key(2));
    folder.file("a.zip", pack::zip(&[(b"[x](y)\n/values.yaml", member.as_bytes())], 8, Sizes::Before));
    folder.file("cut.gz", &pack::gzip(&[7; 99])[..20]);
    let run = folder.run(["scan", "--format", "gitlab"]);
    let found = checked(&run);
    assert!(!run.json()["scan"]["messages"].as_array().unwrap().is_empty());
    let places: Vec<_> = found.iter().map(|one| (&one["location"]["file"], &one["location"]["start_line"])).collect();
    assert_eq!(places.len(), 5, "{places:?}");
    assert_eq!(places[0], (&"a.zip".into(), &Value::Null));
    assert_eq!(found[0]["details"]["place"]["value"], "a.zip!/[x](y)\\n/values.yaml:2:6");
    assert_eq!(places[2], (&"my dir/café #1.txt".into(), &2.into()));
    // The same again has the same names.
    let again = checked(&folder.run(["scan", "--format", "gitlab"]));
    assert_eq!(
        again.iter().map(|one| &one["id"]).collect::<Vec<_>>(),
        found.iter().map(|one| &one["id"]).collect::<Vec<_>>()
    );
    assert_eq!(checked(&folder.run(["scan", "my dir", "--exclude", "*", "--format", "gitlab"])).len(), 0);
}

#[test]
fn a_history_names_its_commits() {
    let folder = Folder::new();
    folder.git("init -q -b main").file("a.env", key()).git("add .").git("commit -q -m one");
    folder.git("rm -q a.env").git(&format!("commit -q -m {}", numbered_key(3)));
    folder.file("loose", numbered_key(4)).git("hash-object -w loose");
    let found = checked(&folder.run(["history", "--format", "gitlab"]));
    let shas: Vec<_> = found.iter().map(|one| one["location"]["commit"]["sha"].as_str().unwrap().len()).collect();
    assert_eq!(found.len(), 3);
    assert_eq!(shas.iter().filter(|length| **length == 40).count(), 2);
    assert_eq!(shas.iter().filter(|length| **length == 7).count(), 1, "0000000 where no commit reaches it");
}

#[test]
fn hostile_rules_stay_within_the_limits() {
    let folder = Folder::new();
    let long = "é".repeat(9000);
    folder.file(
        "r.toml",
        format!("[[rules]]\nid = 'long'\nregex = 'abc123'\ndescription = '{long}'\nremedy = '{long}'\n"),
    );
    folder.file("bare.toml", "[[rules]]\nid = 'bare'\nregex = 'abc123'\n").file("f", "abc123");
    for rules in ["r.toml", "bare.toml"] {
        assert_eq!(checked(&folder.run(["scan", "f", "--rules", rules, "--format", "gitlab"])).len(), 1);
    }
}
