//! Data files, whose insides are compressed piece by piece: Avro's.

use super::*;

/// A schema of one text.
const TEXT: &str = r#""string""#;

/// Each of Avro's codecs, and what compresses so.
type Codec = (&'static str, fn(&[u8]) -> Vec<u8>);
const CODECS: [Codec; 6] = [
    ("null", <[u8]>::to_vec),
    ("deflate", pack::deflate),
    ("bzip2", pack::bzip2),
    ("xz", pack::xz),
    ("zstandard", pack::zstd),
    ("snappy", data::summed_snappy),
];

/// The members of a container, each with what is in it.
#[derive(Default)]
pub(super) struct Contents(pub(super) Vec<(String, Vec<u8>)>, pub(super) Vec<(Option<String>, String)>);

impl Visitor for Contents {
    fn member(&mut self, member: &Member<'_>, content: &mut dyn Read) -> bool {
        let (name, mut bytes) = (String::from_utf8_lossy(member.name).into_owned(), Vec::new());
        if let Err(error) = content.read_to_end(&mut bytes) {
            self.1.extend(trouble(&error).map(|trouble| (Some(name.clone()), trouble.message)));
        }
        self.0.push((name, bytes));
        true
    }

    fn trouble(&mut self, member: Option<&[u8]>, trouble: Trouble) {
        self.1.push((member.map(|name| String::from_utf8_lossy(name).into_owned()), trouble.message));
    }
}

pub(super) fn contents(mut bytes: &[u8]) -> Contents {
    let (mut contents, budget) = (Contents::default(), Budget::new(Limits::default()));
    if let Err(error) = read(sniff(bytes).unwrap(), &mut bytes, &budget, &mut contents) {
        contents.1.extend(trouble(&error).map(|trouble| (None, trouble.message)));
    }
    contents
}

#[test]
fn avros_texts_stand_on_lines_of_their_own() {
    // With a 'P' before it, as a string of 40 bytes has, and one behind it.
    let text = [b'k'; 40];
    for (codec, pack) in CODECS {
        let Contents(members, troubles) = contents(&data::avro(codec, pack, &[b"first", &text]));
        let texts: Vec<&[u8]> = members.iter().map(|(_, text)| &text[..]).collect();
        assert_eq!(texts, [b"first\nmore\n", &[&text[..], b"\nmore\n"].concat()[..]], "{codec}");
        assert_eq!(troubles, [], "{codec}");
    }
}

#[test]
fn a_block_that_is_broken_is_named_and_the_next_one_read() {
    let packed = pack::deflate(b"\x06one");
    for (wrong, told) in [
        (vec![7, 1, 2, 3], "its compressed bytes are broken"),
        (packed[..packed.len() - 2].to_vec(), "it is cut off"),
        ([&packed[..], b"tests"].concat(), "bytes follow its end that are no part of it"),
        (pack::deflate(b"\x06one and more"), "its values are not as its schema says"),
        (pack::deflate(b"\x20one"), "it is cut off"),
    ] {
        let blocks = [data::avro_block(1, &wrong), data::avro_block(1, &pack::deflate(b"\x06two"))].concat();
        let header = data::avro_header("deflate", TEXT);
        let Contents(members, troubles) = contents(&[&header[..], &blocks].concat());
        assert_eq!(members[1].1, b"two\n", "{told}");
        assert_eq!(troubles, [(Some(format!("block@{}", header.len())), told.to_owned())]);
    }
    // What zlib leaves behind is no harm.
    let file = [data::avro_header("deflate", TEXT), data::avro_block(1, &[&packed[..], b"sum"].concat())].concat();
    assert_eq!(contents(&file).1, []);
}

#[test]
fn a_mark_that_is_wrong_ends_a_file() {
    let mut file = data::avro("deflate", pack::deflate, &[b"first"]);
    let end = file.len();
    file.extend_from_slice(b"\x02\x02\x02and more");
    file[end - 1] ^= 1;
    let Contents(members, troubles) = contents(&file);
    let told = "it does not end where it says: what follows may be lost";
    assert_eq!((members.len(), &troubles[0].1[..]), (1, told));
    assert!(troubles[0].0.as_ref().is_some_and(|name| name.starts_with("block@")) && troubles.len() == 1);
}

#[test]
fn what_is_no_file_of_avro_is_told() {
    let of = |codec, schema| contents(&[data::avro_header(codec, schema), data::avro_block(1, b"\x06one")].concat());
    assert_eq!(of("lzo", TEXT).1, [(None, "it is compressed by a codec that is not known: `lzo`".to_owned())]);
    let Contents(members, troubles) = of("null", "nothing");
    assert_eq!(members[0].1, b"\x06one");
    assert_eq!(troubles, [(None, "its schema cannot be read: its texts are searched as they stand".to_owned())]);
    let broken = contents(&[data::avro_header("null", TEXT), vec![2, 1]].concat());
    assert_eq!(broken.1, [(None, "a block in it has no size: what follows may be lost".to_owned())]);
}

#[test]
fn a_schema_and_a_codecs_name_have_a_length() {
    for (length, count) in [(1 << 20, 0), ((1 << 20) + 1, 1)] {
        let schema = format!("{TEXT}{}", " ".repeat(length - TEXT.len()));
        let Contents(members, troubles) =
            contents(&[data::avro_header("null", &schema), data::avro_block(1, b"\x06one")].concat());
        assert_eq!((members.len(), troubles.len()), (1, count), "{length}");
    }
    for length in [64, 65] {
        let Contents(_, troubles) = contents(&data::avro_header(&"c".repeat(length), TEXT));
        assert!(troubles[0].1.ends_with(&format!("`{}`", "c".repeat(64))), "{troubles:?}");
    }
}

#[test]
fn a_block_that_is_unpacked_as_a_whole_has_a_size() {
    let file = |size: usize| {
        let text = [&data::zigzag(size as i64)[..], &vec![b'x'; size]].concat();
        [data::avro_header("snappy", TEXT), data::avro_block(1, &data::summed_snappy(&text))].concat()
    };
    // Its length has four bytes.
    let Contents(members, troubles) = contents(&file((24 << 20) - 4));
    assert_eq!((members[0].1.len(), troubles), ((24 << 20) - 3, Vec::new()));
    let Contents(members, troubles) = contents(&file((24 << 20) - 3));
    assert!(members.is_empty());
    assert_eq!(troubles[0].1, "it can only be unpacked as a whole, which may take no more than 24 MiB");
    let header = data::avro_header("snappy", TEXT);
    let block = |size: usize| [&header[..], &data::avro_block(1, &vec![0xff; size + 4])].concat();
    for (size, told) in [
        (29_360_160, "its compressed bytes are broken"),
        (29_360_161, "it can only be unpacked as a whole, which may take no more than 24 MiB"),
    ] {
        assert_eq!(contents(&block(size)).1[0].1, told, "{size}");
    }
}

#[test]
fn what_stands_in_a_broken_block_of_snappy_counts() {
    let text = text();
    let texts: Vec<u8> = [&data::zigzag(text.len() as i64)[..], &text].concat();
    let packed = data::summed_snappy(&texts);
    let header = data::avro_header("snappy", TEXT);
    let of = |packed: &[u8]| contents(&[&header[..], &data::avro_block(1, packed)].concat());
    let mut wrong = packed.clone();
    *wrong.last_mut().unwrap() ^= 1;
    let Contents(members, troubles) = of(&wrong);
    assert_eq!((&members[0].1[..text.len()], &troubles[0].1[..]), (&text[..], "its checksum is wrong"));
    // Of a copy that leads to before the beginning, what was written before.
    let bad = [&[30, 4 << 2], &b"\x08text"[..], &[2 | 9 << 2, 99, 0], b"summ"].concat();
    let Contents(members, troubles) = of(&bad);
    assert_eq!((&members[0].1[..], &troubles[0].1[..]), (&b"text\n"[..], "its compressed bytes are broken"));
    assert_eq!(
        of(b"\xff\xff\xff\xff\x0fsummed").1[0].1,
        "it can only be unpacked as a whole, which may take no more than 24 MiB"
    );
    assert_eq!(of(b"\xff\xff\x0fxsumm").1[0].1, "its size is wrong");
    assert_eq!(of(b"sum").1[0].1, "its compressed bytes are broken");
}
