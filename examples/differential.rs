//! Holds the detector against a slow and plain oracle (`tests/suite/support/oracle.rs`) on millions of random and mutated inputs, and prints
//! each input in which they differ, made as small as it gets:
//!
//!     cargo run --release --example differential -- [FIRST-SEED] [COUNT] [SECONDS]
//!
//! What is printed holds made-up keys only, but no line of it may go into the repository as it is.

#[path = "../tests/suite/support/inputs.rs"]
mod inputs;
#[path = "../tests/suite/support/oracle.rs"]
mod oracle;

use std::io::{self, Write};
use std::time::{Duration, Instant};

use oracle::Oracle;

/// After so many counter-examples, more say nothing new.
const MOST: usize = 40;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse::<u64>());
    let mut number = |usual: u64| numbers.next().unwrap_or(Ok(usual));
    let (first, count, seconds) = (number(0)?, number(1_000_000)?, number(u64::MAX)?);
    let (oracle, begin) = (Oracle::default(), Instant::now());
    let (mut done, mut bytes, mut keys, mut differences) = (0, 0, 0, 0);
    let mut out = io::stdout().lock();
    for seed in (first..).take(usize::try_from(count)?) {
        let input = inputs::input(seed);
        (done, bytes) = (done + 1, bytes + input.len());
        keys += oracle.expected(&input).len();
        if !oracle.differences(&input).is_empty() {
            let small = smaller(&oracle, input);
            writeln!(out, "seed {seed}: {:?}\n    {}", oracle.differences(&small), small.escape_ascii())?;
            for (key, span, layers) in oracle.found(&small) {
                writeln!(out, "    found {} at {span:?} {layers:?}", key.escape_ascii())?;
            }
            differences += 1;
        }
        if differences == MOST || begin.elapsed() > Duration::from_secs(seconds) {
            break;
        }
    }
    let took = begin.elapsed().as_secs();
    writeln!(
        out,
        "{done} inputs from seed {first}, {bytes} bytes, {keys} keys to be found, {differences} differences, {took} s"
    )?;
    if differences == 0 { Ok(()) } else { Err("the detector and the oracle differ".into()) }
}

/// Takes bytes out, more and then fewer at once, as long as the two still differ in the same way.
fn smaller(oracle: &Oracle, mut input: Vec<u8>) -> Vec<u8> {
    let kind = |input: &[u8]| {
        oracle.differences(input).first().and_then(|difference| difference.split(' ').next().map(str::to_owned))
    };
    let wanted = kind(&input);
    let mut size = input.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < input.len() {
            let mut shorter = input.clone();
            shorter.drain(at..input.len().min(at + size));
            if kind(&shorter) == wanted {
                input = shorter;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    input
}
