//! LZMA by itself and lzip, by decoders that are handed their bytes: what lies behind the end stays where it is.

use std::io::{self, BufRead, Read};

use lzma_rust2::{Action, LzipStream, LzmaStream, Status, StreamResult};

use super::trouble::broken;

/// How many bytes the header of LZMA has: its properties, how far it looks back, and how long it is.
pub(super) const LZMA_HEADER: usize = 13;

/// How many bytes the header of an lzip member has.
pub(super) const LZIP_HEADER: usize = 6;

/// What LZMA keeps besides what it looks back on, in KiB: its probabilities, for the largest properties that there are.
const MODEL: u32 = 8 << 10;

/// Decodes one stream, or members that follow each other.
pub(super) struct Lzma<S> {
    source: S,
    decoder: Decoder,
    has_ended: bool,
}

enum Decoder {
    Lzma(LzmaStream),
    Lzip(LzipStream),
}

/// How many bytes the LZMA that begins with `header` looks back on; none if that is no header. Nothing but this tells what it is, so only
/// what programs write counts: three bits of context and two of position, a power of two or one and a half, a size below 256 GiB or none,
/// and, as every range coder's, a zero first (the file LICENSE of the LZMA SDK's "lzma-specification", and file(1)).
pub(super) fn lzma_window(header: &[u8]) -> Option<u32> {
    let (header, coded) = header.split_first_chunk::<LZMA_HEADER>()?;
    let [0x5d, window @ .., _, _, _, _, _, _, _, _] = header else { return None };
    let window = u32::from_le_bytes(*window);
    let size = u64::from_le_bytes(*header.last_chunk()?);
    let is_usual = window >= 4 << 10 && (window.is_power_of_two() || (window / 3).is_power_of_two() && window % 3 == 0);
    (is_usual && (size == u64::MAX || size < 256 << 30) && coded.first() == Some(&0)).then_some(window)
}

/// How many bytes the lzip member that begins with `header` looks back on; none if that is no header (lzip's manual, "File format").
pub(super) fn lzip_window(header: &[u8]) -> Option<u32> {
    let &[b'L', b'Z', b'I', b'P', 1, coded, ..] = header else { return None };
    let base = 1u32.checked_shl(u32::from(coded & 0x1f)).filter(|base| (4 << 10..=512 << 20).contains(base))?;
    Some(base - base / 16 * u32::from(coded >> 5))
}

impl<S> Lzma<S> {
    /// Decodes LZMA, which may look back on no more than `window` bytes.
    pub(super) fn alone(source: S, window: u32) -> Self {
        Lzma {
            source,
            decoder: Decoder::Lzma(LzmaStream::new_mem_limit((window >> 10) + MODEL, None)),
            has_ended: false,
        }
    }

    /// Decodes lzip, of which no member may look back on more than `window` bytes.
    pub(super) fn lzip(source: S, window: u32) -> Self {
        let decoder = LzipStream::new_mem_limit(true, (window >> 10) + MODEL);
        Lzma { source, decoder: Decoder::Lzip(decoder), has_ended: false }
    }

    pub(super) fn into_source(self) -> S {
        self.source
    }
}

impl Decoder {
    fn process(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<StreamResult> {
        let action = if input.is_empty() { Action::Finish } else { Action::Run };
        match self {
            Decoder::Lzma(stream) => stream.process(input, output, action),
            Decoder::Lzip(stream) => stream.process(input, output, action),
        }
    }

    /// What was taken in and is no part of it.
    fn behind(&self) -> &[u8] {
        match self {
            Decoder::Lzma(stream) => stream.unused_input(),
            Decoder::Lzip(stream) => stream.unused_input(),
        }
    }
}

impl<S: BufRead> Read for Lzma<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.has_ended && !buffer.is_empty() {
            let input = self.source.fill_buf()?;
            let has_input = !input.is_empty();
            let StreamResult { bytes_consumed, bytes_produced, status } = self.decoder.process(input, buffer)?;
            self.source.consume(bytes_consumed);
            self.has_ended = status == Status::StreamEnd;
            if bytes_produced > 0 {
                return Ok(bytes_produced);
            }
            if !has_input && !self.has_ended {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        if self.has_ended && !self.decoder.behind().is_empty() {
            return Err(broken("bytes follow its end that are no part of it"));
        }
        Ok(0)
    }
}

/// How many bytes the first block of an xz stream looks back on; none if it has none or is broken.
pub(super) fn xz_window(head: &[u8]) -> Option<u64> {
    let block = head.get(12..)?;
    let flags = *block.get(1)?;
    let mut at = 2;
    let number = |at: &mut usize| {
        let mut value = 0u64;
        for shift in (0..63).step_by(7) {
            let byte = *block.get(*at)?;
            *at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    };
    for _ in 0..(flags >> 6 & 1) + (flags >> 7) {
        number(&mut at)?;
    }
    for _ in 0..=flags & 3 {
        let (filter, length) = (number(&mut at)?, number(&mut at)?);
        if filter == 0x21 {
            let bits = u64::from(*block.get(at)?);
            return (bits <= 40)
                .then(|| if bits == 40 { u64::from(u32::MAX) } else { (2 | bits & 1) << (bits / 2 + 11) });
        }
        at = at.checked_add(usize::try_from(length).ok()?)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_how_far_is_looked_back() {
        let lzma = |properties: u8, window: u32, size: u64, first: u8| {
            lzma_window(&[&[properties][..], &window.to_le_bytes(), &size.to_le_bytes(), &[first]].concat())
        };
        assert_eq!(lzma(0x5d, 8 << 20, u64::MAX, 0), Some(8 << 20));
        assert_eq!(lzma(0x5d, 3 << 20, 1000, 0), Some(3 << 20));
        assert_eq!(lzma(0x5d, 5 << 20, u64::MAX, 0), None);
        assert_eq!(lzma(0x5d, 0, u64::MAX, 0), None);
        assert_eq!(lzma(0x5d, 8 << 20, 1 << 40, 0), None);
        assert_eq!(lzma(0x5d, 8 << 20, u64::MAX, 1), None);
        assert_eq!(lzma(0x5e, 8 << 20, u64::MAX, 0), None);
        assert_eq!(lzma_window(b"]"), None);

        assert_eq!(lzip_window(b"LZIP\x01\x0c"), Some(4 << 10));
        assert_eq!(lzip_window(b"LZIP\x01\xd3"), Some(320 << 10), "as the manual has it");
        assert_eq!(lzip_window(b"LZIP\x01\x1d"), Some(512 << 20));
        for header in [&b"LZIP\x01\x0b"[..], b"LZIP\x01\x1e", b"LZIP\x00\x0c", b"LZIP", b"LZMA\x01\x0c"] {
            assert_eq!(lzip_window(header), None);
        }
    }
}
