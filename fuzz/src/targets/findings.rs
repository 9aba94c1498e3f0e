//! What fuzzing found, made anew because a key is in it: seeds of the targets, so that each run goes by them first. What holds no key lies in
//! `regressions/`; that each of both is mended, a test of the package's own says.

use crate::build;
use crate::parts::key;
use crate::targets::base64_of;

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Base64 of base64 whose last digit is escaped; and a key whose last letter shares that digit with a byte that is no ASCII.
pub(super) fn base64() -> Vec<Vec<u8>> {
    let twice = base64_of(&base64_of(format!(" {}\n", key()).as_bytes()));
    let digits = String::from_utf8_lossy(&twice[..twice.len() - 4]).into_owned();
    let key = key().replace("c0", "cO");
    let binary = base64_of(&[key.as_bytes(), &[0xff; 5]].concat());
    let escaped = String::from_utf8_lossy(&binary).replace('+', "%2B").replace('/', "%2F");
    let digits_of = |text: &[u8]| String::from_utf8_lossy(&base64_of(text)).into_owned();
    let comment = behind_literal(&digits_of(&[b'x'; 60]), &digits_of(key.as_bytes()));
    vec![format!("{digits}Q%2B").into_bytes(), format!("?q={escaped}&").into_bytes(), comment]
}

/// A key in a comment behind a literal that is escaped, too.
pub(super) fn escape() -> Vec<Vec<u8>> {
    let percents = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    vec![behind_literal(&percents("some text"), &percents(&key())), behind_literal("a%5Fb", &key().replace('_', "%5F"))]
}

/// A comment between two literals that are one text.
fn behind_literal(literal: &str, comment: &str) -> Vec<u8> {
    format!("x = \"{literal}\" +  // {comment}\n  \" next\";\n").into_bytes()
}

/// Lines that break a key between binary bytes, the second as deep in as samples are apart.
pub(super) fn hex() -> Vec<Vec<u8>> {
    let digits = hex_of(&[&[0xf7; 20][..], key().as_bytes(), &[0xf7; 30]].concat());
    let lines = |columns: usize, join: &str| {
        let lines: Vec<_> = digits.as_bytes().chunks(columns).map(String::from_utf8_lossy).collect();
        lines.join(join).into_bytes()
    };
    vec![lines(76, "\n                      "), lines(60, "\n"), lines(54, "\" + \"")]
}

/// Dumps in decimals, whose second line begins with an address: as it is, and behind a sign, with a text behind the first line.
pub(super) fn list() -> Vec<Vec<u8>> {
    let key = key();
    let line = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:4}")).collect::<String>();
    let lines = key.as_bytes().chunks(16).enumerate().map(|(at, bytes)| format!("{:07o}{}\n", 16 * at, line(bytes)));
    let (first, rest) = key.as_bytes().split_at(12);
    let signed = format!("0000000{} {} 55 10&1\n:000020{} 53\n", line(first), &key[..8], line(&rest[..14]));
    vec![lines.collect::<String>().into_bytes(), signed.into_bytes()]
}

/// Texts that are shorter than what has to be found, and stand where windows end; and base64 of base64 behind other digits, which a written-out
/// end of a line breaks one digit behind where a group begins.
pub(super) fn packed() -> Vec<Vec<u8>> {
    let key = key();
    let short = &key.as_bytes()[..27];
    let stored = build::zip(&[(b"a", short)], 0, build::Sizes::Before);
    let twice = base64_of(&[&base64_of(&key.as_bytes()[..30]), &b"\x0eand a text behind it"[..]].concat());
    let (first, rest) = twice.split_at(25);
    let before = hex_of(b"a few other words, a few");
    let broken = |padding: usize| [&vec![b' '; padding], before.as_bytes(), first, b"\\n", rest].concat();
    let short = [hex_of(short).into_bytes(), base64_of(short), hex_of(&stored).into_bytes()];
    short.into_iter().chain((0..32).step_by(8).map(broken)).collect()
}
