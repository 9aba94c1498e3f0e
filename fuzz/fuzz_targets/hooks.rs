//! What git tells its hooks, by libFuzzer; `src/targets/hooks.rs` says what has to hold.
#![no_main]

gridleaks_fuzz::program!();
