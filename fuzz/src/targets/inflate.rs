//! What inflates git's objects (`src/inflate`), which knows beforehand how long each is: of any bytes and any length it gives what a
//! library gives that is no work of ours, or fails where that fails.

use flate2::{Decompress, FlushDecompress, Status};
use zlib_rs::adler32::adler32;

use super::streams;
use crate::Target;
use crate::inflate::{Fault, Inflater, MARGIN_IN, MARGIN_OUT};
use crate::parts::Input;

pub(super) const TARGET: Target =
    Target { name: "inflate", run, seeds, words: &[b"x\x01", b"\0\0\xff\xff"], longest: 4096, inputs: 1000 };

/// How many bytes may come out of an input: a few kilobytes may stand for a thousand times as many.
const MOST: usize = 256 << 10;

/// How an input is made a stream of.
const AS_IT_IS: u8 = 0;
const BLOCKS: u8 = 1;
const COMPRESSED: u8 = 2;
const CODED: u8 = 3;

fn run(data: &[u8]) {
    let mut input = Input(data);
    let kind = input.byte();
    let mut check =
        Check { inflater: Inflater::new(), room: room(input.byte()), claim: 16 * usize::from(input.byte()) };
    let header = header(input.byte());
    match kind % 4 {
        AS_IT_IS => check.stream(input.0),
        BLOCKS => check.blocks(header, input.0),
        COMPRESSED => {
            let changes = input.piece();
            let (stream, text) = streams::compressed(&mut input);
            assert_eq!(check.inflated(&stream, text.len()).as_deref(), Ok(&text[..]), "what was compressed comes back");
            check.stream(&stream);
            check.changed(header, stream, changes);
            // What one stream leaves behind is nothing to the next.
            assert_eq!(by_library(&streams::zlib(&text), true).text, text);
            assert_eq!(check.inflated(&streams::zlib(&text), text.len()).as_deref(), Ok(&text[..]));
        }
        _ => {
            let changes = input.piece();
            let (blocks, text) = streams::coded(&mut input);
            let reference = by_library(&blocks, false);
            assert!(!text.is_some_and(|text| !reference.is_whole || reference.text != text), "the library agrees");
            check.blocks(header, &blocks);
            check.changed(header, stream(header, &blocks), changes);
        }
    }
}

/// So much room behind a result: mostly none, nearly what spares a copy, or that.
fn room(number: u8) -> usize {
    match number % 4 {
        0 => 0,
        1 => MARGIN_OUT - 1,
        2 => MARGIN_OUT,
        _ => MARGIN_OUT + usize::from(number),
    }
}

/// A header of a stream, mostly one that may be.
fn header(number: u8) -> [u8; 2] {
    let first = 8 | (number & 7) << 4;
    let rest = (u16::from(first) << 8) % 31;
    let flags = if rest == 0 { 0 } else { 31 - rest as u8 };
    // The preset dictionary that some bits may ask for is none of git's.
    [first, if number < 250 { flags } else { number }]
}

/// What the library makes of bytes.
struct Reference {
    /// As much of it as came out.
    text: Vec<u8>,
    /// Whether they came to their end, with the checksum that they should have.
    is_whole: bool,
    /// How many bytes were read.
    taken: usize,
}

fn by_library(bytes: &[u8], has_header: bool) -> Reference {
    let (mut inflater, mut text) = (Decompress::new(has_header), Vec::with_capacity(MOST));
    let done = inflater.decompress_vec(bytes, &mut text, FlushDecompress::Finish);
    Reference { text, is_whole: matches!(done, Ok(Status::StreamEnd)), taken: inflater.total_in() as usize }
}

/// Blocks between a header and, if they come to an end, the checksum that is theirs.
fn stream(header: [u8; 2], blocks: &[u8]) -> Vec<u8> {
    let Reference { text, taken, .. } = by_library(blocks, false);
    [&header, &blocks[..taken], &adler32(1, &text).to_be_bytes(), &blocks[taken..]].concat()
}

/// Inflates streams, and compares.
struct Check {
    inflater: Inflater,
    room: usize,
    /// A length that a stream may be said to have.
    claim: usize,
}

impl Check {
    fn inflated(&mut self, stream: &[u8], length: usize) -> Result<Vec<u8>, Fault> {
        let mut out = vec![0xa5; length + self.room];
        self.inflater.inflate(stream, &mut out, length)?;
        out.truncate(length);
        Ok(out)
    }

    /// A stream, said to have the length that it has, and others.
    fn stream(&mut self, stream: &[u8]) {
        let Reference { text, is_whole, .. } = by_library(stream, true);
        let claims = [text.len(), text.len() + 1, text.len().saturating_sub(1), self.claim];
        for length in claims.into_iter().filter(|&length| length <= MOST) {
            let found = self.inflated(stream, length);
            if is_whole {
                let expected = match text.len() {
                    real if real < length => Err(Fault::TooShort),
                    real if real > length => Err(Fault::TooLong),
                    _ => Ok(&text[..]),
                };
                assert_eq!(found.as_deref(), expected.as_deref(), "{} bytes said to be {length}", text.len());
                let behind = [stream, &[0xa5; MARGIN_IN as usize]].concat();
                assert_eq!(self.inflated(&behind, length), found, "with more behind it");
            } else {
                assert!(found.is_err(), "nobody else makes {length} bytes of it");
            }
        }
    }

    /// Blocks, with the checksum that they should have, with another, and without.
    fn blocks(&mut self, header: [u8; 2], blocks: &[u8]) {
        let whole = stream(header, blocks);
        self.stream(&whole);
        self.stream(&[&header, blocks].concat());
        self.stream(&[&header, blocks, &[0; 4]].concat());
    }

    /// A stream that is changed, in its checksum, too, and cut: three bytes say where, and how.
    fn changed(&mut self, header: [u8; 2], mut stream: Vec<u8>, changes: &[u8]) {
        for change in changes.chunks_exact(3) {
            let at = usize::from(u16::from_be_bytes([change[0], change[1]]));
            match change[2] {
                0 => stream.truncate(at % (stream.len() + 1)),
                change if !stream.is_empty() => {
                    let at = at % stream.len();
                    stream[at] ^= change;
                }
                _ => {}
            }
        }
        self.stream(&stream);
        self.blocks(header, stream.get(2..).unwrap_or_default());
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let text = b"A text of a few words, a few words and a few numbers: 1, 2, 3, 4.";
    let zlib = streams::zlib(text);
    let mut seeds = vec![[&[AS_IT_IS, 0, 4, 7][..], &zlib].concat(), [&[BLOCKS, 2, 4, 7][..], &zlib[2..]].concat()];
    let changes: [&[u8]; 3] = [&[], &[0, 9, 4], &[0, 3, 1, 0, 40, 0]];
    for (number, program) in streams::programs().iter().enumerate() {
        for manner in 0..10u8 {
            let changes = changes[(number + usize::from(manner)) % 3];
            let begin = [COMPRESSED, manner, 40, 7, changes.len() as u8];
            let how = [manner, manner / 2, 6 - manner % 7, 8 - manner % 9];
            seeds.push([&begin, changes, &how, &program[..]].concat());
        }
    }
    for (number, program) in streams::coded_programs().iter().enumerate() {
        seeds.push([&[CODED, number as u8, 3, 7, 0], &program[..]].concat());
        seeds.push([&[CODED, number as u8, 3, 7, 3, 0, 50, 1], &program[..]].concat());
    }
    seeds
}
