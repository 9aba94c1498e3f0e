//! Whatever wraps a key, encodings and containers in any order up to four deep and behind whatever else, a scan finds it, with the
//! fingerprint of the key.

use std::sync::LazyLock;

use crate::support::data;
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
    /// In string literals of so many digits that source code puts together, one a line.
    Literals(usize),
    Hex,
    /// `72:67`
    Colons,
    /// `0x72, 0x67`
    Listed,
    /// `114, 103`
    Decimals,
    /// What xxd shows.
    Dump,
    /// What `hexdump -C` shows.
    Canonical,
    Percent,
    Escapes,
    /// `\x72`
    Bytes,
    /// `\162`
    Octals,
    Html,
    Printable,
    Utf16Le,
    Utf16Be,
    Utf32Le,
    Zip,
    Stored,
    Tar,
    Deb,
    Gzip,
    Zlib,
    Bzip2,
    Xz,
    Zstd,
    Lz4,
    Lzma,
    Lzip,
    Snappy,
    SevenZip,
    Pdf,
    /// With its stream in ASCII85.
    PdfInText,
    Png,
    Pack,
    Avro,
    Parquet,
    /// With what a text shares with the one before in that alone.
    SharedParquet,
}

use Wrap::*;

const CONTAINERS: [Wrap; 21] = [
    Zip,
    Stored,
    Tar,
    Deb,
    Gzip,
    Zlib,
    Bzip2,
    Xz,
    Zstd,
    Lz4,
    Lzma,
    Lzip,
    Snappy,
    SevenZip,
    Pdf,
    PdfInText,
    Png,
    Pack,
    Avro,
    Parquet,
    SharedParquet,
];

const TEXTS: [Wrap; 23] = [
    Base64,
    Unpadded,
    UrlSafe,
    Lines(60),
    Lines(64),
    Lines(76),
    Literals(60),
    Literals(76),
    Hex,
    Colons,
    Listed,
    Decimals,
    Dump,
    Canonical,
    Percent,
    Escapes,
    Bytes,
    Octals,
    Html,
    Printable,
    Utf16Le,
    Utf16Be,
    Utf32Le,
];

impl Wrap {
    fn is_container(self) -> bool {
        CONTAINERS.contains(&self)
    }

    /// Whether it can wrap nothing but ASCII, each character for itself.
    fn is_of_text(self) -> bool {
        let is_list = matches!(self, Colons | Listed | Decimals | Dump | Canonical);
        let is_wide = matches!(self, Utf16Le | Utf16Be | Utf32Le);
        is_list || is_wide || matches!(self, Percent | Escapes | Bytes | Octals | Html | Printable)
    }

    fn wrap(self, bytes: &[u8]) -> Vec<u8> {
        let each = |form: &dyn Fn(u8) -> String| bytes.iter().map(|&byte| form(byte)).collect::<String>().into_bytes();
        match self {
            Base64 => STANDARD.encode(bytes).into_bytes(),
            Unpadded => STANDARD_NO_PAD.encode(bytes).into_bytes(),
            UrlSafe => URL_SAFE.encode(bytes).into_bytes(),
            Lines(columns) => joined(&STANDARD.encode(bytes), columns, "\n"),
            Literals(columns) => joined(&STANDARD.encode(bytes), columns, "\" +\n    \""),
            Hex => each(&|byte| format!("{byte:02x}")),
            Colons => each(&|byte| format!("{byte:02X}:")),
            Listed => each(&|byte| format!("0x{byte:02x}, ")),
            Decimals => each(&|byte| format!("{byte}, ")),
            Dump => dumped(bytes, &|at, digits, text| format!("{at:08x}: {digits:<39}  {text}\n"), 2),
            Canonical => dumped(bytes, &|at, digits, text| format!("{at:08x}  {digits:<47}  |{text}|\n"), 1),
            Percent => each(&|byte| format!("%{byte:02X}")),
            Escapes => each(&|byte| format!("\\u{byte:04x}")),
            Bytes => each(&|byte| format!("\\x{byte:02x}")),
            Octals => each(&|byte| format!("\\{byte:03o}")),
            Html => each(&|byte| format!("&#{byte};")),
            Printable => {
                let escaped = each(&|byte| format!("={byte:02X}"));
                escaped.chunks(72).collect::<Vec<_>>().join(&b"=\r\n"[..])
            }
            Utf16Le => bytes.iter().flat_map(|&byte| [byte, 0]).collect(),
            Utf16Be => bytes.iter().flat_map(|&byte| [0, byte]).collect(),
            Utf32Le => bytes.iter().flat_map(|&byte| [byte, 0, 0, 0]).collect(),
            Zip => pack::zip(&[(b"a.txt", b"nothing"), (b"b.txt", bytes)], 8, Sizes::Before),
            Stored => pack::zip(&[(b"b.txt", bytes)], 0, Sizes::Before),
            Tar => pack::tar(&[(b"b.txt", bytes)]),
            Deb => pack::deb(bytes),
            Gzip => pack::gzip(bytes),
            Zlib => pack::zlib(bytes),
            Bzip2 => pack::bzip2(bytes),
            Xz => pack::xz(bytes),
            Zstd => pack::zstd(bytes),
            Lz4 => pack::lz4(bytes),
            Lzma => pack::lzma(bytes),
            Lzip => pack::lzip(bytes),
            Snappy => pack::snappy(bytes),
            SevenZip => pack::sevenz(&[(b"b.txt", bytes)], &[EncoderMethod::LZMA2], true),
            Pdf => pack::pdf(bytes),
            PdfInText => pack::pdf_in_ascii85(bytes),
            Png => pack::png(bytes),
            Pack => pack::git_pack(bytes),
            Avro => data::avro("deflate", pack::deflate, &[b"first", bytes]),
            Parquet => data::parquet(pack::gzip, bytes),
            SharedParquet => {
                // How it begins is in the text before alone.
                let texts = [&[&bytes[..bytes.len().min(6)], b"\""].concat()[..], bytes, b"more"];
                data::parquet_of(&data::parquet_data_page(3, 7, &data::delta_shared(&texts), pack::gzip))
            }
        }
    }
}

/// A text in pieces of so many characters, with something between them.
fn joined(text: &str, columns: usize, between: &str) -> Vec<u8> {
    text.as_bytes().chunks(columns).collect::<Vec<_>>().join(between.as_bytes())
}

/// Bytes as a program dumps them, sixteen a line of their own, by the format of a line: its place, its digits in groups of `group` bytes, and
/// the text beside them.
fn dumped(bytes: &[u8], line: &dyn Fn(usize, &str, &str) -> String, group: usize) -> Vec<u8> {
    let rows = bytes.chunks(16).enumerate().map(|(row, bytes)| {
        let groups =
            bytes.chunks(group).map(|group| group.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        let text: String =
            bytes.iter().map(|&byte| if (32..127).contains(&byte) { char::from(byte) } else { '.' }).collect();
        line(16 * row, &groups.collect::<Vec<_>>().join(" "), &text)
    });
    format!("\n{}", rows.collect::<String>()).into_bytes()
}

fn wraps() -> impl Strategy<Value = Vec<Wrap>> {
    let (text, container) = (prop::sample::select(&TEXTS[..]), prop::sample::select(&CONTAINERS[..]));
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
        // Values are no containers.
        if matches!(wrap, Avro | Parquet | SharedParquet) && last.is_some_and(Wrap::is_container) {
            return None;
        }
        let is_packed = last.is_some_and(Wrap::is_container);
        last = Some(*wrap);
        let shorter = bytes.len();
        bytes = wrap.wrap(&bytes);
        // Where each sample of a container's digits has a `_`, nothing shows it.
        let is_shown = |digits: &[u8]| digits.split(|&digit| digit == b'_').any(|run| run.len() >= 54);
        if *wrap == UrlSafe && is_packed && !is_shown(&bytes[..bytes.len().min(512)]) {
            return None;
        }
        if wrap.is_container() {
            (is_text, was_container, reach) = (false, true, 0);
        } else {
            is_text = !matches!(wrap, Utf16Le | Utf16Be | Utf32Le);
            reach = (reach + 3) * bytes.len().div_ceil(shorter);
            if !was_container && reach > LONGEST {
                return None;
            }
        }
    }
    // A pack takes 24 MiB for its objects, and all that is open at once 64.
    if wraps.iter().filter(|wrap| **wrap == Pack).count() > 2 {
        return None;
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

/// Two thousand cases, always the same ones, unless proptest's own variables of the environment ask for others: `PROPTEST_CASES`,
/// `PROPTEST_RNG_SEED`.
fn config() -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 2000;
    }
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(1);
    }
    config
}

proptest! {
    #![proptest_config(config())]

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
        // What these do not compress stands in their streams as it is. An encoded key may lack a part there, and any key in what a pack has a
        // delta of.
        let is_cut = wraps.contains(&Pack) || wraps.len() > 1 && (wraps.contains(&Zstd) || wraps.contains(&Lz4));
        let is_piece = |(rule, _): &(String, String)| is_cut && rule.ends_with("other-length");
        prop_assert!(found.iter().all(|one| *one == plain[0] || is_piece(one)), "{:?}: {:?}", wraps, found);
        prop_assert_eq!(problems, Vec::<String>::new(), "{:?}", wraps);
    }
}
