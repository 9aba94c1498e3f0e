//! One member of a zip file: unpacks it, and compares it with what its header, or the record behind it, says.

use std::io::{self, BufRead, Read};

use crc32fast::Hasher;

use super::header::Local;
use super::{Budget, Input, Visitor};
use crate::container::Member;
use crate::container::decode::{Decoder, Method};
use crate::container::input::{Exact, Part};
use crate::container::trouble::{broken, cut_off};

/// The mark in front of the record behind a member.
const DESCRIPTOR: &[u8; 4] = b"PK\x07\x08";

/// Reads the content of a member whose header went by; says whether the visitor wants more, and what is wrong with the member. What the
/// visitor was handed and could not read is not told again.
pub(super) fn read(
    local: &Local,
    input: &mut Input<'_>,
    budget: &Budget,
    visitor: &mut dyn Visitor,
) -> (bool, io::Result<()>) {
    if local.is_encrypted || local.method == 99 {
        return named(local, visitor, Err(broken("it is encrypted")));
    }
    let packed = if local.has_descriptor && local.packed == 0 { u64::MAX } else { local.packed };
    let start = input.position();
    let alarm = input.alarm();
    let method = match local.method {
        0 => return stored(local, packed, input, visitor),
        8 => Method::Deflate,
        9 => Method::Deflate64,
        12 => Method::Bzip2,
        14 => Method::Lzma((!local.has_end_mark && !local.has_descriptor).then_some(local.size)),
        20 | 93 => Method::Zstd,
        95 => Method::Xz,
        other => {
            let message = format!("it is compressed by method {other}, which gridleaks does not know");
            return named(local, visitor, Err(broken(&message)));
        }
    };
    // Deflated data say where they end, whatever the header says; what reads others may read too far.
    let limit = if method == Method::Deflate { u64::MAX } else { packed };
    let decoder = match Decoder::new(method, Part::new(input, limit), alarm, budget) {
        Ok(decoder) => decoder,
        Err(error) => return named(local, visitor, Err(error)),
    };
    let mut content = Checked::new(decoder, local);
    let goes_on = visitor.member(&member(local), &mut content);
    let Some((checksum, size)) = content.finish() else { return (goes_on, Ok(())) };
    (goes_on, behind(local, method, input, Sum { checksum, packed: input.position() - start, size }))
}

/// Compares what a member was with what is said of it.
fn behind(local: &Local, method: Method, input: &mut Input<'_>, mut sum: Sum) -> io::Result<()> {
    let wrong = || Err(broken("it does not have the size that its header says"));
    if method != Method::Deflate && local.packed > 0 {
        // Not every decoder reads the last bytes.
        input.skip(local.packed.saturating_sub(sum.packed))?;
        sum.packed = local.packed;
    }
    match local.has_descriptor {
        true if descriptor(input, &sum)? => Ok(()),
        false if sum.packed == local.packed => Ok(()),
        _ => wrong(),
    }
}

fn member(local: &Local) -> Member<'_> {
    Member { name: &local.name, link: None, is_alone: false }
}

/// Hands over only the name of a member that cannot be read.
fn named(local: &Local, visitor: &mut dyn Visitor, outcome: io::Result<()>) -> (bool, io::Result<()>) {
    let goes_on = visitor.member(&member(local), &mut io::empty());
    (goes_on, outcome)
}

/// Reads a member that is not compressed.
fn stored(local: &Local, packed: u64, input: &mut Input<'_>, visitor: &mut dyn Visitor) -> (bool, io::Result<()>) {
    if packed == u64::MAX {
        let mut content = Described { input, hasher: Hasher::new(), length: 0, has_ended: false };
        let goes_on = visitor.member(&member(local), &mut content);
        return (goes_on, Ok(()));
    }
    let mut content = Checked::new(Exact::new(input, packed), local);
    let goes_on = visitor.member(&member(local), &mut content);
    let outcome = match content.finish() {
        Some((checksum, size)) if local.has_descriptor => descriptor(input, &Sum { checksum, packed: size, size })
            .and_then(|fits| if fits { Ok(()) } else { Err(broken("its checksum is wrong")) }),
        _ => Ok(()),
    };
    (goes_on, outcome)
}

/// What came out of a member.
struct Sum {
    checksum: u32,
    packed: u64,
    size: u64,
}

/// Reads the record behind a member, in any of its four forms; says whether one of them fits.
fn descriptor(input: &mut Input<'_>, sum: &Sum) -> io::Result<bool> {
    let checksum = sum.checksum.to_le_bytes();
    let short = [&checksum[..], &(sum.packed as u32).to_le_bytes(), &(sum.size as u32).to_le_bytes()].concat();
    let long = [&checksum[..], &sum.packed.to_le_bytes(), &sum.size.to_le_bytes()].concat();
    let next = input.peek(4 + 20)?;
    let mark = if next.starts_with(DESCRIPTOR) { 4 } else { 0 };
    let record = &next[mark..];
    let length = [long, short].into_iter().find(|form| record.starts_with(form)).map(|form| mark + form.len());
    if let Some(length) = length {
        input.skip(length as u64)?;
    }
    Ok(length.is_some())
}

/// Ends in an error if what comes out of a member is not what its header says.
struct Checked<R> {
    content: R,
    hasher: Hasher,
    length: u64,
    has_ended: bool,
    /// The checksum and the size, unless they stand behind the member.
    said: Option<(u32, u64)>,
}

impl<R> Checked<R> {
    fn new(content: R, local: &Local) -> Self {
        let said = (!local.has_descriptor).then_some((local.checksum, local.size));
        Checked { content, hasher: Hasher::new(), length: 0, has_ended: false, said }
    }

    /// The checksum and the size of what came out, if all did.
    fn finish(self) -> Option<(u32, u64)> {
        self.has_ended.then(|| (self.hasher.finalize(), self.length))
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        self.length += read as u64;
        if read == 0 && !buffer.is_empty() && !self.has_ended {
            self.has_ended = true;
            if self.said.is_some_and(|said| said != (self.hasher.clone().finalize(), self.length)) {
                return Err(broken("its checksum or its size is wrong"));
            }
        }
        Ok(read)
    }
}

/// A member that is not compressed and whose size stands behind it: it ends where the record comes that fits what went by.
struct Described<'i, 'r> {
    input: &'i mut Input<'r>,
    hasher: Hasher,
    length: u64,
    has_ended: bool,
}

impl Read for Described<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.has_ended || buffer.is_empty() {
            return Ok(0);
        }
        if self.input.peek(4)? == DESCRIPTOR {
            let checksum = self.hasher.clone().finalize();
            if descriptor(self.input, &Sum { checksum, packed: self.length, size: self.length })? {
                self.has_ended = true;
                return Ok(0);
            }
        }
        let there = self.input.window(5)?;
        let Some(behind) = there.get(1..) else { return Err(cut_off()) };
        // Up to where the record may begin next, or to where its mark may be cut by the end of what is there.
        let next = memchr::memmem::find(behind, DESCRIPTOR).map(|at| 1 + at);
        let count = next.unwrap_or_else(|| there.len().saturating_sub(3).max(1)).min(buffer.len());
        buffer[..count].copy_from_slice(&there[..count]);
        self.hasher.update(&buffer[..count]);
        self.length += count as u64;
        self.input.consume(count);
        Ok(count)
    }
}
