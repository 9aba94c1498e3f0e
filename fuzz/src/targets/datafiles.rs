//! Targets for data files, whose insides are compressed piece by piece, and for Snappy, which is mostly found in them. What has to hold is what
//! holds for containers.

use gridleaks::container::{Compression, Format};

use super::containers::{doubled, family, run, text};
use crate::Target;
use crate::{arrow, build, data, hdf5, leveldb, redis};

pub(super) const SNAPPY: Target = family(
    "snappy",
    |bytes| run(bytes, Format::Stream(Compression::Snappy)),
    || vec![build::snappy(&text()), doubled(build::snappy(b"a")), build::snappy(&[0; 20_000])],
    &[b"\xff\x06\0\0sNaPpY"],
);
pub(super) const AVRO: Target =
    family("avro", |bytes| run(bytes, Format::Avro), avros, &[b"Obj\x01", b"avro.codec", b"snappy", b"\x02P"]);
pub(super) const PARQUET: Target = family(
    "parquet",
    |bytes| {
        run(bytes, Format::Parquet);
        run(bytes, Format::Orc);
    },
    parquets,
    &[b"PAR1", b"PARE", b"ORC", b"\x15\x04\x15", b"\x19\x1c", b"\x1c\x15\x02", b"(\0\0\0"],
);

pub(super) const ARROW: Target = family("arrow", |bytes| run(bytes, Format::Arrow), arrows, &[b"ARROW1"]);

pub(super) const REDIS: Target = family(
    "redis",
    |bytes| run(bytes, Format::Redis),
    || {
        let (text, empty) = (text(), [0; 3000]);
        let strings = [redis::plain(&text), redis::compressed(&[&text[..], &text].concat()), redis::compressed(&empty)];
        vec![redis::dump(&strings), redis::dump(&strings[1..2])]
    },
    &[b"REDIS0011", b"VALKEY080"],
);

pub(super) const LEVELDB: Target = family(
    "leveldb",
    |bytes| run(bytes, Format::LevelDb),
    || {
        let text = text();
        let entries: [leveldb::Entry<'_>; 3] = [(b"key", &text), (b"keys", b""), (b"kin", b"value")];
        let block = leveldb::block(&entries);
        vec![
            leveldb::table(&entries, 0, <[u8]>::to_vec),
            leveldb::table(&entries, 1, data::raw_snappy),
            leveldb::table_of(&[(data::raw_snappy(&block), 1), (block, 0)]),
        ]
    },
    &[b"\x57\xfb\x80\x8b\x24\x75\x47\xdb"],
);

pub(super) const HDF5: Target = family(
    "hdf5",
    |bytes| run(bytes, Format::Carrier),
    || {
        let filters: [hdf5::Filter<'_>; 3] =
            [(2, "shuffle", &[40]), (1, "deflate", &[6]), (32_001, "blosc", &[2, 2, 40, 4000, 5])];
        let rows: Vec<String> = (0..60).map(|row| format!("row {row} of a table")).collect();
        let chunk = build::zlib(&hdf5::shuffled(&rows, 40));
        let lists = [true, false].map(|is_old| hdf5::list(is_old, &filters[..2]));
        let unread = hdf5::list(true, &filters[2..]);
        vec![
            hdf5::file(&[&lists[0], &chunk, &chunk]),
            hdf5::file(&[&chunk, &lists[1], &build::bzip2(&text())]),
            hdf5::file(&[&unread, &build::zlib(&text())]),
        ]
    },
    &[b"\x89HDF\r\n\x1a\n", b"\x0b\0\x38\0\x01", b"\x02\x02\x02\0\x01\0\x01\0", b"x\x9c", b"MATLAB 7.3 MAT-file"],
);

fn avros() -> Vec<Vec<u8>> {
    let text = text();
    let texts: [&[u8]; 2] = [&text, b"a"];
    let schema = r#"{"type":"record","name":"R","fields":[{"name":"a","type":["null","R","string"]},
        {"name":"b","type":{"type":"array","items":"null"}},{"name":"c","type":{"type":"map","values":"double"}}]}"#;
    vec![
        data::avro("null", <[u8]>::to_vec, &texts),
        data::avro("deflate", build::deflate, &texts),
        data::avro("bzip2", build::bzip2, &texts),
        data::avro("xz", build::xz, &texts),
        data::avro("zstandard", build::zstd, &texts),
        data::avro("snappy", data::summed_snappy, &texts),
        [data::avro_header("null", schema), data::avro_block(1, b"\x02\0\x04\0\0\x04\x02a\x04\0\0")].concat(),
    ]
}

fn parquets() -> Vec<Vec<u8>> {
    let text = text();
    let packs: [fn(&[u8]) -> Vec<u8>; 7] =
        [<[u8]>::to_vec, build::gzip, build::zstd, build::lz4, data::raw_snappy, data::raw_lz4, data::hadoop_lz4];
    let second = |pack: fn(&[u8]) -> Vec<u8>| {
        let values = data::byte_arrays(&[&text, b"a"]);
        let page = data::parquet_second_page(b"\x02\x01", values.len(), &pack(&values), true);
        data::parquet_of(&[&page[..], b"\x15\x0c\x19\x15\0\0\x15\x08\x1c\x1c\0\0\0abcd", &page].concat())
    };
    let texts: [&[u8]; 3] = [&text[..text.len() / 2], &text, b"a"];
    let parted =
        [(6, data::delta_lengths(&texts)), (7, data::delta_shared(&texts)), (0, text.repeat(3)), (9, text.repeat(3))];
    let parted = parted.map(|(encoding, values)| {
        let levels = [b"\x02\0\0\0\x06\x01", &values[..]].concat();
        let first = data::parquet_data_page(3, encoding, &levels, data::raw_snappy);
        let second = data::parquet_data_page_2((4, 1), encoding, b"\x03\x07", &build::gzip(&values), values.len());
        data::parquet_of(&[first, second].concat())
    });
    packs.iter().map(|pack| data::parquet(pack, &text)).chain(packs.map(second)).chain(parted).collect()
}

fn arrows() -> Vec<Vec<u8>> {
    let text = text();
    let (offsets, texts) = arrow::texts(&[b"a", &text, b"b"]);
    let packs: [arrow::Pack; 3] = [None, Some((0, build::lz4)), Some((1, build::zstd))];
    let rows = packs.map(|pack| arrow::rows(3, &[b"", &offsets, &texts], pack));
    let view = |start: u32| [&20u32.to_le_bytes()[..], b"pref", &0u32.to_le_bytes(), &start.to_le_bytes()].concat();
    let views = [view(0), view(20)].concat();
    let header = arrow::batch(&[2], &[views.len(), text.len()], None, true);
    let viewed = arrow::message(2, Some(arrow::dictionary(header)), &[&views[..], &text].concat());
    rows.iter().map(|rows| arrow::file(rows)).chain([arrow::stream(&rows[2]), arrow::file(&viewed)]).collect()
}
