//! Makes data files for tests, apart from what opens them: Avro's.

#![allow(dead_code, unreachable_pub, reason = "each test program uses its own part of it")]

/// A number in the code that Avro and Thrift have: the sign is the lowest bit, and seven bits are in each byte.
pub fn zigzag(value: i64) -> Vec<u8> {
    let mut left = ((value << 1) ^ (value >> 63)) as u64;
    let mut bytes = Vec::new();
    while left >= 0x80 {
        bytes.push(left as u8 | 0x80);
        left >>= 7;
    }
    bytes.push(left as u8);
    bytes
}

/// Bytes behind their length.
fn counted(bytes: &[u8]) -> Vec<u8> {
    [&zigzag(bytes.len() as i64)[..], bytes].concat()
}

/// What stands behind each of Avro's blocks.
pub const SYNC: [u8; 16] = *b"\x01sixteen bytes\x02\x03";

/// The header of an Avro file, of such a codec and schema.
pub fn avro_header(codec: &str, schema: &str) -> Vec<u8> {
    let entries: [&[u8]; 4] = [b"avro.codec", codec.as_bytes(), b"avro.schema", schema.as_bytes()];
    let entries: Vec<u8> = entries.iter().flat_map(|bytes| counted(bytes)).collect();
    [b"Obj\x01", &zigzag(2)[..], &entries, &[0], &SYNC].concat()
}

/// A block of Avro with so many records.
pub fn avro_block(records: i64, packed: &[u8]) -> Vec<u8> {
    [&zigzag(records)[..], &counted(packed), &SYNC].concat()
}

/// An Avro file whose records are a text and another one, with a block for each text.
pub fn avro(codec: &str, pack: impl Fn(&[u8]) -> Vec<u8>, texts: &[&[u8]]) -> Vec<u8> {
    let schema = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"string"},{"name":"b","type":"string"}]}"#;
    let mut file = avro_header(codec, schema);
    for text in texts {
        let record = [counted(text), counted(b"more")].concat();
        file.extend(avro_block(1, &pack(&record)));
    }
    file
}

/// A block of Snappy as Avro has it: behind it stands the checksum of what is in it.
pub fn summed_snappy(bytes: &[u8]) -> Vec<u8> {
    let packed = snap::raw::Encoder::new().compress_vec(bytes).unwrap_or_default();
    [&packed[..], &crc32fast::hash(bytes).to_be_bytes()].concat()
}
