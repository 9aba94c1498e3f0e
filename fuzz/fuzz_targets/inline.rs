//! Comments that allow a key, by libFuzzer; `src/targets/inline.rs` says what has to hold.
#![no_main]

gridleaks_fuzz::program!();
