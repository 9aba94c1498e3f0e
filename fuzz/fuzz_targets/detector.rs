//! The detector on arbitrary bytes, by libFuzzer; `src/targets/detector.rs` says what has to hold.
#![no_main]

gridleaks_fuzz::program!();
