//! Rule files, by libFuzzer; `src/targets/rules.rs` says what has to hold.
#![no_main]

gridleaks_fuzz::program!();
