//! Rule files: arbitrary TOML is refused with a fault that names a line of it, or makes rules that search within bounds.

use gridleaks::detect::{Detector, Window};
use gridleaks::rule::{Origin, RuleSet};

use crate::Target;
use crate::parts::key;

pub(super) const TARGET: Target = Target {
    name: "rules",
    run,
    seeds,
    words: &[
        b"[[rules]]\n",
        b"id = \"",
        b"regex = '",
        b"keywords = [",
        b"judge = \"token\"",
        b"level = \"error\"",
        b"entropy = ",
        b"[[rules.allowlists]]\n",
        b"[rules.verify]\n",
        b"path = '",
        b"secret_group = 1",
        b"{1,100}",
        b"(?i)",
        b"\\pL",
        b"examples = ['",
        b"{hex:32}",
        b"rg_live_",
    ],
    longest: 4096,
    inputs: 10000,
};

fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for origin in [Origin::CommandLine("r.toml".into()), Origin::Config("r.toml".into())] {
        match RuleSet::from_text(origin, text) {
            Err(error) => {
                let lines = text.lines().count().max(1);
                assert!(
                    error.line.is_none_or(|line| (1..=lines + 1).contains(&line)),
                    "line {:?} of {lines}",
                    error.line
                );
                assert!(!error.message.is_empty() && !error.remedy.is_empty());
            }
            Ok(rules) => search(&rules, data),
        }
    }
}

/// The file's own text, and a key, searched by its rules.
fn search(rules: &RuleSet, text: &[u8]) {
    let detector = Detector::new(rules);
    assert!(detector.reach() <= 64 << 10 && detector.behind() <= 64 << 10, "what a window has to hold is bounded");
    let content = [text, key().as_bytes(), b"\n"].concat();
    for hit in detector.find_all(&content, Some(&|| Some(b"a/b.txt".to_vec()))) {
        assert!(hit.span.end <= content.len() && hit.whole.end <= content.len() && hit.rule < detector.rules().len());
    }
    // One window that is all there is, and the same with nothing decided before it.
    let window = Window { bytes: &content, from: 0, last: true };
    assert_eq!(detector.limit(&window), content.len());
}

fn seeds() -> Vec<Vec<u8>> {
    let small = "[[rules]]\nid = \"a\"\ndescription = \"A\"\nregex = 'a_[0-9a-f]{8,40}'\nkeywords = [\"a_\"]\n";
    let more = "entropy = 3.5\npath = '\\.env$'\n[[rules.allowlists]]\nregexes = ['^a_0']\nregex_target = \"line\"\n";
    let built_in = include_str!("../../../rules/retailgrid.toml");
    [small.to_owned(), format!("{small}{more}"), built_in.chars().take(4000).collect()].map(String::into_bytes).to_vec()
}
