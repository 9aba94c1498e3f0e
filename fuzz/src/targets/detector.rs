//! The detector on arbitrary bytes: it agrees with the oracle, a content in pieces gives what it gives in a whole, and what shows that
//! a content holds no key is right.

use crate::Target;
use crate::build;
use crate::parts::{DETECTOR, check_pieces, key, mixed_key, whole, with_oracle};

pub(super) const TARGET: Target = Target {
    name: "detector",
    run,
    seeds,
    words: &[
        b"rg_live_",
        b"live",
        b"cmdfbGl2ZV",
        b"JnX2xpdmVf",
        b"yZ19saXZlX",
        b"%5F",
        b"\\u005f",
        b"=5F",
        b"&#95;",
        b"&lowbar;",
        b"\" + \"",
    ],
    longest: 4096,
    inputs: 3000,
};

fn run(data: &[u8]) {
    let found = whole(data);
    if !found.is_empty() {
        assert!(DETECTOR.may_hold(data), "the cheap look goes by what the whole one goes by");
    }
    let masked = whole(&DETECTOR.mask(data));
    let kept = |hit: &&(usize, usize, usize, _, Vec<_>)| masked.iter().any(|other| other.3 == hit.3);
    assert!(!found.iter().any(|hit| hit.4.is_empty() && kept(&hit)), "what is masked is no key any more");
    with_oracle(|oracle| {
        assert_eq!(oracle.differences(data), [""; 0]);
    });
    // A window shows ten kilobytes, which takes a hundred times as long.
    if let [head, rest @ ..] = data
        && head % 8 == 0
    {
        pieces(*head, rest);
    }
}

/// The same bytes at the beginning of a long content and at its end.
fn pieces(head: u8, data: &[u8]) {
    let filler = [b' ', b'\n', 0, b'a', b'0', b'"', b'%', 0xff][usize::from(head >> 3 & 7)];
    let mut content = data.to_vec();
    content.resize(content.len() + DETECTOR.reach() + 600, filler);
    content.extend_from_slice(data);
    content.resize(content.len() + DETECTOR.reach() + 600, filler);
    content.extend_from_slice(data);
    let step = 3000 + 900 * usize::from(head >> 6);
    check_pieces(&content, step);
}

fn seeds() -> Vec<Vec<u8>> {
    let (key, mixed) = (key(), mixed_key());
    let percent: String = key.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let hex: String = key.bytes().map(|byte| format!("{byte:02x}")).collect();
    let wide: Vec<u8> = key.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut seeds = vec![
        format!(" token={key}\n"),
        format!("\0{key} {key}\0"),
        format!("a\"{mixed}\", \"{key}\""),
        format!("b{}", key.replace('_', "%5F")),
        format!("c{percent}"),
        format!("d{hex}"),
        format!("e{key}_{mixed}"),
    ]
    .into_iter()
    .map(String::into_bytes)
    .collect::<Vec<_>>();
    seeds.push(wide);
    seeds.extend((0..3).map(|lead| crate::targets::base64_of(&[&b"..."[..lead], mixed.as_bytes(), b"\n"].concat())));
    seeds.push(crate::targets::base64_of(&build::gzip(key.as_bytes())));
    seeds
}
