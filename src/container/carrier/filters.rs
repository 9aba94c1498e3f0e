//! What an HDF5 file says of how its data is packed: by which filters its chunks go, and how large the elements are whose bytes one of them
//! shuffles.
//!
//! Messages with a list of filters stand anywhere before the chunks or behind them, in headers of objects that need not be understood: a list is one where
//! each filter in it is sound and all of them are just as long as the message says.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io;

use super::BUFFER;
use super::hdf5::{self, BZIP2, CHECKSUM, DEFLATE, Filter, LONGEST_LIST, SHUFFLE, ZSTD};
use crate::container::budget::{Budget, Room};
use crate::container::input::Input;
use crate::container::trouble::{broken, limit};

/// The smallest element, in bytes, that may hold a key.
const LEAST: u32 = 16;

/// How many sizes of elements are tried.
const MOST_SIZES: usize = 16;

/// How far ahead of chunks lists are looked for, in bytes: most of what has some stands behind its data.
const MOST_AHEAD: usize = 24 << 20;

/// How many filters that cannot be undone are named.
const MOST_NAMED: usize = 4;

/// What the lists of filters say that were met so far.
#[derive(Default)]
pub(super) struct Filters<'b> {
    /// Of which sizes elements are whose bytes are shuffled.
    sizes: BTreeSet<usize>,
    /// The filters that cannot be undone.
    unread: BTreeSet<u16>,
    /// Up to where lists were looked for, and the last bytes before that.
    looked: u64,
    last: Vec<u8>,
    /// Whether chunks were read, and whether some were before it was known how they are shuffled.
    has_begun: bool,
    is_late: bool,
    /// Room for what is there.
    rooms: Vec<Room<'b>>,
}

impl<'b> Filters<'b> {
    /// Has as much of the file be there as may be.
    ///
    /// # Errors
    /// There is no room for it.
    pub(super) fn ahead(input: &mut Input<'_>, budget: &'b Budget) -> io::Result<Self> {
        let (mut filters, mut size) = (Self::default(), BUFFER);
        while input.fills(size) && size < MOST_AHEAD {
            let larger = (2 * size).min(MOST_AHEAD);
            filters.rooms.push(budget.window((larger - size) as u64)?);
            size = larger;
        }
        Ok(filters)
    }

    /// Looks at the bytes that are there, from this position on.
    pub(super) fn look(&mut self, position: u64, window: &[u8]) {
        let from = usize::try_from(self.looked.saturating_sub(position)).unwrap_or(usize::MAX);
        let Some(bytes) = window.get(from..).filter(|bytes| !bytes.is_empty()) else { return };
        if self.looked < position {
            self.last.clear();
        }
        self.looked = position + window.len() as u64;
        let before = self.sizes.len();
        // One may begin in what was looked at before.
        self.last.extend_from_slice(&bytes[..bytes.len().min(LONGEST_LIST)]);
        for list in hdf5::lists(&self.last).chain(hdf5::lists(bytes)) {
            note(&list, &mut self.sizes, &mut self.unread);
        }
        self.is_late |= self.has_begun && self.sizes.len() > before;
        if bytes.len() > LONGEST_LIST {
            self.last.clear();
            self.last.extend_from_slice(&bytes[bytes.len() - LONGEST_LIST..]);
        }
        self.last.drain(..self.last.len().saturating_sub(LONGEST_LIST));
    }

    /// The sizes of the elements whose bytes may be shuffled in the stream that comes next.
    pub(super) fn of_stream(&mut self) -> Vec<usize> {
        self.has_begun = true;
        self.sizes.iter().copied().take(MOST_SIZES).collect()
    }

    /// What of the file was not read.
    pub(super) fn fault(&self) -> Option<io::Error> {
        if self.sizes.len() > MOST_SIZES {
            return Some(limit(format!("its data is shuffled, of elements of more than {MOST_SIZES} sizes")));
        }
        if self.is_late {
            let most = MOST_AHEAD >> 20;
            return Some(limit(format!("its data is shuffled, and how is said more than {most} MiB behind it")));
        }
        let names: BTreeSet<Cow<'_, str>> = self.unread.iter().map(|&id| name(id)).collect();
        (!names.is_empty()).then(|| {
            let mut names: Vec<_> = names.into_iter().collect();
            if names.len() > MOST_NAMED {
                names.truncate(MOST_NAMED);
                names.push("others".into());
            }
            let names = names.join(" and ");
            broken(&format!(
                "its data is packed by {names}, which gridleaks cannot undo; `h5repack -f NONE` makes a copy without"
            ))
        })
    }
}

/// Takes what a list says.
fn note(list: &[Filter], sizes: &mut BTreeSet<usize>, unread: &mut BTreeSet<u16>) {
    let mut is_found = false;
    for filter in list {
        match filter.id {
            // They are found by how their streams begin.
            DEFLATE | BZIP2 | ZSTD => is_found = true,
            // That and the next, of bits in numbers and of their scale, leave texts as they are.
            SHUFFLE | CHECKSUM | 5 | 6 => {}
            id => drop(unread.insert(id)),
        }
    }
    let shuffled = list.iter().find(|filter| filter.id == SHUFFLE).and_then(|filter| filter.number);
    if let Some(size) = shuffled.filter(|&size| size >= LEAST) {
        match is_found {
            true => drop(sizes.insert(size as usize)),
            // What is not packed as well cannot be found; what is packed by something else is told already.
            false if list.iter().all(|filter| matches!(filter.id, SHUFFLE | CHECKSUM)) => {
                unread.insert(SHUFFLE);
            }
            false => {}
        }
    }
}

/// What a filter is called that cannot be undone.
fn name(id: u16) -> Cow<'static, str> {
    match id {
        SHUFFLE => "a shuffling of bytes alone".into(),
        4 => "szip".into(),
        305 => "LZO".into(),
        32_000 => "LZF".into(),
        32_001 | 32_026 => "Blosc".into(),
        32_004 => "LZ4".into(),
        32_008 => "Bitshuffle".into(),
        _ => format!("filter {id}").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::hdf5::PIPELINE;
    use super::*;

    /// A filter as it stands in a list of the first version, and in one of the second.
    fn in_list(id: u16, name: &str, numbers: &[u32]) -> [Vec<u8>; 2] {
        let mut old = [id, name.len() as u16, 1, numbers.len() as u16].map(u16::to_le_bytes).as_flattened().to_vec();
        old.extend_from_slice(name.as_bytes());
        old.resize(old.len().next_multiple_of(8), 0);
        let values: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        old.extend_from_slice(&values);
        old.resize(old.len().next_multiple_of(8), 0);
        let mut new = id.to_le_bytes().to_vec();
        if id >= 256 {
            new.extend_from_slice(&(name.len() as u16).to_le_bytes());
        }
        new.extend_from_slice([1, numbers.len() as u16].map(u16::to_le_bytes).as_flattened());
        if id >= 256 {
            new.extend_from_slice(name.as_bytes());
        }
        new.extend_from_slice(&values);
        [old, new]
    }

    /// Messages with a list, of both versions of it, behind all headers.
    fn messages(filters: &[(u16, &str, &[u32])]) -> Vec<Vec<u8>> {
        let lists = [0, 1].map(|version| {
            let begin: &[u8] = &[1, filters.len() as u8, 0, 0, 0, 0, 0, 0];
            let begin = if version == 0 { begin.to_vec() } else { vec![2, filters.len() as u8] };
            let filters = filters.iter().flat_map(|&(id, name, numbers)| in_list(id, name, numbers)[version].clone());
            begin.into_iter().chain(filters).collect::<Vec<u8>>()
        });
        let with_headers = lists.iter().flat_map(|list| {
            let [low, high] = (list.len() as u16).to_le_bytes();
            let headers: [&[u8]; 3] =
                [&[PIPELINE, 0, low, high, 1, 0, 0, 0], &[PIPELINE, low, high, 1], &[PIPELINE, low, high, 1, 7, 0]];
            headers.map(|header| [header, list].concat())
        });
        with_headers.collect()
    }

    fn said(bytes: &[u8]) -> (Vec<usize>, Option<String>) {
        let mut filters = Filters::default();
        filters.look(0, bytes);
        (filters.of_stream(), filters.fault().map(|fault| fault.to_string()))
    }

    #[test]
    fn lists_say_what_is_shuffled_and_what_cannot_be_undone() {
        let cannot = |what: &str| {
            Some(format!(
                "its data is packed by {what}, which gridleaks cannot undo; `h5repack -f NONE` makes a copy without"
            ))
        };
        type Case<'c> = (&'c [(u16, &'c str, &'c [u32])], &'c [usize], Option<String>);
        let five: [(u16, &str, &[u32]); 5] = [4, 305, 32_000, 32_001, 32_004].map(|id| (id, "any", &[1][..]));
        let cases: [Case<'_>; 14] = [
            (&[(1, "deflate", &[6])], &[], None),
            (&[(2, "shuffle", &[64]), (1, "deflate", &[6])], &[64], None),
            (&[(2, "shuffle", &[16]), (307, "bzip2", &[9])], &[16], None),
            (&[(2, "shuffle", &[15]), (1, "deflate", &[6])], &[], None),
            (&[(3, "fletcher32", &[]), (2, "shuffle", &[72]), (32_015, "zstd", &[3])], &[72], None),
            (&[(2, "shuffle", &[64])], &[], cannot("a shuffling of bytes alone")),
            (&[(2, "shuffle", &[8])], &[], None),
            (&[(32_000, "lzf", &[4, 261, 6400])], &[], cannot("LZF")),
            (&[(2, "shuffle", &[64]), (32_001, "blosc", &[2, 2, 88, 26_400, 5, 1, 0])], &[], cannot("Blosc")),
            (&[(4, "szip", &[141, 8, 8, 8]), (32_004, "lz4", &[])], &[], cannot("LZ4 and szip")),
            (&[(40_000, "anything", &[])], &[], cannot("filter 40000")),
            (&five[..4], &[], cannot("Blosc and LZF and LZO and szip")),
            (&five, &[], cannot("Blosc and LZ4 and LZF and LZO and others")),
            (&[(5, "nbit", &[1, 2, 3]), (6, "scaleoffset", &[1])], &[], None),
        ];
        for (list, sizes, fault) in cases {
            for (number, message) in messages(list).into_iter().enumerate() {
                let bytes = [&[7; 40], &message[..], &[0; 9]].concat();
                assert_eq!(said(&bytes), (sizes.to_vec(), fault.clone()), "{list:?} {number}");
                for cut in 0..message.len() {
                    // Whatever of it is there first.
                    let mut filters = Filters::default();
                    filters.look(0, &bytes[..40 + cut]);
                    assert_eq!(filters.sizes.len(), 0, "{list:?} {number} {cut}");
                    filters.look(20, &bytes[20..]);
                    assert_eq!(filters.of_stream(), sizes, "{list:?} {number} {cut}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_list_says_nothing() {
        let lists = messages(&[(2, "shuffle", &[64]), (32_000, "lzf", &[4])]);
        let whole: Vec<_> = lists.iter().map(|list| said(list)).collect();
        assert!(whole.iter().all(|said| said.1.is_some()));
        for list in &lists {
            // Longer or shorter than it says, or shared: then it stands elsewhere.
            let flags = if list[1] == 0 { 4 } else { 3 };
            for (at, change) in [(flags - 2, 1), (flags - 1, 1), (flags, 2)] {
                let mut changed = list.clone();
                changed[at] ^= change;
                assert_eq!(said(&[&changed[..], &[0xff; 600]].concat()), (vec![], None), "{at} {list:?}");
            }
        }
        assert_eq!(said(&[PIPELINE; 2000]), (vec![], None));
    }

    #[test]
    fn no_more_than_a_few_sizes_of_elements_are_tried() {
        for count in [16, 17] {
            let lists = (0..count).map(|number| {
                messages(&[(2, "shuffle", &[100 + number]), (1, "deflate", &[1])])[number as usize % 6].clone()
            });
            let (sizes, fault) = said(&lists.collect::<Vec<_>>().concat());
            assert_eq!((sizes.len(), fault.is_some()), (16, count > 16));
        }
    }

    #[test]
    fn a_list_has_a_length() {
        let of_size = |numbers: usize| messages(&[(32_000, "lzf", &vec![7; numbers])]);
        // With eight bytes of a header, eight of the list's own, and sixteen of the filter's.
        for (numbers, is_known) in [(504, true), (506, false)] {
            let message = &of_size(numbers)[0];
            assert_eq!((message.len(), said(message).1.is_some()), (32 + 4 * numbers, is_known), "{numbers}");
        }
    }

    #[test]
    fn what_is_said_behind_chunks_is_late() {
        let list = &messages(&[(2, "shuffle", &[64]), (1, "deflate", &[6])])[0];
        for (has_begun, has_gap) in [(false, false), (true, false), (true, true)] {
            let mut filters = Filters::default();
            filters.look(0, &[0; 100]);
            if has_begun {
                assert_eq!(filters.of_stream(), [0; 0]);
            }
            filters.look(if has_gap { 5000 } else { 100 }, list);
            assert_eq!(filters.fault().is_some(), has_begun);
            assert_eq!(filters.of_stream(), [64]);
            // The same once more is nothing new.
            filters.look(9000, list);
            assert_eq!(filters.fault().is_some(), has_begun);
        }
    }
}
