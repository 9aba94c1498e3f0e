//! What a message says of the bytes that follow it: where the buffers of columns are, and how they are compressed (Message.fbs of Arrow).

use super::flat::Table;

/// How the buffers of a batch are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    None,
    /// LZ4 in frames.
    Lz4,
    Zstd,
    /// In a way that did not exist when this was written.
    Other,
}

/// A message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// Whether it is a schema, with which a stream begins.
    pub(super) is_schema: bool,
    /// How many bytes follow it.
    pub(super) body: u64,
    /// The rows of tables or of a dictionary, if that is what follows.
    pub(super) batch: Option<Batch>,
}

/// Where the parts of columns are.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Batch {
    /// How many values the columns have, the most first, each number once.
    pub(super) lengths: Vec<u64>,
    /// Where each buffer begins in what follows, and how many bytes it has.
    pub(super) buffers: Vec<(u64, u64)>,
    pub(super) codec: Codec,
    /// Whether there are columns of views, whose values are in buffers of any number.
    pub(super) has_views: bool,
}

/// Reads a message; none if it is broken.
pub(super) fn read(bytes: &[u8]) -> Option<Message> {
    const SCHEMA: u8 = 1;
    const DICTIONARY: u8 = 2;
    const ROWS: u8 = 3;
    let message = Table::root(bytes)?;
    let kind = message.byte(1)?;
    let body = u64::try_from(message.long(3)?).ok()?;
    let batch = match kind {
        ROWS => Some(batch(&message.table(2)?)?),
        DICTIONARY => Some(batch(&message.table(2)?.table(1)?)?),
        _ => None,
    };
    (1..=5).contains(&kind).then_some(Message { is_schema: kind == SCHEMA, body, batch })
}

fn batch(table: &Table<'_>) -> Option<Batch> {
    let number =
        |pair: &[u8; 16], half: usize| u64::try_from(i64::from_le_bytes(*pair[8 * half..].first_chunk()?)).ok();
    let mut lengths: Vec<u64> =
        table.vector(1, 16)?.as_chunks().0.iter().map(|node| number(node, 0)).collect::<Option<_>>()?;
    lengths.sort_unstable_by(|one, other| other.cmp(one));
    lengths.dedup();
    let buffers = table.vector(2, 16)?.as_chunks().0.iter();
    let buffers = buffers.map(|buffer| Some((number(buffer, 0)?, number(buffer, 1)?))).collect::<Option<_>>()?;
    let codec = match table.has(3) {
        false => Codec::None,
        true => match table.table(3)?.byte(0)? {
            0 => Codec::Lz4,
            1 => Codec::Zstd,
            _ => Codec::Other,
        },
    };
    Some(Batch { lengths, buffers, codec, has_views: table.has(4) })
}
