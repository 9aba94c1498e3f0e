//! Baseline files, by libFuzzer; `src/targets/baseline.rs` says what has to hold.
#![no_main]

gridleaks_fuzz::program!();
