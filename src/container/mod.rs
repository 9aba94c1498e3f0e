//! Opens containers: archives, compressed streams, documents. What a content is shows in its first bytes, never in its name.
//!
//! [`sniff()`] recognises a container, [`read`] goes through it from front to back, once, and hands each member to a [`Visitor`] as
//! a stream; nothing is kept and nothing is written anywhere. Members that are containers themselves are the visitor's affair.
//! What all of them together may cost is a [`Budget`], which the visitor spends as it reads.
//!
//! One file for each family of formats: `zip`, `tar`, `cpio`, `deb`, `sevenz`, `streams` (what holds one content only), `carrier` (what has them
//! among other bytes), `pdf`, `png`, `avro`, `parquet`, `arrow`, `orc`, `redis`, `leveldb` and `git`. Below them lie `decode`, the decoders, with `gzip`, `lz4`, `lzf`, `lzma` and `snappy`, which are some of them, `salvage`,
//! what they wrote before a break, and `lenient`, what may be none; `input`, the bytes as they come, with `chunks`, those in pieces, `whole`, those
//! that are kept, `filled`, those whose length is known, `varint`, the numbers of several formats, and `trouble`, what goes wrong.

mod arrow;
mod ascii85;
mod avro;
mod budget;
mod carrier;
mod chunks;
mod cpio;
mod deb;
mod decode;
mod filled;
mod git;
mod gzip;
mod input;
mod lenient;
mod leveldb;
#[cfg(feature = "lz4")]
mod lz4;
mod lzf;
#[cfg(feature = "xz")]
mod lzma;
mod orc;
mod parquet;
mod pdf;
mod png;
mod redis;
mod salvage;
#[cfg(feature = "7z")]
mod sevenz;
mod snappy;
mod sniff;
mod source;
mod streams;
mod tar;
#[cfg(test)]
mod tests;
mod trouble;
mod varint;
mod whole;
mod zip;

use std::io::{self, Read};

use input::Input;

pub use budget::{Budget, Limits};
pub use sniff::{BEGINNING, ends_as, may_carry, may_end_one, sniff, sniff_near};
pub use trouble::{Trouble, told, trouble};

/// The kinds of containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A zip file, and all that is one: jar, wheel, docx, xlsx, nupkg.
    Zip,
    /// A program or a query that may have a zip file behind it, as those have that unpack themselves.
    ZipBehind,
    /// A file that has compressed streams among other bytes: an RPM package, a dump of PostgreSQL, a web archive, a script that unpacks
    /// itself.
    Carrier,
    /// A cpio archive, also with compressed ones behind it, as Linux is started with.
    Cpio,
    /// A tar archive.
    Tar,
    /// One content, compressed.
    Stream(Compression),
    /// A PDF document with its compressed streams.
    Pdf,
    /// A PNG picture with its compressed texts.
    Png,
    /// An Avro object container file, whose blocks may be compressed.
    Avro,
    /// A Parquet file, whose pages may be compressed.
    Parquet,
    /// An Arrow file or stream, whose buffers may be compressed: Feather, too.
    Arrow,
    /// An ORC file, of which only the end is looked at, that says whether it is compressed.
    Orc,
    /// A dump of Redis, whose longer strings may be compressed.
    Redis,
    /// A table of LevelDB, whose blocks may be compressed.
    LevelDb,
    /// A Debian package.
    Deb,
    /// A 7z archive.
    SevenZip,
    /// An archive in a format that is known, by this name, but cannot be opened.
    Unread(&'static str),
    /// A pack of git objects, or a bundle with one in it.
    Git,
}

impl Format {
    /// Whether its members are values, one behind the other: how the first of them begins says nothing of the others.
    pub fn is_of_values(self) -> bool {
        matches!(self, Format::Avro | Format::Parquet | Format::Arrow | Format::LevelDb)
    }
}

/// How a content is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Deflate between a header and a checksum.
    Gzip,
    /// Deflate with a header of two bytes, which ordinary text may have, too.
    Zlib,
    /// Deflate alone, which nothing but what comes out shows.
    Deflate,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// Zstandard.
    Zstd,
    /// LZ4 frames.
    Lz4,
    /// LZMA with a header of its own, as it was before xz.
    Lzma,
    /// lzip.
    Lzip,
    /// Snappy's frames.
    Snappy,
}

/// What is known of a member before it is read.
#[derive(Debug, Clone, Copy)]
pub struct Member<'m> {
    /// Its name as it stands in the container: it may be anything. Empty if the container gives it none.
    pub name: &'m [u8],
    /// Where it points to, if it is a link.
    pub link: Option<&'m [u8]>,
    /// Whether it is all that the container holds: what is compressed, not what is packed.
    pub is_alone: bool,
}

/// Takes what is in a container.
pub trait Visitor {
    /// Takes a member, whose content it reads as far as it can be read. An error that is not [`told`] yet is the visitor's to tell.
    /// Says whether the container is to be read on.
    fn member(&mut self, member: &Member<'_>, content: &mut dyn Read) -> bool;

    /// Takes the content of the last member once more, as it is read in another way: what was found before is not told again.
    fn again(&mut self, member: &Member<'_>, content: &mut dyn Read) -> bool {
        self.member(member, content)
    }

    /// Takes what is wrong with a member of this name, or with the container itself.
    fn trouble(&mut self, member: Option<&[u8]>, trouble: Trouble);
}

/// Reads a container from its beginning and hands over what is in it.
///
/// # Errors
/// It cannot be read on; what was handed over before counts.
pub fn read(format: Format, source: &mut dyn Read, budget: &Budget, visitor: &mut dyn Visitor) -> io::Result<()> {
    let mut input = match format {
        Format::Carrier | Format::Cpio => Input::with_room(source, carrier::BUFFER),
        Format::Parquet => Input::with_room(source, parquet::BUFFER),
        Format::Redis => Input::with_room(source, redis::BUFFER),
        _ => Input::new(source),
    };
    match format {
        Format::Zip => zip::read(&mut input, budget, visitor, true),
        Format::ZipBehind => zip::read(&mut input, budget, visitor, false),
        Format::Carrier => carrier::read(&mut input, budget, visitor),
        Format::Cpio => match cpio::read(&mut input, visitor)? {
            true => carrier::read_behind(&mut input, budget, visitor),
            false => Ok(()),
        },
        Format::Tar => tar::read(&mut input, visitor),
        Format::Stream(compression) => streams::read(compression, &mut input, budget, visitor),
        Format::Git => git::read(&mut input, budget, visitor),
        Format::Avro => avro::read(&mut input, budget, visitor),
        Format::Parquet => parquet::read(&mut input, budget, visitor),
        Format::Arrow => arrow::read(&mut input, budget, visitor),
        Format::Orc => orc::read(&mut input),
        Format::Redis => redis::read(&mut input, budget, visitor),
        Format::LevelDb => leveldb::read(&mut input, budget, visitor),
        Format::Deb => deb::read(&mut input, visitor),
        Format::Pdf => pdf::read(&mut input, budget, visitor),
        Format::Png => png::read(&mut input, budget, visitor),
        #[cfg(feature = "7z")]
        Format::SevenZip => sevenz::read(&mut input, budget, visitor),
        #[cfg(not(feature = "7z"))]
        Format::SevenZip => Err(trouble::broken(
            "it is a 7z archive, which this build of gridleaks leaves out; one with all features reads it",
        )),
        Format::Unread(name) => Err(trouble::broken(&format!("it is {name}, which gridleaks cannot open"))),
    }
}
