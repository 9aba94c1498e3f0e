//! All formats of report, with arbitrary names, by libFuzzer; `src/targets/reports.rs` says what has to hold.
#![no_main]

gridleaks_fuzz::program!();
