//! What inflates git's objects, by libFuzzer; `src/targets/inflate.rs` says what has to hold.
#![no_main]

gridleaks_fuzz::program!();
