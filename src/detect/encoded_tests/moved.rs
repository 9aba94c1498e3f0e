//! What a delta puts together from parts of its base, an encoded key in lines shows in, wherever it was put together.

use super::*;

/// What joins the lines of an encoded text, as files have it.
const JOINTS: [&str; 12] =
    ["\n", "\r\n", "\r\n\r\n", "\n    ", "\n\t\t", "\n> ", "\\\n", "\\n", "\\r\\n", "=\n", "\"\n  \"", "\" +\n    \""];

/// Words to stand before a key, and behind it.
const WORDS: &str = "user = aeiou; passwd = 'qwerty uiop asdf'; Another word, and another one";

fn in_lines(digits: &str, columns: usize, joint: &str) -> String {
    let quote = if joint.contains('"') { "\"" } else { "" };
    let lines: Vec<_> = digits.as_bytes().chunks(columns).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("{quote}{}{quote}", lines.join(joint))
}

/// Numbers of bytes as source code lists them.
fn listed(plain: &str) -> String {
    let numbers: Vec<_> = plain.bytes().map(|byte| format!("0x{byte:02x}")).collect();
    numbers.chunks(8).map(|line| line.join(", ")).collect::<Vec<_>>().join(",\n        ")
}

/// Puts `text` together at each place of the key in it from parts of a base that holds no key, with and without a byte of its own there, and
/// gives how often a look at what the delta brings shows nothing.
fn missed(detector: &Detector, text: &[u8]) -> usize {
    let hits = detector.find_all(text, None);
    let [hit] = &hits[..] else { panic!("{} keys in {}", hits.len(), text.escape_ascii()) };
    let mut missed = 0;
    for (at, own) in (hit.span.start..=hit.span.end).flat_map(|at| [(at, 0), (at, 1)]) {
        let (before, behind) = (&text[..at], &text[at + own..]);
        let insert = if own > 0 { vec![1, text[at]] } else { Vec::new() };
        let bases = [
            ([before, b"~?", behind].concat(), 0, before.len() + 2),
            ([behind, b"~", before].concat(), behind.len() + 1, 0),
        ];
        for (base, first, second) in bases {
            // Only what stands at an end of the key may be none of it.
            let may_hold = at == hit.span.start || at + own >= hit.span.end;
            if may_hold && !detector.find_all(&base, None).is_empty() {
                continue;
            }
            let delta = [copy(first, before.len()), insert.clone(), copy(second, behind.len())].concat();
            let mut excerpt = crate::delta::Excerpt::default();
            let around = detector.around().unwrap();
            crate::delta::excerpt((&base, &delta), text.len(), around, &mut excerpt, None).unwrap();
            missed += usize::from(!detector.may_hold_in(excerpt.bytes(), excerpt.seams()));
        }
    }
    missed
}

#[test]
fn an_encoded_key_in_lines_shows_wherever_a_delta_puts_it_together() {
    let detector = detector();
    for lead in (0..WORDS.len()).step_by(7) {
        let plain = format!("{}\"{}\" {}", &WORDS[..lead], key(HEX), &WORDS[..lead % 17]);
        let hex = String::from_utf8(Form::Hex.wrap(plain.as_bytes())).unwrap();
        let mut encoded = vec![
            ("a dump", dumped(&plain, 2, |line| String::from_utf8_lossy(line).into_owned())),
            ("a list", listed(&plain)),
        ];
        for (joint, columns) in JOINTS.into_iter().flat_map(|joint| [(joint, 54), (joint, 76)]) {
            encoded.push((joint, in_lines(&STANDARD.encode(&plain), columns, joint)));
            // Quoted-printable has no lines as short as that would be.
            if joint != "=\n" {
                encoded.push((joint, in_lines(&hex, columns, joint)));
            }
        }
        for (name, encoded) in encoded {
            let (before, behind) = ("xy z".repeat(lead / 3), "ab c".repeat(60));
            let text = format!("some words of text,{before}\n{encoded}\nand here others {behind}");
            assert_eq!(missed(&detector, text.as_bytes()), 0, "{name:?} {encoded}");
        }
    }
}
