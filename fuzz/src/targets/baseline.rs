//! Baseline files: what is read and written again is the same, what is refused names a line, and each finding has at most one entry.

use gridleaks::suppress::{Baseline, Extent};

use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "baseline",
    run,
    seeds,
    words: &[
        b"gridleaks-baseline",
        b" files\n",
        b" history\n",
        b"sha256:",
        b" 2026-01-02 ",
        b"retailgrid-api-key ",
        b"\\x20",
        b"#",
        b"\n-\n",
        b"./-",
    ],
    longest: 4096,
    inputs: 20000,
};

fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Baseline::parse("b", text) {
        Err(fault) => {
            let lines = text.lines().count().max(1);
            assert!(fault.line.is_none_or(|line| (1..=lines).contains(&line)), "line {:?} of {lines}", fault.line);
        }
        Ok(baseline) => {
            let written = baseline.text();
            let again = Baseline::parse("b", &written).unwrap_or_else(|fault| panic!("{fault} in {written:?}"));
            assert_eq!(again, baseline, "read, written, read");
            let found: Vec<_> = baseline.entries.iter().map(|entry| entry.known()).collect();
            for anywhere in [false, true] {
                let matched = baseline.matches(&found, anywhere, &|_| false);
                assert_eq!(matched, (0..found.len()).map(Some).collect::<Vec<_>>(), "each entry is its own");
            }
            let renewed =
                Baseline::of(found.into_iter().collect(), baseline.extent, Some(&baseline), "2026-01-02", "b");
            assert_eq!(renewed.entries.len(), baseline.entries.len());
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let empty = |extent| Baseline { file: "b".into(), extent, entries: Vec::new() }.text();
    let line = |digit: &str, path: &str| format!("sha256:{} 2026-01-02 retailgrid-api-key {path}\n", digit.repeat(64));
    let full = format!("{}{}{}{}", empty(Extent::Files), line("a", "src/a b.rs"), line("b", "-"), line("a", "./-"));
    vec![empty(Extent::History).into_bytes(), full.into_bytes()]
}
