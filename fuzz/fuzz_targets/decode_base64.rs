//! Base64, with a key in it that is found, by libFuzzer; `src/targets/decoders.rs` says what has to hold.
#![no_main]

gridleaks_fuzz::program!();
