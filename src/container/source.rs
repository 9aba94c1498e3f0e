//! What decoders read from.

use std::io::{self, BufRead};

/// What decoders read from: it shows what comes next without letting it go by.
pub(super) trait Source: BufRead {
    /// The next `count` bytes, or as many as there are.
    #[cfg_attr(
        not(any(feature = "lz4", feature = "xz", feature = "zstd")),
        allow(dead_code, reason = "only these have windows of any size")
    )]
    fn look(&mut self, count: usize) -> io::Result<&[u8]>;
}
