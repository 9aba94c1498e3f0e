//! Which files have compressed streams among other bytes, and which streams count in each.

use super::hdf5;
use crate::container::Compression;
use crate::container::chunks::Framing;

/// What a script begins with, and what an editor may put in front of that.
const SCRIPT: &[u8] = b"#!";
const MARK: &[u8] = b"\xef\xbb\xbf";

/// What a backup of Android begins with.
const ANDROID: &[u8] = b"ANDROID BACKUP\n";

/// What a file of MATLAB begins with whose arrays may be compressed, and one of SPSS whose rows are.
const MATLAB: &[u8] = b"MATLAB 5.0 MAT-file";
const SPSS: &[u8] = b"$FL3@(#)";

/// How many bytes say what has streams in it, and how long it is.
pub(super) const HEAD: usize = 52;

/// What has streams in it. It says which count: some have headers of two or three bytes, which are met by chance anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    /// A package of RPM: one stream, and that is all there is of it.
    Package,
    /// A dump of PostgreSQL in its own format, whose streams are in pieces.
    Dump,
    /// An image for U-Boot.
    Board,
    /// An archive of the web, with answers as they were sent: their streams may be in pieces.
    Web,
    /// An HDF5 file, whose chunks may be shuffled.
    Hdf5,
    /// What else is known to have streams: a backup of Android, a file of MATLAB or SPSS, Flash, an installer of macOS.
    Known,
    /// A script, or what stands behind a cpio archive.
    Other,
}

impl Carrier {
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [0xed, 0xab, 0xee, 0xdb, 3 | 4, ..] => Carrier::Package,
            [b'P', b'G', b'D', b'M', b'P', ..] => Carrier::Dump,
            [0x27, 0x05, 0x19, 0x56, ..] => Carrier::Board,
            [b'W', b'A', b'R', b'C', b'/', b'0' | b'1', b'.', ..] => Carrier::Web,
            // Flash is compressed as a whole, and an installer begins with the length of its header.
            [b'C', b'W', b'S', 6..=60, _, _, _, _, 0x78, ..] | [b'x', b'a', b'r', b'!', 0, 28 | 64, ..] => {
                Carrier::Known
            }
            _ if hdf5::is_hdf5(head) => Carrier::Hdf5,
            _ if [ANDROID, MATLAB, SPSS].iter().any(|begin| head.starts_with(begin)) => Carrier::Known,
            _ => Carrier::Other,
        }
    }

    /// How pieces of streams are told, where streams may be in pieces.
    pub(super) fn framing(self) -> Option<Framing> {
        match self {
            Carrier::Dump => Some(Framing::Dump),
            Carrier::Web => Some(Framing::Http),
            Carrier::Package | Carrier::Board | Carrier::Hdf5 | Carrier::Known | Carrier::Other => None,
        }
    }

    pub(super) fn has(self, compression: Compression) -> bool {
        match compression {
            Compression::Zlib => self != Carrier::Package,
            Compression::Lzma => matches!(self, Carrier::Package | Carrier::Board),
            _ => true,
        }
    }
}

/// Whether a backup of Android says in its fourth line how it is encrypted.
pub(super) fn is_encrypted(head: &[u8]) -> bool {
    let Some(lines) = head.strip_prefix(ANDROID) else { return false };
    lines.split(|&byte| byte == b'\n').nth(2).is_some_and(|line| line.starts_with(b"AES"))
}

/// How many bytes the header of an image for U-Boot has.
const BOARD: u64 = 64;

/// Whether the content of what has streams begins here: whatever is known counts.
pub(super) fn begins(carrier: Carrier, position: u64) -> bool {
    carrier == Carrier::Board && position == BOARD
}

/// How long a content is that says so in its header, as an image for U-Boot and HDF5 do.
pub(super) fn length(head: &[u8]) -> Option<u64> {
    match Carrier::of(head) {
        Carrier::Board => {
            let size = head.get(12..16).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes);
            Some(BOARD + u64::from(size))
        }
        Carrier::Hdf5 => hdf5::length(head),
        _ => None,
    }
}

/// What an image for U-Boot is compressed by that cannot be unpacked (`include/image.h` of U-Boot).
pub(super) fn unread(head: &[u8]) -> Option<&'static str> {
    /// Where the number of the compression stands, and that of LZO.
    const AT: usize = 31;
    const LZO: u8 = 4;
    (Carrier::of(head) == Carrier::Board && head.get(AT) == Some(&LZO)).then_some("compressed by LZO")
}

/// Whether a content begins as one does that has compressed streams, and is no script.
pub(in crate::container) fn is_carrier(head: &[u8]) -> bool {
    Carrier::of(head) != Carrier::Other
}

/// Whether a content is a script.
pub(in crate::container) fn is_script(head: &[u8]) -> bool {
    head.strip_prefix(MARK).unwrap_or(head).starts_with(SCRIPT)
}
