//! Git's packs and bundles as containers, by libFuzzer; `src/targets/containers.rs` says what has to hold.
#![no_main]

gridleaks_fuzz::program!();
