//! LZF, in which Redis compresses strings: runs of bytes as they are, and copies of what came before (the format of LibLZF). Nothing says where it
//! ends.

use std::io::{self, Read};

use super::trouble::broken;

/// How many bytes come out at most for each: a copy of 264 takes three.
pub(super) const GROWTH: usize = 88;

/// How many bytes the longest code takes, with a run of 32.
pub(super) const WIDEST: usize = 33;

/// One run or copy.
enum Step {
    Run(usize),
    Copy { back: usize, length: usize },
}

/// The first code of what is packed, behind which `made` bytes are there, and how many bytes it takes; none if it is cut off or leads to before the
/// beginning.
fn step(packed: &[u8], made: usize) -> Option<(Step, usize)> {
    let (&code, rest) = packed.split_first()?;
    if code < 32 {
        let length = usize::from(code) + 1;
        return (length <= rest.len()).then_some((Step::Run(length), 1 + length));
    }
    let (length, low, taken) = match (code >> 5, rest) {
        (7, [more, low, ..]) => (9 + usize::from(*more), low, 3),
        (7, _) => return None,
        (length, [low, ..]) => (usize::from(length) + 2, low, 2),
        _ => return None,
    };
    let back = (usize::from(code & 31) << 8 | usize::from(*low)) + 1;
    (back <= made).then_some((Step::Copy { back, length }, taken))
}

/// How many bytes of what is packed are sound and make no more than `most`, and how many these make.
pub(super) fn measure(packed: &[u8], most: u64) -> (usize, u64) {
    let (mut read, mut made) = (0, 0u64);
    while let Some((step, taken)) = step(&packed[read..], usize::try_from(made).unwrap_or(usize::MAX)) {
        let (Step::Run(length) | Step::Copy { length, .. }) = step;
        if made + length as u64 > most {
            break;
        }
        read += taken;
        made += length as u64;
    }
    (read, made)
}

/// Unpacks a source, all of it.
pub(super) struct Lzf<R> {
    source: R,
    /// How many bytes are still to be made.
    left: u64,
    /// What was made last, and from where on nobody has read it.
    made: Vec<u8>,
    at: usize,
    failed: Option<io::Error>,
}

impl<R: Read> Lzf<R> {
    /// What `source` becomes, which is of this `size`.
    pub(super) fn new(source: R, size: u64) -> Self {
        Lzf { source, left: size, made: Vec::new(), at: 0, failed: None }
    }

    /// Makes more, as long as there is something.
    fn more(&mut self) -> io::Result<()> {
        /// How far copies look back, and how much is made at once.
        const BACK: usize = 8 << 10;
        const AT_ONCE: usize = 16 << 10;
        self.made.drain(..self.made.len().saturating_sub(BACK));
        self.at = self.made.len();
        while self.made.len() < self.at + AT_ONCE {
            let mut code = [0; WIDEST];
            if self.source.read(&mut code[..1])? == 0 {
                return if self.left == 0 { Ok(()) } else { Err(broken("its size is wrong")) };
            }
            let length = match code[0] {
                ..32 => 2 + usize::from(code[0]),
                32..0xe0 => 2,
                _ => 3,
            };
            self.source.read_exact(&mut code[1..length])?;
            let length = match step(&code[..length], self.made.len()).ok_or_else(|| broken(BROKEN))?.0 {
                Step::Run(length) => {
                    self.made.extend_from_slice(&code[1..=length]);
                    length
                }
                Step::Copy { back, length } => {
                    let start = self.made.len() - back;
                    if length <= back {
                        self.made.extend_from_within(start..start + length);
                    } else {
                        // It goes on in itself.
                        (start..start + length).for_each(|at| self.made.push(self.made[at]));
                    }
                    length
                }
            };
            self.left = self.left.checked_sub(length as u64).ok_or_else(|| broken("its size is wrong"))?;
        }
        Ok(())
    }
}

const BROKEN: &str = "its compressed bytes are broken";

impl<R: Read> Read for Lzf<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.made.len() && self.failed.is_none() && !buffer.is_empty() {
            // What came out before something went wrong counts.
            self.failed = self.more().err();
        }
        let read = (&self.made[self.at..]).read(buffer)?;
        self.at += read;
        self.failed.take_if(|_| read == 0 && !buffer.is_empty()).map_or(Ok(read), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_copies_are_unpacked_and_what_is_broken_ends_them() {
        let cases: [(&[u8], usize, &str); 7] = [
            (b"\x02one", 4, "one"),
            (b"\x02one\x20\x02", 6, "oneone"),
            (b"\x00a\x40\x00", 4, "aaaaa"),
            (b"\x01ab\xe0\x00\x01", 6, "abababababa"),
            // A copy of what is not there, and what is cut off.
            (b"\x02one\x20\x03", 4, "one"),
            (b"\x00a\xe0\x00", 2, "a"),
            (b"\x00a\x20", 2, "a"),
        ];
        for (packed, sound, expected) in cases {
            let shown = packed.escape_ascii();
            assert_eq!(measure(packed, 99), (sound, expected.len() as u64), "{shown}");
            let unpacked = |size: usize| {
                let mut bytes = Vec::new();
                let done = Lzf::new(packed, size as u64).read_to_end(&mut bytes);
                (String::from_utf8(bytes).unwrap(), done.is_ok())
            };
            assert_eq!(unpacked(expected.len()), (expected.to_owned(), sound == packed.len()), "{shown}");
            assert!(measure(packed, expected.len() as u64 - 1).0 < packed.len(), "{shown}");
            assert!(!unpacked(expected.len() - 1).1 && !unpacked(expected.len() + 1).1, "{shown}");
        }
        assert_eq!(measure(b"\x02on", 99), (0, 0));
        let longest: [&[u8]; 2] = [b"\x00a\xe0\xff\x00", &[&[31][..], &[b'a'; 32]].concat()];
        let measured = longest.map(|packed| measure(packed, 999));
        assert_eq!(measured, [(5, 265), (WIDEST, 32)]);
    }
}
