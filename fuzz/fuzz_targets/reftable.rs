//! References kept as reftable, by libFuzzer; `src/targets/reftable.rs` says what has to hold.
#![no_main]

gridleaks_fuzz::program!();
