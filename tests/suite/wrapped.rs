//! Whatever wraps a key, encodings and containers in any order up to four deep and behind whatever else, a scan finds it, with the
//! fingerprint of the key.

use std::sync::LazyLock;

use crate::support::pack::{self, Sizes};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use gridleaks::detect::Detector;
use gridleaks::rule::RuleSet;
use gridleaks::scan::{self, Counters, Options, begins_container};
use gridleaks::secret::Secret;
use gridleaks::source::Named;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use sevenz_rust2::EncoderMethod;

static DETECTOR: LazyLock<Detector> =
    LazyLock::new(|| Detector::new(&RuleSet::built_in().unwrap()).with_packed(begins_container));

/// A way to wrap bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrap {
    Base64,
    Unpadded,
    UrlSafe,
    /// In lines of so many digits.
    Lines(usize),
    Hex,
    Percent,
    Escapes,
    Html,
    Utf16Le,
    Utf16Be,
    Zip,
    Stored,
    Tar,
    Deb,
    Gzip,
    Bzip2,
    Xz,
    Zstd,
    Lz4,
    Lzma,
    Lzip,
    SevenZip,
}

use Wrap::*;

impl Wrap {
    fn is_container(self) -> bool {
        matches!(self, Zip | Stored | Tar | Deb | Gzip | Bzip2 | Xz | Zstd | Lz4 | Lzma | Lzip | SevenZip)
    }

    /// Whether it can wrap nothing but ASCII, each character for itself.
    fn is_of_text(self) -> bool {
        matches!(self, Percent | Escapes | Html | Utf16Le | Utf16Be)
    }

    fn wrap(self, bytes: &[u8]) -> Vec<u8> {
        let each = |form: &dyn Fn(u8) -> String| bytes.iter().map(|&byte| form(byte)).collect::<String>().into_bytes();
        match self {
            Base64 => STANDARD.encode(bytes).into_bytes(),
            Unpadded => STANDARD_NO_PAD.encode(bytes).into_bytes(),
            UrlSafe => URL_SAFE.encode(bytes).into_bytes(),
            Lines(columns) => STANDARD.encode(bytes).as_bytes().chunks(columns).collect::<Vec<_>>().join(&b"\n"[..]),
            Hex => each(&|byte| format!("{byte:02x}")),
            Percent => each(&|byte| format!("%{byte:02X}")),
            Escapes => each(&|byte| format!("\\u{byte:04x}")),
            Html => each(&|byte| format!("&#{byte};")),
            Utf16Le => bytes.iter().flat_map(|&byte| [byte, 0]).collect(),
            Utf16Be => bytes.iter().flat_map(|&byte| [0, byte]).collect(),
            Zip => pack::zip(&[(b"a.txt", b"nothing"), (b"b.txt", bytes)], 8, Sizes::Before),
            Stored => pack::zip(&[(b"b.txt", bytes)], 0, Sizes::Before),
            Tar => pack::tar(&[(b"b.txt", bytes)]),
            Deb => pack::deb(bytes),
            Gzip => pack::gzip(bytes),
            Bzip2 => pack::bzip2(bytes),
            Xz => pack::xz(bytes),
            Zstd => pack::zstd(bytes),
            Lz4 => pack::lz4(bytes),
            Lzma => pack::lzma(bytes),
            Lzip => pack::lzip(bytes),
            SevenZip => pack::sevenz(&[(b"b.txt", bytes)], &[EncoderMethod::LZMA2], true),
        }
    }
}

fn wraps() -> impl Strategy<Value = Vec<Wrap>> {
    let text = prop_oneof![
        Just(Base64),
        Just(Unpadded),
        Just(UrlSafe),
        prop_oneof![Just(60usize), Just(64), Just(76)].prop_map(Lines),
        Just(Hex),
        Just(Percent),
        Just(Escapes),
        Just(Html),
        Just(Utf16Le),
        Just(Utf16Be),
    ];
    let container = prop_oneof![
        Just(Zip),
        Just(Stored),
        Just(Tar),
        Just(Deb),
        Just(Gzip),
        Just(Bzip2),
        Just(Xz),
        Just(Zstd),
        Just(Lz4),
        Just(Lzma),
        Just(Lzip),
        Just(SevenZip),
    ];
    prop::collection::vec(prop_oneof![text, container], 1..=4)
}

/// The longest encoded key that is surely found.
const LONGEST: usize = 8 << 10;

/// Wraps a key; none if one form cannot wrap another, or what is beyond a documented limit comes of it.
fn wrapped(key: &str, wraps: &[Wrap], beside: &[(String, String)]) -> Option<Vec<u8>> {
    let mut bytes = key.as_bytes().to_vec();
    let (mut is_text, mut was_container, mut reach, mut last) = (true, false, key.len(), None);
    for (wrap, (before, behind)) in wraps.iter().zip(beside) {
        // What stands beside is of the same kind: words in a text; a container has to begin where it begins.
        if is_text {
            bytes = [before.as_bytes(), b" \"", &bytes, b"\"\n", behind.as_bytes()].concat();
        }
        // Encoded, a tar archive is known only where it is compressed: it begins with a name.
        if wrap.is_of_text() && !is_text || last == Some(Tar) && !wrap.is_container() {
            return None;
        }
        last = Some(*wrap);
        let shorter = bytes.len();
        bytes = wrap.wrap(&bytes);
        if wrap.is_container() {
            (is_text, was_container, reach) = (false, true, 0);
        } else {
            is_text = !matches!(wrap, Utf16Le | Utf16Be);
            reach = (reach + 3) * bytes.len().div_ceil(shorter);
            if !was_container && reach > LONGEST {
                return None;
            }
        }
    }
    // A package is three in each other.
    let depth: usize = wraps.iter().map(|wrap| if *wrap == Deb { 3 } else { usize::from(wrap.is_container()) }).sum();
    if depth > 8 {
        return None;
    }
    if is_text {
        let (before, behind) = beside.last()?;
        bytes = [before.as_bytes(), b" \"", &bytes, b"\"\n", behind.as_bytes()].concat();
    }
    Some(bytes)
}

/// The fingerprints of what is found, by rule, and what could not be read.
fn found(content: &[u8]) -> (Vec<(String, String)>, Vec<String>) {
    let options = Options { named: vec![Named::Stdin], threads: Some(1), ..Options::default() };
    let outcome = scan::scan(&options, &DETECTOR, &Counters::default(), &mut &content[..]).unwrap();
    let mut found: Vec<_> = outcome
        .findings
        .iter()
        .map(|finding| (finding.rule.id.clone(), finding.secret.fingerprint().to_string()))
        .collect();
    found.dedup();
    (found, outcome.problems.into_iter().map(|problem| problem.message).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_wraps_a_key_a_scan_finds_it(
        tail in prop_oneof!["[0-9a-f]{32}", "[A-Za-z0-9]{32}", "[A-Za-z0-9][A-Za-z0-9_-]{30}[A-Za-z0-9]"],
        wraps in wraps(),
        beside in prop::collection::vec(("[a-z ,.:\n]{0,90}", "[a-z ,.:\n]{0,90}"), 4),
    ) {
        let key = format!("{}_live_{tail}", "rg");
        let plain = found(key.as_bytes()).0;
        prop_assume!(plain.len() == 1 && plain[0].0 == "retailgrid-api-key");
        let Some(content) = wrapped(&key, &wraps, &beside) else { return Ok(()) };
        prop_assert_eq!(&plain[0].1, &Secret::new(key.as_bytes(), 12).fingerprint().to_string());
        let (found, problems) = found(&content);
        prop_assert!(found.contains(&plain[0]), "{:?}: {:?} {:?}", wraps, found, problems);
        // What these do not compress stands in their streams as it is. An encoded key may lack a part there.
        let is_piece = |(rule, _): &(String, String)| {
            wraps.len() > 1 && (wraps.contains(&Zstd) || wraps.contains(&Lz4)) && rule.ends_with("other-length")
        };
        prop_assert!(found.iter().all(|one| *one == plain[0] || is_piece(one)), "{:?}: {:?}", wraps, found);
        prop_assert_eq!(problems, Vec::<String>::new(), "{:?}", wraps);
    }
}
