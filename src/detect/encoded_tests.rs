//! Encoded keys: whatever is wrapped in whatever is found once, with its span and its layers; what is no key stays silent.

use proptest::prelude::*;

use super::*;
use Encoding::*;

const HEX: &str = "9f1c7e2ab3d5c7e9f1a2047b6d8e35c0";

/// A made-up key, put together here so that none stands in the source, in no form.
fn key(tail: &str) -> String {
    format!("{}_live_{tail}", "rg")
}

fn detector() -> Detector {
    Detector::new(&RuleSet::built_in().unwrap())
}

/// A way to wrap bytes.
#[derive(Debug, Clone, Copy)]
enum Form {
    Base64,
    Base64Url,
    /// Base64 in lines of so many columns that end in CRLF.
    Lines(usize),
    Hex,
    HexUpper,
    Spaced,
    Listed,
    Decimals,
    Percents,
    Xs,
    Us,
    Octals,
    Entities,
    Printable,
    Little,
    Big,
    Wide,
}

const FORMS: [Form; 17] = {
    use Form::*;
    [
        Base64,
        Base64Url,
        Lines(60),
        Hex,
        HexUpper,
        Spaced,
        Listed,
        Decimals,
        Percents,
        Xs,
        Us,
        Octals,
        Entities,
        Printable,
        Little,
        Big,
        Wide,
    ]
};

impl Form {
    fn encoding(self) -> Encoding {
        match self {
            Form::Base64 | Form::Lines(_) => Base64,
            Form::Base64Url => Base64Url,
            Form::Hex | Form::HexUpper | Form::Spaced | Form::Listed => Hex,
            Form::Decimals => Decimal,
            Form::Percents => Percent,
            Form::Xs | Form::Us | Form::Octals => Escape,
            Form::Entities => Html,
            Form::Printable => QuotedPrintable,
            Form::Little => Utf16Le,
            Form::Big => Utf16Be,
            Form::Wide => Utf32Le,
        }
    }

    fn wrap(self, plain: &[u8]) -> Vec<u8> {
        let each = |join: &str, format: &dyn Fn(u8) -> String| -> Vec<u8> {
            plain.iter().map(|&byte| format(byte)).collect::<Vec<_>>().join(join).into_bytes()
        };
        match self {
            Form::Base64 => base64(plain, b'+', b'/', true),
            Form::Base64Url => base64(plain, b'-', b'_', false),
            Form::Lines(columns) => {
                base64(plain, b'+', b'/', true).chunks(columns).collect::<Vec<_>>().join(&b"\r\n"[..])
            }
            Form::Hex => each("", &|byte| format!("{byte:02x}")),
            Form::HexUpper => each("", &|byte| format!("{byte:02X}")),
            Form::Spaced => each(" ", &|byte| format!("{byte:02x}")),
            Form::Listed => each(", ", &|byte| format!("0x{byte:02x}")),
            Form::Decimals => each(", ", &|byte| byte.to_string()),
            Form::Percents => each("", &|byte| format!("%{byte:02X}")),
            Form::Xs => each("", &|byte| format!("\\x{byte:02x}")),
            Form::Us => each("", &|byte| format!("\\u{byte:04x}")),
            Form::Octals => each("", &|byte| format!("\\{byte:03o}")),
            Form::Entities => each("", &|byte| format!("&#{byte};")),
            Form::Printable => {
                let escaped = each("", &|byte| format!("={byte:02X}"));
                escaped.chunks(72).collect::<Vec<_>>().join(&b"=\n"[..])
            }
            Form::Little => plain.iter().flat_map(|&byte| [byte, 0]).collect(),
            Form::Big => plain.iter().flat_map(|&byte| [0, byte]).collect(),
            Form::Wide => plain.iter().flat_map(|&byte| [byte, 0, 0, 0]).collect(),
        }
    }
}

fn base64(plain: &[u8], plus: u8, slash: u8, pads: bool) -> Vec<u8> {
    let mut digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".to_vec();
    digits.extend([plus, slash]);
    let mut text = Vec::new();
    for group in plain.chunks(3) {
        let bits = group.iter().fold(0u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - group.len()));
        text.extend((0..=group.len()).map(|place| digits[(bits >> (18 - 6 * place) & 63) as usize]));
        text.extend(std::iter::repeat_n(b'=', if pads { 3 - group.len() } else { 0 }));
    }
    text
}

/// A delta's instruction to copy.
fn copy(start: usize, length: usize) -> Vec<u8> {
    [&[0xff], &(start as u32).to_le_bytes()[..], &(length as u32).to_le_bytes()[..3]].concat()
}

/// A finding: the secret, its layers, and where it stands.
type Finding = (String, Vec<Encoding>, Range<usize>);

fn finding(hit: &Hit, bytes: &[u8], start: usize) -> Finding {
    let secret = String::from_utf8_lossy(hit.secret(bytes).reveal()).into_owned();
    (secret, hit.encoding().to_vec(), start + hit.span.start..start + hit.span.end)
}

fn found(text: &[u8]) -> Vec<Finding> {
    detector().find_all(text, None).iter().map(|hit| finding(hit, text, 0)).collect()
}

/// The same, read in pieces of `size` bytes as a scan reads a large file.
fn found_in_pieces(text: &[u8], size: usize) -> Vec<Finding> {
    let detector = detector();
    let (mut start, mut from, mut end) = (0, 0, 0);
    let mut progress = detector.start();
    let mut all = Vec::new();
    loop {
        end = text.len().min(end + size);
        let window = Window { bytes: &text[start..end], from: from - start, last: end == text.len() };
        let mut hits = Vec::new();
        detector.find(&window, start as u64, &mut progress, None, &mut hits);
        all.extend(hits.iter().map(|hit| finding(hit, window.bytes, start)));
        if window.last {
            return all;
        }
        from = start + detector.limit(&window);
        start = from.saturating_sub(detector.behind());
    }
}

#[test]
fn keys_are_found_wherever_people_put_them() {
    let key = key(HEX);
    let bytes = key.as_bytes();
    let text = |form: Form, plain: &str| String::from_utf8(form.wrap(plain.as_bytes())).unwrap();
    let b64 = |plain: &str| text(Form::Base64, plain);
    let line = format!("RETAILGRID_API_KEY={key}\n");
    let lines = |columns: usize, end: &str| {
        let long = b64(&format!("{}{key}{}", "some text before it. ".repeat(9), " and some text behind".repeat(9)));
        long.as_bytes()
            .chunks(columns)
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect::<Vec<_>>()
            .join(end)
    };
    let (rg, tail) = ("rg", HEX);
    let each = |join: &str, format: &dyn Fn(u8) -> String| key.bytes().map(format).collect::<Vec<_>>().join(join);
    let cases: Vec<(String, Vec<Encoding>)> = vec![
        (format!("data:\n  key: {}\n", b64(&key)), vec![Base64]),
        (format!("key: {}", b64(&line)), vec![Base64]),
        (format!("Authorization: Basic {}", b64(&format!("user:{key}"))), vec![Base64]),
        (format!("data:text/plain;base64,{}", b64(&line)), vec![Base64]),
        (format!("abc{}", text(Form::Base64Url, &key)), vec![Base64]),
        (format!("eyJhbGciOiJIUzI1NiJ9.{}.x", text(Form::Base64Url, &format!("{{\"k\":\"{key}\"}}"))), vec![Base64]),
        (format!("{{\"a\": \"{}\"}}", b64(&format!("???>>>{key}???>>>???")).replace('/', "\\/")), vec![Base64]),
        (format!("?q={}", b64(&format!("???>>>{key}??>")).replace('+', "%2B").replace('/', "%2F")), vec![Base64]),
        (lines(60, "\n"), vec![Base64]),
        (lines(64, "\r\n"), vec![Base64]),
        (lines(76, "\n    "), vec![Base64]),
        (lines(76, "\\n"), vec![Base64]),
        (lines(64, "\\r\\n"), vec![Base64]),
        (lines(64, "\" +\n    \""), vec![Base64, Split]),
        (format!("data: {}", b64(&b64(&line))), vec![Base64, Base64]),
        (format!("data: {}", b64(&b64(&b64(&line)))), vec![Base64, Base64, Base64]),
        (
            format!(
                "powershell -enc {}",
                String::from_utf8(base64(&Form::Little.wrap(line.as_bytes()), b'+', b'/', true)).unwrap()
            ),
            vec![Base64, Utf16Le],
        ),
        (b64(&text(Form::Hex, &key)), vec![Base64, Hex]),
        (text(Form::Hex, &b64(&key)), vec![Hex, Base64]),
        (format!("x = {};", text(Form::Hex, &key)), vec![Hex]),
        (format!("x = {};", text(Form::HexUpper, &key)), vec![Hex]),
        (format!("{{ {} }}", text(Form::Listed, &key)), vec![Hex]),
        (text(Form::Spaced, &key).replace(' ', ":"), vec![Hex]),
        (format!("[{}]", text(Form::Decimals, &key)), vec![Decimal]),
        (format!("url/{}", text(Form::Percents, &key)), vec![Percent]),
        (format!("\"{}\"", text(Form::Us, &key)), vec![Escape]),
        (format!("\"{}\"", text(Form::Octals, &key)), vec![Escape]),
        (format!("<b>{}</b>", text(Form::Entities, &key)), vec![Html]),
        (format!("?key={rg}%5Flive%5F{tail}&x"), vec![Percent]),
        (format!("?key={rg}%255Flive%255F{tail}"), vec![Percent, Percent]),
        (format!("\"{rg}\\u005flive\\u005f{tail}\""), vec![Escape]),
        (format!("\"{rg}\\\\u005flive_{tail}\""), vec![Escape, Escape]),
        (format!("'{rg}\\x5flive\\x5f{tail}'"), vec![Escape]),
        (format!("<p>{rg}&#95;live&#95;{tail}"), vec![Html]),
        (format!("<p>{rg}&#x5f;live&#x5F;{tail}"), vec![Html]),
        (format!("<p>{rg}&lowbar;live&lowbar;{tail}"), vec![Html]),
        (format!("<p>{rg}&amp;#95;live&amp;#95;{tail}"), vec![Html, Html]),
        (format!("<p>{rg}_<wbr>live_<wbr>{tail}"), vec![Html]),
        (format!("key={rg}=5Flive=5F{tail}\n"), vec![QuotedPrintable]),
        (format!("{rg}_live_{}=\n{}\n", &tail[..20], &tail[20..]), vec![QuotedPrintable]),
        (format!("{rg}_l=\r\nive_{tail}\n").replace("_l=\r\nive", "_=\r\nlive"), vec![QuotedPrintable]),
        (format!("**{rg}\\_live\\_{tail}**"), vec![Markdown]),
        (format!("\x1b[31m{rg}_\x1b[1mlive_\x1b[0m{tail}"), vec![Ansi]),
        (format!("{rg}_live_{}\x1b[0m{}", &tail[..9], &tail[9..]), vec![Ansi]),
        (format!("k = \"{rg}_\" + \"live_{tail}\""), vec![Split]),
        (format!("k = '{rg}_live_' + '{tail}'"), vec![Split]),
        (format!("k = (\"{rg}_live_\"\n     \"{tail}\")"), vec![Split]),
        (format!("k = \"{rg}_live_{}\" .\n  \"{}\";", &tail[..16], &tail[16..]), vec![Split]),
        (format!("k = \"{rg}_live_\".concat(\"{tail}\")"), vec![Split]),
        (format!("k = \"{rg}_live_{}\\\n    {}\"", &tail[..7], &tail[7..]), vec![Split]),
        (format!("\"{rg}\" + \"_live_\" + \"{tail}\"").replace("\"rg\" + \"_live_", "\"rg_\" + \"live_"), vec![Split]),
        (format!("?key={rg}%5Fl%69v%65%5F{tail}"), vec![Percent]),
        (format!("?key={rg}_l%69ve_{tail}"), vec![Percent]),
        (format!("%22{rg}_li%76e_{tail}"), vec![Percent]),
        (format!("\"{rg}\\u005fl\\u0069v\\u0065\\u005f{tail}\""), vec![Escape]),
        (format!("'{rg}&lowbar;l&#105;v&#101;&lowbar;{tail}'"), vec![Html]),
        (format!("{rg}_li=\r\nve_{tail}\n"), vec![QuotedPrintable]),
        (format!("{rg}=\n_live_{tail}\n"), vec![QuotedPrintable]),
        (format!("k = '{rg}_l' + 'ive_{tail}'"), vec![Split]),
        (format!("{rg}_l\x1b[31mi\x1b[mve_{tail}"), vec![Ansi]),
        (each("", &|byte| format!("\\0{byte:03o}")), vec![Escape]),
        (format!("LOG = '{rg}_live_\\x1b[0m{tail}'"), vec![Escape, Ansi]),
        (format!("\"{rg}_live_\\u001b[1;31m{}\\033[m{}\"", &tail[..9], &tail[9..]), vec![Escape, Ansi]),
        (format!("KEY=\"{rg}_live_\"'{tail}'"), vec![Split]),
        (format!("KEY=\"{rg}_live_\"\"{tail}\""), vec![Split]),
        (format!("KEY='{rg}_live_''{tail}'"), vec![Split]),
        (format!("k = \"{rg}_live_\".concat(\"{}\", \"{}\")", &tail[..9], &tail[9..]), vec![Split]),
        (format!("k = \"{rg}_\".concat(\"live_\", '{}', '{}')", &tail[..9], &tail[9..]), vec![Split]),
        (format!("SELECT CONCAT('{rg}_', 'live_', '{tail}');"), vec![Split]),
        (format!("concat!(\n    \"{rg}_live_\",\n    \"{tail}\"\n)"), vec![Split]),
        (format!("k = \"{rg}_live_\" & _\r\n        \"{tail}\""), vec![Split]),
        (format!("$k = \"{rg}_live_\" + `\r\n        \"{tail}\""), vec![Split]),
        (format!("k = \"{rg}_\" + 'live_' + \"{tail}\""), vec![Split]),
        (format!("k = (f\"{rg}_live_\"  # of the shop\n     f\"{tail}\")"), vec![Split]),
        (format!("<w:t>{rg}_</w:t></w:r><w:r w:rsidR=\"00A1\"><w:t>live_{tail}</w:t>"), vec![Html]),
        (format!("<td>{rg}_live_<mark>{tail}</mark></td>"), vec![Html]),
        (format!("<b title=\"{rg}%5Flive%5F{tail}\">"), vec![Percent]),
        (format!("{rg}_live_\u{200b}{tail}"), vec![Split]),
        (format!("\\texttt{{{rg}{{\\_}}live\\textunderscore{{}}{tail}}}"), vec![Markdown]),
        (format!("set KEY={rg}_live_^\r\n{tail}\r\n"), vec![Split]),
        (format!("k <- paste0('{rg}_live_', '{tail}')"), vec![Split]),
        (format!("b.append(\"{rg}_live_\").append(\"{tail}\");"), vec![Split]),
        (format!("SET @k = N'{rg}_live_' + N'{tail}'"), vec![Split]),
        (format!("k = \"{rg}_live_\" /* of the shop */ \"{tail}\";"), vec![Split]),
        (
            text(Form::Percents, &text(Form::Base64, &text(Form::Xs, &text(Form::Hex, &text(Form::Big, &key))))),
            vec![Percent, Base64, Escape, Hex, Utf16Be],
        ),
        (format!("a {key} b"), vec![]),
        (format!("q={key}%2Dx"), vec![]),
        (format!("\"{key}\" + \"x\""), vec![]),
    ];
    assert!(bytes.len() == 40);
    for (text, layers) in cases {
        let findings = found(text.as_bytes());
        let what: Vec<_> = findings.iter().map(|(secret, layers, _)| (secret.as_str(), layers.as_slice())).collect();
        let expected = layers;
        assert_eq!(what.len(), 1, "{text}: {what:?}");
        assert_eq!(what[0].0, key, "{text}");
        let mut sorted = (what[0].1.to_vec(), expected.clone());
        if expected.contains(&Split) {
            sorted.0.sort();
            sorted.1.sort();
        }
        assert!(sorted.0 == sorted.1 || expected == [Base64] && what[0].1 == [Base64Url], "{text}: {what:?}");
    }
}

#[test]
fn dumps_are_read_over_their_lines() {
    let text = format!("some text, then {} and more of it", key(HEX));
    let rows = |line: &dyn Fn(usize, &[u8]) -> String| -> String {
        text.as_bytes().chunks(16).enumerate().map(|(row, bytes)| line(16 * row, bytes)).collect()
    };
    let hex = |bytes: &[u8], group: usize| -> String {
        let groups =
            bytes.chunks(group).map(|group| group.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        groups.collect::<Vec<_>>().join(" ")
    };
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    for dump in [
        rows(&|at, bytes| format!("{at:08x}: {:<39}  {}\n", hex(bytes, 2), shown(bytes))),
        rows(&|at, bytes| format!("{at:08x}  {:<48}  |{}|\n", hex(bytes, 1), shown(bytes))),
        rows(&|at, bytes| format!("{at:07o} {}\n", hex(bytes, 1))),
        rows(&|at, bytes| format!("{at:08x}: {:<47}  {}\n", hex(bytes, 1), shown(bytes))),
        rows(&|at, bytes| format!("\t0x{at:04x}:  {:<39}  {}\n", hex(bytes, 2), shown(bytes))),
        rows(&|at, bytes| format!("{at:04x}  {:<47}   {}\n", hex(bytes, 1), shown(bytes))),
        rows(&|at, bytes| format!("{at:04x}: {:<47} {}\r\n", hex(bytes, 1), shown(bytes))),
        rows(&|at, bytes| format!("# {at:08x}: {:<39}  {}\n", hex(bytes, 2), shown(bytes))),
        rows(&|_, bytes| format!("{},\\\r\n  ", hex(bytes, 1).replace(' ', ","))),
    ] {
        // Wherever samples are taken.
        for before in 0..128 {
            let dump = format!("{}\n{dump}", "-".repeat(before));
            let found = found(dump.as_bytes());
            assert_eq!(found.len(), 1, "{before} {dump}");
            assert_eq!((found[0].0.as_str(), found[0].1.as_slice()), (key(HEX).as_str(), &[Hex][..]), "{dump}");
        }
    }
    let digits = rows(&|_, bytes| format!("{}\n", hex(bytes, 16)));
    assert_eq!(found(digits.as_bytes()).len(), 1, "{digits}");
}

#[test]
fn what_is_no_key_stays_silent_in_every_form() {
    let silent = [
        key(&"x".repeat(32)),
        key("0123456789abcdef0123456789abcdef"),
        key("YOUR_API_KEY_GOES_HERE_123456789"),
        key("short"),
        format!("f{}", key(HEX)),
        format!("sk_o{}", key(HEX)),
        format!("apps_{}", key("section_proof_results")),
        "rg_live_".to_owned(),
    ];
    for plain in silent {
        for outer in FORMS {
            let text = outer.wrap(plain.as_bytes());
            assert_eq!(found(&text), [], "{outer:?} {plain}");
            for inner in [Form::Base64, Form::Hex, Form::Little] {
                assert_eq!(found(&outer.wrap(&inner.wrap(plain.as_bytes()))), [], "{outer:?} {inner:?} {plain}");
            }
        }
    }
    let (rg, tail) = ("rg", HEX);
    for text in [
        format!("f{rg}%5Flive%5F{tail}"),
        format!("{rg}%5Flive%5Fxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        format!("let {rg}_live = \"{tail}\";"),
        format!("\"{rg}_live_\" + \"{}\"", "x".repeat(32)),
        format!("\"{rg}_live_\" + prefix(\"{tail}\")"),
        format!("is_live_{tail} \"live\" 'live' >live<"),
        format!("f{rg}_l%69ve_{tail}"),
        format!("<td>{rg}_live_</td><td>{tail}</td>"),
        format!("<w:t>{rg}_live_</w:t></w:r></w:p><w:p><w:r><w:t>{tail}</w:t>"),
        format!("'f{rg}_li' + 've_{tail}'"),
        format!("f(\"{rg}_live_\", \"{tail}\")"),
        format!("concat(f(\"{rg}_live_\"), \"{tail}\")"),
        format!("\"{rg}_live_\"; \"{tail}\""),
        format!("{rg}_li=\r\nve_{}", "x".repeat(32)),
        format!("\"say \"\"{rg}_live_\"\" now\",\"\"\"{tail}\"\"\""),
    ] {
        assert_eq!(found(text.as_bytes()), [], "{text}");
    }
}

#[test]
fn hostile_text_is_decoded_in_linear_work() {
    let plain = key(HEX).into_bytes();
    let b64 = |plain: &[u8]| base64(plain, b'+', b'/', false);
    let units: Vec<Vec<u8>> = vec![
        b"rg_live_".to_vec(),
        b64(b"rg_live_rg_live_rg_live_"),
        b"QUFB".to_vec(),
        b"A".to_vec(),
        b"0".to_vec(),
        b"20 ".to_vec(),
        b"%72".to_vec(),
        b"=5Flive\"".to_vec(),
        b"rg%5Flive_".to_vec(),
        b"rg_".to_vec(),
        b"rg%".to_vec(),
        b"rg\"/*".to_vec(),
        b"rg_l\" + \"".to_vec(),
        b"concat(\"rg_live_\", \"".to_vec(),
        b"rg_<b>".to_vec(),
        b"rg_<w:a<w:b".to_vec(),
        b"\"\"".to_vec(),
        b"\"live\" ".to_vec(),
        b"\\u005f".to_vec(),
        b"r\0g\0".to_vec(),
        b"cmdfbGl2ZV ".to_vec(),
        b"cmdfbGl2ZV%".to_vec(),
        b64(&b64(&b64(&b64(&plain.repeat(3))))),
    ];
    for unit in units {
        let measure = |size: usize| {
            let text = unit.repeat(size / unit.len());
            encoded::work::take();
            found_in_pieces(&text, 60_000);
            encoded::work::take()
        };
        let (small, large) = (measure(150_000), measure(600_000));
        let unit = String::from_utf8_lossy(&unit).into_owned();
        assert!(large <= 40 * 600_000, "{}: {large}", &unit[..unit.len().min(20)]);
        assert!(large <= 5 * small + 600_000, "{}: {small} {large}", &unit[..unit.len().min(20)]);
    }
}

fn tails() -> impl Strategy<Value = String> {
    prop_oneof!["[0-9a-f]{32}", "[A-Za-z0-9]{32}", "[A-Za-z0-9_-]{32}"].prop_filter("made up", |tail| {
        !placeholder::is_placeholder(tail.as_bytes()) && !identifier::is_identifier(tail.as_bytes())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_wraps_a_key_it_is_found(
        tail in tails(),
        forms in prop::collection::vec(prop::sample::select(&FORMS[..]), 1..=DEPTH_TRIED),
        inside in ("[ -~]{0,20}[ =:\"]", "[\" ;,][ -~]{0,20}"),
        around in ("[ -~\n]{0,90}", "[ -~\n]{0,90}"),
        size in 8_000usize..30_000,
    ) {
        let key = key(&tail);
        let mut wrapped = [inside.0.as_bytes(), key.as_bytes(), inside.1.as_bytes()].concat();
        for form in forms.iter().rev() {
            wrapped = form.wrap(&wrapped);
        }
        prop_assume!(wrapped.len() <= encoded::LONGEST);
        // UTF-16 of UTF-16 is UTF-32.
        let is_wide = |form: &Form| matches!(form, Form::Little | Form::Big | Form::Wide);
        prop_assume!(!forms.windows(2).any(|pair| pair.iter().all(is_wide)));
        let text = [around.0.as_bytes(), b"\n", &wrapped, b"\n", around.1.as_bytes()].concat();
        let begin = around.0.len() + 1;
        let all = found(&text);
        let of_key: Vec<_> = all.iter().filter(|(secret, ..)| *secret == key).collect();
        prop_assert_eq!(of_key.len(), 1, "{:?} {}", &all, String::from_utf8_lossy(&text));
        let (_, layers, span) = of_key[0];
        prop_assert!(begin <= span.start && span.end <= begin + wrapped.len());
        let expected: Vec<_> = forms.iter().map(|form| form.encoding()).collect();
        // With characters beside it that fit both, nobody can tell the one from the other.
        let alike: [&[Encoding]; 3] = [&[Base64, Base64Url], &[Utf16Le, Utf16Be], &[Utf32Le, Utf32Be]];
        let same = |(a, b): (&Encoding, &Encoding)| a == b || alike.iter().any(|kind| kind.contains(a) && kind.contains(b));
        prop_assert!(layers.len() == expected.len() && layers.iter().zip(&expected).all(same), "{:?} {:?}", layers, expected);
        // The same through windows, at an offset where the key goes over an edge, too.
        let far = [&b" some words of text,".repeat(size / 20)[..], &text].concat();
        let pieces = found_in_pieces(&far, 20_000);
        prop_assert_eq!(pieces.iter().filter(|(secret, ..)| *secret == key).count(), 1);
    }

    #[test]
    fn what_a_delta_brings_leads_to_an_encoded_key(
        tail in tails(),
        forms in prop::collection::vec(prop::sample::select(&FORMS[..]), 1..=2),
        inside in ("[ -~]{0,90}[ =:\"]", "[\" ;,][ -~]{0,90}"),
        around in ("[ -~\n]{0,90}", "[ -~\n]{0,90}"),
        (at, removed, added) in (0usize..1000, 0usize..9, "[ -~\n]{0,9}"),
        cuts in prop::collection::vec(0usize..1000, 0..4),
    ) {
        let key = key(&tail);
        let mut wrapped = [inside.0.as_bytes(), key.as_bytes(), inside.1.as_bytes()].concat();
        for form in forms.iter().rev() {
            wrapped = form.wrap(&wrapped);
        }
        let text = [around.0.as_bytes(), b"\n", &wrapped, b"\n", around.1.as_bytes()].concat();
        let is_wide = |form: &Form| matches!(form, Form::Little | Form::Big | Form::Wide);
        prop_assume!(!forms.windows(2).any(|pair| pair.iter().all(is_wide)));
        let span = found(&text).into_iter().find(|(secret, ..)| *secret == key).unwrap().2;
        // What was there before differs somewhere in the key or at its edge: so much of it was removed, and that was added.
        let first = (span.start + at % (span.len() + 1)).saturating_sub(removed / 2);
        let last = text.len().min(first + added.len());
        let (before, behind) = (&text[..first], &text[last..]);
        let removed = &b"~ ?|~ ?|"[..removed];
        let other_way = [behind, removed, before].concat();
        let straight = [before, removed, behind].concat();
        let copies = [
            (&straight, 0, before.len() + removed.len()),
            (&other_way, behind.len() + removed.len(), 0),
        ];
        for (base, start, end) in copies {
            // What held a key already is looked at whole.
            if !found(base).is_empty() {
                continue;
            }
            let copied = |from: usize, length: usize| -> Vec<u8> {
                let mut at: Vec<usize> = cuts.iter().map(|cut| cut % (length + 1)).chain([0, length]).collect();
                at.sort_unstable();
                at.windows(2).filter(|cut| cut[0] < cut[1]).flat_map(|cut| copy(from + cut[0], cut[1] - cut[0])).collect()
            };
            let insert = [&[(last - first) as u8][..], &text[first..last]].concat();
            let insert = if first < last { insert } else { Vec::new() };
            let delta = [copied(start, before.len()), insert, copied(end, behind.len())].concat();
            let detector = detector();
            for (around, has_seams) in [(detector.around().unwrap(), true), (AROUND_ENCODED, false)] {
                let mut excerpt = crate::delta::Excerpt::default();
                let mut result = vec![0; text.len()];
                crate::delta::excerpt((base, &delta), text.len(), around, &mut excerpt, Some(&mut result)).unwrap();
                prop_assert_eq!(&result, &text);
                let seams = if has_seams { &excerpt.seams[..] } else { &[] };
                let shown = String::from_utf8_lossy(&excerpt.bytes);
                prop_assert!(detector.may_hold_in(&excerpt.bytes, seams), "{:?} {}", seams, shown);
            }
        }
    }

    #[test]
    fn windows_change_nothing(
        parts in prop::collection::vec(
            prop_oneof![
                tails().prop_map(|tail| Form::Base64.wrap(key(&tail).as_bytes())),
                (tails(), prop::sample::select(&FORMS[..])).prop_map(|(tail, form)| form.wrap(key(&tail).as_bytes())),
                "[ -~]{0,40}".prop_map(String::into_bytes),
                "[A-Za-z0-9+/]{0,200}".prop_map(String::into_bytes),
                "[ \n\"=%&]{1,3}".prop_map(String::into_bytes),
                prop::collection::vec(any::<u8>(), 0..60),
            ],
            0..60,
        ),
        size in 300usize..4_000,
    ) {
        let text = parts.concat();
        let key_of = |found: Vec<Finding>| found.into_iter().map(|(secret, _, span)| (secret, span)).collect::<Vec<_>>();
        prop_assert_eq!(key_of(found_in_pieces(&text, size)), key_of(found(&text)));
    }
}

/// How many layers are tried: all that are taken off.
const DEPTH_TRIED: usize = encoded::DEPTH;

#[test]
fn what_leads_to_an_encoded_text_hides_none_before_it() {
    let key = key(HEX);
    let in_base64 = String::from_utf8(Form::Base64.wrap(key.as_bytes())).unwrap();
    let escaped = String::from_utf8(Form::Percents.wrap(in_base64.as_bytes())).unwrap();
    // Each leads to escapes, and looks back for their beginning no further than into the middle of those before it.
    let digits = String::from_utf8(Form::Base64.wrap(b"a text without a key, but long enough")).unwrap();
    for behind in [";live_".to_owned(), format!(" {}%3d", digits.trim_end_matches('='))] {
        for before in 0..140 {
            let text = format!("{}\"{escaped}\"{behind}", " ".repeat(before));
            let places: Vec<_> = found(text.as_bytes()).into_iter().map(|(secret, ..)| secret).collect();
            assert_eq!(places, [key.as_str()], "{before} {behind}");
        }
    }
}

#[test]
fn small_numbers_before_wide_text_take_nothing_of_it() {
    let key = key(HEX);
    for before in 4..12 {
        for padding in 0..40 {
            let numbers = [40, 0, 0, 0].repeat(before);
            let text = [vec![0xff; padding], numbers, Form::Little.wrap(key.as_bytes()), vec![0xff; 9]].concat();
            let secrets: Vec<_> = found(&text).into_iter().map(|(secret, ..)| secret).collect();
            assert_eq!(secrets, [key.as_str()], "{before} numbers behind {padding} bytes");
        }
    }
}

#[test]
fn values_in_lines_of_their_own_are_told_from_each_other() {
    let key = key(HEX);
    let bare = |plain: &str| String::from_utf8(base64(plain.as_bytes(), b'+', b'/', false)).unwrap();
    let hex = |plain: &str| plain.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    for text in [
        format!("{}\n{}\n", bare("foobar"), bare(&key)),
        format!("{}\r\n{}\r\n{}\r\n", bare("foobar"), bare(&key), bare("barfoo")),
        format!("{}\n{}\n", hex("foobar"), hex(&key)),
        format!("{}\n{}\n", hex(&key), hex("abcdef")),
        format!("- {}\n  {}\n  {}\n", hex("abc"), hex(&key), hex("abcdef")),
    ] {
        let secrets: Vec<_> = found(text.as_bytes()).into_iter().map(|(secret, ..)| secret).collect();
        assert_eq!(secrets, [key.as_str()], "{text}");
    }
    // Another issuer's key, in a text that is wrapped right behind the first letter.
    let other = format!("{:>48}{key} and what follows it, to the end", "a long line with the key of another issuer: o");
    let lines: Vec<_> = bare(&other).as_bytes().chunks(64).map(<[u8]>::to_vec).collect();
    assert!(lines[1].starts_with(&bare(&key).as_bytes()[..16]));
    let text = String::from_utf8(lines.join(&b'\n')).unwrap();
    assert_eq!(found(text.as_bytes()), []);
}
