//! 7z archives. What lies where stands at their end, so that an archive is kept in memory while it is read.

mod directory;

use std::io::{self, Cursor, Read};

use sevenz_rust2::{Archive, ArchiveEntry, BlockDecoder, EncoderMethod, Error, Password};

use super::budget::Budget;
use super::input::Input;
use super::trouble::{Alarm, broken, limit, told, trouble};
use super::{Member, Visitor};

/// How many bytes an archive may have: so much memory it takes, besides what its decoders look back on.
pub(super) const MOST_KEPT: u64 = 32 << 20;

/// How many bytes the decoders of a block may ask for, filled or not: 7-Zip's highest level takes 256 MiB and a little.
const MOST_ASKED: u64 = 300 << 20;

/// The header: a signature, a version, a checksum, and where the directory is (7zFormat.txt of 7-Zip's sources).
const HEADER: usize = 32;

/// What is known of an archive, and its bytes.
struct Opened {
    archive: Archive,
    bytes: Cursor<Vec<u8>>,
}

/// Reads an archive.
pub(super) fn read(input: &mut Input<'_>, budget: &Budget, visitor: &mut dyn Visitor) -> io::Result<()> {
    let mut bytes = input.take_up_to(MOST_KEPT as usize + 1)?;
    if bytes.len() as u64 > MOST_KEPT {
        let most = MOST_KEPT >> 20;
        return Err(limit(format!("it is a 7z archive, which is read as a whole, of more than {most} MiB")));
    }
    let _kept = budget.window(bytes.len() as u64)?;
    let before = directory::unpack(&mut bytes, budget)?;
    let mut bytes = Cursor::new(bytes);
    let archive = Archive::read_with_memory_limit(&mut bytes, &Password::empty(), (MOST_KEPT >> 10) as usize)
        .map_err(|error| in_words(error, "its directory is broken"))?;
    let is_complete = is_complete(&archive, before);
    let mut opened = Opened { archive, bytes };
    for block in 0..opened.archive.blocks.len() {
        if !of_block(&mut opened, block, budget, visitor) {
            return Ok(());
        }
    }
    if !is_complete {
        return Err(broken("its directory is broken: it does not name all that there is"));
    }
    let blocks = &opened.archive.stream_map.file_block_index;
    let mut without_content = opened.archive.files.iter().zip(blocks).filter(|(_, block)| block.is_none());
    without_content.all(|(entry, _)| hand_over(entry, &mut io::empty(), visitor));
    Ok(())
}

/// Whether the directory names all bytes that stand `before` it, and members for all of them.
fn is_complete(archive: &Archive, before: u64) -> bool {
    let named = archive.pack_sizes().iter().fold(archive.pack_pos(), |sum, size| sum.saturating_add(*size));
    let mut has_file = vec![false; archive.blocks.len()];
    for &block in archive.stream_map.file_block_index.iter().flatten() {
        if let Some(has_file) = has_file.get_mut(block) {
            *has_file = true;
        }
    }
    before == named
        && archive.pack_sizes().is_empty() == archive.blocks.is_empty()
        && has_file.into_iter().all(|has_file| has_file)
}

/// Hands over what a block holds, which is compressed together; says whether the visitor wants more.
fn of_block(opened: &mut Opened, block: usize, budget: &Budget, visitor: &mut dyn Visitor) -> bool {
    let Opened { archive, bytes } = opened;
    let coders = &archive.blocks[block].coders;
    let password = Password::empty();
    if coders.iter().any(|coder| coder.encoder_method_id() == EncoderMethod::ID_AES256_SHA256) {
        let entries = BlockDecoder::new(1, block, archive, &password, bytes);
        return named(entries.entries(), &broken("it is encrypted"), visitor);
    }
    let length = archive.blocks[block].get_unpack_size();
    let windows = |length: u64| -> u64 {
        let of_each = coders.iter().map(|coder| window(coder.encoder_method_id(), coder.properties(), length));
        of_each.fold(0, u64::saturating_add)
    };
    let asked = windows(u64::MAX);
    let room = match asked > MOST_ASKED {
        true => Err(limit(format!("it can only be unpacked with a window of {asked} bytes"))),
        false => budget.window(windows(length)),
    };
    let decoder = BlockDecoder::new_with_memory_limit(1, (MOST_ASKED >> 10) as usize, block, archive, &password, bytes);
    if let Err(error) = &room {
        return named(decoder.entries(), error, visitor);
    }
    let (mut goes_on, mut last, mut is_told) = (true, None, false);
    let outcome = decoder.for_each_entries(&mut |entry, content| {
        let mut content = Content { content, is_told: false };
        goes_on = hand_over(entry, &mut content, visitor);
        is_told |= content.is_told;
        last = Some(name(entry));
        Ok(goes_on)
    });
    let error = match outcome {
        Err(error) if goes_on && !is_told => in_words(error, "its compressed bytes are broken"),
        _ => return goes_on,
    };
    match (last, trouble(&error)) {
        (None, _) => named(BlockDecoder::new(1, block, archive, &password, bytes).entries(), &error, visitor),
        (Some(name), Some(found)) => {
            visitor.trouble(Some(&name), found);
            true
        }
        (Some(_), None) => true,
    }
}

/// Hands over only the names of members that cannot be read, and tells why; says whether the visitor wants more.
fn named(entries: &[ArchiveEntry], error: &io::Error, visitor: &mut dyn Visitor) -> bool {
    entries.iter().all(|entry| {
        let goes_on = hand_over(entry, &mut io::empty(), visitor);
        if let Some(found) = trouble(error) {
            visitor.trouble(Some(&name(entry)), found);
        }
        goes_on
    })
}

/// How many bytes a decoder looks back on, or keeps of what it met, in a block of that `length`. What it asks for and does not fill costs
/// nothing.
fn window(method: &[u8], properties: &[u8], length: u64) -> u64 {
    /// How many bytes PPMd keeps for each that it met, at most: a context and a state.
    const OF_MODEL: u64 = 32;
    let number = || properties.get(1..5).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u32::from_le_bytes(*bytes));
    match method {
        EncoderMethod::ID_LZMA => length.min(number().into()),
        EncoderMethod::ID_LZMA2 => match properties.first() {
            Some(&bits @ ..40) => length.min(u64::from(2 | bits & 1) << (bits / 2 + 11)),
            _ => length.min(u32::MAX.into()),
        },
        EncoderMethod::ID_PPMD => length.saturating_mul(OF_MODEL).min(number().into()),
        // What its largest block takes.
        EncoderMethod::ID_BZIP2 => 4 << 20,
        _ => 0,
    }
}

/// An entry's name, as zip files have those of folders.
fn name(entry: &ArchiveEntry) -> Vec<u8> {
    let mut name = entry.name().as_bytes().to_vec();
    if entry.is_directory() && !name.ends_with(b"/") {
        name.push(b'/');
    }
    name
}

fn hand_over(entry: &ArchiveEntry, content: &mut dyn Read, visitor: &mut dyn Visitor) -> bool {
    visitor.member(&Member { name: &name(entry), link: None, is_alone: false }, content)
}

/// A member's content; errors come out in our words.
struct Content<'c> {
    content: &'c mut dyn Read,
    is_told: bool,
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_told {
            return Err(told());
        }
        self.content.read(buffer).map_err(|error| {
            self.is_told = true;
            Alarm::default().sort(error)
        })
    }
}

/// What is wrong with an archive; what is no more than broken is said to be so by `otherwise`.
fn in_words(error: Error, otherwise: &str) -> io::Error {
    match error {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => broken("it is encrypted"),
        Error::UnsupportedCompressionMethod(method) if method.contains("AES") => broken("it is encrypted"),
        Error::UnsupportedCompressionMethod(method) => {
            broken(&format!("it is compressed by {method}, which gridleaks does not know"))
        }
        Error::MaxMemLimited { actaul_kb, max_kb } => {
            limit(format!("it can only be unpacked with {actaul_kb} KiB of memory; {max_kb} are the most"))
        }
        _ => broken(otherwise),
    }
}
