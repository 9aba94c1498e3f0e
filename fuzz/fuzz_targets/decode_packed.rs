//! Containers in encoded text, by libFuzzer; `src/targets/decoders.rs` says what has to hold.
#![no_main]

gridleaks_fuzz::program!();
