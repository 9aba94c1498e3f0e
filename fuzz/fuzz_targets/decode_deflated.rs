//! Deflated text in base64, by libFuzzer; `src/targets/deflated.rs` says what has to hold.
#![no_main]

gridleaks_fuzz::program!();
