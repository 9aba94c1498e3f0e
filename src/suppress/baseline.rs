//! The baseline: what was there before, which does not count. One finding a line, sorted, so that a person can review it and
//! git can merge it; keys stand in it by their fingerprints.
//!
//! A finding is known again by its rule and its key. Where a file has an entry, the key may stand anywhere in it; a key that
//! moved to another file takes its entry along, but a second place is a new finding.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Write;

use crate::fault::Fault;
use crate::secret::Fingerprint;

/// The bytes that a baseline may have; an entry has some 150.
pub const MAX_BASELINE: u64 = 64 << 20;

/// What the first line begins with, and the version of the layout.
const MAGIC: &str = "gridleaks-baseline";
const VERSION: u32 = 1;

/// What stands for a path where there is none, as in a commit's message; and for a file of that name.
const NO_PATH: &str = "-";
const FILE_OF_THAT_NAME: &str = "./-";

/// What stands below the first line.
const EXPLANATION: &str = "\
# Findings that were there when this was written: they do not count. One a line: fingerprint, date, rule, path.
# `gridleaks baseline` writes it anew, and takes out what is gone. No key stands here, only its SHA-256.
";

/// What a baseline was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The files of a repository or of a folder.
    Files,
    /// A repository's history as well.
    History,
}

/// A finding that was there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub fingerprint: Fingerprint,
    /// When it got into the baseline, as in `2026-11-24`.
    pub date: String,
    /// The id of the rule that found it.
    pub rule: String,
    /// Where it was; none for what has no path.
    pub path: Option<String>,
}

/// What a finding is known by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Known {
    /// The file, as [`Entry::path`] has it.
    pub path: Option<String>,
    /// The id of the rule.
    pub rule: String,
    /// The key.
    pub fingerprint: Fingerprint,
}

/// Findings that were there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// The file, as it was named.
    pub file: String,
    /// What it was made of.
    pub extent: Extent,
    /// Its entries, in the order of the file.
    pub entries: Vec<Entry>,
}

impl Baseline {
    /// Reads a baseline's text; `file` is what to call it.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(file: &str, text: &str) -> Result<Self, Fault> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = (1..).zip(text.lines());
        let extent = first_line(file, lines.next().map_or("", |(_, line)| line))?;
        let mut entries = Vec::new();
        let mut met: HashMap<Known, usize> = HashMap::new();
        for (number, line) in lines {
            // No path ends so: an editor's ends of lines do, also where the last line feed is missing.
            let line = line.trim_end_matches('\r');
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let entry =
                Entry::parse(line).map_err(|(message, remedy)| Fault::new(file, Some(number), message, remedy))?;
            if let Some(first) = met.insert(entry.known(), number) {
                let message = format!("it is the same entry as in line {first}");
                return Err(Fault::new(file, Some(number), message, "delete one of the two"));
            }
            entries.push(entry);
        }
        Ok(Baseline { file: file.to_owned(), extent, entries })
    }

    /// What was found, as a baseline. What `old` has as well keeps its date; a key that moved keeps the date of its oldest entry.
    pub fn of(found: BTreeSet<Known>, extent: Extent, old: Option<&Baseline>, today: &str, file: &str) -> Self {
        let mut of_place: HashMap<Known, &str> = HashMap::new();
        let mut of_key: HashMap<(&str, Fingerprint), &str> = HashMap::new();
        for entry in old.iter().flat_map(|old| &old.entries) {
            of_place.insert(entry.known(), &entry.date);
            let oldest = of_key.entry((&entry.rule, entry.fingerprint)).or_insert(&entry.date);
            *oldest = (*oldest).min(&entry.date);
        }
        let date = |known: &Known| {
            let of_key = || of_key.get(&(&*known.rule, known.fingerprint));
            of_place.get(known).or_else(of_key).copied().unwrap_or(today).to_owned()
        };
        let entry = |known: Known| Entry {
            date: date(&known),
            fingerprint: known.fingerprint,
            rule: known.rule,
            path: known.path,
        };
        Baseline { file: file.to_owned(), extent, entries: found.into_iter().map(entry).collect() }
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let extent = match self.extent {
            Extent::Files => "files",
            Extent::History => "history",
        };
        let mut text = format!("{MAGIC} {VERSION} {extent}\n{EXPLANATION}");
        for Entry { fingerprint, date, rule, path } in &self.entries {
            let path = match path.as_deref() {
                None => NO_PATH,
                Some(NO_PATH) => FILE_OF_THAT_NAME,
                Some(path) => path,
            };
            let _ = writeln!(text, "{fingerprint} {date} {rule} {path}");
        }
        text
    }

    /// For each finding, the entry that it is, if it is one. With `anywhere`, an entry stands for its key in every place: in a
    /// history, the older places of a key are nothing new. What has no place, as in standard input, has not moved either.
    /// A key that an entry's own place holds has not moved: `is_held` says so of places that were not looked at.
    pub fn matches(&self, found: &[Known], anywhere: bool, is_held: &dyn Fn(&Entry) -> bool) -> Vec<Option<usize>> {
        let places: HashMap<Known, usize> = (0..).zip(&self.entries).map(|(at, entry)| (entry.known(), at)).collect();
        let in_place: HashSet<usize> = found.iter().filter_map(|known| places.get(known)).copied().collect();
        let new: BTreeSet<&Known> = found.iter().filter(|known| !places.contains_key(known)).collect();
        let new_keys: HashSet<_> = new.iter().map(|known| (&*known.rule, known.fingerprint)).collect();
        let is_free = |at: &usize| {
            let entry = &self.entries[*at];
            !in_place.contains(at) && new_keys.contains(&(&*entry.rule, entry.fingerprint)) && !is_held(entry)
        };
        let mut free: Vec<usize> = (0..self.entries.len()).filter(is_free).collect();
        let mut moved: HashMap<&Known, usize> = HashMap::new();
        // A file of the same name is the likelier place for a key to have moved to.
        for by_name in [true, false] {
            let mut of_key: HashMap<_, VecDeque<usize>> = HashMap::new();
            for &at in &free {
                let Entry { rule, fingerprint, path, .. } = &self.entries[at];
                of_key.entry((&**rule, *fingerprint, name(path, by_name))).or_default().push_back(at);
            }
            for &known in &new {
                let alike = of_key.get_mut(&(&*known.rule, known.fingerprint, name(&known.path, by_name)));
                if !moved.contains_key(known)
                    && let Some(at) = alike.and_then(VecDeque::pop_front)
                {
                    moved.insert(known, at);
                }
            }
            let used: HashSet<usize> = moved.values().copied().collect();
            free.retain(|at| !used.contains(at));
        }
        let mut first: HashMap<(&str, Fingerprint), usize> = HashMap::new();
        for (at, entry) in self.entries.iter().enumerate() {
            first.entry((&entry.rule, entry.fingerprint)).or_insert(at);
        }
        let any = |known: &Known| {
            let is_any = anywhere || known.path.is_none();
            first.get(&(&*known.rule, known.fingerprint)).copied().filter(|_| is_any)
        };
        let entry = |known: &Known| places.get(known).or_else(|| moved.get(known)).copied().or_else(|| any(known));
        found.iter().map(entry).collect()
    }
}

impl Entry {
    /// What a finding is known by that it stands for.
    pub fn known(&self) -> Known {
        Known { path: self.path.clone(), rule: self.rule.clone(), fingerprint: self.fingerprint }
    }

    fn parse(line: &str) -> Result<Self, (String, &'static str)> {
        if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark)) {
            let remedy = "keep the entries of both sides, and delete the marks";
            return Err(("a merge conflict is not resolved".to_owned(), remedy));
        }
        let form =
            "an entry is `sha256:… DATE RULE PATH`; `gridleaks baseline` writes the file anew once this line is gone";
        let mut fields = line.splitn(4, ' ');
        let mut field = || fields.next().unwrap_or_default();
        let (fingerprint, date, rule, path) = (field(), field(), field(), field());
        let Some(fingerprint) = Fingerprint::parse(fingerprint) else {
            return Err(("it does not begin with a fingerprint".to_owned(), form));
        };
        if !is_date(date) {
            return Err(("its date is none: that is written as in 2026-11-24".to_owned(), form));
        }
        if rule.is_empty() || path.is_empty() {
            return Err(("it names no rule, or no path".to_owned(), form));
        }
        let path = match path {
            NO_PATH => None,
            FILE_OF_THAT_NAME => Some(NO_PATH.to_owned()),
            path => Some(path.to_owned()),
        };
        Ok(Entry { fingerprint, date: date.to_owned(), rule: rule.to_owned(), path })
    }
}

/// The name of a file, without its folders, if it is wanted.
fn name(path: &Option<String>, is_wanted: bool) -> Option<&str> {
    path.as_deref().filter(|_| is_wanted).map(|path| path.rsplit('/').next().unwrap_or(path))
}

fn is_date(text: &str) -> bool {
    let is_right = |(at, byte): (usize, u8)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    text.len() == 10 && text.bytes().enumerate().all(is_right)
}

/// Reads the first line.
fn first_line(file: &str, line: &str) -> Result<Extent, Fault> {
    let fault = |message: String, remedy: &str| Err(Fault::new(file, Some(1), message, remedy));
    let none = "name a file that `gridleaks baseline` wrote, or have it write one: `gridleaks baseline -o PATH`";
    let mut words = line.split_whitespace();
    if words.next() != Some(MAGIC) {
        let is_conflict = line.starts_with("<<<<<<<");
        let message = if is_conflict { "a merge conflict is not resolved" } else { "it is no baseline of gridleaks" };
        return fault(message.to_owned(), none);
    }
    match words.next().map(str::parse::<u32>) {
        Some(Ok(VERSION)) => {}
        Some(Ok(version)) if version > VERSION => {
            let message = format!("its version is {version}, and this gridleaks knows {VERSION}");
            return fault(message, "use the gridleaks that wrote it, or a newer one");
        }
        _ => return fault("its first line names no version".to_owned(), none),
    }
    match words.next() {
        Some("files") => Ok(Extent::Files),
        Some("history") => Ok(Extent::History),
        _ => fault("its first line names neither `files` nor `history`".to_owned(), none),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::secret::Secret;

    fn known(key: u8, path: &str) -> Known {
        let path = Some(path.to_owned()).filter(|path| !path.is_empty());
        Known { path, rule: "r".to_owned(), fingerprint: Secret::new(&[key; 9], 1).fingerprint() }
    }

    fn baseline(entries: &[(u8, &str)]) -> Baseline {
        let found = entries.iter().map(|(key, path)| known(*key, path)).collect();
        Baseline::of(found, Extent::Files, None, "2026-01-01", "b")
    }

    #[test]
    fn ends_of_lines_are_no_part_of_a_path() {
        let written = baseline(&[(1, "a"), (2, "b")]);
        for end in ["\n", "\r\n", "\r\r\n"] {
            let text = written.text().replace('\n', end);
            for text in [&*text, text.trim_end_matches('\n')] {
                assert_eq!(Baseline::parse("b", text).unwrap(), written, "{text:?}");
            }
        }
    }

    #[test]
    fn a_key_may_move_but_a_second_place_is_new() {
        type Places<'p> = &'p [(u8, &'p str)];
        let cases: [(Places<'_>, Places<'_>, &[bool]); 9] = [
            (&[(1, "a")], &[(1, "a")], &[true]),
            (&[(1, "a")], &[(1, "a"), (1, "a")], &[true, true]),
            (&[(1, "a")], &[(1, "b")], &[true]),
            (&[(1, "a")], &[(1, "a"), (1, "b")], &[true, false]),
            (&[(1, "a")], &[(2, "a")], &[false]),
            (&[(1, "a"), (1, "b")], &[(1, "b"), (1, "c")], &[true, true]),
            (&[(1, "a"), (1, "b")], &[(1, "c"), (1, "d"), (1, "e")], &[true, true, false]),
            (&[(1, "x/f")], &[(1, "a"), (1, "y/f")], &[false, true]),
            (&[], &[(1, "a")], &[false]),
        ];
        for (entries, found, expected) in cases {
            let found: Vec<_> = found.iter().map(|(key, path)| known(*key, path)).collect();
            let matched = baseline(entries).matches(&found, false, &|_| false);
            assert_eq!(matched.iter().map(Option::is_some).collect::<Vec<_>>(), expected, "{entries:?} {found:?}");
        }
        let matched = baseline(&[(1, "a")]).matches(&[known(1, "a"), known(1, "b"), known(2, "a")], true, &|_| false);
        assert_eq!(matched, [Some(0), Some(0), None]);
    }

    #[test]
    fn what_stands_where_it_was_has_not_moved() {
        let is_held = |entry: &Entry| entry.path.as_deref() == Some("a");
        for (entries, found, expected) in [
            (&[(1, "a")][..], (1, "b"), None),
            (&[(1, "a"), (1, "c")], (1, "b"), Some(1)),
            (&[(1, "a")], (1, "a"), Some(0)),
            (&[(1, "a")], (1, ""), Some(0)),
        ] {
            let matched = baseline(entries).matches(&[known(found.0, found.1)], false, &is_held);
            assert_eq!(matched, [expected], "{entries:?} {found:?}");
        }
    }

    #[test]
    fn what_remains_keeps_its_date() {
        let old = baseline(&[(1, "a"), (2, "a"), (3, "c")]);
        let found = [known(1, "a"), known(2, "moved"), known(4, "new")].into_iter().collect();
        let new = Baseline::of(found, Extent::Files, Some(&old), "2026-02-02", "b");
        let dates: Vec<_> = new.entries.iter().map(|entry| (entry.path.as_deref(), &*entry.date)).collect();
        assert_eq!(dates, [(Some("a"), "2026-01-01"), (Some("moved"), "2026-01-01"), (Some("new"), "2026-02-02")]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place_and_remedy() {
        let good = baseline(&[(1, "a b"), (2, "")]).text();
        assert_eq!(Baseline::parse("b", &good.replace('\n', "\r\n")).unwrap().entries.len(), 2);
        assert_eq!(Baseline::parse("b", &format!("\u{feff}{good}\n # x\n")).unwrap_err().line, Some(7));
        let print = known(3, "a").fingerprint;
        for (text, message, remedy) in [
            (String::new(), "b:1: it is no baseline", "gridleaks baseline -o PATH"),
            ("[]".to_owned(), "b:1: it is no baseline", "gridleaks baseline"),
            ("<<<<<<< HEAD\n".to_owned(), "b:1: a merge conflict", "gridleaks baseline"),
            ("gridleaks-baseline 2 files".to_owned(), "b:1: its version is 2", "newer"),
            ("gridleaks-baseline 0 files".to_owned(), "b:1: its first line names no version", "gridleaks baseline"),
            ("gridleaks-baseline x files".to_owned(), "b:1: its first line names no version", "gridleaks baseline"),
            ("gridleaks-baseline 1 all".to_owned(), "b:1: its first line names neither", "gridleaks baseline"),
            (format!("{good}=======\n"), "b:6: a merge conflict is not resolved", "both sides"),
            (format!("{good}sha256:12 2026-01-01 r a\n"), "b:6: it does not begin with a fingerprint", "sha256:… DATE"),
            (format!("{good}{print} 1.1.2026 r a\n"), "b:6: its date is none", "sha256:… DATE"),
            (format!("{good}{print} 2026/01/01 r a\n"), "b:6: its date is none", "sha256:… DATE"),
            (format!("{good}{print} 2026-01-0 r a\n"), "b:6: its date is none", "sha256:… DATE"),
            (format!("{good}{print} 2026-01-01 r\n"), "b:6: it names no rule, or no path", "sha256:… DATE"),
            (format!("{good}{}", good.lines().last().unwrap()), "b:6: it is the same entry as in line 5", "delete"),
        ] {
            let fault = Baseline::parse("b", &text).expect_err(&text).to_string();
            assert!(fault.starts_with(message) && fault.contains(remedy), "{text}\n{fault}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_and_written_again_the_same(
            entries in proptest::collection::btree_set((0u8..9, "[-/ #a\\\\é]{0,6}"), 0..20), is_history: bool,
        ) {
            let found: BTreeSet<Known> = entries.iter().map(|(key, path)| known(*key, path)).collect();
            let extent = if is_history { Extent::History } else { Extent::Files };
            let written = Baseline::of(found.clone(), extent, None, "2026-01-01", "b");
            let Ok(read) = Baseline::parse("b", &written.text()) else { return Err(TestCaseError::fail(written.text())) };
            prop_assert_eq!(&read, &written);
            prop_assert_eq!(Baseline::of(found, extent, Some(&read), "2027-01-01", "b").text(), written.text());
        }

        #[test]
        fn an_entry_allows_one_place_and_none_is_lost(
            before in proptest::collection::btree_set((0u8..3, "[ab]/[cd]"), 0..9),
            now in proptest::collection::btree_set((0u8..3, "[ab]/[cd]"), 0..9),
        ) {
            let before: Vec<_> = before.iter().map(|(key, path)| (*key, &**path)).collect();
            let found: Vec<_> = now.iter().map(|(key, path)| known(*key, path)).collect();
            let matched = baseline(&before).matches(&found, false, &|_| false);
            let used: Vec<_> = matched.iter().flatten().collect();
            prop_assert_eq!(used.len(), used.iter().collect::<HashSet<_>>().len());
            for key in 0..3 {
                let of_key = |known: &Known| known.fingerprint == super::tests::known(key, "").fingerprint;
                let entries = before.iter().filter(|(other, _)| *other == key).count();
                let places = found.iter().filter(|known| of_key(known)).count();
                let matched = found.iter().zip(&matched).filter(|(known, at)| of_key(known) && at.is_some()).count();
                prop_assert_eq!(matched, entries.min(places));
            }
        }
    }
}
