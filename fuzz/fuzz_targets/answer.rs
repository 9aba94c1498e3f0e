//! An issuer's answers, by libFuzzer; `src/targets/answer.rs` says what has to hold.
#![no_main]

gridleaks_fuzz::program!();
