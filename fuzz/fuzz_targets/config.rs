//! Configs, by libFuzzer; `src/targets/config.rs` says what has to hold.
#![no_main]

gridleaks_fuzz::program!();
