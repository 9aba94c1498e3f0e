//! Fuzz targets: what each does with the bytes that a fuzzer makes up, what has to hold then, and what the fuzzer begins with.
//!
//! A target is a function over bytes that panics if something does not hold. `fuzz_targets/` makes a program of libFuzzer of each;
//! `examples/mutate.rs` drives them where there is no libFuzzer.

#[path = "../../tests/suite/support/arrow.rs"]
mod arrow;
#[path = "../../tests/suite/support/pack.rs"]
#[allow(clippy::all, reason = "the tests' own")]
mod build;
#[path = "../../tests/suite/support/data.rs"]
mod data;
#[path = "../../tests/suite/support/hdf5.rs"]
mod hdf5;
// The inflater is none of what the library makes public: its source is taken, with the little of the library that it asks for.
#[path = "../../src/inflate/mod.rs"]
#[allow(dead_code, reason = "the package uses all of it")]
mod inflate;
#[path = "../../tests/suite/support/leveldb.rs"]
mod leveldb;
#[path = "../../tests/suite/support/oracle.rs"]
mod oracle;
mod parts;
#[path = "../../tests/suite/support/redis.rs"]
mod redis;
mod targets;
#[path = "../../src/vector.rs"]
mod vector;

use std::fs;
use std::io;
use std::path::Path;

pub use targets::TARGETS;

/// One thing that is fuzzed.
pub struct Target {
    /// Its name, and that of its program.
    pub name: &'static str,
    /// Does it.
    pub run: fn(&[u8]),
    /// What a fuzzer begins with: made anew each time, since made-up keys must not lie in the repository.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words that inputs are made of, as the bytes that they are, for not all are text; none of them a key.
    pub words: &'static [&'static [u8]],
    /// The bytes that an input may have.
    pub longest: usize,
    /// How many inputs a short run gives it: what two seconds are enough for.
    pub inputs: usize,
}

/// The target of this name.
///
/// # Panics
/// There is none.
pub fn target(name: &str) -> &'static Target {
    TARGETS.iter().find(|target| target.name == name).expect("a target has a line in `TARGETS`")
}

/// Where `GRIDLEAKS_SEEDS` names a folder, writes a target's seeds and its dictionary there, and ends the program.
pub fn begin(name: &str) {
    let Some(folder) = std::env::var_os("GRIDLEAKS_SEEDS") else { return };
    write_seeds(target(name), Path::new(&folder)).expect("the folder can be written to");
    std::process::exit(0);
}

/// Writes seeds below `folder/seeds`, and the dictionary in libFuzzer's form.
fn write_seeds(target: &Target, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder.join("seeds"))?;
    for (number, seed) in (target.seeds)().iter().enumerate() {
        fs::write(folder.join(format!("seeds/{number:03}")), seed)?;
    }
    fs::write(folder.join("dictionary"), target.words.iter().map(|word| spelled(word)).collect::<String>())
}

/// A word as a line of libFuzzer's dictionaries: each byte by its number, which any byte may be written as.
pub fn spelled(word: &[u8]) -> String {
    let bytes: String = word.iter().map(|byte| format!("\\x{byte:02x}")).collect();
    format!("\"{bytes}\"\n")
}

/// Makes a program of libFuzzer of the target whose name the program has.
#[macro_export]
macro_rules! program {
    () => {
        libfuzzer_sys::fuzz_target!(
            init: gridleaks_fuzz::begin(env!("CARGO_BIN_NAME")),
            |data: &[u8]| {
                static TARGET: std::sync::LazyLock<&gridleaks_fuzz::Target> =
                    std::sync::LazyLock::new(|| gridleaks_fuzz::target(env!("CARGO_BIN_NAME")));
                (TARGET.run)(data)
            }
        );
    };
}
