//! One file a target or a family of targets, and the list of them all.

mod answer;
mod baseline;
mod config;
mod containers;
mod datafiles;
mod decoders;
mod deflated;
mod detector;
mod findings;
mod history;
mod hooks;
mod index;
mod inflate;
mod inline;
mod reftable;
mod reports;
mod repository;
mod rules;
mod streams;

use crate::Target;

/// All targets.
pub static TARGETS: &[Target] = &[
    detector::TARGET,
    decoders::BASE64,
    decoders::HEX,
    decoders::LIST,
    decoders::WIDE,
    decoders::ESCAPE,
    decoders::PACKED,
    deflated::TARGET,
    containers::ZIP,
    containers::TAR,
    containers::GZIP,
    containers::BZIP2,
    containers::XZ,
    containers::ZSTD,
    containers::LZMA,
    containers::LZ4,
    containers::SEVENZ,
    containers::PDF,
    containers::CARRIER,
    containers::GIT_PACK,
    datafiles::SNAPPY,
    datafiles::AVRO,
    datafiles::PARQUET,
    datafiles::ARROW,
    datafiles::REDIS,
    datafiles::LEVELDB,
    datafiles::HDF5,
    rules::TARGET,
    config::TARGET,
    history::TARGET,
    index::TARGET,
    inflate::TARGET,
    reftable::TARGET,
    hooks::TARGET,
    inline::TARGET,
    baseline::TARGET,
    answer::TARGET,
    reports::TARGET,
];

fn base64_of(bytes: &[u8]) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes).into_bytes()
}
