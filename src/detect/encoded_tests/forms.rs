//! Forms as people and programs write them, one by one.

use super::*;
use Encoding::*;

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
        (format!("powershell -enc {}", STANDARD.encode(Form::Little.wrap(line.as_bytes()))), vec![Base64, Utf16Le]),
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
        (format!("\\f0 The key is {rg}\\'5flive\\'5f{tail}.\\par"), vec![Escape]),
        (each("", &|byte| format!("\\'{byte:02x}")), vec![Escape]),
        (format!(".key::after {{ content: \"{rg}\\5f live\\5f {tail}\"; }}"), vec![Escape]),
        (format!("BT [({rg}_l) -20 (ive_{}) 15 ({})] TJ ET", &tail[..9], &tail[9..]), vec![Split]),
        (format!("key = \"{rg}_live_\"\nkey += \"{tail}\""), vec![Split]),
        (format!("$k = '{rg}_live_{}';\r\n  $k .= '{}';", &tail[..9], &tail[9..]), vec![Split]),
        (format!("key = \"{rg}_live_\";\nkey = key + \"{tail}\";"), vec![Split]),
        (format!("$k = '{rg}_l';\n$k = $k . 'ive_{}';\n$k = $k . '{}';", &tail[..9], &tail[9..]), vec![Split]),
        (format!("key = '{rg}_live_'\nkey = f'{{key}}{tail}'"), vec![Split]),
        (format!("KEY=\"{rg}_live_\"\nKEY=\"${{KEY}}{tail}\""), vec![Split]),
        (format!("key = \"%s%s\" % (\"{rg}_live_\", \"{tail}\")"), vec![Split]),
        (format!("format!(\"{{}}{{}}\", \"{rg}_live_\", \"{tail}\")"), vec![Split]),
        (format!("key = \"\".join([\"{rg}_live_\", \"{tail}\"])"), vec![Split]),
        (each(" ", &|byte| format!("{byte:03o}")), vec![Octal]),
        (each(", ", &|byte| format!("0{byte:03o}")), vec![Octal]),
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
fn dumps_in_words_of_a_machine_are_read() {
    for before in ["some text, then ", "some text, then: "] {
        let text = format!("{before}{} and more of it", key(HEX));
        let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte));
        let rows = |width: usize, line: &dyn Fn(usize, String) -> String, form: &dyn Fn(u64) -> String| -> String {
            let rows = text.as_bytes().chunks(16).enumerate();
            rows.map(|(row, bytes)| {
                let words: Vec<_> = bytes.chunks(width).map(|bytes| form(word(bytes))).collect();
                line(16 * row, words.join(" "))
            })
            .collect()
        };
        let octal = |at: usize, words: String| format!("{at:07o} {words}\n");
        for (dump, encoding) in [
            (rows(2, &|at, words| format!("{at:07x} {words}\n"), &|word| format!("{word:04x}")), Hex),
            (rows(2, &octal, &|word| format!("{word:04x}")), Hex),
            (rows(2, &|_, words| format!(" {words}\n"), &|word| format!("{word:04x}")), Hex),
            (rows(4, &octal, &|word| format!("{word:08x}")), Hex),
            (rows(2, &octal, &|word| format!("{word:06o}")), Octal),
            (rows(1, &octal, &|byte| format!("{byte:03o}")), Octal),
        ] {
            // Wherever samples are taken.
            for before in 0..128 {
                let dump = format!("{}\n{dump}", "-".repeat(before));
                let found = found(dump.as_bytes());
                assert_eq!(found.len(), 1, "{before} {dump}");
                assert_eq!(
                    (found[0].0.as_str(), found[0].1.as_slice()),
                    (key(HEX).as_str(), &[encoding][..]),
                    "{dump}"
                );
            }
        }
    }
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
        format!("f(\"%s, %s\", \"{rg}_live_\", \"{tail}\")"),
        format!("key = \"{rg}_live_\"\nother = \"{tail}\""),
        format!("key = \"{rg}_live_\"\nkey += \"{}\"", "x".repeat(32)),
        format!("[({rg}_live_) -250 ({tail})] TJ"),
        format!("[(sk_o) -20 ({rg}_li) 15 (ve_{tail})] TJ"),
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
    let b64 = |plain: &[u8]| STANDARD_NO_PAD.encode(plain).into_bytes();
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
        b"rg)1(".to_vec(),
        b"rg_live_\"\nx+=\"".to_vec(),
        b"063562 ".to_vec(),
        b"6772 ".to_vec(),
        b"6c5f6772 ".to_vec(),
        b"162 ".to_vec(),
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

#[test]
fn what_leads_to_an_encoded_text_hides_none_before_it() {
    let key = key(HEX);
    let in_base64 = String::from_utf8(Form::Base64.wrap(key.as_bytes())).unwrap();
    let escaped = String::from_utf8(Form::Percents.wrap(in_base64.as_bytes())).unwrap();
    // Each leads to escapes, and looks back for their beginning no further than into the middle of those before it.
    let digits = String::from_utf8(Form::Base64.wrap(b"a text without a key, but long enough")).unwrap();
    // A sample in digits that go on in an escape, in the same group as one in the escapes of the key.
    let percents = String::from_utf8(Form::Percents.wrap(key.as_bytes())).unwrap();
    let longer = String::from_utf8(Form::Base64.wrap(b"a text without a key, but long enough for a sample")).unwrap();
    for before in 0..140 {
        let text = format!("{}\"{percents}{:17}{}%2d0", ".".repeat(before), "", longer.trim_end_matches('='));
        let secrets: Vec<_> = found(text.as_bytes()).into_iter().map(|(secret, ..)| secret).collect();
        assert_eq!(secrets, [key.as_str()], "{text}");
    }
    for behind in [";live_".to_owned(), format!(" {}%3d", digits.trim_end_matches('='))] {
        for before in 0..140 {
            let text = format!("{}\"{escaped}\"{behind}", " ".repeat(before));
            let places: Vec<_> = found(text.as_bytes()).into_iter().map(|(secret, ..)| secret).collect();
            assert_eq!(places, [key.as_str()], "{before} {behind}");
        }
    }
}

#[test]
fn the_longest_keys_are_found_wherever_windows_end() {
    let key = key(HEX);
    let forms = [Form::Us, Form::Us, Form::Octals];
    let wrapped = forms.iter().rev().fold(key.clone().into_bytes(), |text, form| form.wrap(&text));
    assert!((encoded::LONGEST / 2..=encoded::LONGEST).contains(&wrapped.len()), "{}", wrapped.len());
    for before in (0..12_000).step_by(997) {
        let text = [&vec![b' '; before][..], b"\"", &wrapped, b"\"", &[b' '; 12_000]].concat();
        let secrets: Vec<_> = found_in_pieces(&text, 12_000).into_iter().map(|(secret, ..)| secret).collect();
        assert_eq!(secrets, [key.as_str()], "behind {before} bytes");
    }
}
