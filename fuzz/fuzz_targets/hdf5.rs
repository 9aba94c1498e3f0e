//! HDF5 files, by libFuzzer; `src/targets/containers.rs` says what has to hold.
#![no_main]

gridleaks_fuzz::program!();
