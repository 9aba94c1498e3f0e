//! Git's index, by libFuzzer; `src/targets/index.rs` says what has to hold.
#![no_main]

gridleaks_fuzz::program!();
