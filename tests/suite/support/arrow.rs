//! Writes Arrow's files and streams, for tests: columns of texts, as plainly as the format allows.

#![allow(dead_code, unreachable_pub, reason = "each test program uses its own part of it")]

/// How buffers are compressed: the number of the codec, and what compresses so.
pub type Pack = Option<(u8, fn(&[u8]) -> Vec<u8>)>;

/// A field of a table of FlatBuffers.
enum Field {
    Default,
    Byte(u8),
    Long(u64),
    /// A table, and where in its bytes it begins.
    Table((Vec<u8>, usize)),
    /// How many elements, and their bytes.
    Vector(usize, Vec<u8>),
}

/// A table, and where in its bytes it begins.
fn table(fields: Vec<Field>) -> (Vec<u8>, usize) {
    let begin = 4 + 2 * fields.len();
    let (mut places, mut inline) = (Vec::new(), (begin as i32).to_le_bytes().to_vec());
    let mut later = Vec::new();
    for field in fields {
        let place = inline.len();
        places.extend((if matches!(field, Field::Default) { 0 } else { place as u16 }).to_le_bytes());
        match field {
            Field::Default => {}
            Field::Byte(byte) => inline.push(byte),
            Field::Long(number) => inline.extend(number.to_le_bytes()),
            Field::Table(_) | Field::Vector(..) => {
                inline.extend([0; 4]);
                later.push((begin + place, field));
            }
        }
    }
    let sizes = [begin as u16, inline.len() as u16].map(u16::to_le_bytes).concat();
    let mut bytes = [sizes, places, inline].concat();
    for (place, field) in later {
        let (target, more) = match field {
            Field::Table((more, begin)) => (bytes.len() + begin, more),
            Field::Vector(count, elements) => (bytes.len(), [&(count as u32).to_le_bytes()[..], &elements].concat()),
            _ => continue,
        };
        bytes[place..place + 4].copy_from_slice(&((target - place) as u32).to_le_bytes());
        bytes.extend(more);
    }
    (bytes, begin)
}

/// A message of this kind with what follows it.
pub fn message(kind: u8, header: Option<Header>, body: &[u8]) -> Vec<u8> {
    let header = header.map_or(Field::Default, |header| Field::Table(header.0));
    let fields = vec![Field::Default, Field::Byte(kind), header, Field::Long(body.len() as u64)];
    let (bytes, begin) = table(fields);
    let mut bytes = [&(4 + begin as u32).to_le_bytes()[..], &bytes].concat();
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    [&[0xff; 4][..], &(bytes.len() as u32).to_le_bytes(), &bytes, body].concat()
}

/// What a message says of what follows it.
pub struct Header((Vec<u8>, usize));

/// That of a batch of columns with so many `rows`, whose buffers, of these sizes, lie one behind the other, compressed by `codec`. `views` says
/// that some are led to by views.
pub fn batch(rows: &[u64], sizes: &[usize], codec: Option<u8>, views: bool) -> Header {
    let nodes = rows.iter().flat_map(|rows| [rows.to_le_bytes(), [0; 8]]).flatten().collect();
    let mut at = 0;
    let buffer = |size: &usize| {
        at += *size as u64;
        [(at - *size as u64).to_le_bytes(), (*size as u64).to_le_bytes()].concat()
    };
    let buffers = sizes.iter().flat_map(buffer).collect();
    let codec = codec.map_or(Field::Default, |codec| Field::Table(table(vec![Field::Byte(codec)])));
    let views = if views { Field::Vector(1, 1u64.to_le_bytes().to_vec()) } else { Field::Default };
    let (nodes, buffers) = (Field::Vector(rows.len(), nodes), Field::Vector(sizes.len(), buffers));
    Header(table(vec![Field::Long(rows.first().copied().unwrap_or(0)), nodes, buffers, codec, views]))
}

/// That of a dictionary's batch.
pub fn dictionary(batch: Header) -> Header {
    Header(table(vec![Field::Long(7), Field::Table(batch.0)]))
}

/// A message with these buffers behind it, each compressed by `pack`, if there is one, behind its size.
pub fn rows(rows: u64, buffers: &[&[u8]], pack: Pack) -> Vec<u8> {
    let (buffers, codec) = packed(buffers, pack);
    let sizes: Vec<usize> = buffers.iter().map(Vec::len).collect();
    message(3, Some(batch(&[rows], &sizes, codec, false)), &buffers.concat())
}

/// Buffers as they stand behind a message, and the number of their codec.
pub fn packed(buffers: &[&[u8]], pack: Pack) -> (Vec<Vec<u8>>, Option<u8>) {
    let one = |buffer: &&[u8]| match pack {
        Some((_, pack)) if !buffer.is_empty() => [&(buffer.len() as u64).to_le_bytes()[..], &pack(buffer)].concat(),
        _ => buffer.to_vec(),
    };
    (buffers.iter().map(one).collect(), pack.map(|(codec, _)| codec))
}

/// Offsets of four bytes for these values, and the values.
pub fn texts(values: &[&[u8]]) -> (Vec<u8>, Vec<u8>) {
    let mut at = 0u32;
    let ends = values.iter().map(|value| {
        at += value.len() as u32;
        at
    });
    let ends: Vec<u32> = std::iter::once(0).chain(ends).collect();
    (ends.iter().flat_map(|end| end.to_le_bytes()).collect(), values.concat())
}

/// A stream of a schema and these messages.
pub fn stream(messages: &[u8]) -> Vec<u8> {
    [&message(1, None, b"")[..], messages, &[0xff; 4], &[0; 4]].concat()
}

/// The same as a file.
pub fn file(messages: &[u8]) -> Vec<u8> {
    [b"ARROW1\0\0", &stream(messages)[..], b"footer\x06\0\0\0ARROW1"].concat()
}
