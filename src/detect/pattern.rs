//! Finds matches of rules that go by their regex alone, as gitleaks' rules do.

use std::sync::Arc;

use aho_corasick::AhoCorasick;

use crate::rule::{Judge, Rule};

use super::{Hit, Window};
use crate::secret::SHOWN_OF_TAIL;

/// Rules that are searched by their regex, each only where one of its keywords stands.
#[derive(Debug)]
pub(super) struct PatternRules {
    rules: Vec<(usize, Arc<Rule>)>,
    /// Every keyword of these rules, found in any case.
    keywords: Option<AhoCorasick>,
    /// For each keyword, the rule (its place in `rules`) that it belongs to.
    owners: Vec<usize>,
}

/// Where the search of one content stands, carried from window to window.
#[derive(Debug, Default, Clone)]
pub(super) struct Progress {
    /// For each rule, whether one of its keywords was met.
    awake: Vec<bool>,
    /// For each rule, the offset in the content where its next match may begin.
    resume: Vec<u64>,
}

impl PatternRules {
    /// Takes the rules that go by their regex out of `rules`; their indices are those in `rules`.
    pub(super) fn new(rules: &[Arc<Rule>]) -> Self {
        let rules: Vec<_> = rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| matches!(rule.judge, Judge::Regex))
            .map(|(index, rule)| (index, Arc::clone(rule)))
            .collect();
        let mut owners = Vec::new();
        let mut keywords = Vec::new();
        for (place, (_, rule)) in rules.iter().enumerate() {
            for keyword in &rule.keywords {
                owners.push(place);
                keywords.push(keyword.as_str());
            }
        }
        // An automaton that has no room for the keywords is done without: then every rule is awake from the start.
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(&keywords).ok();
        let automaton = automaton.filter(|_| !keywords.is_empty());
        PatternRules { rules, keywords: automaton, owners }
    }

    /// How many bytes from its beginning on decide about a match: its own and one more, for what `$` and `\b` look at
    /// (up to four bytes make a character).
    pub(super) fn reach(&self) -> usize {
        self.rules.iter().map(|(_, rule)| rule.max_len + 4).max().unwrap_or(0)
    }

    /// The longest keyword; a window has to overlap the next by this much for none to be cut.
    pub(super) fn longest_keyword(&self) -> usize {
        self.rules.iter().flat_map(|(_, rule)| &rule.keywords).map(String::len).max().unwrap_or(0)
    }

    /// Whether a rule may find something where no keyword stands.
    pub(super) fn has_rule_without_keyword(&self) -> bool {
        self.rules.iter().any(|(_, rule)| rule.keywords.is_empty()) || self.keywords.is_none() && !self.rules.is_empty()
    }

    /// Whether a keyword stands in `bytes`.
    pub(super) fn may_hold(&self, bytes: &[u8]) -> bool {
        self.keywords.as_ref().is_some_and(|keywords| keywords.is_match(bytes))
    }

    /// The state at the beginning of a content.
    pub(super) fn start(&self) -> Progress {
        let awake = |rule: &Rule| rule.keywords.is_empty() || self.keywords.is_none();
        Progress { awake: self.rules.iter().map(|(_, rule)| awake(rule)).collect(), resume: vec![0; self.rules.len()] }
    }

    /// Adds the matches that begin in `window`'s decided part; `offset` is where the window begins in the content.
    pub(super) fn find(
        &self,
        window: &Window<'_>,
        offset: u64,
        limit: usize,
        progress: &mut Progress,
        hits: &mut Vec<Hit>,
    ) {
        if self.rules.is_empty() {
            return;
        }
        self.wake(window.bytes, progress);
        for (place, (index, rule)) in self.rules.iter().enumerate() {
            if !progress.awake[place] {
                continue;
            }
            let resume = usize::try_from(progress.resume[place].saturating_sub(offset)).unwrap_or(usize::MAX);
            let mut from = resume.max(window.from);
            while from <= window.bytes.len() {
                let Some(found) = rule.regex.captures_at(window.bytes, from) else { break };
                let Some(whole) = found.get(0).filter(|whole| whole.start() < limit) else { break };
                from = whole.end();
                progress.resume[place] = offset + from as u64;
                let secret = match rule.secret_group {
                    0 => found.iter().skip(1).flatten().find(|group| !group.is_empty()).or(Some(whole)),
                    group => found.get(group),
                };
                if let Some(secret) = secret.filter(|secret| !secret.is_empty()) {
                    hits.push(Hit {
                        rule: *index,
                        span: secret.range(),
                        whole: whole.range(),
                        shown: SHOWN_OF_TAIL,
                        decoded: None,
                    });
                }
            }
        }
    }

    /// Notes whose keywords stand in `bytes`.
    fn wake(&self, bytes: &[u8], progress: &mut Progress) {
        let Some(keywords) = &self.keywords else { return };
        if progress.awake.iter().all(|&awake| awake) {
            return;
        }
        for found in keywords.find_overlapping_iter(bytes) {
            let owner = self.owners[found.pattern().as_usize()];
            if !progress.awake[owner] {
                progress.awake[owner] = true;
                if progress.awake.iter().all(|&awake| awake) {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{Origin, RuleSet};

    /// Rules of a regex and a keyword, which may be empty: then it has none.
    fn patterns(rules: &[(&str, &str)]) -> PatternRules {
        let rule = |(number, (regex, keyword)): (usize, &(&str, &str))| {
            let keywords = if keyword.is_empty() { String::new() } else { format!("keywords = [\"{keyword}\"]\n") };
            format!("[[rules]]\nid = \"rule-{number}\"\nregex = '''{regex}'''\n{keywords}")
        };
        let text: String = rules.iter().enumerate().map(rule).collect();
        PatternRules::new(RuleSet::from_text(Origin::BuiltIn, &text).unwrap().rules())
    }

    const ASLEEP: (&str, &str) = ("zzz[0-9]{3}", "never");
    const AWAKE: (&str, &str) = ("yaml_([0-9]{4})?", "");

    #[test]
    fn what_rules_need_is_known_before_anything_is_searched() {
        for (rules, reach, longest_keyword, has_one_without, holds) in [
            (&[][..], 0, 0, false, false),
            (&[ASLEEP], 10, 5, false, true),
            (&[AWAKE], 13, 0, true, false),
            (&[ASLEEP, AWAKE], 13, 5, true, true),
            (&[("pass=[a-z]{8}", "pass"), ASLEEP], 17, 5, false, true),
        ] {
            let patterns = if rules.is_empty() { PatternRules::new(&[]) } else { patterns(rules) };
            let found = (patterns.reach(), patterns.longest_keyword(), patterns.has_rule_without_keyword());
            assert_eq!(found, (reach, longest_keyword, has_one_without), "{rules:?}");
            assert_eq!((patterns.may_hold(b"or NeVer"), patterns.may_hold(b"nev")), (holds, false), "{rules:?}");
        }
    }

    #[test]
    fn rules_wake_by_their_own_keywords_and_what_begins_later_is_left_for_later() {
        let patterns = patterns(&[ASLEEP, AWAKE, ("xxx[0-9]", "other")]);
        let found = |progress: &mut Progress, text: &str, from, offset, limit| -> Vec<(usize, String)> {
            let mut hits = Vec::new();
            patterns.find(&Window { bytes: text.as_bytes(), from, last: true }, offset, limit, progress, &mut hits);
            hits.into_iter().map(|hit| (hit.rule, text[hit.span].to_owned())).collect()
        };
        let hit = |rule, text: &str| (rule, text.to_owned());
        let text = "zzz123 xxx1 yaml_1234 yaml_";
        assert_eq!(found(&mut patterns.start(), text, 0, 0, text.len()), [hit(1, "1234"), hit(1, "yaml_")]);
        assert_eq!(found(&mut patterns.start(), "xxx1 zzz123 never", 0, 0, 20), [hit(0, "zzz123")]);
        let mut progress = patterns.start();
        assert_eq!(found(&mut progress, "never other", 0, 0, 11), []);
        // A match that begins at the limit is the next window's, and what was found is not found again.
        assert_eq!(found(&mut progress, "zzz123 zzz456", 0, 20, 7), [hit(0, "zzz123")]);
        assert_eq!(found(&mut progress, "zzz123 zzz456 xxx7", 0, 20, 18), [hit(0, "zzz456"), hit(2, "xxx7")]);
        assert_eq!(found(&mut progress, "xxx7 xxx8 xxx9", 5, 34, 14), [hit(2, "xxx8"), hit(2, "xxx9")]);
    }
}
