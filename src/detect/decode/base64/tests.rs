//! Base64: its digits, which texts are found in a run of them, from where on it is read, and what stands over lines.

use super::*;

/// Texts in `encoded`, found from somewhere in it.
fn texts_in(encoded: &[u8]) -> Vec<(String, String)> {
    let texts = Reader::default().texts(encoded, encoded.len() / 4, 0xf, |_| true);
    let source = |text: &Text| String::from_utf8_lossy(&encoded[text.span(&(0..text.len()))]).into_owned();
    texts.iter().map(|text| (String::from_utf8_lossy(text.bytes()).into_owned(), source(text))).collect()
}

#[test]
fn text_is_found_at_any_alignment_wrapped_and_with_binary_around_it() {
    // "The quick brown fox jumps over", as RFC 4648 has it.
    let plain = "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVy";
    for glued in ["", "x", "xy", "xyz"] {
        let found = texts_in(format!("{glued}{plain}").as_bytes());
        assert!(found.iter().any(|(text, _)| text.contains("The quick brown fox jumps over")), "{glued} {found:?}");
    }
    for end in ["\n", "\r\n    ", "\\n", "\" +\n \"", "\n# "] {
        let wrapped = format!("{}{end}{}", &plain[..18], &plain[18..]);
        let (text, source) = texts_in(wrapped.as_bytes()).remove(0);
        assert_eq!((text.as_str(), source.as_str()), ("The quick brown fox jumps over", wrapped.as_str()));
    }
    let binary = texts_in(format!("/////+++{plain}////8888").as_bytes());
    assert_eq!(binary.len(), 1);
    assert_eq!(binary[0].1, format!("{}{plain}////", "/+++"));
    // Of the group before, however near the run's beginning is, the last byte may be a letter.
    assert_eq!(texts_in(format!("/+++{plain}").as_bytes())[0].1, format!("/+++{plain}"));
    // What is cut off in a group still gives its whole bytes.
    assert_eq!(texts_in(&plain.as_bytes()[..38])[0].0, "The quick brown fox jumps ov");
}

#[test]
fn the_alphabet_is_that_of_the_whole_run() {
    let plain = "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVy";
    for (before, after, is_url) in [
        ("", "", false),
        ("__79", "", true),
        ("", "________-w", true),
        ("", "////+w", false),
        ("_", "+", false),
        ("\\/\\/79", "____", false),
    ] {
        let encoded = format!("{before}{plain}{after}");
        let span = before.len() + 8..before.len() + 28;
        assert_eq!(is_of_urls(encoded.as_bytes(), &span), is_url, "{encoded}");
    }
}

#[test]
fn inner_stretches_stand_in_every_base64_of_the_text() {
    for before in ["", "a", "ab"] {
        for (encoded, plain) in [("cHJlZml4Xw", "prefix_"), ("YXByZWZpeF8", "prefix_"), ("YWJwcmVmaXhf", "prefix_")] {
            let stretches = inner_stretches(plain.as_bytes());
            assert!(
                stretches.iter().any(|stretch| memchr::memmem::find(encoded.as_bytes(), stretch).is_some()),
                "{before}"
            );
        }
    }
    assert!(inner_stretches(b"??>>").contains(&b"Pz8-P".to_vec()));
}

#[test]
fn every_byte_is_a_digit_or_none() {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for byte in 0..=u8::MAX {
        let standard = match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        };
        let value = DIGITS.iter().position(|&digit| digit == standard).map_or(NONE, |value| value as u8);
        assert_eq!(VALUES[usize::from(byte)], value, "{byte}");
    }
}

#[test]
fn a_text_is_read_from_the_first_digit_on_if_it_is_long_enough() {
    for groups in 0..10 {
        let run = [&b"VGhl".repeat(groups)[..], b"////////"].concat();
        let texts = Reader::default().texts(&run, 0, 1, |_| true);
        let expected = if groups >= LEAST_GROUPS { vec!["The".repeat(groups)] } else { vec![] };
        let shown = |text: &Text| String::from_utf8_lossy(&text.bytes()[..3 * groups]).into_owned();
        assert_eq!(texts.iter().map(shown).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_text_may_end_where_the_group_that_leads_to_it_would_begin() {
    let run = "VGhl".repeat(10);
    for (at, phase, is_text) in [(39, 1, true), (38, 2, true), (37, 3, true), (39, 2, false), (38, 3, false)] {
        let texts = Reader::default().texts(run.as_bytes(), at, 1 << phase, |_| true);
        assert_eq!(texts.iter().any(|text| text.bytes() == "The".repeat(10).as_bytes()), is_text, "{at} {phase}");
    }
}

#[test]
fn what_is_looked_at_first_is_what_is_decoded() {
    let digits = b"VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVy";
    for range in (0..8).flat_map(|first| (first..digits.len()).map(move |last| first..last)) {
        let mut reader = Reader::default();
        reader.run.read(digits, digits.len(), 0, &VALUES);
        let decoded = decode(&reader.run, range.clone());
        assert_eq!(reader.plain(&range), decoded.bytes(), "{range:?}");
    }
}

#[test]
fn only_what_goes_over_a_joint_of_literals_is_split() {
    let digits = "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVy";
    for at in 1..digits.len() - 1 {
        let source = format!("{}\" + \"{}", &digits[..at], &digits[at..]);
        let texts = Reader::default().texts(source.as_bytes(), 0, 1, |_| true);
        let [text] = &texts[..] else { panic!("{source}") };
        for byte in 1..text.len() {
            // The joint stands before one of the two digits that the byte is made of.
            let digit = byte / 3 * 4 + byte % 3;
            let is_split = text.layers(&(byte - 1..byte + 1)).contains(&Encoding::Split);
            assert_eq!(is_split, (digit..digit + 2).contains(&at), "{source} {byte}");
        }
    }
}

#[test]
fn a_text_over_the_end_of_a_line_begins_with_the_first_of_enough_groups() {
    let digits = "/////+++8VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZyBhbmQ+++/////";
    let is_text = |digits: &[u8]| is_ascii(&[0, 1, 2].map(|at| VALUES[usize::from(digits[at])]));
    let mut places = [0; 3];
    for (first, last) in
        (0..14).step_by(3).flat_map(|first| (0..30).step_by(7).map(move |last| (first, digits.len() - last)))
    {
        for at in first..=last {
            let source = format!(". {}\n  {} .", &digits[first..at], &digits[at..last]);
            let (end, next) = (2 + at - first, 5 + at - first);
            let near = [end.saturating_sub(35).max(2)..end, next..(next + 35).min(next + last - at)];
            let near: Vec<usize> = near.into_iter().flatten().collect();
            let is_here = |from: &[usize]| {
                let run: Vec<u8> = from.iter().take(32).map(|&place| source.as_bytes()[place]).collect();
                run.len() == 32 && run.chunks(4).all(is_text)
            };
            let expected = (0..near.len()).find(|&from| is_here(&near[from..])).map(|from| near[from]);
            assert_eq!(over_lines(source.as_bytes(), end, next), expected, "{source}");
            places[expected.map_or(0, |place| 1 + usize::from(place >= next))] += 1;
        }
    }
    assert!(places.iter().all(|&count| count > 10), "{places:?}");
}

#[test]
fn a_run_is_read_from_the_last_group_before_that_is_no_text() {
    let binary = "/".repeat(100);
    let plain = "VGhl".repeat(10);
    let source = format!("{binary}{plain}");
    for (source, at, first, phases, expected) in [
        (&source, 120, 0, 0b1, 96),
        (&source, 119, 0, 0b10, 96),
        (&source, 117, 0, 0b1000, 96),
        // What stands before `first` was read already.
        (&source, 120, 96, 0b1, 96),
        (&source, 120, 97, 0b1, 97),
        (&source, 120, 104, 0b1, 104),
        (&format!(" {plain}"), 21, 0, 0b1, 1),
        (&plain.repeat(40), 800, 0, 0b1, 800 - digits::BACK),
        // At one phase, the slash is in a group's first three digits, and at the other the last.
        (&format!("{}/{}", "V".repeat(103), "V".repeat(40)), 140, 0, 0b10, 101),
        (&format!("{}/{}", "V".repeat(103), "V".repeat(40)), 140, 0, 0b1, 0),
        (&format!("{}/{}", "V".repeat(103), "V".repeat(40)), 140, 0, 0b11, 0),
    ] {
        assert_eq!(start(source.as_bytes(), at, first, phases), expected, "{source} {at} {first} {phases}");
    }
}

#[test]
fn a_run_that_began_within_a_text_is_read_from_further_back() {
    let plain = "The quick brown fox jumps over the lazy dog, again and again.";
    let digits = "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZywgYWdhaW4gYW5kIGFnYWluLg";
    let binary = "/".repeat(40);
    for source in [format!(" {binary}{digits}{binary}"), format!(" {digits} "), format!("{digits}. {digits}.")] {
        let text = source.rfind(digits).unwrap();
        let mut late = 0;
        for (at, other) in (text + 4..text + digits.len() - 20).flat_map(|at| (0..4).map(move |other| (at, other))) {
            let mut reader = Reader::default();
            if source.ends_with('.') {
                reader.texts(source.as_bytes(), 20, 0xf, |_| true);
            }
            // At another way to divide it into groups, the run begins with the first of them that is no ASCII.
            let mut texts = reader.texts(source.as_bytes(), at, 1 << other, |_| true);
            late += usize::from(reader.run.places[0].0 as usize > text);
            texts.extend(reader.texts(source.as_bytes(), at + 16, 0xf, |_| true));
            let is_whole = |found: &Text| String::from_utf8_lossy(found.bytes()).contains(plain);
            assert!(texts.iter().any(is_whole), "{source} {at} {other}");
            assert!(texts.iter().all(|found| found.span(&(0..found.len())).start + 4 >= text), "{source} {at}");
        }
        assert!(late > 50, "{late} in {source}");
    }
}

#[test]
fn signs_far_from_a_text_do_not_say_what_its_alphabet_is() {
    let span = 8..28;
    let last = span.end + digits::BACK;
    for (place, is_url) in [(last - 1, true), (last, true), (last + 1, false), (2 * last, false)] {
        let encoded = format!("{}-VGhl", "A".repeat(place));
        assert_eq!(is_of_urls(encoded.as_bytes(), &span), is_url, "{place}");
    }
}

#[test]
fn no_more_than_a_group_is_shown_behind_a_text_however_far_the_run_was_read() {
    // At the first phase all of it is text, at the second no more than what stands before the last of its slashes.
    let run = format!("{}/{}/{}", "V".repeat(31), "V".repeat(31), "VVV/".repeat(20));
    let texts = Reader::default().texts(run.as_bytes(), 0, 0b11, |_| true);
    let ends: Vec<_> = texts.iter().map(|text| text.span(&(0..text.len())).end).collect();
    assert_eq!(ends, [run.len(), 33]);
}

#[test]
fn what_is_read_from_further_back_is_decoded_once() {
    // By two of the four ways to divide it, this is text.
    let plain = "VGhl".repeat(40);
    for before in ["", " ", "\"", "......."] {
        let source = format!("{before}{plain} ");
        let mut reader = Reader::default();
        let mut places = |digit: usize, phases: u32| -> Vec<(usize, usize)> {
            let texts = reader.texts(source.as_bytes(), before.len() + digit, phases, |_| true);
            texts.iter().map(|text| text.span(&(0..text.len()))).map(|span| (span.start, span.end)).collect()
        };
        let (first, last) = (before.len(), before.len() + plain.len());
        // A way that is none leads to nothing, and begins the run where it stops.
        assert!(places(80, 0b100).is_empty());
        assert_eq!(places(81, 0b1000), [(first, last)]);
        assert_eq!(places(85, 0b1), [(first + 1, last)]);
        for (digit, phases) in [(81, 0b1000), (85, 0b1), (88, 0b1), (89, 0b1), (90, 0b1100), (80, 0b11)] {
            assert!(places(digit, phases).is_empty(), "{digit} {phases:b}");
        }
    }
}

#[test]
fn groups_are_counted_behind_the_letter_of_a_written_out_end_of_a_line() {
    let plain = "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVy";
    for (end, part) in ["\\n", "\\r\\n\\t"].into_iter().flat_map(|end| (1..20).map(move |part| (end, part))) {
        let source = format!("{}{end}{}", &plain[..part], &plain[part..]);
        let letter = part + end.len() - 1;
        // None begins with the letter itself.
        for phase in 0..4 {
            let is_group = phase > 0 && (part + phase - 1).is_multiple_of(4);
            for was_read in [false, true] {
                let mut reader = Reader::default();
                if was_read {
                    assert!(reader.texts(source.as_bytes(), 0, 0b1000, |_| true).is_empty());
                }
                let texts = reader.texts(source.as_bytes(), letter, 1 << phase, |_| true);
                let is_text = texts.iter().any(|text| text.bytes() == b"The quick brown fox jumps over");
                assert_eq!(is_text, is_group, "{source} {phase} {was_read}");
            }
        }
    }
}

#[test]
fn the_first_digits_of_a_run_go_over_what_joins_its_parts() {
    for (source, digits) in [
        ("QUJDREVG", Some("QUJDREVG")),
        ("QUJDREVGR0hJ", Some("QUJDREVG")),
        ("QUJDREV", None),
        (" QUJDREVG", None),
        ("QUJD\n    REVG", Some("QUJDREVG")),
        ("QUJD\\nREVG", Some("QUJDREVG")),
        ("QUJD\" + \"REVG", Some("QUJDREVG")),
        ("QUJD=\nREVG", Some("QUJDREVG")),
        ("QUJD=\r\nREVG", Some("QUJDREVG")),
        ("QU=\nJD\n  RE=\nVG", Some("QUJDREVG")),
        ("QUJ%2BREVG", Some("QUJ+REVG")),
        ("QUJ%2FREVG", Some("QUJ/REVG")),
        ("QUJ\\u002bREVG", Some("QUJ+REVG")),
        // What joins nothing: padding, a byte in quoted-printable, and what joins other texts.
        ("QUJD==REVG", None),
        ("QUJD=41REVG", None),
        ("QUJD) -20 (REVG", None),
        ("QUJD REVG", None),
    ] {
        let found = first_digits::<8>(source.as_bytes());
        assert_eq!(found.as_ref().map(|digits| &digits[..]), digits.map(str::as_bytes), "{source:?}");
    }
}
