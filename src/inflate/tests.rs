//! What is inflated is what zlib says, whatever the stream, however it lies, and whoever broke it.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use proptest::prelude::*;

use super::*;

fn compressed(text: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// What a library makes of a stream, and how many bytes of it that took; none if it is broken.
fn by_library(stream: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    ZlibDecoder::new(stream).read_to_end(&mut text).ok()?;
    Some(text)
}

/// What is made of a stream that is to have this length, with so much room behind both.
fn inflated(stream: &[u8], length: usize, room: (usize, usize)) -> Result<Vec<u8>, Fault> {
    let bytes = [stream, &vec![0xa5; room.0]].concat();
    let mut out = vec![0xa5; length + room.1];
    Inflater::new().inflate(&bytes, &mut out, length)?;
    out.truncate(length);
    Ok(out)
}

/// A stream of one last block, whose bits are given as numbers and how many bits these take, and a checksum.
fn of_bits(numbers: &[(u32, u32)], checksum: u32) -> Vec<u8> {
    let mut bits: Vec<bool> = vec![true];
    numbers.iter().for_each(|&(number, count)| bits.extend((0..count).map(|bit| number >> bit & 1 == 1)));
    let mut stream = vec![0x78, 0x01];
    stream.extend(bits.chunks(8).map(|bits| bits.iter().rev().fold(0, |byte, &bit| byte << 1 | u8::from(bit))));
    stream.extend(checksum.to_be_bytes());
    stream
}

/// A code as it stands in a stream: its first bit first.
fn code(number: u32, bits: u32) -> (u32, u32) {
    (number.reverse_bits() >> (32 - bits), bits)
}

#[test]
fn texts_of_all_kinds_and_levels_come_back() {
    let words: Vec<u8> = (0..40_000u32).flat_map(|number| format!("{:x} ", number * number).into_bytes()).collect();
    let noise: Vec<u8> = (0..70_000u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let rare: Vec<u8> = (0..=255u8).flat_map(|byte| vec![byte; 1 << (byte / 20)]).collect();
    let texts: [&[u8]; 7] = [b"", b"x", &[b'x'; 100_000], b"abcabcabcabcabcabd", &words, &noise, &rare];
    for text in texts {
        for level in 0..=9 {
            let stream = compressed(text, level);
            for room in [(0, 0), (64, 320), (7, 1000)] {
                assert_eq!(inflated(&stream, text.len(), room).as_deref(), Ok(text), "{level}, {room:?}");
            }
            let longer = inflated(&stream, text.len() + 1, (64, 320));
            assert_eq!(longer, Err(Fault::TooShort), "{} at {level}", text.len());
            if let Some(shorter) = text.len().checked_sub(1) {
                assert_eq!(inflated(&stream, shorter, (64, 320)), Err(Fault::TooLong), "{} at {level}", text.len());
            }
        }
    }
}

#[test]
fn a_stream_that_is_cut_off_or_changed_is_broken() {
    let text = b"A stream of a few words, a few words and a few numbers: 1, 2, 3, 4.".repeat(3);
    for level in [0, 1, 9] {
        let stream = compressed(&text, level);
        for end in 0..stream.len() {
            assert_eq!(inflated(&stream[..end], text.len(), (0, 320)), Err(Fault::Broken), "{end} at {level}");
        }
        for bit in 0..8 * stream.len() {
            let mut changed = stream.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            // Some bits say nothing, and are left out of account by others, too.
            assert_eq!(inflated(&changed, text.len(), (64, 320)).ok(), by_library(&changed), "bit {bit} at {level}");
        }
    }
}

#[test]
fn what_no_stream_may_have_is_broken() {
    let fixed = |symbols: &[(u32, u32)]| [&[(1, 2)], symbols].concat();
    let end = code(0, 7);
    let a = code(0x30 + u32::from(b'a'), 8);
    let length_3 = code(1, 7);
    let sum = adler32(1, b"a");
    assert_eq!(inflated(&of_bits(&fixed(&[a, end]), sum), 1, (64, 320)), Ok(b"a".to_vec()));
    let repeated = of_bits(&fixed(&[a, length_3, code(0, 5), end]), adler32(1, b"aaaa"));
    assert_eq!(inflated(&repeated, 4, (64, 320)), Ok(b"aaaa".to_vec()));
    let too_many = |literals, distances| vec![(2, 2), (literals, 5), (distances, 5), (15, 4), (0, 30), (0, 30)];
    let broken: [(&str, Vec<(u32, u32)>); 10] = [
        ("from before the beginning", fixed(&[a, length_3, code(1, 5), end])),
        ("a distance that is none", fixed(&[a, length_3, code(30, 5), end])),
        ("a length that is none", fixed(&[a, code(0b1100_0110, 8), code(0, 5), end])),
        ("a kind of block that is none", vec![(3, 2), (0, 30)]),
        ("a length that its repetition belies", vec![(0, 2), (0, 5), (1, 16), (1, 16), (u32::from(b'a'), 8)]),
        ("no code at all", vec![(2, 2), (0, 5), (0, 5), (15, 4), (0, 30), (0, 30), (0, 30)]),
        ("more literals than there are", too_many(30, 0)),
        ("more distances than there are", too_many(0, 30)),
        ("a code of one length alone", vec![(2, 2), (0, 5), (0, 5), (0, 4), (0, 9), (1, 3), (0, 30)]),
        ("a repetition of nothing", vec![(2, 2), (0, 5), (0, 5), (0, 4), (1, 3), (1, 3), (0, 6), (0, 30)]),
    ];
    for (what, numbers) in broken {
        let stream = of_bits(&numbers, sum);
        assert_eq!(inflated(&stream, 4, (64, 320)), Err(Fault::Broken), "{what}");
        assert_eq!(by_library(&stream), None, "{what}");
    }
    for header in [[0x79, 0x00], [0x88, 0x1c], [0x78, 0x00], [0x78, 0x20]] {
        let mut stream = compressed(b"a", 6);
        stream[..2].copy_from_slice(&header);
        assert_eq!(inflated(&stream, 1, (64, 320)), Err(Fault::Broken), "{header:x?}");
    }
}

/// A block with codes of these lengths, symbol by symbol, and these symbols, and a checksum. Each length stands in a code of four bits.
fn with_codes(literals: &[(usize, u32)], distances: &[u32], symbols: &[(u32, u32)], text: &[u8]) -> Vec<u8> {
    let mut lengths = vec![0; literals.iter().map(|&(symbol, _)| symbol + 1).max().unwrap_or(0).max(257)];
    literals.iter().for_each(|&(symbol, length)| lengths[symbol] = length);
    let counts = [(2, 2), (lengths.len() as u32 - 257, 5), (distances.len() as u32 - 1, 5), (15, 4), (0, 9)];
    let of_lengths = [(4, 3); 16];
    let lengths = lengths.iter().chain(distances).map(|&length| code(length, 4));
    let numbers: Vec<_> = counts.into_iter().chain(of_lengths).chain(lengths).chain(symbols.iter().copied()).collect();
    of_bits(&numbers, adler32(1, text))
}

/// What it is, the lengths of its codes, its symbols, the text, and whether it is a stream.
type Case<'c> = (&'c str, &'c [(usize, u32)], &'c [u32], Vec<(u32, u32)>, &'c [u8], bool);

#[test]
fn a_code_may_lack_all_but_one_symbol_and_no_other() {
    // `a` in one bit, the end in two, and three characters in two.
    let literals = [(usize::from(b'a'), 1), (256, 2), (257, 2)];
    let (a, end, three) = (code(0, 1), code(2, 2), code(3, 2));
    let (only, other) = ((0, 1), (1, 1));
    let cases: [Case<'_>; 14] = [
        ("two distances", &literals, &[1, 1], vec![a, three, only, end], b"aaaa", true),
        ("one distance", &literals, &[1], vec![a, three, only, end], b"aaaa", true),
        ("the second distance alone", &literals, &[0, 1], vec![a, a, three, only, end], b"aaaaa", true),
        ("not that one", &literals, &[1], vec![a, a, three, other, end], b"aaaaa", false),
        ("none, as nothing is repeated", &literals, &[0], vec![a, end], b"a", true),
        ("none, where it is", &literals, &[0], vec![a, three, only, end], b"aaaa", false),
        ("one of two bits", &literals, &[2], vec![a, three, (0, 2), end], b"aaaa", false),
        ("two of two bits", &literals, &[2, 2], vec![a, end], b"a", false),
        ("of one and of two bits", &literals, &[1, 2], vec![a, end], b"a", false),
        ("more than there can be", &literals, &[1, 1, 1], vec![a, end], b"a", false),
        ("the end alone", &[(256, 1)], &[0], vec![(0, 1)], b"", true),
        ("too few literals", &literals[..2], &[1], vec![a, end], b"a", false),
        (
            "more literals than there are",
            &[literals[0], literals[1], literals[2], (286, 0)],
            &[1],
            vec![a, end],
            b"a",
            false,
        ),
        ("more distances than there are", &literals, &[[1].as_slice(), &[0; 30]].concat(), vec![a, end], b"a", false),
    ];
    // One after the other, so that nothing of the code before may stay.
    let mut inflater = Inflater::new();
    for (what, literals, distances, symbols, text, is_one) in cases {
        let stream = with_codes(literals, distances, &symbols, text);
        assert_eq!(by_library(&stream).as_deref(), is_one.then_some(text), "{what}");
        let mut out = vec![0; text.len() + MARGIN_OUT];
        let found = inflater.inflate(&stream, &mut out, text.len());
        assert_eq!(found.map(|()| &out[..text.len()]), is_one.then_some(text).ok_or(Fault::Broken), "{what}");
    }
}

#[test]
fn codes_of_all_lengths_stand_for_literals_lengths_and_distances() {
    // Of one bit to fifteen: each code but the last is ones and a zero.
    let lengths: Vec<u32> = (1..=15).chain([15]).collect();
    let number = |place: usize| {
        if place < 15 { code((1 << (place + 1)) - 2, place as u32 + 1) } else { code((1 << 15) - 1, 15) }
    };
    let literals: Vec<(usize, u32)> = (97..111).chain([256, 257]).zip(lengths.iter().copied()).collect();
    let mut text: Vec<u8> = (97..111).cycle().take(140).collect();
    let mut symbols: Vec<_> = (0..14).cycle().take(140).map(number).collect();
    // How far back, and the bits that are added to that (RFC 1951, section 3.2.5).
    for (place, (least, extra)) in [
        (1, 0),
        (2, 0),
        (3, 0),
        (4, 0),
        (5, 1),
        (7, 1),
        (9, 2),
        (13, 2),
        (17, 3),
        (25, 3),
        (33, 4),
        (49, 4),
        (65, 5),
        (97, 5),
        (129, 6),
        (193, 6),
    ]
    .into_iter()
    .enumerate()
    {
        symbols.extend([number(15), number(place), (1, extra)]);
        let start = text.len() - least - usize::from(extra > 0);
        (start..start + 3).for_each(|at| text.push(text[at]));
        symbols.extend([number(13), number(12)]);
        text.extend(b"nm");
    }
    symbols.push(number(14));
    let stream = with_codes(&literals, &lengths, &symbols, &text);
    assert_eq!(by_library(&stream).as_deref(), Some(text.as_slice()));
    assert_eq!(inflated(&stream, text.len(), (64, 320)), Ok(text));
}

#[test]
fn bits_suffice_for_the_longest_codes_of_a_step() {
    // Each code but the last is ones and a zero: `b` in one bit, `a` in eleven, the length with most bits behind it in fifteen.
    let number = |length: u32| code(if length < 15 { (1 << length) - 2 } else { (1 << 15) - 1 }, length);
    let end = code((1 << 15) - 2, 15);
    let mut literals = vec![(usize::from(b'b'), 1), (usize::from(b'a'), 11), (256, 15), (284, 15)];
    literals.extend((0..).zip((2..=10).chain(12..=14)));
    let mut distances = [0; 30];
    distances[..13].iter_mut().zip((1..=7).chain(9..=14)).for_each(|(distance, length)| *distance = length);
    (distances[13], distances[14], distances[29]) = (8, 15, 15);
    for (place, of_distance) in [(29, number(15)), (13, number(8))] {
        let (least, extra) = if place == 29 { (24_577, 13) } else { (97, 5) };
        let mut text = vec![b'b'; least + (1 << extra)];
        let mut symbols = vec![number(1); text.len()];
        for shift in 0..64 {
            text.extend(vec![b'b'; shift]);
            symbols.extend(vec![number(1); shift]);
            text.extend(b"aa");
            let (more, further) = (shift as u32 * 7 % 32, (shift * 131) as u32 % (1 << extra));
            symbols.extend([number(11), number(11), number(15), (more, 5), of_distance, (further, extra)]);
            let start = text.len() - least - further as usize;
            (start..start + 227 + more as usize).for_each(|at| text.push(text[at]));
        }
        symbols.push(end);
        let stream = with_codes(&literals, &distances, &symbols, &text);
        assert_eq!(by_library(&stream).as_ref(), Some(&text), "distance {place}");
        assert_eq!(inflated(&stream, text.len(), (64, 320)), Ok(text), "distance {place}");
    }
}

#[test]
fn the_first_length_repeats_none() {
    // Lengths of zero to two, and repetitions, each in two bits: 97 zeros, `a` in one bit, 158 zeros, the end in one bit; a distance.
    let block = |first: &[(u32, u32)], zeros: usize| {
        let mut numbers = vec![(2, 2), (0, 5), (0, 5), (14, 4), (2, 3), (0, 6), (2, 3)];
        numbers.extend([(0, 3); 11].into_iter().chain([(2, 3), (0, 3), (2, 3)]));
        numbers.extend(first);
        numbers.extend(vec![(0, 2); zeros]);
        numbers.push(code(1, 2));
        numbers.extend([(0, 2); 158]);
        numbers.extend([code(1, 2), code(1, 2), (0, 1), (1, 1)]);
        of_bits(&numbers, adler32(1, b"a"))
    };
    for (stream, is_one) in [(block(&[], 97), true), (block(&[(3, 2), (0, 2)], 94), false)] {
        assert_eq!(by_library(&stream).is_some(), is_one);
        assert_eq!(inflated(&stream, 1, (64, 320)), if is_one { Ok(b"a".to_vec()) } else { Err(Fault::Broken) });
    }
}

#[test]
fn each_fault_says_what_is_wrong() {
    let said = [Fault::TooLong, Fault::TooShort, Fault::Broken].map(|fault| fault.to_string());
    for (said, word) in said.iter().zip(["longer", "shorter", "broken"]) {
        assert!(said.contains(word), "{said}");
    }
}

/// Bytes that compress in all ways: runs, repetitions near and far, words, noise.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        (any::<u8>(), 1usize..700).prop_map(|(byte, count)| vec![byte; count]),
        prop::collection::vec(prop::sample::select(&b"etaoin shrdlu\n"[..]), 0..400),
        (prop::collection::vec(any::<u8>(), 1..40), 1usize..60).prop_map(|(piece, count)| piece.repeat(count)),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| {
        let mut text: Vec<u8> = pieces.concat();
        text.extend_from_within(..text.len() / 2);
        text
    })
}

proptest! {
    #[test]
    fn every_text_comes_back(text in texts(), level in 0u32..=9, room in prop::sample::select(vec![(0, 0), (3, 0), (64, 320), (9, 319)])) {
        let stream = compressed(&text, level);
        prop_assert_eq!(inflated(&stream, text.len(), room), Ok(text));
    }

    /// Bits may be changed so that a stream still is one: what it says then counts, but for its checksum, which is mended here.
    #[test]
    fn a_changed_stream_says_what_it_says_to_others(text in texts(), level in 0u32..=9, places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut stream = compressed(&text, level);
        let end = stream.len() - 4;
        for (place, byte) in places {
            let place = place.index(end - 2) + 2;
            stream[place] = byte;
        }
        let mut raw = flate2::Decompress::new(false);
        let mut expected = Vec::with_capacity(1 << 20);
        let read = raw.decompress_vec(&stream[2..], &mut expected, flate2::FlushDecompress::Finish);
        prop_assume!(expected.len() < 1 << 20);
        let is_whole = matches!(read, Ok(flate2::Status::StreamEnd));
        let end = 2 + raw.total_in() as usize;
        stream.truncate(end);
        stream.extend(adler32(1, &expected).to_be_bytes());
        let found = inflated(&stream, expected.len(), (64, 320));
        if is_whole {
            prop_assert_eq!(found, Ok(expected));
        } else {
            prop_assert!(found.is_err());
        }
    }
}

/// Lengths of codes that are all there can be: leaves of a tree that was split at random places.
fn lengths() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<prop::sample::Index>(), 1..285).prop_map(|splits| {
        let mut lengths = vec![0u8];
        for split in splits {
            let place = split.index(lengths.len());
            // Deep ones are split again as often as others, so that codes of all lengths come up.
            if lengths[place] < 15 {
                lengths[place] += 1;
                lengths.push(lengths[place]);
            }
        }
        lengths
    })
}

proptest! {
    #[test]
    fn every_code_is_found_by_its_bits(lengths in lengths(), behind in any::<u64>()) {
        let mut blocks = [[0u8; 32]; 9];
        blocks.as_flattened_mut()[..lengths.len()].copy_from_slice(&lengths);
        let mut table = code::Literals::new();
        prop_assert!(table.build(&blocks, &entry::LITERALS, false).is_some());
        let mut next = 0u32;
        for length in 1..=15u8 {
            next <<= 1;
            for symbol in (0..lengths.len()).filter(|&symbol| lengths[symbol] == length) {
                // The code's first bit is the lowest that is read; what is behind it says nothing.
                let bits = u64::from(next.reverse_bits() >> (32 - length)) | behind << length;
                let mut entry = table.look(bits);
                let mut taken = u32::from(length);
                if entry.is_link() {
                    taken -= entry.taken() & 63;
                    entry = table.follow(entry, bits >> (entry.taken() & 63));
                }
                prop_assert_eq!(entry, entry::LITERALS[symbol].behind(taken), "{} of {} bits", symbol, length);
                next += 1;
            }
        }
    }
}
