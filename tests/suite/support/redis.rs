//! Writes dumps of Redis, for tests.

#![allow(dead_code, unreachable_pub, reason = "each test program uses its own part of it")]

/// What LZF makes of bytes: copies wherever three bytes and more stood before.
pub fn lzf(bytes: &[u8]) -> Vec<u8> {
    let (mut packed, mut run, mut at) = (Vec::new(), Vec::new(), 0);
    let end = |run: &mut Vec<u8>, packed: &mut Vec<u8>| {
        for piece in run.chunks(32) {
            packed.push(piece.len() as u8 - 1);
            packed.extend_from_slice(piece);
        }
        run.clear();
    };
    while at < bytes.len() {
        let length = |from: usize| {
            let pairs = bytes[from..].iter().zip(&bytes[at..]);
            pairs.take(264).take_while(|(before, now)| before == now).count()
        };
        let from = at.saturating_sub(512);
        let best = (from..at).map(|from| (length(from), from)).max().filter(|best| best.0 >= 3);
        let Some((length, from)) = best else {
            run.push(bytes[at]);
            at += 1;
            continue;
        };
        end(&mut run, &mut packed);
        let back = at - from - 1;
        match length {
            ..9 => packed.push(((length - 2) << 5 | back >> 8) as u8),
            _ => packed.extend([(7 << 5 | back >> 8) as u8, (length - 9) as u8]),
        }
        packed.push(back as u8);
        at += length;
    }
    end(&mut run, &mut packed);
    packed
}

/// A length as short as it can be.
pub fn length(length: usize) -> Vec<u8> {
    match length {
        ..64 => vec![length as u8],
        64..16_384 => vec![0x40 | (length >> 8) as u8, length as u8],
        _ => [&[0x80][..], &(length as u32).to_be_bytes()].concat(),
    }
}

/// A string that is kept as it is, and one that is compressed.
pub fn plain(bytes: &[u8]) -> Vec<u8> {
    [length(bytes.len()), bytes.to_vec()].concat()
}
pub fn compressed(bytes: &[u8]) -> Vec<u8> {
    compressed_as(&lzf(bytes), bytes.len())
}

/// The same of what is compressed already, and becomes so many bytes.
pub fn compressed_as(packed: &[u8], size: usize) -> Vec<u8> {
    [&[0xc3][..], &length(packed.len()), &length(size), packed].concat()
}

/// A dump with these strings as values.
pub fn dump(strings: &[Vec<u8>]) -> Vec<u8> {
    let entry = |string: &Vec<u8>| [&[0][..], &plain(b"shop:1"), string].concat();
    let entries: Vec<u8> = strings.iter().flat_map(entry).collect();
    [&b"REDIS0011\xfa\x09redis-ver\x057.0.0\xfe\0\xfb\x01\0"[..], &entries, b"\xff\xd5\x19\0\x01\xa0\xe1\x82\x05"]
        .concat()
}
