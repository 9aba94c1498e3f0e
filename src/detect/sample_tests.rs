//! What samples lead to: each form of an encoded text wherever it lies, what stands over a seam, and where a container's digits begin.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::decode;
use super::look::{BLOCK, Look, STEP};
use super::sample::*;
use super::suspects;

/// A form's name, a text in it, and how a sample of that looks.
type Form = (&'static str, Vec<u8>, fn(Look) -> bool);

/// Forms of a text, in each of which a sample of it looks alike.
fn forms(plain: &[u8]) -> Vec<Form> {
    let each = |join: &str, format: &dyn Fn(u8) -> String| -> Vec<u8> {
        plain.iter().map(|&byte| format(byte)).collect::<Vec<_>>().join(join).into_bytes()
    };
    let is_list = |look| look == Look::List;
    let is_wide = |look| matches!(look, Look::Wide(..));
    vec![
        ("hexadecimal", each("", &|byte| format!("{byte:02x}")), |look| matches!(look, Look::Hex(_))),
        ("blanks", each(" ", &|byte| format!("{byte:02X}")), is_list),
        ("list", each(", ", &|byte| format!("0x{byte:02x}")), is_list),
        ("decimals", each(",", &|byte| byte.to_string()), is_list),
        ("escapes", each("", &|byte| format!("\\x{byte:02x}")), is_list),
        ("unicode", each("", &|byte| format!("\\u{{{byte:x}}}")), is_list),
        ("percents", each("", &|byte| format!("%{byte:02X}")), is_list),
        ("entities", each("", &|byte| format!("&#{byte};")), is_list),
        ("octals", each(" ", &|byte| format!("{byte:03o}")), is_list),
        ("little", plain.iter().flat_map(|&byte| [byte, 0]).collect(), is_wide),
        ("big", plain.iter().flat_map(|&byte| [0, byte]).collect(), is_wide),
        ("four", plain.iter().flat_map(|&byte| [byte, 0, 0, 0]).collect(), is_wide),
    ]
}

const PLAIN: &[u8] = b"The quick brown fox jumps over the lazy";

#[test]
fn a_sample_lies_in_each_form_wherever_that_lies_and_none_beside_it() {
    for (form, encoded, is) in forms(PLAIN) {
        for step in [STEP, BLOCK] {
            for (before, filler) in (0..300).step_by(7).flat_map(|before| [(before, b" "), (before, b"-")]) {
                let bytes = [&filler.repeat(before)[..], &encoded, &b" ".repeat(before)].concat();
                let found: Vec<_> = Samples::new(&bytes, 0, bytes.len(), step).collect();
                let end = before + encoded.len();
                assert!(found.iter().any(|&(_, look)| is(look)), "{form} {step} {before}: {found:?}");
                assert!(
                    found.iter().all(|&(at, _)| before < at + BLOCK && at < end),
                    "{form} {step} {before}: {found:?}"
                );
                assert!(found.is_sorted_by_key(|&(at, _)| at), "{form} {step} {before}: {found:?}");
                // Samples begin where they are asked for, and nothing before.
                let behind = Samples::new(&bytes, end, bytes.len(), step).collect::<Vec<_>>();
                assert_eq!(behind, [], "{form} {step} {before}");
                let inside = before + encoded.len() / 4;
                for (at, _) in Samples::new(&bytes, inside, inside + 40, step) {
                    assert!((inside..inside + 40 + STEP + 128).contains(&at), "{form} {step} {before} {at}");
                }
            }
        }
    }
}

#[test]
fn short_numbers_in_words_are_no_list() {
    for text in [
        &b"at 12:30, 1999-12-31, 2024-01-15 and at 08:45 on 2023-11-02, 17:20; not before"[..],
        b"value 0x12345678 value 0x9abcdef0 value 0x12345678 value 0x9abcdef0 value 0x1234",
        b"0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 ",
    ] {
        for from in 0..40 {
            for step in [STEP, BLOCK] {
                let found: Vec<_> = Samples::new(&text[from..], 0, text.len() - from, step).collect();
                assert_eq!(found, [], "{step} {}", text[from..].escape_ascii());
            }
        }
    }
}

/// What may stand on a side of a seam before or behind something else.
const PROSE: &[u8] = b"some words, and a few words more";

#[test]
fn what_goes_over_a_seam_is_a_part_of_an_encoded_text_on_one_side() {
    let mut forms = forms(PLAIN);
    forms.push(("base64", b"VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVy".to_vec(), |_| true));
    forms.push(("words", b"063562 066137 073151 057545 034471 ".to_vec(), |_| true));
    for (form, encoded, _) in forms {
        for from in 0..encoded.len() - BLOCK {
            let block = &encoded[from..from + BLOCK];
            let parts = [PROSE, block, PROSE, block, PROSE].concat();
            let begin = PROSE.len();
            let ends = [0, begin, begin + BLOCK, 2 * begin + BLOCK, 2 * begin + 2 * BLOCK];
            for seam in &ends[1..] {
                assert!(may_go_over(&parts, &[*seam]), "{form} {seam} {}", block.escape_ascii());
            }
            // Each seam is asked about, whatever the one before is; and at an end there is none.
            assert!(may_go_over(&parts, &ends) && !may_go_over(&parts, &[0, parts.len()]), "{form}");
            assert!(!may_go_over(&parts, &[begin / 2]) && !may_go_over(&parts, &[]), "{form}");
            let short = [block, &PROSE[..suspects::LONGEST_JOINT - 1]].concat();
            assert!(!may_go_over(&[PROSE, &short].concat(), &[begin]), "{form}");
        }
    }
    for block in [
        b"getConfiguration",
        b"da39a3ee5e6b4b0d",
        b"2001, 2002, 2003",
        b"12345678, 901234",
        b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"\xff\0\xff\0\xff\0\xff\0\xff\0\xff\0\xff\0\xff\0",
        b"a b\0 \0c d e f g ",
        b"{ x; } { y; } 1 ",
        b"0~1~2~3~4~5~6~7~",
        b"                ",
    ] {
        for seam in [PROSE.len(), PROSE.len() + BLOCK] {
            assert!(!may_go_over(&[PROSE, block, PROSE].concat(), &[seam]), "{}", block.escape_ascii());
        }
    }
    // One that is suspect and no part of a text does not hide the next.
    let parts = [PROSE, b"getConfiguration", PROSE, b"VGhlIHF1aWNrIGJy", PROSE].concat();
    assert!(may_go_over(&parts, &[32, 80]) && !may_go_over(&parts, &[32, 48]));
}

#[test]
fn a_joint_beside_a_seam_hides_no_digits() {
    const JOINTS: [&str; 14] = [
        "",
        "\n",
        "\r\n",
        "\n  \t",
        "\n               ",
        "\\n",
        "\\r\\n",
        "\\\n",
        "\n> ",
        "\r\n\r\n",
        "=\n",
        "=\r\n",
        "\"\n  \"",
        "\" +\n          \"",
    ];
    let plain = PLAIN.repeat(3);
    let [base64, hex] = [STANDARD.encode(&plain), plain.iter().map(|byte| format!("{byte:02x}")).collect()];
    for (joint, digits) in JOINTS.iter().flat_map(|joint| [(joint, &base64), (joint, &hex)]) {
        for at in 52..68 {
            let (before, behind) = digits.split_at(at);
            let text = [before, joint, behind].concat().into_bytes();
            for cut in at - BLOCK..=at + joint.len() + BLOCK {
                let sides = [[PROSE, &text[cut..]].concat(), [&text[..cut], PROSE].concat()];
                for (parts, seam) in sides.iter().zip([PROSE.len(), cut]) {
                    assert!(may_go_over(parts, &[seam]), "{joint:?} {at} {cut} {}", parts.escape_ascii());
                }
            }
        }
    }
    // What only looks joined, and what is no text.
    for side in [
        &b"getConfiguration\n    value = 17 "[..],
        b"configuration\n          settings",
        b"QUJDREVGRw \" RUZHQUJDREVGRw ==  ",
        b"\n        return something_or_not",
        b"da39a3ee5e6b4b0d\n3255bfef9560189",
    ] {
        assert!(side.len() >= suspects::SIDE, "{}", side.escape_ascii());
        for (parts, seam) in [([PROSE, side].concat(), PROSE.len()), ([side, PROSE].concat(), side.len())] {
            assert!(!may_go_over(&parts, &[seam]), "{}", side.escape_ascii());
        }
    }
}

/// Digits of what is packed, of which only the first say so.
fn packed() -> String {
    let mut state = 5u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b"89abcdefghijklmnopqrstuvwxyz9999"[(state >> 20) as usize % 32])
    };
    format!("H4sIAAAAAAAA{}", (0..240).map(|_| next()).collect::<String>())
}

#[test]
fn a_container_begins_where_its_digits_do() {
    let digits = packed();
    for before in [
        "",
        " ",
        "k=",
        "\"",
        ":\n",
        "/",
        "a/",
        "https://host/path/",
        "AAAA/",
        "\\n",
        "\\r\\n",
        "\\/",
        "a\\/b\\/",
        "=3D",
        "%3D",
        "%2F",
        "\\u003d",
        "\\u002F",
        "x=3Dy%20",
    ] {
        for padding in 0..100 {
            let text = format!("{}{before}{digits} ", " ".repeat(padding));
            let mut found: Vec<_> = Samples::new(text.as_bytes(), 0, text.len(), STEP)
                .filter_map(|(_, look)| match look {
                    Look::Packed(start, _) => Some(start),
                    _ => None,
                })
                .collect();
            found.dedup();
            assert_eq!(found, [padding + before.len()], "{text}");
        }
    }
    // What does not begin so is none, wherever a sample lies.
    for text in [digits[3..].to_owned(), format!("H4s{}", &digits[4..])] {
        for padding in 0..64 {
            let text = format!("{}{text} ", " ".repeat(padding));
            let is_packed = |(_, look): (usize, Look)| matches!(look, Look::Packed(..));
            assert!(!Samples::new(text.as_bytes(), 0, text.len(), STEP).any(is_packed), "{text}");
        }
    }
}

#[test]
fn a_container_begins_before_samples_that_each_have_a_sign_of_urls() {
    for (signs, before) in (0..10).flat_map(|signs| ["", "k=\"", "\\n"].map(|before| (signs, before))) {
        let mut digits = packed().into_bytes();
        (0..signs).for_each(|sign| digits[10 + 20 * sign] = b'_');
        for padding in 0..64 {
            let text = [" ".repeat(padding).as_bytes(), before.as_bytes(), &digits, b" "].concat();
            let mut found: Vec<_> = Samples::new(&text, 0, text.len(), STEP)
                .filter_map(|(_, look)| match look {
                    Look::Packed(start, _) => Some(start),
                    _ => None,
                })
                .collect();
            found.dedup();
            assert_eq!(found, [padding + before.len()], "{signs} {}", text.escape_ascii());
        }
    }
}

#[test]
fn base64_over_the_end_of_a_line_is_asked_for_at_each_end_once() {
    // Nothing of it shows in a sample: on either side of it are digits of no text.
    let text = "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBs";
    for (at, padding) in (8..40).flat_map(|at| (0..STEP).map(move |padding| (at, padding))) {
        let (first, rest) = text.split_at(at);
        let source = format!("{}{}{first}\n{rest}{}\n", " ".repeat(padding), "/+".repeat(30), "+/".repeat(30));
        let end = padding + 60 + at;
        let begin = decode::base64::over_lines(source.as_bytes(), end, end + 1).unwrap();
        let found: Vec<_> = Samples::new(source.as_bytes(), 0, source.len(), STEP).collect();
        let wrapped = found.iter().filter(|(_, look)| matches!(look, Look::Wrapped(place) if *place == begin)).count();
        let plain = found.iter().any(|(_, look)| matches!(look, Look::Base64(_)));
        assert!(wrapped == 1 || wrapped == 0 && plain, "{at} {padding} {found:?}");
    }
}
