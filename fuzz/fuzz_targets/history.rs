//! The history of a repository of one made-up pack, by libFuzzer; `src/targets/history.rs` says what has to hold.
#![no_main]

gridleaks_fuzz::program!();
