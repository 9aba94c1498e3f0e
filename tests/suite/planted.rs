//! Keys planted at random in a tree of ordinary files are found, all of them and nothing else, at the right line and column,
//! in every format.

use std::collections::BTreeSet;

use crate::support::{Folder, numbered_key};

/// A place: path, line, column in code points, column in UTF-16 units.
type Place = (String, u64, u64, u64);

/// A small pseudo-random generator; the test is the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// Makes 300 files of words, some outside ASCII, and plants 20 keys in them.
fn plant(folder: &Folder) -> BTreeSet<Place> {
    const WORDS: [&str; 12] =
        ["let", "x", "=", "größer", "// 注释", "😀", "rg_live_", "config", "frg_live_abc", "\t", "\"", "é\u{301}"];
    let mut random = Random(42);
    let planted: BTreeSet<usize> = (0..).map(|number| (number * 37 + 11) % 300).take(20).collect();
    let mut places = BTreeSet::new();
    for number in 0..300 {
        let path = format!("d{}/f {number}.txt", number % 9);
        let lines = 1 + random.below(400);
        let at = planted.contains(&number).then(|| random.below(lines));
        let mut text = String::new();
        for line in 0..lines {
            let mut row: Vec<&str> = (0..random.below(9)).map(|_| WORDS[random.below(WORDS.len())]).collect();
            let key = numbered_key(number as u64);
            if at == Some(line) {
                let before: String = row.iter().map(|word| format!("{word} ")).collect();
                let (points, units) = (before.chars().count() as u64, before.encode_utf16().count() as u64);
                places.insert((path.clone(), line as u64 + 1, points + 1, units + 1));
                row.push(&key);
            }
            text.push_str(&row.join(" "));
            text.push_str(if number % 5 == 0 { "\r\n" } else { "\n" });
        }
        folder.file(&path, text);
    }
    places
}

fn number(value: &serde_json::Value) -> u64 {
    value.as_u64().unwrap()
}

/// Path, line and column of each finding in a report whose columns are code points.
fn in_report(format: &str, report: &str) -> BTreeSet<(String, u64, u64)> {
    let of_json = |finding: &serde_json::Value| {
        (finding["path"].as_str().unwrap().to_owned(), number(&finding["line"]), number(&finding["column"]))
    };
    match format {
        "json" => {
            let report: serde_json::Value = serde_json::from_str(report).unwrap();
            report["findings"].as_array().unwrap().iter().map(of_json).collect()
        }
        "jsonl" => {
            let lines = report.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
            lines.filter(|line| line["type"] == "finding").map(|line| of_json(&line)).collect()
        }
        "text" | "github" => {
            let pattern = if format == "text" {
                r"(?m)^ +--> (.*):(\d+):(\d+)$"
            } else {
                r"(?m)^::error file=([^,]*),line=(\d+),endLine=\d+,col=(\d+),"
            };
            let pattern = regex::Regex::new(pattern).unwrap();
            let place = |found: regex::Captures<'_>| {
                (found[1].to_owned(), found[2].parse().unwrap(), found[3].parse().unwrap())
            };
            pattern.captures_iter(report).map(place).collect()
        }
        _ => unreachable!("{format}"),
    }
}

#[test]
fn planted_keys_are_found_in_every_format() {
    let folder = Folder::new();
    let places = plant(&folder);
    assert_eq!(places.len(), 20);
    let expected: BTreeSet<_> = places.iter().map(|(path, line, column, _)| (path.clone(), *line, *column)).collect();
    for format in ["text", "json", "jsonl", "github"] {
        let run = folder.run(["scan", "--format", format]);
        assert_eq!(run.status, 1);
        assert_eq!(in_report(format, &run.stdout), expected, "{format}");
    }
    let sarif = folder.run(["scan", "--format", "sarif"]).json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let of_sarif = |result: &serde_json::Value| {
        let place = &result["locations"][0]["physicalLocation"];
        let path = place["artifactLocation"]["uri"].as_str().unwrap().replace("%20", " ");
        (path, number(&place["region"]["startLine"]), number(&place["region"]["startColumn"]))
    };
    let expected: BTreeSet<_> = places.iter().map(|(path, line, _, units)| (path.clone(), *line, *units)).collect();
    assert_eq!(results.iter().map(of_sarif).collect::<BTreeSet<_>>(), expected);
    assert_eq!(results.len(), 20);
}
