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

/// A page of data of the first version: so many values in an encoding, and what comes of `page` by `pack`.
pub fn parquet_data_page(count: usize, encoding: i64, page: &[u8], pack: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let packed = pack(page);
    let numbers = [&[0x15, 0, 0x15][..], &zigzag(page.len() as i64), &[0x15], &zigzag(packed.len() as i64)].concat();
    let own =
        [&[0x2c, 0x15][..], &zigzag(count as i64), &[0x15], &zigzag(encoding), &[0x15, 6, 0x15, 6, 0, 0]].concat();
    [numbers, own, packed].concat()
}

/// One of the second version, of whose values so many are null, with levels in front.
pub fn parquet_data_page_2(
    counts: (usize, usize),
    encoding: i64,
    levels: &[u8],
    packed: &[u8],
    size: usize,
) -> Vec<u8> {
    let [all, now] = [size, packed.len()].map(|size| zigzag((size + levels.len()) as i64));
    let [count, nulls] = [counts.0, counts.1].map(|count| zigzag(count as i64));
    let numbers = [&[0x15, 6, 0x15][..], &all, &[0x15], &now].concat();
    let own = [&[0x5c, 0x15][..], &count, &[0x15], &nulls, &[0x15], &count, &[0x15], &zigzag(encoding), &[0x15]];
    [&numbers[..], &own.concat(), &zigzag(levels.len() as i64), &[0x15, 0, 0x11, 0, 0], levels, packed].concat()
}

/// Numbers by their differences, in blocks of 128 and parts of 32 (Parquet's `DELTA_BINARY_PACKED`).
pub fn delta_numbers(numbers: &[i64]) -> Vec<u8> {
    let unsigned = |mut value: u64| {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
        bytes
    };
    let first = numbers.first().copied().unwrap_or_default();
    let mut bytes = [unsigned(128), unsigned(4), unsigned(numbers.len() as u64), zigzag(first)].concat();
    let differences: Vec<i64> = numbers.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for block in differences.chunks(128) {
        let least = block.iter().min().copied().unwrap_or_default();
        let (mut widths, mut packed) = ([0; 4], Vec::new());
        for (part, width) in block.chunks(32).zip(&mut widths) {
            let part: Vec<u64> = part.iter().map(|difference| (difference - least) as u64).collect();
            *width = part.iter().map(|value| 64 - value.leading_zeros() as u8).max().unwrap_or_default();
            let mut bits = vec![0; usize::from(*width) * 4];
            for (at, value) in part.iter().enumerate() {
                for bit in 0..usize::from(*width) {
                    let to = at * usize::from(*width) + bit;
                    bits[to / 8] |= ((value >> bit & 1) as u8) << (to % 8);
                }
            }
            packed.extend(bits);
        }
        bytes.extend([&zigzag(least)[..], &widths, &packed].concat());
    }
    bytes
}

/// Texts behind all of their lengths (Parquet's `DELTA_LENGTH_BYTE_ARRAY`).
pub fn delta_lengths(texts: &[&[u8]]) -> Vec<u8> {
    let lengths: Vec<i64> = texts.iter().map(|text| text.len() as i64).collect();
    [delta_numbers(&lengths), texts.concat()].concat()
}

/// Texts of which each has only what it does not share with the one before (Parquet's `DELTA_BYTE_ARRAY`).
pub fn delta_shared(texts: &[&[u8]]) -> Vec<u8> {
    let (mut last, mut shared, mut own): (&[u8], _, _) = (b"", Vec::new(), Vec::new());
    for text in texts {
        let same = text.iter().zip(last).take_while(|(one, other)| one == other).count();
        shared.push(same as i64);
        own.push(&text[same..]);
        last = text;
    }
    [delta_numbers(&shared), delta_lengths(&own)].concat()
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
