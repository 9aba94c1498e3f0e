//! Writes tables of LevelDB, for tests.

#![allow(dead_code, unreachable_pub, reason = "each test program uses its own part of it")]

/// A key and its value.
pub type Entry<'e> = (&'e [u8], &'e [u8]);

fn varint(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A block of entries; each key has only what it does not share with the one before.
pub fn block(entries: &[Entry<'_>]) -> Vec<u8> {
    let (mut bytes, mut before) = (Vec::new(), &b""[..]);
    for (key, value) in entries {
        let shared = before.iter().zip(*key).take_while(|(one, other)| one == other).count();
        for length in [shared, key.len() - shared, value.len()] {
            bytes.extend(varint(length));
        }
        bytes.extend_from_slice(&key[shared..]);
        bytes.extend_from_slice(value);
        before = key;
    }
    [&bytes[..], &[0; 4], &1u32.to_le_bytes()].concat()
}

/// A table of blocks as they are to be, each with the number of its compression.
pub fn table_of(blocks: &[(Vec<u8>, u8)]) -> Vec<u8> {
    let (mut table, mut handles) = (Vec::new(), Vec::new());
    let mut add = |block: &[u8], kind: u8| {
        let handle = [varint(table.len()), varint(block.len())].concat();
        table.extend([block, &[kind], &[0; 4]].concat());
        handle
    };
    for (block, kind) in blocks {
        handles.push(add(block, *kind));
    }
    let names: Vec<String> = (0..handles.len()).map(|number| format!("key {number:04}")).collect();
    let index: Vec<Entry<'_>> =
        names.iter().zip(&handles).map(|(name, handle)| (name.as_bytes(), &handle[..])).collect();
    let ends = [add(&block(&[]), 0), add(&block(&index), 0)].concat();
    end(&mut table, &ends);
    table
}

/// What a table ends with that has these two handles.
pub fn end(table: &mut Vec<u8>, handles: &[u8]) {
    let mut end = handles.to_vec();
    end.resize(40, 0);
    table.extend(end);
    table.extend(0xdb47_7524_8b80_fb57_u64.to_le_bytes());
}

/// A table of one block of these entries, compressed by `pack`.
pub fn table(entries: &[Entry<'_>], kind: u8, pack: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    table_of(&[(pack(&block(entries)), kind)])
}
