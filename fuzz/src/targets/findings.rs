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
    vec![format!("{digits}Q%2B").into_bytes(), format!("?q={escaped}&").into_bytes()]
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

/// A dump in decimals, whose second line begins with an address.
pub(super) fn list() -> Vec<Vec<u8>> {
    let key = key();
    let line = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:4}")).collect::<String>();
    let lines = key.as_bytes().chunks(16).enumerate().map(|(at, bytes)| format!("{:07o}{}\n", 16 * at, line(bytes)));
    vec![lines.collect::<String>().into_bytes()]
}

/// Texts that are shorter than what has to be found, and stand where windows end.
pub(super) fn packed() -> Vec<Vec<u8>> {
    let short = &key()[..27];
    let stored = build::zip(&[(b"a", short.as_bytes())], 0, build::Sizes::Before);
    vec![hex_of(short.as_bytes()).into_bytes(), base64_of(short.as_bytes()), hex_of(&stored).into_bytes()]
}
