//! What a sample's run of digits looks like, wherever the sample lies in it: how far the run reaches, where a container begins, and what
//! goes on over the ends of lines.

use std::io::Write;

use ::base64::Engine;
use ::base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::super::sample::Samples;
use super::*;

#[test]
fn as_many_digits_are_counted_on_either_side_as_matter() {
    for (filler, blanks) in [(' ', 0), (' ', 100), ('.', 3), ('=', 17)] {
        for (before, behind) in (0..70).flat_map(|before| (0..100).map(move |behind| (before, behind))) {
            let beside = filler.to_string().repeat(blanks);
            let text = format!("{beside}{}{beside}", "A".repeat(before + BLOCK + behind));
            let run = Run::of(text.as_bytes(), blanks + before, STEP);
            let (before, behind) = (before.min(BEFORE), behind.min(BEHIND));
            let expected = (before + BLOCK + behind >= SHORTEST).then_some((before, behind));
            assert_eq!(run.map(|run| (run.before, run.behind)), expected, "{text}");
        }
    }
    for digit in *b"._ ~" {
        let mut text = [b'A'; 64];
        text[20] = digit;
        assert!(Run::of(&text, 10, STEP).is_none() && Run::of(&text, 21, STEP).is_some(), "{digit}");
    }
    assert!(Run::of(&[b'A'; 64], 49, STEP).is_none());
}

/// A run that is looked at from `at` on, whatever it may be.
fn run(bytes: &[u8], at: usize, step: usize) -> Run<'_> {
    let vector = u8x16::from(*bytes[at..].first_chunk().unwrap());
    Run { bytes, at, step, vector, before: 0, behind: 0 }
}

#[test]
fn a_sample_is_passed_by_that_has_a_sign_of_urls_in_what_is_seen_of_it() {
    for (length, sign) in (SEEN - BLOCK..60).flat_map(|length| (0..length).map(move |sign| (length, sign))) {
        let mut text = vec![b'A'; 40 + length];
        text[40 + sign] = b'_';
        assert_eq!(run(&text, 0, STEP).is_passed_by(40), sign < SEEN, "{sign} of {length}");
        text[40 + sign] = b'A';
        text[39] = b'_';
        assert!(!run(&text, 0, STEP).is_passed_by(40));
    }
}

#[test]
fn a_run_begins_where_its_digits_do_or_where_a_sample_before_lies() {
    /// So far before all of the texts no digit stands.
    const BLANKS: usize = 600;
    for step in [STEP, BLOCK] {
        for (digits, signs) in (0..500).step_by(9).flat_map(|digits| (0..=14).map(move |signs| (digits, signs))) {
            let mut text = vec![b' '; BLANKS - digits];
            text.resize(BLANKS + 64, b'A');
            // So many samples before have a sign each, too far behind its beginning for that of another to be seen.
            (1..=signs).for_each(|number| text[BLANKS - number * step + 9] = b'_');
            text[..BLANKS - digits].fill(b' ');
            let passed_by = signs.min(MOST_PASSED_BY - 1);
            let expected = BLANKS - digits.min((passed_by + 1) * step);
            assert_eq!(run(&text, BLANKS, step).beginning(), expected, "{step} {digits} {signs}");
        }
    }
    // A content's first bytes are no block.
    for at in 0..70 {
        assert_eq!(run(&[b'A'; 100], at, STEP).beginning(), if at < STEP { at % BLOCK } else { at - STEP }, "{at}");
    }
}

/// Where a container begins, by a sample of `text` at `at`.
fn packed(text: &str, at: usize) -> Option<usize> {
    Run::of(text.as_bytes(), at, STEP).unwrap().packed()
}

/// Digits that are none of a text's, and that nothing begins with.
fn filler(count: usize) -> String {
    "/+".repeat(count).split_off(count)
}

/// A deflated text's digits.
fn deflated() -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(b"<mxCell value=\"the key of a shop\" style=\"rounded=0;whiteSpace=wrap\"/>").unwrap();
    STANDARD.encode(encoder.finish().unwrap())
}

#[test]
fn of_what_may_begin_in_a_run_the_surest_counts() {
    const DIGITS: &str = "mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm";
    let deflated = deflated();
    for (before, run, expected) in [
        // Where the run begins, whatever that is.
        (" ", "eJwmm/H4sImm/", Some(0)),
        (" ", "H4sImm/eJwmm/", Some(0)),
        // Two digits say less than four, wherever they stand.
        (" ", "mm/eJwmm/H4sImm/", Some(9)),
        (" ", "mm/789cm/1f8b08/", Some(9)),
        (" ", "mm/H4sImm/eJwmm/", Some(3)),
        // They say less than a deflated block's do.
        (" ", &format!("{}/eJwmm/", &deflated[..20]), Some(0)),
        (" ", &format!("{}/H4smm/", &deflated[..20]), Some(0)),
        (" ", &format!("{}/H4sImm/", &deflated[..20]), Some(21)),
        (" ", "mm/eJwmm/mm/", Some(3)),
        (" ", "mm/789cm/mm/", Some(3)),
        (" ", "mm/mmm/", None),
        // In the middle of digits nothing begins.
        (" ", "mmH4sImm/mm/", None),
        // The same behind an escape.
        ("\\n", "mm/eJwmm/H4sImm/", Some(9)),
        ("=3D", "mm/eJwmm/mm/", Some(3)),
    ] {
        for blanks in [0, 1, 15, 16, 17, 100] {
            let text = format!("{}{before}{run}{DIGITS} ", " ".repeat(blanks));
            let start = blanks + before.len();
            assert_eq!(packed(&text, start + run.len()), expected.map(|place| start + place), "{text}");
        }
    }
}

#[test]
fn deflated_text_has_as_many_digits_as_a_key_before_the_run_ends() {
    let digits = deflated();
    for (blanks, at, count) in
        (45..64).flat_map(|count| [(0, 0, count), (1, 0, count), (100, 9, count), (100, 16, count)])
    {
        for (behind, is_cut) in [(" ", false), ("", false), ("\\/", true)] {
            let text = format!("{}{}{behind}", " ".repeat(blanks), &digits[..count]);
            let expected = (count >= 54 || is_cut).then_some(blanks);
            assert_eq!(packed(&text, blanks + at), expected, "{count} at {at} of {text}");
        }
    }
}

#[test]
fn a_container_begins_before_what_interrupts_its_digits_but_not_before_another_sample() {
    let rest = "m".repeat(100);
    for (text, at, expected) in [
        // An end of the line, escaped, behind so few digits that no sample lies in them.
        (format!("{:60}H4sImm\\nmm\\nmm\\n{rest}", ""), 90, Some(60)),
        (format!("{:60}H4sImm\\/mm\\/mm\\/{rest}", ""), 90, Some(60)),
        (format!("{:60}mmH4sImm\\/mm\\/{rest}", ""), 90, None),
        // The first bytes of a text are no sample's if samples are taken from another place on.
        (format!("H4sImm{rest}"), 39, Some(0)),
        (format!("H4sImm{rest}"), 47, Some(0)),
        (format!("   H4sI{rest}"), 47, Some(3)),
        (format!("   H4sI\\/m{rest}"), 47, Some(3)),
        // From here on there are others before, which have asked already.
        (format!("H4sImm{rest}"), 48, None),
        (format!("   H4sI{rest}"), 48, None),
        (format!("{:60}H4sI{rest}", ""), 60 + STEP, Some(60)),
        (format!("{:60}H4sI{rest}", ""), 61 + STEP, None),
        (format!("{:60}H4sI{rest}", ""), 61 + 2 * STEP, None),
    ] {
        assert_eq!(packed(&text, at), expected, "{at} of {text}");
    }
}

#[test]
fn a_containers_beginning_is_looked_for_so_far_back() {
    /// So far before all of the texts no digit stands.
    const BLANKS: usize = 600;
    // Each sample before has a sign: twelve are passed by.
    for (before, expected) in [(11 * STEP, true), (12 * STEP, true), (12 * STEP + 1, false), (13 * STEP, false)] {
        let mut text = format!("{:BLANKS$}H4sI{}", "", "m".repeat(before + 60));
        let at = BLANKS + before;
        let signs: Vec<usize> =
            (1..=13).map(|number| at - number * STEP + 9).filter(|sign| *sign > BLANKS + 4).collect();
        signs.iter().for_each(|sign| text.replace_range(sign..&(sign + 1), "_"));
        assert_eq!(packed(&text, at), expected.then_some(BLANKS), "{before} before");
    }
    // Before a backslash, 512 bytes.
    for (before, expected) in [(511, true), (512, true), (513, false), (600, false)] {
        let text = format!("{:BLANKS$}H4sI{}\\/{}", "", "m".repeat(before - 5), "m".repeat(100));
        assert_eq!(packed(&text, BLANKS + before + 1), expected.then_some(BLANKS), "{before} before");
    }
}

#[test]
fn a_container_may_lie_before_a_text_that_a_line_breaks() {
    let text = "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRo";
    let source = format!(":H4sIAAAAAAAA{}{}\n{}{} ", filler(20), &text[..24], &text[24..], filler(20));
    let place = source.find(text.split_at(4).0).unwrap();
    let look = |at: usize, asked: usize| Run::of(source.as_bytes(), at, STEP).unwrap().look(&mut asked.clone());
    let is_wrapped = |wrapped: Option<usize>| wrapped.is_some_and(|at| at >= place && (at - place) % 4 == 0);
    assert!(matches!(look(1, usize::MAX), Some(Look::Packed(1, None))));
    assert!(matches!(look(17, usize::MAX), Some(Look::Packed(1, wrapped)) if is_wrapped(wrapped)));
    // The end of the line was asked about.
    assert!(matches!(look(17, place + 24), Some(Look::Packed(1, None))));
}

#[test]
fn hexadecimal_has_all_of_its_digits() {
    let look = |text: &str| Run::of(text.repeat(8).as_bytes(), 32, STEP).unwrap().look(&mut usize::MAX.clone());
    assert!(matches!(look("54686520717569636b"), Some(Look::Hex(_))));
    for other in ["0G1H2J3K4L5M6N7P", "9a9b8c8d9e9f8a8b"] {
        assert!(!matches!(look(other), Some(Look::Hex(_))), "{other}");
    }
}

#[test]
fn what_stands_beside_a_sample_of_a_content_goes_on_at_the_same_phases() {
    let (text, none) = ("VGhlIHF1aWNrIGJy", "d////w////8////w");
    let phases = lanes::base64_phases(u8x16::from(*text.as_bytes().first_chunk().unwrap()));
    assert_eq!((phases & 1, lanes::base64_phases(u8x16::from(*none.as_bytes().first_chunk().unwrap()))), (1, 0));
    for (before, behind, goes_on) in
        [("", "", 0), (none, none, 0), (none, text, 1), (text, none, 1), (text, text, 1), ("", text, 1), (text, "", 1)]
    {
        let source = format!("{before}{text}{behind}");
        let phases = |step, phases| run(source.as_bytes(), before.len(), step).phases_that_go_on(phases);
        // What stands beside it has other phases, too, which the sample does not have.
        assert_eq!([0, 1].map(|of_sample| phases(STEP, of_sample)), [0, goes_on], "{source}");
        assert_eq!([0, 1, 0xf].map(|of_sample| phases(BLOCK, of_sample)), [0, 1, 0xf], "{source}");
    }
}

/// What a sample at `at` says of an end of its line that it has not been asked about, and which end was asked about last.
fn wrapped(source: &str, at: usize, step: usize) -> (Option<Look>, usize) {
    let mut asked = usize::MAX;
    let look = Run::of(source.as_bytes(), at, step).unwrap().wrapped(&mut asked);
    (look, asked)
}

#[test]
fn the_samples_next_to_an_end_of_a_line_ask_about_it() {
    const NEAR: usize = STEP + SEEN;
    let text = "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBs";
    // The end of a line in quoted-printable begins with a sign.
    for sign in ["", "="] {
        let source = format!("{}{}{sign}\n{}{}", filler(100), &text[..24], &text[24..], filler(300));
        let (end, next) = (124, 125 + sign.len());
        let begin = base64::over_lines(source.as_bytes(), end, next).map(Look::Wrapped);
        assert_eq!(begin, Some(Look::Wrapped(100)));
        for at in (0..=end - BLOCK).chain(next..next + 99) {
            let asks = if at < end { end - at < NEAR } else { at - next < BEFORE };
            let expected = if asks { (begin, end) } else { (None, usize::MAX) };
            assert_eq!(wrapped(&source, at, STEP), expected, "{sign} {at}");
            assert_eq!(wrapped(&source, at, BLOCK), (None, usize::MAX), "{sign} {at}");
            let again = Run::of(source.as_bytes(), at, STEP).unwrap().wrapped(&mut end.clone());
            assert_eq!(again, None, "{sign} {at}");
        }
    }
}

#[test]
fn base64_is_looked_for_wherever_it_may_lie_around_an_end_of_a_line() {
    // Nine groups, which are looked for wherever they lie: over the line's end, before it, or behind it.
    let text = "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBv";
    for start in 38..=86 {
        let digits = format!("{}{text}{}", filler(start), filler(160 - text.len() - start));
        let source = format!("{}\n{}", &digits[..80], &digits[80..]);
        let expected = base64::over_lines(source.as_bytes(), 80, 81).map(Look::Wrapped);
        // Less than a group beside the line's end may belong to another text.
        assert_eq!(expected.is_some(), (80 - text.len() - 3..=80 + 3).contains(&start), "{start}");
        assert_eq!(wrapped(&source, 81, STEP).0, expected, "{start}");
    }
    // All that stands there may be one text.
    let source = format!("{}\n{}", text.repeat(3), text.repeat(3));
    let end = 3 * text.len();
    assert_eq!(
        wrapped(&source, end + 1, STEP).0,
        base64::over_lines(source.as_bytes(), end, end + 1).map(Look::Wrapped)
    );
    assert!(wrapped(&source, end + 1, STEP).0.is_some());
}

#[test]
fn zeros_are_no_text_and_what_stands_beside_them_is() {
    let text = "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZw";
    for before in 0..2 * STEP {
        let zeros = "A".repeat(200 + before);
        assert_eq!(Samples::new(zeros.as_bytes(), 0, zeros.len(), STEP).next(), None);
        for both in [format!("{zeros}{text}"), format!("{text}{zeros}")] {
            assert!(Samples::new(both.as_bytes(), 0, both.len(), STEP).next().is_some(), "{both}");
        }
    }
}
