//! One target for each family of decoders: text of the fuzzer's with a key in it, encoded, between bytes of the fuzzer's. The key is
//! found, where the encoded text stands; and the fuzzer's bytes alone, which begin as encoded text, agree with the oracle.

use crate::Target;
use crate::build;
use crate::parts::{DETECTOR, Input, check_pieces, key, mixed_key, whole, with_oracle};
use crate::targets::{base64_of, findings};

/// Encodes a text; the number chooses among the spellings of a family.
type Encode = fn(&[u8], u8) -> Vec<u8>;

const fn family(
    name: &'static str,
    run: fn(&[u8]),
    seeds: fn() -> Vec<Vec<u8>>,
    words: &'static [&'static [u8]],
) -> Target {
    Target { name, run, seeds, words, longest: 2048, inputs: 8000 }
}

pub(super) const BASE64: Target = family(
    "decode_base64",
    |data| run(data, base64),
    || [seeds(base64), findings::base64()].concat(),
    &[b"cmdfbGl2ZV", b"JnX2xpdmVf", b"yZ19saXZlX", b"\\n", b"\r\n", b"==", b"\" + \"", b"%2B", b"-", b"_"],
);
pub(super) const HEX: Target = family(
    "decode_hex",
    |data| run(data, hex),
    || [seeds(hex), findings::hex()].concat(),
    &[b"72675f6c6976655f", b"0x", b"\\x", b":", b"00000000: ", b"  |"],
);
pub(super) const LIST: Target = family(
    "decode_list",
    |data| run(data, list),
    || [seeds(list), findings::list()].concat(),
    &[b"114, 103", b"0x72, 0x67", b"\n0000010", b", ", b" \\\n", b"0o162"],
);
pub(super) const WIDE: Target = family(
    "decode_wide",
    |data| run(data, wide),
    || seeds(wide),
    &[b"r\0g\0_\0", b"\0r\0g\0_", b"\xff\xfe", b"\xfe\xff", b"\0\0\0r"],
);
pub(super) const ESCAPE: Target = family(
    "decode_escape",
    |data| run(data, escape),
    || [seeds(escape), findings::escape()].concat(),
    &[
        b"%5F",
        b"%u005F",
        b"\\x5f",
        b"\\u005f",
        b"\\u{5f}",
        b"\\137",
        b"&#95;",
        b"&#x5f;",
        b"&lowbar;",
        b"=5F",
        b"=\n",
        b"\\_",
        b"\x1b[0m",
    ],
);
pub(super) const PACKED: Target = family(
    "decode_packed",
    run_packed,
    packed_seeds,
    &[b"H4sI", b"UEsDB", b"1f8b08", b"QlpoO", b"/Td6WFo", b"eJ", b"KLUv/", b"\\n"],
);

fn run(data: &[u8], encode: Encode) {
    alone(data);
    let mut input = Input(data);
    let style = input.byte();
    let (before, around, after) = (input.piece(), input.piece(), input.0);
    let half = around.len() / 2;
    let secret = if style & 1 == 0 { key() } else { mixed_key() };
    // What stands beside the key, and beside the encoded text, is no part of either, and no backslash or `=` before it makes it one.
    let plain = [&around[..half], b";\n", secret.as_bytes(), b"\n;", &around[half..]].concat();
    let encoded = encode(&plain, style >> 1);
    let content = [before, b"\n\"\n", &encoded, b"\n\"\n", after].concat();
    let begin = before.len() + 3;
    let found = whole(&content);
    let fingerprint = gridleaks::secret::Secret::new(secret.as_bytes(), 12).fingerprint();
    let is_there = |(_, start, end, print, layers): &(usize, usize, usize, _, Vec<_>)| {
        *print == fingerprint && !layers.is_empty() && *start < begin + encoded.len() && *end > begin
    };
    assert!(found.iter().any(is_there), "the encoded key is found: {:?}", String::from_utf8_lossy(&encoded));
}

/// The fuzzer's bytes as they are.
fn alone(data: &[u8]) {
    whole(data);
    with_oracle(|oracle| assert_eq!(oracle.differences(data), [""; 0]));
}

fn seeds(encode: Encode) -> Vec<Vec<u8>> {
    let text = |style: u8| encode(format!(" {}\n", if style % 2 == 0 { key() } else { mixed_key() }).as_bytes(), style);
    let alone = (0..8).map(text);
    let parts = (0..16).map(|style| [&[style, 5][..], b"before", &[9], b"left right", b"after"].concat());
    alone.chain(parts).collect()
}

fn each(plain: &[u8], join: &str, spell: impl Fn(u8) -> String) -> Vec<u8> {
    plain.iter().map(|&byte| spell(byte)).collect::<Vec<_>>().join(join).into_bytes()
}

fn base64(plain: &[u8], style: u8) -> Vec<u8> {
    // Between binary bytes, a key that a line's end breaks in two shows too little of itself to be found.
    let text: Vec<u8> = plain.iter().map(|byte| byte & 0x7f).collect();
    let digits = base64_of(if matches!(style % 5, 2 | 3) { &text } else { plain });
    let url = || {
        digits.iter().filter(|digit| **digit != b'=').map(|digit| match digit {
            b'+' => b'-',
            b'/' => b'_',
            other => *other,
        })
    };
    match style % 5 {
        0 => digits,
        1 => url().collect(),
        2 => digits.chunks(76).collect::<Vec<_>>().join(&b"\r\n"[..]),
        3 => digits.chunks(60).collect::<Vec<_>>().join(&b"\\n"[..]),
        _ => base64_of(&digits),
    }
}

fn hex(plain: &[u8], style: u8) -> Vec<u8> {
    match style % 4 {
        0 => each(plain, "", |byte| format!("{byte:02x}")),
        1 => each(plain, "", |byte| format!("{byte:02X}")),
        2 => each(plain, ":", |byte| format!("{byte:02x}")),
        _ => each(plain, "", |byte| format!("{byte:02x}")).chunks(64).collect::<Vec<_>>().join(&b"\n"[..]),
    }
}

fn list(plain: &[u8], style: u8) -> Vec<u8> {
    match style % 4 {
        0 => each(plain, ", ", |byte| byte.to_string()),
        1 => each(plain, ", ", |byte| format!("0x{byte:02x}")),
        2 => each(plain, ",", |byte| byte.to_string()),
        _ => each(plain, " ", |byte| format!("{byte:02x}")),
    }
}

fn wide(plain: &[u8], style: u8) -> Vec<u8> {
    let text: String = plain.iter().filter(|byte| byte.is_ascii()).map(|&byte| char::from(byte)).collect();
    match style % 4 {
        0 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        1 => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        2 => text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect(),
        _ => text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect(),
    }
}

fn escape(plain: &[u8], style: u8) -> Vec<u8> {
    match style % 8 {
        0 => each(plain, "", |byte| format!("%{byte:02X}")),
        1 => each(plain, "", |byte| format!("\\x{byte:02x}")),
        2 => each(plain, "", |byte| format!("\\u{byte:04x}")),
        3 => each(plain, "", |byte| format!("\\{byte:03o}")),
        4 => each(plain, "", |byte| format!("&#{byte};")),
        5 => each(plain, "", |byte| format!("&#x{byte:x};")),
        6 => each(plain, "", |byte| format!("={byte:02X}")),
        _ => each(plain, "", |byte| if byte == b'_' { "%5F".into() } else { format!("{}", char::from(byte & 0x7f)) }),
    }
}

fn run_packed(data: &[u8]) {
    let found = whole(data);
    if let [first, ..] = data {
        let step = DETECTOR.reach() / 8 + usize::from(*first);
        let content = [data, &vec![b' '; DETECTOR.reach() + 200], data].concat();
        check_pieces(&content, step);
    }
    drop(found);
    if let Some(packed) = DETECTOR.packed(data, true) {
        assert!(packed.is_whole && packed.span.end <= data.len() && packed.bytes.len() <= data.len());
    }
}

fn packed_seeds() -> Vec<Vec<u8>> {
    let key = key();
    let text = key.repeat(3).into_bytes();
    let containers = [
        build::gzip(&text),
        build::zlib(&text),
        build::bzip2(&text),
        build::xz(&text),
        build::zstd(&text),
        build::zip(&[(b"a/b", &text)], 8, build::Sizes::Before),
        build::git_pack(&text),
    ];
    let mut seeds = findings::packed();
    for container in &containers {
        seeds.extend((0..5).map(|style| base64(container, style)));
        seeds.push(hex(container, 0));
    }
    seeds
}
