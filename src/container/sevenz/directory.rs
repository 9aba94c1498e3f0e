//! The directory of a 7z archive: where it lies, and how it is unpacked. That is done here, because only so its length is known, and held
//! against a limit, before anything is made of it, and its checksum is compared (`sevenz_rust2` does neither).

use std::io::{self, Read};

use crc32fast::hash;
use lzma_rust2::{Lzma2Reader, LzmaReader};
use sevenz_rust2::EncoderMethod;

use super::HEADER;
use crate::container::budget::Budget;
use crate::container::trouble::{broken, cut_off, limit};

/// How many bytes the directory may have. Of each of them a hostile one makes a member, which takes more than a hundred bytes. Others have
/// about a hundred for one.
const MOST_DIRECTORY: u64 = 1 << 20;

/// How many bytes what it is packed by may look back on.
const MOST_WINDOW: u64 = 64 << 20;

/// What 7zFormat.txt calls the properties that are met here.
mod property {
    pub(super) const END: u8 = 0x00;
    pub(super) const PACK_INFO: u8 = 0x06;
    pub(super) const UNPACK_INFO: u8 = 0x07;
    pub(super) const SIZE: u8 = 0x09;
    pub(super) const CRC: u8 = 0x0a;
    pub(super) const FOLDER: u8 = 0x0b;
    pub(super) const UNPACK_SIZE: u8 = 0x0c;
    pub(super) const PACKED_HEADER: u8 = 0x17;
}

/// Where the directory of an archive lies, as its header says.
struct Place {
    start: usize,
    end: usize,
}

/// How a directory is packed.
struct Packed<'a> {
    /// Where its bytes begin: behind those of all members.
    start: u64,
    length: u64,
    method: &'a [u8],
    properties: &'a [u8],
    unpacked: u64,
    checksum: Option<u32>,
}

/// Unpacks the directory of the archive in `bytes`, in place; gives how many bytes of packed streams stand before it.
///
/// # Errors
/// It is missing, broken, encrypted or too large.
pub(super) fn unpack(bytes: &mut Vec<u8>, budget: &Budget) -> io::Result<u64> {
    let place = place(bytes)?;
    let directory = &bytes[place.start..place.end];
    if directory.first() != Some(&property::PACKED_HEADER) {
        bounded(directory.len() as u64)?;
        return Ok((place.start - HEADER) as u64);
    }
    let packed = packed(&directory[1..]).ok_or_else(is_broken)??;
    bounded(packed.unpacked)?;
    let start = usize::try_from(packed.start).ok().and_then(|start| start.checked_add(HEADER)).ok_or_else(cut_off)?;
    let length = usize::try_from(packed.length).map_err(|_| cut_off())?;
    let source = bytes.get(start..).and_then(|bytes| bytes.get(..length)).ok_or_else(cut_off)?;
    let unpacked = packed.read(source, budget)?;
    let before = packed.start;
    bytes.truncate(start);
    // The header says where it is now; then what stands before it is compared with that.
    let mut header = [before.to_le_bytes(), (unpacked.len() as u64).to_le_bytes()].concat();
    header.extend_from_slice(&hash(&unpacked).to_le_bytes());
    bytes[8..12].copy_from_slice(&hash(&header).to_le_bytes());
    bytes[12..HEADER].copy_from_slice(&header);
    bytes.extend_from_slice(&unpacked);
    Ok(before)
}

fn is_broken() -> io::Error {
    broken("its directory is broken")
}

fn bounded(length: u64) -> io::Result<()> {
    if length <= MOST_DIRECTORY {
        return Ok(());
    }
    let most = MOST_DIRECTORY >> 10;
    Err(limit(format!("its directory has {} KiB; {most} are the most", length.div_ceil(1 << 10))))
}

/// Where the directory lies.
fn place(bytes: &[u8]) -> io::Result<Place> {
    let header = bytes.first_chunk::<HEADER>().ok_or_else(cut_off)?;
    let (said, rest) = header[8..].split_at(4);
    // Without it, whoever reads the archive is to look for its directory, byte by byte.
    if rest.iter().all(|&byte| byte == 0) && said == [0; 4] {
        return Err(broken("it has no directory: whoever wrote it did not finish"));
    }
    if said != hash(rest).to_le_bytes() {
        return Err(broken("its header is broken"));
    }
    let number = |at: usize| rest[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let end_of = |start: usize, length: u64| start.checked_add(usize::try_from(length).ok()?);
    let start = end_of(HEADER, number(0)).ok_or_else(cut_off)?;
    let end = end_of(start, number(8)).filter(|&end| end <= bytes.len()).ok_or_else(cut_off)?;
    if rest[16..] != hash(&bytes[start..end]).to_le_bytes() {
        return Err(is_broken());
    }
    Ok(Place { start, end })
}

/// How the directory is packed that `bytes` tell of; none if they are broken. What is packed by more than one method is encrypted, or by
/// none that 7-Zip uses.
fn packed(mut bytes: &[u8]) -> Option<io::Result<Packed<'_>>> {
    let rest = &mut bytes;
    expect(rest, property::PACK_INFO)?;
    let start = number(rest)?;
    (number(rest)? == 1).then_some(())?;
    expect(rest, property::SIZE)?;
    let length = number(rest)?;
    let mut next = byte(rest)?;
    if next == property::CRC {
        checksum(rest)?;
        next = byte(rest)?;
    }
    (next == property::END).then_some(())?;
    expect(rest, property::UNPACK_INFO)?;
    expect(rest, property::FOLDER)?;
    (number(rest)? == 1).then_some(())?;
    expect(rest, 0)?;
    let coders = number(rest)?;
    let (method, properties) = coder(rest)?;
    if method == EncoderMethod::ID_AES256_SHA256 || coders == 2 && coder(rest)?.0 == EncoderMethod::ID_AES256_SHA256 {
        return Some(Err(broken("it is encrypted")));
    }
    (coders == 1).then_some(())?;
    expect(rest, property::UNPACK_SIZE)?;
    let unpacked = number(rest)?;
    let checksum = if byte(rest)? == property::CRC { Some(checksum(rest)?) } else { None };
    Some(Ok(Packed { start, length, method, properties, unpacked, checksum }))
}

/// A method and its properties.
fn coder<'a>(rest: &mut &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    const IS_COMPLEX: u8 = 0x10;
    const HAS_PROPERTIES: u8 = 0x20;
    let flags = byte(rest)?;
    let method = take(rest, usize::from(flags & 0xf))?;
    if flags & IS_COMPLEX != 0 {
        number(rest)?;
        number(rest)?;
    }
    let length = if flags & HAS_PROPERTIES != 0 { number(rest)? } else { 0 };
    Some((method, take(rest, usize::try_from(length).ok()?)?))
}

/// One checksum, of all that there are.
fn checksum(rest: &mut &[u8]) -> Option<u32> {
    expect(rest, 1)?;
    take(rest, 4)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    rest.split_off(..length)
}

fn byte(rest: &mut &[u8]) -> Option<u8> {
    rest.split_off_first().copied()
}

fn expect(rest: &mut &[u8], wanted: u8) -> Option<()> {
    (byte(rest)? == wanted).then_some(())
}

/// A number: as many ones as its first byte begins with, so many bytes follow, the lowest first; what is left of that byte is the highest.
fn number(rest: &mut &[u8]) -> Option<u64> {
    let first = byte(rest)?;
    let more = first.leading_ones();
    let low = take(rest, more as usize)?.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte));
    let high = u64::from(first & 0x7f_u8.checked_shr(more).unwrap_or(0));
    Some(low | high.checked_shl(8 * more).unwrap_or(0))
}

impl Packed<'_> {
    fn read(&self, source: &[u8], budget: &Budget) -> io::Result<Vec<u8>> {
        let unknown = || broken("its directory is packed by a method that gridleaks does not know");
        let window = super::window(self.method, self.properties, MOST_WINDOW);
        let asked = super::window(self.method, self.properties, u64::MAX);
        if asked > MOST_WINDOW {
            return Err(limit(format!("its directory can only be unpacked with a window of {asked} bytes")));
        }
        let _room = budget.window(window.min(self.unpacked))?;
        let mut decoder: Box<dyn Read + '_> = match (self.method, self.properties) {
            (EncoderMethod::ID_COPY, _) => Box::new(source),
            (EncoderMethod::ID_LZMA, &[properties, ..]) => {
                let decoder = LzmaReader::new_with_props(source, self.unpacked, properties, asked as u32, None);
                Box::new(decoder.map_err(|_| is_broken())?)
            }
            (EncoderMethod::ID_LZMA2, _) => Box::new(Lzma2Reader::new(source, asked as u32, None)),
            _ => return Err(unknown()),
        };
        let mut unpacked = Vec::new();
        let read = (&mut decoder).take(self.unpacked).read_to_end(&mut unpacked);
        let is_right = self.checksum.is_none_or(|said| said == hash(&unpacked));
        match read {
            Ok(_) if unpacked.len() as u64 == self.unpacked && is_right => Ok(unpacked),
            _ => Err(is_broken()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_up_to_nine_bytes() {
        for (bytes, expected) in [
            (&[0x00][..], Some(0)),
            (&[0x7f], Some(0x7f)),
            (&[0x80, 0x80], Some(0x80)),
            (&[0xbf, 0xff], Some(0x3fff)),
            (&[0xc1, 0x02, 0x03], Some(0x1_0302)),
            (&[0xe0, 1, 2, 3], Some(0x03_0201)),
            (&[0xfe, 1, 2, 3, 4, 5, 6, 7], Some(0x07_0605_0403_0201)),
            (&[0xff, 1, 2, 3, 4, 5, 6, 7, 8], Some(0x0807_0605_0403_0201)),
            (&[0xff, 1, 2, 3, 4, 5, 6, 7], None),
            (&[0x80], None),
            (&[], None),
        ] {
            assert_eq!(number(&mut { bytes }), expected, "{bytes:x?}");
        }
    }

    /// An archive of no members, which begins with `packed` and has these bytes as its directory.
    fn archive(packed: &[u8], directory: &[u8]) -> Vec<u8> {
        let numbers = [(packed.len() as u64).to_le_bytes(), (directory.len() as u64).to_le_bytes()].concat();
        let said = [&numbers[..], &hash(directory).to_le_bytes()].concat();
        [b"7z\xbc\xaf\x27\x1c\0\x04", &hash(&said).to_le_bytes()[..], &said, packed, directory].concat()
    }

    /// What says of a directory that it is packed in so many bytes, by this method, and how long it becomes.
    fn packed_by(length: usize, method: &[u8], properties: &[u8], unpacked: usize) -> Vec<u8> {
        use property::*;
        // A number with seven bytes behind it.
        let number = |value: usize| [&[0xfe][..], &(value as u64).to_le_bytes()[..7]].concat();
        let sizes = [&[PACKED_HEADER, PACK_INFO, 0, 1, SIZE][..], &number(length), &[END]].concat();
        let coder = [&[0x20 | method.len() as u8][..], method, &[properties.len() as u8], properties].concat();
        let made = [&[UNPACK_SIZE][..], &number(unpacked), &[END, END]].concat();
        [&sizes[..], &[UNPACK_INFO, FOLDER, 1, 0, 1], &coder, &made].concat()
    }

    /// How long the directory is that comes of it, or what is wrong.
    fn opened(mut bytes: Vec<u8>) -> Result<usize, String> {
        let budget = Budget::new(crate::container::Limits::default());
        let before = unpack(&mut bytes, &budget).map_err(|error| error.to_string())?;
        Ok(bytes.len() - HEADER - before as usize)
    }

    #[test]
    fn a_directory_has_a_size() {
        const MOST: usize = 1 << 20;
        let copied = |length: usize| {
            let packed = vec![1; length];
            archive(&packed, &packed_by(length, EncoderMethod::ID_COPY, &[], length))
        };
        for make in [&copied as &dyn Fn(usize) -> Vec<u8>, &|length| archive(b"", &vec![1; length])] {
            assert_eq!(opened(make(MOST)), Ok(MOST));
            assert!(opened(make(MOST + 1)).is_err_and(|error| error.contains("1025 KiB")));
        }
    }

    #[test]
    fn a_directorys_decoder_looks_back_on_so_much() {
        use std::io::Write;
        let mut options = lzma_rust2::LzmaOptions::with_preset(1);
        options.dict_size = 1 << 16;
        let mut writer = lzma_rust2::LzmaWriter::new_no_header(Vec::new(), &options, false).unwrap();
        writer.write_all(&[1; 100]).unwrap();
        let packed = writer.finish().unwrap();
        let window = |size: u32| {
            let properties = [&[options.get_props()][..], &size.to_le_bytes()].concat();
            opened(archive(&packed, &packed_by(packed.len(), EncoderMethod::ID_LZMA, &properties, 100)))
        };
        assert_eq!(window(1 << 16), Ok(100));
        assert_eq!(window(64 << 20), Ok(100));
        assert!(window((64 << 20) + 1).is_err_and(|error| error.contains("67108865")));
    }
}
