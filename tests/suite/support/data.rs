//! Makes data files for tests, apart from what opens them: those of Avro and of Parquet.

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

/// A page of Parquet's dictionary: byte arrays, as they are and as `packed` is.
pub fn parquet_page(size: usize, packed: &[u8]) -> Vec<u8> {
    let numbers = [&[0x15, 4, 0x15][..], &zigzag(size as i64), &[0x15], &zigzag(packed.len() as i64)].concat();
    [&numbers[..], &[0x4c, 0x15, 2, 0x15, 0, 0, 0], packed].concat()
}

/// A page of data of the second version, with levels in front of what is `packed`.
pub fn parquet_second_page(levels: &[u8], size: usize, packed: &[u8], is_compressed: bool) -> Vec<u8> {
    let [all, now] = [size, packed.len()].map(|size| zigzag((size + levels.len()) as i64));
    let numbers = [&[0x15, 6, 0x15][..], &all, &[0x15], &now].concat();
    let own =
        [&[0x5c, 0x15, 2, 0x15, 0, 0x15, 2, 0x15, 0, 0x15][..], &zigzag(levels.len() as i64), &[0x15, 0]].concat();
    [&numbers[..], &own, &[if is_compressed { 0x11 } else { 0x12 }, 0, 0], levels, packed].concat()
}

/// Byte arrays as a page has them.
pub fn byte_arrays(texts: &[&[u8]]) -> Vec<u8> {
    texts.iter().flat_map(|text| [&(text.len() as u32).to_le_bytes()[..], text].concat()).collect()
}

/// The metadata of a Parquet file whose pages have so many bytes, and its end.
pub fn parquet_end(pages: usize) -> Vec<u8> {
    let chunk = [&[0x26, 8, 0x1c, 0x15, 12, 0x66][..], &zigzag(pages as i64), &[0, 0][..]].concat();
    // A version, no schema, no rows, and one group of rows with that chunk.
    let metadata = [&[0x15, 2, 0x19, 0x0c, 0x16, 0, 0x19, 0x1c, 0x19, 0x1c][..], &chunk, &[0, 0]].concat();
    [&metadata[..], &(metadata.len() as u32).to_le_bytes(), b"PAR1"].concat()
}

/// A Parquet file with these bytes before its metadata, all of them pages.
pub fn parquet_of(pages: &[u8]) -> Vec<u8> {
    [b"PAR1", pages, &parquet_end(pages.len())].concat()
}

/// A Parquet file of one page, with a text and another one in it.
pub fn parquet(pack: impl Fn(&[u8]) -> Vec<u8>, text: &[u8]) -> Vec<u8> {
    let values = byte_arrays(&[text, b"more"]);
    parquet_of(&parquet_page(values.len(), &pack(&values)))
}

/// A block of Snappy alone.
pub fn raw_snappy(bytes: &[u8]) -> Vec<u8> {
    snap::raw::Encoder::new().compress_vec(bytes).unwrap_or_default()
}

/// A block of LZ4 alone.
pub fn raw_lz4(bytes: &[u8]) -> Vec<u8> {
    lz4_flex::block::compress(bytes)
}

/// Two blocks of LZ4, each behind its sizes, as Hadoop writes them.
pub fn hadoop_lz4(bytes: &[u8]) -> Vec<u8> {
    let block = |bytes: &[u8]| {
        let packed = raw_lz4(bytes);
        [&(bytes.len() as u32).to_be_bytes()[..], &(packed.len() as u32).to_be_bytes(), &packed].concat()
    };
    let (first, second) = bytes.split_at(bytes.len() / 2);
    [block(first), block(second)].concat()
}
