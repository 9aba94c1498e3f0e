//! One pass over the bytes for every literal at once.
//!
//! Nearly every byte that is scanned holds no key, so this search is what a scan costs. One literal is searched with
//! memchr's substring searcher, several with aho-corasick's packed one (Teddy, on vector instructions), and more than it
//! takes, or on a processor that it does not know, with the plain automaton.

use aho_corasick::{AhoCorasick, MatchKind, packed};
use memchr::memmem;

/// Finds the places where one of a fixed set of literals stands.
#[derive(Debug)]
pub(super) struct Prefilter {
    searcher: Searcher,
}

#[derive(Debug)]
enum Searcher {
    Nothing,
    One(Box<memmem::Finder<'static>>),
    Packed(Box<packed::Searcher>),
    Automaton(Box<AhoCorasick>),
    Each(Vec<memmem::Finder<'static>>),
}

impl Prefilter {
    /// Prepares a search for `literals`. If one begins with another, the first of them is found where both stand.
    pub(super) fn new(literals: &[&[u8]]) -> Self {
        let packed = || packed::Config::new().builder().extend(literals).build();
        let automaton = || AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(literals);
        let searcher = match literals {
            [] => Searcher::Nothing,
            [one] => Searcher::One(Box::new(memmem::Finder::new(one).into_owned())),
            _ => match packed() {
                Some(packed) => Searcher::Packed(Box::new(packed)),
                None => match automaton() {
                    Ok(automaton) => Searcher::Automaton(Box::new(automaton)),
                    // More literals than an automaton has room for, which takes gigabytes of rules.
                    Err(_) => {
                        Searcher::Each(literals.iter().map(|one| memmem::Finder::new(one).into_owned()).collect())
                    }
                },
            },
        };
        Prefilter { searcher }
    }

    /// The first place at or after `from` where a literal begins, and which literal it is.
    #[inline]
    pub(super) fn next(&self, haystack: &[u8], from: usize) -> Option<(usize, usize)> {
        match &self.searcher {
            Searcher::Nothing => None,
            Searcher::One(finder) => finder.find(&haystack[from..]).map(|at| (from + at, 0)),
            Searcher::Packed(searcher) => searcher
                .find_in(haystack, (from..haystack.len()).into())
                .map(|found| (found.start(), found.pattern().as_usize())),
            Searcher::Each(finders) => {
                let places = finders
                    .iter()
                    .enumerate()
                    .filter_map(|(literal, finder)| finder.find(&haystack[from..]).map(|at| (from + at, literal)));
                places.min()
            }
            Searcher::Automaton(automaton) => automaton
                .find(aho_corasick::Input::new(haystack).range(from..))
                .map(|found| (found.start(), found.pattern().as_usize())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_searcher_finds_the_same() {
        let haystack = b"..abc_..xyz_.abc_xyz_".repeat(9);
        let truth: Vec<_> = (0..haystack.len())
            .filter_map(|at| {
                [&b"abc_"[..], b"xyz_"].iter().position(|l| haystack[at..].starts_with(l)).map(|l| (at, l))
            })
            .collect();
        let many: Vec<String> = (0..200).map(|number| format!("literal{number:03}")).collect();
        let few: [&[u8]; 2] = [b"abc_", b"xyz_"];
        let literals: Vec<&[u8]> = few.into_iter().chain(many.iter().map(String::as_bytes)).collect();
        for set in [&few[..], &literals] {
            let prefilter = Prefilter::new(set);
            let mut found = Vec::new();
            let mut from = 0;
            while let Some((at, literal)) = prefilter.next(&haystack, from) {
                found.push((at, literal));
                from = at + 1;
            }
            assert_eq!(found, truth);
        }
        for set in [&[&b"abc_"[..], b"abc"][..], &[&literals[..], &[b"abc"]].concat()] {
            assert_eq!(Prefilter::new(set).next(&haystack, 12), Some((13, 0)));
        }
        let each = [&b"xyz_"[..], b"abc_"].map(|one| memmem::Finder::new(one).into_owned());
        let each = Prefilter { searcher: Searcher::Each(each.into()) };
        assert_eq!((each.next(&haystack, 0), each.next(&haystack, 3)), (Some((2, 1)), Some((8, 0))));
        assert_eq!(Prefilter::new(&[b"abc_"]).next(&haystack, 3), Some((13, 0)));
        assert_eq!(Prefilter::new(&[]).next(&haystack, 0), None);
    }
}
