//! Anchors: literals that show where a prefix may stand in another form, which are its base64 and its words.
//!
//! A word leads to a prefix with an escape, a joint or anything else inside: what stands around the word is read unit by unit, as
//! far as a few bytes tell, and must go on as the prefix does.

use memchr::memmem;

use super::decode::{base64, escape, joint, markup};

/// A place where a token may stand in another form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trigger {
    /// The base64 of a prefix.
    Base64,
    /// A word of a prefix, with something before it and behind it that may be the rest.
    Word,
    /// A prefix whose tail goes on in an escape or in the next part of a split text.
    Open,
}

/// A literal that shows where a prefix may stand in another form.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Base64,
    /// A word of these prefixes.
    Word(Vec<Around>),
}

/// What a prefix has around a word: how many bytes before it, and the bytes behind it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Around {
    before: usize,
    after: Vec<u8>,
}

/// The shortest stretch of base64 that is rare enough to look for.
const SHORTEST_BASE64: usize = 6;

/// How far before a word is looked at.
pub(super) const BEFORE: usize = 16;

/// How far behind a word is looked at: with a word of two letters, as far as ends of copies are shown of a history's deltas
/// ([`super::sample::AROUND`]).
pub(super) const AFTER: usize = 23;

/// The longest escape of one character, which what is looked at may end in.
const LONGEST_ESCAPE: usize = 17;

/// The anchors of `prefixes`, each literal once. One may begin with another, or stand at the beginning of a prefix.
pub(super) fn anchors(prefixes: &[&[u8]]) -> Vec<(Vec<u8>, Anchor)> {
    let mut anchors: Vec<(Vec<u8>, Anchor)> = Vec::new();
    for prefix in prefixes {
        for stretch in base64::inner_stretches(prefix) {
            if stretch.len() >= SHORTEST_BASE64 {
                anchors.push((stretch, Anchor::Base64));
            }
        }
        for (before, word) in rare_words(prefix) {
            let around = Around { before, after: prefix[before + word.len()..].to_vec() };
            match anchors.iter_mut().find(|(literal, _)| literal == word) {
                Some((_, Anchor::Word(all))) => all.push(around),
                Some(_) => {}
                None => anchors.push((word.to_vec(), Anchor::Word(vec![around]))),
            }
        }
    }
    // At one place the first literal is found, and longer ones say more.
    anchors.sort_by_key(|(literal, _)| std::cmp::Reverse(literal.len()));
    anchors.dedup_by(|next, one| next.0 == one.0);
    anchors
}

/// Whether a prefix may go on with `byte` behind `word`, as it is or in any other form.
pub(super) fn may_follow(word: &[u8], prefixes: &[&[u8]], byte: u8) -> bool {
    let goes_on = |prefix: &&[u8]| match memmem::find(prefix, word).map(|at| prefix.get(at + word.len())) {
        Some(Some(next)) => *next == byte,
        Some(None) => true,
        None => false,
    };
    escape::may_begin(byte) || prefixes.iter().any(goes_on)
}

/// The words by which contents are searched for `prefixes`, one for each; none if a prefix lacks one.
///
/// It is the shortest, and not one that several prefixes have, though one literal is searched several times as fast as several are: an
/// escape or the end of a line that stands in a word hides it, and what hides a key must not depend on what other rules there are.
pub(super) fn words<'p>(prefixes: &[&'p [u8]]) -> Option<Vec<&'p [u8]>> {
    let mut words = Vec::new();
    for prefix in prefixes {
        let (_, word) = rare_words(prefix).min_by_key(|(_, word)| word.len())?;
        if !words.contains(&word) {
            words.push(word);
        }
    }
    let is_alone = |word: &[u8]| words.iter().filter(|other| other.starts_with(word)).count() == 1;
    (!words.is_empty() && words.iter().all(|word| is_alone(word))).then_some(words)
}

/// The words of `prefix` that are rare enough to look for, and where they stand.
fn rare_words(prefix: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let words = prefix.split(|byte| !byte.is_ascii_alphanumeric());
    words.filter(|word| is_rare(word)).filter_map(|word| Some((memmem::find(prefix, word)?, word)))
}

/// Whether less than one in five hundred places of a text has `word`, by how often its letters are used in English.
fn is_rare(word: &[u8]) -> bool {
    /// How many of a thousand letters are an `a`, a `b` and so on.
    const LETTERS: [u32; 26] =
        [82, 15, 28, 43, 127, 22, 20, 61, 70, 2, 8, 40, 24, 67, 75, 19, 1, 60, 63, 91, 28, 10, 24, 2, 20, 1];
    const OTHERS: u32 = 20;
    let one_in_thousand = |byte: &u8| match byte.to_ascii_lowercase() {
        letter @ b'a'..=b'z' => LETTERS[usize::from(letter - b'a')],
        _ => OTHERS,
    };
    let chance = word.iter().map(|byte| f64::from(one_in_thousand(byte)) / 1000.0).product::<f64>();
    word.len() > 1 && chance < 1.0 / 500.0
}

impl Anchor {
    /// What the anchor leads to that stands at `span` of `bytes`, by a cheap look at what stands beside it.
    pub(super) fn trigger(&self, bytes: &[u8], at: usize, len: usize) -> Option<Trigger> {
        match self {
            Anchor::Base64 => Some(Trigger::Base64),
            Anchor::Word(all) => {
                let (before, text) = (&bytes[..at], &bytes[at + len..]);
                let is_word = |around: &Around| {
                    may_go_on(&around.after, text, || joint::opens_call(before))
                        && may_be_escaped(before, around.before)
                };
                all.iter().any(is_word).then_some(Trigger::Word)
            }
        }
    }
}

/// Whether `before`, what stands before a word of a prefix that has `wanted` bytes before it, may be an escaped form of them.
fn may_be_escaped(before: &[u8], wanted: usize) -> bool {
    let near = &before[before.len().saturating_sub(BEFORE)..];
    let has = |marks: &[u8]| near.iter().any(|byte| marks.contains(byte));
    match near {
        _ if wanted == 0 => true,
        [.., b';' | b'"' | b'\'' | b'`' | b'\n' | b'>'] => true,
        // An escaped letter before it, or the end of an escape of a sign.
        [.., before, b'_' | b'-'] => b";\"'`\n\\".contains(before) || before.is_ascii_alphanumeric() && has(b"%\\&=#"),
        [.., b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F'] => has(b"%\\&=#"),
        // The end of a terminal's control sequence.
        [.., byte] if byte.is_ascii_alphabetic() => has(b"\x1b["),
        [.., b' ' | b'\t'] => has(b"\n"),
        _ => false,
    }
}

/// Whether `text` may go on with `wanted`, plain or escaped, by what its first [`AFTER`] bytes are.
fn may_go_on(wanted: &[u8], text: &[u8], is_call: impl Fn() -> bool) -> bool {
    let near = &text[..text.len().min(AFTER)];
    let mut place = 0;
    let mut wanted = wanted.iter();
    let Some(mut next) = wanted.next() else { return true };
    while place < near.len() {
        let unit = escape::unit(&near[place..]);
        let (byte, len) = match unit {
            Some(unit) => (unit.byte, unit.len),
            None if near[place] == *next => (Some(*next), 1),
            None => match joint::of_arguments(near, place).filter(|_| is_call()) {
                Some(end) => (None, end - place),
                None => return near.len() < text.len() && may_be_cut_off(&near[place..]),
            },
        };
        place += len;
        match byte {
            Some(byte) if byte == *next => match wanted.next() {
                Some(byte) => next = byte,
                None => return true,
            },
            // What is escaped once more.
            Some(byte) => return b"%\\&=\x1b".contains(&byte),
            None => {}
        }
    }
    near.len() < text.len()
}

/// Whether `end`, the last bytes that are looked at, may be the beginning of an escape or of what only interrupts.
fn may_be_cut_off(end: &[u8]) -> bool {
    let Some((first, rest)) = end.split_first() else { return true };
    let is_escape = b"%\\&=<\x1b".contains(first) && rest.len() < LONGEST_ESCAPE;
    // A terminal's control sequence may be longer: it sets two colours.
    let is_sequence =
        end.strip_prefix(b"\x1b[").is_some_and(|rest| rest.iter().all(|byte| (0x20..0x40).contains(byte)));
    // Behind a literal's quote and the end of its line or statement, a variable's name may stand that the next literal is added to.
    let line = rest.split(|byte| b"\n;".contains(byte) && b"\"'`".contains(first)).next().unwrap_or(rest);
    let is_joint = b"\"'`\\=".contains(first) && !line.iter().any(u8::is_ascii_alphanumeric);
    // Binary data has every pair of bytes somewhere.
    let is_text = end.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r' | 0x1b));
    is_text && (is_escape || is_sequence || is_joint || markup::begins(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_of_the_words_that_are_rare_is_searched_for() {
        for (prefixes, expected) in [
            ("rg_live_", "rg"),
            ("rg_live_ rg_test_", "rg"),
            ("rg_live_ sk_live_", "rg sk"),
            ("in_secret_", "secret"),
            ("q_live_", "live"),
            ("abc_live_ xyz_test_", "abc xyz"),
            ("rg_live_ acme_", "rg acme"),
            // One begins with another, or is common.
            ("xyz_live_ xyzq_live_", ""),
            ("re_", ""),
            ("", ""),
        ] {
            let prefixes: Vec<&[u8]> = prefixes.split_whitespace().map(str::as_bytes).collect();
            let found = words(&prefixes).map(|words| words.join(&b" "[..])).unwrap_or_default();
            assert_eq!(String::from_utf8_lossy(&found), expected, "{prefixes:?}");
        }
    }

    #[test]
    fn a_word_leads_to_its_prefix_in_any_form() {
        let trigger = |before: &str, word: &str, after: &str| {
            let all = anchors(&[b"rg_live_"]);
            let (_, anchor) = all.iter().find(|(literal, _)| literal == word.as_bytes()).unwrap();
            anchor.trigger(format!("{before}{word}{after}").as_bytes(), before.len(), word.len()).is_some()
        };
        for after in [
            "%5Fl%69v%65%5F",
            "_l%69ve_",
            "_liv%65_",
            "_li=\r\nve_",
            "=\n_live_",
            "\\u005fl\\u0069v\\u0065\\u005f",
            "&lowbar;l&#105;v&#101;&lowbar;",
            "%255Flive",
            "\\\\u005flive",
            "&amp;#95;live",
            "_l\x1b[31mive_",
            "_\x1b[38;2;255;100;100;48;2;10;10;10mlive_",
            "_li\" + \"ve_",
            "_</w:t></w:r><w:proofErr w:type=\"spellStart\"/><w:r><w:t>live_",
            "_\u{200b}live_",
            "_li\"\n                                      + \"ve_",
            "_liv%65%zzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
        ] {
            assert!(trigger("x", "rg", after), "{after:?}");
        }
        for after in [
            "<x and y                        ",
            "<\u{1}                            ",
            "=\u{1}                            ",
            "",
            "_",
            "_li",
            "s",
            "_list",
            "=%s",
            "\\n",
            "\" x",
            "%d",
            "&",
            "_live",
            "_live-",
            "=5Flist",
            "\", \"_live_",
            "%41live_",
            "_live%zzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
            "_li                                   ",
            "_li\"abcdefghijklmnopqrstuvwxyz       ",
        ] {
            assert!(!trigger("x", "rg", after), "{after:?}");
        }
        assert!(trigger("CONCAT('", "rg", "', '_live_"));
        assert!(trigger("&#x72;g_", "live", "_") && trigger("%5F", "live", "_") && !trigger(" is ", "live", "_"));
        assert!(!trigger("%5F", "live", " ") && trigger("%72g_", "live", "_") && !trigger("72g_", "live", "_"));
    }

    #[test]
    fn a_word_is_passed_over_that_no_prefix_goes_on_behind() {
        let prefixes = [&b"rg_live_"[..], b"rg-test", b"sk"];
        for (word, byte, expected) in [
            ("rg", b'_', true),
            ("rg", b'-', true),
            ("rg", b'a', false),
            ("rg", b' ', false),
            ("rg", b'%', true),
            ("rg", b'\\', true),
            ("live", b'_', true),
            ("live", b'-', false),
            ("sk", b'a', true),
            ("xy", b'a', false),
        ] {
            assert_eq!(may_follow(word.as_bytes(), &prefixes, byte), expected, "{word} {byte}");
        }
    }

    #[test]
    fn anchors_are_the_rare_words_and_base64_that_is_long_enough() {
        for (prefixes, base64, words) in [
            (&[&b"rg_live_"[..]][..], "JnX2xpdmVf cmdfbGl2ZV yZ19saXZlX", "live:3:_ rg:0:_live_"),
            (&[b"rg_live_", b"rg-"], "JnX2xpdmVf cmdfbGl2ZV yZ19saXZlX", "live:3:_ rg:0:_live_,0:-"),
            (&[b"ab_cd"], "FiX2Nk YWJfY2 hYl9jZ", "ab:0:_cd cd:3:"),
            (&[b"ab_c"], "", "ab:0:_c"),
            (&[b"re_in_"], "JlX2luX cmVfaW5f yZV9pbl", ""),
        ] {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let (mut stretches, mut found) = (Vec::new(), Vec::new());
            for (literal, anchor) in anchors(prefixes) {
                match anchor {
                    Anchor::Base64 => stretches.push(text(&literal)),
                    Anchor::Word(all) => {
                        let all = all.iter().map(|around| format!("{}:{}", around.before, text(&around.after)));
                        found.push(format!("{}:{}", text(&literal), all.collect::<Vec<_>>().join(",")));
                    }
                }
            }
            stretches.sort();
            found.sort();
            assert_eq!((stretches.join(" ").as_str(), found.join(" ").as_str()), (base64, words), "{prefixes:?}");
        }
    }

    #[test]
    fn what_stands_before_a_word_may_be_the_escaped_rest_of_its_prefix() {
        for before in [
            "g&lowbar;",
            "g_\"",
            "g_'",
            "g_`",
            "g_\n",
            "g_</b>",
            "g\\_",
            ";_",
            "\"-",
            "'_",
            "`_",
            "\n_",
            "%72%67_",
            "\\x67-",
            "&#103_",
            "%5F",
            "%5f",
            "\\137",
            "g_\x1b[31m",
            "g_\n  ",
            "g_=\n\t",
        ] {
            assert!(may_be_escaped(before.as_bytes(), 3), "{before:?}");
        }
        let far = format!("%5{}F", "0".repeat(BEFORE - 1));
        for other in ["", "72g_", " %_", "%._", "_", "5F", "m", "%m", " ", "g_ ", "g_\t", "[.", "\x1b.", "%)", &far] {
            assert!(!may_be_escaped(other.as_bytes(), 3), "{other:?}");
            assert!(may_be_escaped(other.as_bytes(), 0), "{other:?}");
        }
    }

    #[test]
    fn a_prefix_may_go_on_anywhere_behind_a_joint_and_behind_all_that_is_looked_at() {
        let wanted = b"_live_";
        for (text, is_call, expected) in [
            ("_\", \"live_", true, true),
            ("_\", \"live_", false, false),
            ("_\", \"li\", \"ve_", true, true),
            ("_\", \"test_", true, false),
            // As long as what is looked at, and a letter longer.
            ("%5F=\n=\n=\n=\n=\n=\n=\n=\n=\n=\nl", false, true),
            ("%5F=\n=\n=\n=\n=\n=\n=\n=\n=\n=\n", false, false),
        ] {
            assert_eq!(may_go_on(wanted, text.as_bytes(), || is_call), expected, "{text:?} {is_call}");
        }
        assert!(may_go_on(b"", b"", || false) && !may_go_on(wanted, b"", || true));
    }

    #[test]
    fn an_escape_that_is_cut_off_has_a_length() {
        let leads = |after: &str| {
            let all = anchors(&[b"rg_live_"]);
            let (_, anchor) = all.iter().find(|(literal, _)| literal == b"rg").unwrap();
            anchor.trigger(format!("rg{after}").as_bytes(), 0, 2).is_some()
        };
        for (before, expected) in [("%5Fliv", true), ("_live", false)] {
            for sign in ["%", "\\", "&", "\u{1b}"] {
                // Only what is cut off may be one: `AFTER` bytes are looked at.
                let shown = AFTER - before.len();
                assert_eq!(shown, if expected { 17 } else { 18 }, "of an escape, so much is shown");
                let text = format!("{before}{sign}{}", "z".repeat(shown));
                assert_eq!(leads(&text), expected, "{text:?}");
                assert!(!leads(&text[..AFTER]), "{text:?} is not cut off");
            }
        }
    }
}
