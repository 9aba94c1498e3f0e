//! Lists of bytes, with a key in them that is found, by libFuzzer; `src/targets/decoders.rs` says what has to hold.
#![no_main]

gridleaks_fuzz::program!();
